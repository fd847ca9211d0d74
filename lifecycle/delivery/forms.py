"""Forms of delivery. They clean; actions write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from partnerships import clock
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.documents.forms import UploadField
from partnerships.documents.states import ENDINGS, FileType
from partnerships.looks.widgets import CheckCards, ChoiceCards, DayField, LimitedFileInput, WordsField
from partnerships.record.models import Party, Seat

from .models import (
    BodyMeeting,
    Commitment,
    CommunityPromise,
    Contribution,
    GovernanceBody,
    Resolution,
    SeatLine,
)
from .permissions import can_work, is_community
from .queries import circle_members, seats_in
from .states import Cadence, ContributionKind, DecisionRule, ResolutionState


def lines(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class PhotoField(UploadField):
    """What shows that it was done: a photo or a document, within the limit."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Photo or document"))
        kwargs.setdefault("required", False)
        kinds = (FileType.JPEG, FileType.PNG, FileType.PDF, FileType.DOCX, FileType.XLSX)
        kwargs.setdefault(
            "widget",
            LimitedFileInput(
                max_bytes=settings.DOCUMENT_MAX_BYTES,
                kinds=_("A photo is made smaller, and where it was taken is removed"),
                accept=[f".{ending}" for kind in kinds for ending in ENDINGS[kind]],
            ),
        )
        super().__init__(**kwargs)


def _day_past(day: Any, zone: str) -> Any:
    if day is not None and day > clock.today(zone):
        raise forms.ValidationError(_("This day has not come yet."))
    return day


class _PlaceForm(forms.Form):
    """A form of somebody who stands somewhere; parties are chosen by their public ids."""

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place = place
        self.by_id = {p.public_id: p for p in place.present}

    def choose(self, name: str, parties: Sequence[Party], *, empty: str = "") -> None:
        first = [("", empty)] if empty else []
        self.fields[name].choices = [*first, *((p.public_id, p.name) for p in parties)]  # type: ignore[attr-defined]

    def chosen(self, name: str) -> Party | None:
        return self.by_id.get(self.cleaned_data.get(name) or "")

    def chosen_all(self, name: str) -> list[Party]:
        return [self.by_id[pid] for pid in self.cleaned_data.get(name) or [] if pid in self.by_id]


class _SharedForm(_PlaceForm):
    """What partners share: with the partners alone, or with all parties."""

    circle = forms.ChoiceField(label=_("Who may read this"), widget=ChoiceCards, initial=CircleKind.PARTNERS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        has_broker = any(p.role == "broker" for p in self.place.present)
        partners = CircleKind.PARTNERS.label if has_broker else _("The partners")
        field = self.fields["circle"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells the type checker
        field.choices = [(CircleKind.PARTNERS, partners), (CircleKind.ALL, CircleKind.ALL.label)]
        if all(p.role in {"partner", "broker"} for p in self.place.present):
            # The same people either way: nothing to choose.
            field.choices = [(CircleKind.PARTNERS, partners)]
            field.widget = forms.HiddenInput()


# Commitments ----------------------------------------------------------------------------------------------------------
def _person_choices(parties: Sequence[Party]) -> list[Any]:
    """People by party, for a list with groups."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for seat in seats_in(parties):
        groups.setdefault(seat.party.name, []).append((seat.public_id, seat.membership.user.name))
    return [("", _("The leads of that side")), *groups.items()]


class _OwnerForm(_PlaceForm):
    owner = forms.ChoiceField(label=_("Who does it"))
    person = forms.ChoiceField(label=_("A person of that side"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parties = self.owners()
        self.choose("owner", parties)
        person = self.fields["person"]
        assert isinstance(person, forms.ChoiceField)  # noqa: S101
        person.choices = _person_choices(parties)

    def owners(self) -> list[Party]:
        return list(self.place.present)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        owner, person = self.chosen("owner"), cleaned.get("person")
        if owner is not None and person:
            seat = seats_in([owner]).filter(public_id=person).first()
            if seat is None:
                self.add_error("person", _("This person has no seat on that side."))
            cleaned["person"] = seat.membership.user if seat is not None else None
        else:
            cleaned["person"] = None
        return cleaned


class CommitmentForm(_OwnerForm, _SharedForm):
    """What, who, by when."""

    what = forms.CharField(label=_("What will be done"), max_length=300, widget=lines(2))
    due_on = DayField(label=_("By"))
    field_order = ("what", "owner", "person", "due_on", "circle")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.place.is_partner:
            self.fields["owner"].initial = self.place.own_party.public_id


class RewordForm(_OwnerForm):
    """Other words, another owner; the day has its own page, because it says why."""

    what = forms.CharField(label=_("What will be done"), max_length=300, widget=lines(2))
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    field_order = ("what", "owner", "person", "seen")

    def __init__(self, *args: Any, commitment: Commitment, **kwargs: Any) -> None:
        self.members = circle_members(commitment.circle_id)
        super().__init__(*args, **kwargs)

    def owners(self) -> list[Party]:
        return [p for p in self.place.present if p.pk in self.members]


class MoveDueForm(forms.Form):
    due_on = DayField(label=_("The new day"))
    why = forms.CharField(
        label=_("Why"), max_length=300, widget=lines(2), help_text=_("The others read it. The reminders move with it.")
    )


class DeliverForm(forms.Form):
    """Two minutes on a phone: tick, a line, a photo."""

    upload = PhotoField()
    note = forms.CharField(label=_("A line about it, if you like"), required=False, max_length=2000, widget=lines(2))


def seen_or_missing(longest: int) -> WordsField:
    """Why it is not there yet, as long as its column."""
    return WordsField(
        label=_("What you saw, or what is missing"),
        sometimes=True,
        max_length=longest,
        widget=lines(2),
        help_text=_("Needed if you say “not yet”: the other side reads it."),
    )


class ConfirmForm(forms.Form):
    """Seen, or not yet and why."""

    SEEN = "seen"
    NOT_YET = "not_yet"
    answer = forms.ChoiceField(
        label=_("Was it done?"),
        widget=ChoiceCards,
        choices=[(SEEN, _("Yes, we have seen that it was done")), (NOT_YET, _("Not yet"))],
        error_messages={"required": _("Say whether it was done.")},
    )
    note = seen_or_missing(2000)
    upload = PhotoField()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("answer") == self.NOT_YET and not (cleaned.get("note") or "").strip():
            self.add_error("note", _("Say what is missing; the other side will read it."))
        return cleaned


class EndBodyForm(forms.Form):
    why = forms.CharField(label=_("Why it should end"), max_length=1000, widget=lines(3))


class WriteOffForm(forms.Form):
    why = forms.CharField(label=_("Why it should be let go"), max_length=1000, widget=lines(3))


# Contributions --------------------------------------------------------------------------------------------------------
class _AmountForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=ContributionKind.choices,
        widget=ChoiceCards(
            helps={
                ContributionKind.TIME: _("Hours, with the value of an hour if you agreed on one."),
                ContributionKind.OTHER: _("Local knowledge, access, a good name: told, not counted."),
            }
        ),
    )
    what = forms.CharField(label=_("What"), max_length=200)
    starts_on = DayField(label=_("From"))
    ends_on = DayField(label=_("To"))
    amount = forms.DecimalField(
        label=_("Amount"),
        required=False,
        min_value=0,
        max_digits=16,
        decimal_places=2,
        help_text=_("What is promised for this period."),
    )
    currency = forms.RegexField(
        r"^[A-Za-z]{3}\Z", label=_("Currency"), error_messages={"invalid": _("Three letters, like USD or XOF.")}
    )
    hours = forms.DecimalField(label=_("Hours, for time"), required=False, min_value=0, max_digits=9, decimal_places=1)
    hour_rate = forms.DecimalField(
        label=_("Value of an hour"), required=False, min_value=0, max_digits=10, decimal_places=2
    )
    rate = forms.DecimalField(label=_("Agreed rate"), required=False, min_value=0, max_digits=18, decimal_places=8)
    rate_on = DayField(label=_("Rate agreed on"), required=False)

    common = "USD"
    #: Shown when asked for: other currencies, and how time is valued.
    folded = ("currency", "rate", "rate_on", "hours", "hour_rate")

    @property
    def first_fields(self) -> list[Any]:
        return [field for field in self if field.name not in self.folded]

    @property
    def folded_fields(self) -> list[Any]:
        return [self[name] for name in self.folded]

    @property
    def is_unfolded(self) -> bool:
        """Something in the folded part is filled in, or was not accepted."""
        names = set(self.folded)
        return (
            bool(names & set(self.errors))
            or any(self[n].value() not in (None, "") for n in names - {"currency"})
            or str(self["currency"].value() or "").upper() not in ("", self.common)
        )

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        starts, ends = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", _("The period ends before it starts."))
        kind = cleaned.get("kind")
        if kind == ContributionKind.OTHER:
            cleaned.update(amount=None, hours=None, hour_rate=None, rate=None, rate_on=None)
            return cleaned
        if kind == ContributionKind.TIME:
            if cleaned.get("amount") is None and cleaned.get("hours") is None:
                self.add_error("hours", _("Give the hours, or an amount."))
        else:
            cleaned.update(hours=None, hour_rate=None)
            if kind and cleaned.get("amount") is None and "amount" not in self.errors:
                self.add_error("amount", _("Give the amount, or its value."))
        if cleaned.get("currency") == self.common:
            cleaned.update(rate=None, rate_on=None)
        elif cleaned.get("rate") is not None:
            if cleaned["rate"] <= 0:
                self.add_error("rate", _("A rate is more than nothing."))
            if not cleaned.get("rate_on") and "rate_on" not in self.errors:
                self.add_error("rate_on", _("Say when you agreed on this rate."))
        else:
            cleaned["rate_on"] = None
        return cleaned

    def values(self) -> dict[str, Any]:
        names = ("kind", "what", "starts_on", "ends_on", "amount", "currency", "hours", "hour_rate", "rate", "rate_on")
        return {name: self.cleaned_data.get(name) for name in names}


class ContributionForm(_AmountForm, _SharedForm):
    """What a party will bring in a period."""

    giver = forms.ChoiceField(label=_("Who brings it"))
    field_order = (
        "giver", "kind", "what", "starts_on", "ends_on", "amount", "currency", "hours", "hour_rate", "rate", "rate_on",
        "circle",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place = self.place
        self.common = place.partnership.currency
        self.fields["currency"].initial = self.common
        self.fields["rate"].help_text = _("What one unit is worth in %(currency)s, as you agreed.") % {
            "currency": self.common
        }
        others = [p for p in place.present if not p.is_partner and p.role != "broker"] if can_work(place) else []
        self.choose("giver", [place.own_party, *(p for p in others if p.pk != place.own_party.pk)])


class ChangeContributionForm(_AmountForm):
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, contribution: Contribution, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.common = contribution.partnership.currency


class GiftForm(forms.Form):
    """What has come of it."""

    on = DayField(label=_("When"))
    amount = forms.DecimalField(label=_("Amount"), required=False, min_value=0, max_digits=16, decimal_places=2)
    hours = forms.DecimalField(label=_("Hours"), required=False, min_value=0, max_digits=9, decimal_places=1)
    note = forms.CharField(label=_("A line about it, if you like"), required=False, max_length=1000, widget=lines(2))
    upload = PhotoField()

    def __init__(self, *args: Any, contribution: Contribution, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        self.by_hours = contribution.kind == ContributionKind.TIME and contribution.hours is not None
        if self.by_hours:
            del self.fields["amount"]
            self.fields["hours"].required = True
        else:
            del self.fields["hours"]
            self.fields["amount"].required = True
            self.fields["amount"].label = _("Amount in %(currency)s") % {"currency": contribution.currency}

    def clean_on(self) -> Any:
        return _day_past(self.cleaned_data["on"], self.zone)


class CheckGiftForm(ConfirmForm):
    """Has it come?"""

    field_order = ("answer", "note")
    note = seen_or_missing(300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["upload"]
        answer = self.fields["answer"]
        assert isinstance(answer, forms.ChoiceField)  # noqa: S101
        answer.label = _("Has it come?")
        answer.choices = [(self.SEEN, _("Yes, we have seen that it came")), (self.NOT_YET, _("No, or not like this"))]


# Promises to communities ----------------------------------------------------------------------------------------------
class PromiseForm(_PlaceForm):
    """What was promised to them, by whom, until when."""

    what = forms.CharField(
        label=_("What was promised"), max_length=300, widget=lines(2), help_text=_("As it was said, in one sentence.")
    )
    body = forms.ChoiceField(label=_("To which body"), required=False)
    body_name = forms.CharField(
        label=_("Or a body that is not here"), max_length=160, required=False, help_text=_("A body, never a person.")
    )
    promiser = forms.ChoiceField(label=_("Who promised it"))
    person = forms.ChoiceField(label=_("Who said it"), required=False)
    said_on = DayField(label=_("When"))
    due_on = DayField(label=_("Until when"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place = self.place
        communities = [p for p in place.present if p.role == "rights_holder" or p.organisation.kind == "community"]
        if is_community(place):
            self.choose("body", [place.own_party])
            del self.fields["body_name"]
        elif communities:
            self.choose("body", communities, empty=str(_("One that is not here, named below")))
        else:
            del self.fields["body"]
            self.fields["body_name"].label = _("To which body")
            self.fields["body_name"].required = True
        promisers = [p for p in place.present if p.role in {"partner", "broker"}]
        self.choose("promiser", [p for p in promisers if not is_community(place) or p.pk != place.own_party.pk])
        if place.own_party.public_id in dict(self.fields["promiser"].choices):  # type: ignore[attr-defined]
            self.fields["promiser"].initial = place.own_party.public_id
        person = self.fields["person"]
        assert isinstance(person, forms.ChoiceField)  # noqa: S101
        person.choices = [("", _("Not known")), *_person_choices(promisers)[1:]]

    def clean_said_on(self) -> Any:
        return _day_past(self.cleaned_data["said_on"], self.place.user.time_zone)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("body") and not (cleaned.get("body_name") or "").strip() and not self.errors:
            self.add_error("body_name", _("Say to which body."))
        said, due = cleaned.get("said_on"), cleaned.get("due_on")
        if said and due and due < said:
            self.add_error("due_on", _("This is before it was promised."))
        promiser = self.chosen("promiser")
        seat = (
            seats_in([promiser]).filter(public_id=cleaned["person"]).first()
            if promiser is not None and cleaned.get("person")
            else None
        )
        if cleaned.get("person") and seat is None:
            self.add_error("person", _("This person has no seat on that side."))
        cleaned["person"] = seat.membership.user if seat is not None else None
        return cleaned


class EndPromiseForm(forms.Form):
    KEPT = "kept"
    EXPLAINED = "explained"
    answer = forms.ChoiceField(
        label=_("What came of it?"),
        widget=ChoiceCards(
            helps={
                KEPT: _("The body it was given to is asked whether it sees it like this."),
                EXPLAINED: _("You told them yourselves why it could not be kept."),
            }
        ),
        choices=[(KEPT, _("It was kept")), (EXPLAINED, _("It was explained to them"))],
        error_messages={"required": _("Say what came of it.")},
    )
    note = forms.CharField(
        label=_("How, or what was explained, by whom and when"), required=False, max_length=2000, widget=lines(3)
    )
    upload = PhotoField()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("answer") == self.EXPLAINED and not (cleaned.get("note") or "").strip():
            self.add_error("note", _("Say what was explained to them, by whom and when."))
        return cleaned


class JudgePromiseForm(forms.Form):
    KEPT = "kept"
    NOT_KEPT = "not_kept"
    answer = forms.ChoiceField(
        label=_("Was it kept?"),
        widget=ChoiceCards,
        choices=[(KEPT, _("Yes")), (NOT_KEPT, _("No, or not as it was promised"))],
        error_messages={"required": _("Say whether it was kept.")},
    )
    note = forms.CharField(label=_("In your words, if you like"), required=False, max_length=2000, widget=lines(3))


class MovePromiseForm(forms.Form):
    due_on = DayField(label=_("The new day, as agreed with them"))


# Governance -----------------------------------------------------------------------------------------------------------
class BodyForm(_SharedForm):
    """Who decides what. Each party has a row of seats, votes, chair and veto."""

    name = forms.CharField(
        label=_("What you call it"), max_length=120, help_text=_("“The two leads” is enough to start with.")
    )
    cadence = forms.ChoiceField(label=_("It meets"), choices=Cadence.choices, initial=Cadence.MONTHLY)
    rule = forms.ChoiceField(label=_("It decides when"), choices=DecisionRule.choices, initial=DecisionRule.CONSENSUS)
    quorum = forms.IntegerField(label=_("Seats that must be taken to decide"), min_value=1, max_value=99, initial=2)
    decides = forms.CharField(
        label=_("What it decides, and what it does not"), required=False, max_length=2000, widget=lines(3)
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, body: GovernanceBody | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["circle"].initial = CircleKind.ALL if len(self.fields["circle"].choices) > 1 else None  # type: ignore[attr-defined]
        if len(self.fields["circle"].choices) == 1:  # type: ignore[attr-defined]
            self.fields["circle"].initial = CircleKind.PARTNERS
        if body is not None:
            del self.fields["circle"]
        standing = {s.party_id: s for s in body.seats.all()} if body is not None else {}
        members = circle_members(body.circle_id) if body is not None else set()
        # Who came in after the body was made gets a row too: a new version is made for those who are in now.
        for party in self.place.present:
            if party.role == "broker" or (
                body is not None
                and body.circle.kind == CircleKind.PARTNERS
                and party.pk not in members
                and not party.is_partner
            ):
                continue
            seat = standing.get(party.pk)
            number = 1 if body is None and party.is_partner else 0
            pid = party.public_id
            whole = {"min_value": 0, "max_value": 20, "required": False}
            self.fields[f"seats_{pid}"] = forms.IntegerField(
                label=_("Seats"),
                initial=seat.seats if seat else number,
                **whole,  # type: ignore[arg-type]
            )
            self.fields[f"field_{pid}"] = forms.IntegerField(
                label=_("Of these, from a site or field office"),
                initial=seat.field_seats if seat else 0,
                **whole,  # type: ignore[arg-type]
            )
            self.fields[f"votes_{pid}"] = forms.IntegerField(
                label=_("Votes"),
                initial=seat.votes if seat else number,
                **whole,  # type: ignore[arg-type]
            )
            self.fields[f"chair_{pid}"] = forms.BooleanField(
                label=_("Has the chair"), initial=seat.is_chair if seat else False, required=False
            )
            self.fields[f"veto_{pid}"] = forms.CharField(
                label=_("Can stop"),
                initial=seat.veto_on if seat else "",
                required=False,
                max_length=200,
                help_text=_("What it has a veto on; empty: nothing."),
            )

    @property
    def party_rows(self) -> list[dict[str, Any]]:
        """For the template: one group of fields a party."""
        rows = []
        for party in self.place.present:
            if f"seats_{party.public_id}" not in self.fields:
                continue
            numbers = [self[f"{name}_{party.public_id}"] for name in ("seats", "votes", "field")]
            rights = [self[f"{name}_{party.public_id}"] for name in ("chair", "veto")]
            # Parties that are no partners stand folded until they have a seat.
            is_open = party.is_partner or any(f.errors or f.value() not in (None, "", 0, "0", False) for f in numbers)
            rows.append({"party": party, "numbers": numbers, "rights": rights, "is_open": is_open})
        return rows

    @property
    def plain_fields(self) -> list[Any]:
        return [
            self[name] for name in ("name", "cadence", "rule", "quorum", "decides", "circle") if name in self.fields
        ]

    def seat_lines(self) -> list[SeatLine]:
        data = self.cleaned_data
        return [
            SeatLine(
                party=p,
                seats=data.get(f"seats_{p.public_id}") or 0,
                field_seats=data.get(f"field_{p.public_id}") or 0,
                votes=data.get(f"votes_{p.public_id}") or 0,
                is_chair=bool(data.get(f"chair_{p.public_id}")),
                veto_on=data.get(f"veto_{p.public_id}") or "",
            )
            for p in self.place.present
            if f"seats_{p.public_id}" in self.fields
        ]

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("name", "cadence", "rule", "quorum", "decides")}


class PlanMeetingForm(forms.Form):
    on = DayField(label=_("Day"))
    at_time = forms.TimeField(
        label=_("Hour"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    where = forms.CharField(label=_("Where, or how"), max_length=160, required=False)
    agenda = forms.CharField(label=_("What for"), required=False, max_length=2000, widget=lines(3))
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)


class RecordMeetingForm(_PlaceForm):
    """Who was there, and what was said."""

    on = DayField(label=_("Day"))
    present = forms.MultipleChoiceField(label=_("Who was there"), widget=CheckCards)
    guests = forms.CharField(
        label=_("Who else"),
        max_length=200,
        required=False,
        help_text=_("Organisations or functions, no private persons."),
    )
    notes = forms.CharField(label=_("Notes"), required=False, max_length=8000, widget=lines(6))
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, meeting: BodyMeeting | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seats: dict[str, Seat] = {s.public_id: s for s in seats_in(self.place.present)}
        choices = [(pid, f"{s.membership.user.name}, {s.party.name}") for pid, s in self.seats.items()]
        if meeting is not None:
            # Somebody who left since stays in the record of what was.
            came = meeting.present.select_related("seat__membership__user", "seat__party__organisation")
            for presence in came:
                seat = presence.seat
                if seat.public_id not in self.seats:
                    self.seats[seat.public_id] = seat
                    choices.append((seat.public_id, f"{seat.membership.user.name}, {seat.party.name}"))
        field = self.fields["present"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101
        field.choices = choices

    def clean_on(self) -> Any:
        return _day_past(self.cleaned_data["on"], self.place.user.time_zone)

    def chosen_seats(self) -> list[Seat]:
        return [self.seats[pid] for pid in self.cleaned_data["present"]]


class _VoicesForm(_PlaceForm):
    agreed = forms.MultipleChoiceField(label=_("Who agreed"), required=False, widget=CheckCards)

    def __init__(self, *args: Any, parties: Sequence[Party], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choose("agreed", parties)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("state") == ResolutionState.DECIDED and not cleaned.get("agreed"):
            self.add_error("agreed", _("Say who agreed."))
        return cleaned


class ResolutionForm(_VoicesForm):
    text = forms.CharField(label=_("What was decided, or is to be"), max_length=2000, widget=lines(3))
    state = forms.ChoiceField(
        label=_("It was"), choices=ResolutionState.choices, initial=ResolutionState.DECIDED, widget=ChoiceCards
    )
    field_order = ("text", "state", "agreed")


class TakeDecisionForm(_VoicesForm):
    state = forms.ChoiceField(
        label=_("It was"),
        choices=[c for c in ResolutionState.choices if c[0] != ResolutionState.LEFT_OPEN],
        initial=ResolutionState.DECIDED,
        widget=ChoiceCards,
    )
    on = DayField(label=_("When"))
    field_order = ("state", "on", "agreed")

    def __init__(self, *args: Any, resolution: Resolution, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.raised_on = resolution.raised_on

    def clean_on(self) -> Any:
        day = _day_past(self.cleaned_data["on"], self.place.user.time_zone)
        if day < self.raised_on:
            raise forms.ValidationError(_("This is before it was left open."))
        return day


# Disputes -------------------------------------------------------------------------------------------------------------
class DisputeForm(forms.Form):
    what = forms.CharField(
        label=_("What it is about"), max_length=2000, widget=lines(4), help_text=_("The matter, not the people.")
    )
    due_on = DayField(label=_("The leads settle it by"))


class EscalateForm(forms.Form):
    due_on = DayField(label=_("They settle it by"))
    why = forms.CharField(label=_("What was tried"), max_length=300, required=False, widget=lines(2))


class SettlementForm(forms.Form):
    how = forms.CharField(label=_("How it is settled"), max_length=2000, widget=lines(4))
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)


def initial_of(
    item: Commitment | Contribution | CommunityPromise | GovernanceBody, names: Sequence[str]
) -> dict[str, Any]:
    """What a form starts from, with the version it was read at."""
    return {**{name: getattr(item, name) for name in names}, "seen": item.version}
