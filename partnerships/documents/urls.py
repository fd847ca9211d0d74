"""Addresses of documents."""

from __future__ import annotations

from django.urls import URLPattern, path

from . import views

app_name = "documents"
urlpatterns: list[URLPattern] = [
    path("p/<str:pid>/documents/", views.document_list, name="list"),
    path("p/<str:pid>/documents/new/", views.upload, name="upload"),
    path("p/<str:pid>/documents/new/seen/", views.note_seen, name="note_seen"),
    path("p/<str:pid>/documents/new/conversation/", views.note_conversation, name="note_conversation"),
    path("p/<str:pid>/documents/<str:did>/", views.detail, name="detail"),
    path("p/<str:pid>/documents/<str:did>/file/", views.file, name="file"),
    path("p/<str:pid>/documents/<str:did>/kept/", views.keep, name="keep"),
    path("p/<str:pid>/documents/<str:did>/release/", views.release, name="release"),
    path("p/<str:pid>/documents/<str:did>/withdraw/", views.withdraw, name="withdraw"),
]
