"""Addresses of outcomes, value and cost."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "outcomes"
urlpatterns = [
    path("p/<str:pid>/outcomes/", views.overview, name="overview"),
    path("p/<str:pid>/outcomes/indicators/new/", views.new_indicator, name="new_indicator"),
    path("p/<str:pid>/outcomes/indicators/import/", views.import_values, name="import_values"),
    path("p/<str:pid>/outcomes/indicators/import/take-in/", views.take_in, name="take_in"),
    path("p/<str:pid>/outcomes/indicators/import/template.xlsx", views.import_template, name="import_template"),
    path("p/<str:pid>/outcomes/indicators/<str:indicator>/", views.indicator, name="indicator"),
    path("p/<str:pid>/outcomes/indicators/<str:indicator>/change/", views.change_indicator, name="change_indicator"),
    path("p/<str:pid>/outcomes/indicators/<str:indicator>/withdraw/", views.withdraw_indicator,
         name="withdraw_indicator"),
    path("p/<str:pid>/outcomes/indicators/<str:indicator>/measure/", views.measure, name="measure"),
    path("p/<str:pid>/outcomes/values/<str:value>/correct/", views.correct, name="correct"),
    path("p/<str:pid>/outcomes/values/<str:value>/withdraw/", views.withdraw_measurement, name="withdraw_measurement"),
    path("p/<str:pid>/outcomes/new/<str:kind>/", views.new_outcome, name="new_outcome"),
    path("p/<str:pid>/outcomes/change/<str:outcome>/", views.outcome, name="outcome"),
    path("p/<str:pid>/outcomes/change/<str:outcome>/reword/", views.reword, name="reword"),
    path("p/<str:pid>/outcomes/change/<str:outcome>/see/", views.voice, name="voice"),
    path("p/<str:pid>/outcomes/change/<str:outcome>/see/take-back/", views.withdraw_voice, name="withdraw_voice"),
    path("p/<str:pid>/outcomes/change/<str:outcome>/withdraw/", views.withdraw_outcome, name="withdraw_outcome"),
    path("p/<str:pid>/outcomes/worth/new/", views.new_value, name="new_value"),
    path("p/<str:pid>/outcomes/worth/show/", views.show_values, name="show_values"),
    path("p/<str:pid>/outcomes/worth/<str:value>/", views.change_value, name="change_value"),
    path("p/<str:pid>/outcomes/worth/<str:value>/remove/", views.remove_value, name="remove_value"),
    path("p/<str:pid>/outcomes/since/<str:rid>/", views.since, name="since"),
    path("p/<str:pid>/outcomes/effort/", views.effort, name="effort"),
    path("p/<str:pid>/outcomes/effort/hours/new/", views.new_hours, name="new_hours"),
    path("p/<str:pid>/outcomes/effort/hours/<str:entry>/", views.change_hours, name="change_hours"),
    path("p/<str:pid>/outcomes/effort/hours/<str:entry>/remove/", views.remove_hours, name="remove_hours"),
    path("p/<str:pid>/outcomes/effort/cost/new/", views.new_cost, name="new_cost"),
    path("p/<str:pid>/outcomes/effort/cost/<str:entry>/", views.change_cost, name="change_cost"),
    path("p/<str:pid>/outcomes/effort/cost/<str:entry>/remove/", views.remove_cost, name="remove_cost"),
    path("p/<str:pid>/outcomes/effort/show/<str:day>/", views.show_effort, name="show_effort"),
    path("p/<str:pid>/outcomes/effort/shown/<str:statement>/withdraw/", views.withdraw_statement,
         name="withdraw_statement"),
]  # fmt: skip
