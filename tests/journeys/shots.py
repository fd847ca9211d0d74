"""Pictures of the demo world, for people to look at: bin/shots starts this."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import django
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from .crawl import Known, problems, walk
from .ground import ROOT, Ground, Person, installation

LANGUAGES = ("en", "fr", "es")
WIDTHS = (1280, 360)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/shots", description="Pictures of every page of the demo world.")
    parser.add_argument("--role", action="append", help="only this demo person, by the first part of the mail address")
    parser.add_argument("--language", action="append", choices=LANGUAGES)
    parser.add_argument("--width", action="append", type=int, choices=WIDTHS)
    parser.add_argument("--to", type=Path, default=ROOT / "shots", help="the folder (default: shots)")
    return parser.parse_args()


@dataclass
class Seen:
    """What one person's walk in one language brought."""

    pages: int = 0
    papers: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


@contextmanager
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield browser
        browser.close()


def shoot_pages(who: Person, language: str, widths: Sequence[int], folder: Path, known: Known) -> Seen:
    """Pictures of each page that shows something new, in each width, checked by axe."""
    who.go("/")
    chosen = who.page.locator(f"footer button[name=language][value={language}]")
    if chosen.count():
        chosen.click()
        who.page.wait_for_load_state()
    seen, axe = Seen(), Axe()
    for kind in walk(who):
        links = who.page.evaluate("[...document.querySelectorAll('a[href*=\"/file/\"]')].map(a => a.href)")
        seen.papers.update(link for link in links if link.startswith(who.ground.url))
        if not known.is_new(kind, who):
            continue
        seen.pages += 1
        name = re.sub(r"[^\w.-]+", "_", kind).strip("_")
        for width in widths:
            who.page.set_viewport_size({"width": width, "height": 900})
            here = folder / f"{language}-{width}"
            here.mkdir(parents=True, exist_ok=True)
            who.page.screenshot(path=str(here / f"{seen.pages:03} {name}.png"), full_page=True)
            seen.problems += problems(axe, who, f"{language}, {width} wide")
            if who.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                seen.problems.append(f"{who.page.url} ({language}, {width} wide): wider than the screen")
    return seen


def shoot_papers(who: Person, papers: set[str], folder: Path) -> int:
    """Every page of every PDF, through pdftoppm."""
    folder.mkdir(parents=True, exist_ok=True)
    found = 0
    for number, link in enumerate(sorted(papers), 1):
        answer = who.context.request.get(link)
        if answer.ok and answer.body().startswith(b"%PDF"):
            found += 1
            paper = folder / f"paper-{number:03}.pdf"
            paper.write_bytes(answer.body())
            subprocess.run(["pdftoppm", "-r", "60", "-png", str(paper), str(paper.with_suffix(""))], check=True)
    return found


def shoot(ground: Ground, arguments: argparse.Namespace) -> list[str]:
    """All pictures; gives what axe found on the way."""
    can_print = shutil.which("pdftoppm") is not None
    known: dict[str, Known] = defaultdict(Known)
    found: list[str] = []
    for who in ground.demo_people():
        role = who.email.split("@")[0]
        if arguments.role and role not in arguments.role:
            continue
        papers: set[str] = set()
        for language in arguments.language or LANGUAGES:
            seen = shoot_pages(who, language, arguments.width or WIDTHS, arguments.to / role, known[language])
            papers |= seen.papers
            found += seen.problems
            print(f"{role}, {language}: {seen.pages} pages, {len(seen.problems)} problems", flush=True)
        if can_print:
            print(f"{role}: {shoot_papers(who, papers, arguments.to / role / 'papers')} PDFs", flush=True)
    if not can_print:
        print("The pages of the PDFs were left out: pdftoppm is missing (apt-get install poppler-utils).")
    return found


def main() -> int:
    arguments = read_arguments()
    django.setup()
    with (
        tempfile.TemporaryDirectory(prefix="cg-shots.") as scratch,
        chromium() as browser,
        installation(Path(scratch) / "demo", browser, demo=True) as ground,
    ):
        found = shoot(ground, arguments)
    print(f"The pictures are in {arguments.to}")
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
