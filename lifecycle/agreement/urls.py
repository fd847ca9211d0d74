"""Addresses of agreements."""

from __future__ import annotations

from django.urls import URLPattern, path

from . import views

app_name = "agreement"
_RECORD = "p/<str:pid>/agreement/"
_TEXT = _RECORD + "texts/<str:aid>/"
_CLAUSE = _RECORD + "clauses/<str:cid>/"
urlpatterns: list[URLPattern] = [
    path(_RECORD, views.overview, name="overview"),
    path(_RECORD + "new/", views.start, name="start"),
    path(_RECORD + "terms/", views.terms, name="terms"),
    path(_RECORD + "terms/propose/", views.propose_terms, name="propose_terms"),
    path(_RECORD + "terms/agree/", views.agree_terms, name="agree_terms"),
    path(_TEXT, views.text, name="text"),
    path(_TEXT + "read/", views.read, name="read"),
    path(_TEXT + "clauses/new/", views.add_clause, name="add_clause"),
    path(_TEXT + "open/", views.open_signing, name="open"),
    path(_TEXT + "sign/", views.sign, name="sign"),
    path(_TEXT + "take-back/", views.take_back, name="take_back"),
    path(_TEXT + "amend/", views.amend, name="amend"),
    path(_TEXT + "restart/", views.restart, name="restart"),
    path(_TEXT + "set-aside/", views.set_aside, name="set_aside"),
    path(_TEXT + "snapshot/<int:number>/", views.snapshot, name="snapshot"),
    path(_TEXT + "paper/", views.paper, name="paper"),
    path(_TEXT + "paper/retry/", views.retry_paper, name="retry_paper"),
    path(_CLAUSE, views.clause, name="clause"),
    path(_CLAUSE + "edit/", views.edit_clause, name="edit_clause"),
    path(_CLAUSE + "answer/", views.answer_clause, name="answer_clause"),
    path(_CLAUSE + "comment/", views.comment, name="comment"),
    path(_CLAUSE + "versions/", views.versions, name="versions"),
    path(_CLAUSE + "bring-back/", views.bring_back, name="bring_back"),
    path(_RECORD + "comments/<str:mid>/withdraw/", views.withdraw_comment, name="withdraw_comment"),
]
