"""Makes the fonts of the report: draws the symbols and the column heads, takes in the text faces.

Three fonts are drawn here, from the shapes below and from outlines of Source Sans 3:

* ``datarisk-symbols.woff2``, family "Datarisk Symbols": one letter is one answer, so a row of a matrix is
  one string. Every letter has a glyph of its own even where two look alike, so that what is copied out of a
  PDF is the letter that was written.
* ``datarisk-signs.woff2``, family "Datarisk Signs": the same for screens, with the amber tile in the glyph.
* ``datarisk-heads.woff2``, family "Datarisk Heads": one private-use character is one whole column label,
  turned or slanted, as wide as the cell that it stands above. ``heads.json`` tells which character it is.

The text faces are taken as their makers publish them, byte for byte, because their licence keeps the names
"Source" and "Plex" for unmodified files. They hold Latin, Latin Extended, Greek (not IBM Plex Mono) and
Cyrillic, the arrows and the superscripts in one file a weight.

To draw the symbols and heads again, from the text faces that are there already::

    python scripts/make_fonts.py

To take in the text faces too, from a folder of unpacked npm packages (see ``PACKAGES``)::

    npm install --prefix FOLDER source-sans@3.52.0 source-serif@4.5.1 @ibm/plex-mono@2.5.0
    python scripts/make_fonts.py --packages FOLDER/node_modules

The result depends on the inputs only: running it twice gives the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
from pathlib import Path
from typing import Any, NamedTuple

from fontTools.colorLib.builder import buildCOLR, buildCPAL
from fontTools.fontBuilder import FontBuilder
from fontTools.misc.transform import Identity, Transform
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, woff2

FONTS = Path(__file__).resolve().parent.parent / "templates" / "fonts"

# ---------------------------------------------------------------------------------------------------------
# The text faces
# ---------------------------------------------------------------------------------------------------------


class Package(NamedTuple):
    """A package whose files are taken: its licence, and by our file name its path and SHA-256."""

    licence: str
    licence_as: str
    files: dict[str, tuple[str, str]]


PACKAGES: dict[str, Package] = {
    "source-sans": Package(
        "LICENSE.md",
        "OFL-SourceSans3.txt",
        {
            "source-sans-3-400.woff2": (
                "WOFF2/TTF/SourceSans3-Regular.ttf.woff2",
                "53492fb3a0def77354f166a55d09b63a10855e91c206c7620a81cf56e97f8ec3",
            ),
            "source-sans-3-600.woff2": (
                "WOFF2/TTF/SourceSans3-Semibold.ttf.woff2",
                "47b9b661b9f395fe7f0d0e119637fba5c8dad97bde3df60066fd24229c0792f4",
            ),
            "source-sans-3-700.woff2": (
                "WOFF2/TTF/SourceSans3-Bold.ttf.woff2",
                "8d35c6d40e750a4ee23bbbba2bd604ad098d172907369b43281507e16b8e2e7a",
            ),
        },
    ),
    "source-serif": Package(
        "LICENSE.md",
        "OFL-SourceSerif4.txt",
        {
            "source-serif-4-400.woff2": (
                "WOFF2/TTF/SourceSerif4-Regular.ttf.woff2",
                "6b053e98f0838afe81f3e784727be4583a7c13bb42f198dc5202ecffee0aaee0",
            ),
            "source-serif-4-600.woff2": (
                "WOFF2/TTF/SourceSerif4-Semibold.ttf.woff2",
                "457a13ac92e977d82e376038a2daac7fdb5433610910bf5787bdf6c1c3781865",
            ),
        },
    ),
    "@ibm/plex-mono": Package(
        "LICENSE.txt",
        "OFL-IBMPlexMono.txt",
        {
            "ibm-plex-mono-400.woff2": (
                "fonts/complete/woff2/IBMPlexMono-Regular.woff2",
                "ba204497f16b6d334cee9d1e963a831b73e3a56e1d6300a8489d18df7214b350",
            )
        },
    ),
}

LICENCE_OF_OURS = "OFL-Datarisk.txt"
LICENCE_HEAD = """\
This licence is for datarisk-symbols.woff2 ("Datarisk Symbols"), datarisk-signs.woff2 ("Datarisk Signs") and
datarisk-heads.woff2 ("Datarisk Heads").
Both hold outlines taken from Source Sans 3, turned and put together by scripts/make_fonts.py. No font name
is reserved for them; the name 'Source' stays reserved for the original, whose notice and licence follow.

"""

# ---------------------------------------------------------------------------------------------------------
# Measures, in units of 1/1000 em. The em is the cell: font-size is the width of a cell.
# ---------------------------------------------------------------------------------------------------------

EM = 1000
ASCENDER = 880
DESCENDER = -120  # ascender - descender = 1 em, so with line-height 1 the line is the cell
MIDDLE = (ASCENDER + DESCENDER) / 2
INSET = 70  # white round the shape of a cell, also round the amber tile under it
LEFT, RIGHT = INSET, EM - INSET
BOTTOM, TOP = DESCENDER + INSET, ASCENDER - INSET
WIDE = 1450  # a classification cell
SUBGROUP_GAP = 260  # the comma
GROUP_GAP = 550  # the space

FRAME = 62  # line of a framed square
STROKE = 84  # diagonal strokes within it
PITCH = 262  # distance between the middles of two strokes
CORNER_ARM = 235
CORNER = 76
RING = 370  # outer diameter
RING_LINE = 86
DASH = (330, 92)

CAPITAL = 660  # height of the capitals of a classification
LETTER_MIDDLE = 348
BARS_LEFT, BARS_RIGHT = 705, 1050
BAR, BAR_GAP = 90, 52
PLUS_LEFT, PLUS_RIGHT = 1116, WIDE - INSET
PLUS_LINE = 92
LEVELS = 5  # bars of the highest level

TURNED_SIZE = 6.5 / (2.8 / 25.4 * 72)  # 6.5 pt above cells of 2.8 mm, in em
SLANTED_SIZE = 7.8 / (4.3 / 25.4 * 72)  # 7.8 pt above cells of 4.3 mm
SLANT = 62  # degrees
TEXT_MIDDLE = 0.265  # of the label's own size: between half the x-height and half the capitals
HEADS_EM = 2000  # finer, as turned outlines fall between the units of the original

# One fixed date for all: 2026-01-01, in seconds since 1904 as the format counts them.
TILES = {
    "unknown": "tile",
    "undeclared": "tile",
    "class.unknown": "tile.wide",
    "class.undeclared": "tile.wide",
}
NAVY, AMBER = "#14365C", "#FFC857"
DATE = 3850070400

Point = tuple[float, float]
Contour = list[Point]

# ---------------------------------------------------------------------------------------------------------
# Shapes. Outer contours run clockwise, holes the other way, and nothing overlaps.
# ---------------------------------------------------------------------------------------------------------


def box(left: float, bottom: float, right: float, top: float) -> Contour:
    """An upright rectangle, clockwise."""
    return [(left, bottom), (left, top), (right, top), (right, bottom)]


def hole(contour: Contour) -> Contour:
    """The same shape as a hole."""
    return contour[::-1]


def clipped(contour: Contour, least: float, most: float) -> Contour:
    """The part of a convex shape where ``least <= x - y <= most``: what lies between two diagonals."""
    for sign, bound in ((1, least), (-1, -most)):
        kept: Contour = []
        for here, there in zip(contour, contour[1:] + contour[:1], strict=True):
            a = sign * (here[0] - here[1]) - bound
            b = sign * (there[0] - there[1]) - bound
            if a >= 0:
                kept.append(here)
            if a * b < 0:
                part = a / (a - b)
                kept.append(
                    (here[0] + part * (there[0] - here[0]), here[1] + part * (there[1] - here[1])),
                )
        contour = kept
    return contour


def hatched(right: float, strokes: int) -> list[Contour]:
    """A frame with diagonal strokes: the outer box, less the white fields between the strokes."""
    inner = box(LEFT + FRAME, BOTTOM + FRAME, right - FRAME, TOP - FRAME)
    middle = (LEFT + right) / 2 - MIDDLE
    pitch, half = PITCH * math.sqrt(2), STROKE / math.sqrt(2)
    middles = [middle + pitch * (number - (strokes - 1) / 2) for number in range(strokes)]
    edges = [-math.inf, *(edge for at in middles for edge in (at - half, at + half)), math.inf]
    fields = [clipped(inner, least, most) for least, most in zip(edges[::2], edges[1::2], strict=True)]
    return [box(LEFT, BOTTOM, right, TOP), *(hole(field) for field in fields if field)]


def corners(right: float) -> list[Contour]:
    """Four open corners with nothing inside."""
    made = []
    for x, along in ((LEFT, 1), (right, -1)):
        for y, up in ((BOTTOM, 1), (TOP, -1)):
            corner: Contour = [
                (x, y),
                (x, y + up * CORNER_ARM),
                (x + along * CORNER, y + up * CORNER_ARM),
                (x + along * CORNER, y + up * CORNER),
                (x + along * CORNER_ARM, y + up * CORNER),
                (x + along * CORNER_ARM, y),
            ]
            made.append(corner if along == up else hole(corner))
    return made


def bars(level: int) -> list[Contour]:
    """One to five bars, from the foot of the capital upwards."""
    foot = MIDDLE - CAPITAL / 2
    step = BAR + BAR_GAP
    return [box(BARS_LEFT, foot + step * number, BARS_RIGHT, foot + step * number + BAR) for number in range(level)]


def plus() -> list[Contour]:
    """The mark for "at least": a plus at the head of the capital."""
    arm = (PLUS_RIGHT - PLUS_LEFT - PLUS_LINE) / 2
    top = MIDDLE + CAPITAL / 2
    xs = (PLUS_LEFT, PLUS_LEFT + arm, PLUS_LEFT + arm + PLUS_LINE, PLUS_RIGHT)
    ys = (top - (PLUS_RIGHT - PLUS_LEFT), top - arm - PLUS_LINE, top - arm, top)
    order = ((1, 0), (1, 1), (0, 1), (0, 2), (1, 2), (1, 3), (2, 3), (2, 2), (3, 2), (3, 1), (2, 1), (2, 0))
    return [[(xs[x], ys[y]) for x, y in order]]


def draw(pen: Any, contours: list[Contour]) -> None:
    """Draws straight-sided contours."""
    for contour in contours:
        pen.moveTo(contour[0])
        for point in contour[1:]:
            pen.lineTo(point)
        pen.closePath()


def draw_circle(pen: Any, diameter: float, *, clockwise: bool) -> None:
    """Draws a circle in the middle of a cell, of eight quadratic curves."""
    radius, steps = diameter / 2, 8
    turn = -2 * math.pi / steps if clockwise else 2 * math.pi / steps
    reach = radius / math.cos(turn / 2)
    centre = EM / 2

    def at(angle: float, distance: float) -> Point:
        return centre + distance * math.cos(angle), MIDDLE + distance * math.sin(angle)

    pen.moveTo(at(0, radius))
    for step in range(steps):
        pen.qCurveTo(at(turn * (step + 0.5), reach), at(turn * (step + 1), radius))
    pen.closePath()


# ---------------------------------------------------------------------------------------------------------
# Outlines of the text face
# ---------------------------------------------------------------------------------------------------------


class Face:
    """A text face to take outlines from, in its own units of 1/1000 em."""

    def __init__(self, path: Path) -> None:
        self.font = TTFont(path)
        self.cmap: dict[int, str] = self.font.getBestCmap()
        self.glyphs = self.font.getGlyphSet()
        if self.font["head"].unitsPerEm != EM:
            raise SystemExit(f"{path.name}: expected {EM} units to the em")

    def draw(self, char: str, pen: Any, transform: Transform) -> float:
        """Draws one character and tells its advance."""
        glyph = self.glyphs[self.cmap[ord(char)]]
        recording = DecomposingRecordingPen(self.glyphs)
        glyph.draw(recording)
        recording.replay(TransformPen(pen, transform))
        return float(glyph.width)

    def bounds(self, char: str) -> tuple[float, float, float, float]:
        """The box round the ink of one character."""
        pen = BoundsPen(self.glyphs)
        self.draw(char, pen, Identity)
        return tuple(pen.bounds)

    def kerning(self, left: str, right: str) -> float:
        """What the face's pair kerning adds between two characters."""
        first, second = self.cmap[ord(left)], self.cmap[ord(right)]
        gpos = self.font["GPOS"].table
        wanted = {
            index
            for record in gpos.FeatureList.FeatureRecord
            if record.FeatureTag == "kern"
            for index in record.Feature.LookupListIndex
        }
        for index in sorted(wanted):
            for subtable in gpos.LookupList.Lookup[index].SubTable:
                pair = getattr(subtable, "ExtSubTable", subtable)
                value = _pair_value(pair, first, second)
                if value is not None:
                    return value
        return 0.0

    def text(self, label: str, pen: Any, transform: Transform) -> float:
        """Draws a kerned line of text along the transformed x axis and tells how long it is."""
        x = 0.0
        for number, char in enumerate(label):
            if number:
                x += self.kerning(label[number - 1], char)
            x += self.draw(char, pen, transform.translate(x, 0))
        return x


def _pair_value(pair: Any, first: str, second: str) -> float | None:
    """What a pair-positioning subtable says of a pair; None where it says nothing."""
    if first not in pair.Coverage.glyphs:
        return None
    if pair.Format == 1:
        for record in pair.PairSet[pair.Coverage.glyphs.index(first)].PairValueRecord:
            if record.SecondGlyph == second:
                return float(getattr(record.Value1, "XAdvance", 0) or 0)
        return None
    row = pair.Class1Record[pair.ClassDef1.classDefs.get(first, 0)]
    value = row.Class2Record[pair.ClassDef2.classDefs.get(second, 0)].Value1
    return float(getattr(value, "XAdvance", 0) or 0)


# ---------------------------------------------------------------------------------------------------------
# The fonts
# ---------------------------------------------------------------------------------------------------------


class Drawn(NamedTuple):
    """A glyph as it goes into a font."""

    name: str
    char: str
    advance: int
    outline: Any


LEVEL_LETTERS = (  # plain letter, "at least" letter, capital, name
    ("p", "P", "P", "public"),
    ("i", "N", "I", "internal"),
    ("c", "C", "C", "confidential"),
    ("r", "R", "R", "restricted"),
    ("s", "S", "S", "secret"),
)


def symbols(bold: Face) -> list[Drawn]:
    """The vocabulary: see "Glyph vocabulary" in the method of the report."""
    square = [box(LEFT, BOTTOM, RIGHT, TOP)]
    dash = [
        box((EM - DASH[0]) / 2, MIDDLE - DASH[1] / 2, (EM + DASH[0]) / 2, MIDDLE + DASH[1] / 2),
    ]
    straight: list[tuple[str, str, int, list[Contour]]] = [
        ("gap.subgroup", ",", SUBGROUP_GAP, []),
        ("gap.group", " ", GROUP_GAP, []),
        ("included", "I", EM, square),
        ("allowed", "A", EM, square),
        ("unknown", "?", EM, hatched(RIGHT, 3)),
        ("undeclared", "-", EM, corners(RIGHT)),
        ("none", "0", EM, dash),
        ("class.unknown", "q", WIDE, hatched(WIDE - INSET, 5)),
        ("class.undeclared", "n", WIDE, corners(WIDE - INSET)),
    ]
    drawn = []
    for name, char, advance, contours in straight:
        pen = TTGlyphPen(None)
        draw(pen, contours)
        drawn.append(Drawn(name, char, advance, pen.glyph()))
    for name, char in (("excluded", "X"), ("disallowed", "D")):
        pen = TTGlyphPen(None)
        draw_circle(pen, RING, clockwise=True)
        draw_circle(pen, RING - 2 * RING_LINE, clockwise=False)
        drawn.append(Drawn(name, char, EM, pen.glyph()))
    height = bold.bounds("I")[3]
    scale = CAPITAL / height
    for level, (plain, at_least, capital, name) in enumerate(LEVEL_LETTERS, start=1):
        left, _, right, _ = bold.bounds(capital)
        x = LETTER_MIDDLE - scale * (left + right) / 2
        transform = Identity.translate(x, MIDDLE - CAPITAL / 2).scale(scale)
        for char, suffix, mark in ((plain, "", []), (at_least, ".atleast", plus())):
            pen = TTGlyphPen(None)
            bold.draw(capital, pen, transform)
            draw(pen, bars(level) + mark)
            drawn.append(Drawn(f"class.{name}{suffix}", char, WIDE, pen.glyph()))
    return drawn


CLASSIFICATION_LABELS = ("Classification", "Class. in", "Class. out", "Einstufung", "Einst. ein", "Einst. aus")
LABELS = (
    *("Create", "Read", "Update", "Destroy", "Financial", "External comms"),
    *("Health", "Race/ethnicity", "Politics", "Religion/belief", "Trade union", "Genetic"),
    *("Biometric ID", "Sex life", "Criminal", "Minors"),
    *("Identifiers", "Contact", "Location", "Behaviour"),  # "Financial" stands under the actions
    *("Secrets", "Organisational"),
    *CLASSIFICATION_LABELS[:3],
    # German; a label more goes to the end, so that each keeps its character.
    *("Anlegen", "Lesen", "\u00c4ndern", "L\u00f6schen", "Zahlungen", "Extern"),
    *("Gesundheit", "Herkunft", "Politik", "Religion", "Gewerkschaft", "Genetik"),
    *("Biometrie", "Sexualleben", "Strafrecht", "Minderj\u00e4hrige"),
    *("Kennungen", "Kontakt", "Standort", "Verhalten", "Finanzen"),
    *("Zugangsdaten", "Firmenintern"),
    *CLASSIFICATION_LABELS[3:],
)
FIRST_CHAR = {"turned": 0xE000, "slanted": 0xE100}


def heads(regular: Face) -> tuple[list[Drawn], dict[str, Any]]:
    """The column labels as glyphs, and the map that tells the renderer about them."""
    unit = HEADS_EM / EM
    drawn = []
    for name, char, advance in (("gap.subgroup", ",", SUBGROUP_GAP), ("gap.group", " ", GROUP_GAP)):
        drawn.append(Drawn(name, char, round(advance * unit), TTGlyphPen(None).glyph()))
    told: dict[str, Any] = {}
    measures: dict[str, dict[str, float]] = {}
    for way, first in FIRST_CHAR.items():
        told[way] = {}
        highest = widest = 0.0
        for number, label in enumerate(LABELS):
            cell = WIDE if label in CLASSIFICATION_LABELS else EM
            if way == "turned":
                angle, size, x, y = 90.0, TURNED_SIZE, cell / 2, BOTTOM
            else:
                angle, size, x, y = float(SLANT), SLANTED_SIZE, cell / 2 - 70, BOTTOM + 100
            transform = (
                Identity.scale(unit)
                .translate(x, y)
                .rotate(math.radians(angle))
                .scale(size)
                .translate(0, -TEXT_MIDDLE * EM)
            )
            pen = TTGlyphPen(None)
            regular.text(label, pen, transform)
            char = chr(first + number)
            glyph = pen.glyph()
            glyph.recalcBounds(None)
            highest = max(highest, glyph.yMax / unit - DESCENDER)
            widest = max(widest, glyph.xMax / unit - cell)
            drawn.append(Drawn(f"{way}.{number:02}", char, round(cell * unit), glyph))
            told[way][label] = char
        measures[way] = {"height": _rounded_up(highest / EM), "overhang": _rounded_up(widest / EM)}
    told["em"] = measures
    return drawn, told


def _rounded_up(value: float) -> float:
    """Rounds up to hundredths, and never below nothing."""
    return max(0.0, math.ceil(value * 100) / 100)


def build(family: str, em: int, drawn: list[Drawn]) -> TTFont:
    """Puts glyphs together to a font without kerning and without any date of its own."""
    unit = em / EM
    # A letter that is not in the vocabulary is an error: it must not look like a blank.
    pen = TTGlyphPen(None)
    draw(
        TransformPen(pen, Identity.scale(unit)),
        [box(LEFT, BOTTOM, RIGHT, TOP), hole(box(LEFT + 20, BOTTOM + 20, RIGHT - 20, TOP - 20))],
    )
    builder = FontBuilder(em, isTTF=True)
    builder.setupGlyphOrder([".notdef", *(glyph.name for glyph in drawn)])
    builder.setupCharacterMap({ord(glyph.char): glyph.name for glyph in drawn})
    builder.setupGlyf({".notdef": pen.glyph(), **{glyph.name: glyph.outline for glyph in drawn}})
    glyf = builder.font["glyf"]
    metrics = {".notdef": (em, round(LEFT * unit))}
    metrics.update({glyph.name: (glyph.advance, getattr(glyf[glyph.name], "xMin", 0)) for glyph in drawn})
    builder.setupHorizontalMetrics(metrics)
    ascender, descender = round(ASCENDER * unit), round(DESCENDER * unit)
    builder.setupHorizontalHeader(ascent=ascender, descent=descender, lineGap=0)
    inked = [glyf[glyph.name] for glyph in drawn if glyf[glyph.name].numberOfContours]
    builder.setupOS2(
        sTypoAscender=ascender,
        sTypoDescender=descender,
        sTypoLineGap=0,
        # The clipping zone of one platform; no line is set by it.
        usWinAscent=max(ascender, *(glyph.yMax for glyph in inked)),
        usWinDescent=max(-descender, *(-glyph.yMin for glyph in inked)),
        usWeightClass=400,
        fsSelection=0x40 | 0x80,  # regular; lines are set by the typographic metrics
        fsType=0,
        achVendID="    ",
        version=4,
    )
    builder.setupNameTable(
        {
            "copyright": "Holds outlines from Source Sans 3, copyright 2010-2024 Adobe.",
            "familyName": family,
            "styleName": "Regular",
            "uniqueFontIdentifier": f"{family} 1.000",
            "fullName": family,
            "version": "Version 1.000",
            "psName": family.replace(" ", ""),
            "licenseDescription": "SIL Open Font License, Version 1.1",
            "licenseInfoURL": "https://openfontlicense.org",
        },
        mac=False,
    )
    builder.setupPost(isFixedPitch=0)
    builder.updateHead(fontRevision=1.0, created=DATE, modified=DATE)
    builder.font.flavor = "woff2"
    return builder.font


def take_packages(folder: Path, out: Path) -> None:
    """Copies the text faces and their licences from unpacked packages, if they are the expected ones."""
    for name, package in PACKAGES.items():
        for target, (path, digest) in package.files.items():
            content = (folder / name / path).read_bytes()
            if hashlib.sha256(content).hexdigest() != digest:
                raise SystemExit(f"{name}: {path} is not the file that was chosen (SHA-256 differs)")
            (out / target).write_bytes(content)
        licence = (folder / name / package.licence).read_text(encoding="utf-8")
        lines = [line.rstrip() for line in licence.splitlines()]
        (out / package.licence_as).write_text("\n".join(lines).strip() + "\n", encoding="utf-8")


def coloured(font: TTFont, navy: str, amber: str) -> TTFont:
    """Puts an amber tile under the letters that say that nobody has said; for screens, as PDFs lose the colours."""
    palette = [(*(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)), 1.0) for colour in (amber, navy)]
    layers = {name: [(tile, 0), (name, 1)] for name, tile in TILES.items()}
    font["COLR"] = buildCOLR(layers, version=0)
    font["CPAL"] = buildCPAL([palette])
    return font


def tiles() -> list[Drawn]:
    """The tiles, under characters that no text uses."""
    found = []
    for name, char, advance in (("tile", "\ue200", EM), ("tile.wide", "\ue201", WIDE)):
        pen = TTGlyphPen(None)
        draw(pen, [box(LEFT, BOTTOM, advance - INSET, TOP)])
        found.append(Drawn(name, char, advance, pen.glyph()))
    return found


def make(out: Path, faces: Path) -> None:
    """Draws our fonts into ``out``, from the text faces and the licence in ``faces``."""
    licence = (faces / PACKAGES["source-sans"].licence_as).read_text(encoding="utf-8")
    (out / LICENCE_OF_OURS).write_text(LICENCE_HEAD + licence, encoding="utf-8")
    signs = symbols(Face(faces / "source-sans-3-700.woff2"))
    build("Datarisk Symbols", EM, signs).save(out / "datarisk-symbols.woff2")
    coloured(build("Datarisk Signs", EM, [*signs, *tiles()]), NAVY, AMBER).save(out / "datarisk-signs.woff2")
    drawn, told = heads(Face(faces / "source-sans-3-400.woff2"))
    build("Datarisk Heads", HEADS_EM, drawn).save(out / "datarisk-heads.woff2")
    (out / "heads.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def unpack(out: Path) -> None:
    """Writes each font without its compression as well: taking it off costs a PDF more than a second, every time."""
    for path in sorted(out.glob("*.woff2")):
        if path.stem in {"source-sans-3-700", "datarisk-signs"}:
            continue  # no PDF is set in them: the capitals of the symbols are drawn from one, the other is for screens
        with path.open("rb") as packed, path.with_suffix(".ttf").open("wb") as plain:
            woff2.decompress(packed, plain)


def main(arguments: list[str] | None = None) -> int:
    """Runs the script."""
    parser = argparse.ArgumentParser(description="Makes the fonts of the report.")
    parser.add_argument("--packages", type=Path, help="folder of unpacked npm packages to take text faces from")
    parser.add_argument("--out", type=Path, default=FONTS, help="where to write (default: templates/fonts)")
    chosen = parser.parse_args(arguments)
    out: Path = chosen.out
    out.mkdir(parents=True, exist_ok=True)
    if chosen.packages is not None:
        take_packages(chosen.packages, out)
    make(out, out if chosen.packages is not None else FONTS)
    unpack(out)
    for path in sorted(out.glob("*.woff2")):
        print(f"{path.stat().st_size:7} {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
