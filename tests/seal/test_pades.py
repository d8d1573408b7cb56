"""A signature on a PDF: others accept it, it comes after what was rendered, and it is the same each time."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import subprocess
import sys
import threading
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pdfua
import pikepdf
import pytest
import stamping
import weasyprint
from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1
from certificates import Holder, holder
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from reporter.errors import RenderError, UsageError
from reporter.seal import pades
from reporter.seal.keys import SealKey
from reporter.seal.timestamp import asked

ROOT = Path(__file__).resolve().parent.parent.parent
WHEN = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SPAN: dict[str, Any] = {"start": datetime(2026, 1, 1, tzinfo=UTC), "end": datetime(2028, 1, 1, tzinfo=UTC)}
SAMPLE = (ROOT / "reports/sample/report.pdf").read_bytes()
PAGE = "<html lang=en><title>A report</title><body><h1>A report</h1><p>of two pages<p style='break-before: page'>two"


def rendered(variant: str | None, *attached: str) -> bytes:
    date = datetime(2026, 11, 23, tzinfo=UTC)
    some = [
        weasyprint.Attachment(
            string=text, name=f"{text}.json", description=text, created=date, modified=date, relationship="Source"
        )
        for text in attached
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves the profile of colours open
        html = weasyprint.HTML(string=PAGE)
        return html.write_pdf(pdf_variant=variant, attachments=some or None)  # type: ignore[no-any-return]


PDFS = {
    "archive": lambda: rendered("pdf/a-3a", "evidence-manifest", "report", "snapshot"),
    "accessible": lambda: rendered("pdf/ua-1"),
    "plain": lambda: rendered(None),
    "sample": lambda: SAMPLE,
}


def seal_key(of: Holder, *above: x509.Certificate, url: str | None = None) -> SealKey:
    key = load_pem_private_key(of.pem, None)
    return SealKey(key, (of.certificate, *above), url)


@pytest.fixture(scope="module")
def people() -> dict[str, Holder]:
    return {kind: holder("Harbour Mutual, Data Protection", kind=kind, **SPAN) for kind in ("ed25519", "p256", "rsa")}


def embedded(pdf: bytes) -> Any:
    [one] = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    return one


def trusting(*those: Holder, moment: datetime | None = None) -> ValidationContext:
    roots = [asn1.Certificate.load(each.certificate.public_bytes(Encoding.DER)) for each in those]
    return ValidationContext(trust_roots=roots, moment=moment)


def parts(pdf: bytes) -> tuple[bytes, bytes]:
    """The signature (CMS, DER), and what it is about."""
    found = embedded(pdf)
    _, before, start, after = (int(found.byte_range[index]) for index in range(4))
    return cms.ContentInfo.load(found.pkcs7_content).dump(), pdf[:before] + pdf[start : start + after]


def openssl_accepts(folder: Path, pdf: bytes, anchor: x509.Certificate, *args: str) -> subprocess.CompletedProcess[str]:
    signature, about = parts(pdf)
    (folder / "signature.der").write_bytes(signature)
    (folder / "about").write_bytes(about)
    (folder / "anchor.pem").write_bytes(anchor.public_bytes(Encoding.PEM))
    command = [
        *("openssl", "cms", "-verify", "-inform", "DER", "-in", "signature.der", "-content", "about", "-binary"),
        *("-CAfile", "anchor.pem", "-purpose", "any", "-cades", "-attime", str(int(WHEN.timestamp())), *args),
        *("-out", os.devnull),
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def openssl_accepts_what_was_signed(folder: Path, pdf: bytes, who: Holder) -> bool:
    """Its signature over what it says of itself, and the digest that it says of all that is around it."""
    found = embedded(pdf)
    said = {each["type"].native: each["values"][0].native for each in found.signer_info["signed_attrs"]}
    assert said["message_digest"] == hashlib.new(found.md_algorithm, parts(pdf)[1]).digest()
    (folder / "said").write_bytes(found.signer_info["signed_attrs"].untag().dump())
    (folder / "value").write_bytes(found.signer_info["signature"].native)
    (folder / "public.pem").write_bytes(who.public)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-sigfile", "value", "-in", "said"]
    digest = [] if found.md_algorithm == "sha512" else ["-digest", found.md_algorithm]
    done = subprocess.run([*command, "-rawin", *digest], cwd=folder, capture_output=True, text=True, check=False)
    return "Verified Successfully" in done.stdout


@pytest.mark.parametrize("kind", ["ed25519", "p256", "rsa"])
@pytest.mark.parametrize("name", PDFS)
def test_a_signature_comes_after_the_bytes_that_were_rendered_and_others_accept_it(
    people: dict[str, Holder], tmp_path: Path, name: str, kind: str
) -> None:
    pdf, who = PDFS[name](), people[kind]
    whole = pades.signed(pdf, seal_key(who), WHEN)
    assert whole.startswith(pdf)
    found = embedded(whole)
    status = validate_pdf_signature(found, trusting(who, moment=WHEN))
    assert status.bottom_line, status.summary()
    assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    assert status.signer_reported_dt == WHEN
    assert found.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    attributes = {each["type"].native for each in found.signer_info["signed_attrs"]}
    assert "signing_certificate_v2" in attributes
    assert "signing_time" not in attributes, "ETSI EN 319 142-1, 5.3: the PDF says when"
    done = openssl_accepts(tmp_path, whole, who.certificate)
    # OpenSSL up to 3.1 gives Ed25519 a digest that it has no use for.
    assert done.returncode == 0 or (kind == "ed25519" and "invalid digest" in done.stderr), done.stderr
    assert openssl_accepts_what_was_signed(tmp_path, whole, who)
    (tmp_path / "signed.pdf").write_bytes(whole)
    checked = subprocess.run(
        ["qpdf", "--check", "signed.pdf"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_openssl_refuses_what_was_changed(people: dict[str, Holder], tmp_path: Path) -> None:
    whole = bytearray(pades.signed(PDFS["plain"](), seal_key(people["rsa"]), WHEN))
    whole[100] ^= 1
    assert openssl_accepts(tmp_path, bytes(whole), people["rsa"].certificate).returncode != 0


@pytest.mark.parametrize("name", PDFS)
def test_a_signature_changes_nothing_that_a_pdf_says_or_shows(people: dict[str, Holder], name: str) -> None:
    pdf = PDFS[name]()
    whole = pades.signed(pdf, seal_key(people["ed25519"]), WHEN)
    with pikepdf.open(io.BytesIO(pdf)) as before, pikepdf.open(io.BytesIO(whole)) as after:
        assert not after.check_pdf_syntax()
        new = {*after.Root.keys()} - {*before.Root.keys()}
        assert new == {"/AcroForm"}
        assert after.pdf_version == before.pdf_version
        for key in [*before.Root.keys()]:
            if key not in ("/Pages", "/Dests", "/Names", "/StructTreeRoot", "/Outlines", "/OpenAction"):
                assert before.Root[key].unparse(resolved=True) == after.Root[key].unparse(resolved=True), key
        assert before.trailer.Info.unparse(resolved=True) == after.trailer.Info.unparse(resolved=True)
        assert {name: each.get_file().read_bytes() for name, each in before.attachments.items()} == {
            name: each.get_file().read_bytes() for name, each in after.attachments.items()
        }
        first, second = after.trailer.ID
        assert first == before.trailer.get("/ID", [second])[0]  # ISO 32000-1, 14.4: it tells versions of one file apart
        assert "/ID" not in before.trailer or second != before.trailer.ID[1]
        assert len(before.pages) == len(after.pages)
        for old, page in zip(before.pages, after.pages, strict=True):
            assert old.Contents.read_bytes() == page.Contents.read_bytes()
            assert {*page.obj.keys()} - {*old.obj.keys()} <= {"/Annots"}
        objects = {(each.objgen): each.unparse() for each in before.objects}
        more = [each for each in after.objects if each.objgen not in objects and "/Type" in each]
        assert {str(each.Type) for each in more} <= {"/Annot", "/Sig", "/XRef"}


def test_the_field_of_a_signature_is_what_pdf_a_and_pdf_ua_allow(people: dict[str, Holder]) -> None:
    whole = pades.signed(PDFS["archive"](), seal_key(people["ed25519"]), WHEN)
    with pikepdf.open(io.BytesIO(whole)) as pdf:
        form = pdf.Root.AcroForm
        [field] = form.Fields
        assert "/NeedAppearances" not in form  # ISO 19005-3, 6.4.1
        assert "/XFA" not in form  # 6.4.2
        assert not {"/A", "/AA"} & {*field.keys()}  # 6.4.1
        print_, others = 4, 1 | 2 | 32 | 256
        assert int(field.F) & print_  # 6.3.2
        assert not int(field.F) & others
        left, bottom, right, top = (float(each) for each in field.Rect)
        assert (left, bottom) == (right, top), "6.3.3: what has no size needs no appearance"
        box = [float(each) for each in pdf.pages[0].MediaBox]
        assert right < box[0], "ISO 14289-1, 7.18.1: what is off the page need not be in the structure"
        assert top < box[1]
        assert pdf.pages[0].obj.Tabs == "/S"  # 7.18.3
        assert field.T == pades.FIELD
        assert field.TU == pades.FIELD  # 7.18.1


def test_a_report_that_is_accessible_still_is_when_it_is_signed(people: dict[str, Holder], tmp_path: Path) -> None:
    file = tmp_path / "signed.pdf"
    file.write_bytes(pades.signed(SAMPLE, seal_key(people["ed25519"]), WHEN))
    assert [finding.rule_id for finding in pdfua.validate(str(file)).findings] == []


@pytest.mark.parametrize("kind", ["ed25519", "p256", "rsa"])
def test_the_same_key_pdf_and_time_give_the_same_bytes(people: dict[str, Holder], tmp_path: Path, kind: str) -> None:
    """In other processes, time zones, languages and orders of sets, and later."""
    who = people[kind]
    (tmp_path / "a.pdf").write_bytes(PDFS["archive"]())
    (tmp_path / "key.pem").write_bytes(who.pem)
    root = holder("Another", kind=kind)
    (tmp_path / "chain.pem").write_bytes(who.certificate.public_bytes(Encoding.PEM) + root.chain)
    code = (
        "import sys; from datetime import datetime; from pathlib import Path\n"
        "from reporter.seal import keys, pades\n"
        "key = keys.load(Path('key.pem'), Path('chain.pem'))\n"
        f"whole = pades.signed(Path('a.pdf').read_bytes(), key, datetime.fromisoformat({WHEN.isoformat()!r}))\n"
        "Path(sys.argv[1]).write_bytes(whole)"
    )
    made = []
    for seed, zone in (("1", "UTC"), ("2", "Asia/Kathmandu")):
        env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed, "TZ": zone}
        subprocess.run([sys.executable, "-c", code, seed], cwd=tmp_path, env=env, check=True)
        made.append((tmp_path / seed).read_bytes())
    assert made[0] == made[1]


def test_the_certificates_that_lead_to_the_issuer_come_with_it(tmp_path: Path) -> None:
    root = holder("Root", ca=True, **SPAN)
    middle = holder("Middle", root, kind="p256", ca=True, **SPAN)
    who = holder("Harbour Mutual", middle, kind="rsa", **SPAN)
    whole = pades.signed(PDFS["plain"](), seal_key(who, middle.certificate), WHEN)
    done = openssl_accepts(tmp_path, whole, root.certificate)
    assert done.returncode == 0, done.stderr
    assert validate_pdf_signature(embedded(whole), trusting(root, moment=WHEN)).bottom_line


def test_what_cannot_be_signed_says_why_and_what_to_do(people: dict[str, Holder]) -> None:
    bare = SealKey(load_pem_private_key(people["ed25519"].pem, None))
    with pytest.raises(UsageError, match=r"the key has no certificate.*datarisk keys new"):
        pades.signed(SAMPLE, bare, WHEN)
    for when in (datetime(2025, 12, 31, tzinfo=UTC), datetime(2028, 1, 2, tzinfo=UTC)):
        with pytest.raises(UsageError, match=r"holds from 2026-01-01 to 2028-01-01, and the report is of 20"):
            pades.signed(SAMPLE, seal_key(people["ed25519"]), when)
    with pytest.raises(RenderError, match="cannot be signed"):
        pades.signed(b"no PDF", seal_key(people["ed25519"]), WHEN)


def test_without_its_extra_it_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['pyhanko'] = None\n"
        "from datetime import datetime\n"
        "from reporter.seal import keys, pades\nfrom reporter.errors import MissingPart\n"
        "try:\n    pades.signed(b'', keys.SealKey(None), datetime.now())\n"
        "except MissingPart as missing:\n    print(missing, missing.exit_status)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "Install datarisk with the extra sign" in done.stdout
    assert done.stdout.endswith(" 2\n")


# Time-stamps


@pytest.fixture(scope="module")
def clock() -> Holder:
    return stamping.authority()


def test_a_time_stamp_says_when_and_others_accept_it(people: dict[str, Holder], clock: Holder, tmp_path: Path) -> None:
    who = people["rsa"]
    with stamping.serving(stamping.openssl(clock, tmp_path)) as url:
        whole = pades.signed(PDFS["archive"](), seal_key(who, url=url), WHEN)
    assert clock.issuer
    found = embedded(whole)
    status = validate_pdf_signature(found, trusting(who, clock.issuer))
    assert status.bottom_line, status.summary()
    assert status.timestamp_validity
    assert status.timestamp_validity.trusted
    assert openssl_accepts(tmp_path, whole, who.certificate).returncode == 0
    (attribute,) = found.signer_info["unsigned_attrs"]
    assert attribute["type"].native == "signature_time_stamp_token"
    (tmp_path / "token").write_bytes(attribute["values"][0].dump())
    (tmp_path / "stamped").write_bytes(found.signer_info["signature"].native)
    command = ["openssl", "ts", "-verify", "-token_in", "-in", "token", "-data", "stamped", "-CAfile", "tsa-root.pem"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Verification: OK" in done.stdout + done.stderr


@pytest.mark.parametrize("wrong", ["imprint", "nonce", "signature", "purpose", "refused", "rubbish", "nothing", "long"])
def test_an_answer_that_is_no_time_stamp_of_this_is_refused(
    clock: Holder, people: dict[str, Holder], wrong: str
) -> None:
    good = stamping.at(clock, WHEN)

    def answer(request: bytes) -> bytes:
        asked_for = tsp.TimeStampReq.load(request)
        if wrong == "imprint":
            asked_for["message_imprint"]["hashed_message"] = bytes(64)
            return good(asked_for.dump(force=True))
        if wrong == "nonce":
            asked_for["nonce"] = 7
            return good(asked_for.dump(force=True))
        if wrong == "signature":
            given = bytearray(good(request))
            given[-1] ^= 1
            return bytes(given)
        if wrong == "purpose":
            return stamping.at(stamping.authority(purpose=ExtendedKeyUsageOID.CODE_SIGNING), WHEN)(request)
        if wrong == "refused":
            words = bytes(core.UTF8String("too \x1b[31mbusy").dump())
            body = b"\x02\x01\x02\x30" + bytes([len(words)]) + words
            return b"\x30" + bytes([len(body) + 2]) + b"\x30" + bytes([len(body)]) + body
        return {"rubbish": b"<html>no</html>", "nothing": b"", "long": bytes(200_000)}[wrong]

    words = {
        "imprint": "it stamped something else", "nonce": "its answer is to another question",
        "signature": "its signature does not hold", "purpose": "not one for time-stamps",
        "refused": r"it refuses: too \\x1b|it refuses: too \\u001b", "long": "more than 100 kB",
    }.get(wrong, "no time-stamp")  # fmt: skip
    with stamping.serving(answer) as url, pytest.raises(RenderError, match=words) as raised:
        pades.signed(PDFS["plain"](), seal_key(people["ed25519"], url=url), WHEN)
    assert "the time-stamp server at 127.0.0.1: cannot be signed with a time-stamp" in str(raised.value)
    assert "\x1b" not in str(raised.value)
    assert raised.value.exit_status == 4


@pytest.mark.parametrize("status", [500, 302, 404])
def test_a_server_that_answers_with_no_time_stamp_is_named(people: dict[str, Holder], status: int) -> None:
    with stamping.serving(lambda _: b"", status) as url, pytest.raises(RenderError, match=f"HTTP {status}"):
        pades.signed(PDFS["plain"](), seal_key(people["ed25519"], url=url), WHEN)


def test_a_server_that_is_down_is_named(people: dict[str, Holder]) -> None:
    with stamping.serving(lambda _: b"") as url:
        pass
    with pytest.raises(RenderError, match="it cannot be reached"):
        pades.signed(PDFS["plain"](), seal_key(people["ed25519"], url=url), WHEN)


def test_a_server_that_never_ends_is_not_waited_for() -> None:
    over = threading.Event()

    def answer(_: bytes) -> bytes:
        over.wait(60)
        return b""

    with stamping.serving(answer) as url:
        try:
            with pytest.raises(RenderError, match=r"no whole answer within 0\.2 s"):
                asyncio.run(asked(url, seconds=0.2).async_timestamp(bytes(32), "sha256"))
        finally:
            over.set()


@pytest.mark.parametrize("url", ["ftp://host/", "host", "http://", "http://[", "http://h\n", "file:///etc/passwd"])
def test_what_is_no_address_of_a_server_is_a_mistake_of_the_call(people: dict[str, Holder], url: str) -> None:
    with pytest.raises(UsageError, match="no address of http"):
        pades.signed(SAMPLE, seal_key(people["ed25519"], url=url), WHEN)
