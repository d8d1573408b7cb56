"""The window of runs as the command takes it, and that a report that was not asked for what ran has nothing of it."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from builders import NOW
from far_end import account, far_end, of_agent

from reporter.cli.window import window
from reporter.declared.observed import Window
from reporter.errors import UsageError
from reporter.settings import Settings

TOKEN = "t" * 20
RUN = {
    "type": "agent_instance", "id": "r1", "agent_id": "a0", "agent_version_id": "av0", "environment_id": "e1",
    "started_at": "2026-11-20T10:00:00Z", "finished_at": "2026-11-20T10:05:00Z", "status": "complete",
    "purpose": "live",
}  # fmt: skip


def moment(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("said", "since", "until"),
    [
        ({}, moment(2026, 8, 25, 18), None),
        ({"since": "30d"}, moment(2026, 10, 24, 18), None),
        ({"since": "2026-11-01"}, moment(2026, 11, 1), None),
        ({"since": "2026-11-01", "until": "2026-11-02"}, moment(2026, 11, 1), moment(2026, 11, 2, 23, 59, 59, 999999)),
        ({"since": "2026-11-01T10:00:00+02:00", "until": "1d"}, moment(2026, 11, 1, 8), moment(2026, 11, 22, 18)),
        ({"unseen_days": 10}, moment(2026, 11, 13, 18), None),
        ({"unseen_days": 10, "as_of": "2026-03-11T00:00:00Z"}, moment(2026, 3, 1), moment(2026, 3, 11)),
    ],
)
def test_a_window_is_days_or_times_and_a_day_is_whole(said: dict[str, Any], since: datetime, until: Any) -> None:
    assert window(Settings(observed=True, **said), NOW) == Window(since, until)


@pytest.mark.parametrize(
    ("said", "what", "where"),
    [
        ({"since": "2026-11-02", "until": "2026-11-01"}, "before it begins", "--since and --until"),
        ({"since": "1d", "until": "2d"}, "before it begins", "--since and --until"),
        ({"since": "2026-12-01"}, "begins in the future", "--since"),
        ({"since": "99999d", "until": "99999d"}, None, None),
    ],
)
def test_a_window_that_is_none_is_told_with_a_remedy(said: dict[str, Any], what: str | None, where: str | None) -> None:
    if what is None:
        assert window(Settings(observed=True, **said), NOW) is not None
        return
    with pytest.raises(UsageError, match=what) as refused:
        window(Settings(observed=True, **said), NOW)
    assert (refused.value.where, bool(refused.value.remedy)) == (where, True)


def test_flags_about_runs_need_runs(called: Any) -> None:
    for flag in (("--since", "30d"), ("--until", "1d"), ("--labels",)):
        status, told = called("report", "http://127.0.0.1:9", *flag, PREFACTOR_API_TOKEN=TOKEN)
        assert status == 2
        assert f"{flag[0]} is about runs" in told
        assert "Add --observed" in told


@pytest.mark.parametrize("since", ["yesterday", "-3d", "3.5d", "2026-13-01", "30 d", "999999d"])
def test_a_since_that_is_no_time_is_told_before_anything_is_read(called: Any, since: str) -> None:
    status, told = called("report", "http://127.0.0.1:9", "--observed", "--since", since, PREFACTOR_API_TOKEN=TOKEN)
    assert status == 2
    assert "30d" in told


def test_files_hold_no_runs_and_that_is_said(called: Any, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"name": "tool:a", "params_schema": {}, "data_risk": null}]')
    status, told = called("report", "a.json", "--observed", "-f", "json")
    assert status == 0
    assert "--observed reads the runs of a platform" in told


def known() -> dict[str, Any]:
    counts = {"span_schema_counts": {"by_name": {"tool:a": 1, "tool:b": 2}}}
    return account(1) | {"/agent_instance": [RUN], "/agent_instance/r1": RUN | counts}


def made(datarisk: Any, folder: Path, *args: str) -> tuple[int, Path, str]:
    with far_end(known(), of_agent) as place:
        formats = [each for name in ("html", "pdf", "json", "xlsx", "csv") for each in ("-f", name)]
        done = datarisk("report", place.url, *formats, *args, PREFACTOR_API_TOKEN=TOKEN)
    return done.returncode, folder / done.stdout.strip(), done.stderr


def test_a_report_without_it_has_nothing_of_it_in_any_format(datarisk: Any, tmp_path: Path) -> None:
    status, folder, _ = made(datarisk, tmp_path)
    assert status == 0
    report = json.loads((folder / "report.json").read_bytes())
    assert ["observed" in agent for agent in report["agents"]] == [False]
    assert "What ran" not in (folder / "report.html").read_text()
    assert sheets(folder).isdisjoint({"Observed"})
    assert "Empty, and therefore left out: Observed" not in (folder / "report.xlsx").read_bytes().decode("latin-1")
    assert {rule["id"] for rule in report["catalogue"]["rules"] if rule["not_evaluated"]} >= {
        "O01",
        "O04",
        "X21",
        "X22",
    }
    assert b'"observed"' not in (folder / "evidence" / "snapshot.json").read_bytes()


def sheets(folder: Path) -> set[str]:
    with zipfile.ZipFile(io.BytesIO((folder / "report.xlsx").read_bytes())) as book:
        text = book.read("xl/workbook.xml").decode()
    return {part.split('"')[0] for part in text.split('<sheet name="')[1:]}


def test_a_report_with_it_shows_it_on_page_and_paper_and_in_the_tables(datarisk: Any, tmp_path: Path) -> None:
    status, folder, told = made(datarisk, tmp_path, "--observed")
    assert status == 0, told
    [agent] = json.loads((folder / "report.json").read_bytes())["agents"]
    seen = {each["name"]: (each["standing"], each["live"]) for each in agent["observed"]["span_types"]}
    assert seen == {"tool:a": ("declared", 1), "tool:b": ("not declared", 2)}
    assert {each["rule"] for each in agent["findings"]} >= {"O01"}
    assert "observed" in {each["key"] for each in agent["issues"]}
    page = (folder / "report.html").read_text()
    assert "What ran" in page
    assert "Zero counts prove nothing" in page
    assert "Observed" in sheets(folder)
    pymupdf = pytest.importorskip("pymupdf")
    with pymupdf.open(folder / "report.pdf") as document:
        paper = " ".join(page.get_text() for page in document).split()
    assert "tool:b" in paper
    assert "Zero counts prove nothing" in " ".join(paper)


def test_the_gate_fails_on_what_ran_and_nobody_declared(datarisk: Any) -> None:
    with far_end(known(), of_agent) as place:
        args = ("check", place.url, "--fail-on", "high")
        without = datarisk(*args, PREFACTOR_API_TOKEN=TOKEN)
        done = datarisk(*args, "--observed", "-v", PREFACTOR_API_TOKEN=TOKEN)
    assert done.returncode == 1
    assert "Is it what ran?" in done.stdout
    assert "Is it what ran?" not in without.stdout
    assert "tool:b" in done.stdout
