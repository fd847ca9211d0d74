"""What others released."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q

from partnerships.access.models import STANDS, CircleParty, Release, ReleaseItem, ReleaseOpening
from partnerships.access.places import Place
from partnerships.access.ready import Ready
from partnerships.catalogue.content import Library
from partnerships.catalogue.queries import content
from partnerships.documents.queries import Shown
from partnerships.record.models import Party

from ..models import AddedPoint, DiligenceAnswer
from .above import with_papers
from .asked import library
from .checklists import Row, Theme, by_theme, same_words
from .reading import ANSWER_MODEL

_BUNDLES: Ready[Release] = Ready(
    lambda record, party, about: (
        Release.objects.filter(
            partnership=record,
            party=party,
            pk__in=ReleaseItem.objects.filter(
                STANDS,
                model=ANSWER_MODEL,
                object_id__in=DiligenceAnswer.objects.of(record)
                .filter(assessment__party=party, assessment__about=about, withdrawn_at=None)
                .values("pk"),
            ).values("release"),
        )
        .select_related("circle")
        .order_by("-released_at")
    )
)
_MEMBERS = Ready(lambda circles: CircleParty.objects.filter(circle__in=circles).values_list("circle", "party"))
_OPENED = Ready(lambda releases: ReleaseOpening.objects.filter(release__in=releases).values_list("release", "party"))


def released_to(place: Place, about: Party) -> list[Shown]:
    """The standing releases of the own side's checklist about an organisation, with who opened them. Three queries.

    Of one that was recalled: those who had opened it before, since they go on reading.
    """
    bundles = _BUNDLES(record=place.partnership.pk, party=place.own_party.pk, about=about.pk)
    if not bundles:
        return []
    members = set(_MEMBERS(circles=[b.circle_id for b in bundles]))
    opened = set(_OPENED(releases=[b.pk for b in bundles]))
    found = []
    for bundle in bundles:
        shown = Shown(bundle)
        readers = [p for p in place.parties if (bundle.circle_id, p.pk) in members and p.pk != place.own_party.pk]
        shown.tell(readers, {party for release, party in opened if release == bundle.pk})
        found.append(shown)
    return found


@dataclass
class Released:
    """A checklist that the reader may read, in whole or in part."""

    party: Party
    about: Party
    count: int


def released_checklists(place: Place) -> list[Released]:
    """The checklists of others that the reader can open a page of, with what was added to them. One query."""
    return _counted(place, ~Q(assessment__party=place.party))


def kept_checklists(place: Place) -> list[Released]:
    """The own side's checklists that are worked on no more: about partners that left; all, once it left itself.
    One query.
    """
    partners = [p.pk for p in place.partners] if place.is_partner else []
    return _counted(place, Q(assessment__party=place.party) & ~Q(assessment__about__in=partners))


def _counted(place: Place, which_rows: Q) -> list[Released]:
    which = ("assessment__party", "assessment__about")
    rows = DiligenceAnswer.objects.visible_to(place).filter(which_rows).values_list(*which, "code")
    added = AddedPoint.objects.visible_to(place).filter(which_rows).values_list(*which, "key")
    codes: dict[tuple[int, int], set[str]] = defaultdict(set)
    for party, about, code in rows.union(added):
        codes[party, about].add(code)
    by_id = {p.pk: p for p in place.parties}
    return [
        Released(by_id[party], by_id[about], len(found))
        for (party, about), found in sorted(codes.items())
        if party in by_id and about in by_id
    ]


def read_checklist(place: Place, party: Party, about: Party) -> list[Theme]:
    """What the reader may read of a checklist: the newest answer to each question; of another side what it released."""
    newest: dict[str, DiligenceAnswer] = {}
    answers = (
        DiligenceAnswer.objects.visible_to(place)
        .filter(assessment__party=party, assessment__about=about)
        .select_related("library", "assessment")
        .defer("library__content")
        .order_by("pk")
    )
    for answer in answers:
        newest[answer.code] = answer
    rows, today = [], library(place.partnership)
    # A theme that is asked no more stands below, for what was answered under it.
    groups = {group.code: group for group in today.themes}
    for answer in newest.values():
        then = content(answer.library, Library)
        groups |= {group.code: group for group in then.themes if group.code not in groups}
        asked = then.by_code.get(answer.code)
        if asked is not None:
            now = today.by_code.get(answer.code)
            is_same = now is None or same_words(asked, now)
            rows.append(Row(asked, owed=True, answer=answer, today=None if is_same else now))
    order = {q.code: n for n, q in enumerate(today.items)}
    rows.sort(key=lambda r: order.get(r.question.code, 999))
    with_papers(rows, place)
    return by_theme(groups.values(), rows)
