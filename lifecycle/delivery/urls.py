"""Addresses of delivery."""

from __future__ import annotations

from django.urls import URLPattern, path

from . import governance_views, link_views, views

app_name = "delivery"
_HOME = "p/<str:pid>/delivery/"
_BODY = _HOME + "governance/<str:body>/"
_MEETING = _HOME + "meetings/<str:meeting>/"
_COMMITMENT = _HOME + "commitments/<str:commitment>/"
_CONTRIBUTION = _HOME + "contributions/<str:contribution>/"
_PROMISE = _HOME + "promises/<str:promise>/"
_DISPUTE = _HOME + "disagreements/<str:dispute>/"

urlpatterns: list[URLPattern] = [
    path(_HOME, views.overview, name="overview"),
    path(_HOME + "commitments/new/", views.make, name="make"),
    path(_COMMITMENT, views.commitment, name="commitment"),
    path(_COMMITMENT + "reword/", views.reword, name="reword"),
    path(_COMMITMENT + "day/", views.move_due, name="move_due"),
    path(_COMMITMENT + "done/", views.deliver, name="deliver"),
    path(_COMMITMENT + "confirm/", views.confirm, name="confirm"),
    path(_COMMITMENT + "let-go/", views.write_off, name="write_off"),
    path(_COMMITMENT + "let-go/agree/", views.agree_write_off, name="agree_write_off"),
    path(_COMMITMENT + "let-go/keep/", views.keep_on, name="keep_on"),
    path("commitment/thanks/", link_views.link_done, name="link_done"),
    path("commitment/done/<str:token>/", link_views.deliver_by_link, name="deliver_by_link"),
    path("commitment/confirm/<str:token>/", link_views.confirm_by_link, name="confirm_by_link"),
    path(_HOME + "contributions/", views.contributions, name="contributions"),
    path(_HOME + "contributions/new/", views.promise_contribution, name="promise_contribution"),
    path(_CONTRIBUTION, views.contribution, name="contribution"),
    path(_CONTRIBUTION + "change/", views.change_contribution, name="change_contribution"),
    path(_CONTRIBUTION + "withdraw/", views.withdraw_contribution, name="withdraw_contribution"),
    path(_CONTRIBUTION + "put-in/", views.put_in, name="put_in"),
    path(_CONTRIBUTION + "put-in/<str:gift>/", views.check_gift, name="check_gift"),
    path(_HOME + "promises/new/", views.note_promise, name="note_promise"),
    path(_PROMISE, views.promise, name="promise"),
    path(_PROMISE + "end/", views.end_promise, name="end_promise"),
    path(_PROMISE + "kept/", views.judge_promise, name="judge_promise"),
    path(_PROMISE + "day/", views.move_promise, name="move_promise"),
    path(_HOME + "governance/new/", governance_views.propose_body, name="propose_body"),
    path(_BODY, governance_views.body, name="body"),
    path(_BODY + "change/", governance_views.change_body, name="change_body"),
    path(_BODY + "agree/", governance_views.agree_body, name="agree_body"),
    path(_BODY + "end/", governance_views.end_body, name="end_body"),
    path(_BODY + "end/agree/", governance_views.agree_end, name="agree_end"),
    path(_BODY + "end/keep/", governance_views.keep_body, name="keep_body"),
    path(_BODY + "plan/", governance_views.plan_meeting, name="plan_meeting"),
    path(_BODY + "record/", governance_views.record_unplanned, name="record_unplanned"),
    path(_MEETING, governance_views.meeting, name="meeting"),
    path(_MEETING + "move/", governance_views.move_meeting, name="move_meeting"),
    path(_MEETING + "cancel/", governance_views.cancel_meeting, name="cancel_meeting"),
    path(_MEETING + "record/", governance_views.record_meeting, name="record_meeting"),
    path(_MEETING + "decided/", governance_views.add_resolution, name="add_resolution"),
    path(_MEETING + "decided/<str:resolution>/", governance_views.take_decision, name="take_decision"),
    path(_HOME + "disagreements/new/", governance_views.open_dispute, name="open_dispute"),
    path(_DISPUTE, governance_views.dispute, name="dispute"),
    path(_DISPUTE + "higher/", governance_views.escalate, name="escalate"),
    path(_DISPUTE + "settle/", governance_views.propose_settlement, name="propose_settlement"),
    path(_DISPUTE + "agree/", governance_views.agree_settlement, name="agree_settlement"),
]
