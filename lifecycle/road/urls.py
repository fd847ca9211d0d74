"""Addresses of gates and moves."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "road"
urlpatterns = [
    path("p/<str:pid>/gate/", views.gate, name="gate"),
    path("p/<str:pid>/gate/forward/", views.forward, name="forward"),
    path("p/<str:pid>/gate/resume/", views.resume, name="resume"),
    path("p/<str:pid>/gate/consent/<str:proposal>/", views.consent, name="consent"),
    path("p/<str:pid>/gate/open-point/<str:condition>/", views.open_point, name="open_point"),
    path("p/<str:pid>/gate/open-points/<str:point>/", views.agree_open_point, name="agree_open_point"),
    path("p/<str:pid>/back/", views.back, name="back"),
    path("p/<str:pid>/hold/", views.hold, name="hold"),
    path("p/<str:pid>/end/", views.end, name="end"),
    path("p/<str:pid>/not-pursued/", views.not_pursued, name="not_pursued"),
    path("p/<str:pid>/target/", views.target, name="target"),
    path("p/<str:pid>/moves/statement/", views.statement, name="statement"),
    path("p/<str:pid>/moves/", views.moves, name="moves"),
]
