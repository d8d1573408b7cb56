"""``docs/recipes/datarisk-comment.py``, run as the action and the GitLab job run it, against a host of comments.

The host is a real HTTP server on the loopback that behaves like the two APIs: pages, authors, rights, lengths.
"""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from scheduled import CALM, RECIPES, RISKY, ROOT, Ended, Platform, ended, reached

SCRIPT = RECIPES / "datarisk-comment.py"
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
JOB: dict[str, Any] = yaml.safe_load((RECIPES / "gitlab-ci.yml").read_text())["data-risk"]
TOKEN = "not-a-real-comment-token"
ME, BOT = 77, "github-actions[bot]"
NOTES = "/api/v4/projects/42/merge_requests/7/notes"
GITHUB = "/repos/acme/agents/issues"


@dataclass
class Hosted:
    """What a platform keeps of one pull request, and who asked for what."""

    address: str = ""
    may_write: bool = True
    broken: int | None = None
    comments: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)

    def says(self, body: str, *, own: bool = False) -> None:
        """Somebody writes a comment."""
        who = {"id": ME, "login": BOT} if own else {"id": 5, "login": "mallory"}
        self.comments.append({"id": 1000 + len(self.comments), "body": body, "author": who, "user": who})

    def answer(self, method: str, target: str, headers: Any, body: Any) -> tuple[int, Any]:
        """As the platform would."""
        path = urlsplit(target)
        self.asked.append((method, path.path))
        gitlab = path.path.startswith("/api/v4")
        given = headers.get("PRIVATE-TOKEN") if gitlab else headers.get("Authorization", "").removeprefix("Bearer ")
        self.tokens.add(given or "")
        if self.broken:
            return self.broken, {"message": "::error::broken"}
        if given != TOKEN:
            return 401, {"message": "Bad credentials"}
        if path.path == "/api/v4/user":
            return 200, {"id": ME}
        listing, one = (NOTES, NOTES) if gitlab else (f"{GITHUB}/7/comments", f"{GITHUB}/comments")
        if method == "GET" and path.path == listing:
            asked = {key: int(each[0]) for key, each in parse_qs(path.query).items() if each[0].isdecimal()}
            size, page = min(asked.get("per_page", 20), 100), asked.get("page", 1)
            return 200, self.comments[(page - 1) * size : page * size]
        if not self.may_write:
            return 403, {"message": "Resource not accessible by integration"}
        if len(body["body"]) > (1_000_000 if gitlab else 65_536):
            return 422, {"message": "body is too long"}
        if method == "POST" and path.path == listing:
            self.says(body["body"], own=True)
            return 201, self.comments[-1]
        id_ = re.fullmatch(rf"{re.escape(one)}/(\d+)", path.path)
        found = next((each for each in self.comments if id_ and each["id"] == int(id_[1])), None)
        if found is None or method != ("PUT" if gitlab else "PATCH"):
            return 404, {"message": "Not Found"}
        found["body"] = body["body"]
        return 200, found

    @property
    def own(self) -> list[str]:
        """What stands in comments of ours."""
        return [each["body"] for each in self.comments if each["author"]["id"] == ME]


@pytest.fixture
def host() -> Iterator[Hosted]:
    hosted = Hosted()

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, value = hosted.answer(self.command, self.path, self.headers, body)
            data = json.dumps(value).encode()
            self.send_response(status)
            if status in (301, 307):
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = _do  # noqa: N815 (the library's names)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hosted.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield hosted
        server.shutdown()
        thread.join()


@pytest.fixture
def around(environment: dict[str, str], programs: Path) -> dict[str, str]:
    (programs / "datarisk-comment").symlink_to(SCRIPT)
    (programs / "python3").symlink_to(sys.executable)
    return environment


def gitlab(host: Hosted, **more: str) -> dict[str, str]:
    """What a runner of GitLab sets for a merge request."""
    return {
        "CI": "true", "CI_API_V4_URL": f"{host.address}/api/v4", "CI_MERGE_REQUEST_PROJECT_ID": "42",
        "CI_MERGE_REQUEST_IID": "7", "CI_COMMIT_SHA": "a" * 40, "COMMENT_TOKEN": TOKEN, **more,
    }  # fmt: skip


def job(place: Path, env: dict[str, str]) -> tuple[Ended, Ended]:
    """The job's script, and what GitLab runs behind it in a shell of its own, whatever became of it."""
    set_ = {
        name: env.get(value[1:], "") if value.startswith("$") else value for name, value in JOB["variables"].items()
    }
    scripts = ["\n".join(["set -eo pipefail", *JOB[part]]) for part in ("script", "after_script")]
    first, last = (ended(["bash", "-c", script], cwd=place, env=env | set_) for script in scripts)
    return first, last


def test_a_note_of_gitlab_is_written_once_and_renewed_by_each_run(
    place: Path, around: dict[str, str], host: Hosted, platform: Platform
) -> None:
    host.says("Looks good to me.")
    far, env = platform(RISKY), around | gitlab(host)
    first, note = job(place, env | reached(far))
    assert (first.returncode, note.returncode) == (1, 0), note.stderr
    [text] = host.own
    assert "## datarisk: Review needed" in text
    assert "<sub>Commit aaaaaaaaaaaa</sub>" in text
    calm, note = job(place, env | reached(platform(CALM)) | {"CI_COMMIT_SHA": "b" * 40})
    assert (calm.returncode, note.returncode) == (0, 0), note.stderr
    [text] = host.own
    assert "## datarisk: Nothing is beyond the limits" in text
    assert "<sub>Commit bbbbbbbbbbbb</sub>" in text
    assert host.comments[0]["body"] == "Looks good to me."
    assert [method for method, path in host.asked if path.startswith(NOTES) and method != "GET"] == ["POST", "PUT"]


def test_a_gate_that_could_not_judge_leaves_no_verdict_of_yesterday_standing(
    place: Path, around: dict[str, str], host: Hosted, platform: Platform
) -> None:
    job(place, around | gitlab(host) | reached(platform(CALM)))
    assert "Nothing is beyond the limits" in host.own[0]
    (place / "datarisk.toml").write_text("[policy]\nfail_on = 'hihg'\n")
    first, note = job(place, around | gitlab(host) | reached(platform(CALM)))
    assert (first.returncode, note.returncode) == (2, 0)
    [text] = host.own
    assert "Nothing could be judged" in text
    assert "beyond the limits" not in text


@pytest.mark.parametrize("why", ["no token", "wrong token", "no right", "broken", "redirected", "unreachable"])
def test_a_note_that_cannot_be_written_says_so_and_changes_nothing_else(
    place: Path, around: dict[str, str], host: Hosted, platform: Platform, why: str
) -> None:
    """A pipeline of a fork gets no protected variable, and GitLab takes no notice of how the last part ends."""
    env = around | gitlab(host) | reached(platform(RISKY))
    host.may_write = why != "no right"
    host.broken = {"broken": 500, "redirected": 307}.get(why)
    env |= {"no token": {"COMMENT_TOKEN": ""}, "wrong token": {"COMMENT_TOKEN": "x"}}.get(why, {})
    env |= {"CI_API_V4_URL": "http://127.0.0.1:9/api/v4"} if why == "unreachable" else {}
    first, note = job(place, env)
    assert first.returncode == 1
    assert note.returncode == 1
    assert note.stderr.startswith("datarisk-comment: ")
    assert "The verdict stands" in note.stderr
    assert ("fork" in note.stderr) == (why in ("no token", "wrong token", "no right"))
    assert host.own == []
    assert TOKEN not in first.stdout + first.stderr + note.stdout + note.stderr


# GitHub


def commented(host: Hosted, around: dict[str, str], file: Path | None, folder: Path, **more: str) -> Ended:
    """The action's own step, as GitHub's runner runs it."""
    [step] = [each for each in ACTION["runs"]["steps"] if each["name"] == "Comment"]
    values = {
        "github.token": TOKEN,
        "github.event.pull_request.number": "7",
        "github.event.pull_request.head.sha": "c" * 40,
        "inputs.comment-name": ACTION["inputs"]["comment-name"]["default"],
        "steps.gate.outputs.markdown": str(file or ""),
    } | {name.replace("_", "."): value for name, value in more.items() if name.startswith("github_")}
    given = {
        name: re.sub(r"\$\{\{ (\S+) \}\}", lambda found: values[found[1]], str(value))
        for name, value in step["env"].items()
    }
    set_ = {
        "GITHUB_ACTIONS": "true", "GITHUB_API_URL": host.address, "GITHUB_REPOSITORY": "acme/agents",
        "GITHUB_ACTION_PATH": str(ROOT), "CI": "true",
    }  # fmt: skip
    script = folder / "step.sh"
    script.write_text(step["run"])
    command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)]
    return ended(command, cwd=folder, env=around | set_ | given | {k: v for k, v in more.items() if k.isupper()})


@pytest.fixture
def verdict(place: Path, around: dict[str, str]) -> Path:
    """A verdict of the real program."""
    ended(["datarisk", "check", "risky.json", "-o", "check.md"], cwd=place, env=around)
    return place / "check.md"


def test_a_comment_of_github_is_renewed_wherever_it_stands_among_others(
    place: Path, around: dict[str, str], host: Hosted, verdict: Path
) -> None:
    for number in range(130):
        host.says(f"Comment {number}")
    assert commented(host, around, verdict, place).returncode == 0
    for number in range(130):
        host.says(f"Later comment {number}")
    verdict.write_text(verdict.read_text().replace("Review needed", "Nothing is beyond the limits"))
    done = commented(host, around, verdict, place)
    assert (done.returncode, done.stderr) == (0, "datarisk-comment: renewed\n")
    [text] = host.own
    assert text.startswith("<!-- datarisk:comment:check -->\n<!-- datarisk:check:")
    assert "Nothing is beyond the limits" in text
    assert "<sub>Commit cccccccccccc</sub>" in text
    assert len(host.comments) == 261


def test_a_comment_of_somebody_else_that_bears_the_mark_is_left_alone(
    place: Path, around: dict[str, str], host: Hosted, verdict: Path
) -> None:
    """Renewing it would put the verdict where they can rewrite it."""
    host.says("<!-- datarisk:comment:check -->\n## datarisk: Nothing is beyond the limits")
    commented(host, around, verdict, place)
    assert len(host.own) == 1
    assert "Review needed" not in host.comments[0]["body"]


def test_two_checks_of_one_pull_request_have_a_comment_each(
    place: Path, around: dict[str, str], host: Hosted, verdict: Path
) -> None:
    for name in ("check", "desk", "check", "desk"):
        assert commented(host, around | {}, verdict, place, COMMENT_NAME=name).returncode == 0
    assert len(host.own) == 2
    refused = commented(host, around, verdict, place, COMMENT_NAME="--> evil")
    assert "COMMENT_NAME" in refused.stderr
    assert len(host.own) == 2


def test_without_the_right_to_write_the_step_ends_well_and_says_why(
    place: Path, around: dict[str, str], host: Hosted, verdict: Path
) -> None:
    host.may_write = False
    done = commented(host, around, verdict, place)
    assert done.returncode == 0
    assert done.stderr.startswith("::warning title=datarisk%3A no comment::The token may not write here")
    assert "fork" in done.stderr
    assert "pull-requests: write" in done.stderr
    assert "Resource not accessible" not in done.stderr
    assert host.own == []


def test_nothing_that_the_platform_answers_becomes_a_command_of_the_runner(
    place: Path, around: dict[str, str], host: Hosted, verdict: Path
) -> None:
    host.broken = 500
    done = commented(host, around, verdict, place)
    assert done.returncode == 0
    assert done.stderr.count("::") == 2
    assert "broken" not in done.stderr


def test_where_there_is_no_pull_request_nobody_is_asked(
    place: Path, around: dict[str, str], host: Hosted, verdict: Path
) -> None:
    done = commented(host, around, verdict, place, COMMENT_NUMBER="")
    assert (done.returncode, host.asked) == (0, [])
    assert "no pull request" in done.stderr


def test_a_verdict_that_is_not_there_is_told_as_such(place: Path, around: dict[str, str], host: Hosted) -> None:
    commented(host, around, None, place)
    assert "Nothing could be judged" in host.own[0]


def test_what_is_too_long_for_a_comment_is_cut_at_its_fold_and_says_so(
    place: Path, around: dict[str, str], host: Hosted
) -> None:
    long = place / "long.md"
    long.write_text(
        "## datarisk: Review needed\n\n<details><summary>All</summary>\n\n" + "x" * 70_000 + "\n</details>\n"
    )
    commented(host, around, long, place)
    [text] = host.own
    assert len(text) < 1_000
    assert "Review needed" in text
    assert "too long for a comment" in text
    assert "<details>" not in text


def test_the_token_is_only_in_the_environment_of_the_step_that_comments() -> None:
    holders = [step["name"] for step in ACTION["runs"]["steps"] if "github.token" in json.dumps(step)]
    assert holders == ["Comment"]
    assert ACTION["inputs"]["comment"]["default"] == "false"
    [step] = [each for each in ACTION["runs"]["steps"] if each["name"] == "Comment"]
    assert step["if"] == "always() && inputs.comment == 'true'"
    assert "TOKEN" not in step["run"]
