#!/usr/bin/env python3
"""Puts a verdict under a pull request or a merge request, into one comment that each run renews.

    datarisk-comment FILE

FILE is the gate's check.md. Where it is not there, the comment says that nothing could be judged, so that no verdict of
an earlier run stands there instead. The comment is found by a mark that nobody sees, and only among those of the
account that the token is of: whoever else writes that mark is left alone.

    COMMENT_TOKEN    may write comments: on GitHub the job's own token with `pull-requests: write`, on GitLab an access
                     token of the project with the scope `api`. Never an argument, never said
    COMMENT_NUMBER   the pull request (by default GitLab's merge request); without one nothing is written
    COMMENT_NAME     tells the comments of several checks of one pull request apart (check)
    COMMENT_COMMIT   the commit that was judged (GitLab's own by default)
    COMMENT_AUTHOR   on GitHub, whose the token is (github-actions[bot])

The rest is what the platforms set: GITHUB_API_URL and GITHUB_REPOSITORY, or CI_API_V4_URL and
CI_MERGE_REQUEST_PROJECT_ID. Needs nothing but Python 3.9. Ends with 0 where it is written or there is nothing to write
to, with 1 where it could not be, which it says, and with 2 for a wrong call. No gate depends on it.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

CHARACTERS = 65_536  # what GitHub takes; GitLab takes more
PAGE, PAGES = 100, 100
SECONDS = 20
FORK = (
    "The token may not write here, as that of a pull request from a fork, or of a job without `pull-requests: write`. "
    "The verdict stands all the same; the job's log and artefacts have it."
)
NOT_GIVEN = (
    "There is no COMMENT_TOKEN, as in a job for a fork, or one that hands none over. The verdict stands all the same; "
    "the job's log and artefacts have it."
)
NOT_UNDERSTOOD = "The platform cannot be reached, or not understood. The verdict stands all the same."
USAGE = "usage: datarisk-comment FILE; COMMENT_NAME is of letters, digits, dots and hyphens"


class NotWrittenError(Exception):
    """Why there is no comment; in words of ours alone, as a runner obeys some of what is said to it."""


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nothing: the token would go along."""

    def redirect_request(self, *_: Any) -> None:
        """Makes it an error."""


class Host:
    """The API of a platform, asked with a token in these headers."""

    def __init__(self, base: str, headers: Mapping[str, str]) -> None:
        """Asks nothing yet."""
        self.base, self.headers = base, headers
        self.opener = urllib.request.build_opener(NoRedirect)

    def ask(self, method: str, path: str, body: str | None = None) -> Any:
        """What it answers."""
        data = None if body is None else json.dumps({"body": body}).encode()
        headers = {**self.headers, "Content-Type": "application/json", "User-Agent": "datarisk-comment"}
        try:
            request = urllib.request.Request(self.base + path, data, headers, method=method)  # noqa: S310  (CI's own)
            with self.opener.open(request, timeout=SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code in {401, 403, 404}:
                raise NotWrittenError(f"{FORK} (HTTP {error.code})") from None
            said = f"The platform answered HTTP {error.code}. The verdict stands all the same."
            raise NotWrittenError(said) from None
        except (OSError, ValueError, http.client.HTTPException):
            raise NotWrittenError(NOT_UNDERSTOOD) from None

    def mine(self, path: str, mark: str, me: object) -> int | None:
        """The id of the comment that bears the mark and is by that account."""
        for page in range(1, PAGES + 1):
            found = self.ask("GET", f"{path}?per_page={PAGE}&page={page}")
            for comment in found:
                author = comment.get("author") or comment.get("user") or {}
                by_me = me is not None and me in (author.get("id"), author.get("login"))
                if by_me and str(comment.get("body")).startswith(mark):
                    return int(comment["id"])
            if len(found) < PAGE:
                break
        return None


def text_of(file: Path, mark: str, commit: str) -> str:
    """What is to stand there."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = "## datarisk: Nothing could be judged\n\nIt ended before there was a verdict. The job's log says why.\n"
    end = f"\n<sub>Commit {commit[:12]}</sub>\n" if re.fullmatch(r"[0-9a-f]{7,64}", commit) else ""
    whole = f"{mark}\n{text}{end}"
    if len(whole) > CHARACTERS:
        above = text.partition("<details>")[0][: CHARACTERS // 2]
        whole = f"{mark}\n{above}\nThe rest is too long for a comment; the job's artefacts have it.\n{end}"
    return whole


def write(given: Mapping[str, str], number: str, mark: str, text: str) -> str:
    """Renews the comment, or writes the first one; returns what it did."""
    token = given.get("COMMENT_TOKEN", "")
    # What GitLab does not know it hands over as it is written.
    if not token or token.startswith("$"):
        raise NotWrittenError(NOT_GIVEN)
    me: object
    if gitlab := given.get("CI_API_V4_URL"):
        host = Host(gitlab, {"PRIVATE-TOKEN": token})
        project = urllib.parse.quote(given.get("CI_MERGE_REQUEST_PROJECT_ID", ""), safe="")
        comments = each = f"/projects/{project}/merge_requests/{number}/notes"
        verb, me = "PUT", host.ask("GET", "/user").get("id")
    else:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
        host = Host(f"{given.get('GITHUB_API_URL', '')}/repos/{given.get('GITHUB_REPOSITORY', '')}/issues", headers)
        comments, each = f"/{number}/comments", "/comments"
        verb, me = "PATCH", given.get("COMMENT_AUTHOR") or "github-actions[bot]"
    known = host.mine(comments, mark, me)
    if known is None:
        host.ask("POST", comments, text)
        return "written"
    host.ask(verb, f"{each}/{known}", text)
    return "renewed"


def main(arguments: Sequence[str], given: Mapping[str, str]) -> int:
    """Writes; returns the exit status."""
    name = given.get("COMMENT_NAME") or "check"
    number = given.get("COMMENT_NUMBER") or given.get("CI_MERGE_REQUEST_IID", "")
    if len(arguments) != 1 or not re.fullmatch(r"[A-Za-z0-9._-]{1,60}", name) or not re.fullmatch(r"[0-9]*", number):
        sys.stderr.write(f"{USAGE}\n")
        return 2
    missing = [each for each in ("GITHUB_API_URL", "GITHUB_REPOSITORY") if not given.get(each)]
    if missing and "CI_API_V4_URL" not in given:
        sys.stderr.write(f"datarisk-comment: {', '.join(missing)} is not set; a job of GitHub or GitLab sets it\n")
        return 2
    if not number:
        sys.stderr.write("datarisk-comment: there is no pull request to write to\n")
        return 0
    mark = f"<!-- datarisk:comment:{name} -->"
    commit = given.get("COMMENT_COMMIT") or given.get("CI_COMMIT_SHA", "")
    try:
        done = write(given, number, mark, text_of(Path(arguments[0]), mark, commit))
    except (NotWrittenError, KeyError, TypeError, AttributeError, ValueError) as error:
        why = error if isinstance(error, NotWrittenError) else NOT_UNDERSTOOD
        start = "::warning title=datarisk%3A no comment::" if "GITHUB_ACTIONS" in given else "datarisk-comment: "
        sys.stderr.write(f"{start}{why}\n")
        return 1
    sys.stderr.write(f"datarisk-comment: {done}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
