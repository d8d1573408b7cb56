"""What a certificate is good for, whoever is trusted: what can be forged, what belongs together, who says when."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from reporter.seal.keys import fingerprint
from reporter.verification.trust import Trust, ambiguous, name

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

WEAK: Final = {"md2": "MD2", "md4": "MD4", "md5": "MD5", "sha1": "SHA-1"}
"""Digests that two texts can be made to share, by the names that libraries have for them."""

_RSA_BITS: Final = 2048  # BSI TR-02102-1, 2.3: more since 2024, and older keys still sign


def weak(chain: Sequence[Certificate]) -> str | None:
    """Why what a certificate or one of those above it says can be forged; None where it cannot."""
    from cryptography.hazmat.primitives.asymmetric import dsa, rsa

    for each in chain:
        key = each.public_key()
        if isinstance(key, rsa.RSAPublicKey | dsa.DSAPublicKey) and key.key_size < _RSA_BITS:
            kind = "RSA" if isinstance(key, rsa.RSAPublicKey) else "DSA"
            return f"the {kind} key of {name(each)} has {key.key_size} bits, which is too few: it can be found out"
        used = each.signature_hash_algorithm
        # What the last one says of itself nobody relies on.
        if used and used.name in WEAK and each.subject != each.issuer:
            return f"the certificate of {name(each)} was signed with {WEAK[used.name]}, so that it can be forged"
    return None


def unlinked(chain: Sequence[Certificate]) -> str | None:
    """Which certificate that came with a signature does not belong to it, or was changed; None where all do."""
    for each in chain:
        above = [other for other in chain if other.subject == each.issuer]
        if above and not any(_issued(each, other) for other in above):
            return f"the certificate of {name(each)} was changed, or is not by whom it names"
    for each in chain[1:]:
        if not any(other.issuer == each.subject for other in chain if other is not each):
            return f"it brings a certificate of {name(each)}, which has nothing to do with it"
    return None


def _issued(certificate: Certificate, by: Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        certificate.verify_directly_issued_by(by)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def says_when(chain: Sequence[Certificate], trust: Trust, at: datetime) -> bool:
    """Whether somebody trusts the time-stamps of a certificate's holder."""
    from pyhanko_certvalidator import CertificateValidator, ValidationContext, errors

    if weak(chain) or ambiguous(asn1(chain)):
        return False
    if fingerprint(chain[0].public_key()) in trust.public:
        return True
    leaf, *above = asn1(chain)
    context = ValidationContext(
        trust_roots=asn1(trust.certificates), other_certs=above, moment=at, allow_fetching=False
    )
    revoked = {(some.issuer, gone.serial_number) for some in trust.revoked for gone in some}
    if any((each.issuer, each.serial_number) in revoked for each in chain):
        return False
    try:
        validator = CertificateValidator(leaf, above, validation_context=context)
        asyncio.run(validator.async_validate_usage(set(), {"time_stamping"}))  # type: ignore[no-untyped-call]
    except (errors.PathError, errors.ValidationError, ValueError, TypeError):
        return False
    return True


def asn1(certificates: Iterable[Certificate]) -> list[object]:
    """Certificates as pyHanko takes them."""
    from asn1crypto import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    return [x509.Certificate.load(each.public_bytes(Encoding.DER)) for each in certificates]
