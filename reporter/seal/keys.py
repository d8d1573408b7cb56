"""Keys that runs are sealed with: files in PEM, read, made, and never shown."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from reporter.errors import MissingPart, OutputError, UsageError
from reporter.plain import disk
from reporter.plain.canonical import digest

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
    from cryptography.x509 import Certificate

Kind = Literal["ed25519", "p256", "rsa"]

INSTALL: Final = "Install datarisk with the extra sign, such as pip install '.[sign]' in its folder"
_LIMIT: Final = 100_000
_RSA_BITS: Final = 3072
_CERTIFICATE: Final = "Check --seal-certificate, and certificate in [seal]"
_NEVER: Final = "A key is never replaced: choose another name"
_REMEDY: Final = "Check --seal-key and [seal], or make one with `datarisk keys new`"


@dataclass(frozen=True, slots=True)
class SealKey:
    """What a run is sealed with.

    Attributes:
        private: The private key; it is in no message, and in no ``repr``.
        certificates: That of the key first, then those that lead to who issued it; none where there is a bare key.
        timestamp_url: Who says when, by RFC 3161; None where nobody is asked.
    """

    private: PrivateKeyTypes = field(repr=False)
    certificates: tuple[Certificate, ...] = ()
    timestamp_url: str | None = None

    @property
    def id(self) -> str:
        """The SHA-256 of the public key (SubjectPublicKeyInfo, DER), by which everybody can tell it."""
        return fingerprint(self.private.public_key())

    @property
    def pem(self) -> bytes:
        """The private key as PEM (PKCS #8), for libraries that read it so."""
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def fingerprint(key: PublicKeyTypes) -> str:
    """The SHA-256 of a public key."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return digest(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def needed() -> None:
    """Finds out before the work whether anything can be sealed here.

    Raises:
        MissingPart: What does it is not installed.
    """
    if not all(find_spec(name) for name in ("cryptography", "pyhanko", "securesystemslib")):
        raise MissingPart("sealing and checking seals takes more", remedy=INSTALL)


def load(
    key: Path, certificate: Path | None = None, *, passphrase: bytes | None = None, timestamp_url: str | None = None
) -> SealKey:
    """A key and its certificates.

    Args:
        key: The private key in PEM.
        certificate: That of the key in PEM, and those that lead to who issued it after it.
        passphrase: What opens the key, where it is closed.
        timestamp_url: Of a time-stamp server.

    Raises:
        UsageError: One of them is not there, none, of a kind that nothing here signs with, or of another key.
        MissingPart: What reads them is not installed.
    """
    needed()
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    data, where = _read(key), str(key)
    try:
        # Without one, a key that is closed cannot be told from rubbish but by its words.
        private = load_pem_private_key(data, passphrase or None)
    except TypeError as error:
        closed = passphrase is None
        what = "the key is encrypted" if closed else "the key is not encrypted, and a passphrase was given"
        remedy = "Set DATARISK_SEAL_PASSPHRASE, or passphrase_file in [seal]" if closed else "Take the passphrase out"
        raise UsageError(what, where=where, remedy=remedy) from error
    except Exception:  # noqa: BLE001  (the library raises several kinds)
        raise _no_key(data, where) from None  # it may quote the key
    if not isinstance(private, ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise UsageError("a key that no seal is made with", where=where, remedy="Take Ed25519, ECDSA P-256 or RSA")
    if isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name != "secp256r1":
        raise UsageError("a curve that no seal is made with", where=where, remedy="Take Ed25519, ECDSA P-256 or RSA")
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size < 2048:  # noqa: PLR2004 (BSI TR-02102)
        raise UsageError("an RSA key of fewer than 2048 bits", where=where, remedy="Take a longer one")
    certificates: tuple[Certificate, ...] = ()
    if certificate:
        try:
            certificates = tuple(x509.load_pem_x509_certificates(_read(certificate)))
            of = fingerprint(certificates[0].public_key())
        except UsageError:
            raise
        except Exception as error:
            what = "no certificate in PEM, or one that nothing here can read"
            raise UsageError(what, where=str(certificate), remedy=_CERTIFICATE) from error
        if of != fingerprint(private.public_key()):
            remedy = "Put the key's own certificate first"
            raise UsageError("the certificate is of another key", where=str(certificate), remedy=remedy)
    return SealKey(private, certificates, timestamp_url)


def _no_key(data: bytes, where: str) -> UsageError:
    """What a file is that is no key, or none that could be opened."""
    if b"BEGIN CERTIFICATE" in data or b"BEGIN PUBLIC KEY" in data:
        what = "a certificate" if b"BEGIN CERTIFICATE" in data else "a public key"
        return UsageError(
            f"it is {what}, and a seal takes the private key", where=where, remedy="Check --seal-key and [seal]"
        )
    if b"ENCRYPTED" in data:
        remedy = "Check DATARISK_SEAL_PASSPHRASE, or passphrase_file in [seal]"
        return UsageError("the passphrase does not open this key", where=where, remedy=remedy)
    return UsageError("no private key in PEM", where=where, remedy=_REMEDY)


def _read(path: Path) -> bytes:
    try:
        return disk.read(path, _LIMIT)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=str(path), remedy=_REMEDY) from error


@dataclass(frozen=True, slots=True)
class New:
    """Where a new key was put; ``id`` is that of ``SealKey``."""

    private: Path
    public: Path
    certificate: Path
    id: str


def new(place: Path, name: str, kind: Kind, *, now: datetime, days: int, passphrase: bytes | None = None) -> New:
    """Makes a key, with its public half and a certificate that it signs itself; nothing that is there is replaced.

    Args:
        place: The private key's file; the others get its name with ``.pub.pem`` and ``.cert.pem``.
        name: Who seals with it, in the certificate.
        kind: Which kind of key.
        now: The first moment that the certificate holds.
        days: For how many it does.
        passphrase: Closes the key, where it is given.

    Raises:
        OutputError: There is something already, or the place cannot be written to.
        MissingPart: What makes keys is not installed.
    """
    needed()
    public, issued = place.with_name(f"{place.name}.pub.pem"), place.with_name(f"{place.name}.cert.pem")
    # All of them or none: half a key is nothing that anybody could seal with.
    if there := next((path for path in (place, public, issued) if os.path.lexists(path)), None):
        raise OutputError("there is something already", where=str(there), remedy=_NEVER)
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    made: dict[Kind, Callable[[], Any]] = {
        "ed25519": ed25519.Ed25519PrivateKey.generate,
        "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "rsa": lambda: rsa.generate_private_key(65537, _RSA_BITS),
    }
    private = made[kind]()
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    start = now.replace(microsecond=0)
    builder = x509.CertificateBuilder(subject, subject, private.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(start).not_valid_after(start + timedelta(days=days))
    # What a seal is for, and nothing else: whoever holds the key cannot make other certificates of it.
    usage = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only",
         "decipher_only"), False,
    )  # fmt: skip
    builder = builder.add_extension(
        x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True
    ).add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
    certificate = builder.sign(private, None if kind == "ed25519" else hashes.SHA256())
    closed = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    for path, data, mode in (
        (place, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, closed), 0o600),
        (public, private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), 0o644),
        (issued, certificate.public_bytes(Encoding.PEM), 0o644),
    ):
        _put(path, data, mode)
    return New(place, public, issued, fingerprint(private.public_key()))


def _put(path: Path, data: bytes, mode: int) -> None:
    with disk.translated(path), disk.parents_of(path):
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
        except FileExistsError as error:
            raise OutputError("there is something already", where=str(path), remedy=_NEVER) from error
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            os.fsync(descriptor)
