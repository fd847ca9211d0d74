"""A due diligence summary as a spreadsheet: values only. What people wrote is text, never a formula or a link."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import IO

from django.utils.translation import gettext, pgettext
from xlsxwriter import Workbook

from partnerships.looks.format import and_list
from partnerships.looks.sheets import OPTIONS, sheet_name

from .papers import chapters
from .queries.summary import Summary, VisitOn, Voice
from .workbook import CELL

Cell = str | int | date | None


def write(found: Summary, target: IO[bytes]) -> None:
    """Write a summary, in the language that is on. Every sheet and printed page says for whom it is."""
    with Workbook(target, OPTIONS) as book:
        book.set_properties({"title": found.record, "subject": found.whom})
        title = {chapter["id"]: chapter["title"] for chapter in chapters(found)}
        _sheet(book, found, title["where"], [gettext("What"), gettext("Value")], _where(found), (40, 80))
        _sheet(
            book, found, gettext("Questions"),
            [
                gettext("About"), gettext("Theme"), gettext("Code"), gettext("Question"), gettext("Critical"),
                gettext("Who says it"), gettext("Answer"), gettext("Value"), gettext("Note"),
                gettext("Documents cited"), gettext("Views differ"),
            ],
            _questions(found), (24, 24, 8, 50, 8, 24, 20, 16, 60, 40, 12),
        )  # fmt: skip
        _sheet(
            book, found, title["risks"],
            [
                gettext("What could happen"), gettext("Whose"), gettext("To whom"), gettext("Today"), "",
                gettext("What is done"), gettext("Owner"), gettext("By when"), gettext("What remains"), "",
            ],
            [
                [
                    r.text, r.whose.name, r.to_whom, r.inherent, r.inherent_band, r.measure, r.owner, r.due_on,
                    r.residual, r.residual_band,
                ]
                for r in found.risks
            ],
            (50, 24, 24, 8, 14, 50, 30, 12, 8, 14),
        )  # fmt: skip
        _sheet(
            book, found, title["measures"],
            [
                gettext("About"), gettext("Code"), gettext("Concern"), gettext("What is done about it"),
                gettext("Set by"), gettext("Owner"), gettext("By when"), gettext("Decided by the board on"),
                gettext("Done on"),
            ],
            [
                [
                    m.about.name, m.sign, m.question, m.text, m.whose.name, m.owner, m.due_on, m.board_on, m.done_on,
                ]
                for m in found.measures
            ],
            (24, 8, 50, 50, 24, 30, 12, 12, 12),
        )  # fmt: skip
        _sheet(
            book, found, title["breadth"],
            [gettext("Partner"), gettext("Functions"), gettext("Levels")],
            [[party.name, and_list(functions), and_list(levels)] for party, functions, levels in found.functions],
            (30, 60, 40),
        )  # fmt: skip
        _sheet(
            book, found, gettext("Visits and meetings"),
            [
                gettext("What"), gettext("When"), gettext("Where"), gettext("Host"), gettext("Who took part"),
                gettext("Communities met"), gettext("What was learned"),
            ],
            [
                [v.what, v.on, v.where, v.host, v.who if v.is_held else _stands(v), v.met, v.learned]
                for v in found.visits
            ],
            (30, 12, 30, 24, 40, 40, 60),
        )  # fmt: skip
        _sheet(
            book, found, title["unknown"],
            [gettext("About"), gettext("Code"), gettext("What is not known"), gettext("Critical")],
            _unknown(found),
            (24, 8, 80, 8),
        )  # fmt: skip


def _stands(visit: VisitOn) -> str:
    return gettext("Called off") if visit.is_called_off else pgettext("a visit", "Planned")


def _unknown(found: Summary) -> list[list[Cell]]:
    rows: list[list[Cell]] = [["", "", line, None] for line in found.gaps]
    return rows + [[a.party.name, r.sign, r.text, r.critical] for a in found.abouts for r in a.unknown]


def _where(found: Summary) -> list[list[Cell]]:
    depth = {"light": gettext("Light"), "standard": gettext("Standard"), "full": gettext("Full")}
    rows: list[list[Cell]] = [
        [gettext("Partnership"), found.record],
        [gettext("For"), found.whom],
        [gettext("Made on"), found.made_at.date()],
        [gettext("Stage"), found.stage],
        [gettext("Round"), ": ".join(part for part in (str(found.round or ""), found.round_reason) if part)],
        [gettext("Questions"), f"{found.library}, {found.library_version}"],
        [gettext("Depth"), depth[found.depth]],
    ]
    if found.round_note:
        rows.append([gettext("What happened"), found.round_note])
    words = {None: gettext("Not said yet"), True: gettext("Yes"), False: gettext("No")}
    rows += [[title, words[holds]] for title, holds in found.facts]
    for one in found.decisions:
        rows.append([
            gettext("Decision of %(party)s") % {"party": one.party.name}, one.outcome or gettext("Not decided yet"),
        ])  # fmt: skip
        if one.decided_on is not None:
            rows.append([gettext("Taken on"), one.decided_on])
        if one.expires_on is not None:
            rows.append([gettext("Valid until"), one.expires_on])
        if one.reason:
            rows.append([gettext("Why we decided so"), one.reason])
    if found.rule is not None:
        rows.append([gettext("What the rule says"), found.rule_words])
    for about in found.abouts:
        for party, done, total in about.progress:
            label = gettext("%(party)s about %(about)s") % {"party": party.name, "about": about.party.name}
            rows.append([label, gettext("%(done)s of %(total)s") % {"done": done, "total": total} if total else done])
    return rows


def _questions(found: Summary) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for about in found.abouts:
        for theme in about.themes:
            for asked in theme.rows:
                differs = gettext("Yes") if asked.differs else ""
                head: list[Cell] = [about.party.name, theme.title, asked.sign, asked.text, asked.critical]
                if not asked.voices:
                    rows.append([*head, "", "", "", "", "", ""])
                for voice in asked.voices:
                    rows.append([*head, *_voice(voice), differs])
    return rows


def _voice(voice: Voice) -> list[Cell]:
    label = voice.label
    if voice.is_carried:
        label = ", ".join(part for part in (label, gettext("From the earlier round, not confirmed")) if part)
    cited = [
        ", ".join(
            part
            for part in (
                d.title, d.kind, d.held,
                gettext("valid until %(day)s") % {"day": d.valid_until.isoformat()} if d.valid_until else "",
            )
            if part
        )
        for d in voice.documents
    ]  # fmt: skip
    return [voice.party.name, label, voice.value, voice.text, "\n".join(cited)]


def _sheet(
    book: Workbook,
    found: Summary,
    name: str,
    head: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    widths: Sequence[int],
) -> None:
    """One sheet, written row by row (memory stays constant); the cell's type is decided here, never guessed."""
    sheet = book.add_worksheet(sheet_name(name))
    strong = book.add_format({"bold": True})
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    day = book.add_format({"valign": "top", "num_format": "yyyy-mm-dd"})
    for at, width in enumerate(widths):
        sheet.set_column(at, at, width)
    sheet.freeze_panes(2, 0)
    # At most 255 characters stand at the head of a page; & is a sign of its own there.
    sheet.set_header("&L" + found.whom.replace("&", "&&")[:240])
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, 1)
    sheet.write_string(0, 0, found.whom, strong)
    for at, text in enumerate(head):
        sheet.write_string(1, at, str(text), bold)
    for line, row in enumerate(rows, start=2):
        for at, value in enumerate(row):
            if value is None:
                sheet.write_blank(line, at, None, wrap)
            elif isinstance(value, date):
                sheet.write_datetime(line, at, value, day)
            elif isinstance(value, int):
                sheet.write_number(line, at, value, wrap)
            else:
                sheet.write_string(line, at, str(value)[:CELL], wrap)
