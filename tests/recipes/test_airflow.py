"""``docs/recipes/airflow_dag.py``: what it makes of each status.

Airflow is larger than all that these tests need together, so a few lines stand in for what the DAG takes from it; the
command that it runs is the real one.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hooks import Hook
from scheduled import CALM, RECIPES, RISKY, Machine, Platform, ended, refused_until

STAND_INS = {
    "airflow/sdk/__init__.py": """
class DAG:
    def __init__(self, **given):
        print("dag", given["max_active_runs"], given["catchup"])
    def __enter__(self):
        return self
    def __exit__(self, *_):
        pass
""",
    "airflow/sdk/exceptions.py": """
class AirflowException(Exception): pass
class AirflowFailException(AirflowException): pass
""",
    "airflow/providers/standard/operators/bash.py": """
import os, subprocess
from types import SimpleNamespace
class Hook:
    def run_command(self, command, env, cwd):
        done = subprocess.run(command, env=env, cwd=cwd, stdout=subprocess.PIPE, text=True)
        return SimpleNamespace(exit_code=done.returncode, output=(done.stdout.splitlines() or [""])[-1])
class BashOperator:
    made = []
    def __init__(self, *, task_id, bash_command, append_env, env, retries, retry_delay, execution_timeout):
        self.bash_command, self.cwd, self.env, self.retries = bash_command, None, env, retries
        self.subprocess_hook = Hook()
        self.made.append(self)
    def get_env(self, context):
        return {**os.environ, **self.env}
""",
}
RUN = """
import runpy, sys
from airflow.providers.standard.operators.bash import BashOperator
runpy.run_path(sys.argv[1])
(task,) = BashOperator.made
print("retries", task.retries)
try:
    task.execute({})
except Exception as error:
    print(type(error).__name__, error)
else:
    print("done")
"""


@pytest.mark.parametrize(
    ("declared", "tries", "ends"),
    [
        (CALM, 0, "done"),
        (RISKY, 0, "AirflowFailException status 1: findings are beyond the limits; somebody has to look at them"),
        (CALM, 9, "AirflowException status 3: the evidence is not complete, so nothing may be concluded"),
        (CALM, -1, "AirflowFailException status 2: the call or its settings are wrong"),
    ],
)
def test_only_incomplete_evidence_is_left_to_airflow_to_try_again(
    tmp_path: Path,
    programs: Path,
    environment: dict[str, str],
    platform: Platform,
    hook: Hook,
    *,
    declared: dict[str, object],
    tries: int,
    ends: str,
) -> None:
    machine = Machine(tmp_path, programs, platform(declared, refused_until(tries)), hook.url)
    if tries < 0:
        (machine.etc / "datarisk-run.toml").write_text("no_such_key = 1\n")
    for name, text in STAND_INS.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    dag = tmp_path / "dag.py"
    dag.write_text(machine.here((RECIPES / "airflow_dag.py").read_text()))
    command = [sys.executable, "-c", RUN, str(dag)]
    done = ended(command, cwd=tmp_path, env=environment | machine.reached | {"PYTHONPATH": str(tmp_path)})
    assert done.stdout.splitlines() == ["dag 1 False", "retries 2", ends], done.stderr
