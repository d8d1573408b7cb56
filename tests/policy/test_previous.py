"""What the last report knew: it comes back as it was, and no silence since settles a question."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from builders import NOW, agent, risk, schema_version, span_type
from hypothesis import event, given
from hypothesis import strategies as st
from strategies import data_risks, decided, silenced

from reporter import pipeline
from reporter.declared.model import BaselineFile, Source
from reporter.declared.scope import Selection
from reporter.errors import UsageError
from reporter.gate import baseline, previous
from reporter.order import Order
from reporter.plain.canonical import digest
from reporter.prefactor import records
from reporter.prefactor.records import Collected
from reporter.prefactor.shapes import Unit, units
from reporter.render import json as as_json
from reporter.review import answers
from reporter.review.previous import Previous
from reporter.view.report import Controller
from reporter.view.since import Since


def run(risks: list[Any], last: Previous | None = None) -> pipeline.Run:
    """A run about one agent of span types that declare this."""
    values = [agent(), schema_version("v1", *(span_type(f"t{n}", each) for n, each in enumerate(risks)))]
    kept = tuple(
        records.record(unit.kind, unit.value, source="s", location=f"s#{unit.pointer}", agent_id="a1")
        for unit in units(values)
        if isinstance(unit, Unit)
    )
    order = Order(Selection(), Controller(None, "t", None, None), NOW, previous=last)
    return pipeline.run(Collected((Source("file", "s", NOW),), kept), order)


def since(risks: list[Any], last: Previous) -> Since:
    """What a later run says."""
    found = run(risks, last).report.since
    assert found is not None
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("last")


def read(folder: Path, data: bytes) -> Previous:
    (folder / "b.json").write_bytes(data)
    return previous.read(folder / "b.json")


RISKS = st.lists(st.one_of(st.none(), data_risks), min_size=1, max_size=4)


@given(RISKS)
def test_held_against_itself_nothing_is_new_changed_or_gone_and_what_is_kept_comes_back(
    folder: Path, risks: list[Any]
) -> None:
    first = run(risks)
    of_report = read(folder, as_json.render(first.report).data)
    of_answers = read(folder, baseline.to_bytes(first.report, answers.in_scope(first.scope.agents)))
    assert (of_report.knows, of_answers.knows) == ("issues", "answers")
    for last in (of_report, of_answers):
        assert previous.again(previous.kept(last)) == last
        told = run(risks, last).report
        assert told.since is not None
        assert told.since.words.endswith("no question is new or changed.")
        assert {issue.since for each in told.agents for issue in each.issues} <= {"known"}
        assert not any((told.since.new, told.since.changed, told.since.reopened, told.since.gone, told.since.changes))


@given(st.data(), RISKS)
def test_answers_that_are_taken_back_settle_no_question(folder: Path, data: st.DataObject, risks: list[Any]) -> None:
    if not any(map(decided, risks)):
        return
    last = read(folder, as_json.render(run(risks).report).data)
    told = since(silenced(data.draw, risks), last)
    assert {each.why for each in told.gone} <= {"unanswered"}
    assert not told.answered
    assert not told.accepted
    event("gone" if told.gone else "all there")


def test_what_another_program_kept_is_refused() -> None:
    with pytest.raises(UsageError, match=r"baseline of the snapshot: not kept by this program .*--baseline"):
        previous.again(BaselineFile("b.json", digest(b"{}"), "{}"))


def test_an_answer_taken_back_where_others_were_missing_already_is_worse(folder: Path) -> None:
    before = risk("contact_information")
    before["params_data_categories"]["minors_data"] = "unknown"
    after = json.loads(json.dumps(before))
    after["result_data_categories"]["health_and_medical"] = "unknown"
    swapped = json.loads(json.dumps(after))
    swapped["params_data_categories"]["minors_data"] = "excluded"
    last = read(folder, as_json.render(run([before]).report).data)
    for now in (after, swapped):
        told = since([now], last)
        [unanswered] = [each for each in run([now], last).report.agents[0].issues if each.key == "unanswered"]
        assert unanswered.id in told.worse
