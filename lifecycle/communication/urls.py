"""Addresses of communication."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "communication"
_AT = "p/<str:pid>/communication/"
urlpatterns = [
    path(_AT, views.overview, name="overview"),
    path(f"{_AT}plan/", views.plan, name="plan"),
    path(f"{_AT}plan/start/", views.start_plan, name="start_plan"),
    path(f"{_AT}plan/add/", views.add_templates, name="add_templates"),
    path(f"{_AT}plan/own/", views.add_entry, name="add_entry"),
    path(f"{_AT}plan/<str:eid>/", views.change_entry, name="change_entry"),
    path(f"{_AT}plan/<str:eid>/remove/", views.remove_entry, name="remove_entry"),
    path(f"{_AT}plan/<str:eid>/contact/", views.log_for_entry, name="log_for_entry"),
    path(f"{_AT}spokespeople/", views.spokespeople, name="spokespeople"),
    path(f"{_AT}spokespeople/name/", views.name_spokesperson, name="name_spokesperson"),
    path(f"{_AT}questions-and-answers/", views.qa, name="qa"),
    path(f"{_AT}questions-and-answers/start/", views.start_qa, name="start_qa"),
    path(f"{_AT}questions-and-answers/add/", views.add_question, name="add_question"),
    path(f"{_AT}questions-and-answers/<str:item>/", views.change_question, name="change_question"),
    path(f"{_AT}questions-and-answers/<str:item>/remove/", views.remove_question, name="remove_question"),
    path(f"{_AT}holding/", views.holding, name="holding"),
    path(f"{_AT}public/", views.public_voice, name="public"),
    path(f"{_AT}texts/new/<str:kind>/", views.new_text, name="new_text"),
    path(f"{_AT}texts/<str:aid>/", views.text, name="text"),
    path(f"{_AT}texts/<str:aid>/change/", views.change_text, name="change_text"),
    path(f"{_AT}texts/<str:aid>/ask/", views.ask, name="ask"),
    path(f"{_AT}texts/<str:aid>/approve/", views.approve, name="approve"),
    path(f"{_AT}texts/<str:aid>/remark/", views.remark, name="remark"),
    path(f"{_AT}texts/<str:aid>/say/", views.say, name="say"),
    path(f"{_AT}texts/<str:aid>/set-aside/", views.set_aside, name="set_aside"),
    path(f"{_AT}texts/<str:aid>/versions/", views.versions, name="versions"),
    path(f"{_AT}contacts/", views.contacts, name="contacts"),
    path(f"{_AT}contacts/log/", views.log_contact, name="log_contact"),
    path(f"{_AT}contacts/<str:cid>/", views.contact, name="contact"),
    path(f"{_AT}contacts/<str:cid>/withdraw/", views.withdraw_contact, name="withdraw_contact"),
    path(f"{_AT}brief/", views.brief, name="brief"),
    path(f"{_AT}drivers/", views.drivers, name="drivers"),
    path(f"{_AT}drivers/add/", views.add_driver, name="add_driver"),
    path(f"{_AT}drivers/release/", views.release_drivers, name="release_drivers"),
    path(f"{_AT}drivers/<str:did>/", views.change_driver, name="change_driver"),
    path(f"{_AT}drivers/<str:did>/end/", views.end_driver, name="end_driver"),
    path(f"{_AT}colleagues/", views.questions, name="questions"),
    path(f"{_AT}colleagues/add/", views.note_question, name="note_question"),
    path(f"{_AT}colleagues/<str:qid>/", views.question, name="question"),
    path(f"{_AT}colleagues/<str:qid>/help/", views.ask_for_help, name="ask_for_help"),
    path(f"{_AT}colleagues/<str:qid>/settle/", views.settle_question, name="settle_question"),
    path(f"{_AT}media/", views.media, name="media"),
    path(f"{_AT}media/called/", views.report_call, name="report_call"),
    path(f"{_AT}media/<str:iid>/", views.incident, name="incident"),
    path(f"{_AT}media/<str:iid>/step/", views.take_step, name="take_step"),
    path("l/contact/<str:token>/", views.contact_by_link, name="contact_by_link"),
]
