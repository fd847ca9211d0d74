from __future__ import annotations

import base64
import io
import stat
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from lifecycle.agreement import sealing
from partnerships.looks.paper import to_pdf

PAGE = '<html lang="en"><head><title>T</title></head><body><h1>T</h1><p>Text.</p></body></html>'


@pytest.fixture(autouse=True)
def _own_keys(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def check(pdf: bytes) -> Any:
    der = pem.unarmor(sealing.certificate().public_bytes(Encoding.PEM))[2]
    context = ValidationContext(trust_roots=[asn1_x509.Certificate.load(der)], allow_fetching=False)
    return validate_pdf_signature(PdfFileReader(io.BytesIO(pdf)).embedded_signatures[0], context)


def test_a_sealed_file_proves_that_it_was_not_changed() -> None:
    status = check(sealing.seal(to_pdf(PAGE)))
    assert status.intact
    assert status.valid
    assert status.trusted
    assert status.coverage.name == "ENTIRE_FILE"


def test_a_change_after_sealing_is_seen() -> None:
    sealed = bytearray(sealing.seal(to_pdf(PAGE)))
    place = sealed.index(b"/Type")
    sealed[place + 1 : place + 5] = b"Typo"
    reader = PdfFileReader(io.BytesIO(bytes(sealed)), strict=False)
    der = pem.unarmor(sealing.certificate().public_bytes(Encoding.PEM))[2]
    context = ValidationContext(trust_roots=[asn1_x509.Certificate.load(der)], allow_fetching=False)
    assert not validate_pdf_signature(reader.embedded_signatures[0], context).intact


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = sealing.certificate_fingerprint()
    assert sealing.certificate_fingerprint() == first
    path = tmp_path / "keys" / sealing.KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == [sealing.KEY_FILE]


def test_an_organisations_certificate_comes_by_settings(settings: Any, tmp_path: Path) -> None:
    own = tmp_path / "own.p12"
    own.write_bytes(sealing.new_store())
    settings.SEAL_P12 = str(own)
    assert check(sealing.seal(to_pdf(PAGE))).valid
    fingerprint = sealing.certificate_fingerprint()
    # Several machines get it by their environment.
    settings.SEAL_P12 = "base64:" + base64.b64encode(own.read_bytes()).decode()
    assert sealing.certificate_fingerprint() == fingerprint
    assert check(sealing.seal(to_pdf(PAGE))).valid
    assert not (tmp_path / "keys").exists()
