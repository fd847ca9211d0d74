"""Verbs of the agreement."""

from __future__ import annotations

from typing import Any

from lifecycle.agreement import actions as agreement
from lifecycle.agreement import queries, signing
from lifecycle.agreement import terms as agreed_terms
from lifecycle.agreement.models import Agreement

from .telling import Story, money, verb

DAYS = ("starts_on", "ends_on", "first_review_on")
AMOUNTS = ("total_budget", "review_percent")


@verb
def terms(story: Story, by: Any, takes: Any) -> None:
    """What the agreement fixes: its fields (days relative), decides {organisation: decision it lets others make},
    agreed: leads of the other partners."""
    given = dict(takes)
    others = given.pop("agreed", [])
    decisions = {story.party(name).pk: text for name, text in given.pop("decides", {}).items()}
    values = {
        name: story.date(value) if name in DAYS else money(value) if name in AMOUNTS else value
        for name, value in given.items()
    }
    proposed = agreed_terms.propose_terms(by=story.place(by), values=values, decisions=decisions, seen=0)
    for other in others:
        agreed_terms.agree_to_terms(proposed, by=story.place(other))


@verb
def draft(story: Story, by: Any, takes: Any) -> None:
    """kind (nda, mou), length (short, full), language."""
    story.kept[takes["kind"]] = agreement.draft(
        by=story.place(by),
        kind=takes["kind"],
        length=takes.get("length", "short"),
        language=takes.get("language", "en"),
    )


def _text(story: Story, kind: str) -> Agreement:
    found: Agreement = Agreement.objects.of(story.partnership).get(pk=story.kept[kind].pk)
    return found


@verb
def clauses(story: Story, by: Any, takes: Any) -> None:
    """Leads answer the clauses: of (nda, mou), agree: leads, discuss: {code: [lead, words]}, waits: {code: leads}"""
    text = _text(story, takes["of"])
    discuss, waits = takes.get("discuss", {}), takes.get("waits", {})
    for person in takes["agree"]:
        place = story.place(person)
        for clause in text.clauses.all():
            who, *words = discuss.get(clause.code, [""])
            if person in waits.get(clause.code, []):
                continue
            state = "discuss" if who == person else "agreed"
            agreement.answer_clause(clause, by=place, state=state, seen=clause.version, note=" ".join(words))


@verb
def reword(story: Story, by: Any, takes: Any) -> None:
    """A new version of a clause: of, code, text, note."""
    clause = _text(story, takes["of"]).clauses.get(code=takes["code"])
    agreement.change_clause(
        clause,
        by=story.place(by),
        title=clause.title,
        text=takes["text"],
        seen=clause.version,
        note=takes.get("note", ""),
        agree=True,
    )


@verb
def comment(story: Story, by: Any, takes: Any) -> None:
    """A remark on a clause: of, code, text; circle (partners, own)."""
    agreement.comment(
        _text(story, takes["of"]).clauses.get(code=takes["code"]),
        by=story.place(by),
        text=takes["text"],
        circle_kind=takes.get("circle", "partners"),
    )


@verb
def taken_back(story: Story, by: Any, takes: Any) -> None:
    """A text is opened for signing and taken back before anybody has signed: of, reason."""
    signing.open_signing(_text(story, takes["of"]), by=story.place(by), blanks_known=True)
    signing.take_back(_text(story, takes["of"]), by=story.place(by), reason=takes["reason"])


@verb
def sign(story: Story, by: Any, takes: Any) -> None:
    """All sign: of (nda, mou), people {person: [job title, mandate]}."""
    people = takes["people"]
    first = next(iter(people))
    signing.open_signing(_text(story, takes["of"]), by=story.place(first), blanks_known=True)
    for person, (title, mandate) in people.items():
        text = _text(story, takes["of"])
        frozen = queries.standing_text(text)
        name = story.world.people[person].name
        signing.sign(
            text,
            by=story.place(person),
            name=name,
            job_title=title,
            mandate=mandate,
            again=name,
            sha256=frozen.sha256 if frozen else "",
        )
