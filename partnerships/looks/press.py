"""WeasyPrint's reading of a page, without what our papers never need: a fifth of a PDF's time.

Our templates close what they open, so that expat reads them, in C; whatever it refuses is read as HTML always is. And
WeasyPrint prepares notes and list markers for every element of a page, whether it has any: here for list items alone.
"""

from __future__ import annotations

import copy
import re
from functools import cache
from typing import Any
from xml.etree import ElementTree

import cssselect2
import weasyprint
from weasyprint.html import UA_STYLESHEET

#: Elements of HTML that are never closed, and what expat wants instead.
_OPEN = re.compile(r"<(br|col|hr|img|link|meta|wbr)\b([^<>]*?)/?>")
_DOCTYPE = re.compile(r"\A\s*<!doctype html>", re.IGNORECASE)
_SVG = re.compile(r"<svg(?![^<>]*\sxmlns=)")
#: Pseudo-elements of notes, which are made only where something floats to the foot of a page.
_NOTES = {"footnote-call", "footnote-marker", "note-call", "note-marker", "note-callback"}


def tree_of(html: str) -> ElementTree.Element | None:
    """The elements of a page as a browser would find them; None where it takes a browser's leniency."""
    plain = _SVG.sub('<svg xmlns="http://www.w3.org/2000/svg"', _OPEN.sub(r"<\1\2/>", _DOCTYPE.sub("", html, 1)))
    try:
        root = ElementTree.fromstring(plain)  # noqa: S314 - our own template; what people wrote is escaped in it
    except ElementTree.ParseError:
        return None
    # What a browser adds by itself, and a style sheet may count on.
    complete = root.tag == "html" and [child.tag for child in root] == ["head", "body"]
    return root if complete and root.find(".//table/tr") is None else None


@cache
def _own_rules() -> Any:
    """WeasyPrint's rules for HTML, with those of list markers for list items, and none of notes."""
    sheet, matcher = copy.copy(UA_STYLESHEET), copy.copy(UA_STYLESHEET.matcher)
    rules = matcher.other_selectors
    matcher.other_selectors = [rule for rule in rules if rule[3] not in {*_NOTES, "marker"}]
    by_name = dict(matcher.lower_local_name_selectors)
    by_name["li"] = [*by_name.get("li", []), *(rule for rule in rules if rule[3] == "marker")]
    matcher.lower_local_name_selectors = by_name
    sheet.matcher = matcher
    return sheet


class Page(weasyprint.HTML):  # type: ignore[misc]
    """A page of ours, to be made a PDF."""

    def __init__(self, string: str, *, base_url: str, url_fetcher: Any) -> None:
        root = tree_of(string)
        if root is None:
            super().__init__(string=string, base_url=base_url, url_fetcher=url_fetcher)
            return
        self.base_url, self.url_fetcher, self.media_type = base_url, url_fetcher, "print"
        self.wrapper_element = cssselect2.ElementWrapper.from_html_root(root, content_language=None)
        self.etree_element = self.wrapper_element.etree_element

    def _ua_stylesheets(self, forms: bool = False) -> list[Any]:
        return [_own_rules()] if not forms else super()._ua_stylesheets(forms)
