"""What could not be read of a platform, as people meet it: by name, once for each kind, and never twice."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from conftest import Datarisk
from far_end import Answer, Asked, account, far_end, of_agent, said

TOKEN = "pf-secret-token-0123456789"


def refusing(path: str, status: int, *agents: str) -> Any:
    """Refuses one path, or its lists of some agents only."""

    def odd(asked: Asked, times: int) -> Answer | None:
        if asked.path == path and (not agents or asked.query.get("agent_id") in agents):
            return said({"status": "error", "code": "not_permitted"}, status)
        return of_agent(asked, times)

    return odd


def run(datarisk: Datarisk, odd: Any, *args: str, agents: int = 30) -> Any:
    with far_end(account(agents), odd) as place:
        return datarisk(*args, PREFACTOR_API_URL=place.url, PREFACTOR_API_TOKEN=TOKEN)


def test_gaps_of_a_kind_are_one_line_and_one_row_with_a_count_and_json_keeps_each(
    datarisk: Datarisk, tmp_path: Path
) -> None:
    done = run(datarisk, refusing("/agent_deployment", 403), "report", "-f", "json", "-f", "html")
    assert done.returncode == 3
    [line] = [line for line in done.stderr.splitlines() if "not read" in line]
    assert "its deployments, 30 times, of 30 agents (Agent 000, Agent 001, Agent 002 and 27 more)" in line
    [report] = tmp_path.glob("reports/*/2*/report.json")
    gaps = json.loads(report.read_bytes())["gaps"]
    assert sorted(gap["agent_name"] for gap in gaps) == [f"Agent {n:03}" for n in range(30)]
    page = report.with_suffix(".html").read_text()
    section = page[page.index('id="gaps"') :]
    rows = re.findall(r"<tr><th scope=.?row.*?</tr>", section[: section.index("</section>")], re.DOTALL)
    assert len(rows) == 1
    assert "30 \u00d7" in rows[0]
    assert "Agent 002; and 27 more" in rows[0]


def test_a_gap_of_one_agent_names_it(datarisk: Datarisk, tmp_path: Path) -> None:
    done = run(datarisk, refusing("/agent_deployment", 403, "a1"), "report", "-f", "json", "-f", "html", agents=3)
    assert "not read: its deployments of agent Agent 001 (http" in done.stderr
    [page] = tmp_path.glob("reports/*/2*/report.html")
    text = page.read_text()
    assert "its deployments; Agent 001 <code>a1</code>" in re.sub(r"</?span[^>]*>", "", text[text.index('id="gaps"') :])


def test_kinds_are_told_apart_by_why_and_by_the_platforms_status(datarisk: Datarisk) -> None:
    def odd(asked: Asked, times: int) -> Answer | None:
        if asked.path == "/agent_deployment":
            return said({}, 403 if asked.query["agent_id"] in ("a0", "a1") else 400)
        return of_agent(asked, times)

    done = run(datarisk, odd, "report", "-f", "json", agents=4)
    lines = [line for line in done.stderr.splitlines() if "not read" in line]
    assert [re.search(r"HTTP \d+", line)[0] for line in lines] == ["HTTP 403", "HTTP 400"]  # type: ignore[index]


def test_where_something_could_not_be_read_it_is_not_said_too_that_nothing_matches(datarisk: Datarisk) -> None:
    def odd(asked: Asked, times: int) -> Answer | None:
        return said({"status": "success", "summaries": [7], "pagination": None}) if asked.path == "/agent" else None

    done = run(datarisk, odd, "report", "-f", "json")
    assert done.returncode == 3
    assert "it is a number, not an object" in done.stderr
    assert "any agent" not in done.stderr
    empty = run(datarisk, of_agent, "report", "-f", "json", agents=0)
    assert "any agent" in empty.stderr


WHOLE: dict[str, Any] = {"/team": [], "/person": [], "/risk_profile": []}


def doctor(datarisk: Datarisk, odd: Any = of_agent) -> Any:
    with far_end(account(3) | WHOLE, odd) as place:
        done = datarisk("doctor", PREFACTOR_API_URL=place.url, PREFACTOR_API_TOKEN=TOKEN)
        return done, [asked.path for asked in place.asked]


def test_doctor_asks_every_resource_that_a_report_needs_and_each_once(datarisk: Datarisk) -> None:
    done, asked = doctor(datarisk)
    assert done.returncode == 0, done.stdout
    assert "ok       platform: the token reads the account Harbour Mutual" in done.stdout
    lists = ["account", "environment", "agent", "agent_version", "agent_schema_version", "agent_deployment"]
    wanted = [*lists, "team", "person", "risk_profile"]
    assert sorted(asked) == sorted([*(f"/{each}" for each in wanted), "/agent/a0", "/agent_schema_version/v0"])
    assert all(each in done.stdout for each in wanted)


def test_doctor_says_which_resource_cannot_be_read_and_what_follows(datarisk: Datarisk) -> None:
    done, _ = doctor(datarisk, refusing("/agent_schema_version", 404))
    assert done.returncode == 3
    [line] = [line for line in done.stdout.splitlines() if line.startswith("missing")]
    assert "agent_schema_version cannot be read, so no declarations can be read, and no report is complete" in line
    assert "HTTP 404" in line
    assert "agent_deployment" in done.stdout


def test_doctor_says_once_that_the_token_opens_nothing(datarisk: Datarisk) -> None:
    done, asked = doctor(datarisk, lambda asked, times: said({}, 401))
    assert asked == ["/account"]
    assert done.stdout.count("HTTP 401") == 1
