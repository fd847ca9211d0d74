"""The seal on the PDF of a signed text: a PAdES signature by the installation.

It says that the file came from here and has not been changed since; who signed the agreement stands in the text. The
key and its self-signed certificate are made at first use in var/keys; an organisation's own comes by settings
(SEAL_P12, SEAL_P12_PASSPHRASE).
"""

from __future__ import annotations

import base64
import io
import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from django.conf import settings

from partnerships import clock

if TYPE_CHECKING:
    from pyhanko.sign.signers import Signer

#: Stands next to the other keys; bin/backup takes the folder as a whole.
KEY_FILE = "agreement-seal.p12"
FIELD = "Seal"
#: How SEAL_P12 begins where it is the file's content and no path.
INLINE = "base64:"


def seal(pdf: bytes) -> bytes:
    """The same pages, sealed: an incremental update, so that the rendered bytes stay as they were."""
    # Half a second to import, which only the process that seals should wait for.
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    meta = signers.PdfSignatureMetadata(
        field_name=FIELD, subfilter=fields.SigSeedSubFilter.PADES, md_algorithm="sha256", name=_owner()
    )
    sealed = signers.PdfSigner(meta, signer=_signer()).sign_pdf(writer)
    return bytes(sealed.getvalue())


def certificate() -> x509.Certificate:
    """The certificate that a reader's software compares with."""
    _key, found, _others = pkcs12.load_key_and_certificates(_store(), _passphrase())
    if found is None:
        raise ValueError("the seal's key store holds no certificate")
    return found


def certificate_fingerprint() -> str:
    """SHA-256 of the certificate, in hexadecimal: printed on the last page of every sealed text."""
    return certificate().fingerprint(hashes.SHA256()).hex()


def _signer() -> Signer:
    from pyhanko.sign.signers import SimpleSigner

    signer: Signer | None = SimpleSigner.load_pkcs12_data(_store(), other_certs=[], passphrase=_passphrase())
    if signer is None:
        raise ValueError("the seal's key store cannot be read")
    return signer


def _owner() -> str:
    names = certificate().subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else "Common Ground"


def _passphrase() -> bytes | None:
    return settings.SEAL_P12_PASSPHRASE.encode() or None if settings.SEAL_P12 else None


def _store() -> bytes:
    """The key store: an organisation's by settings, else the installation's own, made once."""
    if settings.SEAL_P12.startswith(INLINE):
        return base64.b64decode(settings.SEAL_P12.removeprefix(INLINE))
    if settings.SEAL_P12:
        return Path(settings.SEAL_P12).read_bytes()
    path = Path(settings.VAR_DIR, "keys", KEY_FILE)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{KEY_FILE}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(new_store())
    try:
        # Two workers at first use: one of the links holds, and both read that one.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_bytes()


def new_store() -> bytes:
    """A new key with its self-signed certificate, without a passphrase."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Common Ground, seal of this installation")])
    moment = clock.now()
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # From before today, since stories and journeys seal in a time of their own.
        .not_valid_before(moment - timedelta(days=3650))
        .not_valid_after(moment + timedelta(days=7300))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=True,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=False,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )
    return pkcs12.serialize_key_and_certificates(b"agreement-seal", key, built, None, serialization.NoEncryption())
