"""Addresses of the record's own pages."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "record"
urlpatterns = [
    path("propose/", views.propose, name="propose"),
    path("p/<str:pid>/", views.overview, name="overview"),
    path("p/<str:pid>/rules/", views.ground_rules, name="ground_rules"),
    path("p/<str:pid>/details/", views.details, name="details"),
    path("p/<str:pid>/people/", views.people, name="people"),
    path("p/<str:pid>/people/invite/", views.invite, name="invite"),
    path("p/<str:pid>/people/invite/<str:invite>/", views.answer_invite, name="answer_invite"),
    path("p/<str:pid>/people/invite/<str:invite>/again/", views.send_invite_again, name="send_invite_again"),
    path("p/<str:pid>/people/invite/<str:invite>/take-back/", views.take_back_invite, name="take_back_invite"),
    path("p/<str:pid>/people/seat/", views.give_seat, name="give_seat"),
    path("p/<str:pid>/people/seat/<str:seat>/", views.change_seat, name="change_seat"),
    path("p/<str:pid>/people/seat/<str:seat>/end/", views.end_seat, name="end_seat"),
    path("p/<str:pid>/people/seat/<str:seat>/handover/", views.handover, name="handover"),
    path("p/<str:pid>/legal-hold/", views.legal_hold, name="legal_hold"),
    path("p/<str:pid>/history/", views.history, name="history"),
    path("p/<str:pid>/released/", views.releases, name="releases"),
    path("p/<str:pid>/released/<str:release>/open/", views.open_release, name="open_release"),
    path("p/<str:pid>/released/<str:release>/recall/", views.recall_release, name="recall_release"),
]
