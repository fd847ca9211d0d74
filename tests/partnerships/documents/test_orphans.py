"""Files that belong to nobody go after a day; what a row names stays, in a folder and in an object store."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db.models import FileField

from config.storage import storage_of
from evaluation.reports.models import ReportJob
from partnerships import clock
from partnerships.access.actions import circle_here
from partnerships.access.states import CircleKind
from partnerships.documents import actions, orphans, tasks
from partnerships.documents.models import Document
from partnerships.documents.storage import StoreAway
from tests.config.test_storage import Bucket, bucket  # noqa: F401
from tests.factories import World, make_partnership
from tests.running import store_away

from . import files

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_partnership()


def keep(world: World) -> Document:
    place = world.place("ngo")
    return actions.store(
        partnership=world.partnership, upload=files.upload("policy.pdf", files.pdf()),
        circle=circle_here(place, CircleKind.OWN), by=place,
    )  # fmt: skip


def lay(name: str, *, hours: float = 0) -> str:
    """A file without a row, as old as this."""
    saved = default_storage.save(name, ContentFile(b"nobody's"))
    if hours:
        age(saved, hours)
    return saved


def age(name: str, hours: float) -> None:
    then = time.time() - hours * 3600
    os.utime(default_storage.path(name), (then, then))


def there(settings: Any) -> set[str]:
    root = Path(settings.MEDIA_ROOT)
    names = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    # The sweep's own, to learn what time it is there; where the store is away it stays for the next one.
    return {name for name in names if not name.startswith("documents/time")}


def test_a_file_of_nobody_goes_after_a_day_and_not_before(world: World, settings: Any) -> None:
    kept = keep(world).file.name
    age(kept, 24 * 400)
    fresh, old = lay("documents/ab/fresh", hours=23), lay("documents/ab/old", hours=25)
    report = lay("reports/2026/old.pdf", hours=25)
    assert there(settings) == {kept, fresh, old, report}
    assert orphans.sweep() == 2
    assert there(settings) == {kept, fresh}
    assert orphans.sweep() == 0


def test_a_clock_of_ours_that_is_wrong_takes_no_file_that_is_being_written(world: World, settings: Any) -> None:
    written = lay("documents/ab/its-row-comes-in-a-moment")
    with clock.at(clock.now() + timedelta(days=30)):
        assert orphans.sweep() == 0
    assert there(settings) == {written}


def test_a_file_that_any_row_names_stays_whichever_table_it_is_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file field of each model, those to come included."""
    asked = set()
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, FileField):
                asked.add(model)
                monkeypatch.setattr(model._meta, "base_manager", OneRow(f"documents/of/{model.__name__}"))
    assert {Document, ReportJob} <= asked
    names = [lay(f"documents/of/{model.__name__}", hours=99) for model in asked]
    nobodys = lay("documents/of/nobody", hours=99)
    assert orphans.sweep() == 1
    assert all(default_storage.exists(name) for name in names)
    assert not default_storage.exists(nobodys)


class OneRow:
    """Stands for a table with one row that names one file."""

    def __init__(self, name: str) -> None:
        self.name = name

    def filter(self, **asked: Any) -> OneRow:
        [(_field, names)] = asked.items()
        self.found = [self.name] if self.name in names else []
        return self

    def values_list(self, *args: Any, **kwargs: Any) -> list[str]:
        return self.found


def test_a_row_that_comes_between_two_looks_keeps_its_file(
    world: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = lay("documents/ab/late", hours=25)
    document = keep(world)
    looked = orphans._with_a_row

    def look(names: Any) -> set[str]:
        found = looked(names)
        Document.objects.unguarded("test").filter(pk=document.pk).update(file=late)
        return found

    monkeypatch.setattr(orphans, "_with_a_row", look)
    orphans.sweep()
    assert late in there(settings)


def test_with_another_database_nothing_is_taken_away(settings: Any) -> None:
    names = {lay(f"documents/ab/{number}", hours=99) for number in range(orphans.MANY + 1)}
    with pytest.raises(orphans.NotOurs):
        orphans.sweep()
    with pytest.raises(CommandError, match="None was taken away"):
        call_command("sweep_files")
    assert there(settings) == names
    call_command("sweep_files", anyway=True)
    assert there(settings) == set()


def test_it_is_done_once_a_day_and_again_soon_where_the_store_was_away(settings: Any) -> None:
    cache.clear()
    lay("documents/ab/first", hours=25)
    with store_away("delete"), pytest.raises(StoreAway):
        tasks.sweep_files()
    tasks.sweep_files()
    assert there(settings) == set()
    second = lay("documents/ab/second", hours=25)
    tasks.sweep_files()
    assert there(settings) == {second}
    cache.clear()
    tasks.sweep_files()
    assert there(settings) == set()


def test_what_others_keep_in_the_same_place_is_not_looked_at(settings: Any) -> None:
    other = lay("backups/last-year.zip", hours=24 * 400)
    assert orphans.sweep() == 0
    assert there(settings) == {other}


@pytest.mark.slow
@pytest.mark.embedded
def test_in_a_bucket_it_is_the_same(
    world: World,
    bucket: Bucket,  # noqa: F811
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in Bucket.keys.items():
        monkeypatch.setenv(name, value)
    settings.STORAGES = {**settings.STORAGES, "default": storage_of(bucket.url)}
    kept = keep(world).file.name
    nobodys = lay("documents/ab/nobodys-file")
    assert orphans.sweep() == 0
    assert set(bucket.contents()) == {f"files/{kept}", f"files/{nobodys}"}
    # Nothing in a store can be made to look old; so all that is there counts as old.
    monkeypatch.setattr(orphans, "AGE", timedelta(seconds=-60))
    assert orphans.sweep() == 1
    assert set(bucket.contents()) == {f"files/{kept}"}
