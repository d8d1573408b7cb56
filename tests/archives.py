"""Runs of an archive, made by the command, for tests of what is read of them again."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import NOW, agent, risk, schema_version, span_type
from conftest import Called
from gate_calls import put
from hypothesis import strategies as st

from reporter import pipeline
from reporter.declared.model import Account, Source
from reporter.declared.scope import Selection
from reporter.declared.vocabulary import CATEGORY_NAMES
from reporter.order import Order
from reporter.plain.language import ENGLISH, Language
from reporter.prefactor import records
from reporter.prefactor.records import Collected
from reporter.prefactor.shapes import Unit, units
from reporter.review.ledger import ASKED_FOR, SCHEMA, WHOLE, AgentThen, Exposure, Ledger, Row, Version
from reporter.review.past import Past
from reporter.review.previous import BITS
from reporter.review.trend import advance
from reporter.view.report import Controller, Report

DAY = 86_400
FIRST = 1_795_456_800  # 23 November 2026, 18:00 UTC
HOME = "local"


def unsure(*open_: str, **more: Any) -> dict[str, Any]:
    """A declaration in which these categories are unknown on both sides; all else is decided."""
    made = risk(**more)
    for part, answers in made.items():
        for name in open_:
            if name in answers and (part != "action_profile" or name == "external_communication"):
                answers[name] = "unknown"
    return made


def declared(*span_types: dict[str, Any]) -> dict[str, Any]:
    return {"span_type_schemas": list(span_types)}


class Archive:
    """Reports of one folder, day after day, into one archive."""

    def __init__(self, called: Called, folder: Path) -> None:
        self._called, self.folder = called, folder

    def call(self, *args: str, day: float = 0, **environment: str) -> tuple[int, str]:
        return self._called(*args, SOURCE_DATE_EPOCH=str(int(FIRST + day * DAY)), **environment)

    def report(self, *args: str, day: float = 0, status: int = 0, **agents: Any) -> dict[str, Any]:
        """The report.json of a run about these agents; of none, about those of the call before."""
        for name, value in agents.items():
            put(self.folder, f"in/{name}.json", value)
        found, said = self.call("report", "in", "-f", "json", *args, day=day)
        assert found == status, said
        self.said = said
        return self.last() if self.runs() else {}

    def last(self) -> dict[str, Any]:
        """The report.json of the newest run."""
        report: dict[str, Any] = json.loads((self.runs()[-1] / "report.json").read_bytes())
        return report

    def runs(self) -> list[Path]:
        return sorted(path for path in (self.folder / "reports" / HOME).glob("2*"))

    def history(self, *args: str, day: float = 999, status: int = 0) -> dict[str, Any]:
        found, said = self.call("history", "-f", "json", *args, day=day)
        assert found == status, said
        self.said = said
        value: dict[str, Any] = json.loads(said[said.index("{\n") : said.rindex("\n}") + 2])
        return value


@pytest.fixture
def archive(called: Called, tmp_path: Path) -> Archive:
    return Archive(called, tmp_path)


EXTERNAL = BITS["action_profile", "external_communication"]


def row(name: str, undecided: int, undeclared: int, outside: Exposure, schemas: str = "") -> Row:
    undecided |= undeclared
    if undecided & EXTERNAL:
        outside = "unknown"
    elif outside == "unknown":
        outside = "disallowed"
    return Row("span", name, 0, schemas, f"{undecided:x}", f"{undeclared:x}", outside)


bits = st.one_of(st.just(0), st.just(WHOLE), st.integers(0, WHOLE))


def ledger_of(day: int, held: dict[str, list[Row]], inserted_at: str | None = None) -> Ledger:
    at = f"2026-01-{day + 1:02}T00:00:00Z"
    found = tuple(
        AgentThen(key, key.upper(), None, (), None, (Version("v", inserted_at, ()),), tuple(some), (), ())
        for key, some in sorted(held.items())
    )
    return Ledger(SCHEMA, Account("acc", "Acc"), at, at, True, "", "r", "s", ASKED_FOR, found)


def moved(runs: int = 3, language: Language = ENGLISH) -> Report:
    """The report of the last of so many runs, each of which decides a little more, and loses and gains a span type."""
    past, found = Past(), None
    for day in range(runs):
        at = NOW + timedelta(days=day)
        names = CATEGORY_NAMES[min(day, len(CATEGORY_NAMES) - 2) :]
        types = [span_type(f"tool:lookup-{n}", unsure(*names)) for n in range(1 + (day + 1) % 2)]
        kept = tuple(
            records.record(unit.kind, unit.value, source="s", location=f"s#{unit.pointer}", agent_id="a1")
            for unit in units([agent(owner_person_id="p"), schema_version("v1", *types)])
            if isinstance(unit, Unit)
        )
        known = past
        order = Order(
            Selection(), Controller(None, "t", None, None), at, language=language, archived=lambda *_, k=known: k
        )
        found = pipeline.run(Collected((Source("file", "s", at),), kept), order)
        past = Past(advance(past.trend, found.ledger, run=f"run {day}"), incomplete=1, torn=("x",))
    assert found is not None
    return found.report
