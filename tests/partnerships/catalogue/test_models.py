from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from partnerships import clock
from partnerships.catalogue.models import CatalogueVersion, Immutable

pytestmark = pytest.mark.django_db


def make(**over: object) -> CatalogueVersion:
    values = {
        "kind": "lessons",
        "code": "own",
        "version": 1,
        "title": {"en": "x", "fr": "y", "es": "z"},
        "content": {"items": []},
        "checksum": "0" * 64,
        "published_at": clock.now(),
        **over,
    }
    return CatalogueVersion.objects.create(**values)


def test_a_stored_version_never_changes() -> None:
    version = make()
    version.title = {"en": "Other", "fr": "Autre", "es": "Otro"}
    with pytest.raises(Immutable):
        version.save()
    with pytest.raises(Immutable):
        version.delete()
    with pytest.raises(Immutable):
        CatalogueVersion.objects.filter(pk=version.pk).update(code="x")
    with pytest.raises(Immutable):
        CatalogueVersion.objects.all().delete()
    assert CatalogueVersion.objects.get(pk=version.pk).title["en"] == "x"


def test_a_shipped_version_is_stored_once() -> None:
    make()
    with pytest.raises(IntegrityError), transaction.atomic():
        make()
    make(version=2)


def test_only_known_kinds() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make(kind="recipes")
