"""Addresses of lessons."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "lessons"
RECORD = "p/<str:pid>/lessons/"
ROUND = "p/<str:pid>/reviews/<str:rid>/lessons/"
urlpatterns = [
    path("library/", views.library, name="library"),
    path("library/practice/", views.practice, name="practice"),
    path(RECORD, views.own, name="own"),
    path(RECORD + "write/", views.write, name="write"),
    path(RECORD + "hand-in/", views.hand_in, name="hand_in"),
    path(RECORD + "word/", views.word, name="word"),
    path(RECORD + "<str:lesson>/", views.where, name="lesson"),
    path(RECORD + "<str:lesson>/approve/", views.approve, name="approve"),
    path(RECORD + "<str:lesson>/take-back/", views.take_back, name="take_back"),
    path(ROUND, views.own, name="round"),
    path(ROUND + "write/", views.write, name="write_round"),
    path(ROUND + "hand-in/", views.hand_in, name="hand_in_round"),
    path(ROUND + "word/", views.word, name="word_round"),
]
