"""``docs/recipes/gitlab-ci.yml``: GitLab would read it, and its script is run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from scheduled import RECIPES, RISKY, Platform, ended, reached, refused_until

FILE = RECIPES / "gitlab-ci.yml"
JOBS: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text())
JOB = JOBS["data-risk"]


def test_gitlab_would_read_it() -> None:
    schema = ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"]
    command = [sys.executable, "-m", "check_jsonschema", *schema, str(FILE)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("tries", "status"), [(0, 1), (1000, 3)])
def test_the_job_ends_as_the_gate_does(
    place: Path, environment: dict[str, str], platform: Platform, tries: int, status: int
) -> None:
    """GitLab runs a script's lines one after the other, until one fails."""
    far = platform(RISKY, refused_until(tries))
    script = "\n".join(["set -eo pipefail", *JOB["script"]])
    env = environment | {"CI": "true"} | JOB["variables"] | reached(far)
    done = ended(["bash", "-c", script], cwd=place, env=env)
    assert done.returncode == status, done.stderr
    assert far.count("/account") == 1
    assert JOB["artifacts"]["reports"].keys() == {"junit", "codequality"}
    for report in JOB["artifacts"]["reports"].values():
        assert (place / report).exists() == (status != 3)
    (kept,) = JOB["artifacts"]["paths"]
    assert (place / kept).is_dir()


def test_gitlab_tries_again_for_status_3_alone() -> None:
    assert JOB["retry"] == {"max": 2, "exit_codes": 3}
    assert JOB["variables"]["GATE_TRIES"] == "1"


def test_what_was_found_is_kept_however_the_job_ended() -> None:
    assert JOB["artifacts"]["when"] == "always"


def test_only_findings_may_be_let_through_and_only_where_that_was_asked_for() -> None:
    assert "allow_failure" not in JOB
    assert JOBS["data-risk-told"]["allow_failure"] == {"exit_codes": 1}
