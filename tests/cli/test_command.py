"""The command as people run it: what it says, where, and with which exit status."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from builders import risk, schema_version, span_type
from conftest import ROOT, Datarisk

GOOD = {"span_type_schemas": [span_type("tool:a", risk("health_and_medical")), span_type("tool:b")]}


def put(folder: Path, name: str, value: Any) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    return name


def made(folder: Path) -> dict[str, Any]:
    [report] = folder.glob("reports/local/2*/report.json")
    found: dict[str, Any] = json.loads(report.read_bytes())
    return found


def test_a_report_is_written_and_its_folder_is_the_one_line_on_stdout(datarisk: Datarisk, tmp_path: Path) -> None:
    done = datarisk("report", put(tmp_path, "support.json", GOOD), "-f", "json", "-f", "html")
    assert (done.returncode, done.stdout) == (0, "reports/local/20261123T180000Z\n")
    assert "1 agent, 2 span types; 42 of 84 fields known; not assessed: 1 span type, 0 agents" in done.stderr
    folder = tmp_path / "reports/local/latest"
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert names == [
        "evidence/settings.json",
        "evidence/snapshot.json",
        "history.json",
        "manifest.json",
        "report.html",
        "report.json",
    ]


def test_the_same_evidence_and_clock_give_the_same_bytes(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "support.json", GOOD)
    trees = []
    for seed in "12":
        done = datarisk("report", "support.json", "-o", f"out{seed}", PYTHONHASHSEED=seed)
        assert done.returncode == 0, done.stderr
        found = sorted((tmp_path / f"out{seed}").rglob("*.*"))
        trees.append({path.relative_to(tmp_path / f"out{seed}"): path.read_bytes() for path in found if path.is_file()})
    assert trees[0] == trees[1]
    assert len(trees[0]) >= 5


def test_a_report_from_a_bundle_is_the_report_that_lies_in_it(datarisk: Datarisk, tmp_path: Path) -> None:
    datarisk("report", put(tmp_path, "support.json", GOOD), "-f", "json", "-o", "one")
    done = datarisk("report", "one/local/latest", "-f", "json", "-o", "two")
    assert done.returncode == 0, done.stderr
    for name in ("report.json", "evidence/snapshot.json", "manifest.json"):
        assert (tmp_path / "one/local/latest" / name).read_bytes() == (
            tmp_path / "two/local/latest" / name
        ).read_bytes()


def test_collect_writes_only_the_evidence(datarisk: Datarisk, tmp_path: Path) -> None:
    done = datarisk("collect", put(tmp_path, "support.json", GOOD), "-o", "s/snapshot.json")
    assert (done.returncode, done.stdout) == (0, "s/snapshot.json\n")
    to_stdout = datarisk("collect", "support.json", "-o", "-")
    assert to_stdout.stdout == (tmp_path / "s/snapshot.json").read_text()
    assert not (tmp_path / "reports").exists()


def test_standard_input_is_read_with_a_dash(datarisk: Datarisk, tmp_path: Path) -> None:
    done = datarisk("report", "-", "-f", "json", "--agent-name", "support", stdin=json.dumps(GOOD).encode())
    assert done.returncode == 0, done.stderr
    assert [agent["name"] for agent in made(tmp_path)["agents"]] == ["support"]


def test_split_writes_one_document_per_agent_as_well(datarisk: Datarisk, tmp_path: Path) -> None:
    for name in ("one", "two"):
        put(tmp_path, f"in/{name}.json", GOOD)
    done = datarisk("report", "in", "-f", "json", "--split", "agent")
    assert done.returncode == 0, done.stderr
    documents = sorted((tmp_path / "reports/local/latest/agents").iterdir())
    assert [path.name.split("-")[0] for path in documents] == ["one", "two"]
    report = json.loads(documents[0].read_bytes())
    assert ([agent["name"] for agent in report["agents"]], report["totals"]["agents"]) == (["one"], 1)


BAD = {
    "empty": (b"", "the file is empty"),
    "no JSON": (b"hello", "not JSON"),
    "binary": (bytes(range(256)), "not (JSON|text)"),
    "nested 5000 deep": (b"[" * 5000 + b"]" * 5000, "nested deeper than 128 levels"),
    "no known shape": (b'{"hello": 1}', "an object of no known shape"),
    "an entry of the wrong type": (
        b'{"span_type_schemas": [7]}',
        "/span_type_schemas/0 is a number, not a span schema",
    ),
}


@pytest.mark.parametrize(("data", "message"), BAD.values(), ids=BAD)
def test_input_that_cannot_be_read_ends_with_3_and_a_report_that_says_so(
    datarisk: Datarisk, tmp_path: Path, data: bytes, message: str
) -> None:
    put(tmp_path, "in/bad.json", data)
    put(tmp_path, "in/good.json", GOOD)
    done = datarisk("report", "in", "-f", "json")
    assert done.returncode == 3
    assert re.search(f"datarisk: not read: .*bad.json.*{message}", done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    report = made(tmp_path)
    assert not report["complete"]
    assert "good" in [agent["name"] for agent in report["agents"]]
    assert not (tmp_path / "reports/local/latest").exists()


def test_a_file_of_200_mb_ends_with_3_and_names_the_limit(datarisk: Datarisk, tmp_path: Path) -> None:
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(200_000_000)
    done = datarisk("report", "huge.json", "-f", "json")
    assert done.returncode == 3
    assert "larger than 100 MB. Split it, or raise the limit with --max-megabytes" in done.stderr


def test_a_file_that_is_not_there_ends_with_2_before_anything_is_written(datarisk: Datarisk, tmp_path: Path) -> None:
    done = datarisk("report", "nowhere.json", "-f", "json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "datarisk: nowhere.json: there is no such file or folder. Check the path.\n"
    assert not list(tmp_path.glob("reports/*"))


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["report", "--colour"], "No such option"),
        (["report", "x.json", "-f", "docx"], "'docx' is not one of"),
        (["report", "x.json", "--as-of", "soon"], "command line, --as-of: as_of: not an ISO 8601 date or time"),
        (["report", "x.json", "--config", "no.toml"], "no.toml: cannot be read"),
        (["collect", "x.json"], "Missing option"),
        (["schema", "moon"], "is not one of"),
        (["fly"], "No such command 'fly'"),
    ],
)
def test_a_wrong_call_ends_with_2_and_says_what_is_wrong(
    datarisk: Datarisk, tmp_path: Path, args: list[str], message: str
) -> None:
    put(tmp_path, "x.json", GOOD)
    done = datarisk(*args)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_clock_that_is_no_number_ends_with_2(datarisk: Datarisk, tmp_path: Path) -> None:
    done = datarisk("report", put(tmp_path, "x.json", GOOD), SOURCE_DATE_EPOCH="noon")
    assert done.returncode == 2
    assert "SOURCE_DATE_EPOCH: not a time" in done.stderr


def test_an_output_that_cannot_be_written_ends_with_2_and_leaves_what_was_there(
    datarisk: Datarisk, tmp_path: Path
) -> None:
    put(tmp_path, "x.json", GOOD)
    (tmp_path / "taken").write_text("mine")
    for args in (["report", "x.json", "-o", "taken"], ["collect", "x.json", "-o", "taken/s.json"]):
        done = datarisk(*args)
        assert done.returncode == 2
        assert re.search("'taken' is a file|cannot be written", done.stderr)
    assert (tmp_path / "taken").read_text() == "mine"


def test_an_empty_selection_ends_with_3_unless_it_is_what_was_wanted(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "x.json", GOOD)
    done = datarisk("report", "x.json", "--agent", "nobody", "-f", "json")
    assert done.returncode == 3
    assert "nothing that was read matches what was asked for" in done.stderr
    assert datarisk("report", "x.json", "--agent", "nobody", "-f", "json", "--allow-empty").returncode == 0


def test_hostile_names_reach_neither_terminal_nor_path(datarisk: Datarisk, tmp_path: Path) -> None:
    beside = set(tmp_path.parent.iterdir())
    name = "\x1b[31mred\u202egnp.exe</script><b>=cmd|' /C calc'!A0" + "x" * 100_000
    account = {"type": "account", "id": "acc", "name": "../../" + name}
    version = schema_version(name, span_type(name, risk()), agent=name)
    version["span_type_schemas"][name] = 7
    done = datarisk("report", put(tmp_path, "x.json", [account, version]), "-f", "json", "-f", "html")
    assert done.returncode == 3
    assert "\x1b" not in done.stdout + done.stderr
    assert "\u202e" not in done.stdout + done.stderr
    assert len(done.stderr) < 5000
    [folder] = (tmp_path / "reports").iterdir()
    assert folder.name.startswith("x1b-31mred") or folder.name[0].isalnum()
    assert set(tmp_path.parent.iterdir()) == beside


def test_results_go_to_stdout_and_quiet_leaves_only_them(datarisk: Datarisk, tmp_path: Path) -> None:
    done = datarisk("report", put(tmp_path, "x.json", GOOD), "-f", "json", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "reports/local/20261123T180000Z\n"


def test_no_colour_is_used_where_nobody_looks_or_where_it_is_not_wanted(datarisk: Datarisk) -> None:
    assert "\x1b" not in datarisk("report", "nowhere.json", NO_COLOR="").stderr


@pytest.mark.parametrize(("args", "environment"), [(["--no-color"], {}), ([], {"NO_COLOR": "1"}), ([], {})])
def test_the_last_word_on_a_terminal_is_in_colour_only_where_it_may_be(
    tmp_path: Path, args: list[str], environment: dict[str, str]
) -> None:
    leader, follower = pty.openpty()
    inherited = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    subprocess.run(
        [sys.executable, "-m", "reporter.cli", "report", "nowhere.json", *args],
        cwd=tmp_path, env=inherited | {"PYTHONPATH": str(ROOT)} | environment, stderr=follower, check=False, timeout=60,
    )  # fmt: skip
    os.close(follower)
    said = os.read(leader, 10_000).decode()
    os.close(leader)
    assert "nowhere.json: there is no such file" in said
    assert ("\x1b[" in said) == (not args and not environment)


def test_progress_is_shown_on_a_terminal_and_wiped_away(tmp_path: Path) -> None:
    put(tmp_path, "x.json", GOOD)
    leader, follower = pty.openpty()
    environment = {k: v for k, v in os.environ.items() if k != "CI"} | {"PYTHONPATH": str(ROOT)}
    subprocess.run(
        [sys.executable, "-m", "reporter.cli", "report", "x.json", "-f", "json"],
        cwd=tmp_path, env=environment, stderr=follower, stdout=subprocess.DEVNULL, check=True, timeout=60,
    )  # fmt: skip
    os.close(follower)
    said = os.read(leader, 10_000).decode()
    os.close(leader)
    assert "reading 1 of 1" in said
    assert "writing report.json" in said
    assert "\x1b[2K1 agent," in said


WITH_EXAMPLES = (
    "", "report", "collect", "demo", "schema", "completion", "check", "rules", "explain", "waivers", "waivers new",
    "waivers check", "waivers list", "init", "facts", "facts check",
)  # fmt: skip


@pytest.mark.parametrize("command", [*WITH_EXAMPLES, "doctor"])
def test_every_command_has_help_with_examples(datarisk: Datarisk, command: str) -> None:
    done = datarisk(*command.split(), "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage: datarisk" in done.stdout
    if command in WITH_EXAMPLES:
        assert re.search(r"^  Examples?:\n    datarisk ", done.stdout, re.MULTILINE)


def test_help_tells_the_exit_statuses(datarisk: Datarisk) -> None:
    said = datarisk("--help").stdout
    for status in ("0 ", "1 ", "2 ", "3 ", "4 ", "129 ", "130 ", "143 "):
        assert f"\n    {status}" in said


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_can_be_made_to_complete(datarisk: Datarisk, shell: str) -> None:
    done = datarisk("completion", shell)
    assert done.returncode == 0
    assert "_DATARISK_COMPLETE" in done.stdout


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; from reporter.cli.process import run; run(['--help']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"pydantic", "jinja2", "weasyprint", "httpx", "asyncio"} & set(done.stdout.splitlines()[-1].split())


def test_init_writes_settings_that_are_the_defaults_and_does_not_overwrite(datarisk: Datarisk, tmp_path: Path) -> None:
    assert datarisk("init").returncode == 0
    text = (tmp_path / "datarisk.toml").read_text()
    again = datarisk("init")
    assert again.returncode == 2
    assert "is there already" in again.stderr
    (tmp_path / "datarisk.toml").write_text(
        "\n".join(line.removeprefix("# ") if " = " in line else line for line in text.splitlines() if '""' not in line)
    )
    done = datarisk("report", put(tmp_path, "x.json", GOOD), "-f", "json")
    assert done.returncode == 0, done.stderr


def test_doctor_says_what_is_there(datarisk: Datarisk) -> None:
    done = datarisk("doctor")
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("datarisk 0.1.0, Python 3.")
    assert "ok       PDF: WeasyPrint" in done.stdout


@pytest.mark.parametrize("name", ["report", "snapshot", "settings", "policy", "waivers", "facts", "run"])
def test_schemas_are_printed_and_those_of_the_docs_are_up_to_date(datarisk: Datarisk, name: str) -> None:
    done = datarisk("schema", name)
    assert done.returncode == 0
    assert done.stdout == (ROOT / "docs" / f"{name}.schema.json").read_text()


def test_the_demo_needs_nothing_and_is_complete(datarisk: Datarisk, tmp_path: Path) -> None:
    done = datarisk("demo", "-f", "json")
    assert done.returncode == 0, done.stderr
    [report] = tmp_path.glob("reports/*/latest/report.json")
    found = json.loads(report.read_bytes())
    assert found["complete"]
    assert found["totals"]["agents"] >= 7


def test_a_fault_of_ours_ends_with_4_and_shows_its_traceback_only_when_asked(tmp_path: Path) -> None:
    code = (
        "import sys; from reporter import pipeline; pipeline.run = lambda *_: 1 / 0;"
        "from reporter.cli.process import run; sys.exit(run(sys.argv[1:]))"
    )
    put(tmp_path, "x.json", GOOD)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    for debug in (False, True):
        args = [sys.executable, "-c", code, "report", "x.json", "-f", "json", *["--debug"] * debug]
        done = subprocess.run(args, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 4
        assert "datarisk: a fault of datarisk, ZeroDivisionError; --debug shows where" in done.stderr
        assert ("Traceback" in done.stderr) == debug
