"""What is signed, byte for byte: canonical JSON and its SHA-256. Pure; reproducible from the rows while frozen."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from partnerships.record.models import Party

    from .models import Agreement, ClauseText, Terms

#: Grows when the form of the snapshot changes; older ones keep theirs.
FORMAT = "common-ground/agreement/1"


def content(
    agreement: Agreement, clauses: Sequence[ClauseText], parties: Sequence[Party], terms: Terms | None
) -> dict[str, Any]:
    """What the parties put their names under. Clauses that were left out are not part of it."""
    return {
        "format": FORMAT,
        "agreement": agreement.public_id,
        "kind": agreement.kind,
        "length": agreement.length,
        "number": agreement.number,
        "language": agreement.language,
        "title": agreement.title,
        "replaces": agreement.supersedes.public_id if agreement.supersedes else None,
        "partnership": {"id": agreement.partnership.public_id, "name": agreement.partnership.name},
        "parties": [{"id": p.public_id, "name": p.organisation.name} for p in sorted(parties, key=lambda p: p.pk)],
        "clauses": [
            {"number": c.code, "title": c.title, "text": c.text, "version": c.version}
            for c in clauses
            if not c.is_left_out
        ],
        "terms": _terms(terms) if terms is not None else None,
    }


def _terms(terms: Terms) -> dict[str, Any]:
    def text(value: object) -> str | None:
        return None if value is None else str(value)

    return {
        "number": terms.number,
        "starts_on": text(terms.starts_on),
        "ends_on": text(terms.ends_on),
        "total_budget": f"{terms.total_budget:.2f}" if terms.total_budget is not None else None,
        "currency": terms.currency,
        "review_percent": f"{terms.review_percent:.2f}" if terms.review_percent is not None else None,
        "first_review_on": text(terms.first_review_on),
        "review_every_months": terms.review_every_months,
        "review_days": terms.review_days,
        "review_boundary": terms.review_boundary,
        "monitoring_calendar": terms.monitoring_calendar,
        "governance": terms.governance,
        "decisions": [
            {"by": d.party.public_id, "text": d.text} for d in sorted(terms.decisions.all(), key=lambda d: d.party_id)
        ],
    }


def canonical(data: dict[str, Any]) -> str:
    """One spelling for one content: sorted keys, no spaces, Unicode composed, line ends as one character."""
    return json.dumps(_plain(data), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n").strip())
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value


def fingerprint(snapshot: str) -> str:
    """SHA-256 of the snapshot's bytes in UTF-8, in hexadecimal: what `sha256sum` says of the downloaded file."""
    return hashlib.sha256(snapshot.encode()).hexdigest()
