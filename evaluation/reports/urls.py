"""Addresses of this piece of the work."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "reports"
REPORT = "p/<str:pid>/reports/<str:key>/"

urlpatterns = [
    path("p/<str:pid>/reviews/<str:rid>/reports/", views.round_reports, name="round"),
    path(REPORT, views.report, name="report"),
    path(REPORT + "sheet/", views.sheet, name="sheet"),
    path(REPORT + "pdf/", views.ask_for_pdf, name="ask"),
    path(REPORT + "pdf/<str:job>/", views.job, name="job"),
    path(REPORT + "pdf/<str:job>/file/", views.pdf, name="pdf"),
    path(REPORT + "release/", views.release, name="release"),
    path(REPORT + "take-back/", views.take_back, name="take_back"),
    path("reports/", views.exports, name="exports"),
    path("reports/export/", views.export, name="export"),
]
