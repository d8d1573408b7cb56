"""What agents answer, as a report says it, which holds no schemas."""

from __future__ import annotations

from reporter.review.answers import Declared, Said, parts, said
from reporter.view.report import Report


def in_report(report: Report) -> tuple[Said, ...]:
    """What the agents of a report say."""
    found = []
    for agent in report.agents:
        pairs = (
            (
                (each.kind, each.name),
                Declared(None, parts((each.action_profile, each.params_data_categories, each.result_data_categories))),
            )
            for each in agent.span_types
        )
        found.append(said(agent.id, agent.name, pairs))
    return tuple(found)
