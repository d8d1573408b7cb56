"""A report for hand-over: about pseudonyms throughout, the same in what it says, and true to its own evidence."""

from __future__ import annotations

import hashlib
import io
import json
import re
import stat
import subprocess
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pypdf
import pytest
from builders import NOW, agent, pinned, risk, schema_version, span_type
from conftest import Called, Datarisk
from hypothesis import given
from hypothesis import strategies as st

from reporter import order, pipeline
from reporter.declared.model import Gap, Inventory, Source
from reporter.declared.scope import Selection
from reporter.order import Order
from reporter.prefactor import records
from reporter.prefactor.records import Collected
from reporter.prefactor.shapes import Unit, units
from reporter.redaction.named import named
from reporter.redaction.owners import owners
from reporter.redaction.pseudonyms import Pseudonyms
from reporter.redaction.run import Asked, redacted
from reporter.registry import made_up as account
from reporter.view.report import Controller

EVERYTHING = "agent-names,ids,owners"
FORMATS = ("html", "pdf", "json", "csv", "xlsx", "issues.csv", "findings.csv", "ropa.csv", "dpia.csv", "cyclonedx",
           "oscal", "dpv")  # fmt: skip
#: A format has a version that some agent's schema has too.
OUR_WORDS = frozenset({"1.6"})
WAIVERS = """
[[waiver]]
id = "W-1"
rule = "{rule}"
agent = "{agent}"
value_hash = "sha256:{sha256}"
reason = "Ilsa Marrowby agreed to it for claims-bot"
approved_by = "ilsa.marrowby@example.test"
approved_on = 2026-11-02
expires = 2027-02-01
"""
FACTS = """# Ilsa Marrowby wrote this
[[agent]]
agent = "claims-*"
stated_by = "Ilsa Marrowby"
stated_on = 2026-11-20
owner = "Ilsa Marrowby"
purpose = "claims-bot pays claims; ask Marrowby"
role = "controller"

[[agent.recipient]]
name = "Example Mail"
country = "US"

[[answer]]
agent = "claims-*"
issue = "{issue}"
declared = "{declared}"
decision = "Agreed by Ilsa Marrowby"
decided_by = "Ilsa Marrowby"
decided_on = 2026-11-20
reference = "DPIA-7"
"""


@cache
def company() -> pipeline.Run:
    """The made-up company, with something that could not be read of one of its agents."""
    kept = [
        records.record(unit.kind, unit.value, source="made up", location=f"{name}#{unit.pointer}")
        for name, answer in account.answers()
        for unit in units(answer)
        if isinstance(unit, Unit)
    ]
    collected = Collected((Source("file", "made up", NOW),), tuple(kept))
    name = collected.inventory().agents[0].name
    gap = Gap(f"a version of {name}", f"{name} answered with an error", location=f"/agents/{name}/versions")
    order = Order(Selection(), Controller("Harbour Mutual", "Title", None, None), NOW)
    return pipeline.run(Collected(collected.sources, collected.records, (gap,)), order)


def hidden(inventory: Inventory) -> list[str]:
    """What may stand nowhere; what is too short, or too common a word, to be told from other text is left to people."""
    found = {name for _, name in named(("agent-names", "ids"), inventory)}
    people = [each for each in owners(inventory, None, ()) if each.kind == "person"]
    found |= {each.name for each in owners(inventory, None, ()) if " " in each.name}
    found |= {word for each in people for word in (each.name.split()[0], " ".join(each.surname))}
    found |= {address for each in people for address in each.addresses}
    return sorted(name for name in found if len(name) > 2)


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """All that a run says, file by file, with the names of files."""
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        data = path.read_bytes()
        text = data.decode(errors="replace")
        if path.suffix == ".pdf":
            pdf = pypdf.PdfReader(io.BytesIO(data))
            attached = b"".join(each for one in pdf.attachments.values() for each in one).decode(errors="replace")
            text = " ".join([*(page.extract_text() for page in pdf.pages), str(pdf.metadata), attached])
        elif path.suffix == ".xlsx":
            with zipfile.ZipFile(io.BytesIO(data)) as book:
                text = " ".join(book.read(name).decode(errors="replace") for name in book.namelist())
        yield path.relative_to(folder).as_posix(), f"{path.name} {text}"


def holds(text: str, name: str) -> bool:
    return bool(re.search(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", text, re.IGNORECASE))


def report(datarisk: Datarisk, *args: str, status: int = 0, **env: str) -> subprocess.CompletedProcess[str]:
    done = datarisk("report", *args, "--redact-key", "keys/redact", **env)
    assert done.returncode == status, done.stderr
    return done


def latest(tmp_path: Path, out: str = "out") -> Path:
    [home] = (tmp_path / out).iterdir()
    return next(each for each in home.iterdir() if each.name != "latest")


def test_no_name_no_id_and_no_owner_stands_anywhere_in_any_format_and_it_verifies(
    tmp_path: Path, datarisk: Datarisk
) -> None:
    (tmp_path / "all.json").write_bytes(company().snapshot)
    asked = [word for name in FORMATS for word in ("-f", name)]
    pattern = ("--agent", f"{company().report.agents[0].name[:-1]}?")
    report(datarisk, "all.json", *asked, *pattern, "-o", "out", "--redact", EVERYTHING, status=3)
    run = latest(tmp_path)
    assert run.parent.name.endswith("-redacted")
    names = hidden(company().inventory)
    assert len(names) > 20
    found = [
        (place, name)
        for place, text in texts(run)
        for name in names
        if holds(f"{run.parent.name} {text}", name) and not (name in OUR_WORDS and "evidence" not in place)
    ]
    assert not found
    done = datarisk("verify", str(run.relative_to(tmp_path)))
    # The run has a hole, as the one that it was made of has; all else about it holds.
    assert done.returncode == 3, done.stdout
    lines = [line.partition("  ")[::2] for line in done.stdout.splitlines()[:-1]]
    assert {words.split()[0]: status for status, words in lines} == {
        "files": "holds", "documents": "holds", "complete": "unknown", "chain": "not checked", "seal": "not checked",
    }  # fmt: skip
    assert "byte for byte" in done.stdout


def made(what: tuple[Any, ...] = ("agent-names", "ids", "owners"), key: bytes = b"k" * 32) -> pipeline.Run:
    return redacted(company(), Asked(what, key))[0]


def test_it_says_the_same_of_every_agent() -> None:
    run, pseudonyms = redacted(company(), Asked(("agent-names", "ids", "owners"), b"k" * 32))
    there = {agent.id: agent for agent in run.report.agents}
    assert len(there) == len(company().report.agents)
    for before in company().report.agents:
        after = there[pseudonyms.text(before.id)]
        assert after.name == pseudonyms.text(before.name) != before.name
        assert after.assessment == before.assessment
        assert {k: v.state for k, v in after.categories.items()} == {k: v.state for k, v in before.categories.items()}
        told = [
            {(each.rule, each.severity, each.certainty, each.status) for each in a.findings} for a in (before, after)
        ]
        assert told[0] == told[1]
        asked = [{(each.key, each.severity, each.status) for each in a.issues} for a in (before, after)]
        assert asked[0] == asked[1]
    assert run.report.redaction is not None
    assert run.report.redaction.findings == 0


def test_it_is_a_fact_of_the_evidence_and_of_the_settings_and_stands_in_every_report_of_it() -> None:
    run = made()
    assert json.loads(run.snapshot)["redacted"] == {"what": ["agent-names", "ids", "owners", "samples"], "findings": 0}
    settings = order.kept(run.order, ["html"], split=False)
    assert settings.redacted == run.inventory.redacted
    again = pipeline.again(run.snapshot, order.again(settings.data))
    assert again.snapshot == run.snapshot
    for format_ in ("html", "json"):
        assert b"Pseudonyms stand for" in pipeline.renderer(format_)(again.report).data
    plain = pipeline.renderer("html")(company().report).data
    assert b"Pseudonyms stand for" not in plain


def test_pseudonyms_are_the_same_for_one_key_and_others_for_another() -> None:
    names = [[agent.name for agent in made(key=key).report.agents] for key in (b"k" * 32, b"k" * 32, b"j" * 32)]
    assert names[0] == names[1]
    assert not {*names[0]} & {*names[2]}


def test_the_owner_maps_back_with_files_that_nobody_else_can_read(tmp_path: Path, datarisk: Datarisk) -> None:
    (tmp_path / "all.json").write_bytes(company().snapshot)
    report(datarisk, "all.json", "-f", "json", "-o", "out", "--redact", EVERYTHING, "--split", "agent", status=3)
    for name in ("redact", "redact.map.json"):
        assert stat.S_IMODE((tmp_path / "keys" / name).stat().st_mode) == 0o600
    known = json.loads((tmp_path / "keys/redact.map.json").read_text())
    view = json.loads((latest(tmp_path) / "report.json").read_text())
    assert {known[agent["name"]] for agent in view["agents"]} == {each.name for each in company().report.agents}
    assert {known[agent["id"]] for agent in view["agents"]} == {each.id for each in company().report.agents}
    assert not [path for path in (tmp_path / "out").rglob("*") if "map" in path.name or path.name == "redact"]
    files = {path.name for path in (latest(tmp_path) / "agents").iterdir()}
    assert all(re.match(r"agent-[0-9a-f]{12}-", name) for name in files)


def claims(tmp_path: Path, *, found: dict[str, str] | None = None) -> None:
    """Two agents, facts that a pattern says of both, and a waiver of one."""
    entry = span_type("claims-bot:pay", risk("health_and_medical", allowed=("external_communication",)))
    values = [
        agent("agent-number-one", "claims-bot", description="ClaimsBot, of ILSA MARROWBY", owner_person_id="person-1"),
        schema_version("version-1", entry, agent="agent-number-one"),
        agent("agent-number-two", "claims-desk"),
        schema_version("version-2", span_type("desk", risk()), agent="agent-number-two"),
        *pinned("version-1", "Production", agent_id="agent-number-one"),
        {"type": "person", "id": "person-1", "name": "Ilsa Marrowby", "title": "Head of claims"},
    ]
    (tmp_path / "claims.json").write_text(json.dumps(values))
    if found:
        (tmp_path / "datarisk-waivers.toml").write_text(WAIVERS.format(agent="claims-b*", **found))
        (tmp_path / "datarisk-facts.toml").write_text(FACTS.format(**found))


def view_of(folder: Path) -> Any:
    return json.loads((folder / "report.json").read_text())


def test_what_was_decided_and_waived_holds_and_names_nobody(tmp_path: Path, datarisk: Datarisk) -> None:
    claims(tmp_path)
    assert datarisk("report", "claims.json", "-f", "json", "-o", "first").returncode == 0
    [bot] = [each for each in view_of(latest(tmp_path, "first"))["agents"] if each["name"] == "claims-bot"]
    [issue] = [each for each in bot["issues"] if each["key"] == "recipients"]
    waived = next(each for each in bot["findings"] if each["issue"] != "recipients")
    claims(
        tmp_path,
        found={
            "rule": waived["rule"], "sha256": waived["value_sha256"], "issue": "recipients",
            "declared": issue["declared"],
        },
    )  # fmt: skip
    shown = "-f", "json", "--no-history", "--no-baseline"
    assert datarisk("report", "claims.json", *shown, "-o", "plain").returncode == 0
    plain = view_of(latest(tmp_path, "plain"))
    assert [each["status"] for each in plain["waivers"]] == ["in force"]
    done = report(datarisk, "claims.json", *shown, "-o", "out", "--redact", EVERYTHING)
    after = view_of(latest(tmp_path))
    assert [each["status"] for each in after["waivers"]] == ["in force"]
    # A digest of what holds names is what anybody could try names against.
    tried = {
        hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
        for name in ("datarisk-waivers.toml", "datarisk-facts.toml")
    }
    tried |= {waived["value_sha256"], issue["declared"]}
    kept = "".join(path.read_text(errors="replace") for path in latest(tmp_path).rglob("*.json"))
    assert not [each for each in tried if each in kept]
    kinds = [
        sorted((each["key"], each["status"]) for agent_ in view["agents"] for each in agent_["issues"])
        for view in (plain, after)
    ]
    assert kinds[0] == kinds[1]
    assert ("recipients", "answered") in kinds[0]
    assert all(each["facts"]["role"] == "controller" for each in after["agents"])
    for place, text in texts(latest(tmp_path)):
        for name in ("Ilsa", "Marrowby", "claims-bot", "claims-desk", "claimsbot", "agent-number", "version-1"):
            assert not holds(text, name), (place, name)
    assert "Ilsa" not in done.stdout + done.stderr
    verified = datarisk("verify", str(latest(tmp_path).relative_to(tmp_path)))
    assert verified.returncode == 0, verified.stdout


def test_no_later_report_is_held_against_one_that_is_redacted(tmp_path: Path, datarisk: Datarisk) -> None:
    claims(tmp_path)
    report(datarisk, "claims.json", "-f", "json", "-o", "out", "--redact", "agent-names")
    done = datarisk("report", "claims.json", "-f", "json", "-o", "out", SOURCE_DATE_EPOCH="1795460400")
    assert done.returncode == 0
    [home] = [each for each in (tmp_path / "out").iterdir() if not each.name.endswith("-redacted")]
    view = view_of(home / "latest")
    assert view["since"] is None
    assert "trend" not in view
    assert "redaction" not in view


SCHEMA = {
    "type": "object",
    "examples": [{"iban": "DE00 1234"}],
    "properties": {
        "default": {"type": "string", "default": "Jane Roe", "example": "Jane Roe"},
        "kind": {"enum": ["claim", "refund"], "const": "claim"},
    },
}


@pytest.mark.parametrize(("options", "left_out"), [((), True), (("--keep-samples",), False)])
def test_sample_values_are_left_out_and_types_are_not(
    tmp_path: Path, datarisk: Datarisk, options: tuple[str, ...], *, left_out: bool
) -> None:
    entry = {**span_type("a", risk()), "params_schema": SCHEMA}
    (tmp_path / "claims.json").write_text(json.dumps({"span_type_schemas": [entry]}))
    given = ("--redact", "agent-names", "--redact-key", "keys/redact")
    done = datarisk("collect", "claims.json", "-o", "handed.json", *given, *options)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "handed.json").read_text()
    assert ("Jane Roe" not in text) is left_out
    assert ("DE00 1234" not in text) is left_out
    [record] = json.loads(text)["records"]
    properties = record["value"]["span_type_schemas"][0]["params_schema"]["properties"]
    assert properties["kind"] == SCHEMA["properties"]["kind"]  # type: ignore[index]
    assert properties["default"]["type"] == "string"
    assert ("samples" in json.loads(text)["redacted"]["what"]) is left_out


def test_an_agent_that_is_called_like_an_answer_changes_no_declaration(tmp_path: Path, datarisk: Datarisk) -> None:
    named_ = [agent("included", "internal"), schema_version("excluded", span_type("minors_data", risk("minors_data")),
              agent="included")]  # fmt: skip
    (tmp_path / "claims.json").write_text(json.dumps(named_))
    report(datarisk, "claims.json", "-f", "json", "-o", "out", "--redact", EVERYTHING)
    [found] = view_of(latest(tmp_path))["agents"]
    assert found["name"].startswith("agent-")
    assert found["categories"]["minors_data"]["params"]["state"] == "included"
    assert found["assessment"]["known_cells"] == found["assessment"]["cells"]
    assert found["span_types"][0]["params_data_categories"]["classification"] == "internal"


def test_a_finding_that_rests_on_what_is_gone_is_counted_on_the_cover(tmp_path: Path, datarisk: Datarisk) -> None:
    entry = span_type("delete_user", risk("contact_information"), description="Deletes the account of a user")
    values = [agent("a-1", "delete user"), schema_version("v-1", entry, agent="a-1")]
    (tmp_path / "claims.json").write_text(json.dumps(values))
    assert datarisk("report", "claims.json", "-f", "json", "-o", "plain").returncode == 0
    rules = [each["rule"] for each in view_of(latest(tmp_path, "plain"))["agents"][0]["findings"]]
    done = report(datarisk, "claims.json", "-f", "json", "-f", "html", "-o", "out", "--redact", "agent-names")
    view = view_of(latest(tmp_path))
    missing = len(rules) - len(view["agents"][0]["findings"])
    assert view["redaction"]["findings"] == missing == 1
    assert "1 finding is missing here" in (latest(tmp_path) / "report.html").read_text()
    assert "1 finding rests on what was redacted" in done.stderr


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("--redact", "names", "--redact-key", "k"), "nothing that can be redacted"),
        (("--redact", ",", "--redact-key", "k"), "nothing that can be redacted"),
        (("--redact", "ids"), "pseudonyms need a key"),
        (("--redact-key", "k"), "nothing is redacted"),
        (("--keep-samples",), "nothing is redacted"),
        (("--redact", "samples", "--keep-samples"), "both left out and kept"),
        (("--redact", "ids", "--redact-key", "out/k"), "lies within what is handed over"),
        (("--redact", "ids", "--redact-key", "claims.json"), "others can read it"),
        (("--redact", "ids", "--redact-key", "bad"), "no key of 64 hexadecimal digits"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    tmp_path: Path, called: Called, given: tuple[str, ...], words: str
) -> None:
    claims(tmp_path)
    (tmp_path / "claims.json").chmod(0o644)
    (tmp_path / "bad").write_text("0f3a")
    (tmp_path / "bad").chmod(0o600)
    status, said = called("report", "claims.json", "-f", "json", "-o", "out", *given)
    assert status == 2
    assert words in said
    assert not list(tmp_path.rglob("report.json"))


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=4), st.text(max_size=30))
def test_a_name_that_stands_alone_is_replaced_whatever_it_is(names: list[str], other: str) -> None:
    pseudonyms = Pseudonyms(b"k" * 32, [("agent", name) for name in names])
    for name in filter(str.strip, names):
        assert pseudonyms.known[pseudonyms.text(name)].casefold() == name.casefold()
        words = re.findall(r"[^\W_]+", name)
        if len("".join(words)) > 1 and not "".join(words).isdigit():
            assert not holds(pseudonyms.text(f"{other} {name}"), name)


@pytest.mark.parametrize("text", ["claims-bot", "Claims Bot", "claims_bot:pay", "the ClaimsBot", "CLAIMS-BOT's"])
def test_a_name_is_found_in_any_case_and_with_any_sign_between_its_words(text: str) -> None:
    pseudonyms = Pseudonyms(b"k" * 32, [("agent", "claims-bot")])
    assert "laims" not in pseudonyms.text(text).casefold()
    assert pseudonyms.text("reclaims bots") == "reclaims bots"
    assert pseudonyms.left(b"reclaimsbots") == ["claimsbot"]
