"""What makes a PDF fit to be kept: it says that it is PDF/A-3 and PDF/UA-1 at once, and carries files.

Both can be had: PDF/A-3a (ISO 19005-3) asks for a tagged file, and nothing that PDF/UA-1 (ISO 14289-1) asks for besides
is forbidden in it. What claims the second is not known to the first, so the metadata describe it (6.6.2.3).
"""

from __future__ import annotations

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


def finished(pdf: Any) -> None:
    """Claims PDF/UA-1 as well, and names each file that is carried once; the engine names it twice."""
    metadata = pdf.objects[int(pdf.catalog["Metadata"].split()[0])]
    # Not compressed, so that programs that know no PDF find what the file says of itself (6.6.2.1).
    metadata.stream = [b"".join(metadata.stream).replace(_END, _UA + _END)]
    metadata.compress = False
    if "AF" in pdf.catalog:
        pdf.catalog["AF"][:] = dict.fromkeys(pdf.catalog["AF"])
