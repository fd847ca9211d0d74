"""Addresses of lessons."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "lessons"
urlpatterns = [
    path("library/", views.library, name="library"),
    path("p/<str:pid>/lessons/", views.own, name="own"),
    path("p/<str:pid>/lessons/write/", views.write, name="write"),
    path("p/<str:pid>/lessons/hand-in/", views.hand_in, name="hand_in"),
    path("p/<str:pid>/lessons/word/", views.word, name="word"),
    path("p/<str:pid>/lessons/<str:lesson>/approve/", views.approve, name="approve"),
]
