"""Addresses of name screening: an organisation's lists, and a record's searches."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "screening"
ORGANISATION = "organisation/<str:organisation>/screening/"
RECORD = "p/<str:pid>/screening/"
urlpatterns = [
    path(ORGANISATION, views.lists, name="lists"),
    path(f"{ORGANISATION}load/", views.load_list, name="load_list"),
    path(f"{ORGANISATION}search/", views.search_everywhere, name="search_everywhere"),
    path(f"{ORGANISATION}<str:key>/", views.one_list, name="list"),
    path(f"{ORGANISATION}<str:key>/load/", views.load_version, name="load_version"),
    path(f"{ORGANISATION}<str:key>/retire/", views.retire_list, name="retire_list"),
    path(RECORD, views.overview, name="overview"),
    path(f"{RECORD}search/", views.search_now, name="search"),
    path(f"{RECORD}names/new/", views.new_principal, name="new_principal"),
    path(f"{RECORD}names/<str:principal>/remove/", views.remove_principal, name="remove_principal"),
    path(f"{RECORD}match/<str:match>/", views.match, name="match"),
    path(f"{RECORD}log/<str:run>/", views.run, name="run"),
    path(f"{RECORD}log/<str:run>/keep/", views.keep, name="keep"),
]
