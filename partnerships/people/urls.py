"""Addresses of people and organisations."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "people"
urlpatterns = [
    path("invitation/<str:token>/", views.invitation, name="invitation"),
    path("me/", views.me, name="me"),
    path("organisation/<str:organisation>/", views.organisation, name="organisation"),
    path("organisation/<str:organisation>/invite/", views.invite_member, name="invite_member"),
    path("organisation/<str:organisation>/look/", views.look, name="look"),
    path("organisation/<str:organisation>/office/", views.add_office, name="add_office"),
    path("organisation/<str:organisation>/invitation/<str:invitation>/", views.send_again, name="send_again"),
    path(
        "organisation/<str:organisation>/invitation/<str:invitation>/take-back/",
        views.take_back_invitation,
        name="take_back_invitation",
    ),
    path("organisation/<str:organisation>/person/<str:person>/role/", views.set_role, name="set_role"),
    path("organisation/<str:organisation>/person/<str:person>/end/", views.end_membership, name="end_membership"),
]
