"""The catalogue as data: what its rules cite, ask and leave open, and the mistakes about law that none of it makes."""

import calendar
import io
import re
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import pytest
from babel.messages import pofile
from builders import agent, inventory, risk, schema_version, span_type

from reporter.declared.aggregate import Profile, aggregate
from reporter.declared.vocabulary import ACTION_NAMES, CATEGORIES, CATEGORY_NAMES, FLAGS, GROUPS, LEVELS, RANK
from reporter.plain import language
from reporter.review.catalogue import Provision, Switches, load
from reporter.review.citations import localized
from reporter.review.texts import FOLDER, texts

ROOT = Path(__file__).resolve().parents[2]
GERMAN = language.of("de")
FILES: dict[str, dict[str, Any]] = {path.stem: tomllib.loads(path.read_text()) for path in FOLDER.glob("*.toml")}
RULES: list[dict[str, Any]] = [rule for name in sorted(FILES) for rule in FILES[name].get("rule", [])]
BY_ID: dict[str, dict[str, Any]] = {rule["id"]: rule for rule in RULES}
INSTRUMENTS: dict[str, dict[str, Any]] = {each["name"]: each for each in FILES["instruments"]["instrument"]}
BASES: dict[str, list[str]] = {base["id"]: base["provisions"] for base in FILES["bases"]["base"]}
TEXTS = sorted({text for _, text in texts()})
#: With what stands beside them elsewhere, as it is put together when the catalogue is read.
LOADED: dict[str, tuple[Provision, ...]] = {
    rule.id: rule.provisions for rule in load(Switches(jurisdictions=("EU", "UK", "US"))).rules.values()
}
LAST_DAY = FILES["catalogue"]["version"]
ART_9 = [term.name for term in CATEGORIES if term.group == "art9"]
ART_9_RULES = ("C04", *(f"C{number}" for number in range(11, 18)))
#: Those of what ran.
OF_RUNS = {"never_declared", "unseen", "superseded", "not_deployed", "silent_in_use", "label"}
CHECKS = OF_RUNS | {
    *("not_assessed", "no_span_types", "unanswered", "lost", "cannot_rule_out", "reach", "reading", "newly"),
    *("starter_profile", "result_same_as_params", "all_disallowed_yet_included", "result_from_nowhere"),
    *("schema_contradicts", "free_text_all_personal_excluded", "public_free_text", "free_text_all_excluded"),
    *("agreed_data", "agreed_actions", "agreed_undecided", "agreed_level", "agreed_environment", "agreed_unused"),
    *("agreed_differs", "agreed_document", "agreed_nothing", "agreed_profile", "agreed_score"),
    *("name_against_action", "name_against_category", "hint_against_answer"),
}
FLOWS = {
    *("EGRESS", "INGRESS", "PASS-THROUGH", "REDUCTION", "ORIGIN-RETRIEVED", "ORIGIN-INFERRED"),
    *("PERSIST", "DESTROY", "DECLASSIFY", "UPCLASSIFY"),
}


def unconditional(rule: dict[str, Any]) -> list[str]:
    """What a rule cites whatever the facts are."""
    return [*rule["provisions"], *BASES.get(rule.get("base", ""), [])]


def as_written(rule: dict[str, Any]) -> Iterator[str]:
    """What a rule cites itself, in the order in which it is read."""
    yield from rule["provisions"]
    yield from conditional(rule)
    yield from BASES.get(rule.get("base", ""), [])


def conditional(rule: dict[str, Any]) -> dict[str, str]:
    return {each["provision"]: each["only_if"] for each in rule.get("also", [])}


def cited() -> Iterator[tuple[str, str]]:
    for rule_id, provisions in LOADED.items():
        yield from ((rule_id, each.text) for each in provisions)


def instrument(provision: str) -> dict[str, Any]:
    """The longest name that the provision begins with, and that no letter or digit goes on with."""
    names = [name for name in INSTRUMENTS if re.match(rf"{re.escape(name)}(?![A-Za-z0-9])", provision)]
    assert names, f"{provision} begins with no instrument that is known"
    return INSTRUMENTS[max(names, key=len)]


def leaves(condition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for joined in ("all", "any"):
        if joined in condition:
            assert condition.keys() == {joined}
            yield from chain.from_iterable(map(leaves, condition[joined]))
            return
    yield condition


def german(text: str) -> str:
    return GERMAN.gettext(text)


# What a rule is


def test_every_rule_is_there_once() -> None:
    wanted = {"C": 17, "A": 6, "L": 6, "X": 26, "Q": 14, "R": 11, "G": 11, "O": 4}
    ids = [rule["id"] for rule in RULES]
    assert len(set(ids)) == len(ids)
    assert set(ids) == {f"{letter}{number:02}" for letter, last in wanted.items() for number in range(1, last + 1)}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["id"])
def test_a_rule_says_why_asks_a_question_and_names_what_is_missing(rule: dict[str, Any]) -> None:
    assert rule["title"][0].isupper()
    assert not rule["title"].endswith(".")
    assert rule["because"].endswith(".")
    assert "?" in rule["question"]
    assert rule["missing"] or rule["id"].startswith("R"), "declarations never hold all the facts"
    assert not [fact for fact in rule["missing"] if fact.endswith(".")]
    assert not [fact for fact in conditional(rule).values() if fact.endswith(".") or fact.startswith("if ")]
    assert rule["as_of"].isoformat() <= FILES["catalogue"]["version"]
    assert rule["status"] in ("in-force", "adopted-later", "proposed", "guidance", "unsettled")
    # What compares, or looks at what ran, is put to some only where there is something to look at.
    assert (("when" in rule) != ("not_evaluated" in rule)) or rule["when"].get("check") in {"newly", *OF_RUNS}


def test_a_reason_holds_for_what_is_declared_and_for_what_cannot_be_ruled_out() -> None:
    """A report puts it behind either, so that it does not say itself what was declared."""
    for rule in RULES:
        if rule.get("when", {}).keys() != {"check"}:
            assert not re.search(r"\b(is|are) declared (included|allowed)", rule["because"]), rule["id"]


def test_what_needs_comparison_is_not_evaluated_and_says_why() -> None:
    assert {rule["id"] for rule in RULES if "not_evaluated" in rule} == {
        "X20", "X21", "X22", "O01", "O02", "O03", "O04"
    }  # fmt: skip
    assert all("when" in rule for rule in RULES if "not_evaluated" in rule)


def test_severities_are_those_that_were_agreed() -> None:
    told = {rule["id"]: rule["severity"] for rule in RULES if "severity" in rule}
    high = (
        {f"X{number:02}" for number in (2, 5, 12, 20, 21, 22, 24, 25)}
        | {"Q01", "Q10", "R06", "R11", "O01"}
        | {"G01", "G03", "G05", "G10"}
    )
    assert {rule for rule, severity in told.items() if severity == "high"} == high
    assert {rule for rule in told if rule[0] == "X"} - high == {f"X{n}" for n in (11, 13, 14, 15, 17, 19)}


def test_rules_that_restate_one_field_have_no_severity_and_no_question_of_a_person() -> None:
    listed = {rule["id"] for rule in RULES if not {"severity", "exposure"} & rule.keys()}
    assert listed == {rule["id"] for rule in RULES if rule["id"][0] in "CAL"} | {"Q09"}
    assert not [rule["id"] for rule in RULES if "issue" in rule and rule["id"] in listed]


def test_every_other_rule_belongs_to_a_question_and_each_question_is_asked_by_some() -> None:
    asked = {rule["issue"] for rule in RULES if {"severity", "exposure"} & rule.keys()}
    assert asked == {each["key"] for each in FILES["issues"]["issue"]}
    assert len(asked) == len(FILES["issues"]["issue"])


def test_where_the_data_say_how_severe_it_is_every_category_weighs_something_and_what_goes_further_no_less() -> None:
    kinds = FILES["severity"]["kind"]
    assert sorted(name for kind in kinds for name in kind["categories"]) == sorted(CATEGORY_NAMES)
    order = ("info", "low", "medium", "high")
    for kind in kinds:
        assert order.index(kind["out"]) >= order.index(kind["handled"]) >= order.index(kind["inside"])
    for graver, less in pairwise(kinds):
        assert all(order.index(graver[each]) >= order.index(less[each]) for each in ("out", "handled", "inside"))


def test_rules_about_what_goes_out_say_that_direction_is_not_declared() -> None:
    out = {rule["id"] for rule in RULES if rule.get("exposure") == "out"}
    assert out == {"X01", "X03", "X04", "X07", "X18", "X23"}
    for rule_id in out:
        assert any("no direction for external communication" in fact for fact in BY_ID[rule_id]["missing"])


def test_what_cannot_be_ruled_out_is_taken_by_a_rule_that_is_there() -> None:
    taken = {rule["id"]: rule["undetermined"] for rule in RULES if "undetermined" in rule}
    assert taken == {"X01": "X02", **{f"L0{number}": "L01" for number in range(2, 7)}}
    assert BY_ID["X02"]["when"] == {"check": "cannot_rule_out"}


# Conditions


def test_every_condition_asks_for_what_the_vocabulary_and_the_engine_have() -> None:
    known = {"action", "category", "group", "classification", "flow", "check"}
    groups = {group.id for group in GROUPS} - {"actions"} | {"personal_data", "all"}
    asked = [each["when"] for each in (*RULES, *FILES["screening"]["criterion"]) if "when" in each]
    for leaf in chain.from_iterable(map(leaves, asked)):
        assert len(known & leaf.keys()) == (2 if "flow" in leaf else 1), leaf
        assert leaf.get("check", "reach") in CHECKS
        assert leaf.get("action", ACTION_NAMES[0]) in ACTION_NAMES
        named = leaf.get("category", [])
        assert set([named] if isinstance(named, str) else named) <= set(CATEGORY_NAMES)
        assert leaf.get("group", "all") in groups
        assert set(leaf.get("classification", [])) <= {*LEVELS, "unknown"}
        assert leaf.get("flow", "EGRESS") in FLOWS
        assert leaf.get("side", "either") in ("params", "result", "either")


def test_every_check_is_asked_for_and_stands_alone() -> None:
    asked = [rule["when"] for rule in RULES if "when" in rule]
    named = [leaf["check"] for leaf in chain.from_iterable(map(leaves, asked)) if "check" in leaf]
    assert set(named) == CHECKS
    assert len(named) == sum("check" in when for when in asked)


def test_there_is_a_rule_for_each_category_action_and_level() -> None:
    assert {BY_ID[f"C{n:02}"]["when"]["category"] for n in range(1, 18)} == set(CATEGORY_NAMES)
    assert {BY_ID[f"A{n:02}"]["when"]["action"] for n in range(1, 7)} == set(ACTION_NAMES)
    levels = [
        leaf["classification"] for n in range(1, 7) for leaf in leaves(BY_ID[f"L{n:02}"]["when"]) if len(leaf) == 2
    ]
    assert set(chain.from_iterable(chain(levels))) >= {*LEVELS, "unknown"}


def test_a_level_belongs_to_its_own_side() -> None:
    for rule_id in ("L02", "X13", "X14"):
        for branch in BY_ID[rule_id]["when"]["any"]:
            assert len({leaf["side"] for leaf in leaves(branch)}) == 1, rule_id


def test_the_screening_sheet_has_nine_criteria_of_which_four_cannot_be_assessed() -> None:
    criteria = FILES["screening"]["criterion"]
    assert [each["number"] for each in criteria] == list(range(1, 10))
    assert [each["number"] for each in criteria if each.get("cannot_be_assessed")] == [2, 5, 8, 9]
    assert all(("when" in each) != bool(each.get("cannot_be_assessed")) for each in criteria)


def test_the_record_of_processing_is_covered_as_little_as_it_is() -> None:
    points = [(point["item"], point["coverage"]) for point in FILES["coverage"]["point"]]
    assert points == [
        ("(a)", "none"), ("(b)", "none"), ("(c)", "partial"), ("(c)", "partial"), ("(d)", "signal only"),
        ("(e)", "none"), ("(f)", "none"), ("(g)", "none"),
    ]  # fmt: skip


# Provisions


def test_every_provision_begins_with_an_instrument_and_every_instrument_is_cited() -> None:
    used = {instrument(text)["name"] for _, text in cited()}
    # Each of its articles has a state of its own; users may cite one that no rule of ours does.
    assert used == INSTRUMENTS.keys() - {"AI Act"}


def test_no_rule_cites_a_provision_twice() -> None:
    for rule in RULES:
        told = [*unconditional(rule), *conditional(rule)]
        assert len(set(told)) == len(told), rule["id"]
    for rule_id, provisions in LOADED.items():
        assert len({each.text for each in provisions}) == len(provisions), rule_id


def of(jurisdiction: str, provisions: Iterable[Provision]) -> list[Provision]:
    return [each for each in provisions if each.instrument.jurisdiction == jurisdiction]


@pytest.mark.parametrize("jurisdiction", ["UK", "US"])
def test_no_rule_with_law_of_the_union_is_left_without_law_elsewhere(jurisdiction: str) -> None:
    """A standard binds nobody by itself, and so fills no gap."""
    here = load(Switches(jurisdictions=(jurisdiction,)))
    asked = [rule_id for rule_id, provisions in LOADED.items() if of("EU", provisions)]
    assert len(asked) > 40
    assert not [rule_id for rule_id in asked if not of(jurisdiction, here.rules[rule_id].provisions)]


def test_each_article_of_the_gdpr_was_compared_with_the_law_of_the_united_kingdom() -> None:
    """A new citation has to be looked up, and does not come in by its number; these have nothing beside them."""
    [table] = [each for each in FILES["counterparts"]["beside"] if each["jurisdiction"] == "UK"]
    compared = (*table["same"], *table["other"])
    missing = {
        text
        for _, text in cited()
        if text.startswith("GDPR ") and not [name for name in compared if re.match(rf"{re.escape(name)}(?!\w)", text)]
    }
    assert missing == {"GDPR Art. 87", "GDPR Art. 91"}


def test_the_uk_has_its_own_law_where_it_differs() -> None:
    told = {each.text for provisions in LOADED.values() for each in of("UK", provisions)}
    assert not [
        text for text in told if re.match(r"UK GDPR (Art\. (6\(4\)|9\(4\)|22(?![A-D])|87|88|91)|Arts\. 44-)", text)
    ]
    assert {"UK GDPR Art. 8A", "UK GDPR Art. 22B", "UK GDPR Art. 4(1)(15)", "UK GDPR Art. 25"} <= told
    assert {"UK DPA 2018 s. 10-11, Sch. 1", "UK DPA 2018 s. 164A", "UK GDPR Arts. 44A, 45A-45C, 46, 49"} <= told
    # Since the amendments the age of consent stands in the UK GDPR itself.
    assert not [text for text in told if text.startswith("UK DPA 2018 s. 9")]
    assert "13 years" in INSTRUMENTS["UK GDPR Art. 8"]["note"]


def test_beside_the_union_s_law_that_of_others_needs_a_fact_and_alone_it_stands_for_itself() -> None:
    def sentence(rule_id: str, *jurisdictions: str) -> list[str]:
        provisions = load(Switches(jurisdictions=jurisdictions)).rules[rule_id].provisions
        return [each.text for each in provisions if each.only_if is None]

    union = ["GDPR Art. 9(2)", "GDPR Art. 6(4)", "GDPR Art. 13(1)(e)-(f)", "GDPR Art. 32"]
    assert sentence("X01") == sentence("X01", "EU") == sentence("X01", "EU", "UK") == union
    assert sentence("X01", "UK")[:3] == ["UK GDPR Art. 9(2)", "UK DPA 2018 s. 10-11, Sch. 1", "UK GDPR Art. 8A"]
    # No law of the United States applies to whoever is there.
    assert sentence("X01", "US") == []
    for rule_id, provisions in LOADED.items():
        for each in (*of("UK", provisions), *of("US", provisions)):
            assert each.only_if, f"{rule_id}: {each.text}"


def test_who_asks_for_no_other_country_reads_the_union_s_law_once() -> None:
    for rule in load().rules.values():
        assert [each.text for each in rule.provisions] == [*as_written(BY_ID[rule.id])], rule.id


def test_what_a_report_says_of_the_uk_it_says_only_where_somebody_is_there() -> None:
    said = [text for text in load(Switches(jurisdictions=("UK",))).preconditions if "UK GDPR Art. 8A" in text]
    assert len(said) == 1
    for elsewhere in ((), ("EU",), ("US",)):
        assert not [text for text in load(Switches(jurisdictions=elsewhere)).preconditions if "UK GDPR" in text]


def test_rules_about_personal_data_have_the_base_set_and_no_others_have() -> None:
    personal = FLAGS[0].categories
    for rule in FILES["categories"]["rule"]:
        assert (rule.get("base") == "personal") == (rule["when"]["category"] in personal), rule["id"]


def test_large_scale_is_never_taken_for_granted() -> None:
    for rule in RULES:
        assert not {"GDPR Art. 35(3)(b)", "GDPR Art. 37(1)(c)"} & {*unconditional(rule)}, rule["id"]
        for provision in ("GDPR Art. 35(3)(b)", "GDPR Art. 35(3)(c)", "GDPR Art. 37(1)(c)"):
            assert "large scale" in conditional(rule).get(provision, "large scale")


def test_the_ban_on_biometric_categorisation_is_cited_only_where_biometric_data_are_processed_for_it() -> None:
    citing = {rule["id"] for rule in RULES if "AI Act Art. 5(1)(g)" in conditional(rule)}
    assert citing == {"C11", "C12", "C13", "C14", "C16", "C17", "X05"}
    for rule_id in citing:
        condition = conditional(BY_ID[rule_id])["AI Act Art. 5(1)(g)"]
        assert condition == "biometric data are processed to categorise people"
    assert not [rule["id"] for rule in RULES if "AI Act Art. 5(1)(g)" in unconditional(rule)]


def test_a_finding_about_a_special_category_names_the_five_facts_that_declarations_lack() -> None:
    for rule_id in (*ART_9_RULES, "X01", "X02", "X05", "X12", "X16", "X24", "X25"):
        missing = "; ".join(BY_ID[rule_id]["missing"])
        for fact in ("GDPR Art. 9(2)", "GDPR Art. 6", "GDPR Art. 9(4)", "large scale", "DPIA"):
            assert fact in missing, f"{rule_id}: {fact}"


def test_a_state_of_the_law_is_told_with_its_day() -> None:
    for each in (*FILES["law"]["law"], *INSTRUMENTS.values()):
        assert each["as_of"].isoformat() <= FILES["catalogue"]["version"]
        assert each["status"] in ("in-force", "adopted-later", "proposed", "guidance", "unsettled")
        assert each.get("source_url", "https://").startswith("https://")


def test_german_cites_the_law_of_the_union_its_own_way_and_all_else_as_it_stands() -> None:
    for _, provision in cited():
        told = localized(provision, GERMAN)
        if provision.startswith("GDPR "):
            assert told.endswith(" DSGVO")
        elif provision.startswith("AI Act "):
            assert told.endswith(" KI-VO")
        elif instrument(provision)["jurisdiction"] != "EU":
            assert told == provision


# The texts


def test_every_text_of_the_catalogue_is_translated() -> None:
    catalogue = pofile.read_po(io.BytesIO(language.catalogue("de")), locale="de")
    known = {entry.id for entry in catalogue if entry.string}
    assert not set(TEXTS) - known
    assert len(TEXTS) > 400


def test_no_text_holds_what_a_sentence_of_ours_could_stumble_over() -> None:
    assert not [text for text in TEXTS if re.search(r"[%<>{}\n]|  |^ | $", text)]


BANNED = re.compile(
    r"\b(non-)?complian(t|ce)\b|\bcertified\b|\bscore\b|\bsafe\b|\bpass(es|ed)?\b|\bleak|\bviolat|\bno personal data\b"
    r"|\bDPIA (is )?not required|\b(7|seven) special",
    re.IGNORECASE,
)
# Besides, the catalogue says nothing that only somebody who looked could say.
SEEN = re.compile(r"\bobserved\b|\bverified\b|\bapproved\b|\bbreach", re.IGNORECASE)
BANNED_IN_GERMAN = re.compile(
    r"\b(nicht-?)?konform|\b(un)?sicher(e[rsnm]?)?\b|bestanden|versto(ß|ss)|verletz|unbedenklich|rechtmäßig|zulässig"
    r"|\bkeine personenbezogenen daten\b|freigegeben|erfüllt|zertifiziert|\bscore\b|\b(daten)?leck"
    r"|folgenabschätzung (ist )?nicht erforderlich|sieben besondere",
    re.IGNORECASE,
)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_no_wording_of_the_catalogue_concludes_anything(path: Path) -> None:
    said = [text for name, text in texts() if name == path.name]
    assert not [text for text in said if BANNED.search(text) or SEEN.search(text)]
    assert not [told for text in said if BANNED_IN_GERMAN.search(told := german(text))]


# Mistakes about law, each by its number


def test_mistake_1_special_categories_without_health_or_seven_of_them() -> None:
    assert len(ART_9) == 8
    assert "health_and_medical" in ART_9
    assert {BY_ID[rule_id]["when"]["category"] for rule_id in ART_9_RULES} == set(ART_9)
    for rule_id in ART_9_RULES:
        assert "GDPR Art. 9(1)" in unconditional(BY_ID[rule_id])
        assert "special category" in BY_ID[rule_id]["title"]
        assert "besondere Kategorie" in german(BY_ID[rule_id]["title"])


def test_mistake_2_criminal_justice_or_financial_data_called_a_special_category() -> None:
    for rule_id in ("C03", "C05", "X03", "X09"):
        rule = BY_ID[rule_id]
        assert not [text for text in (*unconditional(rule), *conditional(rule)) if re.match(r"GDPR Art\. 9\b", text)]
        assert "special" not in rule["title"].lower()
    # The field also covers civil proceedings, to which it does not apply.
    for rule_id in ("C05", "X03"):
        assert conditional(BY_ID[rule_id])["GDPR Art. 10"].startswith("data on convictions, offences")
        assert not [text for text in unconditional(BY_ID[rule_id]) if text.startswith("GDPR Art. 10")]
    assert "other legal proceedings" in BY_ID["C05"]["because"]
    assert "WP248 criterion 4" in BY_ID["C03"]["provisions"]


def test_mistake_3_minors_called_a_special_category_or_the_rule_on_consent_without_its_conditions() -> None:
    for rule_id in ("C08", "X04"):
        rule = BY_ID[rule_id]
        assert "special" not in rule["title"].lower()
        assert not [text for text in (*unconditional(rule), *conditional(rule)) if re.match(r"GDPR Art\. 9\b", text)]
        assert re.search("consent .* and an information society service .* directly", conditional(rule)["GDPR Art. 8"])
    assert "GDPR Art. 8" not in [text for rule in RULES for text in unconditional(rule)]


@pytest.mark.parametrize(
    "path",
    [*sorted((ROOT / "templates").rglob("*.html")), *sorted((ROOT / "reporter" / "locale").glob("*.po"))],
    ids=lambda path: path.name,
)
def test_mistake_4_words_that_conclude(path: Path) -> None:
    if path.suffix == ".html":
        text = re.sub(r"\| *safe\b", "", path.read_text())  # a filter of Jinja's
        assert not [match[0] for match in BANNED.finditer(text)]
    else:
        catalogue = pofile.read_po(io.BytesIO(path.read_bytes()), locale=path.stem)
        told = [str(entry.string) for entry in catalogue if entry.id]
        assert not [text for text in told if BANNED_IN_GERMAN.search(text)]


def _profile(*span_types: Any) -> Profile:
    found = inventory(agent(), schema_version("v1", *span_types))
    return aggregate(found.agents[0].schema_versions[0].span_types or ())


def test_mistake_5_unknown_read_as_excluded_as_the_lowest_level_or_as_nothing() -> None:
    unknown = {part: dict.fromkeys(values, "unknown") for part, values in risk().items()}
    found = _profile(span_type("decided", risk()), span_type("silent", unknown), span_type("missing"))
    assert found.category("health_and_medical").state == "undetermined"
    assert found.category("health_and_medical").undeclared == 2
    assert "unknown" not in RANK
    assert found.levels["params"].at_least
    assert _profile().category("health_and_medical").state == "none"
    assert BY_ID["L01"]["when"]["classification"] == ["unknown"]
    assert "highest" in BY_ID["L01"]["because"]
    assert BY_ID["Q01"]["severity"] == "high"


def test_mistake_6_a_capability_read_as_an_event() -> None:
    happened = re.compile(
        r"\b(was|were|has been|have been|had been) (sent|disclosed|read|destroyed|transferred|shared)\b"
    )
    for rule in RULES:
        assert not [text for text in (rule["title"], rule["because"]) if happened.search(text)], rule["id"]
    assert any("a capability, not an event" in text for text in FILES["catalogue"]["preconditions"])
    assert any("not what anybody checked" in text for text in FILES["catalogue"]["preconditions"])


def test_mistake_7_external_communication_taken_for_a_transfer_to_a_third_country() -> None:
    citing = [rule["id"] for rule in RULES if "GDPR Arts. 44-49" in conditional(rule)]
    assert citing == ["A06", "X01", "X02", "X23"]
    assert {conditional(BY_ID[rule_id])["GDPR Arts. 44-49"] for rule_id in citing} == {
        "the recipient is in a third country"
    }
    assert not [text for rule in RULES for text in unconditional(rule) if re.match(r"GDPR Arts?\. 4[4-9]", text)]


def test_mistake_8_sector_law_taken_for_a_fact() -> None:
    for rule in RULES:
        for provision in unconditional(rule):
            found = instrument(provision)
            assert found["jurisdiction"] not in ("US", "UK"), f"{rule['id']}: {provision}"
            assert not provision.startswith(("AI Act", "MDR")), f"{rule['id']}: {provision}"
            assert found["name"] not in ("PCI DSS v4.0.1", "DORA", "NIS2", "PSD2", "DSA", "EHDS", "AML Directive")
        for provision, condition in conditional(rule).items():
            name = instrument(provision)["name"]
            assert name != "PCI DSS v4.0.1" or "account data of payment cards" in condition
            assert name != "HIPAA" or "covered entity" in condition
            assert name != "COPPA" or ("operator" in condition and "under 13" in condition)


def test_mistake_9_photographs_and_voices_taken_for_biometric_data() -> None:
    rule = BY_ID["C16"]
    assert "photograph" in rule["because"]
    assert "voice" in rule["because"]
    assert "identify a person uniquely" in rule["because"]
    assert "whether the data are processed to identify a person uniquely" in rule["missing"]
    assert "GDPR Recital 51" in rule["provisions"]


def test_mistake_10_an_article_without_its_instrument() -> None:
    names = sorted({name.split(" Art")[0] for name in INSTRUMENTS}, key=len, reverse=True)
    for text in TEXTS:
        for found in re.finditer(r"\bArts?\. ?\d|\bRecitals? \d|\bAnnex [IVX]", text):
            before = text[: found.start()]
            assert before.endswith(tuple(f"{name} " for name in names)), text
    for _, provision in cited():
        assert not re.match(r"Art|Recital|Annex", provision)


def days(text: str) -> list[date]:
    months = {calendar.month_name[number]: number for number in range(1, 13)}
    found = re.findall(r"(\d{1,2}) (" + "|".join(months) + r") (20\d\d)", text)
    return [date(int(year), months[month], int(day)) for day, month, year in found]


#: Articles about high-risk systems; the rest of the AI Act applies.
HIGH_RISK = re.compile(r"AI Act (Annex (III|IV)|Arts?\. (6|9|1[0-5]|26|27|86)(?!\d))")


def test_mistake_11_duties_for_high_risk_systems_shown_as_in_force() -> None:
    provisions = [each for found in LOADED.values() for each in found if each.text.startswith("AI Act")]
    assert len(provisions) > 30
    for each in provisions:
        assert each.only_if, each.text
        assert each.instrument.name != "AI Act", f"{each.text} has no state of its own"
        told = days(each.instrument.note or "")
        assert told, f"{each.text} does not say from which day on it applies"
        later = min(told).isoformat() > LAST_DAY
        assert each.instrument.status == ("adopted-later" if later else "in-force"), each.text
        if HIGH_RISK.match(each.text):
            assert each.instrument.status == "adopted-later"
            assert re.search("2 December 2027|2 August 2028", each.instrument.note or ""), each.text


def test_no_text_names_a_duty_for_high_risk_systems_without_its_day() -> None:
    for text in TEXTS:
        if HIGH_RISK.search(text):
            named_as_a_kind = text.startswith("an AI system of AI Act Annex III")  # a condition, and no duty
            deleted = "was deleted" in text or "in the place of AI Act Art. 10(5)" in text
            assert named_as_a_kind or deleted or [day for day in days(text) if day.year >= 2027], text


def test_the_rule_on_bias_is_cited_where_it_stands_now() -> None:
    assert "AI Act Art. 4a" in conditional(BY_ID["C11"])
    assert not [text for _, text in cited() if text.startswith("AI Act Art. 10(5)")]


def test_both_new_prohibitions_stand_with_their_day() -> None:
    for rule_id, letter, subject in (("C17", "ba", "intimate images"), ("C08", "bb", "sexual abuse of children")):
        [found] = [each for each in LOADED[rule_id] if each.text == f"AI Act Art. 5(1)({letter})"]
        assert subject in str(found.only_if)
        assert days(str(found.instrument.note)) == [date(2026, 12, 2)]


def test_what_is_about_health_names_triage_and_medical_devices() -> None:
    also = conditional(BY_ID["C04"])
    assert "emergency" in also["AI Act Annex III point 5(d)"]
    assert "notified body" in also["AI Act Art. 6(1)"]
    assert "MDR Art. 2(1)" in also


def test_narrow_rules_are_cited_as_narrowly_as_they_are() -> None:
    assert "special category" in conditional(BY_ID["C10"])["DSA Art. 26(3)"]
    assert "biometric data" in conditional(BY_ID["C10"])["AI Act Art. 5(1)(f)"]
    assert "medical or safety reasons" in conditional(BY_ID["C10"])["AI Act Art. 5(1)(f)"]
    assert "health plan" in conditional(BY_ID["C15"])["HIPAA 45 CFR 164.502(a)(5)(i)"]
    assert "underwriting" in conditional(BY_ID["C15"])["HIPAA 45 CFR 164.502(a)(5)(i)"]


def test_californias_rules_on_decisions_and_assessments_stand_where_the_gdprs_do() -> None:
    for rule_id in ("C10", "X06"):
        [found] = [each for each in LOADED[rule_id] if each.text.startswith("CCPA Regulations 11 CCR § 7200")]
        assert found.instrument.status == "adopted-later"
        assert date(2027, 1, 1) in days(str(found.instrument.note))
    for rule_id in (*ART_9_RULES, "X12", "X24", "X25"):
        assert [each for each in LOADED[rule_id] if each.text == "CCPA Regulations 11 CCR § 7150-7157"], rule_id


def test_mistake_12_the_former_rule_of_the_uk_on_automated_decisions() -> None:
    told = [*TEXTS, *(provision for _, provision in cited()), *map(german, TEXTS)]
    assert not [text for text in told if re.search(r"UK GDPR Arts?\. 22(?![A-D])", text)]
    assert "UK GDPR Arts. 22A-22D" in conditional(BY_ID["C10"])
    assert "UK GDPR Arts. 22A-22D" in conditional(BY_ID["X06"])


#: The controls of ISO/IEC 42001:2023, Annex A: the first and the last number below each head.
ISO_42001 = {
    "2": (2, 4), "3": (2, 3), "4": (2, 6), "5": (2, 5), "6.1": (2, 3), "6.2": (2, 8), "7": (2, 6), "8": (2, 5),
    "9": (2, 4), "10": (2, 4),
}  # fmt: skip


def test_mistake_13_shifted_numbers_of_iso_42001() -> None:
    [law] = [each["text"] for each in FILES["law"]["law"] if each["title"].startswith("ISO/IEC 42001")]
    told = [law, *(text for _, text in cited() if text.startswith("ISO/IEC 42001"))]
    numbers = set(chain.from_iterable(re.findall(r"A\.(\d+(?:\.\d+)*)", text) for text in told))
    assert len(numbers) > 10
    for number in numbers:
        head, _, last = number.rpartition(".")
        first_to_last = ISO_42001.get(head)
        whole = number in ISO_42001
        assert whole or (first_to_last and first_to_last[0] <= int(last) <= first_to_last[1]), number
    for head, subject in (("5", "impact"), ("6", "life cycle"), ("7", "data"), ("9", "use"), ("10", "third parties")):
        assert re.search(rf"A\.{head}\.[\d.]+(-A[\d.]+)? \([^)]*{subject}", law), head


def test_mistake_14_numbers_of_iso_27001_before_2022() -> None:
    assert not [name for name in INSTRUMENTS if name.startswith("ISO/IEC 27001") and name != "ISO/IEC 27001:2022"]
    last = {"5": 37, "6": 8, "7": 14, "8": 34}
    numbers = {text for _, text in cited() if text.startswith("ISO/IEC 27001:2022 ")}
    for control in chain.from_iterable(re.findall(r"A\.[\d.]+", text) for text in numbers):
        chapter, number = control.removeprefix("A.").split(".")
        assert 1 <= int(number) <= last[chapter], control


def test_mistake_15_secret_of_a_state_pseudonymous_as_anonymous_public_as_free() -> None:
    assert "no marking of a state" in BY_ID["L06"]["because"]
    assert "for a recipient who cannot, that is not settled" in BY_ID["C01"]["because"]
    assert INSTRUMENTS["CJEU C-413/23 P"]["status"] == "unsettled"
    assert not [text for text in TEXTS if re.search(r"(?<!whether )pseudonym\w* data are (also )?personal data", text)]
    assert "public does not mean free to use" in BY_ID["L02"]["because"]
    assert not [text for text in TEXTS if re.search(r"anonym", text, re.IGNORECASE)]


def test_mistake_16_spans_counted_as_people() -> None:
    [large] = [each for each in FILES["screening"]["criterion"] if each["number"] == 5]
    assert large["cannot_be_assessed"]
    assert "spans are not people" in large["words"]
    assert any("number of people" in text for text in FILES["catalogue"]["preconditions"])
