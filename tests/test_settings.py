"""Settings: their order of strength, and mistakes that name their place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reporter.errors import UsageError
from reporter.layers import read
from reporter.render import logo as picture
from reporter.settings import Settings


def load(flags: Mapping[str, Any], *, config: Path | None = None, folder: Path | None = None) -> Settings:
    return read(flags, config=config, folder=folder).settings


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_flag_beats_the_environment_beats_datarisk_toml_beats_pyproject_beats_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert str(load({}).output) == "reports"
    (tmp_path / "pyproject.toml").write_text('[tool.datarisk]\noutput = "pyproject"\nagent_name = "kept"\n')
    assert str(load({}).output) == "pyproject"
    (tmp_path / "datarisk.toml").write_text('output = "toml"\n')
    assert str(load({}).output) == "toml"
    monkeypatch.setenv("DATARISK_OUTPUT", "environment")
    assert str(load({}).output) == "environment"
    assert str(load({"output": Path("flag")}).output) == "flag"
    assert load({"output": None}).agent_name == "kept"


def test_lists_in_the_environment_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATARISK_FORMATS", "json, html")
    monkeypatch.setenv("DATARISK_CONTROLLER__NAME", "Harbour Mutual")
    assert load({}).formats == ["json", "html"]
    assert load({}).controller.name == "Harbour Mutual"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colour = 1", r"datarisk.toml:1: no such setting: colour. Known ones here are agent_name"),
        ("[controller]\nmotto = 1", r"datarisk.toml:2: no such setting: controller.motto"),
        ('formats = ["docx"]', r"datarisk.toml:1: formats.0: html, pdf, json, csv,"),
        ('as_of = "soon"', r"datarisk.toml:1: as_of: not an ISO 8601 date or time"),
        ("max_megabytes = 0", r"datarisk.toml:1: max_megabytes: 1 or more is expected, and it is 0"),
        (
            "[policy]\n\nfail-on = 1",
            r"toml:3: no such setting: policy.fail-on. Did you mean \[policy\] fail_on\?",
        ),
        ('[policy]\nfail_on = "higher"', r"datarisk.toml:2: policy.fail_on: info, low, medium"),
        (
            "[policy.severities]\nX01 = 1",
            r"toml:2: policy.severities.X01: info, .* is expected, and it is a whole",
        ),
        (
            '[policy]\nrules = [\n "a",\n 1]',
            r"toml:4: policy.rules.1: a path is expected, and it is a whole",
        ),
        (
            "[policy]\nmax_unknown_share = 101",
            r"toml:2: policy.max_unknown_share: 100 or less is expected, and it is",
        ),
        (
            "[policy]\nmax_not_assessed = -1",
            r"toml:2: policy.max_not_assessed: 0 or more is expected, and it is -1",
        ),
        ("output = \n", r"datarisk.toml:1: not TOML: .* \(at line 1"),
    ],
)
def test_a_mistake_names_its_file_its_key_and_what_is_known(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "datarisk.toml").write_text(text)
    with pytest.raises(UsageError, match=message):
        load({})


def test_a_mistake_in_the_environment_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATARISK_FORMATS", "docx")
    with pytest.raises(UsageError, match=r"environment, DATARISK_FORMATS: formats\.0"):
        load({})


@pytest.mark.parametrize("variable", ["DATARISK_POLICY", "DATARISK_POLICY__SEVERITIES"])
def test_a_table_in_the_environment_that_is_no_json_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "pf-secret")
    with pytest.raises(UsageError, match=f"environment, {variable}: no JSON, in which") as caught:
        load({})
    assert "pf-secret" not in str(caught.value)


def test_a_mistake_in_pyproject_toml_names_its_line_there(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n\n[tool.datarisk.policy]\nfail_on = "soon"\n')
    with pytest.raises(UsageError, match=r"pyproject.toml:5: policy.fail_on: info, "):
        load({})


def test_a_section_takes_each_setting_from_the_strongest_place_that_says_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.datarisk.policy]\nmax_not_assessed = 1\nmax_waiver_days = 1\n")
    (tmp_path / "datarisk.toml").write_text('[policy]\nmax_not_assessed = 2\nfail_on = "low"\n')
    monkeypatch.setenv("DATARISK_POLICY__NON_WAIVABLE", "X01, X02")
    policy = load({"policy": {"fail_on": "medium", "max_unknown_share": None}}).policy
    assert (policy.max_waiver_days, policy.max_not_assessed, policy.fail_on) == (1, 2, "medium")
    assert policy.non_waivable == ["X01", "X02"]


def test_where_a_setting_came_from_can_be_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "datarisk.toml").write_text('[policy]\nnon_waivable = [\n  "X01",\n  "X99",\n]\n')
    monkeypatch.setenv("DATARISK_POLICY__SEVERITIES", '{"X98": "low"}')
    assert read({}).origin(("policy", "non_waivable", 1)) == "datarisk.toml:4"
    assert read({}).origin(("policy", "severities", "X98")) == "environment, DATARISK_POLICY__SEVERITIES"
    assert read({"policy": {"waivers": "w.toml"}}).origin(("policy", "waivers")) == "command line, --waivers"


def test_the_files_of_a_policy_are_found_from_the_settings_that_name_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rules").mkdir()
    config = tmp_path / "rules" / "own.toml"
    config.write_text('[policy]\nwaivers = "w.toml"\nrules = ["a.toml", "/b.toml"]\nbaseline = "base"\n')
    monkeypatch.chdir(tmp_path / "rules")
    policy = load({}, config=config).policy
    assert (policy.waivers, policy.baseline) == (tmp_path / "rules/w.toml", tmp_path / "rules/base")
    assert policy.rules == [tmp_path / "rules/a.toml", Path("/b.toml")]


def test_a_settings_file_that_was_named_and_is_not_there_is_an_error() -> None:
    with pytest.raises(UsageError, match=r"elsewhere.toml: cannot be read"):
        load({}, config=Path("elsewhere.toml"))


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        ("2026-11-23", "2026-11-23T23:59:59.999999+00:00"),
        ("2026-11-23T10:00:00+02:00", "2026-11-23T08:00:00+00:00"),
        ("2026-11-23T10:00:00", "2026-11-23T10:00:00+00:00"),
    ],
)
def test_a_date_stands_for_the_end_of_its_day_and_times_are_in_utc(given: str, moment: str) -> None:
    as_of = load({"as_of": given}).as_of
    assert as_of is not None
    assert as_of.isoformat() == moment


def test_a_logo_is_found_from_the_file_that_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "brand").mkdir()
    (tmp_path / "brand" / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    config = tmp_path / "brand" / "own.toml"
    config.write_text('[controller]\nlogo = "logo.svg"\n')
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    logo = load({}, config=config).controller.logo
    assert logo is not None
    assert picture.uri(logo).startswith("data:image/svg+xml;base64,")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "the logo cannot be read"),
        (b"GIF89a", "neither PNG, JPEG nor SVG"),
        (b"\xff\xd8\xff" + b"0" * 1_000_001, "larger than 1 MB"),
    ],
)
def test_a_logo_that_cannot_be_used_is_an_error_with_its_place(
    tmp_path: Path, data: bytes | None, message: str
) -> None:
    path = tmp_path / "logo"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(UsageError, match=message):
        picture.uri(path)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("[policy]\nfail_onn = 'low'", "policy.fail_onn. Did you mean [policy] fail_on?"),
        ("fail_onn = 'low'", "fail_onn. Did you mean [policy] fail_on?"),
        ("fail_on = 'low'", "fail_on. Did you mean [policy] fail_on?"),
        ("[theme]\nmax_waver_days = 3", "theme.max_waver_days. Did you mean [policy] max_waiver_days?"),
        ("[controller]\naccent = '#000000'", "controller.accent. Did you mean [theme] accent?"),
        ("[policy]\nlanguage = 'de'", "policy.language. Did you mean language above all tables?"),
        ("ouput = 'x'", "ouput. Did you mean output?"),
        ("[polcy]\nfail_on = 'low'", "polcy. Did you mean [policy]?"),
        ("[policy.thresholds]\nx = 1", "policy.thresholds. Known ones here are baseline, "),
    ],
)
def test_a_mistyped_key_names_the_nearest_known_one_and_its_table(tmp_path: Path, text: str, meant: str) -> None:
    (tmp_path / "datarisk.toml").write_text(text)
    with pytest.raises(UsageError, match=re.escape(f"no such setting: {meant}")):
        load({})


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("DATARISK_FAIL_ON", "DATARISK_POLICY__FAIL_ON"),
        ("DATARISK_POLICY_FAIL_ON", "DATARISK_POLICY__FAIL_ON"),
        ("DATARISK_OUTPUTS", "DATARISK_OUTPUT"),
        ("datarisk_formts", "DATARISK_FORMATS"),
    ],
)
def test_a_mistyped_variable_is_not_passed_over(monkeypatch: pytest.MonkeyPatch, variable: str, meant: str) -> None:
    monkeypatch.setenv("DATARISK_SERVICE_HOST", "10.0.0.1")  # as Kubernetes sets it for a service of this name
    load({})
    monkeypatch.setenv(variable, "low")
    with pytest.raises(UsageError, match=re.escape(f"environment, {variable}: no such setting. Did you mean {meant}?")):
        load({})


@pytest.mark.parametrize("key", ["token", "api_token", "PREFACTOR_API_TOKEN", "api_key", "password"])
@pytest.mark.parametrize("table", ["", "[policy]\n"])
def test_a_token_in_a_settings_file_is_refused_and_not_repeated(tmp_path: Path, table: str, key: str) -> None:
    (tmp_path / "datarisk.toml").write_text(f'{table}{key} = "pf-secret"\n')
    with pytest.raises(UsageError, match="A token never stands in a settings file: put it into") as caught:
        load({})
    assert "pf-secret" not in str(caught.value)


@pytest.mark.parametrize(
    "setting",
    ["language", "timeout", "as_of", "formats", "include_retired", "theme.accent", "policy.fail_on",
     "policy.max_waiver_days", "policy", "policy.severities"],
)  # fmt: skip
def test_a_value_that_is_wrong_is_not_repeated_since_it_may_be_a_token(tmp_path: Path, setting: str) -> None:
    (tmp_path / "datarisk.toml").write_text(f'{setting} = "pf-secret"\n')
    with pytest.raises(UsageError) as caught:
        load({})
    assert "pf-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("pyproject.toml", "tool = 3\n", None),
        ("pyproject.toml", "[tool]\ndatarisk = 3\n", "pyproject.toml:2: tool.datarisk is no table"),
        ("datarisk.toml", "policy = 3\n", "datarisk.toml:1: policy: a table is expected, and it is a whole number"),
        ("datarisk.toml", f"timeout = {'1' * 5000}\n", "datarisk.toml: a number that nobody can read"),
        ("datarisk.toml", f"agents = {'[' * 5000}{']' * 5000}\n", "datarisk.toml: not TOML: nested too deep"),
    ],
)
def test_odd_values_are_mistakes_and_no_faults(tmp_path: Path, name: str, text: str, message: str | None) -> None:
    (tmp_path / name).write_text(text)
    if message is None:
        load({})
    else:
        with pytest.raises(UsageError, match=re.escape(message)):
            load({})
