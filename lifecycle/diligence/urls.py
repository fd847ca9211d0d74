"""Addresses of due diligence."""

from __future__ import annotations

from django.urls import URLPattern, path

from . import views

app_name = "diligence"
_IN = "p/<str:pid>/diligence/"
urlpatterns: list[URLPattern] = [
    path(_IN, views.overview, name="overview"),
    path(f"{_IN}about/<str:about>/", views.own_checklist, name="checklist"),
    path(f"{_IN}about/<str:about>/release/", views.release, name="release"),
    path(f"{_IN}about/<str:about>/withdraw/", views.withdraw, name="withdraw"),
    path(f"{_IN}about/<str:about>/<str:theme>/", views.theme, name="theme"),
    path(f"{_IN}about/<str:about>/q/<str:code>/documents/", views.support, name="support"),
    path(f"{_IN}about/<str:about>/q/<str:code>/documents/<str:held>/", views.support_new, name="support_new"),
    path(f"{_IN}about/<str:about>/q/<str:code>/measure/", views.measure, name="measure"),
    path(f"{_IN}from/<str:party>/about/<str:about>/", views.read, name="read"),
    path(f"{_IN}risks/", views.risks, name="risks"),
    path(f"{_IN}risks/new/", views.new_risk, name="new_risk"),
    path(f"{_IN}risks/<str:risk>/", views.change_risk, name="change_risk"),
    path(f"{_IN}risks/<str:risk>/close/", views.close_risk, name="close_risk"),
    path(f"{_IN}visits/", views.visits, name="visits"),
    path(f"{_IN}visits/new/", views.new_visit, name="new_visit"),
    path(f"{_IN}visits/<str:visit>/", views.visit, name="visit"),
    path(f"{_IN}page/<str:kind>/", views.page, name="page"),
    path(f"{_IN}page/<str:kind>/agree/", views.agree_page, name="agree_page"),
    path(f"{_IN}page/<str:kind>/<str:line>/", views.relate, name="relate"),
    path(f"{_IN}page/<str:kind>/<str:line>/remove/", views.remove_line, name="remove_line"),
    path(f"{_IN}depth/", views.depth, name="depth"),
    path(f"{_IN}depth/agree/", views.agree_depth, name="agree_depth"),
    path(f"{_IN}decision/", views.decision, name="decision"),
    path(f"{_IN}conditions/<str:measure>/done/", views.finish_measure, name="finish_measure"),
    path(f"{_IN}conditions/<str:measure>/drop/", views.drop_measure, name="drop_measure"),
]
