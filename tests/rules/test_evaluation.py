"""Findings: how many there are, what they rest on, and what tells one from another."""

from pathlib import Path
from typing import Any

import pytest
from builders import agent, inventory, risk, schema_version, span_type
from hypothesis import given
from hypothesis import strategies as st
from strategies import data_risks

from reporter.declared.scope import Selection, scope
from reporter.errors import UsageError
from reporter.review import catalogue, evaluation
from reporter.review.catalogue import OwnRules
from reporter.review.finding import Finding
from reporter.review.tables import SEVERITIES

HEALTH = "health_and_medical"
OUT = "external_communication"


def found(*span_types: Any, switches: catalogue.Switches = catalogue.AS_SHIPPED) -> tuple[Finding, ...]:
    """The findings of one agent of these span types."""
    made = inventory(agent(), schema_version("v1", *span_types))
    [scoped] = scope(made, Selection(versions=("all",))).agents
    return evaluation.findings(scoped, catalogue.load(switches))


def of(rule: str, findings: tuple[Finding, ...]) -> list[Finding]:
    return [each for each in findings if each.rule.id == rule]


def whole(finding: Finding) -> tuple[list[str], list[Any], str]:
    """All that it rests on."""
    basis = finding.basis()
    return basis.categories, list(basis.evidence), basis.value_sha256


def unknown(declared: dict[str, Any], *names: str) -> dict[str, Any]:
    return {
        part: {name: "unknown" if name in names else answer for name, answer in values.items()}
        for part, values in declared.items()
    }


def names(finding: Finding) -> tuple[list[str], list[str]]:
    """The span types of which it is declared, and of which it is possible."""
    return [each.name for each in finding.declared], [each.name for each in finding.possible]


def test_a_rule_makes_one_finding_an_agent_with_every_span_type_that_it_is_about() -> None:
    declared, silent = risk("minors_data", allowed=(OUT,)), unknown(risk(allowed=(OUT,)), "minors_data")
    given_ = {"one": declared, "two": declared, "quiet": silent, "no": risk()}
    [one] = of("X04", found(*(span_type(name, each) for name, each in given_.items())))
    assert (one.severity, one.certainty, names(one)) == ("high", "declared", (["one", "two"], ["quiet"]))


def test_what_is_only_possible_weighs_as_much_as_what_is_declared() -> None:
    silent = unknown(risk(allowed=(OUT,)), HEALTH)
    all_of_them = found(*(span_type(f"t{n}", silent) for n in range(5)))
    [one] = of("X02", all_of_them)
    assert (one.certainty, one.severity, len(one.possible), one.declared) == ("possible", "high", 5, ())
    assert not of("X01", all_of_them)


def test_a_declared_finding_that_may_be_worse_has_the_worse_severity_and_is_called_possible() -> None:
    among_outputs = unknown(risk(result=("minors_data",)), OUT)
    among_outputs["params_data_categories"]["minors_data"] = "unknown"
    among_outputs["action_profile"][OUT] = "allowed"
    [one] = of("X04", found(span_type("t", among_outputs)))
    assert (one.severity, one.certainty, names(one), one.alone) == ("high", "possible", (["t"], []), ())


def test_a_span_type_of_which_nothing_is_assessed_makes_exactly_one_finding() -> None:
    all_unknown = {part: dict.fromkeys(values, "unknown") for part, values in risk().items()}
    for silent in (None, {}, all_unknown):
        assert [(each.rule.id, each.severity) for each in found(span_type("t", silent))] == [("Q01", "high")]


def test_a_silent_agent_is_a_short_page() -> None:
    assert [each.rule.id for each in found(*(span_type(f"t{n}") for n in range(40)))] == ["Q01"]


def listed(*span_types: Any) -> list[tuple[str, str]]:
    made = inventory(agent(), schema_version("v1", *span_types))
    [scoped] = scope(made, Selection(versions=("all",))).agents
    [judged] = evaluation.of_all([(scoped, False)], catalogue.load())
    return [(rule.id, certainty) for rule, certainty in judged.listed]


def test_a_level_that_is_unknown_is_listed_once_and_not_for_each_level_that_it_may_be() -> None:
    silent = unknown(risk(allowed=("read_data",)), "classification")
    assert [each for each in listed(span_type("t", silent)) if each[0].startswith("L")] == [("L01", "declared")]


def test_rules_that_restate_one_field_are_listed_and_no_findings() -> None:
    told = risk(HEALTH, allowed=("read_data",))
    silent = unknown(risk(), "contact_information", "financial_transactions")
    entries = [span_type("t", told), span_type("u", silent)]
    assert listed(*entries) == [
        ("Q09", "declared"), ("C02", "possible"), ("C04", "declared"), ("A02", "declared"), ("A05", "possible"),
        ("L03", "declared"),
    ]  # fmt: skip
    assert not [each.rule.id for each in found(*entries) if each.rule.id[0] in "CAL"]


def test_where_one_span_type_reaches_another_the_evidence_is_what_goes_in_and_what_may_go_out() -> None:
    [one] = of("X19", found(span_type("in", risk(HEALTH)), span_type("out", risk(allowed=(OUT,)))))
    assert [(item.span_type, item.pointer.rpartition("/")[2]) for item in one.basis().evidence] == [
        ("in", HEALTH),
        ("out", OUT),
    ]


def test_what_a_rule_says_of_all_span_types_already_keeps_no_other_rule_from_being_left_open() -> None:
    silent = unknown(risk(allowed=(OUT,)), HEALTH, "classification")
    told = [(each.rule.id, each.certainty) for each in found(span_type("t", silent))]
    assert {("X02", "possible"), ("X14", "possible"), ("Q13", "possible")} <= {*told}


def test_what_a_rule_says_of_all_span_types_keeps_no_rule_of_the_users_from_being_left_open(tmp_path: Path) -> None:
    own = tmp_path / "rules.toml"
    own.write_text(OWN)
    silent = unknown(risk(), "read_data", "classification")
    made = found(span_type("t", silent), switches=catalogue.Switches(own=(OwnRules.at(own),)))
    assert [each.certainty for each in of("ACME-1", made)] == ["possible"]


def test_what_was_odd_when_it_was_read_is_a_finding_with_the_value_in_it() -> None:
    declared = risk()
    declared["params_data_categories"][HEALTH] = "perhaps"
    [one] = of("R01", found(span_type("t", declared), span_type("u", risk())))
    assert [(item.span_type, item.value) for item in one.basis().evidence] == [("t", "perhaps")]


def test_a_check_looks_at_every_span_type_of_every_name_once() -> None:
    same = risk("contact_information", result=("contact_information",))
    [looked_at] = of("Q03", found(*(span_type(name, same) for name in "abc"), span_type("d", risk())))
    assert names(looked_at) == (["a", "b", "c"], [])
    assert [place.span_type for place in looked_at.found] == ["a", "b", "c"]


def test_what_goes_out_among_outputs_alone_weighs_less() -> None:
    [one] = of("X01", found(span_type("t", risk(result=(HEALTH,), allowed=(OUT,)))))
    assert (one.severity, [each.name for each in one.alone]) == ("medium", ["t"])


@pytest.mark.parametrize(
    ("rule", "declared", "severity"),
    [
        ("X26", risk(HEALTH), "low"),
        ("X26", risk(HEALTH, allowed=("create_data",)), "medium"),
        ("X26", risk(result=(HEALTH,), allowed=(OUT,)), "medium"),
        ("X26", risk(HEALTH, allowed=(OUT,)), "high"),
        ("X23", risk("financial_information", allowed=(OUT,)), "medium"),
        ("X23", risk(result=("contact_information",), allowed=(OUT,)), "low"),
        ("X10", risk("contact_information", allowed=("destroy_data",)), "low"),
        ("X10", risk("contact_information", "minors_data", allowed=("destroy_data",)), "medium"),
    ],
)
def test_how_severe_it_is_follows_from_what_kind_of_data_go_how_far(rule: str, declared: Any, severity: str) -> None:
    [one] = of(rule, found(span_type("t", declared)))
    assert (one.severity, one.certainty) == (severity, "declared")


def test_evidence_is_the_fields_that_make_it_so_and_nothing_else() -> None:
    [one] = of("X01", found(span_type("t", risk(HEALTH, "contact_information", allowed=(OUT, "read_data")))))
    assert [(item.pointer.rpartition("/")[2], item.value) for item in one.basis().evidence] == [
        (HEALTH, "included"),
        (OUT, "allowed"),
    ]


def test_a_fingerprint_outlives_new_versions_order_and_other_span_types() -> None:
    declared = span_type("t", risk(HEALTH, allowed=(OUT,)))
    [before] = of("X01", found(declared))
    made = inventory(agent(), schema_version("v9", span_type("a", risk()), declared, span_type("z", risk())))
    [scoped] = scope(made, Selection(versions=("all",))).agents
    [after] = of("X01", evaluation.findings(scoped, catalogue.load()))
    assert (before.id, before.basis().value_sha256) == (after.id, after.basis().value_sha256)


def test_another_answer_where_it_rests_makes_another_digest_and_the_same_fingerprint() -> None:
    [one] = of("X01", found(span_type("t", risk(HEALTH, allowed=(OUT,)))))
    [more] = of("X01", found(span_type("t", risk(HEALTH, "gdpr_genetic_data", allowed=(OUT,)))))
    [elsewhere] = of("X01", found(span_type("t", risk(HEALTH, allowed=(OUT,), level="secret"))))
    assert one.id == more.id == elsewhere.id
    assert one.basis().value_sha256 != more.basis().value_sha256
    assert one.basis().value_sha256 == elsewhere.basis().value_sha256


def test_the_same_span_type_in_two_versions_is_one_finding_with_the_evidence_of_both() -> None:
    declared = span_type("t", risk(HEALTH, allowed=(OUT,)))
    made = inventory(agent(), schema_version("v1", declared), schema_version("v2", declared))
    [scoped] = scope(made, Selection(versions=("all",))).agents
    [one] = of("X01", evaluation.findings(scoped, catalogue.load()))
    assert {item.schema_version_id for item in one.basis().evidence} == {"v1", "v2"}


@given(st.lists(data_risks, max_size=5), st.randoms(use_true_random=False))
def test_order_does_not_matter(risks: list[Any], chance: Any) -> None:
    entries = [span_type(f"t{n}", each) for n, each in enumerate(risks)]
    before = [(each.id, each.severity, each.basis().value_sha256) for each in found(*entries)]
    chance.shuffle(entries)
    assert [(each.id, each.severity, each.basis().value_sha256) for each in found(*entries)] == before


@given(st.lists(data_risks, max_size=4), data_risks)
def test_another_span_type_takes_no_finding_of_others_away(risks: list[Any], more: Any) -> None:
    entries = [span_type(f"t{n}", each) for n, each in enumerate(risks)]
    before = {each.id for each in found(*entries) if each.rule.id != "Q10"}
    assert before <= {each.id for each in found(*entries, span_type("more", more))}


@given(st.lists(data_risks, max_size=4))
def test_every_finding_has_evidence_and_an_id_of_its_own_and_the_worst_stand_first(risks: list[Any]) -> None:
    made = found(*(span_type(f"t{n}", each) for n, each in enumerate(risks)))
    assert all(each.basis().evidence for each in made)
    assert len({each.id for each in made}) == len(made)
    ranks = [SEVERITIES.index(each.severity) for each in made]
    assert ranks == sorted(ranks, reverse=True)


def test_a_severity_can_be_changed_and_a_rule_switched_off() -> None:
    declared = span_type("t", risk(HEALTH, allowed=(OUT,)))
    lower = catalogue.Switches(severities=(("X01", "low"),))
    assert [each.severity for each in of("X01", found(declared, switches=lower))] == ["low"]
    assert not of("X01", found(declared, switches=catalogue.Switches(severities=(("X01", "off"),))))


def test_a_rule_that_only_lists_takes_no_severity_and_can_be_switched_off() -> None:
    with pytest.raises(UsageError, match="rule C04 lists what is declared, and has no severity"):
        catalogue.load(catalogue.Switches(severities=(("C04", "high"),)))
    assert "C04" not in catalogue.load(catalogue.Switches(severities=(("C04", "off"),))).rules


def test_only_provisions_of_the_jurisdictions_that_apply_are_cited() -> None:
    here = catalogue.load(catalogue.Switches(jurisdictions=("UK",)))
    cited = {each.instrument.jurisdiction for rule in here.rules.values() for each in rule.provisions}
    assert cited <= {"UK", "any"}


def test_a_rule_of_the_users_own_is_evaluated_like_ours(tmp_path: Any) -> None:
    own = tmp_path / "rules.toml"
    own.write_text(OWN)
    made = found(span_type("t", risk(allowed=("read_data",))), switches=catalogue.Switches(own=(OwnRules.at(own),)))
    [one] = of("ACME-1", made)
    assert (one.rule.origin, one.severity) == (own.name, "high")


def test_what_several_rules_leave_open_together_rests_on_the_answers_of_each(tmp_path: Path) -> None:
    own = tmp_path / "rules.toml"
    more = OWN.partition("[[rule]]")[2].replace("ACME-1", "ACME-2").replace("read_data", "update_data")
    own.write_text(f'{OWN}undetermined = "ACME-2"\n[[rule]]{more}')
    switches = catalogue.Switches(own=(OwnRules.at(own),))
    digests = set()
    for answers in (("unknown", "unknown"), ("maybe", "unknown"), ("unknown", "maybe")):
        silent = risk()
        silent["action_profile"] |= dict(zip(("read_data", "update_data"), answers, strict=True))
        made = found(span_type("t", silent), switches=switches)
        assert not of("ACME-1", made)
        [one] = of("ACME-2", made)
        assert (one.certainty, one.severity) == ("possible", "high")
        digests.add(one.basis().value_sha256)
    assert len(digests) == 3, "a waiver would outlive an answer that it was never given for"


OWN = """
[[instrument]]
name = "ACME policy"
title = "Our own policy"
jurisdiction = "any"
status = "in-force"
as_of = 2026-11-01

[[rule]]
id = "ACME-1"
title = "Reading is allowed"
severity = "high"
as_of = 2026-11-01
because = "Reading is allowed."
provisions = ["ACME policy 3.1"]
when = { action = "read_data", is = "allowed" }
"""


@pytest.mark.parametrize(
    ("before", "after", "line", "told"),
    [
        ('severity = "high"', 'severity = "highest"', 12, "severity"),
        ('severity = "high"', 'sevrity = "high"', 12, "no such key: sevrity"),
        ('id = "ACME-1"', 'id = "X01"', 10, "two rules of the id X01"),
        ('provisions = ["ACME policy 3.1"]', 'provisions = ["Art. 9"]', 15, "names no instrument"),
        ('action = "read_data"', 'action = "teleport"', 16, "there is no 'teleport'"),
        ('action = "read_data"', 'field = "read_data"', 16, "not field, is"),
        ('{ action = "read_data", is = "allowed" }', '{ check = "mood" }', 16, "there is no check 'mood'"),
        ("as_of = 2026-11-01\nbecause", "as_of = 2026-13-01\nbecause", 13, "not TOML"),
        ("as_of = 2026-11-01\nbecause", 'as_of = "soon"\nbecause', 13, "as_of"),
        ("[[rule]]", "[[rules]]", 9, "no such table: rules"),
        ('when = { action = "read_data", is = "allowed" }', "", 9, "has no condition"),
    ],
)
def test_a_mistake_in_a_rule_file_is_named_by_its_line(
    tmp_path: Any, before: str, after: str, line: int, told: str
) -> None:
    own = tmp_path / "rules.toml"
    assert before in OWN
    own.write_text(OWN.replace(before, after))
    with pytest.raises(UsageError) as raised:
        catalogue.load(catalogue.Switches(own=(OwnRules.at(own),)))
    assert raised.value.where == f"{own}:{line}"
    assert told in raised.value.what
    assert raised.value.remedy


def test_a_switch_for_a_rule_that_is_not_there_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="there is no rule 'X99'"):
        catalogue.load(catalogue.Switches(severities=(("X99", "off"),)))


@given(st.lists(st.lists(data_risks, max_size=3), max_size=4))
def test_agents_judged_together_have_the_findings_that_each_has_by_itself(agents: list[list[Any]]) -> None:
    values = [
        value
        for number, risks in enumerate(agents)
        for value in (
            agent(f"a{number}", f"Agent {number}"),
            schema_version(f"v{number}", *(span_type(f"t{n}", r) for n, r in enumerate(risks)), agent=f"a{number}"),
        )
    ]
    scoped = scope(inventory(*values), Selection(versions=("all",))).agents if values else ()
    together = evaluation.of_all([(each, False) for each in scoped], catalogue.load())
    for each, found_together in zip(scoped, together, strict=True):
        alone = evaluation.findings(each, catalogue.load())
        assert [(one.id, one.severity, whole(one)) for one in found_together.findings] == [
            (one.id, one.severity, whole(one)) for one in alone
        ]


def test_the_example_of_the_documents_is_a_rule(tmp_path: Any) -> None:
    told = (Path(__file__).parents[2] / "docs/rules.md").read_text()
    own = tmp_path / "rules.toml"
    own.write_text(told.partition("```toml\n")[2].partition("```")[0])
    declared = risk("financial_information", allowed=(OUT,))
    [one] = of("ACME-1", found(span_type("t", declared), switches=catalogue.Switches(own=(OwnRules.at(own),))))
    assert [each.text for each in one.rule.provisions] == ["ACME policy 3.1", "GDPR Art. 32"]
