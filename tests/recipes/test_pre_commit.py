"""``.pre-commit-hooks.yaml``: run by pre-commit in a repository, with the datarisk that is tested."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from scheduled import RECIPES, ROOT, Ended, ended

FILE = ROOT / ".pre-commit-hooks.yaml"
WAIVER = """\
[[waiver]]
id = "W-2026-001"
rule = "X01"
agent = "claims"
value_hash = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
reason = "The recipient is the agent's own processor, see the agreement."
approved_by = "dpo@example.org"
approved_on = 2026-11-02
expires = 2027-02-01
"""
Commit = Callable[..., Ended]


def test_pre_commit_would_read_it() -> None:
    subprocess.run([sys.executable, "-m", "pre_commit", "validate-manifest", FILE], check=True, timeout=60)


@pytest.fixture
def commit(tmp_path: Path, environment: dict[str, str]) -> Commit:
    """Runs the hooks on files, as for a commit of them in a new repository, which says more of hooks if it wants to."""
    repository = tmp_path / "repository"
    repository.mkdir()
    env = environment | {"PRE_COMMIT_HOME": str(tmp_path / "cache"), "GIT_CONFIG_GLOBAL": "/dev/null"}
    hooks = {hook["id"]: hook | {"language": "system"} for hook in yaml.safe_load(FILE.read_text())}

    def run(files: dict[str, str], more: list[dict[str, Any]] | None = None) -> Ended:
        for name, text in files.items():
            (repository / name).parent.mkdir(exist_ok=True)
            (repository / name).write_text(text)
        told = hooks | {each["id"]: hooks[each["id"]] | each for each in more or []}
        config = {"repos": [{"repo": "local", "hooks": [*told.values()]}]}
        (repository / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
        ended(["git", "init", "--quiet"], cwd=repository, env=env)
        ended(["git", "add", "--all"], cwd=repository, env=env)
        return ended([sys.executable, "-m", "pre_commit", "run"], cwd=repository, env=env)

    return run


def test_files_without_a_mistake_are_let_through(commit: Commit) -> None:
    done = commit({"datarisk.toml": '[policy]\nfail_on = "medium"\n', "datarisk-waivers.toml": WAIVER})
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("Passed") == 2


def test_a_waiver_of_no_rule_is_named_by_its_line(commit: Commit) -> None:
    done = commit({"datarisk-waivers.toml": WAIVER.replace("X01", "X0I")})
    assert done.returncode == 1
    assert "datarisk-waivers.toml:3: waiver W-2026-001, rule: there is no X0I" in done.stdout


def test_a_limit_that_does_not_exist_is_named_by_its_line(commit: Commit) -> None:
    done = commit({"datarisk.toml": '[policy]\nfail_on = "hihg"\n'})
    assert done.returncode == 1
    assert "datarisk.toml:2: policy.fail_on" in done.stdout


def test_rules_of_ones_own_are_read_too(commit: Commit) -> None:
    done = commit({"datarisk.toml": '[policy]\nrules = ["ours.toml"]\n', "ours.toml": "[[rule]]\n"})
    assert done.returncode == 1
    assert "ours.toml" in done.stdout


def test_other_files_are_not_looked_at(commit: Commit) -> None:
    done = commit({"other.toml": "this is no TOML"})
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("Skipped") == 2


def test_files_with_other_names_are_named_as_the_notes_show(commit: Commit) -> None:
    notes = (RECIPES / "README.md").read_text()
    (shown,) = re.findall(r"in a folder:\n\n```yaml\n(.*?)```", notes, re.DOTALL)
    files = {"privacy/accepted.toml": WAIVER, "privacy/datarisk.toml": "no_such_setting = 1\n"}
    done = commit(files, yaml.safe_load(shown))
    assert "datarisk waivers.........................................................Passed" in done.stdout
    assert "privacy/datarisk.toml:1: no such setting: no_such_setting" in done.stdout
