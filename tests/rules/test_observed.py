"""What ran, put to the rules: what each finds, and that no silence makes an agent look better."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from builders import NOW, agent, inventory, pinned, risk, schema_version, span_type
from hypothesis import given
from hypothesis import strategies as st

from reporter import pipeline
from reporter.declared.model import Inventory, Record, Source
from reporter.declared.scope import Selection, scope
from reporter.gate.previous import of_report
from reporter.order import Order
from reporter.prefactor import observed, records
from reporter.prefactor.records import Collected
from reporter.prefactor.shapes import Unit, units
from reporter.render import json
from reporter.review.assessment import Assessed, assess
from reporter.review.catalogue import load
from reporter.review.finding import Finding
from reporter.review.observed import meaning
from reporter.review.previous import Previous
from reporter.review.tables import SEVERITIES
from reporter.view.report import Controller, Report

PINNED = pinned("v2", "Production")
PROD = "env-Production"
OLD = {"type": "agent_version", "id": "av-old", "agent_id": "a1", "agent_schema_version_id": "v1"}
PUBLIC = risk(level="internal")


def ran(spans: Any = None, **more: Any) -> dict[str, Any]:
    """A run of what is deployed in production; ``spans`` by name, each a count or a count with labels."""
    row: dict[str, Any] = {
        "id": "r1", "agent_version_id": "av-a1-Production", "environment_id": PROD, "purpose": "live",
        "status": "complete", "started_at": "2026-11-20T10:00:00+00:00", "finished_at": "2026-11-20T11:00:00+00:00",
        "inserted_at": None, "last_activity_span_at": None, "faults": [],
    }  # fmt: skip
    labels = {name: each[1] for name, each in (spans or {}).items() if isinstance(each, tuple)}
    counts = {name: each[0] if isinstance(each, tuple) else each for name, each in (spans or {}).items()}
    return row | {"spans": None if spans is None else counts, "labels": labels} | more


def of_runs(*runs: dict[str, Any], since: str = "2026-08-01T00:00:00Z", labels: bool = True) -> Record:
    head = {
        "since": since, "until": None, "read_at": NOW.isoformat(), "outside": 0, "elsewhere": 0, "labels": labels,
        "not_kept": 0,
    }  # fmt: skip
    return records.record("observed", observed.record_value("a1", head, runs, None), source="t", location="GET /x")


def found(values: Iterable[Any], *runs: dict[str, Any], **more: Any) -> Inventory:
    kept = [
        records.record(unit.kind, unit.value, source="t", location="t", agent_id="a1")
        for unit in units(list(values))
        if isinstance(unit, Unit)
    ]
    about = (of_runs(*runs, **more),) if runs else ()
    return Collected((Source("platform", "t", NOW),), (*kept, *about)).inventory()


def judged(values: Iterable[Any], *runs: dict[str, Any], days: int = 90, **more: Any) -> Assessed:
    chosen = scope(found(values, *runs, **more), Selection())
    [one] = assess(chosen.agents, load(), (), NOW, unseen_days=days).agents
    return one


def by_rule(values: Iterable[Any], *runs: dict[str, Any], **more: Any) -> dict[str, Finding]:
    return {each.rule.id: each for each in judged(values, *runs, **more).findings}


def declaring(*entries: dict[str, Any], at: str = "2026-01-01T00:00:00Z", more: Iterable[Any] = ()) -> list[Any]:
    return [agent(), schema_version("v2", *entries, at=at), *PINNED, *more]


A = declaring(span_type("tool:a", PUBLIC))
RULES = {"O01", "O02", "O03", "O04", "X21", "X22"}


def test_where_runs_are_what_is_declared_nothing_is_found() -> None:
    assert not RULES & by_rule(A, ran({"tool:a": 3})).keys()


def test_without_runs_nothing_is_found_and_nothing_else_changes() -> None:
    assert judged(A).findings == judged(A).findings
    assert not RULES & by_rule(A).keys()


def test_a_span_type_that_ran_and_nobody_declared_is_found() -> None:
    one = by_rule(A, ran({"tool:a": 1, "tool:b": 2}))["O01"]
    assert (one.severity, one.certainty, one.asked) == ("high", "declared", "observed")
    assert [(each.span_type, each.value) for each in one.found] == [("tool:b", "tool:b")]


def test_what_only_tests_did_weighs_less_and_an_unknown_purpose_is_no_test() -> None:
    weights = {
        purpose: by_rule(A, ran({"tool:b": 1}, purpose=purpose))["O01"].severity
        for purpose in ("live", "smoke_test", "eval", "something_new", None)
    }
    assert weights == {"live": "high", "smoke_test": "medium", "eval": "medium", "something_new": "high", None: "high"}


@pytest.mark.parametrize("spans", [None, {}, {"tool:a": 0}])
def test_an_empty_count_proves_nothing(spans: Any) -> None:
    one = by_rule(A, ran(spans))["O01"]
    assert (one.severity, one.certainty) == ("high", "possible")


def test_a_run_that_never_began_lacks_no_spans() -> None:
    waiting = ran(None, status="pending", finished_at=None)
    assert not RULES & by_rule(A, waiting).keys()


def test_what_an_older_version_declares_is_declared() -> None:
    older = [schema_version("v1", span_type("tool:old", PUBLIC), at="2025-01-01T00:00:00Z"), OLD]
    rules = by_rule([*A, *older], ran({"tool:old": 1}, agent_version_id="av-old"))
    assert "O01" not in rules
    assert rules["O03"].severity == "medium"


def test_what_an_unread_version_may_declare_is_possible() -> None:
    summary = {"type": "agent_schema_version", "id": "v1", "agent_id": "a1", "inserted_at": "2025-01-01T00:00:00Z"}
    one = by_rule([*A, summary, OLD], ran({"tool:old": 1}, agent_version_id="av-old"))["O01"]
    assert (one.severity, one.certainty) == ("high", "possible")


@pytest.mark.parametrize("data_risk", [None, {}, {"action_profile": {"read_data": "unknown"}}])
def test_what_runs_live_and_nobody_decided_about_is_found(data_risk: Any) -> None:
    values = declaring(span_type("tool:a", data_risk), span_type("tool:b", data_risk))
    one = by_rule(values, ran({"tool:a": 1}))["X21"]
    assert (one.severity, [entry.name for entry in one.declared]) == ("high", ["tool:a"])
    assert "X21" not in by_rule(values, ran({"tool:a": 1}, purpose="smoke_test"))


def test_an_old_version_that_ran_after_the_deployment_moved_is_superseded() -> None:
    older = [schema_version("v1", span_type("tool:a", PUBLIC), at="2025-01-01T00:00:00Z"), OLD]
    assert "O03" in by_rule([*A, *older], ran({"tool:a": 1}, agent_version_id="av-old"))
    moved = [
        each | ({"updated_at": "2026-11-21T00:00:00Z"} if each["type"] == "agent_deployment" else {}) for each in A
    ]
    before = by_rule([*moved, *older], ran({"tool:a": 1}, agent_version_id="av-old"))
    assert not {"O03", "O04"} & before.keys()
    going = ran({"tool:a": 1}, agent_version_id="av-old", status="active", finished_at=None)
    assert "O03" in by_rule([*moved, *older], going)
    assert "O03" not in by_rule([*A, *older], ran({"tool:a": 1}, agent_version_id="av-old", purpose="eval"))


def test_a_newer_version_or_a_place_without_deployment_is_not_deployed_there() -> None:
    newer = [
        schema_version("v3", span_type("tool:a", PUBLIC), at="2026-11-01T00:00:00Z"),
        OLD | {"agent_schema_version_id": "v3"},
    ]
    assert "O04" in by_rule([*A, *newer], ran({"tool:a": 1}, agent_version_id="av-old"))
    assert "O04" in by_rule(A, ran({"tool:a": 1}, environment_id="elsewhere"))


def test_what_did_not_run_for_long_is_told_only_where_that_can_be_known() -> None:
    values = declaring(span_type("tool:a", PUBLIC), span_type("tool:b", PUBLIC))
    one = by_rule(values, ran({"tool:a": 1}))["O02"]
    assert (one.severity, [entry.name for entry in one.declared]) == ("low", ["tool:b"])
    # Seen only in a test is not seen live.
    assert "O02" in by_rule(values, ran({"tool:a": 1}), ran({"tool:b": 1}, id="r2", purpose="eval"))
    assert "O02" not in by_rule(values, ran({"tool:a": 1, "tool:b": 1}))
    assert "O02" not in by_rule(values, ran({"tool:a": 1}), ran({}, id="r2")), "nobody knows what that run did"
    assert "O02" not in by_rule(values, ran({"tool:a": 1}), since="2026-11-01T00:00:00Z"), "too short a window"
    assert "O02" in by_rule(values, ran({"tool:a": 1}), since="2026-11-01T00:00:00Z", days=10)
    young = declaring(span_type("tool:a", PUBLIC), span_type("tool:b", PUBLIC), at="2026-11-15T00:00:00Z")
    assert "O02" not in by_rule(young, ran({"tool:a": 1})), "it is not there for so long"
    scored = ran({"tool:a": 1}, scored=True)
    assert "O02" not in by_rule(values, scored), "a score may leave out what scores nothing"


EMAIL = {("params", "email"): 1}


def test_a_label_of_what_is_excluded_contradicts_the_declaration() -> None:
    one = by_rule(A, ran({"tool:a": (1, EMAIL)}))["X22"]
    assert (one.severity, one.certainty, [entry.name for entry in one.declared]) == ("high", "declared", ["tool:a"])
    assert one.basis().categories == ["contact_information"]


def test_a_label_of_what_nobody_decided_may_contradict_it() -> None:
    open_ = PUBLIC | {"params_data_categories": {}}
    one = by_rule(declaring(span_type("tool:a", open_)), ran({"tool:a": (1, EMAIL)}))["X22"]
    assert (one.severity, one.certainty) == ("high", "possible")
    assert [entry.name for entry in one.possible] == ["tool:a"]
    assert one.asked == "observed"


@pytest.mark.parametrize(
    ("declared", "labels"),
    [
        (risk("contact_information"), EMAIL),
        (risk("personal_identifiers"), {("params", "PII"): 1}),
        (PUBLIC, {("params", "our-own-word"): 1}),
        (risk("contact_information"), {("params", "E-Mail"): 2}),
    ],
)
def test_a_label_that_the_declaration_answers_or_that_nobody_knows_is_none(declared: Any, labels: Any) -> None:
    assert "X22" not in by_rule(declaring(span_type("tool:a", declared)), ran({"tool:a": (1, labels)}))


def test_a_label_counts_on_the_side_that_it_was_seen_on() -> None:
    into = declaring(span_type("tool:a", risk("contact_information")))
    assert "X22" in by_rule(into, ran({"tool:a": (1, {("result", "email"): 1})}))


@pytest.mark.parametrize(("label", "name"), [("email", "contact_information"), ("IBAN", "financial_information")])
def test_labels_mean_categories(label: str, name: str) -> None:
    assert meaning(label) == (name,)
    assert meaning(name) == (name,)
    assert meaning("whatever") == ()


def test_a_count_of_more_spans_changes_nothing_that_a_waiver_is_bound_to() -> None:
    def digests(number: int, key: str) -> dict[str, str]:
        runs = ran({"tool:a": (number, EMAIL), "tool:b": number}, id=key)
        return {rule: each.basis().value_sha256 for rule, each in by_rule(A, runs).items()}

    assert digests(1, "r1") == digests(7, "r9")


# Laws -------------------------------------------------------------------------------------------------------------

NAMES = ("tool:a", "tool:b", "tool:c")
COUNTS = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 3), max_size=3)
RUNS = st.lists(
    st.builds(
        lambda spans, purpose, version: {"spans": spans, "purpose": purpose, "version": version},
        COUNTS | st.none(),
        st.sampled_from(("live", "smoke_test", None)),
        st.sampled_from(("av-a1-Production", "av-old")),
    ),
    max_size=3,
)
DECLARED = st.dictionaries(st.sampled_from(NAMES), st.sampled_from((PUBLIC, None)), max_size=3)


def values_of(declared: dict[str, Any]) -> list[Any]:
    older = schema_version("v1", span_type("tool:c", PUBLIC), at="2025-01-01T00:00:00Z")
    return declaring(*(span_type(name, each) for name, each in declared.items()), more=[older, OLD])


def runs_of(made: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        ran(each["spans"], id=f"r{number}", purpose=each["purpose"], agent_version_id=each["version"])
        for number, each in enumerate(made)
    ]


def worst(one: Assessed) -> int:
    return max((SEVERITIES.index(each.severity) for each in one.findings), default=-1)


@given(DECLARED, RUNS, st.data())
def test_an_emptied_count_never_lowers_the_worst(
    declared: dict[str, Any], made: list[Any], data: st.DataObject
) -> None:
    before = worst(judged(values_of(declared), *runs_of(made)))
    for each in made:
        if data.draw(st.booleans()):
            each["spans"] = data.draw(st.sampled_from((None, {})))
    assert worst(judged(values_of(declared), *runs_of(made))) >= before


@given(DECLARED, RUNS, st.sampled_from(NAMES))
def test_a_declaration_that_is_taken_away_never_lowers_the_worst(
    declared: dict[str, Any], made: list[Any], name: str
) -> None:
    before = worst(judged(values_of(declared), *runs_of(made)))
    if name in declared:
        declared[name] = None
    assert worst(judged(values_of(declared), *runs_of(made))) >= before


@given(DECLARED, RUNS, st.randoms(use_true_random=False))
def test_no_order_of_runs_or_records_matters(declared: dict[str, Any], made: list[Any], random: Any) -> None:
    values, runs = values_of(declared), runs_of(made)
    one = judged(values, *runs)
    random.shuffle(values)
    random.shuffle(runs)
    other = judged(values, *runs)
    told = [[(f.id, f.severity, f.certainty, f.basis().value_sha256) for f in each.findings] for each in (one, other)]
    assert told[0] == told[1]


@given(st.sampled_from(("included", "excluded", "unknown", None)), st.sampled_from(("unknown", None)))
def test_an_answer_that_becomes_unknown_never_lowers_what_a_label_says(before: str | None, after: str) -> None:
    def severity(answer: str | None) -> int:
        side = PUBLIC["params_data_categories"] | ({"contact_information": answer} if answer else {})
        values = declaring(span_type("tool:a", PUBLIC | {"params_data_categories": side}))
        return worst(judged(values, ran({"tool:a": (1, EMAIL)})))

    assert severity(after or "unknown") >= severity(before or "unknown")


def test_two_readings_of_one_agent_are_one_by_the_fuller_of_each_run() -> None:
    first, second = of_runs(ran({})), of_runs(ran({"tool:b": 1}), since="2026-10-01T00:00:00Z")
    base = found(A)
    for order in ((first, second), (second, first)):
        inventory_ = Collected(base.sources, (*base.records, *order)).inventory()
        [observed_] = [each.observed for each in inventory_.agents if each.observed]
        assert [[seen.name for seen in run.seen] for run in observed_.runs] == [["tool:b"]]
        assert observed_.since.isoformat() == "2026-10-01T00:00:00+00:00"


def test_a_report_about_a_place_or_a_time_counts_the_runs_there_and_then() -> None:
    other = ran({"tool:b": 1}, id="r2", environment_id="env-Staging", started_at="2026-11-22T00:00:00+00:00")
    values = [*A, {"type": "environment", "id": "env-Staging", "name": "Staging"}]
    evidence = found(values, ran({"tool:a": 1}), other)
    for selection, left in (
        (Selection(environments=("production",)), (0, 1)),
        (Selection(as_of=NOW.replace(day=21)), (1, 0)),
        (Selection(), None),
    ):
        [each] = scope(evidence, selection).agents
        assert each.agent.observed is not None
        assert len(each.agent.observed.runs) == (2 if left is None else 1)
        assert (each.agent.observed.outside, each.agent.observed.elsewhere) == (left or (0, 0))


def test_runs_of_an_agent_that_was_not_read_are_a_gap() -> None:
    assert inventory(agent()).gaps == ()
    gaps = Collected(records=(of_runs(ran({})),)).inventory().gaps
    assert [gap.what for gap in gaps if "agent" in gap.what] == ["the agent of some runs"]


@pytest.mark.parametrize(("runs", "why"), [((), "not compared"), ((ran({"tool:a": 3}),), "not seen")])
def test_what_ran_before_and_was_not_seen_now_settles_no_question(runs: Any, why: str) -> None:
    def report(*some: dict[str, Any], last: Previous | None = None) -> Report:
        collected = Collected((Source("platform", "t", NOW),), found(A, *some).records)
        order = Order(Selection(), Controller(None, "Title", None, None), NOW, previous=last)
        return pipeline.run(collected, order).report

    before = of_report(json.render(report(ran({"tool:a": 3, "tool:undeclared": 1}))).data, "t")
    since = report(*runs, last=before).since
    assert since is not None
    assert [(each.key, each.why) for each in since.gone] == [("observed", why)]
    assert "settled" not in since.words
