"""The file that names reports: what it may say, what every mistake is told with, and that no secret stands in it."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import pytest
from conftest import Called
from far_end import account, far_end, of_agent
from gate_calls import QUIET, put

from reporter.errors import UsageError
from reporter.plain.toml_lines import TomlFile
from reporter.schedule.file import draft, read, run_schema
from reporter.settings import SPOKEN_ONLY, Settings

SECRET = "sk-not-a-real-secret"


def written(folder: Path, text: str) -> TomlFile:
    path = folder / "datarisk-run.toml"
    path.write_text(text)
    return TomlFile(path)


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("", None, "it names no report"),
        ("keep_last = 3\n", None, "it names no report"),
        ("[report]\nname = 'a'\n", 1, "report is no list of tables. Write [[report]] above each"),
        ("\n[[report]]\n", 2, "it lacks its name. Give it a name"),
        ("[[report]]\nname = ''\n", 2, "name: "),
        ("[[report]]\nname = 'a'\nkeep_lst = 3\n", 3, "no such key: keep_lst. Did you mean keep_last?"),
        ("[[report]]\nname = 'a'\nenvironment = ['x']\n", 3, "Did you mean environments?"),
        ("keep_lst = 3\n[[report]]\nname = 'a'\n", 1, "no such key: keep_lst. Did you mean keep_last?"),
        ("keep_last = 0\n[[report]]\nname = 'a'\n", 1, "keep_last: "),
        ("[[report]]\nname = 'a'\nkeep_days = 0\n", 3, "Say for how many days a run is kept"),
        ("[[report]]\nname = 'a'\nbaseline = 'lst'\n", 3, 'Write "last"'),
        ("[[report]]\nname = 'a'\n[[report]]\nname = 'A'\n", 4, "a second report of the name A; the first is at "),
        ("[[report]]\nname = 'a'\nsources = []\n", 3, "sources"),
        ("[[report]]\nname = 'a'\nsources = ['x',\n'https://h']\n", 4, "no file and no folder. Leave sources out"),
        ("[[report]]\nname = 'a'\nsources = ['-']\n", 3, "no file and no folder"),
        ("[[report]]\nname = 'a'\ntoken_variable = 'AWS_SECRET'\n", 3, "which begins with PREFACTOR_"),
        ("[[report]]\nname = 'a'\ntoken_variable = 'PREFACTOR_X'\ntoken_file = 't'\n", 4, "two places of a token"),
        ("[[report]]\nname = 'a'\n[report.notify]\nshape = 'json'\n", 3, "it names no place, or two"),
        ("[[report]]\nname = 'a'\nnotify = { url_variable = 'A', url_file = 'b' }\n", 3, "it names no place, or two"),
        (
            "[notify]\nurl_variable = 'A'\non = ['nwe']\n[[report]]\nname = 'a'\n",
            3,
            "notify.on.0: new, failure or expiring is expected",
        ),
        ("[notify]\nurl_variable = 'A'\ndys = 3\n[[report]]\nname = 'a'\n", 3, "Did you mean days?"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_a_remedy(tmp_path: Path, text: str, line: int | None, told: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(UsageError) as found:
        read(file)
    assert told in str(found.value)
    assert found.value.where == (f"{file.path}:{line}" if line else str(file.path))
    assert found.value.remedy


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"[[report]]\nname = 'a'\ntoken = '{SECRET}'\n", "A token never stands in a file"),
        (f"[[report]]\nname = 'a'\napi_key = '{SECRET}'\n", "A token never stands in a file"),
        (f"[notify]\nurl = 'https://h/{SECRET}'\n[[report]]\nname = 'a'\n", "The address of a webhook is a secret"),
        (f"[[report]]\nname = 'a'\nwebhook = 'https://h/{SECRET}'\n", "The address of a webhook is a secret"),
        (f"[[report]]\nname = 'a'\nnotify = 'https://h/{SECRET}'\n", "The address of a webhook is a secret"),
        (f"[[report]]\nname = 'a'\ntoken_variable = '{SECRET}'\n", "Name its token's variable"),
        (f"[notify]\nurl_variable = 'https://h/{SECRET}'\n[[report]]\nname = 'a'\n", "Name the variable"),
    ],
)
def test_a_secret_in_it_is_refused_and_not_repeated(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told) as found:
        read(written(tmp_path, text))
    assert SECRET not in str(found.value)


def test_what_stands_above_holds_for_every_report_that_says_nothing_else(tmp_path: Path) -> None:
    first, second = read(
        written(
            tmp_path,
            "keep_last = 7\nbaseline = 'none'\n[notify]\nurl_variable = 'A'\ndays = 3\n"
            "[[report]]\nname = 'a'\n[[report]]\nname = 'b'\nkeep_last = 2\nkeep_days = 9\nnotify.url_file = 'hook'\n",
        )
    )
    assert (first.keep.last, first.keep.days, first.baseline) == (7, None, "none")
    assert first.notify
    assert (first.notify.url_variable, first.notify.days) == ("A", 3)
    assert (second.keep.last, second.keep.days, second.baseline) == (2, 9, "none")
    assert second.notify
    assert (second.notify.url_file, second.notify.url_variable) == (tmp_path / "hook", None)


def test_its_paths_lie_beside_it_wherever_a_run_is_started(called: Called, tmp_path: Path) -> None:
    put(tmp_path, "etc/in/claims.json", QUIET)
    put(tmp_path, "etc/datarisk.toml", b'formats = ["json"]\n')
    put(tmp_path, "etc/run.toml", b"[[report]]\nname = 'a'\nsources = ['in']\noutput = 'out'\n")
    (tmp_path / "elsewhere").mkdir()
    status, said = called("run", "../etc/run.toml", folder=tmp_path / "elsewhere")
    assert status == 0, said
    [report] = tmp_path.glob("etc/out/local/*Z/report.json")
    manifest = json.loads((report.parent / "manifest.json").read_bytes())
    assert (manifest["report"], manifest["settings"]["formats"]) == ("a", ["json"])
    assert [each["kind"] for each in manifest["configuration"]] == ["settings", "settings"]
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_report_says_more_than_the_environment_and_the_environment_more_than_the_settings(
    called: Called, tmp_path: Path
) -> None:
    put(tmp_path, "in/claims.json", QUIET)
    put(tmp_path, "datarisk.toml", b'formats = ["csv"]\noutput = "settings"\nlanguage = "de"\n')
    put(tmp_path, "datarisk-run.toml", b"[[report]]\nname = 'a'\nsources = ['in']\nformats = ['json']\n")
    status, said = called("run", DATARISK_FORMATS="xlsx", DATARISK_OUTPUT=str(tmp_path / "environment"))
    assert status == 0, said
    [report] = tmp_path.glob("environment/local/*Z/report.json")
    assert json.loads(report.read_bytes())["language"] == "de"
    assert not list(report.parent.glob("*.xlsx"))


def test_a_setting_that_is_wrong_is_told_with_its_line_in_this_file(called: Called, tmp_path: Path) -> None:
    text = b"[[report]]\nname = 'a'\n\n[[report]]\nname = 'b'\nlanguage = 'xx'\n[report.policy]\nfail_on = 'hgh'\n"
    put(tmp_path, "datarisk-run.toml", text)
    status, said = called("run", DATARISK_LANGUAGE="en", DATARISK_POLICY__FAIL_ON="low")
    assert (status, "datarisk-run.toml:6: language: no such language" in said) == (2, True), said
    put(tmp_path, "datarisk-run.toml", text.replace(b"'xx'", b"'de'"))
    status, said = called("run", DATARISK_POLICY__FAIL_ON="low")
    assert (status, "datarisk-run.toml:8: policy.fail_on" in said) == (2, True), said
    assert not (tmp_path / "reports").exists()


def test_what_only_the_command_line_can_say_is_refused_with_its_line(called: Called, tmp_path: Path) -> None:
    put(tmp_path, "datarisk-run.toml", b"[[report]]\nname = 'a'\ninsecure_http = true\n")
    status, said = called("run")
    assert (status, "datarisk-run.toml:3: no settings file can say insecure_http" in said) == (2, True), said


def test_a_token_goes_to_no_address_that_the_file_alone_names(called: Called, tmp_path: Path) -> None:
    with far_end(account(), of_agent) as far:
        text = f"[[report]]\nname = 'a'\napi_url = '{far.url}'\nformats = ['json']\npolicy.max_not_assessed = 9\n"
        put(tmp_path, "datarisk-run.toml", text.encode())
        status, said = called("run", PREFACTOR_API_TOKEN="not-a-real-token", SOME_URL=far.url)
        assert (status, "datarisk-run.toml:3: a settings file names the platform" in said) == (2, True), said
        assert far.asked == []
        # Whoever starts it names it, too; what others are called changes nothing.
        status, said = called("run", PREFACTOR_API_TOKEN="not-a-real-token", PREFACTOR_API_URL_EU=far.url)
        assert status == 0, said
        assert {each.token for each in far.asked} == {"Bearer not-a-real-token"}


def test_each_report_has_a_token_of_its_own(called: Called, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("of-a-file\n")
    text = """
    [[report]]
    name = "a"
    token_variable = "PREFACTOR_TOKEN_A"
    [[report]]
    name = "b"
    token_file = "token"
    [[report]]
    name = "c"
    [[report]]
    name = "d"
    token_variable = "PREFACTOR_TOKEN_D"
    [[report]]
    name = "e"
    token_variable = "PREFACTOR_TOKEN_E"
    """
    put(tmp_path, "datarisk-run.toml", text.encode())
    put(tmp_path, "datarisk.toml", b'formats = ["json"]\npolicy.max_not_assessed = 9\n')
    with far_end(account(), of_agent) as far:
        (tmp_path / "other").write_text("of-a-variable-s-file")
        environment = {"PREFACTOR_API_TOKEN": "of-the-shell", "PREFACTOR_TOKEN_A": "of-a-variable"}
        environment["PREFACTOR_TOKEN_E_FILE"] = str(tmp_path / "other")
        status, said = called("run", PREFACTOR_API_URL=far.url, **environment)
        tokens = list(dict.fromkeys(each.token for each in far.asked))
    names = ["of-a-variable", "of-a-file", "of-the-shell", "of-a-variable-s-file"]
    assert tokens == [f"Bearer {name}" for name in names]
    assert (status, "d: PREFACTOR_TOKEN_D: no token is set. Set PREFACTOR_TOKEN_D" in said) == (2, True), said


def test_nothing_is_new_without_a_report_json_and_that_is_told_before_anything_is_read(
    called: Called, tmp_path: Path
) -> None:
    put(tmp_path, "datarisk-run.toml", b"[[report]]\nname = 'a'\nsources = ['gone']\nformats = ['csv']\n")
    status, said = called("run")
    assert (status, "datarisk-run.toml:4: nothing is new without a report.json" in said) == (2, True), said


def test_without_a_file_it_says_how_to_get_one(called: Called) -> None:
    status, said = called("run")
    assert (status, "write one with `datarisk init run`" in said) == (2, True), said


def test_a_report_that_is_not_there_is_a_mistake_and_a_pattern_picks_some(called: Called, tmp_path: Path) -> None:
    put(tmp_path, "in/claims.json", QUIET)
    every = "".join(
        f"[[report]]\nname = '{name}'\nsources = ['in']\nformats = ['json']\noutput = '{name}'\n"
        for name in ("eu-live", "eu-test", "us")
    )
    put(tmp_path, "datarisk-run.toml", every.encode())
    status, said = called("run", "--report", "uk")
    assert (status, "There are eu-live, eu-test, us" in said) == (2, True), said
    status, said = called("run", "--report", "EU-*")
    assert status == 0, said
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["eu-live", "eu-test", "in"]


def test_the_draft_names_every_key_and_is_a_file_that_runs_once_it_is_uncommented(tmp_path: Path) -> None:
    text = draft()
    assert [each.name for each in read(written(tmp_path, text))] == ["production"]
    lines = [
        line.removeprefix("# ") if line.startswith(("# ", "# [")) and (" = " in line or line == "# [notify]") else line
        for line in text.splitlines()
    ]
    drop = ("split = ", "url_file = ", "api_url = ", "token_file = ", "#")
    kept = "\n".join(line for line in lines if not line.startswith(drop) and not line.startswith("Write "))
    [found] = read(written(tmp_path, kept))
    assert (found.keep.last, found.sources) == (60, (str(tmp_path / "declarations/"),))
    jsonschema.validate(tomllib.loads(kept), run_schema())


def test_init_writes_it_and_replaces_none(called: Called, tmp_path: Path) -> None:
    status, said = called("init", "run")
    assert (status, said.strip()) == (0, "datarisk-run.toml")
    assert (tmp_path / "datarisk-run.toml").read_text() == draft()
    assert called("init", "run")[0] == 2


def test_its_schema_knows_every_setting_and_refuses_what_the_program_refuses() -> None:
    schema = run_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    table = schema["$defs"]["ReportTable"]
    assert Settings.model_fields.keys() - SPOKEN_ONLY <= table["properties"].keys()
    assert "default" not in table["properties"]["output"]
    good = {"report": [{"name": "a", "output": "x", "policy": {"fail_on": "high"}}], "keep_last": 3}
    jsonschema.validate(good, schema)
    for bad in ({"report": [{"name": "a", "token": "x"}]}, {"report": [{"output": "x"}]}, {"keep_lst": 3}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(bad, schema)


def test_what_holds_secrets_shows_none_of_them(tmp_path: Path) -> None:
    (tmp_path / "hook").write_text(f"https://hooks.example.org/{SECRET}\n")
    code = (
        "import os; from pathlib import Path; from reporter.plain.toml_lines import TomlFile\n"
        "from reporter.schedule import file, webhook\n"
        "[plan] = file.read(TomlFile(Path('run.toml')))\n"
        "print(plan, repr(webhook.address(plan.notify, os.environ)))\n"
    )
    put(tmp_path, "run.toml", b"[[report]]\nname = 'a'\nnotify.url_file = 'hook'\n")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "SecretStr('**********')" in done.stdout
    assert SECRET not in done.stdout + done.stderr
