"""The file that names several reports: each with what it reads, what it compares with, whom it tells, what it keeps.

A ``[[report]]`` holds any setting, which then counts for it before the environment and ``datarisk.toml``, and a few
keys of its own. What stands above all of them holds for each that says nothing else. No secret stands in it: tokens and
addresses of webhooks are in a variable or a file, which it names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticUndefined

from reporter.errors import UsageError
from reporter.layers import Layer, beside
from reporter.plain.toml_lines import Place, Strict, TomlFile, meant, tables
from reporter.plain.toml_values import Text, one_line
from reporter.settings import SPOKEN_ONLY, Settings

RUN_FILE: Final = "datarisk-run.toml"
"""Read where no other is named: the nearest one, from the working directory up to the root of its repository."""

On = Literal["new", "failure", "expiring"]
"""What somebody is told of: new questions, a report that could not be made, what is accepted until a day near by."""
Shape = Literal["slack", "json"]
BaselineRule = Literal["last", "policy", "none"]

_SECRET: Final = re.compile("token|secret|passw|api_?key|bearer", re.IGNORECASE)
_ADDRESS: Final = re.compile("url|address|webhook|hook", re.IGNORECASE)
_TOKENS: Final = (
    "A token never stands in a file: name its variable in token_variable or its file in token_file, take it out here, "
    "and have it replaced if others can read this file"
)
_ADDRESSES: Final = (
    "The address of a webhook is a secret: name its variable in url_variable or its file in url_file, and take it out "
    "here"
)

_Name = Annotated[str, Field(min_length=1, max_length=80), BeforeValidator(one_line)]
_Variable = Annotated[str, Field(pattern="^[A-Za-z_][A-Za-z0-9_]*$")]
# Of all that the environment holds only what is meant for the platform can be sent there.
_TokenVariable = Annotated[str, Field(pattern="^PREFACTOR_[A-Z0-9_]+$")]


class NotifyTable(Strict):
    """Who is told of a run, and of what."""

    url_variable: _Variable | None = Field(
        default=None,
        examples=["PRIVACY_WEBHOOK"],
        description="Name the variable that holds the webhook's address, a secret; or, with _FILE after it, its file",
    )
    url_file: Text | None = Field(
        default=None,
        examples=["/etc/datarisk/webhook"],
        description="Or name the file that holds it, beside this file or absolute",
    )
    shape: Shape = Field(default="slack", description='Write "slack" (Mattermost and others take it too) or "json"')
    on: list[On] = Field(
        default=["new", "failure", "expiring"],
        min_length=1,
        description='Write a list of "new", "failure" and "expiring"',
    )
    days: int = Field(default=14, ge=1, le=365, description="Say how many days before its last one somebody is told")
    timeout: float = Field(default=20, gt=0, le=300, description="Say how many seconds telling may take in all")


class EveryTable(Strict):
    """What may stand above all reports as well."""

    baseline: BaselineRule = Field(
        default="last",
        description='Write "last" (what is new since the last complete run), "policy" (since the baseline of [policy]) '
        'or "none"',
    )
    split: Literal["agent"] | None = Field(default=None, description='Write "agent" for one more document per agent')
    keep_last: int | None = Field(
        default=None, ge=1, examples=[60], description="Say how many runs are kept; without it and keep_days, all are"
    )
    keep_days: int | None = Field(
        default=None,
        ge=1,
        le=36500,
        examples=[400],
        description="Say for how many days a run is kept, however many there are",
    )
    notify: NotifyTable | None = Field(default=None, description="Write a table, [notify] or [report.notify]")


class ReportTable(EveryTable):
    """One report; beside these keys it holds any setting."""

    model_config = ConfigDict(extra="ignore", frozen=True)  # what is neither is looked for apart

    name: _Name = Field(description='Give it a name of at most 80 letters, such as name = "production"')
    sources: list[Text] | None = Field(
        default=None,
        min_length=1,
        examples=[["declarations/"]],
        description="Name files or folders, beside this file or absolute; without it, it is the platform's account",
    )
    token_variable: _TokenVariable | None = Field(
        default=None,
        examples=["PREFACTOR_API_TOKEN_EU"],
        description="Name its token's variable, which begins with PREFACTOR_; with _FILE after it, it names the file",
    )
    token_file: Text | None = Field(
        default=None,
        examples=["/etc/datarisk/token"],
        description="Or name the file that holds it, beside this file or absolute",
    )


class _File(EveryTable):
    report: list[ReportTable] = Field(default=[])


@dataclass(frozen=True, slots=True)
class Notify:
    """Where the address of a webhook is, what it is told, and how."""

    url_variable: str | None
    url_file: Path | None
    where: str
    shape: Shape
    on: frozenset[On]
    days: int
    timeout: float


@dataclass(frozen=True, slots=True)
class Keep:
    """How many runs are kept, and for how many days; None where that is no reason to take one away."""

    last: int | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """One report of the file.

    Attributes:
        layer: Its table with the settings in it.
        place: Says where a key of it stands.
        sources: What it reads; empty for the account of the platform.
    """

    name: str
    layer: Layer
    place: Place
    sources: tuple[str, ...]
    token_file: Path | None
    token_variable: str | None
    baseline: BaselineRule
    split: bool
    keep: Keep
    notify: Notify | None


def read(file: TomlFile) -> tuple[Planned, ...]:
    """The reports of a file.

    Raises:
        UsageError: It names none, or holds a mistake; no report of it is to be made then.
    """
    every = _every(file)
    found = [
        _planned(file, number, each, every) for number, (_, each) in enumerate(tables(file, "report", ReportTable))
    ]
    if not found:
        remedy = "Write [[report]] and name = ... below it; `datarisk init run` drafts one"
        raise UsageError("it names no report", where=str(file.path), remedy=remedy)
    first: dict[str, Planned] = {}
    for each in found:
        there = first.setdefault(each.name.casefold(), each)
        if there is not each:
            what = f"a second report of the name {each.name}; the first is at {there.place('name')}"
            raise UsageError(what, where=each.place("name"), remedy="Give each a name of its own")
    return tuple(found)


def _every(file: TomlFile) -> EveryTable:
    """What stands above all reports."""
    given = file.value.get("report", [])
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        remedy = "Write [[report]] above each, in double brackets"
        raise UsageError("report is no list of tables", where=file.at("report"), remedy=remedy)
    above = {name: value for name, value in file.value.items() if name != "report"}
    _check(file, above, (), [*EveryTable.model_fields, "report"])
    for number, table in enumerate(given):
        _check(file, table, ("report", number), [*ReportTable.model_fields, *_SETTINGS])
    # An array of one table, so that its mistakes are told as those of the others are.
    return next(table for _, table in tables(_Alone(file, above), "", EveryTable))


_SETTINGS: Final = tuple(name for name in Settings.model_fields if name not in SPOKEN_ONLY)


def _check(file: TomlFile, table: Mapping[str, Any], keys: tuple[str | int, ...], known: list[str]) -> None:
    """Whatever nobody knows may be a mistyped limit, or a secret that should stand elsewhere."""
    notify = table.get("notify")
    inside = [("notify", key) for key in notify] if isinstance(notify, dict) else []
    for way in (*((key,) for key in table), *inside):
        name = str(way[-1])
        within = list(NotifyTable.model_fields) if len(way) > 1 else known
        if name in within or (name in SPOKEN_ONLY and keys):  # of the latter the settings themselves tell
            continue
        remedy = (
            _TOKENS if _SECRET.search(name)
            else _ADDRESSES if _ADDRESS.search(name)
            else meant(name, within, "Known ones")
        )  # fmt: skip
        where = file.at(*keys, *way)
        raise UsageError(f"no such key: {'.'.join(map(str, way))}", where=where, remedy=remedy)
    if isinstance(notify, str):
        raise UsageError("notify is no table", where=file.at(*keys, "notify"), remedy=_ADDRESSES)


class _Alone(TomlFile):
    """What stands above all tables, as the one table of an array without a name."""

    def __init__(self, file: TomlFile, above: Mapping[str, Any]) -> None:
        self.path, self.data, self.text = file.path, file.data, file.text
        self.value = {"": [above]}

    def at(self, *keys: str | int) -> str:
        """``file:line``, without the array and the number that are not written there."""
        return super().at(*keys[2:])


def _planned(file: TomlFile, number: int, table: ReportTable, every: EveryTable) -> Planned:
    way = ("report", number)
    folder = file.path.parent

    def place(*keys: str | int) -> str:
        return file.at(*way, *keys)

    said = {name: getattr(every, name) for name in every.model_fields_set}
    said |= {name: getattr(table, name) for name in table.model_fields_set}
    chosen = table.model_copy(update=said)
    if chosen.token_file and chosen.token_variable:
        remedy = "Name a variable or a file"
        raise UsageError("two places of a token", where=place("token_file"), remedy=remedy)
    for index, source in enumerate(chosen.sources or ()):
        if "://" in source or source == "-":
            remedy = "Leave sources out for the account of a platform, and name its address in api_url"
            raise UsageError("no file and no folder", where=place("sources", index), remedy=remedy)
    values: dict[str, Any] = file.value["report"][number]
    settings = beside(folder, {name: value for name, value in values.items() if name in Settings.model_fields})
    for name in ("output", "archive"):
        if isinstance(settings.get(name), str) and "://" not in settings[name]:
            settings[name] = str(folder / settings[name])
    at = place if "notify" in table.model_fields_set else file.at
    return Planned(
        chosen.name,
        Layer(file, way, settings, own=True),
        place,
        tuple(str(folder / each) for each in chosen.sources or ()),
        folder / chosen.token_file if chosen.token_file else None,
        chosen.token_variable,
        chosen.baseline,
        chosen.split is not None,
        Keep(chosen.keep_last, chosen.keep_days),
        _notify(chosen.notify, folder, at) if chosen.notify else None,
    )


def _notify(table: NotifyTable, folder: Path, at: Place) -> Notify:
    if (table.url_variable is None) == (table.url_file is None):
        remedy = 'Write url_variable = "NAME" or url_file = "PATH"'
        raise UsageError("it names no place, or two, of the webhook's address", where=at("notify"), remedy=remedy)
    where = at("notify", "url_variable" if table.url_variable else "url_file")
    file = folder / table.url_file if table.url_file else None
    return Notify(table.url_variable, file, where, table.shape, frozenset(table.on), table.days, table.timeout)


# For those who write such a file ----------------------------------------------------------------------------------


def run_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the file; a setting has no default there, as a report inherits it."""
    made = _File.model_json_schema()
    settings = Settings.model_json_schema()
    properties = {
        name: {key: value for key, value in each.items() if key != "default"}
        for name, each in settings["properties"].items()
    }
    made["$defs"] = settings["$defs"] | made["$defs"]
    table = made["$defs"]["ReportTable"]
    table["properties"] |= properties
    table["additionalProperties"] = False
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | made | {"title": "datarisk run"}


_HEAD: Final = """\
# Reports for a schedule: `datarisk run` makes each of them, keeps it, and tells somebody what is new.
# Files that are named here lie beside this file, or are absolute. No token and no webhook's address stands in it.
# What stands here holds for every report that says nothing else; take away the # to change it.
"""
_REPORT: Final = """\
[[report]]
# What it is called in lines, in the log and in what is sent.
name = "production"

# Any setting may stand here, for this report alone; the others come from the environment and from datarisk.toml.
# environments = ["Production"]
# agents = ["support-*"]
# formats = ["html", "pdf", "json"]
# output = "reports"
# policy.fail_on = "high"

# Without a token here it is that of PREFACTOR_API_TOKEN or PREFACTOR_API_TOKEN_FILE. Another platform than Prefactor's
# own is read only where a variable of the environment names it too: PREFACTOR_API_URL, or PREFACTOR_API_URL_EU.
# api_url = ""
"""


def draft() -> str:
    """A file to start from, with every key in it, commented."""
    own = {name: each for name, each in ReportTable.model_fields.items() if name not in EveryTable.model_fields}
    del own["name"]
    lines = [_HEAD, *_commented({k: v for k, v in EveryTable.model_fields.items() if k != "notify"})]
    lines += ["# [notify]", *_commented(NotifyTable.model_fields), _REPORT, *_commented(own)]
    return "\n".join(lines)


def _commented(fields: Mapping[str, Any]) -> Iterator[str]:
    for name, field in fields.items():
        unset = field.default is None or field.default is PydanticUndefined
        value = (field.examples or [""])[0] if unset else field.default
        yield from (f"# {field.description}.", f"# {name} = {json.dumps(value)}", "")
