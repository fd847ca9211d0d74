"""What is sealed opens with its key, in its place, and tells nothing before."""

from __future__ import annotations

import base64

import pytest

from evaluation.reviews import sealing

OLD, NEW = "an-old-key-of-enough-length-0001", "a-newer-key-of-enough-length-002"
HERE = ("answer", "7", "12", "31")


@pytest.fixture(autouse=True)
def _key(settings):
    settings.SEAL_KEYS = OLD


def test_opens_what_was_sealed():
    payload = {"answers": {"trust.1": 3, "trust.2": None}, "comments": {"trust.1": "Déjà vu, ñandú"}}
    assert sealing.unseal(sealing.seal(payload, context=HERE), context=HERE) == payload


def test_the_ciphertext_holds_no_word_of_the_payload_and_no_time():
    token = sealing.seal({"comments": {"trust.1": "zebrafish"}}, context=HERE)
    raw = base64.urlsafe_b64decode(token)
    assert b"zebrafish" not in raw
    assert raw[1:9] == bytes(8), "a Fernet token carries its time in the clear unless told not to"


def test_short_and_longer_comments_have_one_length():
    short, longer = ({"comments": {"a": "x" * n}} for n in (1, 900))
    assert len(sealing.seal(short, context=HERE)) == len(sealing.seal(longer, context=HERE))


def test_a_payload_cannot_be_moved_to_another_part():
    token = sealing.seal({"answers": {}}, context=HERE)
    with pytest.raises(sealing.WrongPlace):
        sealing.unseal(token, context=("answer", "7", "13", "31"))


def test_rotation_keeps_old_answers_readable_and_lets_the_old_key_go(settings):
    token = sealing.seal({"answers": {"a": 1}}, context=HERE)
    settings.SEAL_KEYS = f"{NEW},{OLD}"
    assert sealing.unseal(token, context=HERE) == {"answers": {"a": 1}}
    fresh = sealing.reseal(token)
    settings.SEAL_KEYS = NEW
    assert sealing.unseal(fresh, context=HERE) == {"answers": {"a": 1}}
    with pytest.raises(sealing.WrongKey, match="lost for good"):
        sealing.unseal(token, context=HERE)
    with pytest.raises(sealing.WrongKey, match="missing"):
        sealing.reseal(token)


@pytest.mark.parametrize("keys", ["", " , ", "short"])
def test_without_a_usable_key_nothing_is_sealed(settings, keys):
    settings.SEAL_KEYS = keys
    with pytest.raises(sealing.NoKey, match="SEAL_KEYS"):
        sealing.seal({}, context=HERE)


def test_a_changed_ciphertext_is_refused():
    token = sealing.seal({"answers": {"a": 1}}, context=HERE)
    with pytest.raises(sealing.WrongKey):
        sealing.unseal(token[:-6] + "AAAAA=", context=HERE)


def test_keyed_hashes_know_their_author_after_a_rotation_and_do_not_link_statements(settings):
    value = sealing.keyed_hash("comment", "7", "31", "trust.1")
    settings.SEAL_KEYS = f"{NEW},{OLD}"
    assert sealing.matches(value, "comment", "7", "31", "trust.1")
    assert not sealing.matches(value, "comment", "7", "32", "trust.1")
    assert value != sealing.keyed_hash("comment", "7", "31", "trust.2")
    assert value in sealing.all_hashes("comment", "7", "31", "trust.1")
    # Parts are told apart: moving a letter from one to the next makes another hash.
    assert sealing.keyed_hash("ab", "c") != sealing.keyed_hash("a", "bc")
