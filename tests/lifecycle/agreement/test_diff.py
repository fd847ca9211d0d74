from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lifecycle.agreement.diff import compared, words_changed

TEXT = st.text(alphabet="ab \n<>&é.,", max_size=60)


def joined(old: str, new: str, without: str) -> str:
    return "".join(p.text for p in words_changed(old, new) if p.op != without)


@given(TEXT, TEXT)
def test_both_texts_can_be_read_out_of_the_difference(old: str, new: str) -> None:
    assert joined(old, new, "ins") == old
    assert joined(old, new, "del") == new


def test_words_that_change_together_are_one_change() -> None:
    old = "Decisions on money need a majority of votes, within 30 days."
    new = "Decisions on money need one vote from each partner, within 15 days."
    assert compared(old, new) == (
        "<p>Decisions on money need <del>a majority of votes</del><ins>one vote from each partner</ins>, "
        "within <del>30</del><ins>15</ins> days.</p>"
    )


def test_what_people_typed_is_escaped() -> None:
    html = compared("safe", "<script>alert(1)</script>")
    assert "<script>" not in html
    assert "&lt;script&gt;" in html or "&lt;" in html


def test_paragraphs_stay_paragraphs() -> None:
    assert compared("One.\n\nTwo.", "One.\n\nTwo and three.") == "<p>One.</p>\n<p>Two<ins> and three</ins>.</p>"


def test_nothing_changed_marks_nothing() -> None:
    assert compared("Same words.", "Same words.") == "<p>Same words.</p>"
