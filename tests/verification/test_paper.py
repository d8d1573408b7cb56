"""What a PDF carries, read by a program that trusts none: ours holds; what would do or hide something is refused."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from conftest import Called
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from gate_calls import OPEN, SILENT, put
from hypothesis import given
from hypothesis import strategies as st
from made_pdf import AT, carrying, objects, page, root, updated
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers

from reporter import carried, order, pipeline
from reporter.errors import UnreadableError
from reporter.plain.canonical import canonical, digest, parsed
from reporter.verification import paper

FILES = tuple((name, name.encode() * 9) for name in carried.NAMES)


@cache
def plain() -> bytes:
    return carrying(*FILES)


def refused(data: bytes, limit: int = paper.LIMIT) -> str:
    with pytest.raises(UnreadableError) as told:
        paper.read(data, "report.pdf", limit)
    assert str(told.value).startswith("report.pdf")
    return str(told.value)


def run(called: Called, folder: Path, *args: str) -> Path:
    put(folder, "a.json", OPEN | {"name": "a"})
    put(folder, "b.json", SILENT | {"name": "b"})
    status, said = called("report", "a.json", "b.json", "-f", "pdf", *args, folder=folder)
    assert status == 0, said
    return next(folder.glob("reports/*/2*"))


# --- what it carries


def test_a_pdf_carries_the_evidence_of_its_run_and_all_that_the_run_was_asked_for(
    called: Called, tmp_path: Path
) -> None:
    there = run(called, tmp_path, "-f", "json", "-f", "html")
    data = (there / "report.pdf").read_bytes()
    read = paper.read(data, "report.pdf")
    assert (read.rendered, read.updates) == (data, 0)
    found, layer = paper.evidence(read)
    assert (layer.status, layer.details) == ("holds", ())
    assert found.snapshot == (there / "evidence/snapshot.json").read_bytes()
    assert found.report == (there / "report.json").read_bytes()
    assert found.settings.data == (there / "evidence/settings.json").read_bytes()
    manifest = parsed(read.files[carried.MANIFEST])
    assert {each["name"]: each["sha256"] for each in manifest["files"]} == {
        "report.json": digest(found.report), "snapshot.json": digest(found.snapshot),
    }  # fmt: skip


@pytest.mark.parametrize("args", [(), ("--lang", "de"), ("--split", "agent", "-f", "csv")])
def test_from_the_pdf_alone_the_very_same_pdf_is_made_again(
    called: Called, tmp_path: Path, args: tuple[str, ...]
) -> None:
    data = (run(called, tmp_path, *args) / "report.pdf").read_bytes()
    found, _ = paper.evidence(paper.read(data, "report.pdf"))
    settings = found.settings
    documents, problems = pipeline.documents(
        pipeline.again(found.snapshot, settings), settings.formats, split=settings.split
    )
    assert not problems
    assert {each.name: each.data for each in documents}["report.pdf"] == data


def test_other_readers_find_the_same_files_with_what_they_are_and_when_they_were_made(
    called: Called, tmp_path: Path
) -> None:
    path = run(called, tmp_path) / "report.pdf"
    files = paper.read(path.read_bytes(), "report.pdf").files
    with pikepdf.open(path) as document:
        assert {name: each.get_file().read_bytes() for name, each in document.attachments.items()} == dict(files)
        told = {str(each.UF): each for each in document.Root.AF}
        assert len(document.Root.AF) == len(files)
        assert {name: str(each.AFRelationship) for name, each in told.items()} == {
            "evidence-manifest.json": "/Supplement", "report.json": "/Alternative", "snapshot.json": "/Data",
        }  # fmt: skip
        for each in told.values():
            assert str(each.Desc)
            assert str(each.EF.F.Subtype) == "/application/json"
            assert {str(each.EF.F.Params[key]) for key in ("/CreationDate", "/ModDate")} == {"D:20261123180000Z"}


def test_a_pdf_about_one_agent_and_one_of_another_profile_carry_nothing(called: Called, tmp_path: Path) -> None:
    there = run(called, tmp_path, "--split", "agent")
    parts = sorted(there.glob("agents/*.pdf"))
    assert len(parts) == 2
    assert not [each for each in parts if paper.read(each.read_bytes(), "a.pdf").files]
    for profile in ("accessible", "plain"):
        folder = tmp_path / profile
        folder.mkdir()
        data = (run(called, folder, "--pdf-profile", profile) / "report.pdf").read_bytes()
        read = paper.read(data, "report.pdf")
        assert not read.files
        with pytest.raises(UnreadableError, match=r"does not carry evidence-manifest\.json"):
            paper.evidence(read)


def test_a_file_that_is_not_the_one_of_the_manifest_is_named(called: Called, tmp_path: Path) -> None:
    data = (run(called, tmp_path) / "report.pdf").read_bytes()
    files = dict(paper.read(data, "report.pdf").files)
    files["report.json"] = files["report.json"].replace(b'"a"', b'"c"', 1)
    _, layer = paper.evidence(paper.read(carrying(*files.items()), "report.pdf"))
    assert layer.status == "fails"
    assert layer.details == (
        "report.pdf: report.json, which it carries, is not the one that evidence-manifest.json names",
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda value: value | {"schema": "datarisk/evidence-manifest/2"}, "a manifest of version"),
        (lambda value: value | {"more": 1}, "#/more"),
        (lambda value: value | {"files": value["files"][::-1]}, "changed: it is not written as datarisk writes it"),
        (lambda value: value | {"tool": {"name": "datarisk", "version": "9"}}, "its tool is not that of its settings"),
        (lambda value: value | {"settings": value["settings"] | {"language": 5}}, "#/settings#/language"),
        (lambda value: {key: each for key, each in value.items() if key != "files"}, "/files: it is missing"),
    ],
)
def test_a_manifest_that_was_changed_is_refused_with_what_is_wrong(
    called: Called, tmp_path: Path, change: Callable[[Any], Any], said: str
) -> None:
    data = (run(called, tmp_path) / "report.pdf").read_bytes()
    files = dict(paper.read(data, "report.pdf").files)
    files[carried.MANIFEST] = canonical(change(parsed(files[carried.MANIFEST]))) + b"\n"
    with pytest.raises(UnreadableError, match=re.escape(said)):
        paper.evidence(paper.read(carrying(*files.items()), "report.pdf"))


def test_a_manifest_in_another_spelling_is_refused(called: Called, tmp_path: Path) -> None:
    data = (run(called, tmp_path) / "report.pdf").read_bytes()
    files = dict(paper.read(data, "report.pdf").files)
    files[carried.MANIFEST] = files[carried.MANIFEST].replace(b":", b": ", 1)
    with pytest.raises(UnreadableError, match="not written as datarisk writes it"):
        paper.evidence(paper.read(carrying(*files.items()), "report.pdf"))


# --- what is refused


def in_catalogue(entry: bytes) -> bytes:
    data = plain()
    return updated(data, {root(data): objects(data)[root(data)][:-2] + entry + b">>"})


@pytest.mark.parametrize(
    "entry",
    [
        b"/OpenAction <</S /JavaScript/JS (app.alert\\(1\\))>>",
        b"/OpenAction 5 0 R",
        b"/AA <</WC <</S /JavaScript/JS (x)>>>>",
        b"/AcroForm <</XFA (x)>>",
        b"/AcroForm <</Fields [<</A <</S /Launch/F (cmd.exe)>>>>]>>",
        b"/AcroForm <</Fields [<</A <</S /SubmitForm/F (https://a.test)>>>>]>>",
        b"/AcroForm <</Fields [<</A <</S /GoToR/F (other.pdf)>>>>]>>",
        b"/Collection <<>>",
    ],
)
def test_a_script_or_an_action_is_refused_by_its_name(entry: bytes) -> None:
    said = refused(in_catalogue(entry))
    assert re.search(r"holds /(OpenAction|AA|XFA|Launch|SubmitForm|GoToR|Collection), which a report never does", said)


@pytest.mark.parametrize("entry", [b"/AcroForm <</Fields [<</#4aS (x)>>]>>", b"/AcroForm <<% (\n/JS (x)% )\n>>"])
def test_a_script_whose_name_is_hidden_is_refused_as_such(entry: bytes) -> None:
    assert re.search(
        "written so as to be overlooked|not written as datarisk writes a PDF", refused(in_catalogue(entry))
    )


def test_what_a_text_says_does_nothing_and_is_no_reason_to_refuse() -> None:
    named = carrying(
        *FILES, body="<html lang=en><title>/JS /Launch % #4a ( \\ )</title><a href='https://a.test/JS'>x</a>"
    )
    assert b"/JS" in named or b"/JS" in b"".join(objects(named).values())
    assert len(paper.read(named, "report.pdf").files) == 3


def test_an_encrypted_pdf_is_refused_as_one() -> None:
    data = plain()
    assert "holds /Encrypt" in refused(updated(data, {}, trailer=b"/Encrypt <</Filter /Standard>>"))


def test_ten_thousand_files_are_counted_and_not_unpacked() -> None:
    began = time.process_time()
    data = carrying(*((f"f{number:05}.json", b"{}") for number in range(10_000)))
    made, began = time.process_time() - began, time.process_time()
    assert "carries 10,000 files, and lists 10,000; a report carries 3" in refused(data)
    assert time.process_time() - began < made


def test_a_file_that_is_there_twice_is_refused() -> None:
    assert "carries report.json under two names, or twice" in refused(carrying(*[FILES[1]] * 2))


def test_a_file_that_claims_another_size_is_refused() -> None:
    data = carrying(("report.json", b"0" * 2_000_000))
    assert "not as large as it says: 2,000,000 bytes" in refused(data.replace(b"/Size 2000000", b"/Size 0000020"))


def test_a_stream_that_grows_beyond_the_limit_is_not_unpacked_whole() -> None:
    """In a process that may have little memory: 1 GB stands in 1 MB."""
    code = """
import resource, sys
from reporter.errors import UnreadableError
from reporter.verification import paper
data = sys.stdin.buffer.read()
resource.setrlimit(resource.RLIMIT_AS, (600 << 20, 600 << 20))
try:
    paper.read(data, "report.pdf", 100_000_000)
except UnreadableError as error:
    print(error)
"""
    packer = zlib.compressobj(9)
    bomb = b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(1000)), packer.flush()])
    data = carrying()
    head = b"<</Type /ObjStm/N 1/First 4/Filter /FlateDecode/Length %d>>\nstream\n%b\nendstream"
    data = updated(data, {900: head % (len(bomb), bomb)})
    done = subprocess.run([sys.executable, "-c", code], input=data, capture_output=True, check=True, timeout=100)
    assert b"larger than 100 MB once unpacked" in done.stdout, done.stderr[-500:]
    data = carrying(("report.json", b"0" * 3_000_000))
    assert "report.json: larger than 2 MB once unpacked" in refused(data, 2_000_000)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no PDF"),
        (b"PK\x03\x04", "no PDF"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n" + b"[" * 100_000, "not written as datarisk writes a PDF"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Length 99999999999999>>\nstream\n", "is not as long as it says"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF that datarisk did not write"),
    ],
)
def test_what_is_no_pdf_of_ours_is_refused(data: bytes, said: str) -> None:
    assert said in refused(data)


def test_a_pdf_that_another_program_wrote_anew_is_refused() -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(plain())) as document:
        document.save(out)
    assert refused(out.getvalue())


# --- what came since


def test_a_page_that_was_replaced_behind_the_report_is_refused() -> None:
    data = plain()
    text = objects(data)[page(data)]
    other = re.sub(rb"/Contents \d+ 0 R", b"/Contents 900 0 R", text)
    assert other != text
    changed = updated(data, {page(data): other, 900: b"<</Length 2>>\nstream\nq\n\nendstream"})
    assert "by more than a signature" in refused(changed)


def test_an_object_that_was_taken_away_behind_the_report_is_refused() -> None:
    data = plain()
    assert "its table of objects does not say what is there" in refused(updated(data, {}, free=[page(data)]))


def widget(rect: bytes, kind: bytes = b"/Widget/FT /Sig") -> bytes:
    return b"<</Type /Annot/Subtype %b/T (Seal)/F 132/Rect [%b]>>" % (kind, rect)


def with_annotation(data: bytes, annotation: bytes) -> bytes:
    text = objects(data)[page(data)]
    more = re.sub(rb"/Annots \[", b"/Annots [901 0 R ", text) if b"/Annots [" not in text else None
    listed = more or re.sub(rb"/Annots \[([^\]]*)\]", rb"/Annots [\1 901 0 R]", text)
    assert listed != text
    return updated(data, {page(data): listed, 901: annotation})


def test_a_place_for_a_signature_that_nobody_sees_is_taken_and_one_that_covers_the_page_is_refused() -> None:
    data = plain()
    read = paper.read(with_annotation(data, widget(b"0 0 0 0")), "report.pdf")
    assert (read.rendered, read.updates, len(read.files)) == (data, 1, 3)
    for annotation in (
        widget(b"0 0 500 500"),
        widget(b"0 0 0 0", b"/Stamp"),
        widget(b"0 0 500 500", b"/Widget/FT /Tx"),
    ):
        assert "by more than a signature" in refused(with_annotation(data, annotation))


def test_a_signature_s_place_that_is_moved_over_the_page_later_is_refused() -> None:
    signed = with_annotation(plain(), widget(b"0 0 0 0"))
    assert "by more than a signature" in refused(updated(signed, {901: widget(b"0 0 500 500")}))


def test_files_that_were_put_behind_the_report_are_refused() -> None:
    data = plain()
    number = next(number for number, text in objects(data).items() if b"/Filespec" in text and b"report.json" in text)
    other = re.sub(rb"/EF <<.*?>>", b"/EF <</F 900 0 R>>", objects(data)[number])
    stream = b"<</Type /EmbeddedFile/Filter /FlateDecode/Params <</Size 1>>/Length %d>>\nstream\n%b\nendstream"
    packed = zlib.compress(b"0")
    assert other != objects(data)[number]
    assert refused(updated(data, {number: other, 900: stream % (len(packed), packed)}))


def test_something_behind_the_end_or_before_the_beginning_is_refused() -> None:
    for data in (plain() + b" ", plain() + b"%", plain() + plain(), b"\n" + plain(), plain()[:-7], plain()[:-1] + b"x"):
        assert refused(data)


@given(place=st.integers(0, 10**9), bit=st.integers(0, 7), cut=st.booleans())
def test_whatever_byte_is_flipped_or_cut_off_it_is_read_or_refused(place: int, bit: int, cut: bool) -> None:
    data = bytearray(plain())
    place %= len(data)
    data[place] ^= 1 << bit
    changed = bytes(data[:place]) if cut else bytes(data)
    try:
        read = paper.read(changed, "report.pdf")
    except UnreadableError:
        return
    assert not cut
    assert read.rendered == changed  # held against what the evidence renders to, it is found


def test_qpdf_finds_no_mistake_in_what_we_write(called: Called, tmp_path: Path) -> None:
    path = run(called, tmp_path) / "report.pdf"
    done = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# --- signatures that others make


def signed(data: bytes, folder: Path, field: str = "Seal", box: tuple[int, int, int, int] | None = None) -> bytes:
    """Signed by pyHanko, with a key that is made for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Auditor")])
    usage = {
        each: each in ("digital_signature", "content_commitment")
        for each in (
            "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
            "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
        )
    }  # fmt: skip
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 7, AT, AT.replace(year=2036))
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, plain_ = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain_))
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    signer = signers.SimpleSigner.load(str(folder / "key.pem"), str(folder / "certificate.pem"))  # type: ignore[no-untyped-call]
    told = signers.PdfSignatureMetadata(field_name=field, subfilter=fields.SigSeedSubFilter.PADES)
    place = fields.SigFieldSpec(field, box=box) if box else None
    out = io.BytesIO()
    signers.PdfSigner(told, signer, new_field_spec=place).sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(data)), output=out
    )
    return out.getvalue()


def test_of_a_signed_pdf_the_bytes_before_the_signature_are_those_that_were_rendered(
    called: Called, tmp_path: Path
) -> None:
    data = (run(called, tmp_path) / "report.pdf").read_bytes()
    once = signed(data, tmp_path)
    twice = signed(once, tmp_path, "Second")
    for updates, whole in ((1, once), (2, twice)):
        read = paper.read(whole, "report.pdf")
        assert (read.updates, read.rendered == data) == (updates, True)
        assert paper.evidence(read)[1].status == "holds"


def test_a_signature_that_is_drawn_over_a_page_is_refused(tmp_path: Path) -> None:
    assert "by more than a signature" in refused(signed(plain(), tmp_path, box=(0, 0, 500, 500)))


def test_something_that_comes_behind_a_signature_is_refused(tmp_path: Path) -> None:
    data = signed(plain(), tmp_path)
    text = objects(plain())[page(plain())]
    number = page(plain())
    assert "by more than a signature" in refused(updated(data, {number: text.replace(b"/MediaBox", b"/Media")}))


def test_a_pdf_that_other_libraries_made_is_not_said_to_be_changed_but_to_be_made_by_others(
    called: Called, tmp_path: Path
) -> None:
    data = (run(called, tmp_path) / "report.pdf").read_bytes()
    kept = paper.evidence(paper.read(data, "report.pdf"))[0].settings
    assert {*kept.tool.libraries} == {"harfbuzz", "pango", "pydyf", "zlib"}
    assert order.told_apart(kept) is None
    other = replace(kept.tool, libraries=kept.tool.libraries | {"pango": "9.9.9"})
    assert "pango 9.9.9" in str(order.told_apart(replace(kept, tool=other)))


def test_the_libraries_that_the_bytes_of_other_formats_depend_on_are_kept() -> None:
    assert {*order.tool(("html", "json"), "en").libraries} == set()
    assert {*order.tool(("xlsx", "cyclonedx"), "de").libraries} == {"babel", "cyclonedx-python-lib", "xlsxwriter"}
