"""``action.yml``: its own steps, run as GitHub's runner runs them, and the workflow that shows it at work.

What is not run here: the set-up of Python, and the download of packages, which a program that records its arguments
stands in for.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from builders import agent, pinned, schema_version, span_type
from scheduled import CALM, DATARISK, RECIPES, RISKY, ROOT, TOKEN, Platform, reached, refused_until

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
WORKFLOW_TEXT = (RECIPES / "github-workflow.yml").read_text()
WORKFLOW: dict[str, Any] = yaml.safe_load(WORKFLOW_TEXT)
RUNS = [step for step in ACTION["runs"]["steps"] if "run" in step]
MIB = 1024 * 1024


@dataclass
class Runner:
    """As much of GitHub's runner as a composite action sees of it."""

    folder: Path
    environment: dict[str, str]
    log: str = ""
    status: int = 0
    steps: dict[str, dict[str, str]] = field(default_factory=dict)
    summary: bytes = b""

    def run(self, names: list[str], workspace: Path, inputs: dict[str, str], **env: str) -> dict[str, str]:
        """Runs steps by name, in their order, until one fails; returns the action's outputs."""
        values = {name: about.get("default", "") for name, about in ACTION["inputs"].items()} | inputs
        for step in RUNS:
            if step["name"] in names and self.status == 0:
                self._step(step, workspace, values, env)
        return {name: self._said(about["value"], values) for name, about in ACTION["outputs"].items()}

    def _step(self, step: dict[str, Any], workspace: Path, values: dict[str, str], env: dict[str, str]) -> None:
        assert step["shell"] == "bash"
        script, outputs, summary = (self.folder / name for name in ("script.sh", "outputs", "summary"))
        script.write_text(step["run"])
        outputs.write_text("")
        summary.write_text("")
        given = {name: self._said(str(value), values) for name, value in step.get("env", {}).items()}
        files = {"GITHUB_OUTPUT": str(outputs), "GITHUB_STEP_SUMMARY": str(summary), "RUNNER_TEMP": str(self.folder)}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
            cwd=workspace / self._said(step.get("working-directory", "."), values),
            env=self.environment | {"GITHUB_ACTION_PATH": str(ROOT), "CI": "true"} | env | files | given,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        self.log += done.stdout
        self.status = done.returncode
        self.summary += summary.read_bytes()
        pairs = [line.split("=", 1) for line in outputs.read_text().splitlines()]
        self.steps[step.get("id", step["name"])] = dict(pairs)

    def _said(self, text: str, inputs: dict[str, str]) -> str:
        def value(match: re.Match[str]) -> str:
            name = match[1].split(".")
            if name[0] == "inputs":
                return inputs[name[1]]
            assert (name[0], name[2]) == ("steps", "outputs"), match[0]
            return self.steps.get(name[1], {}).get(name[3], "")

        return re.sub(r"\$\{\{ (\S+) \}\}", value, text)

    def obeyed(self) -> Iterator[str]:
        """The lines that the runner takes for commands: it reads nothing between a mark and the same mark again."""
        mark = None
        for line in self.log.splitlines():
            if mark is not None:
                mark = None if line == f"::{mark}::" else mark
            elif line.startswith("::stop-commands::"):
                mark = line.removeprefix("::stop-commands::")
            elif line.lstrip().startswith("::") or "##[" in line:
                yield line
        assert mark is None


@pytest.fixture
def runner(tmp_path: Path, environment: dict[str, str]) -> Runner:
    """With datarisk installed where the action installs it."""
    folder = tmp_path / "runner"
    (folder / "datarisk-venv").mkdir(parents=True)
    (folder / "datarisk-venv" / "bin").symlink_to(DATARISK.parent)
    return Runner(folder, environment)


def test_findings_fail_the_job_and_everything_is_written(runner: Runner, place: Path) -> None:
    outputs = runner.run(["Check"], place, {"sources": "risky.json\n", "report-formats": "json"})
    assert runner.status == 1, runner.log
    assert (outputs["status"], outputs["outcome"], outputs["passed"]) == ("1", "failed", "false")
    for name, suffix in (("sarif", ".sarif"), ("json", ".json"), ("junit", ".xml"), ("markdown", ".md")):
        assert Path(outputs[name]).suffix == suffix
        assert Path(outputs[name]).stat().st_size
        assert Path(outputs[name]).is_relative_to(outputs["folder"])
    evidence = json.loads(Path(outputs["json"]).read_text())["evidence_sha256"]
    assert json.loads((Path(outputs["report"]) / "report.json").read_text())["evidence_sha256"] == evidence
    assert runner.summary == Path(outputs["markdown"]).read_bytes()
    assert b"X01" in runner.summary
    assert 0 < len(runner.summary) < MIB
    assert any(line.startswith("::error") and "X01" in line for line in runner.obeyed())
    assert "try 1" not in runner.log


def test_findings_that_are_only_told_do_not_count_as_passed(runner: Runner, place: Path) -> None:
    outputs = runner.run(["Check"], place, {"sources": "calm.json\n  risky.json\n\n", "exit-zero": "true"})
    assert runner.status == 0, runner.log
    assert (outputs["status"], outputs["outcome"], outputs["passed"]) == ("0", "failed", "false")


def test_a_platform_is_read_once_and_nothing_beyond_the_limits_lets_the_job_go_on(
    runner: Runner, place: Path, platform: Platform
) -> None:
    far = platform(CALM)
    outputs = runner.run(["Check"], place, {}, **reached(far))
    assert runner.status == 0, runner.log
    assert (outputs["status"], outputs["outcome"], outputs["passed"]) == ("0", "passed", "true")
    assert outputs["report"] == ""
    assert all(line.startswith("::notice ") for line in runner.obeyed())
    assert far.count("/account") == 1
    assert far.asked[0].token == f"Bearer {TOKEN}"
    assert TOKEN not in runner.log + runner.summary.decode()


def test_without_evidence_the_summary_says_so_and_the_status_is_3(
    runner: Runner, place: Path, platform: Platform
) -> None:
    far = platform(CALM, refused_until(1000))
    outputs = runner.run(["Check"], place, {"tries": "2", "wait": "0"}, **reached(far))
    assert (runner.status, far.count("/account")) == (3, 2), runner.log
    assert (outputs["status"], outputs["outcome"], outputs["passed"], outputs["sarif"]) == ("3", "", "false", "")
    assert b"datarisk ended with status 3 before there was anything to judge" in runner.summary


def test_an_input_is_stronger_than_the_settings_of_its_working_directory(runner: Runner, place: Path) -> None:
    (place / "in").mkdir()
    (place / "in/datarisk.toml").write_text('[policy]\nfail_on = "never"\nmax_not_assessed = 0\n')
    shutil.move(place / "risky.json", place / "in")
    outputs = runner.run(["Check"], place, {"sources": "risky.json", "working-directory": "in", "fail-on": "high"})
    assert (runner.status, outputs["status"]) == (1, "1"), runner.log
    limits = json.loads(Path(outputs["json"]).read_text())["limits"]
    assert (limits["fail_on"], limits["max_not_assessed"]) == ("high", 0)


def test_a_wrong_limit_ends_with_2(runner: Runner, place: Path) -> None:
    outputs = runner.run(["Check"], place, {"sources": "calm.json", "fail-on": "hihg"})
    assert (runner.status, outputs["status"]) == (2, "2")
    assert "policy.fail_on" in runner.log


def test_no_input_is_ever_part_of_a_script(runner: Runner, place: Path) -> None:
    """Neither by the shell, nor by an option of datarisk."""
    evil = "$(touch pwned)`touch pwned`\"; touch pwned; '\n--write-baseline=pwned"
    kept = {"working-directory": ".", "python-version": "3.11"}
    runner.run(["Check"], place, {name: kept.get(name, evil) for name in ACTION["inputs"]})
    assert runner.status == 2, runner.log
    assert not [*place.rglob("pwned")]
    assert not any("${{" in step["run"] for step in RUNS)


def test_names_in_declarations_give_the_runner_no_commands(runner: Runner, place: Path) -> None:
    name = "##[set-output name=passed;]true\n::set-output name=passed::true"
    records = [agent(name=name), schema_version("v1", span_type(name, RISKY)), *pinned("v1", name)]
    (place / "hostile.json").write_text(json.dumps([{"status": "success", "details": each} for each in records]))
    runner.run(["Check"], place, {"sources": "hostile.json"})
    assert runner.status == 1, runner.log
    assert runner.log.count("##[set-output") > 1
    obeyed = [*runner.obeyed()]
    assert obeyed
    assert all(re.match(r"::(error|warning|notice) ", line) for line in obeyed)


def test_what_installs_it_never_sees_the_token(runner: Runner, place: Path, tmp_path: Path) -> None:
    """Packages that others wrote are built and run then."""
    seen = tmp_path / "seen"
    program = f'#!/bin/sh\necho "token:$PREFACTOR_API_TOKEN $*" >>"{seen}"\n'
    make = 'mkdir -p "$3/bin"; cp "$0" "$3/bin/python"\n'
    python = tmp_path / "programs" / "python3"
    python.write_text(program + f'if [ "$2" = venv ]; then {make}fi\n')
    python.chmod(0o755)
    runner.folder = tmp_path / "another"
    runner.folder.mkdir()
    runner.run(["Install datarisk"], place, {}, PREFACTOR_API_TOKEN=TOKEN)
    assert runner.status == 0, runner.log
    venv, pip, itself = seen.read_text().splitlines()
    assert venv == f"token: -m venv {runner.folder}/datarisk-venv"
    assert pip == f"token: -m pip install --quiet --constraint {ROOT}/constraints.txt --upgrade pip"
    assert itself.endswith(f"--build-constraint {ROOT}/constraints.txt {ROOT}")
    assert (ROOT / "constraints.txt").is_file()
    first = ACTION["runs"]["steps"][0]
    assert (first["name"], first["env"]) == ("Set up Python", {"PREFACTOR_API_TOKEN": ""})


@pytest.mark.parametrize("step", RUNS, ids=[step["name"] for step in RUNS])
def test_the_scripts_are_sound(step: dict[str, Any], tmp_path: Path) -> None:
    script = tmp_path / "step.sh"
    script.write_text("#!/bin/bash\nset -e\n" + step["run"])
    subprocess.run(["bash", "-n", script], check=True, timeout=20)
    if shutil.which("shellcheck"):
        subprocess.run(["shellcheck", "--severity=warning", script], check=True, timeout=60)


@pytest.mark.parametrize(
    ("schema", "file"),
    [("vendor.github-actions", ROOT / "action.yml"), ("vendor.github-workflows", RECIPES / "github-workflow.yml")],
)
def test_github_would_read_it(schema: str, file: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


def _jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, job in WORKFLOW["jobs"].items():
        yield from ((name, step) for step in job["steps"])


def test_what_others_wrote_is_pinned_by_its_commit() -> None:
    text = (ROOT / "action.yml").read_text() + WORKFLOW_TEXT
    used = re.findall(r"uses: (\S+)(.*)", text.replace("uses: OWNER/datarisk@v1", ""))
    assert len(used) == 6
    for name, version in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name), name
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", version), name


def test_the_workflow_asks_for_no_right_that_it_does_not_use() -> None:
    assert WORKFLOW["permissions"] == {}
    rights = {name: job["permissions"] for name, job in WORKFLOW["jobs"].items()}
    read = {"contents": "read"}
    write = {"security-events": "write", "pull-requests": "write"}
    assert rights == {"declarations": read | write, "platform": read, "release": {}}
    for _, step in _jobs():
        if "checkout" in step.get("uses", ""):
            assert step["with"] == {"persist-credentials": False}
    assert all(job["timeout-minutes"] <= 30 for job in WORKFLOW["jobs"].values())


def test_the_workflow_gives_the_token_to_the_gate_alone_and_never_to_a_pull_request() -> None:
    holders = [(job, step.get("id")) for job, step in _jobs() if "secrets." in json.dumps(step)]
    assert holders == [("platform", "datarisk")]
    assert WORKFLOW_TEXT.count("secrets.") == 1
    assert WORKFLOW["jobs"]["platform"]["if"] == "github.event_name != 'pull_request'"


def test_the_workflow_keeps_what_was_found_however_it_ended() -> None:
    uploads = [step for _, step in _jobs() if "upload" in step.get("uses", "")]
    assert len(uploads) == 3
    for step in uploads:
        assert step["if"].startswith("always() && ")
        (output,) = re.findall(r"steps\.datarisk\.outputs\.(\w+) }}", json.dumps(step["with"]))
        assert output in ACTION["outputs"]


def test_the_workflow_gives_the_action_only_inputs_that_it_has() -> None:
    for _, step in _jobs():
        if step.get("id") == "datarisk":
            assert set(step["with"]) <= set(ACTION["inputs"])
