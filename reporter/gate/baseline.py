"""What was known before: the open findings of an earlier report, which a gate may tolerate.

``datarisk/baseline/1`` is an object of ``account``, ``catalogue``, ``generated_at``, ``findings``, a map from a
finding's id to the digest of what was declared where it rests on, and ``agents``, with the names of their span types:
what is gone since has no findings either. A finding that a waiver accepted is not in it: were it known, nobody would
notice that its waiver has expired.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from reporter.declared.model import Account
from reporter.errors import UnreadableError, UsageError
from reporter.plain import disk
from reporter.sources import document
from reporter.view.report import SCHEMA as REPORT_SCHEMA
from reporter.view.report import Report

SCHEMA: Final = "datarisk/baseline/1"
_REPORT: Final = "report.json"
#: What a baseline needs of a report has been the same since the first version of its schema.
_REPORTS: Final = (REPORT_SCHEMA, "datarisk/report/1")
# A report of 1,000 agents has a quarter of that; beyond it somebody named the wrong file.
_LIMIT: Final = 500 * disk.MEGABYTE
_REMEDY: Final = "Name a bundle's folder, a report.json, or a file that `datarisk check --write-baseline` wrote"


@dataclass(frozen=True, slots=True)
class Known:
    """An agent that there was; ``entries`` are the kinds and names of what it declared."""

    id: str
    name: str
    entries: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Baseline:
    """The findings that are known.

    Attributes:
        location: Where they were read from.
        account: Whose they are.
        catalogue: The version of the rules that they were found with, where that is known.
        complete: Whether everything could be read then; what could not be was not found either.
        findings: By id, the digest of what was declared.
        agents: Those that there were; empty in a file that was written before baselines held them.
    """

    location: str
    account: Account
    catalogue: str | None
    complete: bool
    findings: Mapping[str, str]
    agents: tuple[Known, ...] = ()

    def since(self, finding: str, value_sha256: str) -> Literal["new", "changed", "known"]:
        """What a finding of today is: one with another value than it had may be another matter by now."""
        before = self.findings.get(finding)
        if before is None:
            return "new"
        return "known" if before == value_sha256 else "changed"

    def check_account(self, account: Account) -> None:
        """Sees to it that like is held against like.

        Raises:
            UsageError: It is about another account.
        """
        if self.account.id != account.id:
            raise UsageError(
                f"a baseline of the account {self.account.name} ({self.account.id}), and this is {account.name} "
                f"({account.id})",
                where=self.location,
                remedy="Name a baseline of the same account, or write one with --write-baseline",
            )


def read(path: Path) -> Baseline:
    """The baseline in a bundle's folder, a report.json or a baseline file.

    Raises:
        UsageError: It is none of them, or of a version that this program does not read.
    """
    file = path / _REPORT if path.is_dir() else path
    try:
        value = document.parse(disk.read(file, _LIMIT), str(file))
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=str(file), remedy=_REMEDY) from error
    except UnreadableError as error:
        raise UsageError(error.what, where=str(file), remedy=_REMEDY) from error
    schema = value.get("schema") if isinstance(value, dict) else None
    if schema not in (SCHEMA, *_REPORTS):
        what = f"{schema} is no baseline" if isinstance(schema, str) else "no baseline"
        raise UsageError(what, where=str(file), remedy=_REMEDY)
    try:
        return _from_report(value, str(file)) if schema in _REPORTS else _from_file(value, str(file))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise UsageError(
            f"a baseline that lacks one of its parts ({error})", where=str(file), remedy="Write it again"
        ) from error


def _from_report(value: Mapping[str, Any], where: str) -> Baseline:
    findings: dict[str, str] = {}
    agents: list[Known] = []
    for agent in value["agents"]:
        # What a waiver accepts is not known, so that somebody notices when it expires.
        findings |= {
            _text(each["id"]): _text(each["value_sha256"]) for each in agent["findings"] if each["status"] == "open"
        }
        entries = frozenset((_text(entry["kind"]), _text(entry["name"])) for entry in agent["span_types"])
        agents.append(Known(_text(agent["id"]), _text(agent["name"]), entries))
    catalogue = _text(value["catalogue"]["version"])
    return Baseline(where, _account(value), catalogue, value["complete"] is True, findings, tuple(agents))


def _from_file(value: Mapping[str, Any], where: str) -> Baseline:
    findings = {_text(name): _text(digest) for name, digest in value["findings"].items()}
    agents = tuple(
        Known(
            _text(key),
            _text(agent["name"]),
            frozenset((_text(kind), _text(name)) for kind, names in agent["entries"].items() for name in names),
        )
        for key, agent in value.get("agents", {}).items()
    )
    return Baseline(where, _account(value), value.get("catalogue"), complete=True, findings=findings, agents=agents)


def _account(value: Mapping[str, Any]) -> Account:
    return Account(_text(value["account"]["id"]), _text(value["account"].get("name", value["account"]["id"])))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is no text")
    return value


def to_bytes(report: Report) -> bytes:
    """The baseline file of a report; only complete evidence makes a baseline, and that is for the caller to see to."""
    known = (each for agent in report.agents for each in agent.findings if each.status == "open")
    agents: dict[str, Any] = {}
    for agent in sorted(report.agents, key=lambda each: each.id):
        entries: dict[str, set[str]] = {}
        for entry in agent.span_types:
            entries.setdefault(entry.kind, set()).add(entry.name)
        agents[agent.id] = {"name": agent.name, "entries": {kind: sorted(entries[kind]) for kind in sorted(entries)}}
    value = {
        "schema": SCHEMA,
        "account": {"id": report.account.id, "name": report.account.name},
        "catalogue": report.catalogue.version,
        "generated_at": report.generated_at,
        "findings": dict(sorted((each.id, each.value_sha256) for each in known)),
        "agents": agents,
    }
    return json.dumps(value, ensure_ascii=False, indent=2).encode("utf-8", "backslashreplace") + b"\n"
