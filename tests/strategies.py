"""Declarations as hypothesis makes them: in the vocabulary, beside it, and missing."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from reporter.model import SpanType
from reporter.prefactor.declarations import declaration
from reporter.vocabulary import ACTION_NAMES, CATEGORY_NAMES, CLASSIFICATION, KINDS, LEVELS

EXTENSIONS = ("vehicle_telematics", "pets")
_numbers = st.integers(-(2**53) + 1, 2**53 - 1)
ODD = st.one_of(st.none(), _numbers, st.text(max_size=5), st.booleans(), st.lists(_numbers, max_size=2))

_categories = st.sampled_from((*CATEGORY_NAMES, *EXTENSIONS))
_answers = st.one_of(st.sampled_from(["included", "excluded", "unknown"]), ODD)
_levels = st.one_of(st.sampled_from([*LEVELS, "unknown"]), ODD)
_side = st.builds(
    lambda answers, level: answers | level,
    st.dictionaries(_categories, _answers, max_size=20),
    st.fixed_dictionaries({}, optional={CLASSIFICATION: _levels}),
)
_actions = st.dictionaries(
    st.sampled_from((*ACTION_NAMES, "launch_rockets")),
    st.one_of(st.sampled_from(["allowed", "disallowed", "unknown"]), ODD),
    max_size=7,
)
data_risks: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.text(max_size=3),
    st.fixed_dictionaries(
        {},
        optional={
            "action_profile": st.one_of(_actions, ODD),
            "params_data_categories": st.one_of(_side, ODD),
            "result_data_categories": st.one_of(_side, ODD),
            "retention": st.text(max_size=5),
        },
    ),
)


@st.composite
def entries(draw: st.DrawFn, max_size: int = 8, min_size: int = 0) -> list[SpanType]:
    """Entries of some schema versions, each at a place of its own."""
    each = st.tuples(data_risks, st.sampled_from(KINDS), st.sampled_from("abc"))
    found = draw(st.lists(each, min_size=min_size, max_size=max_size))
    return [
        SpanType(
            name=f"tool:{name}",
            title=None,
            description=None,
            kind=kind,
            schema_version_id=f"v{name}",
            record_sha256=name * 64,
            pointer=f"/span_type_schemas/{index}",
            declaration=declaration(risk),
        )
        for index, (risk, kind, name) in enumerate(found)
    ]


def span_types() -> st.SearchStrategy[SpanType]:
    """One entry."""
    return entries(min_size=1, max_size=1).map(lambda found: found[0])
