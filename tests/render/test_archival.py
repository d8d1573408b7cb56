"""A PDF that is to be kept is PDF/A-3 and PDF/UA-1 at once, by a checker that others wrote and clause by clause.

The clauses are those of ISO 19005-3; docs/pdf.md says what nobody has checked.
"""

from __future__ import annotations

import io
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any
from xml.etree import ElementTree as ET

import pikepdf
import pikepdf.pdfa
import pytest
from certificates import holder
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hard_cases import case
from made_pdf import AT, carrying
from pages import several
from PIL import Image

from reporter.render.document import PLAIN, Attachment, Profile
from reporter.render.pdf import pdf, quick, tagged
from reporter.seal import pades
from reporter.seal.keys import SealKey

FILES = (
    Attachment("evidence-manifest.json", "What they are", "Supplement", b"{}\n", AT),
    Attachment("report.json", "Für Programme", "Alternative", b'{"a":1}\n', AT),
    Attachment("snapshot.json", "All", "Data", b"[]\n", AT),
)
CASES = ("several", "several versions", "waivers")
XMP = {
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "pdfuaid": "http://www.aiim.org/pdfua/ns/id/",
    "ext": "http://www.aiim.org/pdfa/ns/extension/",
    "schema": "http://www.aiim.org/pdfa/ns/schema#",
    "property": "http://www.aiim.org/pdfa/ns/property#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}
#: ISO 32000-1, 14.8.4.
STANDARD = {
    "Document", "Part", "Art", "Sect", "Div", "BlockQuote", "Caption", "TOC", "TOCI", "Index", "NonStruct", "Private",
    "P", "H", "H1", "H2", "H3", "H4", "H5", "H6", "L", "LI", "Lbl", "LBody", "Table", "TR", "TH", "TD", "THead",
    "TBody", "TFoot", "Span", "Quote", "Note", "Reference", "BibEntry", "Code", "Link", "Annot", "Figure", "Formula",
    "Form",
}  # fmt: skip


@cache
def made(name: str, profile: Profile = "archive") -> bytes:
    report = several() if name == "several" else case(name)
    return pdf.render(report, replace(PLAIN, pdf_profile=profile), FILES if profile == "archive" else ()).data


@cache
def opened(name: str) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(made(name)))


def metadata(data: bytes) -> ET.Element:
    with pikepdf.open(io.BytesIO(data)) as document:
        return ET.fromstring(document.Root.Metadata.read_bytes())


def claims(data: bytes) -> dict[str, str]:
    """What the metadata claim, as attributes."""
    names = {f"{{{XMP[of]}}}{what}": f"{of}:{what}" for of in ("pdfaid", "pdfuaid") for what in ("part", "conformance")}
    return {
        names[name]: value for each in metadata(data).iter() for name, value in each.attrib.items() if name in names
    }


def of_level_b(data: bytes, mended: Callable[[pikepdf.Pdf], None] = lambda _: None) -> io.BytesIO:
    """The same file, that claims no more than the checker knows."""
    with pikepdf.open(io.BytesIO(data)) as document:
        mended(document)
        xmp = document.Root.Metadata.read_bytes()
        start = xmp.index(b'<rdf:Description rdf:about="" xmlns:pdfuaid')
        xmp = xmp[:start] + xmp[xmp.index(b"</rdf:RDF>") :]
        document.Root.Metadata.write(re.sub(rb'(pdfaid:conformance)="A"', rb'\1="B"', xmp))
        out = io.BytesIO()
        document.save(out)
    return out


@pytest.mark.parametrize("name", CASES)
def test_a_checker_that_refuses_what_it_does_not_know_approves_of_it_as_pdf_a_3(name: str) -> None:
    found = pikepdf.pdfa.validate_written(of_level_b(made(name)), "3b")
    assert (found.verdict, [str(each) for each in found.findings]) == ("pass", [])


def test_of_the_file_itself_that_checker_says_no_more_than_that_it_does_not_know_the_claims() -> None:
    found = pikepdf.pdfa.validate_written(io.BytesIO(made("several")), "3b")
    rest = [str(each) for each in found.findings if "MetadataStream" not in str(each)]
    assert found.findings
    assert rest == []


def test_that_checker_would_have_found_a_mistake() -> None:
    plain = of_level_b(made("several")).getvalue()
    with pikepdf.open(io.BytesIO(plain)) as document:
        del document.Root.OutputIntents
        out = io.BytesIO()
        document.save(out)
    assert pikepdf.pdfa.validate_written(out, "3b").verdict == "fail"


def drawn(mode: str, format_: str) -> str:
    out = io.BytesIO()
    Image.new(mode, (40, 20)).save(out, format_)
    return f"data:image/{format_.lower()};base64,{b64encode(out.getvalue()).decode()}"


@pytest.mark.parametrize(
    ("mode", "format_"),
    [("RGBA", "PNG"), ("LA", "PNG"), ("P", "PNG"), ("1", "PNG"), ("RGB", "JPEG"), ("L", "JPEG"), ("CMYK", "JPEG")],
)
def test_it_stays_that_with_a_logo_of_any_kind(mode: str, format_: str) -> None:  # 6.2.4.3, 6.2.8
    report = case("everything known")
    with_logo = replace(report, controller=replace(report.controller, logo=drawn(mode, format_)))
    found = pikepdf.pdfa.validate_written(of_level_b(pdf.render(with_logo, attached=FILES).data), "3b")
    assert (found.verdict, [str(each) for each in found.findings]) == ("pass", [])


def test_it_stays_that_when_it_is_signed() -> None:  # 6.3, 6.4
    who = holder("Harbour Mutual", start=AT, end=AT.replace(year=2027))
    key = SealKey(load_pem_private_key(who.pem, None), (who.certificate,))
    sealed = pades.signed(made("waivers"), key, AT)
    assert claims(sealed) == claims(made("waivers"))

    # The checker knows no forms: the one field is looked at here, and all else by it.
    def without_field(document: pikepdf.Pdf) -> None:
        [field] = document.Root.AcroForm.Fields
        assert {"/AA", "/A"}.isdisjoint(field.keys())
        assert int(field.F) & 4  # printed, as 6.3.2 has it
        assert field.Rect[0] == field.Rect[2]  # without extent it needs no appearance (6.3.3)
        del document.Root.AcroForm
        document.pages[0].Annots = [each for each in document.pages[0].Annots if each.Subtype != "/Widget"]

    found = pikepdf.pdfa.validate_written(of_level_b(sealed, without_field), "3b")
    assert (found.verdict, [str(each) for each in found.findings]) == ("pass", [])


def test_it_says_that_it_is_pdf_a_3_of_level_a_and_pdf_ua_1() -> None:  # 6.6.4; ISO 14289-1, 5
    assert claims(made("several")) == {"pdfaid:part": "3", "pdfaid:conformance": "A", "pdfuaid:part": "1"}
    assert claims(made("several", "accessible")) == {"pdfuaid:part": "1"}
    assert b"pdfaid" not in made("several", "plain")


def test_the_metadata_describe_what_claims_the_second_standard() -> None:  # 6.6.2.3.3
    [schema] = metadata(made("several")).findall(".//ext:schemas/rdf:Bag/rdf:li", XMP)
    told = {name: schema.findtext(f"schema:{name}", namespaces=XMP) for name in ("schema", "namespaceURI", "prefix")}
    assert told == {"schema": told["schema"], "namespaceURI": XMP["pdfuaid"], "prefix": "pdfuaid"}
    [each] = schema.findall("schema:property/rdf:Seq/rdf:li", XMP)
    parts = ("name", "valueType", "category", "description")
    found = {part: each.findtext(f"property:{part}", namespaces=XMP) for part in parts}
    assert (found["name"], found["valueType"], found["category"]) == ("part", "Integer", "internal")
    assert told["schema"]
    assert found["description"]


@pytest.mark.parametrize("name", CASES)
def test_all_that_is_drawn_is_told_as_characters_and_none_of_them_is_for_private_use(name: str) -> None:  # 6.2.11.7
    fonts = [
        each
        for each in opened(name).objects
        if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/Font" and "/DescendantFonts" in each
    ]
    assert fonts
    for font in fonts:
        pairs = re.findall(rb"<([0-9a-f]{4})> <([0-9a-f]*)>", font.ToUnicode.read_bytes())
        assert pairs
        for _, told in pairs:
            text = bytes.fromhex(told.decode()).decode("utf-16-be")
            assert text
            assert not re.search("[\0\ufeff\ufffe\ue000-\uf8ff\U000f0000-\U0010ffff]", text)


@pytest.mark.parametrize("name", CASES)
def test_it_is_tagged_by_standard_types_in_a_language_that_is_told(name: str) -> None:  # 6.7.2 to 6.7.4
    root = opened(name).Root
    assert root.MarkInfo.Marked
    assert root.Lang == "en"
    used = {str(each.S)[1:] for each in elements(root.StructTreeRoot)}
    roles = {str(key)[1:]: str(value)[1:] for key, value in root.StructTreeRoot.get("/RoleMap", {}).items()}
    assert used
    assert {roles.get(each, each) for each in used} <= STANDARD


def elements(node: Any) -> Iterator[Any]:
    kids = node.get("/K", [])
    for each in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(each, pikepdf.Dictionary) and "/S" in each:
            yield each
            yield from elements(each)


def test_it_has_an_identifier_and_is_not_encrypted() -> None:  # 6.1.3
    assert len(opened("several").trailer.ID) == 2
    assert not opened("several").is_encrypted


def test_each_file_says_what_it_is_to_the_document_with_names_type_and_date() -> None:  # 6.8
    root = opened("several").Root
    associated = {str(each.UF): each for each in root.AF}
    assert len(root.AF) == len(associated) == len(FILES)
    for each in FILES:
        told = associated[each.name]
        assert (str(told.F), str(told.UF), str(told.Desc)) == (each.name, each.name, each.description)
        assert str(told.AFRelationship) == f"/{each.relationship}"
        assert str(told.EF.F.Subtype) == "/application/json"
        assert str(told.EF.F.Params.ModDate) == str(told.EF.F.Params.CreationDate) == "D:20261123180000Z"
        assert told.EF.F.read_bytes() == each.data


@pytest.mark.parametrize("profile", ["archive", "accessible"])
def test_a_file_with_a_character_that_no_font_has_claims_nothing_and_the_user_is_told(profile: Profile) -> None:
    page = "<html lang=en><head><title>A</title></head><body><p>{}</p></body></html>"
    whole, less = (carrying(("a.json", b"{}"), body=page.format(text), profile=profile) for text in ("a", "\U00010ffd"))
    assert claims(whole)
    assert claims(less) == {}
    theme = replace(PLAIN, pdf_profile=profile)
    assert pdf.says_less(whole, theme) is None
    assert "no font of this machine" in str(pdf.says_less(less, theme))


def test_level_a_is_not_claimed_where_heads_are_signs(monkeypatch: pytest.MonkeyPatch) -> None:  # 6.2.11.7.3
    monkeypatch.setattr(quick, "TRIED", "no such version")
    monkeypatch.setattr(tagged, "TRIED", "no such version")
    monkeypatch.setattr("reporter.render.pdf.engine.SHORTCUTS_FIT", quick.fits())
    assert claims(pdf.render(case("everything known")).data)["pdfaid:conformance"] == "U"


def test_a_plain_file_is_smaller_and_has_no_tags() -> None:
    plain, whole = made("several", "plain"), made("several", "accessible")
    assert len(plain) < len(whole)
    with pikepdf.open(io.BytesIO(plain)) as document:
        assert "/StructTreeRoot" not in document.Root
        assert str(document.docinfo.Title)
