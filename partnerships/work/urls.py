"""Addresses of home and calendar."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "work"
urlpatterns = [
    path("", views.home, name="home"),
    path("calendar/", views.calendar, name="calendar"),
    path("calendar/renew/", views.renew_feed, name="renew_feed"),
    path("calendar/<str:token>.ics", views.feed, name="feed"),
    path("remind/<str:item>/", views.nudge, name="nudge"),
]
