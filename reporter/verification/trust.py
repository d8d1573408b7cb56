"""Whom somebody trusts: public keys, certificates, those who issue certificates, and what they revoked."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reporter.errors import UsageError
from reporter.plain import disk
from reporter.plain.disk import MEGABYTE
from reporter.plain.text import shown
from reporter.seal.keys import fingerprint, needed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
    from cryptography.x509 import Certificate, CertificateRevocationList, Name

_LIMIT: Final = 20 * MEGABYTE  # a list of what was revoked may be long
_BLOCK: Final = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.+?-----END \1-----", re.DOTALL)
#: Any (RFC 5280, 4.2.1.12), code, mail, and documents (RFC 9336).
_SIGNING: Final = {"2.5.29.37.0", "1.3.6.1.5.5.7.3.3", "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.36"}
ANYBODY: Final = "anybody can make a certificate of this name. Get theirs by another way, and name it with --trust"
"""What a name is worth that nobody vouches for."""

_REMEDY: Final = "Give --trust a public key, a certificate, or a revocation list, in PEM"


@dataclass(frozen=True, slots=True)
class Trust:
    """What was given with ``--trust``.

    Attributes:
        public: Public keys by their digests.
        certificates: Of a signer, or of who issues certificates to signers.
        revoked: Lists of certificates that are revoked.
    """

    public: Mapping[str, PublicKeyTypes] = field(default_factory=dict)
    certificates: tuple[Certificate, ...] = ()
    revoked: tuple[CertificateRevocationList, ...] = ()

    @property
    def is_asked(self) -> bool:
        """Whether anybody is trusted at all."""
        return bool(self.public or self.certificates)


def read(paths: Iterable[Path]) -> Trust:
    """Those of some files.

    Raises:
        UsageError: One cannot be read, or holds nothing of the kind; a private key is refused, too.
        MissingPart: What reads them is not installed.
    """
    every = list(paths)
    if not every:
        return Trust()
    needed()
    public: dict[str, PublicKeyTypes] = {}
    certificates: list[Certificate] = []
    lists: list[CertificateRevocationList] = []
    for path in every:
        try:
            blocks = list(_BLOCK.finditer(disk.read(path, _LIMIT)))
            for block in blocks:
                _add(block[1].decode(), block[0], public, certificates, lists)
        except OSError as error:
            raise UsageError(f"cannot be read: {error.strerror}", where=str(path), remedy=_REMEDY) from error
        except _NothingToTrustError as error:
            raise UsageError(str(error), where=str(path), remedy=_REMEDY) from error
        except Exception as error:  # (the library raises several kinds)
            raise UsageError(f"it is broken: {shown(str(error), 200)}", where=str(path), remedy=_REMEDY) from error
        if not blocks:
            raise UsageError("it holds no key and no certificate", where=str(path), remedy=_REMEDY)
    return Trust(public, tuple(certificates), tuple(lists))


class _NothingToTrustError(Exception):
    """It is of a kind that nobody is trusted by."""


def _add(
    kind: str,
    block: bytes,
    public: dict[str, PublicKeyTypes],
    certificates: list[Certificate],
    lists: list[CertificateRevocationList],
) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    if kind == "PUBLIC KEY":
        key = load_pem_public_key(block)
        public[fingerprint(key)] = key
    elif kind == "CERTIFICATE":
        found = whole(x509.load_pem_x509_certificate(block))
        fingerprint(found.public_key())
        certificates.append(found)
    elif kind == "X509 CRL":
        some = x509.load_pem_x509_crl(block)
        _ = [*some], some.issuer, some.next_update_utc
        lists.append(some)
    else:
        raise _NothingToTrustError(f"it holds {shown(kind, 40).lower()} data, and nobody is trusted by that")


def whole(certificate: Certificate) -> Certificate:
    """A certificate whose parts can all be read: the library reads each when it is asked for, and raises then.

    Raises:
        Exception: One cannot be; of several kinds.
    """
    _ = certificate.subject.rfc4514_string(), certificate.issuer.rfc4514_string(), [*certificate.extensions]
    _ = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return certificate


def name(certificate: Certificate) -> str:
    """Whose certificate it is, as it says."""
    return _told(certificate.subject)


def _told(name: Name) -> str:
    return shown(", ".join(str(part.value) for part in name) or "nobody", 200)


def refused(chain: Sequence[Certificate], trust: Trust, now: datetime, *, proven: bool = False) -> str | None:
    """Why the first certificate of a chain is not to be relied on, in words; None where it is.

    Args:
        chain: The signer's, and those that lead to who issued it.
        trust: Whom somebody trusts; nothing else is asked for, and nobody else.
        now: The time to hold it against.
        proven: Whether somebody trustworthy says so, so that what was revoked later held then.
    """
    from asn1crypto import x509 as asn1
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding
    from pyhanko_certvalidator import CertificateValidator, ValidationContext, errors

    def turned(some: Iterable[Any], kind: Any) -> list[Any]:
        return [kind.load(each.public_bytes(Encoding.DER)) for each in some]

    why = _out_of_time(chain[0], now) or _for_else(chain[0]) or revoked(chain, trust, now, proven=proven)
    if why:
        return why
    direct = chain[0].fingerprint(hashes.SHA256()) in {each.fingerprint(hashes.SHA256()) for each in trust.certificates}
    if chain[0].subject == chain[0].issuer and not direct:
        return "the certificate is signed by itself, and --trust does not name it"
    # Of whom --trust names only those count as issuers who may issue, and only as long as they hold themselves.
    issuers = {each: _no_issuer(each, trust, now, proven=proven) for each in trust.certificates}
    roots = chain[:1] if direct else [each for each, why in issuers.items() if why is None]
    try:
        leaf, *above = turned(chain, asn1.Certificate)
        if ambiguous([leaf, *above]):
            return "the certificates that came with it do not lead from one to the next"
        context = ValidationContext(
            trust_roots=turned(roots, asn1.Certificate),
            other_certs=above,
            moment=now,
            allow_fetching=False,
            revocation_mode="soft-fail",
        )
        validator = CertificateValidator(leaf, above, validation_context=context)
        asyncio.run(validator.async_validate_usage({"digital_signature"}))  # type: ignore[no-untyped-call]
    except errors.InvalidCertificateError as error:
        return f"the certificate is for something else: {shown(str(error), 200)}"
    except errors.PathBuildingError:
        named = {each.subject: why for each, why in issuers.items() if why}
        if why := next((named[each.issuer] for each in chain if each.issuer in named), None):
            return why
        return f"the certificate was issued by {_told(chain[0].issuer)}, whom --trust does not name"
    except Exception as error:  # noqa: BLE001  (whatever a hostile certificate makes the libraries raise)
        return f"the certificate does not hold: {shown(str(error) or type(error).__name__, 200)}"
    return None


def _no_issuer(certificate: Certificate, trust: Trust, now: datetime, *, proven: bool) -> str | None:
    """Why a certificate that somebody trusts vouches for no other; None where it does."""
    from cryptography import x509

    try:
        may = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound as missing:
        may, usage = may if missing.oid == x509.KeyUsage.oid else False, True
    if not may or not usage:
        return f"the certificate was issued with that of {name(certificate)}, which is for signing and for no issuing"
    why = _out_of_time(certificate, now) or revoked([certificate], trust, now, proven=proven)
    return f"of {name(certificate)}, who issued the certificate: {why}" if why else None


def ambiguous(chain: Sequence[Any]) -> bool:
    """Whether several certificates (asn1crypto's) have one name: the library tries every order of them, for ever."""
    return len({each.subject.hashable for each in chain}) < len(chain)


def _out_of_time(certificate: Certificate, now: datetime) -> str | None:
    if now > certificate.not_valid_after_utc:
        return f"the certificate expired on {certificate.not_valid_after_utc:%Y-%m-%d}"
    if now < certificate.not_valid_before_utc:
        return f"the certificate does not hold before {certificate.not_valid_before_utc:%Y-%m-%d}"
    return None


def _for_else(certificate: Certificate) -> str | None:
    """What a certificate is for, where that is no signature of a document."""
    from cryptography import x509

    try:
        given = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return None
    except (ValueError, x509.DuplicateExtension):
        return "the certificate holds extensions that nobody can read"
    if {each.dotted_string for each in given} & _SIGNING:
        return None
    return f"the certificate is for something else: {', '.join(sorted(each.dotted_string for each in given))}"


def revoked(chain: Sequence[Certificate], trust: Trust, now: datetime, *, proven: bool = False) -> str | None:
    """Which certificate of a chain was revoked, or whether nobody can know that any more; None where neither is so.

    The arguments are those of ``refused``.
    """
    # Whoever gives a list trusts it, so that it need not lead to anybody.
    for each in chain:
        lists = [some for some in trust.revoked if some.issuer == each.issuer]
        for some in lists:
            found = some.get_revoked_certificate_by_serial_number(each.serial_number)
            if found is not None and not (proven and now < found.revocation_date_utc):
                return f"the certificate of {name(each)} was revoked on {found.revocation_date_utc:%Y-%m-%d}"
        ends = [some.next_update_utc for some in lists if some.next_update_utc]
        if ends and max(ends) < now:
            who = _told(each.issuer)
            return f"what {who} revoked is known until {max(ends):%Y-%m-%d} only: give --trust a newer list"
    return None
