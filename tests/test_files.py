"""Sources: files, folders, standard input and snapshots; what cannot be read is a gap with a reason."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from builders import NOW, agent, pinned, risk, schema_version, span_type
from hypothesis import given
from hypothesis import strategies as st
from strategies import data_risks

from reporter.errors import UsageError
from reporter.plain.canonical import canonical
from reporter.prefactor.records import Collected
from reporter.sources import snapshot
from reporter.sources.document import parse
from reporter.sources.files import Files

SCHEMA = {"span_type_schemas": [span_type("tool:a", risk("health_and_medical"))]}


def read(*paths: Path | str, **more: Any) -> Collected:
    return Files([str(path) for path in paths], NOW, **more).collect()


def written(folder: Path, name: str, value: Any) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    return path


def test_a_file_that_names_no_agent_belongs_to_one_named_after_its_stem(tmp_path: Path) -> None:
    [found] = read(written(tmp_path, "support.json", SCHEMA)).inventory().agents
    assert found.name == "support"
    assert len(found.schema_versions) == 1


def test_a_name_can_be_given_to_the_agent_of_files_that_name_none(tmp_path: Path) -> None:
    files = [written(tmp_path, f"v{n}.json", {**SCHEMA, "external_identifier": str(n)}) for n in (1, 2)]
    [found] = read(*files, agent_name="Support/EU").inventory().agents
    assert (found.id, found.name, len(found.schema_versions)) == ("Support/EU", "Support/EU", 2)


def test_two_files_of_one_stem_are_two_agents_of_one_name(tmp_path: Path) -> None:
    written(tmp_path, "a/schema.json", SCHEMA)
    written(tmp_path, "b/schema.json", SCHEMA)
    found = read(tmp_path).inventory().agents
    assert [agent.name for agent in found] == ["schema", "schema"]
    assert len({agent.id for agent in found}) == 2


def test_standard_input_is_a_source() -> None:
    [found] = read("-", stdin=io.BytesIO(json.dumps(SCHEMA).encode())).inventory().agents
    assert found.name == "standard-input"


def test_a_folder_is_read_to_its_depth_and_other_files_in_it_are_counted(tmp_path: Path) -> None:
    written(tmp_path, "x/y/a.JSON", SCHEMA)
    written(tmp_path, "readme.txt", b"hello")
    written(tmp_path, ".git/config.json", b"hello")
    found = read(tmp_path)
    assert len(found.records) == 1
    assert {(item.kind, item.count) for item in found.not_used} == {("file", 1), ("tools", 1)}
    assert not found.gaps


def test_a_folder_without_any_declaration_is_a_gap(tmp_path: Path) -> None:
    [gap] = read(tmp_path).gaps
    assert gap.why == "it holds no file whose name ends in .json, .jsonl, .ndjson, .json.gz"


def test_several_sources_make_one_inventory(tmp_path: Path) -> None:
    one = written(tmp_path, "agents.json", {"summaries": [agent(), *pinned("v1", "Production")]})
    two = written(tmp_path, "schemas.json", {"details": schema_version("v1", span_type("a", risk()))})
    [found] = read(one, two).inventory().agents
    assert (found.name, found.deployments[0].environment) == ("Claims", "Production")


def test_records_with_payloads_are_counted_and_never_kept(tmp_path: Path) -> None:
    spans = {"summaries": [{"type": "agent_span", "id": "s", "payload": {"name": "Jane Roe"}}]}
    found = read(written(tmp_path, "spans.json", spans))
    assert [(item.kind, item.count) for item in found.not_used] == [("agent_span", 1)]
    assert b"Jane Roe" not in snapshot.to_bytes(found.inventory())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32-le"])
def test_json_in_any_unicode_encoding_is_read(encoding: str) -> None:
    assert parse(json.dumps({"a": "é😀"}, ensure_ascii=False).encode(encoding), "x") == {"a": "é😀"}


BAD = {
    "empty": (b" \n", "the file is empty"),
    "no JSON": (b'{"a": 1;}', "not JSON: .* at line 1, column 8"),
    "binary": (b"\x89PNG\r\n\x1a\n\x00\xff", "not (text|JSON)"),
    "NaN": (b'{"a": NaN}', "NaN is no JSON number"),
    "nested 5000 deep": (b"[" * 5000 + b"]" * 5000, "nested deeper than 128 levels"),
    "nested 300 deep": (b"[" * 300 + b"]" * 300, "nested deeper than 128 levels"),
    "a name twice": (b'{"a": {"x": 1, "x": 2}}', "one object holds the name 'x' twice"),
    "no known shape": (b'{"a": 1}', "an object of no known shape"),
    "no object at all": (b"3", "a number is no declaration"),
    "an error answer": (b'{"status":"error","code":"not_found"}', "the platform answered with an error, not_found"),
    "a number beyond a double": (b'{"span_type_schemas": [], "x": 1e999}', "no double can hold"),
    "a later snapshot": (b'{"schema": "datarisk/snapshot/9"}', "a snapshot of version"),
    "half a snapshot": (b'{"schema": "datarisk/snapshot/1"}', "lacks one of its parts"),
}


@pytest.mark.parametrize(("data", "reason"), BAD.values(), ids=BAD)
def test_what_cannot_be_read_is_a_gap_that_says_why_and_does_not_hide_the_rest(
    tmp_path: Path, data: bytes, reason: str
) -> None:
    written(tmp_path, "bad.json", data)
    written(tmp_path, "good.json", SCHEMA)
    found = read(tmp_path)
    [gap] = found.gaps
    assert re.search(reason, gap.why), gap.why
    assert "bad.json" in (gap.location or "")
    assert [agent.name for agent in found.inventory().agents] == ["good"]


def test_a_file_above_the_limit_is_a_gap_and_is_not_read_into_memory(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    [gap] = read(path).gaps
    assert gap.why == "larger than 100 MB. Split it, or raise the limit with --max-megabytes"


def test_a_path_that_is_not_there_stops_the_run_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such file or folder"):
        read(written(tmp_path, "good.json", SCHEMA), tmp_path / "nowhere")


def test_a_file_that_may_not_be_read_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "loop.json").symlink_to("loop.json")
    found = read(tmp_path)
    assert any("cannot be read" in gap.why for gap in found.gaps)


@given(st.lists(st.builds(lambda risk: {"span_type_schemas": [span_type("tool:a", risk)]}, data_risks), max_size=4))
def test_a_snapshot_gives_the_inventory_that_it_was_made_of_and_the_same_bytes_again(values: list[Any]) -> None:
    found = Files(["-"], NOW, stdin=io.BytesIO(json.dumps(values).encode())).collect().inventory()
    data = snapshot.to_bytes(found)
    again = snapshot.from_value(parse(data, "snapshot"), "snapshot").inventory()
    assert again == found
    assert snapshot.to_bytes(again) == data


def test_a_snapshot_is_canonical_json(tmp_path: Path) -> None:
    data = snapshot.to_bytes(read(written(tmp_path, "a.json", {**SCHEMA, "x": "\ud800"})).inventory())
    assert canonical(json.loads(data)) + b"\n" == data


def test_a_record_of_a_snapshot_that_was_changed_is_a_gap_and_does_not_count(tmp_path: Path) -> None:
    data = snapshot.to_bytes(read(written(tmp_path, "a.json", SCHEMA)).inventory())
    changed = read(written(tmp_path, "s.json", data.replace(b'"included"', b'"excluded"')))
    assert not changed.records
    assert "it was changed after it was collected" in changed.gaps[0].why


def test_gaps_of_a_snapshot_stay_gaps(tmp_path: Path) -> None:
    data = snapshot.to_bytes(read(written(tmp_path, "bad.json", b"")).inventory())
    [gap] = read(written(tmp_path, "s.json", data)).gaps
    assert gap.why == "the file is empty"


def test_of_a_bundle_only_its_evidence_is_read(tmp_path: Path) -> None:
    data = snapshot.to_bytes(read(written(tmp_path / "in", "a.json", SCHEMA)).inventory())
    written(tmp_path / "run", "evidence/snapshot.json", data)
    written(tmp_path / "run", "manifest.json", {"schema": "datarisk/manifest/1"})
    written(tmp_path / "run", "report.json", {"schema": "datarisk/report/1"})
    for place in (tmp_path / "run", tmp_path):
        found = read(place)
        assert not found.gaps
        assert {record.kind for record in found.records} == {"schema_registration"}


def test_progress_is_told_of_every_file(tmp_path: Path) -> None:
    for n in range(3):
        written(tmp_path, f"{n}.json", SCHEMA)
    told: list[tuple[int, int]] = []
    Files([str(tmp_path)], NOW).collect(lambda done, of: told.append((done, of)))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
