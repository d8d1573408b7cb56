"""Which tables of the register have a sheet of their own in a workbook, and what of them is printed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from reporter.render.tables import annexes, claims
from reporter.render.tables.agreed import AGREED
from reporter.render.tables.asked import ISSUES
from reporter.render.tables.changed import CHANGES
from reporter.render.tables.observed import OBSERVED
from reporter.render.tables.register import EVIDENCE, FINDINGS, LAW, RULES, WAIVERS
from reporter.render.tables.table import Column, Table


class Sheet(NamedTuple):
    """A table as a sheet.

    Attributes:
        printed: The columns that fit on the width of a page, by their keys, with their widths in characters, in the
            order that people read them in. The others stand behind them, for programs and for who looks for them.
        filled_in: Those that are for people to fill in.
        chosen: Those whose values are fixed, with these values.
    """

    table: Table[Any]
    printed: Mapping[str, int]
    filled_in: frozenset[str] = frozenset()
    chosen: Mapping[str, tuple[str, ...]] = {}

    @property
    def columns(self) -> list[tuple[int, Column[Any], int | None]]:
        """Its columns from left to right: the place in the table, the column, and the width where it is printed."""
        places = {key: place for place, key in enumerate(self.table.keys)}
        order = [*self.printed, *(key for key in self.table.keys if key not in self.printed)]
        return [(places[key], self.table.columns[places[key]], self.printed.get(key)) for key in order]


# Widths of a page add up to some 240 characters: on A4, across, that is a print of six or seven points.
ACTIONS: Final = Sheet(
    ISSUES,
    {
        "place": 7, "agent_name": 18, "question": 28, "severity": 10, "certainty": 12, "status": 10, "span_types": 26,
        "consequence": 26, "owner": 13, "decision": 22, "measure": 18, "due": 11, "residual_risk": 13, "dpo_advice": 16,
        "advice_followed": 11, "approved_by": 13,
    },
    frozenset(
        ("owner", "decision", "measure", "due", "residual_risk", "dpo_advice", "advice_followed", "approved_by")
    ),
    {"residual_risk": ("low", "medium", "high"), "advice_followed": ("yes", "no")},
)  # fmt: skip
"""What people have to decide, with room for what they do."""

SHEETS: Final = (
    ACTIONS,
    Sheet(
        FINDINGS,
        {
            "agent_name": 20, "severity": 10, "certainty": 12, "rule": 7, "title": 34, "why": 44, "span_types": 28,
            "categories": 24, "status": 10, "waiver": 14, "question": 40,
        },
    ),
    Sheet(
        AGREED,
        {
            "agent_name": 20, "state": 14, "subject": 12, "label": 40, "by": 14, "span_types": 40, "documents": 40,
            "at_least": 14, "at_most": 14, "platform": 14,
        },
    ),
    Sheet(
        claims.AGENTS,
        {
            "agent_name": 20, "owner": 14, "environments": 15, "coverage": 15, "personal_data": 19,
            "special_category_data": 13, "criminal_offence_data": 15, "childrens_data": 13, "classification": 17,
            "included": 34, "not_ruled_out": 34, "allowed": 24, "actions_not_ruled_out": 24,
        },
    ),
    Sheet(
        claims.SPAN_TYPES,
        {
            "agent_name": 20, "span_type": 30, "title": 26, "kind": 9, "coverage": 15, "reason": 30, "fields_known": 10,
            "flows": 50, "reach": 50,
        },
    ),
    Sheet(
        claims.CLAIMS,
        {
            "agent_name": 20, "span_type": 30, "side": 10, "group": 30, "label": 32, "answer": 16, "declared": 18,
            "outside_vocabulary": 12,
        },
    ),
    Sheet(annexes.DPIA, {"agent_name": 20, "criterion": 11, "title": 36, "answer": 18, "words": 84, "categories": 34}),
    Sheet(
        annexes.ROPA,
        {
            "agent_name": 16, "owner": 12, "role": 11, "a_controller": 20, "b_purposes": 20, "c_data_subjects": 20,
            "c_data_included": 22, "c_data_undetermined": 22, "c_may_be_personal": 18, "d_recipients": 20,
            "e_third_countries": 18, "f_erasure": 16, "g_security": 24, "legal_basis": 18, "special_condition": 14,
        },
    ),
)  # fmt: skip
"""Those of every workbook, as far as they hold anything."""

CHANGED: Final = Sheet(
    CHANGES, {"agent_name": 20, "span_type": 30, "way": 22, "worse": 9, "words": 90, "before": 16, "after": 16}
)
"""What changed since the last report, where a report knows of one."""

RAN: Final = Sheet(
    OBSERVED,
    {"agent_name": 20, "span_type": 34, "standing": 16, "live": 10, "tests": 14, "last_seen": 22, "labels": 40},
)
"""Where somebody asked for what ran."""

PROOF: Final = Sheet(
    EVIDENCE, {"finding_id": 18, "rule": 7, "agent_name": 20, "span_type": 30, "declared": 20, "pointer": 80}
)
"""Where a cell holds less than a finding rests on."""

CARDS: Final[tuple[Table[Any], ...]] = (claims.LEFT_OUT, WAIVERS, RULES, LAW, claims.RECORDS)
"""Those that nobody opens alone."""
