"""``docs/recipes/kubernetes-cronjob.yaml``: what it says of retries and rights, and its command, run.

What is not run here: the cluster.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hooks import Hook
from scheduled import RECIPES, RISKY, Machine, Platform, ended

PARTS: dict[str, dict[str, Any]] = {
    part["kind"]: part for part in yaml.safe_load_all((RECIPES / "kubernetes-cronjob.yaml").read_text())
}
SCHEMAS = Path(__file__).resolve().parents[1] / "schemas"
CRON = PARTS["CronJob"]["spec"]
JOB = CRON["jobTemplate"]["spec"]
POD = JOB["template"]["spec"]
(RUN,) = POD["containers"]


def test_only_status_3_is_tried_again_and_a_lost_node_is_no_try() -> None:
    assert POD["restartPolicy"] == "Never"
    assert JOB["backoffLimit"] == 2
    lost, others = JOB["podFailurePolicy"]["rules"]
    assert lost == {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
    on_exit_codes = {"containerName": RUN["name"], "operator": "NotIn", "values": [3]}
    assert others == {"action": "FailJob", "onExitCodes": on_exit_codes}


@pytest.mark.parametrize("version", [f"1.{minor}" for minor in range(31, 38)])
def test_its_pod_failure_policy_is_one_to_kubernetes(version: str) -> None:
    published = json.loads((SCHEMAS / "kubernetes-pod-failure-policy.json").read_text())
    (schema,) = [each["schema"] for each in published if version in each["versions"]]
    jsonschema.validate(JOB["podFailurePolicy"], schema)
    # What the server asks beyond the schema: see "Pod failure policy" in the documentation of Jobs.
    assert POD["restartPolicy"] == "Never"
    for codes in (rule["onExitCodes"] for rule in JOB["podFailurePolicy"]["rules"] if "onExitCodes" in rule):
        assert codes["values"] == sorted(set(codes["values"]))
        assert codes["operator"] != "In" or 0 not in codes["values"]
        assert codes["containerName"] in {each["name"] for each in POD["containers"]}


def test_two_never_run_at_once_and_none_for_ever() -> None:
    assert CRON["concurrencyPolicy"] == "Forbid"
    assert JOB["activeDeadlineSeconds"] == 3600


def test_it_has_no_right_that_it_does_not_need() -> None:
    assert POD["securityContext"]["runAsNonRoot"]
    assert RUN["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not POD["automountServiceAccountToken"]


def test_the_token_is_a_file_of_a_secret() -> None:
    (secret,) = [volume for volume in POD["volumes"] if "secret" in volume]
    (mount,) = [mount for mount in RUN["volumeMounts"] if mount["name"] == secret["name"]]
    named = {item["name"]: item["value"] for item in RUN["env"]}
    assert named["PREFACTOR_API_TOKEN_FILE"] == f"{mount['mountPath']}/token"
    assert mount["readOnly"]
    assert "PREFACTOR_API_TOKEN" not in named


def test_what_is_mounted_is_there() -> None:
    assert {mount["name"] for mount in RUN["volumeMounts"]} == {volume["name"] for volume in POD["volumes"]}
    names = {kind: part["metadata"]["name"] for kind, part in PARTS.items()}
    used = {volume["name"]: volume for volume in POD["volumes"]}
    assert used["settings"]["configMap"]["name"] == names["ConfigMap"]
    assert used["reports"]["persistentVolumeClaim"]["claimName"] == names["PersistentVolumeClaim"]


def test_the_file_of_reports_is_that_of_the_other_recipes() -> None:
    assert PARTS["ConfigMap"]["data"]["datarisk-run.toml"] == (RECIPES / "datarisk-run.toml").read_text()


def test_its_command_makes_the_reports_of_the_map(
    tmp_path: Path, programs: Path, environment: dict[str, str], platform: Platform, hook: Hook
) -> None:
    far = platform(RISKY)
    machine = Machine(tmp_path, programs, far, hook.url)
    for name, text in PARTS["ConfigMap"]["data"].items():
        (machine.etc / name).write_text(machine.here(text))
    given = {item["name"]: machine.here(item["value"]) for item in RUN["env"]}
    env = environment | {"PREFACTOR_API_URL": far.url} | given
    done = ended([machine.here(each) for each in RUN["command"]], cwd=tmp_path, env=env)
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stderr.splitlines()[-1])["event"] == "run ended"
    assert (len(machine.runs), len(hook.sent)) == (1, 1)
