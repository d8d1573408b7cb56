"""Which settings apply: found up to the repository's root, told in what is written, and read whatever they are."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from conftest import Called, Datarisk
from gate_calls import OPEN, QUIET, SILENT, WAIVER, judged, put, waived

LIMIT = "[policy]\nmax_not_assessed = 0\n"
NO_LIMIT = "[policy]\nmax_not_assessed = 9\n"
DEEP = "deep/down"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository with declarations in a folder of it; what lies above is nobody's business."""
    (tmp_path / "repo/.git").mkdir(parents=True)
    put(tmp_path, f"repo/{DEEP}/claims.json", SILENT)
    (tmp_path / "datarisk.toml").write_text("[policy]\nmax_not_assessed = 9\nfail_on = 'never'\n")
    (tmp_path / "datarisk-waivers.toml").write_text("no waivers")
    return tmp_path / "repo"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check(called: Called, folder: Path, *args: str) -> dict[str, Any]:
    status, said = called("check", "claims.json", "-o", "check.json", *args, folder=folder)
    assert status in (0, 1), said
    found: dict[str, Any] = json.loads((folder / "check.json").read_bytes())
    return found


def limit(found: dict[str, Any]) -> Any:
    return found["limits"]["max_not_assessed"]


def test_the_policy_of_a_repository_holds_in_every_folder_of_it(called: Called, repo: Path) -> None:
    (repo / "datarisk.toml").write_text(LIMIT)
    found = check(called, repo / DEEP, "--fail-on", "never")
    assert (found["outcome"], [reason["kind"] for reason in found["reasons"]]) == ("failed", ["not assessed"])


@pytest.mark.parametrize(
    ("files", "path"),
    [
        ({}, None),
        ({"datarisk.toml": LIMIT}, "datarisk.toml"),
        ({"pyproject.toml": "[tool.datarisk.policy]\nmax_not_assessed = 0\n"}, "pyproject.toml"),
        ({"datarisk.toml": NO_LIMIT, f"{DEEP}/datarisk.toml": LIMIT}, f"{DEEP}/datarisk.toml"),
        ({"datarisk.toml": LIMIT, f"{DEEP}/pyproject.toml": "[project]\nname = 'x'\n"}, "datarisk.toml"),
        ({"pyproject.toml": "[tool.datarisk]\n", "deep/datarisk.toml": LIMIT}, "deep/datarisk.toml"),
    ],
)
def test_the_nearest_settings_apply_and_it_is_told_which(
    called: Called, repo: Path, files: dict[str, str], path: str | None
) -> None:
    for name, text in files.items():
        (repo / name).write_text(text)
    found = check(called, repo / DEEP)
    assert limit(found) == (0 if path else None)
    told = [{"kind": "settings", "path": path, "sha256": digest(repo / path)}] if path else []
    assert found["configuration"] == told
    status, said = called("check", "claims.json", "-v", folder=repo / DEEP)
    assert status == (1 if path else 0)
    assert (f"settings: {path} (SHA-256 {digest(repo / path)})" if path else "no file applies") in said
    status, said = called("report", "claims.json", "-f", "json", "-v", "-o", "out", folder=repo / DEEP)
    assert status == 0, said
    assert (f"settings: {path} " if path else "no file applies") in said
    [manifest] = (repo / DEEP / "out/local").glob("2*/manifest.json")
    assert json.loads(manifest.read_bytes())["configuration"] == told
    assert str(repo) not in manifest.read_text()


def test_outside_a_repository_only_the_working_directory_counts(called: Called, repo: Path) -> None:
    (repo / "datarisk.toml").write_text(LIMIT)
    (repo / ".git").rmdir()
    assert limit(check(called, repo / DEEP)) is None
    put(repo, "claims.json", SILENT)
    assert limit(check(called, repo)) == 0


def test_a_worktree_whose_git_is_a_file_ends_the_search_as_well(called: Called, repo: Path) -> None:
    (repo / "datarisk.toml").write_text(LIMIT)
    (repo / "deep/.git").write_text("gitdir: elsewhere\n")
    assert limit(check(called, repo / DEEP)) is None


def test_the_waivers_of_a_repository_hold_in_every_folder_of_it(datarisk: Datarisk, called: Called, repo: Path) -> None:
    put(repo, f"{DEEP}/claims.json", OPEN)
    put(repo.parent, "claims.json", OPEN)
    (repo.parent / "datarisk-waivers.toml").unlink()
    text = waived(datarisk, repo.parent, "claims.json")
    (repo.parent / "datarisk-waivers.toml").unlink()
    (repo / "datarisk-waivers.toml").write_text(text)
    found = check(called, repo / DEEP)
    assert [waiver["status"] for waiver in found["waivers"]] == ["in force"]
    name = "datarisk-waivers.toml"
    assert found["configuration"] == [{"kind": "waivers", "path": name, "sha256": digest(repo / name)}]
    (repo / DEEP / name).write_text("")
    assert check(called, repo / DEEP)["waivers"] == []


def test_a_file_that_lies_elsewhere_is_told_by_its_name_and_not_by_where_this_machine_keeps_it(
    called: Called, repo: Path
) -> None:
    own = repo.parent / "own.toml"
    own.write_text(LIMIT)
    found = check(called, repo / DEEP, "--config", str(own))
    assert found["configuration"] == [{"kind": "settings", "path": "own.toml", "sha256": digest(own)}]


# Files that are none ------------------------------------------------------------------------------------------------

#: What names a file, with the settings that do, and how the command is called.
NAMED: dict[str, tuple[str, str | None, list[str]]] = {
    "logo": ("logo", '[controller]\nlogo = "logo"\n', []),
    "waivers": ("w.toml", '[policy]\nwaivers = "w.toml"\n', []),
    "--waivers": ("w.toml", None, ["--waivers", "w.toml"]),
    "waivers that are found": ("datarisk-waivers.toml", None, []),
    "facts": ("f.toml", '[policy]\nfacts = "f.toml"\n', []),
    "--facts": ("f.toml", None, ["--facts", "f.toml"]),
    "facts that are found": ("datarisk-facts.toml", None, []),
    "rules": ("r.toml", '[policy]\nrules = ["r.toml"]\n', []),
    "settings that are found": ("datarisk.toml", None, []),
    "pyproject.toml": ("pyproject.toml", None, []),
    "--config": ("own.toml", None, ["--config", "own.toml"]),
    "--baseline": ("base.json", None, ["--baseline", "base.json"]),
    "a bundle as baseline": ("bundle/report.json", None, ["--baseline", "bundle"]),
    "--token-file": ("token", None, ["--token-file", "token", "http://127.0.0.1:1"]),
    "profiles": ("prefactor.json", None, ["http://127.0.0.1:1"]),
}


def a_pipe(path: Path) -> str:
    os.mkfifo(path)
    return "it is a named pipe"


def endless(path: Path) -> str:
    path.symlink_to("/dev/zero")
    return "it is a device"


def a_folder(path: Path) -> str:
    if path.parent.name == "bundle" or path.name == "base.json":
        (path / "report.json").mkdir(parents=True)
    else:
        path.mkdir()
    return "it is a folder"


def a_ring(path: Path) -> str:
    path.symlink_to(path.name)
    return "Too many levels of symbolic links"


def huge(path: Path) -> str:
    with path.open("wb") as file:
        file.truncate(600_000_000)  # takes no place
    return "it is larger than"


@pytest.mark.timeout(30)
@pytest.mark.parametrize("make", [a_pipe, endless, a_folder, a_ring, huge])
@pytest.mark.parametrize("name", NAMED)
def test_what_is_no_plain_file_is_refused_at_once_with_its_place_and_what_to_do(
    called: Called, tmp_path: Path, name: str, make: Any
) -> None:
    file, settings, args = NAMED[name]
    put(tmp_path, "claims.json", QUIET)
    (tmp_path / "bundle").mkdir()
    if settings:
        (tmp_path / "datarisk.toml").write_text(settings)
    message = make(tmp_path / file)
    status, said = called("check", "claims.json", *args)
    assert status == 2, said
    assert file in said
    assert message in said
    assert said.strip().endswith(".")
    assert said.count("\n") == 1


# Files as people have them ------------------------------------------------------------------------------------------

MARK = b"\xef\xbb\xbf"


def test_a_byte_order_mark_is_read_over_in_every_file(called: Called, datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "claims.json", OPEN)
    assert called("check", "claims.json", "--write-baseline", "base.json", "--exit-zero")[0] == 0
    (tmp_path / "base.json").write_bytes(MARK + (tmp_path / "base.json").read_bytes())
    rule = (
        '[[rule]]\nid = "ACME1"\ntitle = "T"\nseverity = "low"\nas_of = 2026-01-01\nbecause = "B"\n'
        'when = { category = "health_and_medical", side = "either", is = "included" }\n'
    )
    (tmp_path / "r.toml").write_bytes(MARK + rule.encode())
    (tmp_path / "datarisk-waivers.toml").write_bytes(MARK + WAIVER.encode())
    (tmp_path / "datarisk.toml").write_bytes(
        MARK + b'[policy]\nrules = ["r.toml"]\nbaseline = "base.json"\nfail_on_new = true\n'
    )
    found = judged(datarisk, "claims.json", status=0)
    assert (found["baseline"], found["limits"]["fail_on_new"]) == ("base.json", True)
    assert [waiver["id"] for waiver in found["waivers"]] == ["W-1"]
    assert "ACME1" in called("rules")[1]


@pytest.mark.parametrize("option", ["--agent-name", "--agent", "--environment", "--versions"])
def test_an_option_s_value_that_is_no_utf_8_is_refused_by_its_name(
    datarisk: Datarisk, tmp_path: Path, option: str
) -> None:
    put(tmp_path, "claims.json", QUIET)
    done = datarisk("report", "claims.json", "-f", "json", option, os.fsdecode(b"caf\xe9"))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"command line, {option}: " in done.stderr
    assert "holds what is no text in UTF-8; write it in UTF-8" in done.stderr
    assert not (tmp_path / "reports").exists()


def test_a_variable_s_value_that_is_no_utf_8_is_refused_by_its_name(called: Called, tmp_path: Path) -> None:
    put(tmp_path, "claims.json", QUIET)
    for name in ("DATARISK_AGENT_NAME", "DATARISK_CONTROLLER__NAME", "DATARISK_POLICY__NON_WAIVABLE"):
        status, said = called("report", "claims.json", "-f", "json", **{name: "caf\udce9"})
        assert status == 2
        assert f"environment, {name}: " in said


def test_a_template_whose_name_is_no_utf_8_stands_in_the_manifest_all_the_same(called: Called, tmp_path: Path) -> None:
    put(tmp_path, "claims.json", QUIET)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / os.fsdecode(b"caf\xe9.html")).write_text("x")
    status, said = called("report", "claims.json", "-f", "json", "--template-dir", "own")
    assert status == 0, said
    [manifest] = tmp_path.glob("reports/local/2*/manifest.json")
    assert list(json.loads(manifest.read_bytes())["settings"]["theme"]["templates"]) == ["caf\udce9.html"]


@pytest.mark.parametrize("setting", ["output", "template_dir", "agent_name"])
def test_a_null_character_is_refused_with_its_line(called: Called, tmp_path: Path, setting: str) -> None:
    put(tmp_path, "claims.json", QUIET)
    (tmp_path / "datarisk.toml").write_text(f'formats = ["json"]\n{setting} = "a\\u0000b"\n')
    status, said = called("report", "claims.json")
    assert status == 2
    assert f"datarisk.toml:2: {setting}: holds what is no text" in said
