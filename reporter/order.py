"""What a run is asked for, and how it is kept: with the evidence it is enough to make every file of the run again.

``evidence/settings.json`` is canonical JSON (RFC 8785) of ``datarisk/settings-of-run/1``. What the
evidence holds itself, the facts, the last report and the runs before, is not in it; neither is anything of where a run
was kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import TypeAdapter, ValidationError

from reporter import __version__
from reporter.declared.model import Account, FactsFile, Redaction
from reporter.declared.scope import Selection
from reporter.errors import UnreadableError
from reporter.layers import Applied
from reporter.plain import language
from reporter.plain.canonical import canonical, digest
from reporter.plain.language import ENGLISH, Language
from reporter.plain.mistakes import unlike
from reporter.plain.toml_lines import TomlFile
from reporter.render import logo
from reporter.render.document import PLAIN, Annex, PageSize, Profile, Theme
from reporter.review.catalogue import AS_SHIPPED, OwnRules, Switches
from reporter.review.facts import Facts
from reporter.review.newly import Earlier
from reporter.review.observed import UNSEEN_DAYS
from reporter.review.past import Past
from reporter.review.previous import Previous
from reporter.review.tables import Severity
from reporter.review.waivers import Waiver
from reporter.seal.keys import SealKey
from reporter.settings import Format
from reporter.sources.document import parse
from reporter.view.report import Controller

SETTINGS: Final = "evidence/settings.json"
SCHEMA: Final = "datarisk/settings-of-run/1"

Archived = Callable[[Account, str, str, str], Past]
"""Tells the runs before one: of its account and scope, before its time and the time of its evidence (ISO 8601)."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A file of facts: as it is kept with the evidence, and what was read in it."""

    file: FactsFile
    facts: Facts


Look = Callable[[Account], Previous | None]
"""Finds the last report of an account, where nobody named one."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a run is asked for."""

    selection: Selection
    controller: Controller
    generated_at: datetime
    allow_empty: bool = False
    language: Language = ENGLISH
    theme: Theme = PLAIN
    switches: Switches = AS_SHIPPED
    waivers: tuple[Waiver, ...] = ()
    non_waivable: tuple[str, ...] = ()
    configuration: tuple[Applied, ...] = ()
    facts: Stated | None = None
    previous: Previous | None = None
    states: tuple[Earlier, ...] = ()
    archived: Archived | None = None
    look: Look | None = None
    name: str | None = None  # of a schedule's report, which tells its runs from those of others
    unseen_days: int = UNSEEN_DAYS
    seal: SealKey | None = None
    redacted: Redaction | None = None  # a fact of the evidence, which a run finds in it


@dataclass(frozen=True, slots=True)
class ToolKept:
    """What made a run: this program, and what laid out the pages of its PDF, with the libraries that it used."""

    name: str
    version: str
    weasyprint: str | None
    libraries: dict[str, str]

    def __str__(self) -> str:
        beneath = "".join(f", {name} {version}" for name, version in self.libraries.items())
        return f"datarisk {self.version} with WeasyPrint {self.weasyprint}{beneath}"


@dataclass(frozen=True, slots=True)
class LookKept:
    """A ``Theme``; of templates of the user's own no more than their digests, by their names."""

    page_size: PageSize
    accent: str
    annexes: tuple[Annex, ...]
    pdf_profile: Profile
    templates: dict[str, str]


@dataclass(frozen=True, slots=True)
class RulesKept:
    """``Switches``, with the text of every file of the user's own, its name first."""

    own: tuple[tuple[str, str], ...]
    severities: dict[str, Severity | Literal["off"]]
    jurisdictions: tuple[str, ...]
    non_waivable: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """The content of ``evidence/settings.json``; ``report`` is the name of a schedule's report."""

    schema: Literal["datarisk/settings-of-run/1"]
    tool: ToolKept
    generated_at: datetime
    formats: tuple[Format, ...]
    split: bool
    language: str
    selection: Selection
    allow_empty: bool
    controller: Controller
    look: LookKept
    rules: RulesKept
    waivers: tuple[Waiver, ...]
    unseen_days: int
    history: bool
    report: str | None
    configuration: tuple[Applied, ...]
    redacted: Redaction | None

    @property
    def data(self) -> bytes:
        """Its canonical bytes."""
        return canonical(_SHAPE.dump_python(self, mode="json")) + b"\n"

    def order(self, templates: Path | None = None) -> Order:
        """The same order again.

        Args:
            templates: The user's own, where the run was made with some.

        Raises:
            UsageError: Its rules, its language or those templates are none.
            UnreadableError: Those templates are others.
        """
        kept = self.look
        theme = Theme(kept.page_size, kept.accent, annexes=kept.annexes, pdf_profile=kept.pdf_profile)
        if self.look.templates:
            theme = replace(theme, templates=templates)
            if templates is None or _templates(theme) != self.look.templates:
                which = "and these are others" if templates else "which no run keeps"
                what = f"made with templates of the user's own, {which}"
                raise UnreadableError(what, where=SETTINGS, remedy="Name the folder of them with --template-dir")
        try:
            spoken = language.of(self.language)
        except LookupError as error:
            raise UnreadableError(f"no language of this program: {self.language[:20]!r}", where=SETTINGS) from error
        return Order(
            replace(self.selection, as_of=_utc(self.selection.as_of)),
            self.controller,
            self.generated_at.astimezone(UTC),
            self.allow_empty,
            spoken,
            theme,
            Switches(
                tuple(OwnRules(name, TomlFile(Path(name), data=text.encode())) for name, text in self.rules.own),
                tuple(self.rules.severities.items()),
                self.rules.jurisdictions,
            ),
            self.waivers,
            self.rules.non_waivable,
            self.configuration,
            archived=_nothing_else if self.history else None,
            name=self.report,
            unseen_days=self.unseen_days,
            redacted=self.redacted,
        )


_SHAPE: Final = TypeAdapter(Kept)


def _nothing_else(*_: object) -> Past:
    """Evidence that was kept says itself what came before."""
    raise AssertionError


def kept(order: Order, formats: Sequence[Format], *, split: bool) -> Kept:
    """An order as it is kept.

    Args:
        order: What a run was asked for.
        formats: What was to be written, for the whole and, if ``split``, for each agent.
        split: Whether there is a document for each agent.
    """
    asked, switches = order.selection, order.switches
    return Kept(
        "datarisk/settings-of-run/1",
        tool(formats, order.language.code),
        order.generated_at.astimezone(UTC),
        tuple(dict.fromkeys(formats)),
        split,
        order.language.code,
        replace(asked, as_of=_utc(asked.as_of)),
        order.allow_empty,
        order.controller,
        look(order.theme),
        RulesKept(
            tuple((each.name, each.file.data.decode()) for each in switches.own),
            dict(switches.severities),
            switches.jurisdictions,
            order.non_waivable,
        ),
        order.waivers,
        order.unseen_days,
        order.archived is not None,
        order.name,
        # What the evidence holds itself is said of it, whenever a run is made of it.
        tuple(each for each in order.configuration if each.kind not in ("facts", "baseline")),
        order.redacted,
    )


def policy(order: Order) -> str:
    """The digest of what the organisation decided beside the catalogue and the facts, as ``settings.json`` holds it."""
    told = _SHAPE.dump_python(kept(replace(order, theme=PLAIN), (), split=False), mode="json")
    return digest(canonical({name: told[name] for name in ("rules", "waivers", "unseen_days")}))


def again(data: bytes, where: str = SETTINGS) -> Kept:
    """What was kept.

    Raises:
        UnreadableError: It was not written by this program, or changed since.
    """
    value = parse(data, where)
    if isinstance(value, dict) and value.get("schema") != SCHEMA:
        what = f"settings of version {str(value.get('schema'))[:80]!r}; this program reads {SCHEMA!r}"
        raise UnreadableError(what, where=where, remedy="Install the datarisk that made the run")
    try:
        found = _SHAPE.validate_json(data, strict=True)
    except ValidationError as error:
        raise unlike(error, where) from error
    if found.controller.logo is not None and not logo.is_ours(found.controller.logo):
        raise UnreadableError("no picture that a run takes", where=f"{where}#/controller/logo")
    if found.data != data:
        raise UnreadableError("not written as this program writes it", where=where)
    return found


def settings_schema() -> dict[str, Any]:
    """The JSON Schema of what is kept."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_SHAPE.json_schema(), "title": SCHEMA}


def look(theme: Theme) -> LookKept:
    """A theme as it is kept."""
    return LookKept(theme.page_size, theme.accent, theme.annexes, theme.pdf_profile, _templates(theme))


def _utc(given: datetime | None) -> datetime | None:
    return given.astimezone(UTC) if given else None


def _templates(theme: Theme) -> dict[str, str]:
    """The digest of every template that is not ours."""
    folder = theme.templates
    own = sorted(path for path in folder.rglob("*") if path.is_file()) if folder else []
    return {path.relative_to(folder).as_posix(): digest(path.read_bytes()) for path in own if folder}


def told_apart(settings: Kept) -> str | None:
    """That something else made a run than would make it here; None where it is the same."""
    made_by, ours = settings.tool, tool(settings.formats, settings.language)
    if made_by == ours:
        return None
    return f"made by {made_by}, and this is {ours}; with those versions they can be held against each other"


def tool(formats: Collection[Format], spoken: str) -> ToolKept:
    """What makes runs here, with the libraries that the bytes of such formats in this language depend on."""
    needed = {"babel": spoken != ENGLISH.code, "xlsxwriter": "xlsx" in formats}
    needed["cyclonedx-python-lib"] = "cyclonedx" in formats
    found = {name: made_with for name, so in needed.items() if so and (made_with := _version(name))}
    engine = _version("weasyprint")
    if engine and "pdf" in formats:
        from reporter.render.pdf.pdf import libraries  # noqa: PLC0415 (loads Pango)

        found |= libraries()
    return ToolKept("datarisk", __version__, engine, found)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
