"""Walks through an installation as one person does: from home, link by link, one page of each kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from django.urls import Resolver404, resolve
from playwright.sync_api import Error

from .ground import Person

#: Pages that differ from stage to stage: every record's is visited.
OF_EVERY_RECORD = {"record:overview", "road:gate"}
#: What a link hands out as a file, or what ends the visit.
NOT_PAGES = re.compile(r"/(file|sheet|export|feed)/|\.(ics|pdf|xlsx)$|/logout/")


def kind_of(path: str) -> str:
    """The name of a page's address; with its record where every record's is wanted."""
    try:
        name = resolve(path).view_name
    except Resolver404:
        return path
    return f"{name} {path}" if name in OF_EVERY_RECORD else name


#: The kinds of elements on a page, each with what it stands in: what looks and behaves in a way of its own.
MARKUP = """() => [...new Set([...document.body.querySelectorAll('*')].map(e => {
    const name = n => n ? [n.tagName, ...n.classList, n.getAttribute('type') || n.getAttribute('role')].join('.') : '';
    return name(e.parentElement) + '>' + name(e);
}))]"""


class Known:
    """What was seen of each kind of page, so that a page which shows nothing new need not be looked at again."""

    def __init__(self) -> None:
        self._seen: dict[str, set[str]] = {}

    def is_new(self, kind: str, who: Person) -> bool:
        """Whether the page that is open has an element that no page of its kind had; notes it."""
        seen = self._seen.setdefault(kind.split()[0], set())
        before = len(seen)
        seen.update(who.page.evaluate(MARKUP))
        return len(seen) > before


def problems(axe: Axe, who: Person, where: str = "") -> list[str]:
    """What axe finds on the page that is open."""
    found = axe.run(who.page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{who.email} {who.page.url} {where}: {each['id']} ({each['help']}) "
        f"{[node['html'][:200] for node in each['nodes']][:3]}"
        for each in found
    ]


def walk(who: Person, *, depth: int = 6, broken: list[str] | None = None) -> Iterator[str]:
    """Opens page after page and yields the name of each while it is open; `broken` takes dead links."""
    seen: set[str] = set()
    waiting = [("/", 0, "")]
    while waiting:
        path, far, before = waiting.pop(0)
        kind = kind_of(path)
        if kind in seen:
            continue
        seen.add(kind)
        try:
            who.go(path)
        except Error as error:
            if "Download is starting" in str(error):
                continue
            raise
        except AssertionError:
            if broken is not None:
                broken.append(f"{who.email}: {before} leads to {path}, which does not open")
            continue
        yield kind
        if far < depth:
            links = who.page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.href)")
            here = [urlsplit(link) for link in links if link.startswith(who.ground.url)]
            waiting += [(link.path, far + 1, path) for link in here if not NOT_PAGES.search(link.path)]
