"""What makes a PDF fit to be kept: it says that it is PDF/A-3 and PDF/UA-1 at once, and carries files.

Both can be had: PDF/A-3a (ISO 19005-3) asks for a tagged file, and nothing that PDF/UA-1 (ISO 14289-1) asks for besides
is forbidden in it. What claims the second is not known to the first, so the metadata describe it (6.6.2.3).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, Final

import weasyprint
from weasyprint.css import ColorProfile

from reporter.render.document import Attachment, Profile

_UA: Final = (
    b'<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1" />'
    b'<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"'
    b' xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"'
    b' xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">'
    b'<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">'
    b"<pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>"
    b"<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>"
    b"<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>"
    b'<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">'
    b"<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>"
    b"<pdfaProperty:category>internal</pdfaProperty:category>"
    b"<pdfaProperty:description>The part of ISO 14289 that the file says it follows</pdfaProperty:description>"
    b"</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"
)
_END: Final = b"</rdf:RDF>"
_CLAIMED: Final = re.compile(rb' pdf(?:a|ua)id:(?:part|conformance)="[^"]*"')


def options(document: Any, profile: Profile, attached: Sequence[Attachment], *, words: bool) -> Mapping[str, Any]:
    """What the engine is asked for.

    Args:
        document: The finished pages; those of a file to be kept are told what colours they have.
        profile: What the file is to be.
        attached: What it carries.
        words: Whether all that is drawn is told as words: level A wants it (6.2.11.7.3), level U does without.
    """
    if profile == "plain":
        return {}
    if profile == "accessible":
        return {"pdf_variant": "pdf/ua-1"}
    document.color_profiles = {"srgb": _colours()} | document.color_profiles
    return {
        "pdf_variant": "pdf/a-3a" if words else "pdf/a-3u",
        "pdf_tags": True,
        "output_intent": "given",
        "attachments": [_handed(each) for each in attached],
    }


def _colours() -> ColorProfile:
    """What red, green and blue are (6.2.3): the engine's own, which it would leave open."""
    with (files("weasyprint.pdf") / "sRGB2014.icc").open("rb") as file:
        return ColorProfile(file, "sRGB2014.icc", "relative-colorimetric", (["r"], ["g"], ["b"]))


def _handed(each: Attachment) -> Any:
    return weasyprint.Attachment(
        string=each.data,
        name=each.name,
        description=each.description,
        relationship=each.relationship,
        created=each.at,
        modified=each.at,
    )


def finished(profile: Profile, document: Any, pdf: Any) -> None:
    """Lets a file say what it is, and name what it carries once; the engine names it twice.

    Where a character stands in no font of this machine, a box is drawn for it, and neither standard allows that
    (6.2.11.8; ISO 14289-1, 7.21.8): the file then says that it is neither.
    """
    if profile == "plain":
        return
    metadata = pdf.objects[int(pdf.catalog["Metadata"].split()[0])]
    told = b"".join(metadata.stream)
    if any(font.missing for font in document.fonts.values()):
        told = _CLAIMED.sub(b"", told)
    elif profile == "archive":
        told = told.replace(_END, _UA + _END)
    # Not compressed, so that programs that know no PDF find what the file says of itself.
    metadata.stream, metadata.compress = [told], False
    if "AF" in pdf.catalog:
        pdf.catalog["AF"][:] = dict.fromkeys(pdf.catalog["AF"])
    for each in pdf.objects:
        told = getattr(each, "extra", each)
        _mended(told)
        if isinstance(told, dict) and isinstance(inner := told.get("Resources"), dict):
            _mended(inner)


def _mended(told: Any) -> None:
    """Leaves out what is empty, and has no picture smoothed, which is drawn otherwise by each program (6.2.8)."""
    if not isinstance(told, dict):
        return
    if told.get("Subtype") == "/Image":
        told["Interpolate"] = "false"
    for kind in ("Pattern", "Shading") if "ExtGState" in told else ():
        if told.get(kind) == {}:
            del told[kind]
