"""Reading agreements: where each clause stands, whose turn it is, what is in force."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from partnerships.access.models import Circle
from partnerships.access.places import Place
from partnerships.catalogue.content import Clause, Clauses
from partnerships.catalogue.queries import content
from partnerships.people.states import OfficeKind
from partnerships.record.models import Party, Seat
from partnerships.record.states import Duty, Level, Role
from partnerships.work.models import WorkItem

from .models import Agreement, ClauseStance, ClauseText, FrozenText, Signature, Terms
from .states import AgreementKind, AgreementState, StanceState

if TYPE_CHECKING:
    from partnerships.people.models import User
    from partnerships.record.models import Partnership


# Keys of what waits ---------------------------------------------------------------------------------------------------
def clause_key(clause: ClauseText, party_id: int | str = "") -> str:
    return f"agreement:{clause.agreement_id}:clause:{clause.pk}:{party_id}"


def draft_key(agreement: Agreement, party_id: int) -> str:
    return f"agreement:{agreement.pk}:draft:{party_id}"


def open_key(agreement: Agreement, party_id: int | str = "") -> str:
    return f"agreement:{agreement.pk}:open:{party_id}"


def sign_key(agreement: Agreement, party_id: int | str = "") -> str:
    return f"agreement:{agreement.pk}:sign:{party_id}"


# Clauses --------------------------------------------------------------------------------------------------------------
@dataclass
class ClauseRow:
    """A clause as one reader sees it: what each partner says to its present text, and whose turn it is."""

    clause: ClauseText
    is_required: bool
    partners: tuple[Party, ...]
    #: By party id, to the present version.
    stances: dict[int, ClauseStance] = field(default_factory=dict)
    #: Party ids that were asked to reply and have not yet.
    asked: set[int] = field(default_factory=set)
    own_party_id: int = 0

    @property
    def agreed_by(self) -> list[Party]:
        return [p for p in self.partners if self._says(p, StanceState.AGREED)]

    @property
    def is_agreed(self) -> bool:
        return not self.clause.is_left_out and bool(self.partners) and len(self.agreed_by) == len(self.partners)

    @property
    def is_settled(self) -> bool:
        return self.clause.is_left_out or self.is_agreed

    @property
    def waits_for(self) -> list[Party]:
        """Whose turn it is: who has said nothing to this text, or was asked to reply."""
        if self.is_settled:
            return []
        return [p for p in self.partners if p.pk not in self.stances or p.pk in self.asked]

    @property
    def mine(self) -> ClauseStance | None:
        return self.stances.get(self.own_party_id)

    @property
    def is_my_turn(self) -> bool:
        return any(p.pk == self.own_party_id for p in self.waits_for)

    @property
    def sides(self) -> list[tuple[Party, ClauseStance | None]]:
        return [(p, self.stances.get(p.pk)) for p in self.partners]

    @property
    def says(self) -> str:
        """Where it stands, in a sentence."""
        if self.clause.is_left_out:
            return _("Left out by all partners.")
        if self.is_agreed:
            return _("Agreed by all partners.")
        parts = []
        for party, stance in self.sides:
            if stance is None:
                continue
            words = {
                StanceState.AGREED: _("%(party)s agrees."),
                StanceState.DISCUSS: _("%(party)s wants to discuss it."),
                StanceState.LEAVE_OUT: _("%(party)s would leave it out."),
            }[StanceState(stance.state)]
            parts.append(words % {"party": party.name})
        return " ".join(parts) or _("Nobody has answered yet.")

    def _says(self, party: Party, state: str) -> bool:
        stance = self.stances.get(party.pk)
        return stance is not None and stance.state == state


def rows_of(place: Place, agreement: Agreement, clauses: Iterable[ClauseText] | None = None) -> list[ClauseRow]:
    """Every clause with its stances and turns: four queries, however many clauses and partners."""
    found = list(clauses if clauses is not None else agreement.clauses.all())
    on_site = any(c.is_required_on_site for c in found) and site_in_scope(place.partnership)
    rows = {
        c.pk: ClauseRow(
            clause=c,
            is_required=c.is_required or (c.is_required_on_site and on_site),
            partners=place.partners,
            own_party_id=place.party.pk if place.party else 0,
        )
        for c in found
    }
    versions = {c.pk: c.version for c in found}
    partner_ids = {p.pk for p in place.partners}
    for stance in ClauseStance.objects.filter(clause__in=versions).select_related("by"):
        if stance.text_version == versions[stance.clause_id] and stance.party_id in partner_ids:
            rows[stance.clause_id].stances[stance.party_id] = stance
    if agreement.is_draft:
        waiting = (
            WorkItem.objects.of(place.partnership).open().filter(key__startswith=f"agreement:{agreement.pk}:clause:")
        )
        for key, party_id in waiting.values_list("key", "party"):
            pk = int(key.split(":")[3])
            if pk in rows:
                rows[pk].asked.add(party_id)
    return list(rows.values())


def row_of(place: Place, clause: ClauseText) -> ClauseRow:
    return rows_of(place, clause.agreement, [clause])[0]


def site_in_scope(partnership: Partnership) -> bool:
    """Whether a site or field office of a partner takes part."""
    return _site_seats(partnership).exists()


def _site_seats(partnership: Partnership) -> QuerySet[Seat]:
    return Seat.objects.filter(
        Q(office__kind=OfficeKind.FIELD) | Q(level=Level.FIELD),
        party__partnership=partnership,
        party__role=Role.PARTNER,
        party__left_on=None,
        ended_on=None,
        membership__ended_on=None,
    )


def explanation(clause: ClauseText) -> Clause | None:
    """The catalogue's words on this clause: explanation and lessons; none for the partners' own."""
    if clause.is_own:
        return None
    return content(clause.agreement.catalogue, Clauses).by_code.get(clause.code)


@dataclass(frozen=True)
class Progress:
    """How far a text is, in numbers and in a sentence."""

    agreed: int
    total: int
    open_rows: tuple[ClauseRow, ...]

    @property
    def is_done(self) -> bool:
        return not self.open_rows


def progress(rows: Sequence[ClauseRow]) -> Progress:
    standing = [r for r in rows if not r.clause.is_left_out]
    return Progress(sum(r.is_agreed for r in standing), len(standing), tuple(r for r in standing if not r.is_agreed))


# Agreements -----------------------------------------------------------------------------------------------------------
def readable(place: Place) -> QuerySet[Agreement]:
    """The agreements of this record that the reader may read, newest first."""
    found: QuerySet[Agreement] = (
        Agreement.objects.visible_to(place)
        .select_related("catalogue", "supersedes", "partnership", "party__organisation", "circle")
        .order_by("-pk")
    )
    return found


def standing_text(agreement: Agreement) -> FrozenText | None:
    """The frozen text that is not void."""
    return agreement.frozen_texts.filter(voided_at=None).first()


def signatures_of(frozen: FrozenText) -> list[Signature]:
    return list(frozen.signatures.select_related("party__organisation", "by"))


def outside(place: Place, agreement: Agreement) -> list[Party]:
    """Partners that came in after this text was drafted, and so do not read it."""
    members = set(Circle.objects.filter(pk=agreement.circle_id).values_list("members__party", flat=True))
    return [p for p in place.partners if p.pk not in members]


def signed_agreement(partnership: Partnership, kind: str = AgreementKind.MOU) -> Agreement | None:
    """The agreement of this kind that holds today. For conditions and flags; pages narrow by visible_to."""
    found: Agreement | None = (
        Agreement.objects.unguarded("conditions and flags are computed for everybody")
        .of(partnership)
        .filter(kind=kind, state=AgreementState.SIGNED)
        .first()
    )
    return found


# Terms ----------------------------------------------------------------------------------------------------------------
def terms_in_force(partnership: Partnership) -> Terms | None:
    """What the partners fixed, as it holds today. For conditions, flags, later stages; pages narrow by visible_to."""
    found: Terms | None = (
        Terms.objects.unguarded("conditions, flags and later stages compute with it")
        .of(partnership)
        .filter(in_force_at__isnull=False)
        .order_by("-number")
        .first()
    )
    return found


def readable_terms_in_force(place: Place) -> Terms | None:
    """The same for a page: nothing where this reader is not among those who read them."""
    found: Terms | None = Terms.objects.visible_to(place).filter(in_force_at__isnull=False).order_by("-number").first()
    return found


def newest_terms(partnership: Partnership) -> Terms | None:
    """The newest version, agreed or only proposed."""
    found: Terms | None = (
        Terms.objects.unguarded("actions decide on the newest version")
        .of(partnership)
        .order_by("-number")
        .prefetch_related("decisions__party__organisation", "consents")
        .first()
    )
    return found


def missing_consents(terms: Terms, partners: Iterable[Party]) -> list[Party]:
    given = {c.party_id for c in terms.consents.all()}
    return [p for p in partners if p.pk not in given]


# People ---------------------------------------------------------------------------------------------------------------
def speakers(circle: Circle, *, but_party: int | None = None, only: Iterable[int] | None = None) -> list[User]:
    """Leads and stand-ins of the parties in a circle that are still in: whom a message about it goes to."""
    seats = Seat.objects.filter(
        party__circle_members__circle=circle,
        party__left_on=None,
        ended_on=None,
        membership__ended_on=None,
        duty__in=[Duty.LEAD, Duty.STAND_IN],
    ).select_related("membership__user")
    if but_party is not None:
        seats = seats.exclude(party=but_party)
    if only is not None:
        seats = seats.filter(party__in=list(only))
    return [s.membership.user for s in seats]


@dataclass
class Team:
    """Who leads a partner's part and who stands in, as the gate counts them [ST4, ST5]."""

    party: Party
    lead: Seat | None = None
    stand_in: Seat | None = None

    @property
    def gaps(self) -> list[str]:
        """What is missing, as sentences for everybody who reads the gate: roles, no names."""
        name = {"party": self.party.name}
        found = []
        if self.lead is None:
            found.append(_("%(party)s has no lead.") % name)
        elif not self.lead.hours:
            found.append(_("%(party)s has not named its lead's hours.") % name)
        if self.stand_in is None:
            found.append(_("%(party)s has no stand-in.") % name)
        elif not self.stand_in.hours:
            found.append(_("%(party)s has not named its stand-in's hours.") % name)
        return found


def teams(place: Place) -> list[Team]:
    """Lead and stand-in of every partner: one query. Named hours count first."""
    found = {p.pk: Team(p) for p in place.partners}
    seats = Seat.objects.filter(
        party__in=found, ended_on=None, membership__ended_on=None, duty__in=[Duty.LEAD, Duty.STAND_IN]
    ).select_related("membership__user")
    by_party: dict[int, list[Seat]] = defaultdict(list)
    for seat in seats:
        by_party[seat.party_id].append(seat)
    for pk, team in found.items():
        named = sorted(by_party[pk], key=lambda s: not s.hours)
        team.lead = next((s for s in named if s.duty == Duty.LEAD), None)
        team.stand_in = next((s for s in named if s.duty == Duty.STAND_IN), None)
    return list(found.values())


def in_circle(place: Place) -> Exists:
    """Annotation: whether the reader's party is in the circle of the row's agreement."""
    return Exists(
        Circle.objects.filter(pk=OuterRef("agreement__circle"), members__party=place.party.pk if place.party else 0)
    )
