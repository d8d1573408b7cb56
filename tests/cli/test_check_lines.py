"""``check`` on lines: SARIF, annotations and Code Quality stand on the line of the span type, or on none."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import risk, span_type
from conftest import ROOT

from reporter.cli.process import run

RISKY = risk("health_and_medical", allowed=("external_communication",))
ENTRIES = [span_type("tool:calm", risk()), span_type("tool:ü 😀", RISKY), span_type("tool:send", RISKY)]


Datarisk = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def datarisk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Datarisk:
    """The command in this process, in a folder of its own or another one; in one of its own where it reads a stream."""
    for name in os.environ:
        if name.startswith(("DATARISK", "PREFACTOR")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795456800")

    def call(*args: str, stdin: str | None = None, cwd: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        if stdin is not None:
            command = [sys.executable, "-m", "reporter.cli", *args]
            env = os.environ | {"PYTHONPATH": str(ROOT)}
            return subprocess.run(
                command, cwd=cwd, env=env, input=stdin, capture_output=True, text=True, timeout=120, check=False
            )
        with monkeypatch.context() as here:
            here.chdir(cwd)
            capfd.readouterr()
            status = run(args)
        return subprocess.CompletedProcess(args, status, *capfd.readouterr())

    return call


def put(folder: Path, name: str, content: str | bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def written(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def line_of(text: str, needle: str) -> int:
    return text[: text.index(needle)].count("\n") + 1


def regions(datarisk: Datarisk, *args: str, **given: Any) -> dict[str, tuple[str, dict[str, int]]]:
    """By span type, the file and the region of the places that SARIF tells."""
    done = datarisk("check", *args, "-f", "sarif", **given)
    found = {}
    for each in json.loads(done.stdout)["runs"][0]["results"]:
        for place in [*each["locations"], *each.get("relatedLocations", [])]:
            names = [n["name"] for n in place.get("logicalLocations", []) if n["kind"] == "span type"]
            physical = place["physicalLocation"]
            for name in names:
                found[name] = physical["artifactLocation"]["uri"], physical["region"]
    return found


FORMS = {
    "a list": lambda: written(ENTRIES),
    "a registration": lambda: written({"external_identifier": "x", "span_type_schemas": ENTRIES}),
    "a map": lambda: written({"span_type_schemas": {each["name"]: {**each} for each in ENTRIES}}),
    "an answer": lambda: written({
        "details": {
            "type": "agent_schema_version", "id": "v1", "agent_id": "a1", "inserted_at": "2026-01-01T00:00:00Z",
            "span_type_schemas": ENTRIES,
        }
    }),
    "a request": lambda: written({"agent_id": "a1", "agent_schema_version": {"span_type_schemas": ENTRIES}}),
}  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("form", FORMS)
def test_a_question_stands_on_the_line_of_its_span_type(
    datarisk: Datarisk, tmp_path: Path, form: str, encoding: str
) -> None:
    text = FORMS[form]()
    put(tmp_path, "declared/claims.json", text.encode(encoding))
    found = regions(datarisk, "declared")
    for entry in ENTRIES[1:]:
        name = entry["name"]
        # An entry of a list begins on the line before its name; that of a map with its name.
        line = line_of(text, f'"{name}": {{') if form == "a map" else line_of(text, f'"name": "{name}"')
        file, region = found[name]
        begin = text.split("\n")[region["startLine"] - 1]
        assert file == "declared/claims.json"
        assert begin[region["startColumn"] - 1 :].startswith(f'"{name}"' if form == "a map" else "{")
        assert line - region["startLine"] == text_between(text, region["startLine"], name)


def text_between(text: str, line: int, name: str) -> int:
    """How many lines behind this one the name of the span type stands: it is in the entry that begins here."""
    rest = "\n".join(text.split("\n")[line - 1 :])
    entry = rest[: rest.index(f'"{name}"')]
    assert entry.count('"data_risk"') <= 1
    return entry.count("\n")


def test_annotations_and_code_quality_stand_on_the_same_lines(datarisk: Datarisk, tmp_path: Path) -> None:
    text = written(ENTRIES)
    put(tmp_path, "claims.json", text)
    lines = {region["startLine"] for _, region in regions(datarisk, "claims.json").values()}
    assert len(lines) > 1
    entries = json.loads(datarisk("check", "claims.json", "-f", "codequality").stdout)
    assert {each["location"]["lines"]["begin"] for each in entries if "tool:send" in each["description"]} <= lines
    assert {each["location"]["lines"]["begin"] for each in entries} - {1} == lines
    told = datarisk("check", "claims.json", "-f", "github").stdout
    assert any(f"file=claims.json,line={line},col=3," in told for line in lines)


def test_what_rests_on_one_field_stands_on_its_line(datarisk: Datarisk, tmp_path: Path) -> None:
    declared = risk(allowed=("read_data",))
    declared["action_profile"]["update_data"] = "perhaps"
    text = written([span_type("tool:odd", declared)])
    put(tmp_path, "claims.json", text)
    told = json.loads(datarisk("check", "claims.json", "-f", "sarif").stdout)["runs"][0]["results"]
    lines = {
        each["locations"][0]["physicalLocation"]["region"]["startLine"]
        for each in told
        if each["properties"].get("pointer", "").endswith("/update_data")
    }
    assert lines == {line_of(text, '"update_data": "perhaps"')}


def test_what_is_worse_than_in_the_baseline_stands_on_the_line_of_the_answer_that_changed(
    datarisk: Datarisk, tmp_path: Path
) -> None:
    put(tmp_path, "claims.json", written(ENTRIES[:1]))
    datarisk("check", "claims.json", "--write-baseline", "datarisk-baseline.json")
    text = written([span_type("tool:calm", risk(allowed=("external_communication",)))])
    put(tmp_path, "claims.json", text)
    done = datarisk("check", "claims.json", "-f", "github")
    assert done.returncode == 1
    line = line_of(text, '"external_communication": "allowed"')
    [told] = [each for each in done.stdout.splitlines() if "was disallowed, and is allowed" in each and "file=" in each]
    assert told.startswith(f"::error file=claims.json,line={line},col=")


def test_json_lines_stand_on_their_own_line_whatever_stands_between_them(datarisk: Datarisk, tmp_path: Path) -> None:
    """One that cannot be read is a gap, and shifts nobody's line."""
    lines = [json.dumps([entry], ensure_ascii=False) for entry in ENTRIES]
    text = "\n".join([lines[0], "", "not JSON", "  ", f"  {lines[1]}", lines[2], ""])
    put(tmp_path, "all.jsonl", text)
    found = regions(datarisk, "all.jsonl")
    assert found["tool:ü 😀"] == ("all.jsonl", {"startLine": 5, "startColumn": 4})
    assert found["tool:send"] == ("all.jsonl", {"startLine": 6, "startColumn": 2})


@pytest.mark.parametrize("kind", ["gzip", "stdin", "changed", "gone", "elsewhere"])
def test_where_no_line_is_certain_none_is_told(datarisk: Datarisk, tmp_path: Path, kind: str) -> None:
    text, source, more = written(ENTRIES), "claims.json", {}
    name = "claims.json.gz" if kind == "gzip" else "claims.json"
    place = tmp_path / "far" if kind == "elsewhere" else tmp_path
    put(place, name, gzip.compress(text.encode(), mtime=0) if kind == "gzip" else text)
    if kind == "gzip":
        source = name
    elif kind == "stdin":
        source, more = "-", {"stdin": text}
    elif kind in ("changed", "gone"):
        assert datarisk("collect", "claims.json", "-o", "snapshot.json").returncode == 0
        source = "snapshot.json"
        before = regions(datarisk, source)
        assert before["tool:send"][1]["startLine"] == line_of(text, '"name": "tool:send"') - 1
        changed = text.replace('"tool:send"', '"tool:sent"')
        (tmp_path / "claims.json").unlink() if kind == "gone" else put(tmp_path, "claims.json", changed)
    else:
        (tmp_path / "here").mkdir()
        source, more = str(place / name), {"cwd": tmp_path / "here"}
    found = regions(datarisk, source, **more)
    file = "evidence/snapshot.json" if kind in ("stdin", "elsewhere") else name
    assert found["tool:send"] == (file, {"startLine": 1})
    told = datarisk("check", source, "-f", "github", **more).stdout
    assert "line=" not in told
    assert ("file=" in told) == (kind not in ("stdin", "elsewhere"))


def test_two_agents_who_declare_the_very_same_stand_each_in_its_own_file(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "all/one.json", written(ENTRIES))
    put(tmp_path, "all/two.json", "\n\n" + written(ENTRIES))
    entries = json.loads(datarisk("check", "all", "-f", "codequality").stdout)
    lines = {
        (e["description"].split(",")[0], e["location"]["path"]) for e in entries if "tool:send" in e["description"]
    }
    assert lines == {("one", "all/one.json"), ("two", "all/two.json")}


def test_from_a_folder_of_a_repository_paths_are_those_of_its_root(datarisk: Datarisk, tmp_path: Path) -> None:
    """The only ones that a platform that shows files can open."""
    (tmp_path / ".git").mkdir()
    text = written(ENTRIES)
    put(tmp_path, "services/desk/claims.json", text)
    line = line_of(text, '"name": "tool:send"') - 1
    for cwd, source in ((tmp_path / "services/desk", "claims.json"), (tmp_path / "services", "./desk")):
        found = regions(datarisk, source, cwd=cwd)
        assert found["tool:send"] == ("services/desk/claims.json", {"startLine": line, "startColumn": 3})
    (tmp_path / "other").mkdir()
    found = regions(datarisk, "../services/desk/claims.json", cwd=tmp_path / "other")
    assert found["tool:send"] == ("services/desk/claims.json", {"startLine": line, "startColumn": 3})


def test_formats_without_lines_read_no_file_twice(datarisk: Datarisk, tmp_path: Path) -> None:
    """A snapshot names the file; whoever asks for no line does not open it, be it gone or a pipe that nobody fills."""
    put(tmp_path, "claims.json", written(ENTRIES))
    datarisk("collect", "claims.json", "-o", "snapshot.json")
    (tmp_path / "claims.json").unlink()
    os.mkfifo(tmp_path / "claims.json")
    for kind in ("text", "json", "junit", "markdown", "sarif"):
        assert datarisk("check", "snapshot.json", "-f", kind).returncode in (0, 1)
