"""What files hold is told by their content: JSON Lines and gzip are read, all else is told as what it looks like."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest
from builders import NOW, agent, risk, schema_version, span_type

from reporter.prefactor.records import Collected
from reporter.sources import snapshot
from reporter.sources.files import Files

SPAN = span_type("tool:a", risk("health_and_medical"))
ONE = {"span_type_schemas": [SPAN]}
ROWS = [agent(), schema_version("v1", SPAN)]


def read(folder: Path, name: str, data: bytes, **more: Any) -> Collected:
    (folder / name).write_bytes(data)
    return Files([str(folder)], NOW, **more).collect()


def lines(*values: Any) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


READ = {
    "JSON": json.dumps(ROWS).encode(),
    "JSON Lines": lines(*ROWS),
    "JSON Lines with empty lines": b"\n" + lines(*ROWS).replace(b"\n", b"\r\n\n"),
    "gzip": gzip.compress(json.dumps(ROWS).encode()),
    "gzip in parts": b"".join(gzip.compress(lines(row)) for row in ROWS),
    "a byte-order mark": b"\xef\xbb\xbf" + lines(*ROWS),
    "a mark at every line": b"".join(b"\xef\xbb\xbf" + lines(row) for row in ROWS),
    "UTF-16": json.dumps(ROWS).encode("utf-16"),
    "UTF-16 without a mark": json.dumps(ROWS).encode("utf-16-le"),
}


@pytest.mark.parametrize("data", READ.values(), ids=READ)
@pytest.mark.parametrize("name", ["x.json", "x.jsonl", "x.ndjson", "x.json.gz", "X.JSONL.GZ"])
def test_it_is_read_by_its_content_whatever_its_name(tmp_path: Path, data: bytes, name: str) -> None:
    found = read(tmp_path, name, data)
    assert not found.gaps
    assert [record.kind for record in found.records] == ["agent", "agent_schema_version"]


def test_a_packed_file_is_named_after_its_stem(tmp_path: Path) -> None:
    [found] = read(tmp_path, "claims.json.gz", gzip.compress(json.dumps(ONE).encode())).inventory().agents
    assert found.id == "claims"


def test_a_snapshot_is_read_from_gzip_and_from_a_line_among_others(tmp_path: Path) -> None:
    kept = read(tmp_path, "claims.json", json.dumps(ONE).encode()).inventory()
    data = snapshot.to_bytes(kept)
    (tmp_path / "claims.json").unlink()
    assert read(tmp_path, "s.gz.json", gzip.compress(data)).inventory().agents == kept.agents
    assert {found.id for found in read(tmp_path, "s.gz.json", data + lines(*ROWS)).inventory().agents} == {
        "claims",
        agent()["id"],
    }


def test_a_line_that_is_no_json_is_a_gap_and_costs_no_other(tmp_path: Path) -> None:
    found = read(tmp_path, "x.jsonl", lines(ROWS[0]) + b"{oops\n" + lines(ROWS[1]))
    assert len(found.records) == 2
    [gap] = found.gaps
    assert (gap.location or "").endswith("x.jsonl, line 2")


def test_a_gzip_bomb_is_a_gap_and_is_not_unpacked_into_memory(tmp_path: Path) -> None:
    bomb = gzip.compress(b" " * 100_000_000, 1)
    tracemalloc.start()
    try:
        [gap] = read(tmp_path, "x.json", bomb, max_megabytes=1).gaps
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20_000_000
    assert gap.why.startswith("larger than 1 MB once unpacked")


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("a.json", "{}")
    return file.getvalue()


TOLD = {
    "YAML": (b"span_type_schemas:\n  - name: tool:a\n", "it looks like YAML"),
    "YAML with a marker": (b"# x\n---\n- name: a\n", "it looks like YAML"),
    "comments": (b'{\n // who\n "span_type_schemas": []}', "JSON with comments"),
    "a comma too many": (b'{"span_type_schemas": [],}', "commas before a closing bracket"),
    "Latin-1": ('{"name":\n "caf\xe9"}'.encode("latin-1"), "line 2 looks like Latin-1 or Windows-1252"),
    "5,000 digits": (b'{"x": ' + b"9" * 5000 + b"}", "a number of thousands of digits"),
    "NaN": (b'{"x": NaN}', "NaN is no JSON number"),
    "HTML": (b"<!DOCTYPE html><html></html>", "an HTML page"),
    "JUnit": (b'<?xml version="1.0"?><testsuites/>', "a JUnit file"),
    "TOML": (b'[tool.x]\na = "b"\n', "it looks like TOML"),
    "CSV": (b"name,risk\na,b\n", "it looks like CSV"),
    "empty": (b"\n", "the file is empty"),
    "PDF": (b"%PDF-1.7\n\xff", "a PDF"),
    "ZIP": (zipped(), "a ZIP archive"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00", "a picture"),
    "gzip in gzip": (gzip.compress(gzip.compress(b"{}")), "a gzip file within a gzip file"),
    "half a gzip": (gzip.compress(b"[1, 2, 3]" * 100)[:30], "gzip that is broken or ends too early"),
    "half a file": (b'{"span_type_schemas": [', "it ends too early"),
    "Python": (b"{'span_type_schemas': []}", "as Python prints it"),
    "binary": (b"{\x01\xff\x00\x02\x03", "a binary file"),
    "two values": (b'{\n"a": 1\n}\n{\n"a": 2\n}', "something follows the value at line 4, column 1"),
}


@pytest.mark.parametrize(("data", "words"), TOLD.values(), ids=TOLD)
def test_what_is_no_json_is_told_as_what_it_looks_like_with_what_to_do(tmp_path: Path, data: bytes, words: str) -> None:
    [gap] = read(tmp_path, "x.json", data).gaps
    assert words in gap.why
    assert ". " in gap.why or words == "the file is empty"
    assert "set_int_max_str_digits" not in gap.why


def test_many_parts_of_no_known_shape_are_one_gap_with_a_count(tmp_path: Path) -> None:
    [gap] = read(tmp_path, "x.json", json.dumps([1] * 5000).encode()).gaps
    assert gap.why == "a number is no declaration, and 4999 more like it"


ODD_IDS = {
    "agent_id": ({"agent_schema_version": ONE, "agent_id": 7}, "/agent_id is a number, not a text"),
    "id": ({**ONE, "id": ["a"]}, "/id is a list, not a text"),
    "the version's id": ({"agent_schema_version": {**ONE, "id": {}}}, "/agent_schema_version/id is an empty object"),
}


@pytest.mark.parametrize(("value", "words"), ODD_IDS.values(), ids=ODD_IDS)
def test_an_odd_id_is_a_gap_and_its_declarations_count_all_the_same(tmp_path: Path, value: Any, words: str) -> None:
    found = read(tmp_path, "x.json", json.dumps(value).encode())
    [gap] = found.gaps
    assert words in gap.why
    [told] = found.inventory().agents
    assert (told.id, len(told.schema_versions[0].span_types or ())) == ("x", 1)


def whole() -> dict[str, Any]:
    """A snapshot of two agents."""
    many = Files(["-"], NOW, stdin=io.BytesIO(json.dumps([ROWS[0], ROWS[1], ONE]).encode())).collect()
    value: dict[str, Any] = json.loads(snapshot.to_bytes(many.inventory()))
    value["gaps"] = [{"what": "a", "why": "b"}]
    value["not_used"] = [{"kind": "alert", "count": 1, "location": "x"}]
    return value


ODD_PARTS = {
    "kind 0": (("records", 0, "kind"), 0),
    "an unknown kind": (("records", 0, "kind"), "horse"),
    "another kind": (("records", 0, "kind"), "registration"),
    "source null": (("records", 0, "source"), None),
    "a value that is a list": (("records", 0, "value"), []),
    "a numeric agent": (("records", 0, "agent_id"), 7),
    "a record that is a text": (("records", 0), "x"),
    "a gap with a list as location": (("gaps", 0, "location"), []),
    "a gap that is null": (("gaps", 0), None),
    "an odd time": (("sources", 0, "collected_at"), "yesterday"),
    "a time that is a number": (("sources", 0, "collected_at"), 5),
    "a count below zero": (("not_used", 0, "count"), -1),
    "a count that is true": (("not_used", 0, "count"), True),
    "records that are no list": (("records",), {}),
    "gaps that are null": (("gaps",), None),
}


@pytest.mark.parametrize(("at", "odd"), ODD_PARTS.values(), ids=ODD_PARTS)
def test_an_odd_value_in_a_snapshot_is_a_gap_that_costs_no_other_record(
    tmp_path: Path, at: tuple[Any, ...], odd: Any
) -> None:
    value = whole()
    place = value
    for key in at[:-1]:
        place = place[key]
    place[at[-1]] = odd
    found = read(tmp_path, "s.json", json.dumps(value).encode())
    assert len(found.records) == (3 - (at[0] == "records") if len(at) > 1 else 0 if at[0] == "records" else 3)
    new = [gap for gap in found.gaps if gap.what != "a"]
    assert len(new) == 1
    assert found.inventory().gaps
    if at[0] != "records":
        assert at[0] in new[0].why


def test_text_in_a_snapshot_that_is_no_unicode_is_spelled_out(tmp_path: Path) -> None:
    value = whole()
    value["gaps"] = [{"what": "\ud800", "why": "b"}]
    value["records"][0]["location"] = "\udfff"
    found = read(tmp_path, "s.json", json.dumps(value).encode()).inventory()
    assert found.gaps[0].what == "\\ud800"
    assert snapshot.to_bytes(found)


def test_a_record_of_two_snapshots_counts_once(tmp_path: Path) -> None:
    data = json.dumps(whole()).encode()
    (tmp_path / "one.json").write_bytes(data)
    found = read(tmp_path, "two.json", data).inventory()
    assert len(found.records) == 3
    assert not [version for agent in found.agents for version in agent.schema_versions if version.oddities]
