"""Addresses of the conclusion."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "concluding"
urlpatterns = [
    path("p/<str:pid>/conclusion/", views.overview, name="overview"),
    path("p/<str:pid>/conclusion/look-back/", views.look_back, name="look_back"),
    path("p/<str:pid>/conclusion/<str:kind>/", views.text, name="text"),
    path("p/<str:pid>/conclusion/<str:kind>/agree/", views.agree, name="agree"),
]
