"""Storing the shipped catalogue, and what organisations make of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from .. import clock
from .building import arranged, built
from .drafting import (
    LISTS,
    Data,
    complete,
    empty,
    filled,
    new_code,
    recoded,
    resettled,
    written,
)
from .loading import CODE, DATA, CatalogueError, Parsed, Problem, checksum, read_all
from .models import CatalogueDraft, CatalogueVersion
from .queries import current, problems_of_own, shipped_base
from .states import Kind

if TYPE_CHECKING:
    from partnerships.people.models import Organisation, User


@dataclass(frozen=True, slots=True)
class Loaded:
    added: int
    unchanged: int


def load_all(folder: Path = DATA) -> Loaded:
    """Stores the shipped versions that are not stored yet; the others must say what they said.

    Runs twice, or on two machines at once, without a second effect. Raises CatalogueError and stores nothing where a
    file is wrong or a stored version would change.
    """
    shipped = read_all(folder)
    stored = {
        (kind, code, version): checksum
        for kind, code, version, checksum in CatalogueVersion.objects.shipped().values_list(
            "kind", "code", "version", "checksum"
        )
    }
    changed = [
        Problem(
            each.file,
            1,
            "",
            f"version {each.version} is already stored with other content, and what was asked must stay readable: "
            f"keep this file as it was, and ship the change as {each.kind}-{each.code}-v{each.version + 1}.yaml",
        )
        for each in shipped
        if stored.get((each.kind, each.code, each.version), each.checksum) != each.checksum
    ]
    if changed:
        raise CatalogueError(changed)
    new = [each for each in shipped if (each.kind, each.code, each.version) not in stored]
    if not new:
        return Loaded(added=0, unchanged=len(shipped))
    now = clock.now()
    CatalogueVersion.objects.bulk_create(
        [
            CatalogueVersion(
                kind=each.kind,
                code=each.code,
                version=each.version,
                title=each.title,
                content=each.content,
                checksum=each.checksum,
                published_at=now,
            )
            for each in new
        ],
        ignore_conflicts=True,
    )
    return Loaded(added=len(new), unchanged=len(shipped) - len(new))


# What an organisation writes ------------------------------------------------------------------------------------------
def start_draft(
    *,
    organisation: Organisation,
    title: str,
    language: str,
    by: User,
    based_on: CatalogueVersion | None = None,
    copy: bool = False,
    kind: str = Kind.LIBRARY,
) -> CatalogueDraft:
    """A draft of an own list, from a shipped or own version, or from nothing.

    From the organisation's own version it becomes the next version of that list, unless it is to be a `copy` that goes
    its own way; there is one draft of a list at a time, and whoever starts it again finds it.
    """
    own = based_on is not None and based_on.organisation_id == organisation.pk and not copy
    if based_on is not None and based_on.organisation_id not in (None, organisation.pk):
        raise ValidationError(_("This library belongs to another organisation."))
    kind = based_on.kind if based_on is not None else kind
    code = based_on.code if own and based_on is not None else f"own_{new_code()}"
    content = written(based_on.content) if based_on is not None else empty(kind)
    if kind == Kind.INSTRUMENT:
        content = _built(content, based_on)
    draft, _made = CatalogueDraft.objects.get_or_create(
        organisation=organisation,
        kind=kind,
        code=code,
        defaults={
            "language": language,
            "title": written(based_on.title) if own and based_on is not None else {language: title.strip()},
            "content": {**empty(kind), **content},
            "based_on": based_on,
            "author": by,
            "changed_by": by,
        },
    )
    return draft


def _built(content: Data, based_on: CatalogueVersion | None) -> Data:
    """The newest shipped instrument, whole, with what the organisation had added to it."""
    if based_on is None:
        raise ValidationError(_("A review of your own begins with the shipped statements."))
    base = based_on if based_on.organisation_id is None else shipped_base(based_on.content)
    if base is None:
        raise ValidationError(_("The shipped statements that this one holds are not in the catalogue."))
    newest = current(Kind.INSTRUMENT, base.code)
    return built(written(newest.content), newest.code, newest.version, content)


@contextmanager
def changing(draft: CatalogueDraft, *, by: User, seen: int | None = None) -> Iterator[CatalogueDraft]:
    """The draft, locked, as it stands now; what is changed in it is saved as its next version.

    With `seen`, nobody may have saved since that version: raises ValidationError with code "stale".
    """
    with transaction.atomic():
        found = CatalogueDraft.objects.select_for_update(of=("self",)).select_related("based_on").filter(pk=draft.pk)
        locked = found.first()
        if locked is None:
            raise ValidationError(_("This draft is not there any more: it was published or discarded."), code="gone")
        if seen is not None and locked.version != seen:
            raise _stale()
        yield locked
        locked.version += 1
        locked.changed_at, locked.changed_by = clock.now(), by
        locked.save()
    draft.refresh_from_db()


def publish_draft(draft: CatalogueDraft, *, seen: int, by: User) -> CatalogueVersion:
    """The draft becomes the next version of its list, whole, or not at all. It is never changed again."""
    with transaction.atomic():
        with changing(draft, by=by, seen=seen) as locked:
            problems = problems_of_own(locked.kind, locked.title, locked.content, locked.language)
            if problems:
                raise ValidationError(_("It cannot be published yet: look at what is missing."), code="problems")
            made = _store(
                organisation_id=locked.organisation_id,
                kind=locked.kind,
                code=locked.code,
                title=filled(locked.title, locked.language),
                content=complete(locked.content, locked.language),
            )
            if made is None:
                raise ValidationError(_("Nothing is different from the version that is there."), code="same")
        CatalogueDraft.objects.filter(pk=draft.pk).delete()
    return made


def _store(*, organisation_id: int, kind: str, code: str, title: Data, content: Data) -> CatalogueVersion | None:
    """The next version of an organisation's list; nothing where it would say what the newest says."""
    here = CatalogueVersion.objects.filter(organisation=organisation_id, kind=kind, code=code)
    number = here.aggregate(Max("version"))["version__max"] or 0
    mark = checksum({"kind": kind, "code": code, "title": title, "content": content})
    if here.filter(version=number, checksum=mark).exists():
        return None
    return CatalogueVersion.objects.create(
        organisation_id=organisation_id,
        kind=kind,
        code=code,
        version=number + 1,
        title=title,
        content=content,
        checksum=mark,
        published_at=clock.now(),
    )


def discard_draft(draft: CatalogueDraft, *, seen: int) -> None:
    """Nothing of it is left; published versions stay as they are.

    Raises ValidationError with code "stale" where somebody saved since the version `seen`.
    """
    with transaction.atomic():
        found = CatalogueDraft.objects.select_for_update().filter(pk=draft.pk).first()
        if found is not None and found.version != seen:
            raise _stale()
        CatalogueDraft.objects.filter(pk=draft.pk).delete()


def _stale() -> ValidationError:
    return ValidationError(
        _("Somebody changed the draft while you were looking. Look again, then say yes."), code="stale"
    )


# From a file ----------------------------------------------------------------------------------------------------------
def offer_content(draft: CatalogueDraft, *, title: Data, content: Data, name: str, by: User) -> None:
    """Lay what a file says beside the draft: nothing of the draft changes until somebody takes it.

    The caller has checked it (`problems_of`). Questions get the codes that they may have.
    """
    with changing(draft, by=by) as locked:
        known = _with_base(content, _known_to(locked))
        settled = _arranged(locked.kind, resettled(recoded(content, known), locked.before))
        locked.offered = {"title": title or locked.title, "content": settled}
        locked.offered_name = name[:200]


def _arranged(kind: str, content: Data) -> Data:
    base = shipped_base(content) if kind == Kind.INSTRUMENT else None
    return arranged(content, written(base.content)) if base is not None else content


def _with_base(content: Data, known: Data) -> Data:
    """What is known, and the shipped instrument that a content says it builds on: its codes are what they are."""
    base = shipped_base(content)
    return known if base is None else known | built(written(base.content), base.code, base.version, known)


def _known_to(draft: CatalogueDraft) -> Data:
    """What stands in the draft, and what was published before: a question left out in the draft may come back."""
    found: Data = {}
    for key in LISTS:
        found[key] = [*draft.content.get(key, ())]
        there = {each["code"] for each in found[key]} | {each.get("instead_of") for each in found[key]}
        found[key] += [each for each in draft.before.get(key, ()) if each["code"] not in there]
    return found


def take_offer(draft: CatalogueDraft, *, seen: int, by: User) -> None:
    """What the file says takes the place of what stood in the draft."""
    with changing(draft, by=by, seen=seen) as locked:
        if locked.offered is None:
            raise ValidationError(_("No file is waiting to be taken over."))
        locked.title, locked.content = locked.offered["title"], locked.offered["content"]
        locked.offered, locked.offered_name = None, ""


def drop_offer(draft: CatalogueDraft, *, by: User) -> None:
    with changing(draft, by=by) as locked:
        locked.offered, locked.offered_name = None, ""


def load_own(parsed: Parsed, *, organisation: Organisation) -> CatalogueVersion | None:
    """Publish a checked file as the next version of the organisation's list of that code; None: it is there already.

    Raises CatalogueError with every problem, by line, and stores nothing.
    """
    check_own(parsed, kind=kind_of(parsed))
    kind, code = kind_of(parsed), str(parsed.head["code"] or "")
    language = _language_of(parsed.head["title"])
    with transaction.atomic():
        newest = CatalogueVersion.objects.filter(organisation=organisation, kind=kind, code=code).newest_first().first()
        before = _with_base(parsed.data, written(newest.content) if newest is not None else empty(kind))
        content = _arranged(kind, resettled(recoded(parsed.data, before), before))
        return _store(
            organisation_id=organisation.pk,
            kind=kind,
            code=code or f"own_{new_code()}",
            title=filled(parsed.head["title"], language),
            content=complete(content, language),
        )


def kind_of(parsed: Parsed) -> str:
    """What a file holds, of what an organisation may have of its own; a library where it does not say."""
    return Kind.INSTRUMENT if parsed.head["kind"] == Kind.INSTRUMENT else Kind.LIBRARY


def check_own(parsed: Parsed, *, kind: str = Kind.LIBRARY) -> None:
    """Whether a file holds what its kind asks for; raises CatalogueError with every problem, by line."""
    problems = [parsed.problem(path, message) for path, message in parsed.doubles]
    if parsed.head["kind"] not in (None, kind):
        problems.append(parsed.problem(("kind",), _("expected %(kind)s") % {"kind": kind}))
    if (code := parsed.head["code"]) is not None and not (isinstance(code, str) and CODE.fullmatch(code[:60])):
        problems.append(parsed.problem(("code",), _("a code has letters, digits, dots and underscores")))
    language = _language_of(parsed.head["title"])
    problems += [
        parsed.problem(each.path, each.message)
        for each in problems_of_own(kind, parsed.head["title"], parsed.data, language)
    ]
    if problems:
        raise CatalogueError(list(dict.fromkeys(problems)))


def _language_of(title: Any) -> str:
    return next(iter(title), "en") if isinstance(title, dict) else "en"
