"""What stands on a terminal: a screen of questions, whatever makes a gate red, and nothing cut that somebody needs."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import termios
from collections import Counter
from pathlib import Path

import pytest
from builders import risk, span_type
from conftest import ROOT, Datarisk

DEMO = str(ROOT / "reports/sample/evidence/snapshot.json")
CASES = sorted((ROOT / "tests/cases").glob("*.json"))
ASKED = re.compile(r"^ *\d+\. (?P<agent>.+?): (?P<question>[^?]+\?) \((?P<severity>\w+)(?:, \w+)?(?P<fails>; fails)?\)")
LEFT = re.compile(r"^     (?:and )?(\d+) more(?: in all)? \((.*)\): datarisk issues")


def on_a_screen(columns: int, *args: str, cwd: Path) -> list[str]:
    """What a command prints on a terminal so many columns wide."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    command = [sys.executable, "-m", "reporter.cli", *args]
    with subprocess.Popen(command, stdout=theirs, stderr=subprocess.DEVNULL, cwd=cwd) as running:
        os.close(theirs)
        said = b""
        while True:
            try:
                more = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not more:
                break
            said += more
        running.wait()
    os.close(ours)
    return said.decode().replace("\r\n", "\n").splitlines()


@pytest.mark.parametrize("limit", ["never", "high", "low"])
def test_a_check_of_nine_agents_is_a_screen_of_questions_one_line_each_and_says_how_severe_the_others_are(
    datarisk: Datarisk, limit: str
) -> None:
    done = datarisk("check", DEMO, DATARISK_POLICY__FAIL_ON=limit)
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) <= 25
    asked = [found for line in lines if (found := ASKED.match(line))]
    [title] = [line for line in lines if line.startswith("To be decided: ")]
    total = int(re.findall(r"\d+", title)[0])
    assert len(asked) >= 9
    [left] = [found for line in lines if (found := LEFT.match(line))]
    weights = {weight: int(number) for number, weight in re.findall(r"(\d+) (\w+)", left[2])}
    assert int(left[1]) == sum(weights.values()) == total - len(asked)
    everything = datarisk("check", DEMO, "-v", DATARISK_POLICY__FAIL_ON=limit).stdout
    every = [found for line in everything.splitlines() if (found := ASKED.match(line))]
    assert len(every) == total
    assert Counter(each["severity"] for each in every[len(asked) :]) == weights


def test_whatever_fails_a_gate_is_named_before_all_else_and_by_its_agent_where_there_is_no_room(
    datarisk: Datarisk,
) -> None:
    lines = datarisk("check", DEMO, DATARISK_POLICY__FAIL_ON="high").stdout.splitlines()
    every = datarisk("check", DEMO, "-v", DATARISK_POLICY__FAIL_ON="high").stdout.splitlines()
    told = [found for line in every if (found := ASKED.match(line))]
    failing = Counter(found["agent"] for found in told if found["fails"])
    assert [bool(found["fails"]) for found in told] == [True] * failing.total() + [False] * (
        len(told) - failing.total()
    )
    assert 0 < failing.total() < len(told)
    assert [line[:5] for line in lines[1:3]] == ["  1. ", "  2. "]
    asked = [found for line in lines[5:] if (found := ASKED.match(line))]
    assert all(each["fails"] for each in asked)
    [more] = [line for line in lines if " more that fail: " in line]
    named = Counter({name: int(number) for name, number in re.findall(r"(?:: |, )([^,:(]+) \((\d+)\)", more)})
    assert Counter(each["agent"] for each in asked) + named == failing
    assert f"and {named.total()} more that fail" in more


@pytest.mark.parametrize("columns", [80, 120])
def test_a_screen_breaks_lines_between_words_and_leaves_nothing_of_a_question_out(tmp_path: Path, columns: int) -> None:
    lines = on_a_screen(columns, "check", DEMO, cwd=tmp_path)
    # Commands are for copying, and left to the screen.
    words = [line for line in lines if "datarisk " not in line]
    assert max(map(len, words)) <= columns
    assert sum(max(1, -(-len(line) // columns)) for line in lines) <= 25
    told = re.sub(r"\n     (?=\S)", " ", "\n".join(lines))
    asked = [found for line in told.splitlines() if (found := ASKED.match(line))]
    assert len(asked) >= (9 if columns == 80 else 12)
    issues = on_a_screen(columns, "issues", DEMO, cwd=tmp_path)
    assert max(len(line) for line in issues) <= columns
    assert len([line for line in issues if line.startswith("     id ")]) == 53


def test_a_pipe_cuts_neither_an_agents_name_nor_its_question(datarisk: Datarisk, tmp_path: Path) -> None:
    name = "The agent that settles claims " * 6 + "end"
    entry = span_type("tool:send", risk("health_and_medical", allowed=("external_communication",)))
    (tmp_path / "claims.json").write_text(json.dumps({"span_type_schemas": [entry]}))
    for command in (("check",), ("issues",)):
        told = datarisk(*command, "claims.json", "--agent-name", name).stdout
        assert f"  1. {name}: Who receives personal data, in which role and in which country?" in told


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_check_of_a_case_is_a_screen_and_leaves_no_question_out(datarisk: Datarisk, path: Path) -> None:
    lines = datarisk("check", str(path)).stdout.splitlines()
    assert len(lines) <= 25
    [title] = [line for line in lines if line.startswith("To be decided: ")] or ["To be decided: 0"]
    asked = [line for line in lines[3:] if ASKED.match(line)]
    assert len(asked) == int(re.findall(r"\d+", title)[0])


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_report_ends_with_what_needs_somebody_first_and_the_command_for_the_rest(
    datarisk: Datarisk, tmp_path: Path, language: str
) -> None:
    done = datarisk("report", DEMO, "-f", "json", "--lang", language)
    lines = done.stderr.splitlines()
    [written] = tmp_path.glob("reports/*/2*/report.json")
    still = json.loads(written.read_bytes())["totals"]["open_issues"]
    at = lines.index(f"To be decided: {still} questions, first of all")
    asked = [ASKED.match(line) for line in lines[at + 1 : at + 4]]
    assert [found and found["agent"] for found in asked] == ["Post room", "Broker assistant", "Claims assessor"]
    more = lines[at + 4].removeprefix(f"     and {still - 3} more: datarisk ").split()
    assert datarisk(*more).stdout.startswith("  1. Post room: ")
    assert re.fullmatch(r"reports/.*Z\n", done.stdout)


def test_the_command_that_writes_a_first_baseline_reads_what_was_read(datarisk: Datarisk, tmp_path: Path) -> None:
    (tmp_path / "s.json").write_bytes((ROOT / "tests/cases/one.json").read_bytes())
    read = ("s.json", "--agent-name", "sup x", "--exclude", "drafts")
    told = datarisk("check", *read).stdout
    [line] = [each for each in told.splitlines() if each.startswith("To compare from now on:")]
    command = shlex.split(line.partition("datarisk ")[2])
    datarisk(*command)
    found = json.loads(datarisk("check", *read, "-f", "json", "-o", "-").stdout)
    assert found["baseline"].endswith("datarisk-baseline.json")
    assert not [each for each in found["reasons"] if each["kind"] in ("gone", "new", "risen")]
