from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import RequestFactory

from partnerships.catalogue.actions import load_all
from partnerships.catalogue.models import CatalogueDraft, CatalogueVersion
from tests.partnerships.authoring.made import publish, small


@pytest.mark.django_db
def test_versions_are_there_to_look_at_only() -> None:
    load_all()
    page = admin.site.get_model_admin(CatalogueVersion)
    request = RequestFactory().get("/")
    assert not page.has_add_permission(request)
    assert not page.has_change_permission(request)
    assert not page.has_delete_permission(request)
    assert page.get_queryset(request).filter(kind="screen").exists()


@pytest.mark.django_db
def test_staff_do_not_look_at_what_an_organisation_writes() -> None:
    made = publish(small())
    page = admin.site.get_model_admin(CatalogueVersion)
    assert made not in page.get_queryset(RequestFactory().get("/"))
    assert not admin.site.is_registered(CatalogueDraft)
