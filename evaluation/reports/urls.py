"""Addresses of this piece of the work."""

from __future__ import annotations

from django.urls import path

from . import export_views, views

app_name = "reports"
REPORT = "p/<str:pid>/reports/<str:key>/"

urlpatterns = [
    path("p/<str:pid>/reviews/<str:rid>/reports/", views.round_reports, name="round"),
    path("p/<str:pid>/reports/", views.shared, name="shared"),
    path(REPORT, views.report, name="report"),
    path(REPORT + "sheet/", views.sheet, name="sheet"),
    path(REPORT + "pdf/", views.ask_for_pdf, name="ask"),
    path(REPORT + "pdf/<str:job>/", views.job, name="job"),
    path(REPORT + "pdf/<str:job>/file/", views.pdf, name="pdf"),
    path(REPORT + "agree/", views.agree, name="agree"),
    path(REPORT + "release/", views.release, name="release"),
    path(REPORT + "take-back/", views.take_back, name="take_back"),
    path("reports/", export_views.exports, name="exports"),
    path("reports/start/", export_views.start, name="start"),
    path("reports/<str:key>/", export_views.export, name="export"),
    path("reports/<str:key>/file/", export_views.export_file, name="export_file"),
    path("reports/<str:key>/again/", export_views.export_again, name="export_again"),
]
