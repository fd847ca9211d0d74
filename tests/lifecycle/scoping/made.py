"""Short ways to fill in what scoping asks, through its own actions."""

from __future__ import annotations

from lifecycle.scoping import actions
from lifecycle.scoping.actions import Given
from lifecycle.scoping.models import CanvasEntry, Goal, Sheet
from lifecycle.scoping.states import SheetKind
from partnerships.access.places import Place

READY = {"1": "together", "3": "shared", "4": "communities", "5": "compatible", "6": "compared", "11": "named"}
LINES = ("want", "fear", "success")


def answer_screen(place: Place, seen: int = 0, note: str = "", **options: str) -> Sheet:
    """The six questions, all ready unless said otherwise: answer_screen(place, q5="clash")."""
    chosen = {**READY, **{k.removeprefix("q"): v for k, v in options.items()}}
    answers = {q: Given(option=o, text=note) for q, o in chosen.items()}
    return actions.save_sheet(SheetKind.SCREEN, by=place, answers=answers, seen=seen)


def write_motives(place: Place, text: str = "water", seen: int = 0) -> Sheet:
    answers = {line: Given(text=f"{line}: {text}") for line in LINES}
    return actions.save_sheet(SheetKind.MOTIVES, by=place, answers=answers, seen=seen)


def open_screens(*places: Place, **options: str) -> None:
    """Every partner answers and hands in."""
    for place in places:
        answer_screen(place, **options)
        actions.hand_in(SheetKind.SCREEN, by=place)


def mark_spectrum(place: Place, intended: str = "3", today: str = "1", seen: int = 0) -> Sheet:
    marks = {"today": Given(option=today), "intended": Given(option=intended)}
    return actions.save_sheet(SheetKind.SPECTRUM, by=place, answers=marks, seen=seen)


def open_spectrum(*marks: tuple[Place, str]) -> None:
    """Each partner marks where it means to be, and hands in: open_spectrum((world.ngo, "1"), (world.company, "4"))."""
    for place, intended in marks:
        mark_spectrum(place, intended=intended)
        actions.hand_in(SheetKind.SPECTRUM, by=place)


def draw_opportunity(one: Place, other: Place, text: str = "A shared well") -> CanvasEntry:
    """A constraint of each, which both can read, and what would ease both."""
    pair = [
        actions.write_entry("constraints", text=f"{text}: constraint of {by.own_party.name}", by=by, reach="partners")
        for by in (one, other)
    ]
    return actions.write_entry("opportunities", text=text, by=one, eases=pair)


def draw_goal(one: Place, other: Place, text: str = "A shared well", about: str = "water") -> Goal:
    return actions.draw_goal(draw_opportunity(one, other, text), text=text, about=about, by=one)


def open_motives(*places: Place) -> None:
    for place in places:
        write_motives(place)
        actions.hand_in(SheetKind.MOTIVES, by=place)
