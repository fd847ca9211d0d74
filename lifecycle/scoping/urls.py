"""Addresses of scoping."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "scoping"
urlpatterns = [
    path("p/<str:pid>/scoping/", views.overview, name="overview"),
    path("p/<str:pid>/scoping/screen/", views.screen, name="screen"),
    path("p/<str:pid>/scoping/motives/", views.motives, name="motives"),
    path("p/<str:pid>/scoping/card/", views.card, name="card"),
    path("p/<str:pid>/scoping/spectrum/", views.spectrum, name="spectrum"),
    path("p/<str:pid>/scoping/alone/<str:kind>/", views.check, name="check"),
    path("p/<str:pid>/scoping/alone/<str:kind>/hand-in/", views.hand_in, name="hand_in"),
    path("p/<str:pid>/scoping/alone/<str:kind>/take-back/", views.take_back, name="take_back"),
    path("p/<str:pid>/scoping/alone/<str:kind>/change/<str:question>/", views.change, name="change"),
    path("p/<str:pid>/scoping/alone/<str:kind>/show/", views.show, name="show"),
    path("p/<str:pid>/scoping/sentences/", views.sentences, name="sentences"),
    path("p/<str:pid>/scoping/sentences/<str:kind>/", views.sentence, name="sentence"),
    path("p/<str:pid>/scoping/sentences/<str:kind>/agree/", views.agree, name="agree"),
    path("p/<str:pid>/scoping/way/", views.way, name="way"),
    path("p/<str:pid>/scoping/way/agree/", views.agree_way, name="agree_way"),
    path("p/<str:pid>/scoping/talk/", views.talk, name="talk"),
    path("p/<str:pid>/scoping/goals/", views.goals, name="goals"),
    path("p/<str:pid>/scoping/goals/from/<str:entry>/", views.draw_goal, name="draw_goal"),
    path("p/<str:pid>/scoping/goals/<str:goal>/", views.goal, name="goal"),
    path("p/<str:pid>/scoping/goals/<str:goal>/ours/", views.side, name="side"),
    path("p/<str:pid>/scoping/goals/<str:goal>/show/", views.show_side, name="show_side"),
    path("p/<str:pid>/scoping/goals/<str:goal>/remove/", views.remove_goal, name="remove_goal"),
    path("p/<str:pid>/scoping/prior/", views.prior, name="prior"),
    path("p/<str:pid>/scoping/prior/new/", views.new_prior, name="new_prior"),
    path("p/<str:pid>/scoping/prior/<str:work>/", views.change_prior, name="change_prior"),
    path("p/<str:pid>/scoping/prior/<str:work>/remove/", views.remove_prior, name="remove_prior"),
    path("p/<str:pid>/scoping/canvas/", views.canvas, name="canvas"),
    path("p/<str:pid>/scoping/canvas/release/", views.release, name="release"),
    path("p/<str:pid>/scoping/canvas/write/<str:prompt>/", views.write, name="write"),
    path("p/<str:pid>/scoping/canvas/<str:entry>/", views.entry, name="entry"),
    path("p/<str:pid>/scoping/canvas/<str:entry>/remove/", views.remove, name="remove"),
    path("p/<str:pid>/scoping/affected/", views.affected, name="affected"),
    path("p/<str:pid>/scoping/affected/name/", views.name_body, name="name_body"),
    path("p/<str:pid>/scoping/affected/answer/<str:about>/", views.answer_unasked, name="answer_unasked"),
    path("p/<str:pid>/scoping/affected/withdraw/<str:answer>/", views.withdraw_answer, name="withdraw_answer"),
    path("p/<str:pid>/scoping/affected/<str:body>/ask/", views.ask_body, name="ask_body"),
    path("p/<str:pid>/scoping/affected/<str:body>/change/", views.change_body, name="change_body"),
    path("p/<str:pid>/scoping/affected/<str:body>/take-off/", views.remove_body, name="remove_body"),
    path("p/<str:pid>/scoping/affected/<str:body>/seat/", views.seat_body, name="seat_body"),
    path("p/<str:pid>/scoping/affected/<str:body>/note/<str:about>/", views.write_note, name="write_note"),
    path("p/<str:pid>/scoping/affected/<str:body>/answer/<str:about>/", views.answer_body, name="answer_body"),
    path("note/<str:token>/", views.approve_note, name="approve_note"),
]
