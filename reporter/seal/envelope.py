"""The seal of a run: an in-toto Statement about its files in a DSSE envelope, ``evidence/seal.dsse.json``.

The Statement (in-toto Attestation Framework v1) names every file of the manifest and the manifest itself by SHA-256.
Its bytes and those of the envelope are canonical JSON (RFC 8785), so that a seal has one form and no other.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from reporter.errors import UnreadableError
from reporter.plain.canonical import canonical, digest
from reporter.seal.keys import SealKey, fingerprint, needed
from reporter.sources.document import parse

SEAL: Final = "evidence/seal.dsse.json"
PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
STATEMENT: Final = "https://in-toto.io/Statement/v1"
PREDICATE: Final = "urn:datarisk:run:1"

_MANIFEST: Final = "manifest.json"
_P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # SEC 2, 2.4.2


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a seal says, whoever made it.

    Attributes:
        digests: The SHA-256 of each file, by its name.
        predicate: What it says of the run.
        key_id: The key that it says it was made with.
        certificates: Those that it brings, in PEM, the key's own first.
        payload: The Statement's bytes, which were signed.
        signature: The signature over them.
    """

    digests: Mapping[str, str]
    predicate: Mapping[str, Any]
    key_id: str
    certificates: tuple[str, ...]
    payload: bytes
    signature: bytes


def sealed(manifest: bytes, entries: Iterable[Mapping[str, Any]], run: Mapping[str, Any], key: SealKey) -> bytes:
    """The seal of a run.

    Args:
        manifest: The manifest's bytes.
        entries: What it says of each file: ``name`` and ``sha256`` at least.
        run: What the seal says of the run besides: JSON.
        key: What it is sealed with.

    Raises:
        MissingPart: What signs is not installed.
    """
    needed()
    from cryptography.hazmat.primitives.serialization import Encoding
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]  # (not in its __all__)

    digests = {entry["name"]: entry["sha256"] for entry in entries} | {_MANIFEST: digest(manifest)}
    chain = [each.public_bytes(Encoding.PEM).decode() for each in key.certificates]
    statement = {
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": sha256}} for name, sha256 in sorted(digests.items())],
        "predicateType": PREDICATE,
        "predicate": {**run, "certificates": chain},
    }
    envelope = Envelope(canonical(statement), PAYLOAD_TYPE, {})
    made = envelope.sign(CryptoSigner(key.private, _public(key.private.public_key())))
    signature = one_form(key.private.public_key(), bytes.fromhex(made.signature))
    return _written(envelope.payload, made.keyid, signature)


def _written(payload: bytes, key_id: str, signature: bytes) -> bytes:
    """The one form of an envelope: it holds nothing besides, as nobody signs what stands in it elsewhere."""
    signed = {"keyid": key_id, "sig": base64.b64encode(signature).decode()}
    value = {"payload": base64.b64encode(payload).decode(), "payloadType": PAYLOAD_TYPE, "signatures": [signed]}
    return canonical(value) + b"\n"


def read(data: bytes, where: str = SEAL) -> Sealed:
    """What a seal says; whether it is true, ``signed_by`` tells.

    Raises:
        UnreadableError: It is no seal of ours, or not in its one form.
    """
    value = parse(data, where)
    try:
        [signature] = value["signatures"]
        payload, signed = _decoded(value["payload"]), _decoded(signature["sig"])
        key_id = str(signature["keyid"])
        statement = parse(payload, f"{where}, its payload")
        digests = {str(each["name"]): str(each["digest"]["sha256"]) for each in statement["subject"]}
        predicate = dict(statement["predicate"])
        chain = tuple(str(each) for each in predicate["certificates"])
        kind = (value["payloadType"], statement["_type"], statement["predicateType"])
        one_way = canonical(statement) == payload and _written(payload, key_id, signed) == data
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableError("no seal of datarisk", where=where) from error
    if kind != (PAYLOAD_TYPE, STATEMENT, PREDICATE) or len(digests) != len(statement["subject"]):
        raise UnreadableError("no seal of datarisk", where=where)
    if not one_way:
        raise UnreadableError("changed: it is not written as datarisk writes it", where=where)
    return Sealed(digests, predicate, key_id, chain, payload, signed)


def signed_by(seal: Sealed, key: Any) -> bool:
    """Whether a public key made the signature.

    Raises:
        MissingPart: What checks it is not installed.
    """
    needed()
    from securesystemslib.dsse import Envelope
    from securesystemslib.exceptions import UnverifiedSignatureError, VerificationError
    from securesystemslib.signer import Signature  # type: ignore[attr-defined]

    try:
        public = _public(key)
        signature = Signature(seal.key_id, seal.signature.hex())
        public.verify_signature(signature, Envelope(seal.payload, PAYLOAD_TYPE, {}).pae())
        one = one_form(key, seal.signature)
    except (UnverifiedSignatureError, VerificationError, ValueError):
        return False
    return seal.key_id == fingerprint(key) and one == seal.signature


def _decoded(text: str) -> bytes:
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:  # the last character may hold bits that nobody reads
        raise ValueError
    return data


def one_form(key: Any, signature: bytes) -> bytes:
    """Of the two signatures that ECDSA has for one, that with the lower number; others have one form."""
    from cryptography.hazmat.primitives.asymmetric import ec, utils

    if not isinstance(key, ec.EllipticCurvePublicKey):
        return signature
    r, s = utils.decode_dss_signature(signature)
    return utils.encode_dss_signature(r, min(s, _P256_ORDER - s))


def _public(key: Any) -> Any:
    """A public key as the library has it: by the digest that we tell it by, and a scheme that gives the same bytes."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from securesystemslib.signer import SSlibKey  # type: ignore[attr-defined]

    scheme = "rsa-pkcs1v15-sha256" if isinstance(key, rsa.RSAPublicKey) else None
    return SSlibKey.from_crypto(key, keyid=fingerprint(key), scheme=scheme)
