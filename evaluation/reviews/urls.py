"""Addresses of this piece of the work."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "reviews"
RECORD = "p/<str:pid>/reviews/"
ROUND = RECORD + "<str:rid>/"
SIDE = ROUND + "for/<str:part>/"
LINK = "answer/<str:token>/"

urlpatterns = [
    path(RECORD, views.reviews, name="list"),
    path(RECORD + "plan/", views.plan, name="plan"),
    path(RECORD + "boundary/", views.boundary, name="boundary"),
    path(RECORD + "boundary/change/", views.change_boundary, name="change_boundary"),
    path(RECORD + "voice/<str:vid>/", views.voice, name="voice"),
    path(RECORD + "voice/<str:vid>/withdraw/", views.withdraw_voice, name="withdraw_voice"),
    path(ROUND, views.round_page, name="round"),
    path(ROUND + "dates/", views.change_dates, name="dates"),
    path(ROUND + "asked/", views.asked, name="asked"),
    path(ROUND + "expectations/", views.expectations, name="expectations"),
    path(ROUND + "agree/", views.agree, name="agree"),
    path(ROUND + "start/", views.start, name="start"),
    path(ROUND + "cancel/", views.cancel, name="cancel"),
    path(ROUND + "late/", views.late, name="late"),
    path(ROUND + "part/", views.choose_part, name="part"),
    path(ROUND + "part/invite/", views.invite, name="invite"),
    path(ROUND + "part/remind/", views.remind, name="remind"),
    path(ROUND + "part/again/", views.start_over, name="start_over"),
    path(ROUND + "part/hand-in/", views.hand_in, name="hand_in"),
    path(ROUND + "part/link/", views.renew_link, name="renew_link"),
    path(ROUND + "part/approve/", views.approve_part, name="approve_part"),
    path(ROUND + "paper/", views.on_paper, name="on_paper"),
    path(ROUND + "paper/out/<str:who>/", views.take_out, name="take_out"),
    path(ROUND + "paper/form/<str:language>/", views.paper_form, name="paper_form"),
    path(ROUND + "voices/", views.voices, name="voices"),
    path(ROUND + "voices/<str:body>/", views.write_voice, name="write_voice"),
    path(ROUND + "answer/", views.answer_start, name="answer_start"),
    path(ROUND + "answer/named/", views.answer_named, name="answer_named"),
    path(ROUND + "answer/check/", views.answer_check, name="answer_check"),
    path(ROUND + "answer/withdraw/", views.answer_withdraw, name="answer_withdraw"),
    path(ROUND + "answer/comments/", views.my_comments, name="my_comments"),
    path(ROUND + "answer/<str:screen>/", views.answer, name="answer"),
    path(SIDE, views.broker_start, name="broker_start"),
    path(SIDE + "check/", views.broker_check, name="broker_check"),
    path(SIDE + "<str:screen>/", views.broker_answer, name="broker_answer"),
    path(ROUND + "statements/", views.statements, name="statements"),
    path(ROUND + "own/", views.own_side, name="own"),
    path(ROUND + "own/release/", views.release_own, name="release_own"),
    path(ROUND + "session/", views.session, name="session"),
    path(ROUND + "session/<str:step>/", views.session, name="session_step"),
    path(ROUND + "log/", views.log, name="log"),
    path(ROUND + "log/<str:nid>/remove/", views.remove_note, name="remove_note"),
    path(ROUND + "comments/", views.comments, name="comments"),
    path(ROUND + "talk/<str:about>/", views.talk, name="talk"),
    path(ROUND + "findings/", views.add_finding, name="add_finding"),
    path(ROUND + "findings/<str:fid>/", views.stance, name="stance"),
    path(ROUND + "findings/<str:fid>/take-back/", views.take_finding_back, name="take_finding_back"),
    path(ROUND + "actions/", views.add_action, name="add_action"),
    path(ROUND + "actions/<str:aid>/accept/", views.accept_action, name="accept_action"),
    path(ROUND + "actions/<str:aid>/done/", views.finish_action, name="finish_action"),
    path("voice/<str:token>/", views.approve_voice, name="approve_voice"),
    path(LINK, views.link_start, name="answer_link"),
    path(LINK + "named/", views.link_named, name="link_named"),
    path(LINK + "check/", views.link_check, name="link_check"),
    path(LINK + "withdraw/", views.link_withdraw, name="link_withdraw"),
    path(LINK + "comments/", views.link_comments, name="link_comments"),
    path(LINK + "<str:screen>/", views.link_answer, name="link_screen"),
]
