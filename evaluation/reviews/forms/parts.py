"""How a side takes part, and whom it asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partnerships.looks.widgets import ChoiceCards, WordsField

from ..models import Respondent
from ..queries import minimum
from ..states import Group, PartMode

if TYPE_CHECKING:
    from partnerships.record.models import Party, Seat


ADDRESSES_MAX = 60


#: Of a mail address, as it is stored.
ADDRESS_LENGTH = 254


#: How many answers on paper a side can announce.
ON_PAPER_MAX = 500
MODES = [
    (PartMode.ONE_AGREED, gettext_lazy("We meet and give one agreed answer")),
    (PartMode.INDIVIDUAL, gettext_lazy("Each person answers alone")),
    (PartMode.WITH_BROKER, gettext_lazy("We tell our broker, who writes our answer down")),
    (PartMode.OPEN, gettext_lazy("Each person answers with their name")),
]
#: From where somebody without an office answers.
FROM = [*Group.choices, ("", gettext_lazy("Neither, or not said"))]
#: A box of addresses for each; that of the last one is as old as the form.
BOXES = {"addresses_field": Group.FIELD, "addresses_head": Group.HEAD, "addresses": ""}


class Asking(forms.Form):
    """Whom a side asks by mail, and from where people without an office answer."""

    people: Mapping[str, Seat]

    def ask_by_mail(self) -> None:
        shown = _(
            "From where people answer is shown only as two groups, head office beside site or field, only where each "
            "of them (and who belongs to neither) has %(least)s people or more, and to your own side first."
        ) % {"least": minimum()}
        how = _("One on a line. Each gets a personal link and needs no account. Addresses are erased at the opening.")
        self._box("addresses_field", _("By mail address, from a site or the field"), f"{how} {shown}")
        self._box("addresses_head", _("By mail address, from head office"))
        self._box(
            "addresses",
            _("By mail address, from neither"),
            _("Somebody of a community or an authority whom you ask for your side, or where you do not say."),
        )

    def _box(self, name: str, label: str, help_text: str = "") -> None:
        self.fields[name] = WordsField(
            label=label,
            required=False,
            # As many as are taken at a time, each as long as an address may be.
            max_length=ADDRESSES_MAX * (ADDRESS_LENGTH + 2),
            widget=forms.Textarea(attrs={"rows": 2}),
            help_text=help_text,
        )

    def ask_from_where(self) -> None:
        """Of those alone whose office nobody has written down."""
        for key, seat in self.people.items():
            if seat.office is None and seat.membership.office is None:
                self.fields[f"from_{key}"] = forms.ChoiceField(
                    label=_("From where does %(name)s answer?") % {"name": seat.membership.user},
                    choices=FROM,
                    required=False,
                    initial="",
                    help_text=_("No office is noted for this person. Groups are shown as above."),
                )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        known: set[str] = set()
        for name in (name for name in BOXES if name in self.fields):
            try:
                cleaned[name] = clean_addresses(cleaned.get(name, ""))
            except ValidationError as error:
                self.add_error(name, error)
                continue
            here = {address.lower() for address in cleaned[name]}
            if twice := known & here:
                self.add_error(name, _("This address stands in two boxes: %(what)s") % {"what": min(twice)})
            known |= here
        return cleaned

    def addresses(self) -> list[str]:
        return [address for name in BOXES for address in self.cleaned_data.get(name, ())]

    def groups(self) -> dict[int | str, str]:
        """By address and by seat: from where somebody answers, where that was said."""
        by_mail = {
            address.lower(): str(group)
            for name, group in BOXES.items()
            for address in self.cleaned_data.get(name, ())
            if group
        }
        by_seat = {seat.pk: said for key, seat in self.people.items() if (said := self.cleaned_data.get(f"from_{key}"))}
        return {**by_mail, **by_seat}

    def chosen(self) -> list[Seat]:
        return [self.people[pk] for pk in self.cleaned_data.get("seats", [])]


class PartForm(Asking):
    """How a side takes part, chosen before its first invitation."""

    mode = forms.ChoiceField(
        label=gettext_lazy("How do you take part?"),
        choices=MODES,
        widget=ChoiceCards(
            helps={
                PartMode.ONE_AGREED: gettext_lazy("For teams of fewer than five. It is sealed like all others."),
                PartMode.INDIVIDUAL: gettext_lazy("Five people or more. Only means are shown, never one person."),
                PartMode.WITH_BROKER: gettext_lazy(
                    "For teams of fewer than five. The broker knows your answer before the others; you approve it "
                    "before it is handed in."
                ),
                PartMode.OPEN: gettext_lazy(
                    "For teams of fewer than five, by seat alone, and only if each says yes to it before answering. "
                    "Their word is sealed: nobody learns who said no (in a team of two, the other can tell). Without "
                    "every yes your answers are destroyed unread, and you choose again."
                ),
            }
        ),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        party: Party,
        people: Sequence[Seat],
        broker: bool = False,
        openly: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        self.people = {str(seat.pk): seat for seat in people}
        enough = len(people) >= minimum()
        self.fields["mode"].initial = PartMode.INDIVIDUAL if enough else PartMode.ONE_AGREED
        self.fields["seats"] = forms.MultipleChoiceField(
            label=_("Who is asked?"),
            choices=[(str(seat.pk), str(seat.membership.user)) for seat in people],
            required=False,
            initial=list(self.people),
            widget=forms.CheckboxSelectMultiple,
        )
        self.ask_by_mail()
        self.ask_from_where()
        self.fields["on_paper"] = forms.IntegerField(
            label=_("How many more will answer on paper or in a talk?"),
            required=False,
            min_value=0,
            max_value=ON_PAPER_MAX,
            help_text=_("You type their answers in later. Do not ask the same people by mail."),
        )
        gone = {*([] if broker else [PartMode.WITH_BROKER]), *([] if openly else [PartMode.OPEN])}
        mode = self.fields["mode"]
        assert isinstance(mode, forms.ChoiceField)  # noqa: S101
        mode.choices = [(value, label) for value, label in MODES if value not in gone]

    def clean_on_paper(self) -> int:
        return self.cleaned_data["on_paper"] or 0

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("mode") == PartMode.OPEN and (
            cleaned.get("on_paper") or any(cleaned.get(name) for name in BOXES)
        ):
            self.add_error("mode", _("Only people with a seat answer with their names."))
        return cleaned


class RenewForm(forms.Form):
    """Who needs a new personal link. Whether they have answered is not told."""

    def __init__(self, data: Any = None, *, respondents: Sequence[Respondent], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.respondents = {each.public_id: each for each in respondents}
        names: list[tuple[str, str]] = [
            (key, str(each.seat.membership.user) if each.seat else each.email) for key, each in self.respondents.items()
        ]
        names.sort(key=lambda pair: pair[1])
        self.fields["who"] = forms.ChoiceField(label=_("Who needs a new link?"), choices=names)

    def chosen(self) -> Respondent:
        return self.respondents[self.cleaned_data["who"]]


class InviteForm(Asking):
    """More people of the own side."""

    def __init__(self, data: Any = None, *, people: Sequence[Seat], by_mail: bool = True, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.people = {str(seat.pk): seat for seat in people}
        if people:
            self.fields["seats"] = forms.MultipleChoiceField(
                label=_("From your team"),
                choices=[(str(seat.pk), str(seat.membership.user)) for seat in people],
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
        if by_mail:
            self.ask_by_mail()
            self.ask_from_where()


def clean_addresses(text: str) -> list[str]:
    """Mail addresses, one on a line or parted by commas."""
    found = [part.strip() for line in text.splitlines() for part in line.replace(";", ",").split(",") if part.strip()]
    wrong = []
    for address in found:
        try:
            validate_email(address)
        except ValidationError:
            wrong.append(address)
        else:
            if len(address) > ADDRESS_LENGTH:
                wrong.append(address)
    if wrong:
        raise ValidationError(_("This is no mail address: %(what)s") % {"what": ", ".join(wrong[:5])})
    if len(found) > ADDRESSES_MAX:
        raise ValidationError(_("At most %(max)s addresses at a time.") % {"max": ADDRESSES_MAX})
    return list(dict.fromkeys(found))
