from __future__ import annotations

from types import SimpleNamespace as Thing
from xml.etree import ElementTree

from django.template.loader import render_to_string
from django.utils import translation

CONTEXT = {
    "subject": "Two things <wait>",
    "name": "Aïssata",
    "lines": [
        Thing(text="Tandi & Kessa wait.", url="https://ground.example/a?b=1&c=2", button="Answer"),
        Thing(text="Another.", url="https://ground.example/d", button="See it"),
    ],
    "settings_url": "https://ground.example/s",
    "language": "en",
}


def test_html_mails_are_whole_and_fetch_nothing() -> None:
    html = render_to_string("emails/notices.html", CONTEXT)
    tree = ElementTree.fromstring(html.replace("<!doctype html>", "").replace("<br>", "<br/>").replace('8">', '8"/>', 1)
                                  .replace('scale=1">', 'scale=1"/>').replace('dark">', 'dark"/>'))  # fmt: skip
    assert tree.get("lang") == "en"
    assert not [node for node in tree.iter() if node.tag in {"img", "script", "link", "style"}]
    assert [link.get("href") for link in tree.iter("a")] == [line.url for line in CONTEXT["lines"]] + [
        "https://ground.example/s"
    ]  # type: ignore[attr-defined]


def test_text_mails_say_the_same_as_written() -> None:
    text = render_to_string("emails/notices.txt", CONTEXT)
    assert "Tandi & Kessa wait.\nAnswer: https://ground.example/a?b=1&c=2\n\nAnother." in text
    assert text.rstrip().endswith("https://ground.example/s")


def test_a_mail_without_a_language_takes_the_current_one() -> None:
    with translation.override("fr"):
        assert '<html lang="fr">' in render_to_string("emails/base.html")
