"""Verbs of due diligence."""

from __future__ import annotations

import io
from typing import Any

from openpyxl import load_workbook

from lifecycle.diligence import actions as diligence
from lifecycle.diligence import papers
from lifecycle.diligence.actions import Said
from lifecycle.diligence.actions import workbook as books
from lifecycle.diligence.models import Measure, Risk, SharedLine, SharedPage
from lifecycle.diligence.queries import asked_in, checklist, heirs, released_answer, risks_above
from partnerships.access.actions import circle_here

from .telling import Story, StoryError, verb


@verb
def assess(story: Story, by: Any, takes: Any) -> None:
    """about (an organisation, one's own too); says {code: [level, words]}; what is not named is "no concern", open
    questions and `leave` are left for later; cites {code: [documents]}; shows: released to the partners."""
    place = story.place(by)
    about = story.party(takes["about"])
    asked = asked_in(story.partnership).questions(place.own_party, about)
    said = {}
    for question in asked:
        if question.code in takes.get("says", {}):
            first, *words = takes["says"][question.code]
            # Of other types of answers, the first is what was chosen, counted, or the day.
            leveled = question.answer in {"scale", "text"}
            said[question.code] = Said(first if leveled else "", " ".join(words), None if leveled else first)
        elif question.answer == "scale" and question.code not in takes.get("leave", []) and not takes.get("only"):
            said[question.code] = Said("none")
    diligence.save_answers(about=about, said=said, seen=None, by=place)
    for code, names in takes.get("cites", {}).items():
        diligence.cite(about=about, code=code, documents=[story.kept[n] for n in names], by=place)
    if takes.get("shows"):
        diligence.release_checklist(about=about, to=circle_here(place, "partners"), with_documents=True, by=place)


@verb
def look_again(story: Story, by: Any, takes: Any) -> None:
    """A new round: reason, note; confirm: people who say for their side that everything is still true, and show it."""
    diligence.start_refresh(reason=takes["reason"], note=takes.get("note", ""), by=story.place(by))
    for person in takes.get("confirm", []):
        place = story.place(person)
        for about in place.partners:
            found = checklist(place.own_party, about, place.partners)
            codes = [row.question.code for row in found.rows if row.is_carried]
            diligence.confirm_answers(about=about, codes=codes, by=place)
            if found.is_self:
                diligence.release_checklist(
                    about=about, to=circle_here(place, "partners"), with_documents=True, by=place
                )


@verb
def fact(story: Story, by: Any, takes: Any) -> None:
    """Which facts hold: {code: true or false}."""
    for code, holds in takes.items():
        diligence.say_fact(code=code, holds=holds, by=story.place(by))


@verb
def measure(story: Story, by: Any, takes: Any) -> None:
    """What is done about a concern: about, code, text, owner (a person), due (day), board (day); name."""
    story.kept[takes.get("name", takes["code"])] = diligence.set_measure(
        about=story.party(takes["about"]),
        code=takes["code"],
        text=takes["text"],
        owner=story.seat(takes["owner"]),
        due_on=story.date(takes["due"]),
        board_on=story.date(takes["board"]) if "board" in takes else None,
        by=story.place(by),
    )


@verb
def measure_done(story: Story, by: Any, takes: Any) -> None:
    found = Measure.objects.of(story.partnership).select_related("owner__party", "party").get(pk=story.kept[takes].pk)
    diligence.finish_measure(found, by=story.place(by))


@verb
def risk(story: Story, by: Any, takes: Any) -> None:
    """text, to_whom, weight [likelihood, impact], measure, owner, due, left [likelihood, impact]; circle; name."""
    place = story.place(by)
    left = takes.get("left", [None, None])
    story.kept[takes.get("name", takes["text"])] = diligence.weigh_risk(
        values={
            "text": takes["text"],
            "to_whom": takes.get("to_whom", "people"),
            "likelihood": takes["weight"][0],
            "impact": takes["weight"][1],
            "measure": takes.get("measure", ""),
            "owner": story.seat(takes["owner"]) if "owner" in takes else None,
            "due_on": story.date(takes["due"]) if "due" in takes else None,
            "residual_likelihood": left[0],
            "residual_impact": left[1],
        },
        circle=circle_here(place, takes.get("circle", "partners")),
        by=place,
    )


@verb
def weigh(story: Story, by: Any, takes: Any) -> None:
    """A risk anew: of (its name), weight, left [likelihood, impact]; why."""
    found = _risk(story, takes["of"])
    values = {name: getattr(found, name) for name in diligence.RISK_FIELDS}
    for names, key in ((("likelihood", "impact"), "weight"), (("residual_likelihood", "residual_impact"), "left")):
        values |= dict(zip(names, takes.get(key, [values[n] for n in names]), strict=True))
    diligence.weigh_risk(values=values, circle=None, by=story.place(by), risk=found, why=takes.get("why", ""))


@verb
def risk_closed(story: Story, by: Any, takes: Any) -> None:
    """of (its name), why."""
    diligence.close_risk(_risk(story, takes["of"]), by=story.place(by), why=takes["why"])


@verb
def risk_opened(story: Story, by: Any, takes: Any) -> None:
    """of (its name), why: it is a risk again."""
    diligence.reopen_risk(_risk(story, takes["of"]), by=story.place(by), why=takes["why"])


def _risk(story: Story, name: str) -> Risk:
    rows = Risk.objects.of(story.partnership).select_related("owner__party", "owner__membership__user", "circle")
    found: Risk = rows.get(pk=story.kept[name].pk)
    return found


@verb
def visit(story: Story, by: Any, takes: Any) -> None:
    """kind (visit, exchange, joint), host (organisation), when, where, place (head, field, community, elsewhere);
    people who took part, met, learned. Without people it is planned, or `called_off`."""
    place = story.place(by)
    made = diligence.plan_visit(
        kind=takes.get("kind", "visit"),
        host=story.party(takes["host"]) if "host" in takes else None,
        on=story.date(takes["when"]),
        where=takes["where"],
        place=takes.get("place", ""),
        circle=circle_here(place, "partners"),
        by=place,
    )
    if takes.get("called_off"):
        diligence.call_off_visit(made, by=place)
    if "people" in takes:
        diligence.write_up_visit(
            made,
            seats=story.seats(takes["people"]),
            on=story.date(takes["when"]),
            met=takes.get("met", ""),
            learned=takes.get("learned", ""),
            by=place,
        )


@verb
def side_by_side(story: Story, by: Any, takes: Any) -> None:
    """lines {person: {goal, value, red_line: [words, relation]}}, steps [words, owner, day]; agreed: leads."""
    for person, lines in takes["lines"].items():
        for kind, texts in lines.items():
            for text, relation in texts:
                line = diligence.add_line(kind=kind, text=text, by=story.place(person))
                diligence.change_line(
                    SharedLine.objects.of(story.partnership).select_related("page").get(pk=line.pk),
                    by=story.place(person),
                    relation=relation,
                )
    for text, owner, day in takes.get("steps", []):
        diligence.add_line(
            kind="step", text=text, owner=story.seat(owner), due_on=story.date(day), by=story.place(owner)
        )
    for person in takes.get("agreed", []):
        for page in SharedPage.objects.of(story.partnership):
            diligence.agree_page(page, seen=page.version, by=story.place(person))


@verb
def take_goal(story: Story, by: Any, takes: Any) -> None:
    """A goal of scoping (by its name in the story) becomes a line of one's own."""
    diligence.take_goal(story.kept[takes], by=story.place(by))


@verb
def change_line(story: Story, by: Any, takes: Any) -> None:
    """line (its words), text, relation: what stood there before is kept."""
    line = SharedLine.objects.of(story.partnership).select_related("page").get(text=takes["line"])
    diligence.change_line(line, text=takes.get("text"), relation=takes.get("relation"), by=story.place(by))


@verb
def agree_goals(story: Story, by: Any, takes: Any) -> None:
    """The leads who agree to the page as it stands."""
    for person in takes:
        page = SharedPage.objects.of(story.partnership).get(kind="goals")
        diligence.agree_page(page, seen=page.version, by=story.place(person))


@verb
def reaffirm(story: Story, by: Any, takes: Any) -> None:
    """{person: says (yes, drifted), or [says, words]}: the goals, read again."""
    for person, one in takes.items():
        says, words = one if isinstance(one, list) else (one, "")
        page = SharedPage.objects.of(story.partnership).get(kind="goals")
        diligence.reaffirm(page, says=says, words=words, seen=page.version, by=story.place(person))


@verb
def decider(story: Story, by: Any, takes: Any) -> None:
    """Who has the mandate for the decision of the own side: a person."""
    diligence.name_decider(story.seat(takes), by=story.place(by))


@verb
def inherit(story: Story, by: Any, takes: Any) -> None:
    """Take over from the records above what the own side found out there: about (organisations)."""
    place = story.place(by)
    wanted = {story.party(name).pk for name in takes}
    diligence.inherit([h.source.public_id for h in heirs(place) if h.about.pk in wanted], by=place)


@verb
def take_risks(story: Story, by: Any, takes: Any) -> None:
    """Take over from the records above these risks of the own side, by their words."""
    place = story.place(by)
    diligence.take_risks([one.it.public_id for one in risks_above(place) if one.it.text in takes], by=place)


@verb
def decide(story: Story, by: Any, takes: Any) -> None:
    """The partner's own decision: outcome (go, conditions, not_now), reason."""
    diligence.decide(outcome=takes["outcome"], reason=takes.get("reason", ""), by=story.place(by))


@verb
def workbook(story: Story, by: Any, takes: Any) -> None:
    """A checklist taken away, filled in offline and uploaded, but not taken over yet: about, fills {code: [answer,
    note]} (a code that nobody knows is a line that cannot be used); meanwhile {code: [level, words]} is what `who`
    answers on the page before it comes back."""
    place, about = story.place(by), story.party(takes["about"])
    taken, filled = io.BytesIO(), io.BytesIO()
    books.take_away(taken, about=about, by=place)
    book = load_workbook(taken)
    sheet = next(each for each in book.worksheets if any(cell.value == "cg-code" for cell in each[1]))
    at = {sheet.cell(1, column).value: column for column in range(1, sheet.max_column + 1)}
    lines = {sheet.cell(row, at["cg-code"]).value: row for row in range(3, sheet.max_row + 1)}
    for code, (answer, note) in takes["fills"].items():
        row = lines.get(code, sheet.max_row + 1)
        sheet.cell(row, at["cg-code"]).value = code
        sheet.cell(row, at["cg-answer"]).value = answer
        sheet.cell(row, at["cg-note"]).value = note
    book.save(filled)
    meanwhile = {code: Said(level, words) for code, (level, words) in takes.get("meanwhile", {}).items()}
    if meanwhile:
        diligence.save_answers(about=about, said=meanwhile, seen=None, by=story.place(takes.get("who", by)))
    books.set_aside(filled.getvalue(), about=about, by=place)


@verb
def paper(story: Story, by: Any, takes: Any) -> None:
    """A summary asked for: own (for one's board) or shared. The worker makes it."""
    papers.ask(audience=takes, language=story.place(by).user.language, by=story.place(by))


# Working on it, talking about it --------------------------------------------------------------------------------------
@verb
def show_findings(story: Story, by: Any, takes: Any) -> None:
    """Release what was found about an organisation: about, circle (partners)."""
    place = story.place(by)
    diligence.release_checklist(
        about=story.party(takes["about"]),
        to=circle_here(place, takes.get("circle", "partners")),
        with_documents=False,
        by=place,
    )


@verb
def ask_for_answers(story: Story, by: Any, takes: Any) -> None:
    """Somebody of the own side is asked to answer: about, codes, of (a person), due (day)."""
    diligence.assign(
        about=story.party(takes["about"]),
        codes=takes["codes"],
        seat=story.seat(takes["of"]),
        due_on=story.date(takes["due"]),
        by=story.place(by),
    )


@verb
def counsel(story: Story, by: Any, takes: Any) -> None:
    """Counsel checks before a release: about, codes; who (a person) and due, or role and checked (a day); says
    (cleared or holds; without it the check waits), words; lifted [person, why]."""
    place, about, codes = story.place(by), story.party(takes["about"]), takes.get("codes", [])
    holds, words = takes.get("says") == "holds", takes.get("words", "")
    if "role" in takes:
        made = diligence.note_check(
            about=about, codes=codes, role=takes["role"], checked_on=story.date(takes["checked"]), holds=holds,
            remark=words, by=place,
        )  # fmt: skip
    else:
        who = takes["who"]
        made = diligence.ask_check(
            about=about, codes=codes, seat=story.seat(who), due_on=story.date(takes["due"]), by=place
        )
        if "says" in takes:
            diligence.decide_check(made, holds=holds, remark=words, by=story.place(who))
    if "lifted" in takes:
        person, why = takes["lifted"]
        diligence.lift_check(made, because=why, by=story.place(person))


@verb
def add_unasked(story: Story, by: Any, takes: Any) -> None:
    """What nobody asked: about, theme, heading, text, level, cites [documents]."""
    diligence.add_point(
        about=story.party(takes["about"]),
        theme=takes["theme"],
        heading=takes["heading"],
        text=takes["text"],
        level=takes.get("level", ""),
        documents=[story.kept[name] for name in takes.get("cites", [])],
        by=story.place(by),
    )


@verb
def clarify(story: Story, by: Any, takes: Any) -> None:
    """Ask what a released answer means: of and about (organisations), code, words, all (of them follow); then says
    [[person, words]], each after opening what was written before; closed (by a person)."""
    place = story.place(by)
    answer = released_answer(place, story.party(takes["of"]), story.party(takes["about"]), takes["code"])
    if answer is None:
        raise StoryError(f"{by} has not opened an answer {takes['code']} of {takes['of']}")
    thread = diligence.ask_about(answer, text=takes["words"], with_all=takes.get("all", False), by=place)
    for person, words in takes.get("says", []):
        diligence.write_entry(thread, text=words, by=story.place(person))
    if "closed" in takes:
        diligence.close_thread(thread, by=story.place(takes["closed"]))


@verb
def difference(story: Story, by: Any, takes: Any) -> None:
    """A difference between released views to talk about: about, code, note, due; text (what could be agreed), agreed
    [people]."""
    place = story.place(by)
    point = diligence.begin_talking(
        about=story.party(takes["about"]),
        code=takes["code"],
        note=takes.get("note", ""),
        due_on=story.date(takes["due"]) if "due" in takes else None,
        by=place,
    )
    if "text" in takes:
        diligence.write_agreed(
            point, note=point.note, text=takes["text"], due_on=point.due_on, seen=point.version, by=place
        )
    for person in takes.get("agreed", []):
        diligence.agree_on(point, seen=point.version, by=story.place(person))
