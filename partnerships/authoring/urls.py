"""Addresses of an organisation's libraries."""

from __future__ import annotations

from django.urls import path

from ..catalogue.states import Kind
from . import views

app_name = "authoring"
_AT = "organisation/<str:organisation>/libraries/"
_DRAFT = f"{_AT}draft/<str:draft>/"
_VERSION = f"{_AT}<str:whose>/<str:code>/<int:number>/"
#: The same pages for what an organisation adds to a review.
_REVIEWS = "organisation/<str:organisation>/review-statements/"
_REVIEW = f"{_REVIEWS}<str:whose>/<str:code>/<int:number>/"
_OF_REVIEWS = {"kind": Kind.INSTRUMENT}
urlpatterns = [
    path(_AT, views.libraries, name="libraries"),
    path(f"{_AT}new/", views.start, name="start"),
    path(_DRAFT, views.draft, name="draft"),
    path(f"{_DRAFT}about/", views.about, name="about"),
    path(f"{_DRAFT}theme/", views.new_theme, name="new_theme"),
    path(f"{_DRAFT}theme/<str:code>/", views.theme, name="theme"),
    path(f"{_DRAFT}theme/<str:code>/words/", views.theme_words, name="theme_words"),
    path(f"{_DRAFT}theme/<str:code>/move/", views.move_theme, name="move_theme"),
    path(f"{_DRAFT}theme/<str:code>/remove/", views.remove_theme, name="remove_theme"),
    path(f"{_DRAFT}theme/<str:code>/question/", views.new_question, name="new_question"),
    path(f"{_DRAFT}question/<str:code>/", views.question, name="question"),
    path(f"{_DRAFT}question/<str:code>/move/", views.move_question, name="move_question"),
    path(f"{_DRAFT}question/<str:code>/remove/", views.remove_question, name="remove_question"),
    path(f"{_DRAFT}fact/", views.new_fact, name="new_fact"),
    path(f"{_DRAFT}fact/<str:code>/", views.fact, name="fact"),
    path(f"{_DRAFT}fact/<str:code>/remove/", views.remove_fact, name="remove_fact"),
    path(f"{_DRAFT}preview/", views.preview, name="preview"),
    path(f"{_DRAFT}differences/", views.differences, name="differences"),
    path(f"{_DRAFT}publish/", views.publish, name="publish"),
    path(f"{_DRAFT}discard/", views.discard, name="discard"),
    path(f"{_DRAFT}upload/", views.upload, name="upload"),
    path(f"{_DRAFT}upload/look/", views.offered, name="offered"),
    path(f"{_DRAFT}download/<str:form>/", views.download_draft, name="download_draft"),
    path(_VERSION, views.version, name="version"),
    path(f"{_VERSION}next/", views.next_version, name="next_version"),
    path(f"{_VERSION}download/<str:form>/", views.download_version, name="download_version"),
    path(_REVIEWS, views.libraries, _OF_REVIEWS, name="instruments"),
    path(f"{_REVIEWS}new/", views.start, _OF_REVIEWS, name="start_instrument"),
    path(_REVIEW, views.version, _OF_REVIEWS, name="instrument"),
    path(f"{_REVIEW}next/", views.next_version, _OF_REVIEWS, name="next_instrument"),
    path(f"{_REVIEW}download/<str:form>/", views.download_version, _OF_REVIEWS, name="download_instrument"),
]
