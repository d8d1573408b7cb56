"""What a verdict tells, question by question: each issue with the findings that raise it, and where it is declared.

A reader who sees these and nothing else never sees less than the gate: what keeps it shut and is no question stands
beside them.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

from reporter.declared.model import Cell
from reporter.gate.direction import told
from reporter.gate.policy import Verdict
from reporter.gate.reason import Counted, ReasonKind, Since
from reporter.render.check.places import Place, Placing, Tree
from reporter.review.tables import UNANSWERED
from reporter.view.findings import Issue
from reporter.view.issues import ranked
from reporter.view.report import Agent, Report


@dataclass(frozen=True, slots=True)
class Question:
    """An issue as a check tells it.

    Attributes:
        findings: What raises it, worst first.
        places: Where it is declared, at least one; the first is where to begin.
        failing: Whether it is among what fails the gate, be it by a finding or by what nobody has answered.
        since: Against the baseline: ``changed`` where some of its findings are new or rest on other answers; None
            where there is no baseline.
        worse: Whether it changed and some answer that it rests on is worse than in the baseline.
    """

    agent: Agent
    issue: Issue
    findings: tuple[Counted, ...]
    places: tuple[Place, ...]
    failing: bool
    since: Since | None
    worse: bool = False

    @property
    def settled(self) -> bool:
        """Whether somebody has decided it, and the gate takes that for an answer."""
        return self.issue.status != "open" and not self.failing

    @property
    def is_new(self) -> bool:
        """Whether the baseline lacks it, or knows it with other answers."""
        return self.since in ("new", "changed")

    @property
    def rules(self) -> list[str]:
        """The rules that raise it, each once."""
        return list(dict.fromkeys(each.finding.rule for each in self.findings))


@dataclass(frozen=True, slots=True)
class Beyond:
    """What keeps the gate shut and is no question: in words, and where it is declared."""

    kind: ReasonKind
    words: str
    place: Place | None

    @property
    def key(self) -> tuple[str, ...]:
        """What it is told apart by in the next run: its words, but for those that hold a number."""
        return ("gate", self.kind, self.words if self.place else "")


def questions(report: Report, verdict: Verdict, tree: Tree) -> list[Question]:
    """Every issue, those that fail the gate first, and then in the order in which they need somebody."""
    counted = {each.finding.id: each for each in verdict.findings}
    silent = {agent for reason in verdict.why for agent in reason.agents}
    worse = {(c.agent_id, c.span_type, c.part, c.field) for reason in verdict.why for c in reason.changes}
    placing = Placing(report, tree)
    made = []
    for agent, issue in ranked(report):
        findings = tuple(counted[each] for each in issue.findings if each in counted)
        failing = any(each.blocking for each in findings) or (issue.key == UNANSWERED and agent.id in silent)
        places = tuple(_places(agent, issue, findings, placing))
        since = _since(findings)
        worsened = since == "changed" and _rests_on(findings, agent, worse)
        made.append(Question(agent, issue, findings, places, failing, since, worsened))
    return sorted(made, key=lambda each: not each.failing)


def _since(findings: tuple[Counted, ...]) -> Since | None:
    known = {each.since for each in findings}
    if None in known or not known:
        return None
    return known.pop() if len(known) == 1 else "changed"


def _rests_on(findings: Iterable[Counted], agent: Agent, worse: Container[tuple[str | None, ...]]) -> bool:
    """Whether some answer that findings rest on is among those that are worse."""
    cells = (item for each in findings for item in each.finding.again().evidence if isinstance(item, Cell))
    # A declaration, or a part of it, may be lost as a whole.
    return any(
        (agent.id, cell.span_type, *place) in worse
        for cell in cells
        for place in ((cell.part, cell.field), (cell.part, None), (None, None))
    )


def _places(agent: Agent, issue: Issue, findings: tuple[Counted, ...], placing: Placing) -> Iterator[Place]:
    """Those of its span types, in its order; of what rests on one thing alone, that."""
    # On copies that are forgotten, as in a whole account they are many.
    told_ = [each.finding.again() for each in findings]
    if len(told_) == 1 and len(told_[0].evidence) == 1:
        yield placing.cell(agent, next(iter(told_[0].evidence)))
    else:
        yield from rows(agent, issue, findings, placing)


def rows(agent: Agent, issue: Issue, findings: tuple[Counted, ...], placing: Placing) -> Iterator[Place]:
    """The rows of the span types that findings are about, in an issue's order; without any that of the agent."""
    anchors = dict.fromkeys(each.anchor for found in findings for each in found.finding.again().instances)
    there = placing.rows(agent)
    order = {name: number for number, name in enumerate(issue.span_types)}
    known = [anchor for anchor in anchors if anchor in there]
    for anchor in sorted(known, key=lambda each: order.get(there[each][0], len(order))):
        yield placing.row(agent, anchor)
    if not known:
        yield placing.agent(agent)


def beyond(report: Report, verdict: Verdict, tree: Tree) -> list[Beyond]:
    """What keeps the gate shut besides questions, in the verdict's order."""
    placing = Placing(report, tree)
    asked = {agent.id for agent in report.agents for issue in agent.issues if issue.key == UNANSWERED}
    found = []
    for reason in verdict.why:
        if reason.changes:
            found += [Beyond(reason.kind, words, placing.change(change)) for words, change in told(reason.changes)]
        # Findings, and agents of which too little is answered, are told by their questions, if they have any.
        elif not reason.findings and not (reason.agents and asked.issuperset(reason.agents)):
            found.append(Beyond(reason.kind, reason.words, None))
    return found
