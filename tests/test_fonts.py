"""The fonts of the report: what they hold, how wide it is, and that the script makes them again."""

import io
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import weasyprint
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.recordingPen import RecordingPen
from fontTools.ttLib import TTFont, woff2

ROOT = Path(__file__).resolve().parent.parent
FONTS = ROOT / "templates" / "fonts"

SQUARE = "IAXD?-0"
PLAIN_LEVELS = "picrs"
AT_LEAST = "PNCRS"
WIDE = PLAIN_LEVELS + AT_LEAST + "qn"
BLANKS = {",": 0.26, " ": 0.55}

TEXT_FACES = {
    "source-sans-3-400.woff2": ("Source Sans 3", 400),
    "source-sans-3-600.woff2": ("Source Sans 3", 600),
    "source-sans-3-700.woff2": ("Source Sans 3", 700),
    "source-serif-4-400.woff2": ("Source Serif 4", 400),
    "source-serif-4-600.woff2": ("Source Serif 4", 600),
    "ibm-plex-mono-400.woff2": ("IBM Plex Mono", 400),
}
OURS = {
    "datarisk-symbols.woff2": "Datarisk Symbols",
    "datarisk-signs.woff2": "Datarisk Signs",
    "datarisk-heads.woff2": "Datarisk Heads",
}
LICENCES = {
    "source-sans-3-": ("OFL-SourceSans3.txt", "Reserved Font Name 'Source'"),
    "source-serif-4-": ("OFL-SourceSerif4.txt", "Reserved Font Name \u2018Source\u2019"),
    "ibm-plex-mono-": ("OFL-IBMPlexMono.txt", 'Reserved Font Name "Plex"'),
    "datarisk-": ("OFL-Datarisk.txt", "Source Sans 3"),
}
NEEDED = (
    "\u2190\u2191\u2192\u2193"  # arrows
    "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"  # superscripts
    "\u2010\u2011\u2013\u2014\u2026\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb"
    "\u00a0\u00b7\u2022\u2212\u00d7\u2264\u2265\u00a7\u20ac"
    "\u0105\u010d\u011f\u0131\u0142\u0151\u015f\u0159\u017e\u021b\u1e9e\u00df\u00f8\u00e6"  # Latin Extended
    "\u0416\u0443\u043a\u0456\u0457\u0491"  # Cyrillic
)
# Set these in Source Sans 3: name it after the serif in font-family.
SERIF_WITHOUT = "\u012c\u012d\u0132\u0133\u0166\u0167"
GREEK = "\u0391\u03b1\u03b2\u03c9\u03ce"
LABELS = [
    *("Create", "Read", "Update", "Destroy", "Financial", "External comms"),
    *("Health", "Race/ethnicity", "Politics", "Religion/belief", "Trade union", "Genetic"),
    *("Biometric ID", "Sex life", "Criminal", "Minors"),
    *("Identifiers", "Contact", "Location", "Behaviour"),
    *("Secrets", "Organisational", "Classification", "Class. in", "Class. out"),
    *("Anlegen", "Lesen", "\u00c4ndern", "L\u00f6schen", "Zahlungen", "Extern"),
    *("Gesundheit", "Herkunft", "Politik", "Religion", "Gewerkschaft", "Genetik"),
    *("Biometrie", "Sexualleben", "Strafrecht", "Minderj\u00e4hrige"),
    *("Kennungen", "Kontakt", "Standort", "Verhalten", "Finanzen"),
    *("Zugangsdaten", "Firmenintern", "Einstufung", "Einst. ein", "Einst. aus"),
]
WIDE_LABELS = {"Classification", "Class. in", "Class. out", "Einstufung", "Einst. ein", "Einst. aus"}


def opened(name: str) -> TTFont:
    return TTFont(FONTS / name)


def told() -> dict[str, Any]:
    heads: dict[str, Any] = json.loads((FONTS / "heads.json").read_text(encoding="utf-8"))
    return heads


def advances(font: TTFont) -> dict[str, float]:
    """The advance of each character, in em."""
    em = font["head"].unitsPerEm
    return {chr(code): font["hmtx"][name][0] / em for code, name in font.getBestCmap().items()}


def outline(font: TTFont, char: str) -> list[Any]:
    glyphs = font.getGlyphSet()
    pen = RecordingPen()
    glyphs[font.getBestCmap()[ord(char)]].draw(pen)
    return list(pen.value)


def bounds(font: TTFont, char: str) -> tuple[float, ...] | None:
    """The box round the ink, in em."""
    glyphs = font.getGlyphSet()
    pen = BoundsPen(glyphs)
    glyphs[font.getBestCmap()[ord(char)]].draw(pen)
    return pen.bounds and tuple(value / font["head"].unitsPerEm for value in pen.bounds)


def test_the_symbol_font_holds_the_vocabulary_and_nothing_else() -> None:
    held = {chr(code) for code in opened("datarisk-symbols.woff2").getBestCmap()}
    assert held == {*SQUARE, *WIDE, *BLANKS}


@pytest.mark.parametrize("name", OURS)
def test_each_character_has_a_glyph_of_its_own(name: str) -> None:
    glyphs = list(opened(name).getBestCmap().values())
    assert len(set(glyphs)) == len(glyphs)
    assert ".notdef" not in glyphs


def test_the_advances_are_cells() -> None:
    expected = dict.fromkeys(SQUARE, 1.0) | dict.fromkeys(WIDE, 1.45) | BLANKS
    assert advances(opened("datarisk-symbols.woff2")) == expected


def test_blanks_are_blank_and_answers_are_not() -> None:
    font = opened("datarisk-symbols.woff2")
    assert all(bounds(font, char) is None for char in BLANKS)
    assert all(bounds(font, char) is not None for char in SQUARE + WIDE)


def test_what_looks_alike_is_only_what_means_alike() -> None:
    font = opened("datarisk-symbols.woff2")
    shapes: dict[str, str] = {}
    for char in SQUARE + WIDE:
        key = repr(outline(font, char))
        shapes[key] = shapes.get(key, "") + char
    assert sorted(alike for alike in shapes.values() if len(alike) > 1) == ["IA", "XD"]


def test_ink_keeps_the_inset_on_all_sides() -> None:
    font = opened("datarisk-symbols.woff2")
    for char, advance in advances(font).items():
        box = bounds(font, char)
        if box is not None:
            left, bottom, right, top = box
            assert left >= 0.065, char
            assert right <= advance - 0.065, char
            assert bottom >= -0.05, char
            assert top <= 0.81, char


def test_framed_shapes_fill_the_amber_tile() -> None:
    font = opened("datarisk-symbols.woff2")
    for char in "IA?-":
        assert bounds(font, char) == pytest.approx((0.07, -0.05, 0.93, 0.81)), char
    for char in "qn":
        assert bounds(font, char) == pytest.approx((0.07, -0.05, 1.38, 0.81)), char


def test_at_least_is_the_plain_level_and_a_mark() -> None:
    font = opened("datarisk-symbols.woff2")
    for plain, at_least in zip(PLAIN_LEVELS, AT_LEAST, strict=True):
        shape, marked = outline(font, plain), outline(font, at_least)
        assert marked[: len(shape)] == shape
        assert len(marked) > len(shape)


def test_levels_have_one_bar_more_each() -> None:
    """Each bar is one contour; the plus is one too."""
    font = opened("datarisk-symbols.woff2")

    def contours(char: str) -> int:
        return sum(command == "closePath" for command, _ in outline(font, char))

    of_capital = {"p": 2, "i": 1, "c": 1, "r": 2, "s": 1}
    for level, char in enumerate(PLAIN_LEVELS, start=1):
        assert contours(char) == of_capital[char] + level


@pytest.mark.parametrize("name", OURS)
def test_the_line_is_the_cell(name: str) -> None:
    font = opened(name)
    em = font["head"].unitsPerEm
    assert (font["hhea"].ascent / em, font["hhea"].descent / em, font["hhea"].lineGap) == (0.88, -0.12, 0)
    os2 = font["OS/2"]
    assert (os2.sTypoAscender / em, os2.sTypoDescender / em, os2.sTypoLineGap) == (0.88, -0.12, 0)
    assert not {"GPOS", "GSUB", "kern"} & set(font.keys())


def test_each_label_is_told_once_turned_and_once_slanted() -> None:
    heads = told()
    assert list(heads["turned"]) == LABELS
    assert list(heads["slanted"]) == LABELS
    chars = [*heads["turned"].values(), *heads["slanted"].values()]
    assert len(set(chars)) == 2 * len(LABELS)
    assert all("\ue000" <= char <= "\uf8ff" for char in chars)
    assert {chr(code) for code in opened("datarisk-heads.woff2").getBestCmap()} == {*chars, *BLANKS}


@pytest.mark.parametrize("way", ["turned", "slanted"])
def test_heads_are_as_wide_as_their_cells(way: str) -> None:
    widths = advances(opened("datarisk-heads.woff2"))
    assert {char: widths[char] for char in BLANKS} == BLANKS
    for label, char in told()[way].items():
        assert widths[char] == (1.45 if label in WIDE_LABELS else 1.0), label


@pytest.mark.parametrize("way", ["turned", "slanted"])
def test_heads_stay_within_what_is_told_of_them(way: str) -> None:
    font, heads = opened("datarisk-heads.woff2"), told()
    widths = advances(font)
    highest = 0.0
    for label, char in heads[way].items():
        box = bounds(font, char)
        assert box is not None, label
        assert box[0] >= 0, label
        assert box[1] >= -0.12, label
        assert box[2] <= widths[char] + heads["em"][way]["overhang"], label
        highest = max(highest, box[3] + 0.12)
        assert box[3] * font["head"].unitsPerEm <= font["OS/2"].usWinAscent, label
    assert highest == pytest.approx(heads["em"][way]["height"], abs=0.01)


@pytest.mark.parametrize("name", TEXT_FACES)
def test_text_faces_hold_the_characters_of_reports(name: str) -> None:
    held = opened(name).getBestCmap()
    needed = NEEDED + ("" if "mono" in name else GREEK)
    assert [char for char in needed if ord(char) not in held] == []
    assert all(code in held for code in range(0x20, 0x7F))
    without = SERIF_WITHOUT if "serif" in name else ""
    assert "".join(chr(code) for code in range(0xA0, 0x180) if code not in held) == without


@pytest.mark.parametrize("name", TEXT_FACES)
def test_text_faces_are_what_they_are_called(name: str) -> None:
    family, weight = TEXT_FACES[name]
    font = opened(name)
    names = font["name"]
    assert str(names.getDebugName(16) or names.getDebugName(1)) == family
    assert font["OS/2"].usWeightClass == weight
    assert (FONTS / name).stat().st_size < 120_000


@pytest.mark.parametrize("name", OURS)
def test_our_fonts_are_what_they_are_called(name: str) -> None:
    font = opened(name)
    assert font["name"].getDebugName(1) == OURS[name]
    assert "Open Font License" in str(font["name"].getDebugName(13))


def test_on_screens_what_nobody_said_has_an_amber_tile_in_its_glyph() -> None:
    font = opened("datarisk-signs.woff2")
    layers = {name: [layer.name for layer in found] for name, found in font["COLR"].ColorLayers.items()}
    cmap = font.getBestCmap()
    assert {cmap[ord(letter)] for letter in "?-qn"} == set(layers)
    assert all(found[0].startswith("tile") and found[1] == name for name, found in layers.items())
    amber, navy = font["CPAL"].palettes[0]
    assert ((amber.red, amber.green, amber.blue), (navy.red, navy.green, navy.blue)) == ((255, 200, 87), (20, 54, 92))


def test_there_are_no_other_fonts() -> None:
    assert {path.name for path in FONTS.glob("*.woff2")} == {*TEXT_FACES, *OURS}


@pytest.mark.parametrize("name", [*TEXT_FACES, *OURS])
def test_each_font_may_be_embedded_and_has_its_licence_beside_it(name: str) -> None:
    (licence, notice), *others = [found for start, found in LICENCES.items() if name.startswith(start)]
    assert not others
    text = (FONTS / licence).read_text(encoding="utf-8")
    assert notice in text
    assert "SIL OPEN FONT LICENSE Version 1.1" in text
    assert opened(name)["OS/2"].fsType == 0


def test_no_family_is_an_alias_of_the_system() -> None:
    families = {*OURS.values(), *(family for family, _ in TEXT_FACES.values())}
    assert not {family.lower() for family in families} & {"sans", "serif", "mono", "sans-serif", "monospace"}


def test_the_script_makes_the_same_bytes_again(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "scripts" / "make_fonts.py"), "--out", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    made = {path.name for path in tmp_path.iterdir()}
    plain = {name.replace(".woff2", ".ttf") for name in OURS if name != "datarisk-signs.woff2"}
    assert made == {*OURS, *plain, "heads.json", "OFL-Datarisk.txt"}
    for name in sorted(made):
        assert (tmp_path / name).read_bytes() == (FONTS / name).read_bytes(), (
            f"{name} differs: run scripts/make_fonts.py (another release of brotli may pack WOFF2 differently)"
        )


ROWS = ("IAXD?-0,picrs PNCRS,qn", "AADD??,IX0-,I,X XI-?,n", "------ ??????,p,N")


@pytest.fixture(scope="module")
def printed() -> bytes:
    """A page set in the fonts of the report only."""
    faces = [(family, 400, name) for name, family in OURS.items()]
    faces += [(family, weight, name) for name, (family, weight) in TEXT_FACES.items()]
    rules = "".join(
        f"@font-face {{ font-family: '{family}'; font-weight: {weight}; src: url({(FONTS / name).as_uri()}) }}"
        for family, weight, name in faces
    )
    lines = "".join(
        f"<p style=\"font: {weight} 9pt '{family}'\">{NEEDED}</p>"
        for family, weight in sorted(set(TEXT_FACES.values()))
    )
    heads = "".join(told()["turned"].values()) + " " + "".join(told()["slanted"].values())
    document = f"""<!doctype html><html lang=en><title>Fonts</title><style>{rules}
        @page {{ size: 210mm 297mm }} pre {{ font: 2.8mm/1 'Datarisk Symbols' }}
        .heads {{ font-family: 'Datarisk Heads'; padding-top: 6em }}
        </style><pre class=heads>{heads}</pre><pre>{chr(10).join(ROWS)}</pre>{lines}</html>"""
    pdf = weasyprint.HTML(string=document).write_pdf()
    assert isinstance(pdf, bytes)
    return pdf


def fonts_of(pdf: bytes) -> list[str]:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        found = [
            descendant
            for item in document.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Font" and "/DescendantFonts" in item
            for descendant in item["/DescendantFonts"]
        ]
        others = [
            item
            for item in document.objects
            if isinstance(item, pikepdf.Dictionary)
            and item.get("/Type") == "/Font"
            and item.get("/Subtype") not in {"/Type0", "/CIDFontType0", "/CIDFontType2"}
        ]
        assert not others
        assert all({"/FontFile2", "/FontFile3"} & set(font["/FontDescriptor"].keys()) for font in found)
        return [str(font["/BaseFont"]) for font in found]


def test_a_page_embeds_our_fonts_and_no_fallback(printed: bytes) -> None:
    families = {name.partition("+")[2].partition(",")[0].replace("-", " ").strip() for name in fonts_of(printed)}
    ours = {*OURS.values(), *(family for family, _ in TEXT_FACES.values())} - {"Datarisk Signs"}
    assert {next((one for one in ours if family.startswith(one)), family) for family in families} == ours


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
def test_copied_text_is_the_letters_that_were_written(printed: bytes, tmp_path: Path) -> None:
    path = tmp_path / "page.pdf"
    path.write_bytes(printed)
    command = ["pdftotext", "-enc", "UTF-8", str(path), "-"]
    text = subprocess.run(command, check=True, capture_output=True).stdout.decode()
    lines = text.splitlines()
    assert [row for row in ROWS if row not in lines] == []


def test_the_letters_are_in_the_file_for_any_reader(printed: bytes) -> None:
    """The map from glyphs to characters names each letter of the vocabulary, A and I apart."""
    with pikepdf.open(io.BytesIO(printed)) as document:
        maps = [
            bytes(item["/ToUnicode"].read_bytes()).decode("ascii")
            for item in document.objects
            if isinstance(item, pikepdf.Dictionary)
            and "Datarisk-Symbols" in str(item.get("/BaseFont", ""))
            and "/ToUnicode" in item
        ]
    assert len(maps) == 1
    for char in {*SQUARE, *WIDE, *BLANKS}:
        assert f"<{ord(char):04x}>" in maps[0].lower(), char


def test_the_fonts_of_the_pdf_are_those_of_the_screen_without_compression() -> None:
    plain = sorted(FONTS.glob("*.ttf"))
    assert len(plain) == 7
    for path in plain:
        made = io.BytesIO()
        with path.with_suffix(".woff2").open("rb") as packed:
            woff2.decompress(packed, made)
        assert path.read_bytes() == made.getvalue(), path.name
