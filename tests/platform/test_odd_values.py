"""Any JSON in place of any value of any answer: the run ends as it should, and what is lost is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from builders import NOW
from far_end import Answer, Asked, Raw, account, far_end, of_agent, said
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from reporter.declared.scope import Selection
from reporter.errors import DatariskError
from reporter.order import Order
from reporter.pipeline import run
from reporter.plain.language import ENGLISH
from reporter.prefactor.credentials import Access
from reporter.sources.platform import Platform
from reporter.view.report import Controller

AGENTS = 2
KNOWN = account(AGENTS, owner_person_id="p", team_id="t", risk_profile_id="r", account_id="acc") | {
    "/person": [{"type": "person", "id": "p", "name": "R"}],
    "/team": [{"type": "team", "id": "t", "name": "T"}],
    "/risk_profile/r": {"type": "risk_profile", "id": "r"},
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "x"]), inner, max_size=2),
    max_leaves=5,
)

#: What an agent declares, and what of it is in force, is for the agent to say: another value is another answer.
FREE = {"data_risk", "span_type_schemas", "status", "name"}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            if key not in FREE:
                yield from places(item, (*path, key))


def replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    if not path:
        return by
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], by)
    return copy


def answers() -> dict[str, Any]:
    """Every answer that a faultless platform gives, by what it was asked."""
    with far_end(KNOWN, of_agent) as place:
        assert not Platform(Access(place.url, SecretStr("t"), "t"), Selection(), NOW).collect().inventory().gaps
        asked = list({key(each): each for each in place.asked}.values())
        return {key(each): json.loads(body_of(place.answer(each))) for each in asked}


def body_of(answer: Answer) -> bytes:
    assert not isinstance(answer, Raw)
    return answer[2]


def key(asked: Asked) -> str:
    return f"{asked.path}?{asked.query.get('agent_id')}"


FAULTLESS = answers()
EVERY = [(name, path) for name, answer in FAULTLESS.items() for path in places(answer)]


def test_every_answer_has_places_to_put_something_odd_in() -> None:
    assert len(FAULTLESS) == 3 + 5 * AGENTS + 3
    assert len(EVERY) > 150


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(EVERY), JSON)
def test_an_odd_value_never_ends_a_run_and_never_hides_what_it_costs(odd: tuple[str, tuple[Any, ...]], by: Any) -> None:
    name, path = odd

    def answer(asked: Asked, times: int) -> Answer | None:
        given = FAULTLESS.get(key(asked))
        return None if given is None else said(replaced(given, path, by) if key(asked) == name else given)

    with far_end(KNOWN, answer) as place:
        try:
            collected = Platform(Access(place.url, SecretStr("t"), "t", 5), Selection(), NOW).collect()
        except DatariskError as error:
            assert error.exit_status == 3  # noqa: PT017
            return
    view = run(collected, Order(Selection(), Controller(None, "T", None, None), NOW, language=ENGLISH)).report
    if view.complete:
        assert {agent.id for agent in view.agents} == {f"a{n}" for n in range(AGENTS)}
        versions = [version.id for agent in view.agents for version in agent.schema_versions]
        assert sorted(versions) == [f"v{n}" for n in range(AGENTS)]
