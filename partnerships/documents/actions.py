"""Keeping documents: store, note what was seen or said, release, recall, withdraw."""

from __future__ import annotations

import contextlib
import logging
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import clock
from ..access import actions as access
from ..access.models import Circle, Release, ReleaseItem
from ..access.places import Place
from ..access.states import CircleKind
from ..history import kinds as act_kinds
from ..history.actions import log
from ..notices import actions as notices
from ..notices import kinds as notice_kinds
from ..record import release_kinds
from ..record.holding import HELD
from .checks import check
from .models import Document
from .queries import RELEASED_DOCUMENT, document_kinds
from .retention import check_kept
from .states import Held
from .storage import StoreAway, let_go

if TYPE_CHECKING:
    from ..people.models import User
    from ..record.models import Partnership, Party

logger = logging.getLogger(__name__)

_DETAIL = {"url_name": "documents:detail", "object_kwarg": "did"}
STORED = act_kinds.register("documents.stored", gettext_lazy("Document added"), **_DETAIL)
WITNESSED = act_kinds.register("documents.witnessed", gettext_lazy("Document noted, not kept"), **_DETAIL)
RELEASED = act_kinds.register("documents.released", gettext_lazy("Document released"), **_DETAIL)
WITHDRAWN = act_kinds.register("documents.withdrawn", gettext_lazy("Document withdrawn"), **_DETAIL)
KEPT = act_kinds.register("documents.kept", gettext_lazy("How long a document is kept was changed"), **_DETAIL)
DELETED = act_kinds.register("documents.deleted", gettext_lazy("Document deleted before anybody saw it"))
release_kinds.register(RELEASED_DOCUMENT, gettext_lazy("A document"), url_name="documents:list")

RELEASED_NOTICE = notice_kinds.register(
    "documents.released",
    label=gettext_lazy("A document was released to you"),
    subject=gettext_lazy("{record}: {party} has released something to you"),
    line=gettext_lazy("{party} has released a document to you in the partnership “{record}”."),
    button=gettext_lazy("Open it"),
)


#: The disk is full, or cannot be written. Those who run the installation find it in the log.
NO_ROOM = gettext_lazy(
    "There is no room for this file here at the moment. It was not kept; everything else is. "
    "Tell those who run this installation, and add it again later."
)
#: The object store does not answer, or refuses.
STORE_AWAY = gettext_lazy(
    "The store where files are kept does not answer at the moment. This file was not kept; what you typed is still "
    "here. Choose the file again and send it in a few minutes. If it goes on, tell those who run this installation."
)


def store(
    *,
    partnership: Partnership,
    upload: File[bytes],
    circle: Circle,
    by: Place,
    kind: str = "",
    title: str = "",
    valid_until: date | None = None,
    keep_until: date | None = None,
    keep_reason: str = "",
    note: str = "",
) -> Document:
    """Check an uploaded file by its content and keep it. ValidationError says in a sentence why it is refused.

    `keep_until` is a last day of its own; with `keep_reason` also one after what its kind says (`retention.kept`).
    """
    check_kept(
        keep_until=keep_until, keep_reason=keep_reason, kind=document_kinds().get(kind),
        partnership=partnership, today=clock.today(),
    )  # fmt: skip
    checked = check(upload)
    document = _new(partnership, circle, by, held=Held.FILE, kind=kind, valid_until=valid_until, note=note)
    document.keep_until, document.keep_reason = keep_until, keep_reason
    document.title = title.strip() or checked.name[:200]
    document.original_name = checked.name
    document.content_type = checked.content_type
    document.size = len(checked.content)
    document.sha256 = checked.sha256
    try:
        document.file.save("", ContentFile(checked.content, name="document"), save=False)
    except StoreAway as error:
        logger.exception("a file could not be kept")
        raise ValidationError(STORE_AWAY, code="store_away") from error
    except OSError as error:
        logger.exception("a file could not be kept")
        raise ValidationError(NO_ROOM, code="no_room") from error
    try:
        with transaction.atomic():
            document.save()
            log(STORED, by=by, item=document)
    except (OperationalError, InterfaceError):
        # A line that breaks at the end leaves open whether the row stands. The file waits for the sweep, which knows.
        raise
    except BaseException:
        let_go(document.file.storage, document.file.name)
        raise
    return document


def note_seen(
    *,
    partnership: Partnership,
    circle: Circle,
    by: Place,
    title: str,
    seen_by: str,
    seen_on: date,
    held_at: str,
    kind: str = "",
    valid_until: date | None = None,
    note: str = "",
) -> Document:
    """Seen, not kept: what, by whom, when, and where it is held."""
    return _witness(
        _new(partnership, circle, by, held=Held.SEEN, kind=kind, valid_until=valid_until, note=note),
        by, title=title, witness=seen_by, on=seen_on, whereabouts=held_at,
    )  # fmt: skip


def note_conversation(
    *,
    partnership: Partnership,
    circle: Circle,
    by: Place,
    title: str,
    talked_with: str,
    talked_on: date,
    kind: str = "",
    note: str = "",
) -> Document:
    """Answered in conversation: what about, with whom, when."""
    return _witness(
        _new(partnership, circle, by, held=Held.TALK, kind=kind, valid_until=None, note=note),
        by, title=title, witness=talked_with, on=talked_on, whereabouts="",
    )  # fmt: skip


def _new(partnership: Partnership, circle: Circle, by: Place, **values: Any) -> Document:
    if circle.partnership_id != partnership.pk or by.partnership.pk != partnership.pk:
        raise ValueError("the circle, the record and the person belong together")
    return Document(
        partnership=partnership,
        circle=circle,
        party=by.own_party,
        author=by.user,
        language=by.user.language,
        created_at=clock.now(),
        **values,
    )


def _witness(document: Document, by: Place, *, title: str, witness: str, on: date, whereabouts: str) -> Document:
    if on > clock.today(by.user.time_zone):
        raise ValidationError({"on": _("This day has not come yet.")})
    document.title, document.witness = title, witness
    document.witnessed_on, document.whereabouts = on, whereabouts
    with transaction.atomic():
        document.save()
        log(WITNESSED, by=by, item=document)
    return document


def keep_for(document: Document, *, by: Place, seen: int, kind: str, keep_until: date | None, keep_reason: str) -> None:
    """Say how long a file is kept: its own last day, and its kind where none was said.

    Its side is told anew before it goes. ValidationError by field, or with code "stale" where somebody wrote meanwhile.
    """
    with transaction.atomic():
        document = Document.objects.of(by.partnership).select_for_update(of=("self",)).get(pk=document.pk)
        if document.party_id != by.own_party.pk or document.author_id is None:
            raise ValidationError(_("Only the side that added this says how long it is kept."))
        if not document.is_file:
            raise ValidationError(_("There is no file here any more."))
        kind = document.kind or kind
        check_kept(
            keep_until=keep_until, keep_reason=keep_reason, kind=document_kinds().get(kind),
            partnership=by.partnership, today=clock.today(),
        )  # fmt: skip
        if document.version != seen:
            raise ValidationError(
                _("Somebody else saved this while you were writing. Compare, and save again."), code="stale"
            )
        document.kind, document.keep_until, document.keep_reason = kind, keep_until, keep_reason
        document.warned_on, document.version = None, document.version + 1
        # Not `changed_at`: what the document says is as it was, also for a party that left.
        document.save(update_fields=["kind", "keep_until", "keep_reason", "warned_on", "version"])
        log(KEPT, by=by, item=document)


def warn_anew(party: Party) -> None:
    """A hold was lifted: nothing goes before its side has been told once more."""
    Document.objects.of(party.partnership).filter(party=party).exclude(warned_on=None).update(warned_on=None)


def release_document(document: Document, *, to: Circle, by: Place) -> Release:
    """Show a document to a wider circle; until a party opens it, it can be recalled."""
    with transaction.atomic():
        bundle = access.release([document], kind=RELEASED_DOCUMENT, to=to, by=by)
        log(RELEASED, by=by, item=document, circle=to)
        tell_released(RELEASED_NOTICE, bundle, by=by, path_name="record:releases")
    return bundle


def tell_released(kind: str, bundle: Release, *, by: Place, path_name: str) -> None:
    """Owe the leads and stand-ins of every party a release goes to one message: who, not what."""
    from django.urls import reverse

    notices.post(
        kind,
        to=_speakers(bundle, by),
        key=f"release:{bundle.pk}",
        partnership=by.partnership,
        path=reverse(path_name, args=[by.partnership.public_id]),
        names={"party": by.own_party.name},
        object_id=bundle.pk,
    )


def _speakers(bundle: Release, by: Place) -> list[User]:
    from ..record.models import Seat

    seats = (
        Seat.objects.filter(
            party__in=bundle.circle.members.values("party"),
            party__left_on=None,
            ended_on=None,
            membership__ended_on=None,
            duty__in=["lead", "stand_in"],
        )
        .exclude(party=by.own_party)
        .select_related("membership__user")
    )
    return [seat.membership.user for seat in seats]


def withdraw_document(document: Document, *, by: Place) -> bool:
    """Delete what nobody else could see, file and all; else take it out of pages and later reports: the fact stays.

    Nothing is deleted while a legal hold of its side stands. Returns whether it was deleted.
    """
    with transaction.atomic():
        document = Document.objects.of(by.partnership).select_for_update(of=("self",)).get(pk=document.pk)
        if document.party_id != by.own_party.pk:
            raise ValidationError(_("Only the side that added this can withdraw it."))
        if document.author_id is None:
            raise ValidationError(_("This is what all have signed. It is changed by an amendment, not withdrawn."))
        _take_back(document, by)
        if not was_shown(document):
            if document.party.held_since is not None:
                raise ValidationError(HELD)
            name, storage = document.file.name, document.file.storage
            try:
                with transaction.atomic():
                    log(DELETED, by=by, item=document)
                    document.delete()
            except ProtectedError:
                raise ValidationError(
                    _("Something else points at this document (an answer, a commitment). Take it away there first.")
                ) from None
            if name:
                transaction.on_commit(lambda: let_go(storage, name))
            return True
        if document.withdrawn_at is None:
            access.withdraw(document, by=by)
            log(WITHDRAWN, by=by, item=document)
    return False


def _take_back(document: Document, by: Place) -> None:
    """What nobody has opened yet is recalled first, so that no empty release stays behind."""
    items = ReleaseItem.objects.filter(model=document._meta.label_lower, object_id=document.pk)
    for item in items.filter(release__recalled_at=None, release__kind=RELEASED_DOCUMENT).select_related("release"):
        with contextlib.suppress(ValidationError):  # everybody has opened it: it is withdrawn instead
            access.recall(item.release, by=by)


def was_shown(document: Document) -> bool:
    """Whether anybody outside of its own side could have read it, or was told of it."""
    own = document.circle.kind in {CircleKind.AUTHOR, CircleKind.OWN}
    released = ReleaseItem.objects.filter(
        model=document._meta.label_lower, object_id=document.pk, release__openings__isnull=False
    )
    return not own or released.exists()
