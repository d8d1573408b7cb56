"""A whole account over real HTTP: complete, by the fewest requests, and with every failure told and none hidden."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import NOW
from far_end import Answer, Asked, FarEnd, account, far_end, of_agent, page, said
from pydantic import SecretStr

from reporter.declared.scope import Selection, scope
from reporter.errors import AnswerError, EvidenceError, NoTokenError, RefusedError, UnreachableError, UsageError
from reporter.prefactor.credentials import Access, find
from reporter.prefactor.records import Collected
from reporter.sources import platform, snapshot
from reporter.sources.platform import Platform

ROOT = Path(__file__).resolve().parent.parent.parent
TOKEN = "pf-secret-token-0123456789"


def collect(place: FarEnd, selection: Selection | None = None, **more: Any) -> Collected:
    access = Access(place.url, SecretStr(TOKEN), "the test", **{"timeout": 5, **more})
    return Platform(access, selection or Selection(), NOW, "far end").collect()


def report(place: FarEnd | str, folder: Path, *args: str, token: str = TOKEN) -> subprocess.CompletedProcess[str]:
    url = place if isinstance(place, str) else place.url
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PREFACTOR", "DATARISK"))}
    env |= {"PYTHONPATH": str(ROOT), "PREFACTOR_API_URL": url, "PREFACTOR_API_TOKEN": token, "HOME": str(folder)}
    command = [sys.executable, "-m", "reporter.cli", "report", "-f", "json", "-o", str(folder / "out"), *args]
    return subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def first(answer: Callable[[], Answer], path: str = "/agent", times: int = 1) -> Callable[[Asked, int], Answer | None]:
    """Answers oddly to the first requests of a path, then as it should."""
    return lambda asked, n: answer() if asked.path == path and n <= times else of_agent(asked, n)


def test_an_account_is_read_whole_and_pinned_where_it_is_deployed() -> None:
    with far_end(account(3), of_agent) as place:
        found = collect(place).inventory()
    assert not found.gaps
    chosen = scope(found, Selection())
    assert [(s.agent.name, [v.environments for v in s.versions]) for s in chosen.agents] == [
        (f"Agent {n:03}", [("Production",)]) for n in range(3)
    ]
    assert found.account.name == "Harbour Mutual"


@pytest.mark.parametrize(("agents", "requests"), [(0, 3), (3, 3 + 3 * 5), (250, 2 + 3 + 250 * 5)])
def test_requests_are_the_fewest_that_the_api_allows(agents: int, requests: int) -> None:
    with far_end(account(agents), of_agent) as place:
        collect(place)
    assert len(place.asked) == requests
    assert {asked.method for asked in place.asked} == {"GET"}


def test_people_teams_and_profiles_are_asked_for_only_where_an_agent_points_to_them() -> None:
    known = account(2, owner_person_id="p", team_id="t", risk_profile_id="r")
    known |= {
        "/person": [{"id": "p", "name": "R", "email": "r@x.test"}],
        "/team": [{"id": "t", "name": "T"}],
        "/risk_profile/r": {"id": "r"},
    }
    with far_end(known, of_agent) as place:
        found = collect(place).inventory()
    assert [place.count(path) for path in ("/person", "/team", "/risk_profile/r")] == [1, 1, 1]
    assert (found.agents[0].owner, found.agents[0].team) == ("R", "T")
    assert b"r@x.test" not in snapshot.to_bytes(found)


def test_agents_that_are_left_out_cost_nothing_beyond_their_row() -> None:
    with far_end(account(3), of_agent) as place:
        collect(place, Selection(agents=("Agent 001",)))
    assert len(place.asked) == 3 + 5
    with far_end(account(3), of_agent) as place:
        place.known["/agent"] = [row | {"status": "retired"} for row in place.known["/agent"]]
        collect(place)
    assert len(place.asked) == 3


def test_the_same_account_gives_the_same_evidence_whatever_comes_first() -> None:
    def slowly(asked: Asked, times: int) -> Answer | None:
        time.sleep(hash((asked.path, str(asked.query))) % 7 / 500)
        return of_agent(asked, times)

    taken = []
    for odd in (of_agent, slowly):
        with far_end(account(12), odd) as place:
            taken.append(snapshot.to_bytes(collect(place).inventory()))
    assert taken[0] == taken[1]


@pytest.mark.parametrize("suffix", ["", "/", "/api/v1", "/api/v1/"])
def test_the_address_may_be_given_with_and_without_its_path(suffix: str) -> None:
    with far_end(account(1), of_agent) as place:
        place.url += suffix
        assert not collect(place).gaps


@pytest.mark.parametrize("shape", ["details", "summaries", "null pagination", "agents under details"])
def test_every_shape_of_a_list_is_read(shape: str) -> None:
    def odd(asked: Asked, times: int) -> Answer | None:
        rows: Any = place.known.get(asked.path)
        if shape == "details" and asked.path == "/account":
            return said({"status": "success", "details": rows[0]})
        if shape == "null pagination" and isinstance(rows, list) and asked.path == "/agent":
            return said({"status": "success", "summaries": rows, "pagination": None})
        if shape == "agents under details" and asked.path == "/agent":
            return said({"status": "success", "details": rows})
        return of_agent(asked, times)

    with far_end(account(2), odd) as place:
        found = collect(place).inventory()
    assert (len(found.agents), found.account.name, found.gaps) == (2, "Harbour Mutual", ())


def test_pages_are_counted_by_rows_received_so_a_wrong_next_offset_skips_nothing() -> None:
    with far_end(account(250), of_agent) as place:
        assert len(collect(place).inventory().agents) == 250
    assert [asked.query["pagination[offset]"] for asked in place.asked if asked.path == "/agent"] == ["0", "99", "198"]


def test_fewer_rows_than_the_platform_counts_are_a_gap_after_a_second_reading() -> None:
    def odd(asked: Asked, times: int) -> Answer | None:
        return (
            said(page(account(2)["/agent"], asked.query, count=3)) if asked.path == "/agent" else of_agent(asked, times)
        )

    with far_end(account(2), odd) as place:
        found = collect(place)
    [gap] = found.gaps
    assert gap.what == "some of the agents"
    assert gap.why.startswith("only 2 of 3 came, although the list was read twice")
    assert len(found.inventory().agents) == 2


def test_rows_that_move_between_pages_are_found_by_reading_once_more() -> None:
    rows = account(150)["/agent"]

    def odd(asked: Asked, times: int) -> Answer | None:
        if asked.path != "/agent":
            return of_agent(asked, times)
        moved = [rows[-1], *rows[:-1]] if times == 2 else rows
        return said(page(moved, asked.query))

    with far_end(account(150), odd) as place:
        found = collect(place)
    assert not found.gaps
    assert len(found.inventory().agents) == 150


def test_a_page_that_is_lost_after_retries_is_a_gap_and_the_rest_is_reported(tmp_path: Path) -> None:
    def odd(asked: Asked, times: int) -> Answer | None:
        lost = asked.path == "/agent" and asked.query["pagination[offset]"] == "99"
        return said({}, 404) if lost else of_agent(asked, times)

    with far_end(account(150), odd) as place:
        found = collect(place)
    assert [gap.what for gap in found.gaps] == ["some of the agents"]
    assert len(found.inventory().agents) == 100


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_passing_fault_is_tried_again(status: int) -> None:
    with far_end(account(1), first(lambda: said({}, status))) as place:
        assert not collect(place).gaps
    assert place.count("/agent") == 2


def test_half_a_body_is_tried_again() -> None:
    def half() -> Answer:
        return 200, {"Content-Type": "application/json", "Content-Length": "1000"}, b'{"status": "succ'

    with far_end(account(1), first(half)) as place:
        assert not collect(place).gaps


@pytest.mark.parametrize("after", ["1", None])
def test_too_many_requests_are_waited_out_and_retry_after_is_honoured(after: str | None) -> None:
    headers = {"Retry-After": after} if after else {}
    with far_end(account(1), first(lambda: said({}, 429, **headers))) as place:
        start = time.monotonic()
        assert not collect(place).gaps
    assert time.monotonic() - start >= (1 if after else 0.2)


def test_a_token_that_expires_half_way_makes_gaps_and_is_not_used_any_more(tmp_path: Path) -> None:
    def odd(asked: Asked, times: int) -> Answer | None:
        return (
            said({"status": "error", "code": "bad_authtoken"}, 401) if len(place.asked) > 20 else of_agent(asked, times)
        )

    with far_end(account(40), odd) as place:
        done = report(place, tmp_path)
    assert done.returncode == 3
    assert "HTTP 401: the platform refuses the token" in done.stderr
    assert "and" in done.stderr
    assert len(place.asked) < 40
    [made] = tmp_path.glob("out/*/2*/report.json")
    assert not json.loads(made.read_bytes())["complete"]


def test_one_refusal_of_one_agent_is_a_gap_of_that_agent_alone() -> None:
    def odd(asked: Asked, times: int) -> Answer | None:
        refused = asked.path == "/agent_schema_version" and asked.query.get("agent_id") == "a1"
        return said({"status": "error", "code": "not_permitted"}, 403) if refused else of_agent(asked, times)

    with far_end(account(3), odd) as place:
        found = collect(place)
    [gap] = found.gaps
    assert (gap.agent_id, gap.what) == ("a1", "its schema versions")
    assert "HTTP 403: the token may not read this" in gap.why


BAD: dict[str, tuple[Callable[[], Answer], type[EvidenceError], str]] = {
    "refused token": (lambda: said({}, 401), RefusedError, "HTTP 401: the platform refuses the token"),
    "web page": (
        lambda: (200, {"Content-Type": "text/html"}, b"<html>log in"),
        AnswerError,
        "with a web page instead of JSON",
    ),
    "no JSON": (lambda: (200, {}, b"hello"), AnswerError, "a body that is not JSON"),
    "nothing": (lambda: (200, {}, b""), AnswerError, "an empty body"),
    "other shape": (lambda: said([1, 2]), AnswerError, "HTTP 200"),
    "no list": (lambda: said({"status": "success", "things": []}), AnswerError, "no list, or more than one"),
    "an error": (lambda: said({"status": "error", "code": "unexpected"}), AnswerError, "HTTP 200, unexpected"),
    "not found": (lambda: said({"status": "error", "code": "not_found"}, 404), AnswerError, "HTTP 404, not_found"),
    "too deep": (lambda: (200, {}, b"[" * 5000 + b"]" * 5000), AnswerError, "not JSON"),
    "redirect": (lambda: (302, {"Location": "http://127.0.0.1:1/"}, b""), AnswerError, "it redirects to 127.0.0.1"),
}


@pytest.mark.parametrize(("answer", "kind", "message"), BAD.values(), ids=BAD)
def test_an_account_that_cannot_be_read_at_all_says_why_and_what_to_do(
    answer: Callable[[], Answer], kind: type[EvidenceError], message: str
) -> None:
    with far_end(account(1), first(answer, "/account", 99)) as place, pytest.raises(kind, match=message) as raised:
        collect(place)
    assert raised.value.exit_status == 3
    assert raised.value.remedy
    assert TOKEN not in str(raised.value) + repr(raised.value)


def test_a_redirect_never_carries_the_token_to_another_host() -> None:
    with far_end({}) as other:
        to = {"Location": f"{other.url}/api/v1/account"}
        with far_end(account(1), first(lambda: (307, to, b""), "/account", 9)) as place, pytest.raises(AnswerError):
            collect(place)
        assert not other.asked


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("http://127.0.0.1:9", "it cannot be reached"),
        ("https://no-such-host.invalid", "it cannot be reached"),
        ("ftp://example.test", "not an http(s) address"),
        ("nonsense", "not an http(s) address"),
        ("http://user:word@example.test", "not an http(s) address"),
    ],
)
def test_an_address_where_nobody_is_says_so(tmp_path: Path, address: str, message: str) -> None:
    done = report(address, tmp_path)
    assert done.returncode == (3 if "reached" in message else 2)
    assert message in done.stderr
    assert "word" not in done.stderr
    assert TOKEN not in done.stderr


def test_a_host_that_never_answers_is_given_up_in_time(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        start = time.monotonic()
        done = report(f"http://127.0.0.1:{server.getsockname()[1]}", tmp_path, "--timeout", "1")
    assert done.returncode == 3
    assert "no answer within 1 s" in done.stderr
    assert time.monotonic() - start < 10
    assert Access("http://x", SecretStr("t"), "").timeout == 15


def test_a_certificate_that_cannot_be_verified_is_not_trusted(tmp_path: Path) -> None:
    command = "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost"
    subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for _ in range(5):
                try:
                    connection, _address = server.accept()
                    context.wrap_socket(connection, server_side=True).close()
                except OSError:
                    continue

        threading.Thread(target=serve, daemon=True).start()
        done = report(f"https://127.0.0.1:{server.getsockname()[1]}", tmp_path, "--timeout", "5")
    assert done.returncode == 3
    assert "its certificate cannot be verified. Set SSL_CERT_FILE" in done.stderr


def test_an_account_without_agents_is_an_empty_selection(tmp_path: Path) -> None:
    with far_end(account(0), of_agent) as place:
        assert report(place, tmp_path).returncode == 3
        assert report(place, tmp_path, "--allow-empty").returncode == 0


def test_what_an_agent_points_to_and_is_not_there_is_a_gap() -> None:
    known = account(1, owner_person_id="p9", team_id="t9", risk_profile_id="r9") | {"/person": [], "/team": []}
    with far_end(known, of_agent) as place:
        found = collect(place)
    assert sorted(gap.what for gap in found.gaps) == ["person p9", "risk profile r9", "team t9"]
    assert {gap.agent_id for gap in found.gaps} == {"a0"}


def test_hostile_ids_do_not_change_the_path_that_is_asked_for() -> None:
    known = account(1)
    known["/agent"] = [{"type": "agent", "id": "../../secret?x=1#y", "name": "x"}]
    with far_end(known, of_agent) as place:
        collect(place)
    assert all(asked.path.startswith(("/account", "/environment", "/agent")) for asked in place.asked)
    assert not any("x" in asked.query for asked in place.asked)


def test_the_token_stands_in_no_log_error_or_report(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with far_end(account(2), of_agent) as place:
        found = collect(place)
        done = report(place, tmp_path, "-vv", "--debug")
    assert {asked.token for asked in place.asked} == {f"Bearer {TOKEN}"}
    told = caplog.text + repr(found) + done.stdout + done.stderr + repr(Access(place.url, SecretStr(TOKEN), "x"))
    assert TOKEN not in told
    assert not [
        path for path in (tmp_path / "out").rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()
    ]


def test_ctrl_c_while_collecting_ends_at_once_with_130(tmp_path: Path) -> None:
    def slow(asked: Asked, times: int) -> Answer | None:
        time.sleep(0.3)
        return of_agent(asked, times)

    with far_end(account(200), slow) as place:
        env = os.environ | {"PYTHONPATH": str(ROOT), "PREFACTOR_API_URL": place.url, "PREFACTOR_API_TOKEN": TOKEN}
        command = [sys.executable, "-m", "reporter.cli", "report", "-f", "json"]
        with subprocess.Popen(command, env=env, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
            while len(place.asked) < 8:
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            start = time.monotonic()
            _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert time.monotonic() - start < 5
    assert errors.splitlines()[1:] == ["datarisk: interrupted; nothing was left half written"]


# Where the token comes from ---------------------------------------------------------------------------------------


def profiles(folder: Path, **tokens: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    value = {name: {"api_key": token, "base_url": f"https://{name}.test"} for name, token in tokens.items()}
    (folder / "prefactor.json").write_text(json.dumps(value))


def test_tokens_are_taken_in_the_order_that_is_promised(tmp_path: Path) -> None:
    (tmp_path / "repo/.git").mkdir(parents=True)
    profiles(tmp_path / "repo", default="of-default", staging="of-staging")
    (tmp_path / "file").write_text("of-file\n")
    here = tmp_path / "repo" / "deep" / "down"
    here.mkdir(parents=True)
    all_set = {
        "PREFACTOR_PROFILE": "staging",
        "PREFACTOR_API_TOKEN": "of-env",
        "PREFACTOR_API_TOKEN_FILE": str(tmp_path / "file"),
    }
    expected = ["of-staging", "of-env", "of-file", "of-default"]
    assert find(all_set, token_file=tmp_path / "file", folder=here).token.get_secret_value() == "of-file"
    for name, token in zip([*all_set, None], expected, strict=True):
        found = find(all_set | {"HOME": str(tmp_path)}, folder=here)
        assert found.token.get_secret_value() == token
        assert found.url == {"of-staging": "https://staging.test", "of-default": "https://default.test"}.get(token)
        if name:
            del all_set[name]


def test_whoever_is_logged_in_at_home_is_logged_in_here(tmp_path: Path) -> None:
    profiles(tmp_path / ".prefactor", default="of-home")
    assert find({"HOME": str(tmp_path)}, folder=tmp_path).token.get_secret_value() == "of-home"


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "no token is set, so no platform can be read. Set PREFACTOR_API_TOKEN"),
        ({"PREFACTOR_PROFILE": "moon"}, "no profile 'moon' in any prefactor.json"),
        ({"PREFACTOR_API_TOKEN_FILE": "/nowhere/token"}, "the token cannot be read: No such file"),
    ],
)
def test_without_a_token_it_is_said_how_to_set_one(tmp_path: Path, environment: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError) as raised:
        find(environment | {"HOME": str(tmp_path)}, folder=tmp_path)
    assert message in str(raised.value)
    assert isinstance(raised.value, NoTokenError) == (not environment)


def test_a_profiles_file_that_is_broken_is_an_error_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "prefactor.json").write_text("{")
    with pytest.raises(UsageError, match="the profiles cannot be read"):
        find({"HOME": str(tmp_path)}, folder=tmp_path)


def test_no_answer_three_times_in_a_row_ends_the_asking() -> None:
    def odd(asked: Asked, times: int) -> Answer | None:
        if asked.query.get("agent_id") or asked.path.startswith("/agent/"):
            time.sleep(2)
        return of_agent(asked, times)

    with far_end(account(60), odd) as place:
        start = time.monotonic()
        found = collect(place, timeout=0.5, in_flight=2)
    assert found.gaps
    assert time.monotonic() - start < 6
    assert len(place.asked) < 20
    assert any("no answer within 0.5 s" in gap.why for gap in found.gaps)
    assert issubclass(UnreachableError, EvidenceError)


def test_what_several_agents_point_to_is_read_for_the_same_one_in_whatever_order_they_came() -> None:
    rows: dict[str, dict[str, Any]] = {
        "b": {"risk_profile_id": "p"},
        "a": {"risk_profile_id": "p"},
        "c": {"risk_profile_id": None},
    }
    for some in (rows, dict(reversed(rows.items()))):
        assert platform._pointing(some, "risk_profile_id") == {"p": "a"}  # noqa: SLF001
