"""Short ways to fill in what scoping asks, through its own actions."""

from __future__ import annotations

from lifecycle.scoping import actions
from lifecycle.scoping.actions import Given
from lifecycle.scoping.models import Sheet
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


def open_motives(*places: Place) -> None:
    for place in places:
        write_motives(place)
        actions.hand_in(SheetKind.MOTIVES, by=place)
