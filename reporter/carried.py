"""What a PDF that is to be kept carries: its evidence, itself as data, and a manifest of these two.

``evidence-manifest.json`` is canonical JSON (RFC 8785) of ``datarisk/evidence-manifest/1``. It names no more than the
two files beside it, and holds all of ``evidence/settings.json``, so that every file of the run can be made again from
the PDF alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from reporter.errors import UnreadableError
from reporter.order import Kept
from reporter.order import again as settings_again
from reporter.plain.canonical import canonical, digest
from reporter.plain.language import Language, Message
from reporter.plain.mistakes import unlike
from reporter.plain.text import shown
from reporter.render.document import Attachment
from reporter.sources.document import parse

MANIFEST: Final = "evidence-manifest.json"
REPORT: Final = "report.json"
SNAPSHOT: Final = "snapshot.json"
NAMES: Final = (MANIFEST, REPORT, SNAPSHOT)
"""All that a PDF carries, in the order in which a PDF lists them."""

SCHEMA: Final = "datarisk/evidence-manifest/1"

_TOLD: Final = {
    MANIFEST: Message("What the two files beside it have to be, and all that the run was asked for"),
    REPORT: Message("The same report for programs to read"),
    SNAPSHOT: Message("Every record that the report rests on, as it was read"),
}


_ONLY: Final = with_config(ConfigDict(extra="forbid"))


@_ONLY
class _File(TypedDict):
    name: Literal["report.json", "snapshot.json"]
    bytes: int
    sha256: str


@_ONLY
class _Tool(TypedDict):
    name: str
    version: str


@_ONLY
class _Manifest(TypedDict):
    schema: str
    tool: _Tool
    files: list[_File]
    settings: dict[str, Any]


_SHAPE: Final = TypeAdapter(_Manifest)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a PDF carries, as far as it could be read.

    Attributes:
        report: The report as JSON.
        snapshot: Every record.
        settings: What the run was asked for.
        wrong: What of the two files is not as the manifest says.
    """

    report: bytes = field(repr=False)
    snapshot: bytes = field(repr=False)
    settings: Kept
    wrong: tuple[str, ...] = ()


def attachments(report: bytes, snapshot: bytes, settings: Kept, spoken: Language) -> tuple[Attachment, ...]:
    """What a PDF carries, each dated as the report is.

    Args:
        report: The report as JSON.
        snapshot: Every record.
        settings: What the run was asked for.
        spoken: The language of the PDF.
    """
    at, told = settings.generated_at, {name: spoken.say(words) for name, words in _TOLD.items()}
    return (
        Attachment(MANIFEST, told[MANIFEST], "Supplement", _manifest(report, snapshot, settings), at),
        Attachment(REPORT, told[REPORT], "Alternative", report, at),
        Attachment(SNAPSHOT, told[SNAPSHOT], "Data", snapshot, at),
    )


def _manifest(report: bytes, snapshot: bytes, settings: Kept) -> bytes:
    kept = parse(settings.data, MANIFEST)
    tool = {"name": settings.tool.name, "version": settings.tool.version}
    files = [_entry(REPORT, report), _entry(SNAPSHOT, snapshot)]
    return canonical({"schema": SCHEMA, "tool": tool, "files": files, "settings": kept}) + b"\n"


def _entry(name: str, data: bytes) -> dict[str, Any]:
    return {"name": name, "bytes": len(data), "sha256": digest(data)}


def again(files: dict[str, bytes], where: str) -> Evidence:
    """What a PDF carries, held against its manifest.

    Args:
        files: By their names.
        where: What the PDF is called.

    Raises:
        UnreadableError: It does not carry these files, or its manifest is not as this program writes it.
    """
    if missing := [name for name in NAMES if name not in files]:
        what = f"it does not carry {missing[0]}, so nothing can be made again from it"
        remedy = "Have it made with --pdf-profile archive, or verify the folder of its run"
        raise UnreadableError(what, where=where, remedy=remedy)
    if strange := [name for name in files if name not in NAMES]:
        raise UnreadableError(f"it carries {shown(strange[0], 80)}, as no report does", where=where)
    at = f"{where}, {MANIFEST}"
    data, value = files[MANIFEST], parse(files[MANIFEST], at)
    try:
        read = _SHAPE.validate_python(value, strict=True)
    except ValidationError as error:
        raise unlike(error, at) from error
    if read["schema"] != SCHEMA:
        what = f"a manifest of version {shown(read['schema'], 80)}; this program reads {SCHEMA}"
        raise UnreadableError(what, where=at, remedy="Install the datarisk that made the report")
    settings = settings_again(canonical(read["settings"]) + b"\n", f"{at}#/settings")
    report, snapshot = files[REPORT], files[SNAPSHOT]
    # Every byte of it follows from the rest, but for the two entries: those say what is wrong.
    entries = read["files"]
    if canonical(value) + b"\n" != data or [entry["name"] for entry in entries] != [REPORT, SNAPSHOT]:
        raise UnreadableError("changed: it is not written as datarisk writes it", where=at)
    if read["tool"] != {"name": settings.tool.name, "version": settings.tool.version}:
        raise UnreadableError("changed: its tool is not that of its settings", where=at)
    wrong = tuple(
        f"{where}: {entry['name']}, which it carries, is not the one that {MANIFEST} names"
        for entry in entries
        if dict(entry) != _entry(entry["name"], files[entry["name"]])
    )
    return Evidence(report, snapshot, settings, wrong)
