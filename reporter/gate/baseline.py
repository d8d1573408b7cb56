"""What was known before: what agents answered then, which is what a gate compares with.

``datarisk/baseline/2`` is kept among what it is about, and looked over as that is: it holds nothing but answers, in one
order, without a time. A span type has lines of its own, the first and the last of which never change, so that branches
that change, add and take away span types side by side do so in places apart. What is ruled out is not listed: of a part
that is declared it is each of ``actions`` or ``categories`` that is not named. The list ends with an empty object, so
that what comes last has a comma like all others, and nobody's line changes when something comes after it.

``datarisk/report/1`` and ``/2`` hold the same answers. ``datarisk/baseline/1`` holds findings alone: the names of span
types, and the ids of what was found, with the digest of what it was found in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from reporter.declared.answer import answers as answered
from reporter.declared.model import Account
from reporter.declared.vocabulary import CLASSIFICATION, KINDS, LEVELS, PARTS, UNKNOWN, Part
from reporter.errors import UnreadableError, UsageError
from reporter.plain import disk
from reporter.review.answers import Declared, Key, Said, Told, asked, has_level, said
from reporter.review.answers import told as told_of
from reporter.review.previous import check_account
from reporter.sources import document
from reporter.view.report import SCHEMA as REPORT_SCHEMA
from reporter.view.report import Report

SCHEMA: Final = "datarisk/baseline/2"
BASELINE_FILE: Final = "datarisk-baseline.json"
"""The file that is found by itself, in the working directory or up to its repository's root."""

_FINDINGS: Final = "datarisk/baseline/1"
_REPORT: Final = "report.json"
#: What a baseline needs of a report has been the same since the first version of its schema.
_REPORTS: Final = (REPORT_SCHEMA, "datarisk/report/1")
# A report of 1,000 agents has a quarter of that; beyond it somebody named the wrong file.
_LIMIT: Final = 500 * disk.MEGABYTE
#: What a merge leaves where two branches changed the same lines.
_CONFLICT: Final = re.compile(rb"^<{7} ", re.MULTILINE)
_REMEDY: Final = "Name a bundle's folder, a report.json, or a file that `datarisk check --write-baseline` wrote"
_AGAIN: Final = "Take it away, and write it again with --write-baseline"


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is known.

    Attributes:
        location: Where it was read from.
        account: Whose it is.
        catalogue: The version of the rules that there were then, where that is known.
        complete: Whether everything could be read then; what could not be was not declared either.
        agents: Those that there were, with what they answered.
        findings: By id, the digest of what was declared; None where it knows answers, which say more.
        schemas: Whether it knows the schemas of span types.
        agreed: The agents for which something was agreed, and whether every document that agreed it held then.
        collected: Whether it was collected for this comparison, and is no file that somebody keeps: then nothing may
            be concluded where it has gaps.
    """

    location: str
    account: Account
    catalogue: str | None
    complete: bool
    agents: tuple[Said, ...] = ()
    findings: Mapping[str, str] | None = None
    schemas: bool = True
    agreed: Mapping[str, bool] = field(default_factory=dict)
    collected: bool = False

    def check_account(self, account: Account) -> None:
        """Sees to it that like is held against like.

        Raises:
            UsageError: It is about another account.
        """
        remedy = "Name a baseline of the same account, or write one with --write-baseline"
        check_account(self.account, account, where=self.location, remedy=remedy)


def read(path: Path) -> Baseline:
    """The baseline in a bundle's folder, a report.json or a baseline file.

    Raises:
        UsageError: It is none of them, or of a version that this program does not read.
    """
    return opened(path)[0]


def opened(path: Path) -> tuple[Baseline, Any, bytes]:
    """The baseline, the JSON object that it was read from, and the bytes of its file; errors as of ``read``."""
    file = path / _REPORT if path.is_dir() else path
    try:
        data = disk.read(file, _LIMIT)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=str(file), remedy=_REMEDY) from error
    return (*in_bytes(data, str(file)), data)


def in_bytes(data: bytes, where: str) -> tuple[Baseline, Any]:
    """The baseline in a file's bytes, and the JSON object that they hold; errors as of ``read``."""
    try:
        value = document.parse(data, where)
    except UnreadableError as error:
        if _CONFLICT.search(data):
            what = "two branches changed it, and the conflict is not settled"
            remedy = "Settle it, or write it again with --write-baseline"
            raise UsageError(what, where=where, remedy=remedy) from error
        raise UsageError(error.what, where=where, remedy=_REMEDY) from error
    schema = value.get("schema") if isinstance(value, dict) else None
    reader = {SCHEMA: _from_file, _FINDINGS: _from_findings, **dict.fromkeys(_REPORTS, _from_report)}.get(
        schema if isinstance(schema, str) else ""
    )
    if reader is None:
        what = f"{schema} is no baseline" if isinstance(schema, str) else "no baseline"
        raise UsageError(what, where=where, remedy=_REMEDY)
    try:
        return reader(value, where), value
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        what = f"a baseline that lacks one of its parts ({error})"
        raise UsageError(what, where=where, remedy=_AGAIN) from error


def agreed_in(agents: Iterable[Mapping[str, Any]]) -> dict[str, bool]:
    """Of agents as a report writes them, those for which something was agreed, and whether all of it held."""
    return {
        _text(agent["id"]): not any(each["expired"] for source in sources for each in source["documents"])
        for agent in agents
        if (sources := (agent.get("agreed") or {}).get("sources"))
    }


def _from_report(value: Mapping[str, Any], where: str) -> Baseline:
    agents = []
    for agent in value["agents"]:
        pairs = (
            (_key(entry), Declared(None, tuple(_part_of_report(part, entry[part]) for part in PARTS)))
            for entry in agent["span_types"]
        )
        agents.append(said(_text(agent["id"]), _text(agent["name"]), pairs))
    catalogue, complete = _text(value["catalogue"]["version"]), value["complete"] is True
    agreed = agreed_in(value["agents"])
    return Baseline(where, _account(value), catalogue, complete, tuple(agents), schemas=False, agreed=agreed)


def _part_of_report(part: Part, value: Any) -> Told | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise TypeError(f"{value!r:.40} is no object")
    return told_of(part, answered(part, value))


def _from_findings(value: Mapping[str, Any], where: str) -> Baseline:
    findings = {_text(name): _text(digest) for name, digest in value["findings"].items()}
    agents = tuple(
        Said(
            _text(key),
            _text(agent["name"]),
            {(_text(kind), _text(name)): () for kind, names in agent["entries"].items() for name in names},
        )
        for key, agent in value.get("agents", {}).items()
    )
    return Baseline(where, _account(value), value.get("catalogue"), complete=True, agents=agents, findings=findings)


def _from_file(value: Mapping[str, Any], where: str) -> Baseline:
    actions, categories = (frozenset(map(_text, _list(value[name]))) for name in ("actions", "categories"))
    known = dict(zip(PARTS, (actions, categories, categories), strict=True))
    names: dict[str, str] = {}
    found: dict[str, list[tuple[Key, Declared]]] = {}
    for item in value["answers"]:
        if not item:
            continue  # the end
        agent = _text(item["agent"])
        if "span_type" not in item:
            names[agent] = _text(item["name"])
            found.setdefault(agent, [])
            continue
        parts = tuple(_part_of_file(part, item[part], known[part]) for part in PARTS)
        key = (_kind(item["kind"]), _text(item["span_type"]))
        found[agent].append((key, Declared(_text(item["schemas_sha256"]), parts)))
    agents = tuple(said(agent, names[agent], pairs) for agent, pairs in found.items())
    agreed = {_text(agent): held is True for agent, held in value.get("agreed", {}).items()}
    return Baseline(where, _account(value), _text(value["catalogue"]), complete=True, agents=agents, agreed=agreed)


def _part_of_file(part: Part, value: Any, known: frozenset[str]) -> Told | None:
    """A declared part: what it names nowhere was ruled out, if it was a field then."""
    if value is None:
        return None
    yes_word, no_word = _WORDS[part]
    yes, unknown, no = (frozenset(map(_text, _list(value.get(word, [])))) for word in (yes_word, UNKNOWN, no_word))
    level = value[CLASSIFICATION] if has_level(part) else None
    if level not in (None, UNKNOWN, *LEVELS) or (has_level(part) and level is None):
        raise ValueError(f"{level!r:.40} is no classification")
    # A field that came later was not asked for then, so that nobody has answered it.
    ruled_out = (no | (known & asked(part))) - yes - unknown
    return Told(
        yes, ruled_out, (yes | unknown | no) - asked(part) - yes - ruled_out, None if level == UNKNOWN else level
    )


def _account(value: Mapping[str, Any]) -> Account:
    return Account(_text(value["account"]["id"]), _text(value["account"].get("name", value["account"]["id"])))


def _key(entry: Mapping[str, Any]) -> Key:
    return _kind(entry["kind"]), _text(entry["name"])


def _kind(value: Any) -> str:
    if value not in KINDS:
        raise ValueError(f"{value!r:.40} is no kind of span type")
    return _text(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is no text")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r:.40} is no list")
    return value


# Writing -----------------------------------------------------------------------------------------------------------

_WORDS: Final[dict[Part, tuple[str, str]]] = {
    "action_profile": ("allowed", "disallowed"),
    "params_data_categories": ("included", "excluded"),
    "result_data_categories": ("included", "excluded"),
}


def agreed_now(report: Report) -> dict[str, bool]:
    """The same of a report that was just made."""
    return {
        agent.id: not any(each.expired for source in agent.agreed.sources for each in source.documents)
        for agent in report.agents
        if agent.agreed and agent.agreed.sources
    }


def to_bytes(report: Report, agents: Iterable[Said]) -> bytes:
    """The baseline file of a report; only complete evidence makes a baseline, and that is for the caller to see to."""
    head = {
        "schema": SCHEMA,
        "account": {"id": report.account.id, "name": report.account.name},
        "catalogue": report.catalogue.version,
        "actions": sorted(asked("action_profile")),
        "categories": sorted(asked("params_data_categories")),
    }
    if agreed := agreed_now(report):
        head["agreed"] = dict(sorted(agreed.items()))
    # A line each: what belongs together changes together, and a line is what two branches agree on.
    lines = ["{", *(f"{_json(name)}: {_json(value)}," for name, value in head.items()), '"answers": [']
    for agent in sorted(agents, key=lambda each: each.id):
        lines.append(f"{_json({'agent': agent.id, 'name': agent.name})},")
        for (kind, name), declared in agent.entries.items():
            for each in declared:
                lines += _lines(agent.id, kind, name, each)
    return "\n".join([*lines, "{}]}", ""]).encode("utf-8", "backslashreplace")


def _lines(agent: str, kind: str, name: str, declared: Declared) -> Iterator[str]:
    about = _json({"agent": agent, "kind": kind, "span_type": name})
    yield f"{about[:-1]},"
    yield f' "schemas_sha256": {_json(declared.schemas)},'
    for part, told in zip(PARTS, declared.parts, strict=True):
        yield f' "{part}": {_json(_said(part, told))}{"" if part == PARTS[-1] else ","}'
    yield "},"


def _said(part: Part, told: Told | None) -> dict[str, Any] | None:
    if told is None:
        return None
    yes, no = _WORDS[part]
    level = {CLASSIFICATION: told.level or UNKNOWN} if has_level(part) else {}
    unknown = (asked(part) - told.yes - told.no) | told.open
    own = told.no - asked(part)
    found = level | {yes: sorted(told.yes), UNKNOWN: sorted(unknown)}
    return found | ({no: sorted(own)} if own else {})


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
