"""``docs/recipes/README.md`` and the recipes' own notes: what they say is so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from scheduled import RECIPES, ROOT

from reporter import errors

README = (RECIPES / "README.md").read_text()
GATE = (RECIPES / "datarisk-gate.sh").read_text()
FILES = sorted(path for path in RECIPES.iterdir() if path.is_file())


def test_what_it_links_to_is_there() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert len(targets) >= len(FILES) - 1
    for target in targets:
        assert (RECIPES / target).exists(), target


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_recipe_is_in_its_list(path: Path) -> None:
    assert path.name == "README.md" or f"[`{path.name}`]({path.name})" in README


def test_its_statuses_are_those_of_the_errors_and_only_3_is_tried_again() -> None:
    rows = re.findall(r"^\| ([\d, ]+) \| .* \| (.*) \|$", README, re.MULTILINE)
    table = {int(status): again for statuses, again in rows for status in statuses.split(", ")}
    kinds = (errors.UsageError, errors.EvidenceError, errors.FaultError, errors.HeldError)
    known = {error.exit_status for error in kinds}
    assert set(table) == known | {0, 1, 130, 143}
    assert [status for status, again in table.items() if "yes" in again] == [errors.EvidenceError.exit_status]


def test_the_gate_s_variables_are_all_told() -> None:
    told = re.findall(r"^\| `(GATE_\w+)` \|", README, re.MULTILINE)
    assert set(told) == set(re.findall(r"\{(GATE_\w+)[:-]", GATE))


def test_the_hooks_that_it_shows_are_there() -> None:
    hooks = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    shown = set(re.findall(r"- id: (datarisk-[\w-]+)", README))
    assert shown == hooks


def test_the_outputs_that_it_names_are_the_action_s() -> None:
    action: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
    sentence = README[README.index("the outputs `status`") : README.index("can be\nused")]
    assert set(re.findall(r"`(\w+)`", sentence)) == set(action["outputs"])


@pytest.mark.parametrize("path", [*FILES, ROOT / "action.yml"], ids=lambda path: path.name)
def test_no_recipe_holds_a_token(path: Path) -> None:
    assert not re.search(r"PREFACTOR_API_TOKEN(: |=)['\"]?[A-Za-z0-9/]", path.read_text())
