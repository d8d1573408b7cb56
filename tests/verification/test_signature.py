"""Whether a PDF's signature holds, and who made it and when: each reason against it has its own words."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import stamping
import weasyprint
from asn1crypto import cms
from certificates import Holder, holder, revoked
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, load_pem_public_key
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers

from reporter.plain.text import shown
from reporter.seal import pades
from reporter.seal.keys import SealKey, fingerprint
from reporter.verification import signature
from reporter.verification.layer import Layer
from reporter.verification.trust import Trust

ROOT = Path(__file__).resolve().parent.parent.parent
WHEN = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
NOW = datetime(2026, 12, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SPAN: dict[str, Any] = {"start": datetime(2026, 1, 1, tzinfo=UTC), "end": datetime(2028, 1, 1, tzinfo=UTC)}
PDF: bytes = weasyprint.HTML(string="<html lang=en><title>A report</title><h1>A report</h1>").write_pdf()
NOBODY = Trust()

Layers = dict[str, Layer]


def looked(pdf: bytes, trust: Trust = NOBODY, now: datetime = NOW) -> Layers:
    return {each.name: each for each in signature.layers(pdf, trust, now)}


def trusting(*those: Holder, public: tuple[Holder, ...] = (), lists: tuple[bytes, ...] = ()) -> Trust:
    keys = [load_pem_public_key(each.public) for each in public]
    crls = tuple(x509.load_pem_x509_crl(each) for each in lists)
    return Trust({fingerprint(each): each for each in keys}, tuple(each.certificate for each in those), crls)


def signed(who: Holder, *above: Holder, url: str | None = None, when: datetime = WHEN) -> bytes:
    certificates = (who.certificate, *(each.certificate for each in above))
    return pades.signed(PDF, SealKey(load_pem_private_key(who.pem, None), certificates, url), when)


@pytest.fixture(scope="module")
def root() -> Holder:
    return holder("Root of Trust", kind="p256", ca=True, **SPAN)


@pytest.fixture(scope="module")
def who(root: Holder) -> Holder:
    return holder("Harbour Mutual", root, **SPAN)


@pytest.fixture(scope="module")
def clock() -> Holder:
    return stamping.authority()


@pytest.fixture(scope="module")
def good(who: Holder) -> bytes:
    return signed(who)


def test_a_pdf_that_is_not_signed_says_so_and_fails_only_those_who_ask(root: Holder) -> None:
    found = looked(PDF)
    assert {name: each.status for name, each in found.items()} == {"signature": "not checked"}
    assert "cannot show who made it" in found["signature"].words
    [layer] = looked(PDF, trusting(root)).values()
    assert layer.status == "fails"
    assert signature.before_signatures(PDF) == PDF


@pytest.mark.parametrize("kind", ["ed25519", "p256", "rsa"])
def test_a_whole_pdf_holds_and_says_who_signed_it_and_when(root: Holder, kind: str) -> None:
    who = holder("Harbour Mutual", root, kind=kind, **SPAN)
    whole = signed(who)
    assert signature.before_signatures(whole) == PDF
    for trust in (trusting(root), trusting(who), trusting(public=(who,))):
        layers = looked(whole, trust)
        assert {each.status for each in layers.values()} == {"holds"}
        said = "whole and unchanged since it was signed on 2026-11-23 09:30 UTC, as the signer says"
        assert layers["signature"].words == said
        mark = subprocess.run(["openssl", "x509", "-noout", "-fingerprint", "-sha256"], text=True, check=True,
            input=who.certificate.public_bytes(Encoding.PEM).decode(), capture_output=True)  # fmt: skip
        digest = mark.stdout.strip().partition("=")[2].replace(":", "").lower()
        assert layers["signed by"].words == f"Harbour Mutual, certificate {digest}, whom --trust names"


def test_who_signed_it_is_their_own_word_where_nobody_is_trusted(good: bytes) -> None:
    layers = looked(good)
    assert [each.status for each in layers.values()] == ["holds", "not checked"]
    assert "by their own word" in layers["signed by"].words


def test_a_time_stamp_says_when_and_whose_it_is(who: Holder, root: Holder, clock: Holder, tmp_path: Path) -> None:
    with stamping.serving(stamping.openssl(clock, tmp_path)) as url:
        whole = signed(who, url=url)
    assert clock.issuer
    words = looked(whole)["signature"].words
    assert words.endswith("as the time-stamp of Clock & Sons, says")
    layers = looked(whole, trusting(root))
    assert "as the time-stamp of Clock & Sons, whom --trust does not name, says" in layers["signature"].words
    layers = looked(whole, trusting(root, clock.issuer), datetime.now(UTC))
    assert [each.status for each in layers.values()] == ["holds", "holds"]
    assert "as the time-stamp of Clock & Sons, whom --trust names, says" in layers["signature"].words


# What was done to a PDF since


def test_what_was_added_after_the_signature_is_told(good: bytes, who: Holder) -> None:
    for tail in (b"\n", b"%%EOF\n", good[len(PDF) :]):
        layers = looked(good + tail)
        assert [each.status for each in layers.values()] == ["fails"], tail
    other = IncrementalPdfFileWriter(io.BytesIO(good))
    field = fields.SigFieldSpec("theirs", on_page=0)
    fields.append_signature_field(other, field)
    found = io.BytesIO()
    other.write(found)  # type: ignore[no-untyped-call]
    [layer] = looked(found.getvalue()).values()
    assert layer.status == "fails"
    assert "since it was made" in layer.words or "added after it was signed" in layer.words


def test_any_one_byte_that_is_changed_is_found(good: bytes) -> None:
    gap = good.index(b"/Contents <", len(PDF)) + len(b"/Contents <")
    end = good.index(b">", gap)
    used = len(cms.ContentInfo.load(bytes.fromhex(good[gap:end].decode())).dump()) * 2
    # Each byte outside the signature is covered by it; within, each tenth digit, and some of the zeros that follow.
    places = [*range(0, gap, 37), *range(gap, gap + used, 10), *range(gap + used, end, 997), *range(end, len(good), 5)]
    tried = 0
    for place in places:
        for bit in (1, 0x20):
            changed = bytearray(good)
            changed[place] ^= bit
            layers = looked(bytes(changed))
            assert any(each.status == "fails" for each in layers.values()), (place, bit, layers)
            tried += 1
    assert tried > 500


@pytest.mark.parametrize("kind", ["ed25519", "p256"])
def test_a_signature_has_one_form(root: Holder, kind: str) -> None:
    who = holder("Harbour Mutual", root, kind=kind, **SPAN)
    whole = signed(who)
    gap = whole.index(b"/Contents <", len(PDF)) + len(b"/Contents <")
    end = whole.index(b">", gap)
    parsed = cms.ContentInfo.load(bytes.fromhex(whole[gap:end].decode()))

    def written(changed: Any) -> bytes:
        text = changed.dump(force=True).hex().upper().encode().ljust(end - gap, b"0")
        return bytes(whole[:gap] + text + whole[end:])

    assert written(parsed) == whole
    other = parsed.copy()
    other["content"]["certificates"].append(cms.CertificateChoices("certificate", certificate(root)))
    assert looked(written(other))["signature"].status == "fails", "a certificate more"
    other = parsed.copy()
    other["content"]["version"] = "v3"
    assert looked(written(other))["signature"].status == "fails", "another version"
    lower = whole[:gap] + whole[gap:end].lower() + whole[end:]
    assert looked(lower)["signature"].status == "fails"
    if kind == "p256":
        from cryptography.hazmat.primitives.asymmetric import utils  # noqa: PLC0415

        order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
        other = parsed.copy()
        info = other["content"]["signer_infos"][0]
        r, s = utils.decode_dss_signature(info["signature"].native)
        info["signature"] = utils.encode_dss_signature(r, order - s)
        assert looked(written(other))["signature"].words == "its signature is not in its one form"


def certificate(of: Holder) -> Any:
    from asn1crypto import x509 as asn1  # noqa: PLC0415

    return asn1.Certificate.load(of.certificate.public_bytes(Encoding.DER))


def test_an_update_that_shows_another_page_is_found_though_it_is_signed(who: Holder, root: Holder) -> None:
    """Whoever has a key may sign anything; that is not what was rendered."""
    from pyhanko.pdf_utils import generic  # noqa: PLC0415

    writer = IncrementalPdfFileWriter(io.BytesIO(PDF))
    page = writer.prev.root["/Pages"]["/Kids"][0]
    page["/Rotate"] = generic.NumberObject(180)  # type: ignore[no-untyped-call]
    writer.update_container(page)
    found = by_hand(writer, who)
    layers = looked(found, trusting(root))
    assert [each.status for each in layers.values()] == ["fails"]


def test_an_update_that_holds_more_than_a_signature_is_found(
    who: Holder, root: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made by the same program, with the signer's own key, and with an object that nothing leads to."""
    real = pades._writer  # noqa: SLF001

    def more(*args: Any) -> Any:
        from pyhanko.pdf_utils import generic  # noqa: PLC0415

        writer = real(*args)
        writer.add_object(generic.TextStringObject("a second report"))
        return writer

    with monkeypatch.context() as patch:
        patch.setattr(pades, "_writer", more)
        whole = signed(who)
    [layer] = looked(whole, trusting(root)).values()
    assert (layer.status, "more than a signature was written with it" in layer.words) == ("fails", True)


def by_hand(writer: IncrementalPdfFileWriter, who: Holder, *, name: str = pades.FIELD, md: str = "sha512") -> bytes:
    """Signed with pyHanko alone, as anybody can."""
    from asn1crypto import keys  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import NoEncryption, PrivateFormat  # noqa: PLC0415
    from pyhanko_certvalidator.registry import SimpleCertificateStore  # noqa: PLC0415

    key = keys.PrivateKeyInfo.load(who.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    signer = signers.SimpleSigner(certificate(who), key, SimpleCertificateStore())  # type: ignore[no-untyped-call]
    meta = signers.PdfSignatureMetadata(field_name=name, md_algorithm=md, subfilter=fields.SigSeedSubFilter.PADES)
    return bytes(signers.sign_pdf(writer, meta, signer).getvalue())


def test_a_signature_of_another_program_is_told_and_nothing_is_concluded(who: Holder, root: Holder) -> None:
    whole = by_hand(IncrementalPdfFileWriter(io.BytesIO(PDF)), who, name="Signature1")
    layers = looked(whole, trusting(root))
    assert {each.status for each in layers.values()} <= {"unknown", "fails"}


# Who signed it


BAD: dict[str, tuple[Callable[[Holder], Holder], str]] = {
    "for web servers": (
        lambda root: holder("H", root, extended=(ExtendedKeyUsageOID.SERVER_AUTH,), **SPAN),
        "the certificate is for something else",
    ),
    "for encryption": (
        lambda root: holder("H", root, kind="rsa", usages=("key_encipherment",), **SPAN),
        "the certificate is for something else",
    ),
    "by itself": (lambda _: holder("H", **SPAN), "signed by itself, and --trust does not name it"),
    "by another": (
        lambda _: holder("H", holder("Elsewhere", ca=True, **SPAN), **SPAN),
        "issued by Elsewhere, whom --trust does not name",
    ),
    "by one of the same name": (
        lambda _: holder("H", holder("Root of Trust", kind="p256", ca=True, **SPAN), **SPAN),
        "the certificate",
    ),
}


@pytest.mark.parametrize("why", BAD)
def test_a_certificate_that_is_not_to_be_relied_on_is_refused_with_its_reason(root: Holder, why: str) -> None:
    make, words = BAD[why]
    layers = looked(signed(make(root)), trusting(root))
    assert layers["signature"].status == "holds"
    assert layers["signed by"].status == "fails"
    assert words in layers["signed by"].words


@pytest.mark.parametrize("why", ["for web servers", "for encryption"])
def test_a_certificate_for_something_else_is_refused_whoever_is_trusted(root: Holder, why: str) -> None:
    make, words = BAD[why]
    layer = looked(signed(make(root)))["signed by"]
    assert layer.status == "fails"
    assert words in layer.words


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (WHEN - 9 * DAY, WHEN - DAY, "the certificate expired on 2026-11-22"),
        (WHEN + DAY, WHEN + 9 * DAY, "the certificate does not hold before 2026-11-24"),
    ],
)
def test_a_certificate_that_did_not_hold_when_it_was_used_is_refused(
    root: Holder, start: datetime, end: datetime, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = holder("Harbour Mutual", root, start=start, end=end)
    with monkeypatch.context() as patch:
        patch.setattr(pades, "_held", lambda *_: None)  # somebody else's program would sign with it
        whole = signed(who)
    for trust in (trusting(root), NOBODY):
        layer = looked(whole, trust)["signed by"]
        assert layer.status == "fails"
        assert words in layer.words
    assert looked(whole, trusting(public=(who,)))["signed by"].status == "holds", "who names a key trusts the key"


def test_a_certificate_that_expired_since_proves_nothing_without_a_time_stamp(root: Holder, clock: Holder) -> None:
    who = holder("Harbour Mutual", root, start=WHEN - 9 * DAY, end=WHEN + DAY)
    layer = looked(signed(who), trusting(root))["signed by"]
    assert layer.status == "unknown"
    assert "expired on 2026-11-24" in layer.words
    with stamping.serving(stamping.at(clock, WHEN + timedelta(minutes=1))) as url:
        whole = signed(who, url=url)
    assert looked(whole, trusting(root))["signed by"].status == "unknown", "a time-stamp of nobody knows whom"
    assert clock.issuer
    assert looked(whole, trusting(root, clock.issuer))["signed by"].status == "holds"
    with stamping.serving(stamping.at(clock, WHEN + 2 * DAY)) as url:
        whole = signed(who, url=url)
    layer = looked(whole, trusting(root, clock.issuer))["signed by"]
    assert layer.status == "fails"
    assert "expired" in layer.words


def test_a_certificate_that_was_revoked_is_refused_unless_a_time_stamp_is_older(
    who: Holder, root: Holder, good: bytes, clock: Holder
) -> None:
    gone = revoked(root, who)
    layer = looked(good, trusting(root, lists=(gone,)))["signed by"]
    assert layer.status == "fails"
    assert "the certificate of Harbour Mutual was revoked on" in layer.words
    assert looked(good, trusting(root, lists=(revoked(root),)))["signed by"].status == "holds"
    assert clock.issuer
    at = x509.load_pem_x509_crl(gone)[0].revocation_date_utc
    for moment, status in ((at - timedelta(hours=1), "holds"), (at + timedelta(hours=1), "fails")):
        with stamping.serving(stamping.at(clock, moment)) as url:
            whole = signed(who, url=url)
        assert looked(whole, trusting(root, clock.issuer, lists=(gone,)))["signed by"].status == status


def test_a_time_stamp_whose_maker_was_revoked_says_nothing(who: Holder, root: Holder, clock: Holder) -> None:
    assert clock.issuer
    with stamping.serving(stamping.at(clock, WHEN)) as url:
        whole = signed(who, url=url)
    trust = trusting(root, clock.issuer, lists=(revoked(clock.issuer, clock),))
    assert "whom --trust does not name" in looked(whole, trust)["signature"].words


def test_a_short_key_is_refused(root: Holder) -> None:
    short = rsa.generate_private_key(65537, 1024)
    who = holder("Harbour Mutual", root, kind="rsa", **SPAN)
    builder = x509.CertificateBuilder(
        root.certificate.subject, who.certificate.subject, short.public_key(), 7, SPAN["start"], SPAN["end"]
    )
    issued = builder.sign(root.key, hashes.SHA256())
    weak = replace(who, key=short, certificate=issued)
    layer = looked(signed(weak), trusting(root))["signed by"]
    assert layer.status == "fails"
    assert "the RSA key of Harbour Mutual has 1024 bits" in layer.words


def test_a_certificate_that_was_signed_with_sha_1_is_refused(tmp_path: Path) -> None:
    root, who = holder("Root", kind="rsa", ca=True, **SPAN), holder("Harbour Mutual", kind="rsa", **SPAN)
    (tmp_path / "root.key").write_bytes(root.pem)
    (tmp_path / "root.pem").write_bytes(root.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "who.pub").write_bytes(who.public)
    command = ["openssl", "x509", "-new", "-force_pubkey", "who.pub", "-subj", "/CN=Harbour Mutual", "-sha1", "-days",
        "3000", "-CA", "root.pem", "-CAkey", "root.key", "-set_serial", "9", "-out", "who.pem"]  # fmt: skip
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    issued = x509.load_pem_x509_certificate((tmp_path / "who.pem").read_bytes())
    when = issued.not_valid_before_utc + timedelta(minutes=1)
    layer = looked(signed(replace(who, certificate=issued), when=when), trusting(root))["signed by"]
    assert layer.status == "fails"
    assert "the certificate of Harbour Mutual was signed with SHA-1" in layer.words


@pytest.mark.parametrize(("md", "name"), [("sha1", "SHA-1"), ("md5", "MD5")])
def test_a_signature_over_a_weak_digest_is_refused(root: Holder, md: str, name: str) -> None:
    who = holder("Harbour Mutual", root, kind="rsa", **SPAN)
    writer = pades._writer(PDF, bytes(16))  # noqa: SLF001
    whole = by_hand(writer, who, md=md)
    [layer] = looked(whole, trusting(root)).values()
    assert layer.status == "fails"
    assert name in layer.words


def test_words_of_an_agent_that_look_like_a_signature_are_none() -> None:
    title = "&lt;/ByteRange [0 10 20 30] /Contents &lt;00&gt; startxref 7 %%EOF"
    pdf = weasyprint.HTML(string=f"<html lang=en><title>{title}</title><h1>A").write_pdf(uncompressed_pdf=True)
    assert b"/ByteRange" in pdf
    assert signature.before_signatures(pdf) == pdf
    assert looked(pdf)["signature"].status in ("not checked", "fails")


def test_what_a_subject_says_cannot_reach_the_terminal(root: Holder) -> None:
    who = holder("Harbour\x1b[2J\u202emutual", root, **SPAN)
    words = looked(signed(who), trusting(root))["signed by"].words
    assert shown(words, 1000) == words


# Hostile PDFs


def holding(pdf: bytes, signature_: bytes) -> bytes:
    """A PDF with whatever in the place of its signature."""
    made = pades.update(PDF, WHEN, max(len(signature_), 100_000), pades.writer_name())
    assert pdf.startswith(PDF)
    return made.holding(signature_)


def test_a_signature_that_is_no_signature_is_refused_within_bounds(good: bytes) -> None:
    deep = b""
    for _ in range(20_000):
        deep = b"\x30" + der_length(len(deep)) + deep
    rubbish = {"nothing": b"", "cut off": b"\x30\x84\xff\xff\xff\xff", "deep": deep[-100_000:], "zeros": bytes(99)}
    for name, content in rubbish.items():
        [layer] = looked(holding(good, content)).values()
        assert layer.status == "fails", name
    [layer] = looked(holding(good, bytes(3_000_000))).values()
    assert (layer.status, "larger than any signature" in layer.words) == ("fails", True)


def der_length(size: int) -> bytes:
    text = size.to_bytes(max(1, (size.bit_length() + 7) // 8), "big")
    return bytes([size]) if size < 128 else bytes([0x80 | len(text)]) + text


@pytest.mark.parametrize("ends", [b"[0 -5 10 20]", b"[0 99999999999 9 9]", b"[0 0 0 0]", b"[/A]", b"[0 1 2 3 4]", b"7"])
def test_a_signature_that_is_about_no_part_of_the_file_is_refused(good: bytes, ends: bytes) -> None:
    start = good.index(b"/ByteRange ", len(PDF)) + len(b"/ByteRange ")
    end = good.index(b"]", start) + 1
    [layer] = looked(good[:start] + ends.ljust(end - start) + good[end:]).values()
    assert layer.status == "fails"


def test_many_certificates_are_refused(who: Holder) -> None:
    others = [holder(f"Other {number}", **SPAN) for number in range(12)]
    [layer] = looked(signed(who, *others)).values()
    assert (layer.status, "more than 10 certificates" in layer.words) == ("fails", True)


def test_without_the_extra_nothing_is_concluded_of_a_signature(good: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(good)
    code = (
        "import sys; sys.modules['pyhanko'] = None\n"
        "from datetime import datetime; from pathlib import Path\n"
        "from reporter.verification import signature; from reporter.verification.trust import Trust\n"
        "for each in signature.layers(Path('a.pdf').read_bytes(), Trust(), datetime.now()): print(each)"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    assert "status='unknown'" in done.stdout
    assert "Install datarisk with the extra sign" in done.stdout


@settings(max_examples=60)
@given(st.data())
def test_whatever_is_done_to_a_signed_pdf_no_error_comes_out_and_it_never_holds(data: st.DataObject) -> None:
    good = _GOOD.setdefault("pdf", signed(holder("Harbour Mutual", **SPAN)))
    start, end = sorted(data.draw(st.lists(st.integers(len(PDF), len(good)), min_size=2, max_size=2)))
    other = data.draw(st.binary(max_size=40) | st.just(good[len(PDF) : len(PDF) + 900]))
    changed = good[:start] + other + good[end:]
    if changed != good:
        assert {each.status for each in looked(changed).values()} & {"fails", "unknown"} or b"/ByteRange" not in changed


_GOOD: dict[str, bytes] = {}
