"""The terms as data: proposing a version, agreeing to it, bringing it into force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from partnerships import clock
from partnerships.access.actions import circle_here
from partnerships.access.places import Place
from partnerships.access.states import CircleKind
from partnerships.history.actions import log
from partnerships.record.models import Partnership
from partnerships.work import actions as work

from . import kinds, queries
from .actions import REPLY_DAYS, lock, tell
from .models import Agreement, Terms, TermsConsent, YieldedDecision
from .registry import on_terms_in_force
from .states import OPEN_STATES, AgreementKind, AgreementState

FIELDS = (
    "starts_on",
    "ends_on",
    "total_budget",
    "currency",
    "review_percent",
    "first_review_on",
    "review_every_months",
    "review_days",
    "review_boundary",
    "monitoring_calendar",
    "governance",
)


def propose_terms(
    *, by: Place, values: Mapping[str, Any], decisions: Mapping[int, str], seen: int, agree: bool = True
) -> Terms:
    """A new version of the terms; `seen` is the number of the version the form was filled in from (0: none).

    `decisions` are by party id. `agree`: the own side agrees with it.
    """
    with transaction.atomic():
        partnership = lock(by)
        newest = queries.newest_terms(partnership)
        number = newest.number if newest else 0
        if number != seen:
            raise ValidationError(
                _("Somebody else proposed terms while you were writing. Compare, and save again."), code="stale"
            )
        _refuse_while_fixed(partnership, newest)
        terms: Terms = Terms.objects.create(
            partnership=partnership,
            circle=circle_here(by, CircleKind.PARTNERS),
            party=by.own_party,
            author=by.user,
            language=by.user.language,
            number=number + 1,
            **{name: values[name] for name in FIELDS if name in values},
        )
        present = {p.pk for p in by.partners}
        YieldedDecision.objects.bulk_create(
            [
                YieldedDecision(terms=terms, party_id=pk, text=text.strip())
                for pk, text in sorted(decisions.items())
                if pk in present and text.strip()
            ]
        )
        log(kinds.TERMS_PROPOSED, by=by, item=terms)
        path = reverse("agreement:terms", args=[partnership.public_id])
        for party in by.partners:
            work.open_item(
                kinds.AGREE_TERMS,
                partnership=partnership,
                key=f"terms:{party.pk}",
                party=party,
                circle=terms.circle,
                path=path,
                due_on=clock.today() + timedelta(days=REPLY_DAYS),
                item=terms,
                holds_stage=True,
            )
        others = queries.speakers(terms.circle, but_party=by.own_party.pk, only=[p.pk for p in by.partners])
        tell(kinds.TERMS_NOTICE, others, f"terms:{terms.pk}", path, by)
        if agree:
            agree_to_terms(terms, by=by)
    return terms


def _refuse_while_fixed(partnership: Partnership, newest: Terms | None) -> None:
    """Terms that are part of a text being signed, or signed, change with that text."""
    texts = Agreement.objects.unguarded("one memorandum at a time").of(partnership).filter(kind=AgreementKind.MOU)
    states = set(texts.filter(state__in=[*OPEN_STATES, AgreementState.SIGNED]).values_list("state", flat=True))
    if AgreementState.SIGNING in states:
        raise ValidationError(
            _("The text is frozen for signing, its terms too. Take it back before you change them."), code="frozen"
        )
    if newest is not None and AgreementState.SIGNED in states and AgreementState.DRAFT not in states:
        raise ValidationError(_("These terms are signed. Start an amendment to change them."), code="closed")


def agree_to_terms(terms: Terms, *, by: Place) -> bool:
    """A partner's yes to the newest version. Returns whether all have now agreed."""
    with transaction.atomic():
        partnership = lock(by)
        newest = queries.newest_terms(partnership)
        if newest is None or newest.pk != terms.pk:
            raise ValidationError(_("Newer terms were proposed in the meantime. Read those."), code="stale")
        _consent, made = TermsConsent.objects.get_or_create(
            terms=terms, party=by.own_party, defaults={"by": by.user, "at": clock.now()}
        )
        if made:
            log(kinds.TERMS_AGREED, by=by, item=terms)
            work.close_item(partnership, f"terms:{by.own_party.pk}")
        given = set(terms.consents.values_list("party", flat=True))
        if {p.pk for p in by.partners} - given:
            return False
        work.close_items(partnership, "terms:")
        signed = (
            Agreement.objects.unguarded("signed terms stay in force until the amendment is signed")
            .of(partnership)
            .filter(kind=AgreementKind.MOU, state=AgreementState.SIGNED)
            .exists()
        )
        before = Terms.objects.of(partnership).filter(in_force_at__isnull=False).exists()
        if terms.in_force_at is None and not (signed and before):
            bring_into_force(terms, by=by)
    return True


def bring_into_force(terms: Terms, *, by: Place) -> None:
    """From now on the later stages read this version."""
    if terms.in_force_at is None:
        terms.in_force_at = clock.now()
        terms.save(update_fields=["in_force_at"])
        log(kinds.TERMS_IN_FORCE, by=by, item=terms)
        for hook in on_terms_in_force:
            hook(by.partnership)
