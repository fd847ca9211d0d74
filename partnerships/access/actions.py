"""Making circles, releasing to a wider one, recalling, opening, withdrawing. Each is one logged act."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from .. import clock
from .models import KEY_LENGTH, Circle, Circled, CircleParty, Release, ReleaseItem, ReleaseOpening
from .places import Place
from .states import CircleKind

if TYPE_CHECKING:
    from partnerships.people.models import User
    from partnerships.record.models import Partnership, Party


def circle_for(
    partnership: Partnership,
    kind: str,
    *,
    party: Party | None = None,
    author_id: int | None = None,
    parties: Iterable[Party] = (),
) -> Circle:
    """The circle of this kind as the parties stand now; made when it is the first of its composition.

    `party` is whose own side or caucus; `parties` are the members of a chosen circle.
    """
    present = list(partnership.parties.filter(left_on=None).order_by("pk"))
    match kind:
        case CircleKind.AUTHOR:
            members: list[Party] = []
        case CircleKind.OWN:
            members = [_needed(party)]
        case CircleKind.CAUCUS:
            members = [_needed(party), *[p for p in present if p.role == "broker"]]
        case CircleKind.PARTNERS_ALONE:
            members = [p for p in present if p.role == "partner"]
        case CircleKind.PARTNERS:
            members = [p for p in present if p.role in {"partner", "broker"}]
        case CircleKind.ALL:
            members = present
        case _:
            members = list(parties)
    ids = sorted({p.pk for p in members})
    key = f"{kind}:{author_id}" if kind == CircleKind.AUTHOR else f"{kind}:{','.join(map(str, ids))}"
    if kind == CircleKind.CAUCUS and party is not None:
        key = f"{kind}:{party.pk}:{','.join(map(str, ids))}"
    if len(key) > KEY_LENGTH:
        # Dozens of parties: the composition by its digest.
        key = f"{kind}:{sha256(key.encode()).hexdigest()}"
    with transaction.atomic():
        circle, made = Circle.objects.get_or_create(
            partnership=partnership,
            key=key,
            defaults={
                "kind": kind,
                "author_id": author_id if kind == CircleKind.AUTHOR else None,
                "owner": party if kind in {CircleKind.OWN, CircleKind.CAUCUS} else None,
            },
        )
        if made:
            CircleParty.objects.bulk_create([CircleParty(circle=circle, party_id=pk) for pk in ids])
    return circle


def circle_here(place: Place, kind: str) -> Circle:
    """The circle of this kind seen from where a person stands."""
    return circle_for(place.partnership, kind, party=place.party, author_id=place.user.pk)


def authored(by: Place, circle: Circle) -> dict[str, Any]:
    """What every new item says of itself: whose it is, who wrote it and in which language, and who may read it."""
    return {
        "partnership": by.partnership,
        "circle": circle,
        "party": by.own_party,
        "author": by.user,
        "language": by.user.language,
    }


def release(items: Sequence[Circled], *, kind: str, to: Circle, by: Place) -> Release:
    """Show own items to a wider circle as one bundle. Parties read them after opening it."""
    if not items:
        raise ValidationError(_("There is nothing to release yet."))
    if any(item.party_id != by.own_party.pk for item in items):
        raise ValidationError(_("Only the side that wrote this can release it."))
    with transaction.atomic():
        return _bundle(items, kind=kind, to=to, party=by.own_party, by=by.user)


def release_opened(
    items: Sequence[Circled],
    *,
    kind: str,
    to: Circle,
    party: Party,
    by: User,
    opened_by: Mapping[int, User] | None = None,
) -> Release:
    """A release that is open to its readers at once, since they did what opens it (handed in, joined).

    `opened_by` names, per party, who did that; for the others it is `by`.
    """
    who = opened_by or {}
    with transaction.atomic():
        bundle = _bundle(items, kind=kind, to=to, party=party, by=by)
        ReleaseOpening.objects.bulk_create(
            [
                ReleaseOpening(release=bundle, party_id=pk, by=who.get(pk, by), opened_at=clock.now())
                for pk in to.members.values_list("party", flat=True)
            ]
        )
    return bundle


def _bundle(items: Sequence[Circled], *, kind: str, to: Circle, party: Party, by: User) -> Release:
    bundle = Release.objects.create(
        partnership=party.partnership, circle=to, party=party, by=by, kind=kind, released_at=clock.now()
    )
    ReleaseItem.objects.bulk_create(
        [ReleaseItem(release=bundle, model=item._meta.label_lower, object_id=item.pk) for item in items]
    )
    return bundle


def open_release(bundle: Release, *, by: Place) -> bool:
    """The reader's party opens a release, once; from here on it can only be withdrawn. Whether it was this time."""
    with transaction.atomic():
        bundle = Release.objects.select_for_update().get(pk=bundle.pk)
        if bundle.openings.filter(party=by.own_party).exists():
            return False
        if bundle.recalled_at is not None:
            raise ValidationError(_("This was recalled before you opened it."))
        if by.own_party.left_at is not None or not bundle.circle.members.filter(party=by.own_party).exists():
            raise ValidationError(_("This was not released to you."))
        ReleaseOpening.objects.create(release=bundle, party=by.own_party, by=by.user, opened_at=clock.now())
    return True


def recall(bundle: Release, *, by: Place) -> bool:
    """Take a release back from every party that has not opened it, once. Whether it was this time."""
    with transaction.atomic():
        bundle = Release.objects.select_for_update().get(pk=bundle.pk)
        if bundle.party_id != by.own_party.pk:
            raise ValidationError(_("Only the side that released this can recall it."))
        others = bundle.circle.members.exclude(party=by.own_party).count()
        if others and bundle.openings.exclude(party=by.own_party).count() >= others:
            raise ValidationError(_("Everyone has opened this already. You can withdraw it instead."))
        if bundle.recalled_at is not None:
            return False
        bundle.recalled_at = clock.now()
        bundle.save(update_fields=["recalled_at"])
    return True


def withdraw(item: Circled, *, by: Place) -> None:
    """Take an opened item out of pages and later reports; the fact that it was there remains."""
    if item.party_id != by.own_party.pk:
        raise ValidationError(_("Only the side that wrote this can withdraw it."))
    item.withdrawn_at = clock.now()
    item.save(update_fields=["withdrawn_at"])


def put_words(item: Circled, *, by: Place, **words: Any) -> list[str]:
    """New words in an item, and with them who wrote them, and in which language. Returns the fields to save."""
    if any(getattr(item, name) != said for name, said in words.items()):
        item.language = by.user.language
    for name, said in words.items():
        setattr(item, name, said)
    item.author = by.user
    return [*words, "author", "language"]


def save_version(item: Circled, *, seen: int | None, fields: Sequence[str]) -> None:
    """Write changed fields if nobody wrote in between; `seen` is the version the form was filled in from.

    Raises ValidationError with code "stale" where it was; the view then shows the newer text beside the typed one.
    """
    seen = item.version if seen is None else seen
    values: dict[str, Any] = {name: getattr(item, name) for name in fields}
    changed = (
        type(item)
        .objects.unguarded("a conditional write to an item that the view has fetched and checked")
        .filter(pk=item.pk, version=seen)
        .update(**values, version=models.F("version") + 1, changed_at=clock.now())
    )
    if not changed:
        raise ValidationError(
            _("Somebody else saved this while you were writing. Compare, and save again."), code="stale"
        )
    item.version = seen + 1


def _needed(party: Party | None) -> Party:
    if party is None:
        raise ValueError("this kind of circle belongs to a party")
    return party
