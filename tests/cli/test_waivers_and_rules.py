"""The commands around waivers and rules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import Datarisk
from gate_calls import OPEN, WAIVER, judged, of_rule, put, waived


def test_a_new_waiver_is_bound_to_the_finding_and_refused_until_it_is_filled_in(
    datarisk: Datarisk, tmp_path: Path
) -> None:
    put(tmp_path, "claims.json", OPEN)
    [x01] = of_rule(judged(datarisk, "claims.json"), "X01")
    done = datarisk("waivers", "new", x01["id"], "claims.json", "-o", "datarisk-waivers.toml")
    assert (done.returncode, done.stdout) == (0, "datarisk-waivers.toml\n")
    text = (tmp_path / "datarisk-waivers.toml").read_text()
    assert f'value_hash = "sha256:{x01["value_sha256"]}"' in text
    assert 'agent = "claims"\nspan_type = "tool:send"\n' in text
    assert datarisk("check", "claims.json").returncode == 2
    checked = datarisk("waivers", "check")
    assert checked.returncode == 2
    assert "datarisk-waivers.toml:1: waiver W-2026-001, it lacks its reason, approved_by" in checked.stderr


def test_a_new_waiver_is_appended_with_an_id_of_its_own(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "claims.json", OPEN)
    before = waived(datarisk, tmp_path, "claims.json")
    [x01] = of_rule(judged(datarisk, "claims.json"), "X01")
    args = ("waivers", "new", x01["id"], "claims.json")
    assert 'id = "W-2026-002"' in datarisk(*args).stdout
    assert datarisk(*args, "-o", "datarisk-waivers.toml").returncode == 0
    text = (tmp_path / "datarisk-waivers.toml").read_text()
    assert text.startswith(before.rstrip())
    assert text.count("[[waiver]]") == 2


@pytest.mark.parametrize("name", ["ffffffffffffffff", "f", ""])
def test_a_finding_that_is_not_there_ends_with_2(datarisk: Datarisk, tmp_path: Path, name: str) -> None:
    put(tmp_path, "claims.json", OPEN)
    done = datarisk("waivers", "new", name, "claims.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"there is no finding {name}. `datarisk check -v` lists all findings with their ids" in done.stderr


def test_a_finding_that_is_not_there_in_incomplete_evidence_ends_with_3(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "in/claims.json", OPEN)
    put(tmp_path, "in/broken.json", b"{")
    assert datarisk("waivers", "new", "ffffffff", "in").returncode == 3


def test_checking_waivers_reads_nothing_but_their_file(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "w.toml", WAIVER.encode())
    done = datarisk("waivers", "check", "w.toml")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"W-1 +in force +X01 +\*  In force until the end of 2027-02-01 \(UTC\).\n", done.stdout)
    assert "w.toml: 1 waiver, no mistake." in done.stderr
    late = datarisk("waivers", "check", "w.toml", SOURCE_DATE_EPOCH="1801526400")
    assert late.stdout.startswith("W-1          expired")


def test_checking_waivers_against_a_source_says_what_each_does_there(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "claims.json", OPEN)
    put(tmp_path, "w.toml", WAIVER.encode())
    done = datarisk("waivers", "check", "w.toml", "claims.json")
    assert done.returncode == 0, done.stderr
    assert re.match(r"W-1 +changed ", done.stdout)
    put(tmp_path, "broken.json", b"{")
    assert datarisk("waivers", "check", "w.toml", "claims.json", "broken.json").returncode == 3


def test_checking_waivers_tells_all_mistakes(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "w.toml", (WAIVER.replace("X01", "X0I") + WAIVER.replace("2027", "2025")).encode())
    done = datarisk("waivers", "check", "w.toml")
    assert (done.returncode, done.stdout) == (2, "")
    assert [line.split(":")[2] for line in done.stderr.splitlines()] == ["3", "18", "11"]


def test_without_a_file_there_is_nothing_to_check(datarisk: Datarisk) -> None:
    done = datarisk("waivers", "check")
    assert done.returncode == 2
    assert "there is no file of waivers. Name one, or write one with `datarisk waivers new`." in done.stderr


def test_waivers_are_listed_with_their_reasons(datarisk: Datarisk, tmp_path: Path) -> None:
    put(tmp_path, "datarisk-waivers.toml", WAIVER.encode())
    said = datarisk("waivers", "list").stdout
    assert "The hospital asks for it itself." in said
    assert "by dpo@example.com on 2026-11-02" in said


def test_rules_are_listed_as_they_are_set(datarisk: Datarisk, tmp_path: Path) -> None:
    lines = datarisk("rules").stdout.splitlines()
    assert len(lines) == len({line.split()[0] for line in lines})
    assert any(re.match(r"X01 +high +in-force +\S*EU\S* +\S", line) for line in lines)
    (tmp_path / "datarisk.toml").write_text('[policy.severities]\nX01 = "low"\nQ01 = "off"\n')
    changed = datarisk("rules").stdout
    assert re.search(r"^X01 +low ", changed, re.MULTILINE)
    assert re.search(r"^Q01 +off ", changed, re.MULTILINE)


def test_a_rule_is_explained_with_its_provisions_and_what_is_not_determined(datarisk: Datarisk) -> None:
    done = datarisk("explain", "x01")
    assert done.returncode == 0
    assert done.stdout.startswith("X01  ")
    for part in ("severity high", "Question for the reviewer: ", "Not determined by declarations:", "GDPR Art. 9(2)"):
        assert part in done.stdout


def test_only_the_provisions_of_the_jurisdictions_asked_for_are_named(datarisk: Datarisk, tmp_path: Path) -> None:
    assert "(EU, " in datarisk("explain", "X01").stdout
    (tmp_path / "datarisk.toml").write_text('[policy]\njurisdictions = ["US"]\n')
    assert "(EU, " not in datarisk("explain", "X01").stdout


def test_doctor_looks_at_rules_and_waivers(datarisk: Datarisk, tmp_path: Path) -> None:
    assert re.search(r"^ok +policy: \d+ rules, 0 waivers$", datarisk("doctor").stdout, re.MULTILINE)
    put(tmp_path, "datarisk-waivers.toml", WAIVER.replace("X01", "X0I").encode())
    done = datarisk("doctor")
    assert done.returncode == 2
    assert "missing  datarisk-waivers.toml:3: waiver W-1, rule: there is no X0I" in done.stdout


def test_every_rule_can_be_explained(datarisk: Datarisk) -> None:
    lines = datarisk("rules").stdout.splitlines()
    assert len(lines) > 50
    for line in lines[::10]:
        done = datarisk("explain", line.split()[0])
        assert done.returncode == 0
        assert done.stdout.startswith(line.split()[0])


def test_a_rule_that_is_not_there_ends_with_2(datarisk: Datarisk) -> None:
    done = datarisk("explain", "X99")
    assert (done.returncode, done.stdout) == (2, "")
    assert "command line: there is no rule 'X99'. `datarisk rules` lists all of them" in done.stderr
