"""Who is hidden by a pseudonym: one for each human, and words of roles and teams are nobody's name."""

from __future__ import annotations

import io
import json
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdf
import pytest
from builders import agent, risk, schema_version, span_type
from certificates import holder
from conftest import Called
from cryptography.hazmat.primitives.serialization import Encoding

from reporter.declared.model import Redaction
from reporter.plain.language import ENGLISH, Language, codes
from reporter.redaction.owners import stated
from reporter.redaction.pseudonyms import Pseudonyms
from reporter.view.redacted import redaction

KEY = b"k" * 32
COMMON = frozenset({"claims", "lead", "head", "of", "automation", "platform", "engineering"})
TOBIN, MIREILLE, ILSA = (
    "Tobin Achterwold, Underwriting analytics lead",
    "Mireille Stanhoe, Platform engineering lead",
    "Ilsa Marrowby (Head of claims automation)",
)


def of(*texts: str, common: frozenset[str] = COMMON) -> Pseudonyms:
    return Pseudonyms(KEY, (), [stated(text) for text in texts], common)


def stands_for(pseudonyms: Pseudonyms, text: str) -> str:
    return pseudonyms.known[text]


def test_a_role_is_one_pseudonym_and_its_words_name_nobody() -> None:
    found = of(TOBIN, MIREILLE, ILSA)
    name, role = found.owner(MIREILLE).split(", ")
    assert (stands_for(found, name), stands_for(found, role)) == ("Mireille Stanhoe", "Platform engineering lead")
    name, role = found.owner(ILSA).removesuffix(")").split(" (")
    assert (stands_for(found, name), stands_for(found, role)) == ("Ilsa Marrowby", "Head of claims automation")
    for text in ("tool:claims.read_file", "the lead of a platform", "Underwriting", "analytics and automation"):
        assert found.text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Tobin Achterwold", "TOBIN ACHTERWOLD", "Achterwold", "achterwold", "tobin.achterwold", "TobinAchterwold",
        "tobin_achterwold",
    ],
)  # fmt: skip
def test_a_human_has_one_pseudonym_wherever_the_name_or_the_surname_stands(text: str) -> None:
    found = of(TOBIN, "Achterwold", "tobin.achterwold@example.test", "Tobin Achterwold")
    [made] = [each for each, name in found.known.items() if name == "Tobin Achterwold"]
    assert found.text(text) == found.owner(text) == made
    assert found.text(f"ask {text}: today") == f"ask {made}: today"
    assert found.owner(TOBIN).startswith(f"{made}, role-")
    assert found.owner("tobin.achterwold@example.test") == made
    assert [each for each in found.known if each.startswith("person-")] == [made]


@pytest.mark.parametrize(
    "text",
    [
        "by Renée Duboué herself",
        unicodedata.normalize("NFD", "by Renée Duboué herself"),
        "https://x.example/people/Ren%C3%A9e%20Dubou%C3%A9",
        "Renée&nbsp;Duboué",
        "Ren&eacute;e Dubou&eacute;",
        "Re\u00adn\u00e9e Du\u200bbou\u00e9",
        "Renee Duboue",
        "ask Duboue",
        "https://x.example/Zebra%20Claims/",
        "zebra&nbsp;claims",
        "Ze\u200bbra Claims",
    ],
)
def test_a_name_is_found_however_it_is_spelled(text: str) -> None:
    for name in ("Renée Duboué, lead", unicodedata.normalize("NFD", "Renée Duboué, lead")):
        found = Pseudonyms(KEY, [("agent", "Zebra Claims")], [stated(name)], COMMON)
        said = found.text(text).casefold()
        assert "person-" in said or "agent-" in said
        parts = ("duboué", "duboue", "dubou%c3", "zebra", unicodedata.normalize("NFD", "duboué"))
        assert not [part for part in parts if part in said]


def test_a_text_without_a_name_stays_as_it_is_written() -> None:
    found = of("Renée Duboué, lead")
    for text in ("a%20b &amp; c", "caf\u00e9", unicodedata.normalize("NFD", "caf\u00e9"), "x\u200by"):
        assert found.text(text) == text


def test_a_surname_that_two_share_is_taken_for_neither() -> None:
    found = of("Ilsa Marrowby", "Jonah Marrowby")
    made = found.text("Marrowby")
    assert made.startswith("person-")
    assert made not in {found.text("Ilsa Marrowby"), found.text("Jonah Marrowby")}


def test_a_surname_with_a_hyphen_is_found_whole() -> None:
    found = of("Ruma Selwick-Dass")
    assert found.text("ask Selwick-Dass") == f"ask {found.text('Ruma Selwick-Dass')}"


@pytest.mark.parametrize("text", ["The management board", "Underwriting committee", "Head of Claims", "Claims"])
def test_a_body_or_a_team_is_no_human_and_no_word_of_it_is_looked_for_alone(text: str) -> None:
    found = of(text)
    assert found.owner(text).startswith("team-")
    for word in text.split():
        assert found.text(f"{word} of it") == f"{word} of it"


def test_a_team_of_two_words_is_found_in_any_text_and_one_of_a_word_in_its_own_field_alone() -> None:
    found = of("Member services", "Claims")
    made = found.owner("Member services")
    assert found.text("asked by member services today") == f"asked by {made} today"
    assert found.text("Claims") == "Claims"
    assert found.alone(b'{"name":"\\nClaims of Members"}') == ["claims"]


def test_a_common_word_is_nobodys_name_in_other_text_and_what_stands_is_told() -> None:
    found = of("Ada Read", common=frozenset({"read"}))
    assert found.text("tool:claims.read_file") == "tool:claims.read_file"
    assert found.text("ask Ada Read") == f"ask {found.owner('Ada Read')}"
    assert found.alone(b"Ada asks; read") == ["ada", "read"]


def test_a_surname_too_short_to_be_looked_for_alone_is_told() -> None:
    found = of("Li de Ng")
    assert found.text("Li de Ng said") == f"{found.owner('Li de Ng')} said"
    assert found.alone(b"ask Ng de facto") == ["ng"]


def company(tmp_path: Path) -> None:
    """An agent of a team, whose owner has a role that says what agents do."""
    values = [
        agent("agent-number-one", "claims-bot", description="Of Achterwold, for Member services", team_id="team-1",
              owner_person_id="person-1"),
        schema_version("version-1", span_type("tool:claims.read_file", risk()), agent="agent-number-one"),
        {"type": "team", "id": "team-1", "name": "Claims"},
        {"type": "team", "id": "team-2", "name": "Member services"},
        {"type": "person", "id": "person-1", "name": "Tobin Achterwold", "title": "Underwriting analytics lead",
         "email": "tobin@example.test"},
        {"type": "person", "id": "person-2", "name": "Mireille Stanhoe", "title": "Platform engineering lead"},
    ]  # fmt: skip
    (tmp_path / "all.json").write_text(json.dumps(values))
    (tmp_path / "datarisk-facts.toml").write_text(
        f'[[agent]]\nagent = "*"\nowner = "{MIREILLE}"\nstated_by = "Tobin Achterwold"\nstated_on = 2026-11-20\n'
        'purpose = "Achterwold reads claims, Marrowby pays"\n'
        '[[answer]]\nagent = "*"\nissue = "impact"\nowner = "Jonah Ilkeston and Ilsa Marrowby"\ndue = 2026-12-18\n'
    )


REDACTED = "--redact", "agent-names,ids,owners", "--redact-key", "keys/redact"


def test_owners_teams_and_span_types_of_a_report_are_who_they_were(tmp_path: Path, called: Called) -> None:
    company(tmp_path)
    status, said = called("report", "all.json", "-f", "json", "-o", "out", *REDACTED)
    assert status == 0, said
    assert "these parts of names still stand: claims; look for them" in said, said
    known = json.loads((tmp_path / "keys/redact.map.json").read_text())
    [run] = (tmp_path / "out").glob("*/2*")
    [found] = json.loads((run / "report.json").read_text())["agents"]
    assert known[found["team"]] == "Claims"
    assert [known[each] for each in found["owner"].split(", ")] == ["Tobin Achterwold", "Underwriting analytics lead"]
    facts = found["facts"]
    assert [known[each] for each in facts["owner"].split(", ")] == ["Mireille Stanhoe", "Platform engineering lead"]
    assert known[facts["purpose"].split()[0]] == "Tobin Achterwold"
    assert known[facts["purpose"].split()[3]] == "Ilsa Marrowby"
    assert facts["purpose"].split()[1:3] == ["reads", "claims,"]
    assert [each["name"] for each in found["span_types"]] == ["tool:claims.read_file"]
    people = [name for made, name in known.items() if made.startswith("person-")]
    assert sorted(people) == ["Ilsa Marrowby", "Jonah Ilkeston", "Mireille Stanhoe", "Tobin Achterwold"]
    evidence = (run / "evidence/snapshot.json").read_text()
    for name in (
        "Achterwold",
        "Stanhoe",
        "Marrowby",
        "Ilkeston",
        "Tobin",
        "Mireille",
        "Member services",
        "analytics",
        "tobin@",
    ):
        assert name.casefold() not in evidence.casefold()


def test_a_redacted_report_that_is_sealed_and_signed_verifies_with_trust(tmp_path: Path, called: Called) -> None:
    company(tmp_path)
    span: dict[str, Any] = {"start": datetime(2026, 1, 1, tzinfo=UTC), "end": datetime(2028, 1, 1, tzinfo=UTC)}
    root = holder("Root", kind="p256", ca=True, **span)
    holder("Harbour Mutual", root, kind="p256", **span).put(tmp_path, "seal")
    (tmp_path / "root.pem").write_bytes(root.certificate.public_bytes(Encoding.PEM))
    keys = ("--seal-key", "seal.key", "--seal-certificate", "seal.pem")
    status, said = called("report", "all.json", "-f", "pdf", "-f", "json", "-o", "out", *keys, *REDACTED)
    assert status == 0, said
    [run] = (tmp_path / "out").glob("*/2*")
    status, said = called("verify", str(run), "--json", "--trust", "root.pem")
    layers = {each["name"]: each["status"] for each in json.loads(said)["layers"]}
    assert (status, {layers[name] for name in ("documents", "seal", "signature", "signed by")}) == (0, {"holds"}), said
    reader = pypdf.PdfReader(io.BytesIO((run / "report.pdf").read_bytes()))
    text = " ".join(page.extract_text() for page in reader.pages)
    for name in ("Achterwold", "Stanhoe", "claims-bot"):
        assert name not in text + (run / "evidence/snapshot.json").read_text()
    view = json.loads((run / "report.json").read_text())
    assert view["redaction"]["words"] in " ".join(text.split()), "the notice is ours, and is never cut"
    (run / "report.json").write_text(json.dumps({**view, "redaction": None}))
    assert called("verify", str(run), "--trust", "root.pem")[0] == 3


@pytest.mark.parametrize("code", codes())
def test_the_notice_says_that_the_organisation_stays_and_is_short_enough_to_stand_whole(code: str) -> None:
    given = Redaction(("agent-names", "ids", "owners", "samples"), findings=10**9)
    found = redaction(given, Language(code))
    assert found
    assert len(found.words) < 1000
    said = redaction(given, ENGLISH)
    assert said
    assert "The names of the organisation and of its account stay." in said.words
