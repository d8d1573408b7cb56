"""Seals that somebody made to mislead: refused with a reason, whatever they hold, in bounded time."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import weasyprint
from certificates import DAY, NOW, Holder, holder, key_of, revoked
from conftest import Called
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from gate_calls import OPEN, put
from hypothesis import given, settings
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope
from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined]

from reporter.plain.canonical import canonical
from reporter.seal import pades
from reporter.seal.envelope import PAYLOAD_TYPE, sealed
from reporter.seal.keys import SealKey, fingerprint
from reporter.verification import signature
from reporter.verification.certificates import says_when
from reporter.verification.files import Listed
from reporter.verification.layer import Layer
from reporter.verification.seal import layers
from reporter.verification.trust import Trust

MANIFEST = b'{"of": "a run"}\n'
LISTED = Listed(MANIFEST, {}, {"a.json": {"name": "a.json", "media_type": "x", "bytes": 1, "sha256": "0" * 64}})
AUTHORITY = holder("The authority", ca=True)
ADA = holder("Ada", AUTHORITY)
MALLORY = holder("Mallory")


def seal_of(one: Holder, *chain: Holder) -> bytes:
    key = SealKey(one.key, tuple(each.certificate for each in chain))
    return sealed(MANIFEST, list(LISTED.files.values()), {}, key)


def sealed_again(one: Holder, pems: Sequence[str]) -> bytes:
    """A seal that its owner made by hand, with certificates of any kind."""
    value = json.loads(seal_of(one))
    statement = json.loads(base64.b64decode(value["payload"]))
    statement["predicate"]["certificates"] = list(pems)
    envelope = Envelope(canonical(statement), PAYLOAD_TYPE, {})
    public = SSlibKey.from_crypto(one.key.public_key(), keyid=value["signatures"][0]["keyid"])
    envelope.sign(CryptoSigner(one.key, public))
    return canonical(envelope.to_dict()) + b"\n"


def in_pem(der: bytes) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(der).decode()}-----END CERTIFICATE-----\n"


def trusting(*certificates: Holder, keys: Sequence[Holder] = (), lists: Sequence[bytes] = ()) -> Trust:
    public = {fingerprint(each.key.public_key()): each.key.public_key() for each in keys}
    return Trust(
        public, tuple(each.certificate for each in certificates), tuple(x509.load_pem_x509_crl(each) for each in lists)
    )


def told(data: bytes, trust: Trust, now: datetime = NOW) -> dict[str, Layer]:
    return {each.name: each for each in layers(data, LISTED, trust, now)}


def of_one_name(number: int) -> list[x509.Certificate]:
    """Authorities of one name that do not say which key issued them, so that each may have issued each other."""
    name = AUTHORITY.certificate.subject
    made = []
    for serial in range(1, number + 1):
        key = key_of("ed25519")
        builder = x509.CertificateBuilder(name, name, key.public_key(), serial, NOW - DAY, NOW + DAY)
        made.append(builder.add_extension(x509.BasicConstraints(True, None), True).sign(key, None))
    return made


def leaf(*usages: x509.ObjectIdentifier) -> Holder:
    """A certificate that does not say which key issued it either."""
    key, subject = key_of("ed25519"), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Ada")])
    builder = x509.CertificateBuilder(
        AUTHORITY.certificate.subject, subject, key.public_key(), 99, NOW - DAY, NOW + DAY
    )
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=True)
    return Holder(key, builder.sign(AUTHORITY.key, None))


def beside_all(value: dict[str, Any]) -> None:
    value["note"] = "checked by the auditor"


def beside_the_signature(value: dict[str, Any]) -> None:
    value["signatures"][0]["note"] = "checked by the auditor"


def second_signature(value: dict[str, Any]) -> None:
    value["signatures"].append(value["signatures"][0])


def number_for_a_text(value: dict[str, Any]) -> None:
    value["signatures"][0]["keyid"] = 1


@pytest.mark.parametrize("edit", [beside_all, beside_the_signature, second_signature, number_for_a_text])
def test_what_nobody_signed_is_found_even_where_the_envelope_is_written_well(
    edit: Callable[[dict[str, Any]], None],
) -> None:
    trust = trusting(keys=[MALLORY])
    data = seal_of(MALLORY)
    assert told(data, trust)["seal"].status == "holds"
    value = json.loads(data)
    edit(value)
    found = told(canonical(value) + b"\n", trust)
    assert (found["seal"].status, "sealed by" in found) == ("fails", False)


@pytest.mark.parametrize("odd", [b'"\\ud800"', b"1e999", b"[" * 100_000, b"9" * 5_000, b"NaN", b'"' + b"a" * 10**6])
def test_an_envelope_that_no_program_agrees_on_fails_and_breaks_nothing(odd: bytes) -> None:
    data = seal_of(MALLORY).replace(b'{"payload"', b'{"odd":' + odd + b',"payload"')
    assert told(data, trusting(keys=[MALLORY]))["seal"].status == "fails"


def test_a_seal_cannot_bring_the_certificate_of_somebody_else() -> None:
    pems = [ADA.certificate.public_bytes(Encoding.PEM).decode()]
    for trust in (trusting(AUTHORITY), trusting(keys=[MALLORY]), trusting(MALLORY), Trust()):
        found = told(sealed_again(MALLORY, pems), trust)
        assert (found["seal"].status, "sealed by" in found) == ("fails", False)
        assert "of another key" in found["seal"].words


def test_a_seal_without_a_certificate_counts_where_that_of_its_key_is_trusted(called: Called, tmp_path: Path) -> None:
    put(tmp_path, "a.json", OPEN)
    called("keys", "new", "seal.key", "--name", "Harbour Mutual")
    assert called("report", "a.json", "-f", "json", "--seal-key", "seal.key")[0] == 0
    run = next(tmp_path.glob("reports/local/2*"))
    status, said = called("verify", str(run), "--trust", "seal.key.cert.pem")
    assert (status, "Harbour Mutual, whom --trust names" in said) == (0, True), said
    expired = holder("Ada", end=NOW - DAY / 2)
    found = told(seal_of(expired), trusting(expired))
    assert (found["sealed by"].status, "expired on" in found["sealed by"].words) == ("fails", True)


def test_certificates_of_one_name_that_could_stand_in_any_order_are_refused_at_once() -> None:
    # Nine have 362,880 orders, and the library would try them all.
    ada, others = leaf(), of_one_name(9)
    data = sealed(MANIFEST, list(LISTED.files.values()), {}, SealKey(ada.key, (ada.certificate, *others)))
    found = told(data, trusting(MALLORY))["sealed by"]
    assert (found.status, "do not lead from one to the next" in found.words) == ("fails", True)
    clock = leaf(ExtendedKeyUsageOID.TIME_STAMPING).certificate
    assert says_when([clock], trusting(AUTHORITY), NOW)
    assert not says_when([clock, *others], trusting(MALLORY), NOW)


def test_a_seal_with_more_certificates_than_lead_anywhere_is_refused() -> None:
    found = told(seal_of(ADA, ADA, *[AUTHORITY] * 10), trusting(AUTHORITY))
    assert (found["seal"].status, "more than 10 certificates" in found["seal"].words) == ("fails", True)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_no_certificate_with_a_byte_that_is_not_its_own_breaks_verification_or_is_believed(data: st.DataObject) -> None:
    der = bytearray(ADA.certificate.public_bytes(Encoding.DER))
    at = data.draw(st.integers(0, len(der) - 1))
    der[at] = data.draw(st.integers(0, 255).filter(lambda each: each != der[at]))
    found = told(sealed_again(ADA, [in_pem(bytes(der))]), trusting(AUTHORITY))
    signed = ADA.certificate.tbs_certificate_bytes
    assert found["seal"].status == "fails" or found["sealed by"].status == "fails" or signed in der


#: What stands in a certificate for Ed25519 (1.3.101.112), its own version, and one of its extensions.
@pytest.mark.parametrize(
    ("old", "new"),
    [(b"\x06\x03\x2b\x65\x70\x03\x21", b"\x06\x03\x2b\x65\x7a\x03\x21"), (b"\x02\x01\x02\x02", b"\x02\x01\x09\x02"),
     (b"\x06\x03\x55\x1d\x13", b"\x06\x03\x55\x1d\x0f"), (b"\x0c\x03Ada", b"\x0c\x03\xff\xff\xff")],
    ids=["key", "version", "extension twice", "name"],
)  # fmt: skip
def test_a_certificate_that_can_be_read_in_part_only_is_none(
    called: Called, tmp_path: Path, old: bytes, new: bytes
) -> None:
    der = ADA.certificate.public_bytes(Encoding.DER)
    assert old in der
    broken = in_pem(der.replace(old, new))
    found = told(sealed_again(ADA, [broken]), trusting(keys=[ADA]))
    assert (found["seal"].status, "certificates that are none" in found["seal"].words) == ("fails", True)
    put(tmp_path, "a.json", OPEN)
    called("report", "a.json", "-f", "json")
    (tmp_path / "broken.pem").write_text(broken)
    status, said = called("verify", "reports/local/latest", "--trust", "broken.pem")
    assert (status, "it is broken" in said) == (2, True), said


def test_a_key_that_somebody_names_counts_no_more_once_they_say_that_it_was_revoked() -> None:
    data = seal_of(ADA, ADA)
    assert told(data, trusting(keys=[ADA]))["sealed by"].status == "holds"
    found = told(data, trusting(keys=[ADA], lists=[revoked(AUTHORITY, ADA)]))["sealed by"]
    assert (found.status, "Ada was revoked on" in found.words) == ("fails", True)


def test_a_list_of_what_was_revoked_that_ended_shows_nothing_any_more() -> None:
    data, trust = seal_of(ADA, ADA), trusting(AUTHORITY, lists=[revoked(AUTHORITY, MALLORY)])
    assert told(data, trust)["sealed by"].status == "holds"
    found = told(data, trust, NOW + timedelta(days=40))["sealed by"]
    assert (found.status, "give --trust a newer list" in found.words) == ("fails", True)


def test_both_count_for_a_pdf_as_well_whatever_it_says_of_its_time() -> None:
    pdf = weasyprint.HTML(string="<html lang=en><title>A report</title><h1>A report</h1>").write_pdf()
    made = pades.signed(pdf, SealKey(ADA.key, (ADA.certificate,)), NOW)

    def by(trust: Trust, now: datetime = NOW) -> Layer:
        return {each.name: each for each in signature.layers(made, trust, now)}["signed by"]

    assert by(trusting(keys=[ADA])).status == "holds"
    found = by(trusting(keys=[ADA], lists=[revoked(AUTHORITY, ADA)]))
    assert (found.status, "Ada was revoked on" in found.words) == ("fails", True)
    trust = trusting(AUTHORITY, lists=[revoked(AUTHORITY, MALLORY)])
    assert by(trust).status == "holds"
    found = by(trust, NOW + timedelta(days=40))
    assert (found.status, "give --trust a newer list" in found.words) == ("fails", True)
