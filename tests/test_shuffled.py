"""What is declared has one identity, in whatever order it was written: the cases, read whole, shuffled, and located."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from builders import NOW
from conftest import ROOT, Datarisk
from hypothesis import given, settings
from hypothesis import strategies as st

from reporter import pipeline
from reporter.declared.scope import Selection
from reporter.order import Order
from reporter.sources.files import Files
from reporter.view.report import Controller, Report

CASES = sorted((ROOT / "tests" / "cases").glob("*.json"))
SPAN_TYPES = {
    "civil": 1, "coding-agent": 7, "egress": 1, "gamed": 12, "hospital-agent": 8, "hospital-silenced": 8, "lookup": 1,
    "one": 1, "pub": 1, "support-agent": 8, "web": 1, "x05": 1, "x12": 1, "x15": 1,
}  # fmt: skip


def report(path: Path) -> Report:
    order = Order(Selection(), Controller(None, "title", None, None), NOW)
    return pipeline.run(Files([str(path)], NOW).collect(), order).report


def ids(made: Report) -> list[tuple[str, ...]]:
    """Everything that tells something apart, and no place."""
    return sorted(
        (agent.id, *sorted(version.id for version in agent.schema_versions), found.id, found.value_sha256, found.rule)
        for agent in made.agents
        for found in agent.findings
    )


def shuffled(value: Any, chance: random.Random) -> Any:
    """The same declarations in another order of keys, and of the entries in the lists that hold them."""
    if isinstance(value, dict):
        keys = chance.sample(list(value), len(value))
        return {key: shuffled(value[key], chance) for key in keys}
    if isinstance(value, list) and any(isinstance(item, dict) and "name" in item for item in value):
        return [shuffled(item, chance) for item in chance.sample(value, len(value))]
    return value


def test_every_case_is_known() -> None:
    assert {path.stem for path in CASES} == set(SPAN_TYPES)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_case_is_read_whole(path: Path) -> None:
    made = report(path)
    assert made.complete
    assert not made.gaps
    assert [agent.id for agent in made.agents] == [path.stem]
    assert sum(len(agent.span_types) for agent in made.agents) == SPAN_TYPES[path.stem]
    assert ids(made) or path.stem in ("lookup", "x15"), "of these two nobody has anything to decide"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_order_of_span_types_and_keys_changes_no_id_of_a_case(path: Path, tmp_path: Path) -> None:
    before = ids(report(path))
    other = tmp_path / path.name
    for seed in range(2):
        other.write_text(json.dumps(shuffled(json.loads(path.read_bytes()), random.Random(seed))))
        assert ids(report(other)) == before


ODD = [
    {"name": "", "params_schema": {}, "data_risk": {"x": {"b": 1, "a": 2}}},
    {"name": {"b": 1, "a": [2]}, "params_schema": {}},
    {"name": "a", "params_schema": {}, "data_risk": {"action_profile": {"read_data": {"b": 1, "a": 2}}}},
    {"name": "a", "params_schema": {}, "data_risk": {"action_profile": []}},
    {"name": "b", "params_schema": {}, "data_risk": None},
]


@settings(max_examples=30)
@given(st.lists(st.sampled_from(ODD), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_nor_does_it_of_what_is_odd(tmp_path_factory: Any, entries: list[Any], chance: random.Random) -> None:
    path = tmp_path_factory.mktemp("odd") / "x.json"
    value = {"span_type_schemas": entries, "quality_schemas": {"q": {"name": {"b": 1, "a": 2}, "schema": {}}}}
    path.write_text(json.dumps(value))
    before = ids(report(path))
    path.write_text(json.dumps(shuffled(value, chance)))
    assert ids(report(path)) == before


def test_the_same_declarations_in_two_orders_are_one_version(tmp_path: Path) -> None:
    value = json.loads((ROOT / "tests/cases/support-agent.json").read_bytes())
    registration = {"agent_id": "a", "agent_schema_version": value.get("agent_schema_version", value)}
    for number in range(2):
        other = shuffled(registration, random.Random(number))
        (tmp_path / f"{number}.json").write_text(json.dumps(other))
    [agent] = report(tmp_path).agents
    assert len(agent.schema_versions) == 1


def test_a_finding_has_one_id_and_one_place_whether_the_path_is_absolute_or_not(
    datarisk: Datarisk, tmp_path: Path
) -> None:
    name = "a b\\c#1%?é.json"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes((ROOT / "tests/cases/gamed.json").read_bytes())
    told = []
    for path in (f"in/{name}", str(tmp_path / "in" / name), "in", str(tmp_path)):
        [run] = json.loads(datarisk("check", path, "-f", "sarif").stdout)["runs"]
        assert str(tmp_path) not in json.dumps(run)
        told.append(run["results"])
        places = {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]}
        assert {unquote(place) for place in places} == {f"in/{name}"}
        assert not set("".join(places)) & set(' \\#?é"<>')
    assert told[0] == told[1] == told[2] == told[3]
    annotations = datarisk("check", str(tmp_path / "in"), "-f", "github").stdout
    assert "file=in/a b\\c#1%25?é.json,line=1" in annotations
    assert str(tmp_path) not in annotations
    for format_ in ("text", "json", "junit", "markdown"):
        assert str(tmp_path) not in datarisk("check", "in", "-f", format_).stdout


def test_no_absolute_path_stands_in_any_file_of_a_run(datarisk: Datarisk, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/x.json").write_bytes((ROOT / "tests/cases/one.json").read_bytes())
    (tmp_path / "in/bad.json").write_text("{")
    (tmp_path / "else").mkdir()
    formats = [part for name in ("html", "json", "csv", "findings.csv") for part in ("-f", name)]
    done = datarisk("report", str(tmp_path / "in"), *formats, "-o", str(tmp_path / "out"))
    assert done.returncode == 3
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file() and not path.is_symlink()]
    assert len(written) >= 6
    for path in written:
        assert str(tmp_path).encode() not in path.read_bytes(), path
