"""What reading operations ask of the store, whether over a ``GET`` or as part of a bulk request."""

from __future__ import annotations

from typing import Any

from reporter.registry.clock import parsed
from reporter.registry.faults import invalid_fields
from reporter.registry.paging import Page, listed
from reporter.registry.platform import Platform, success
from reporter.registry.store import Row


def one_of(platform: Platform, table: str, row_id: str | None, external_identifier: str | None) -> Row:
    """The row that exactly one of two names stands for.

    Raises:
        ApiFault: 404 for no such row; 422 for no name, or both.
    """
    if (row_id is None) == (external_identifier is None):
        raise invalid_fields({f"{table}_id": ["give either this or external_identifier"]})
    if row_id is not None:
        return platform.existing(table, row_id)
    row = platform.store.find(table, external_identifier=external_identifier)
    return platform.existing(table, row["id"] if row else None)


def agent_details(
    platform: Platform, agent: Row, environment_id: str | None = None, *, with_rollup: bool = False
) -> Row:
    """``GET /agent/{id}`` and ``GET /agent/show``: the details, and beside them the roll-up if it was asked for."""
    details = platform.answers.agent(agent, detailed=True, environment_id=environment_id)
    if not with_rollup:
        return success(details)
    return success(details, risk_rollup=platform.answers.risk_rollup(agent["id"], environment_id))


def agents(platform: Platform, page: Page, **filters: str | None) -> Row:
    """``GET /agent``; a filter of an empty value or ``null`` means those without one."""
    where = {name: None if value in ("", "null") else value for name, value in filters.items() if value is not None}
    return listed(platform.store, "agent", page, platform.answers.agent, where)


def environments(platform: Platform, page: Page, account_id: str) -> Row:
    """``GET /environment``.

    Raises:
        ApiFault: 404 for another account.
    """
    platform.existing("account", account_id)
    return listed(platform.store, "environment", page, platform.answers.environment)


def of_agent(platform: Platform, table: str, page: Page, agent_id: str, **where: Any) -> Row:
    """A list that is an agent's: its versions, schema versions, deployments or runs.

    Raises:
        ApiFault: 404 for no such agent.
    """
    platform.existing("agent", agent_id)
    summaries = {
        "agent_version": platform.answers.agent_version,
        "agent_schema_version": platform.answers.agent_schema_version,
        "agent_deployment": platform.answers.agent_deployment,
        "agent_instance": platform.answers.agent_instance,
    }
    return listed(platform.store, table, page, summaries[table], {"agent_id": agent_id, **where})


def spans(
    platform: Platform,
    page: Page,
    named: dict[str, str | None],
    window: tuple[str | None, str | None] = (None, None),
    *,
    with_summary: bool = False,
    with_risk: bool = False,
) -> Row:
    """``GET /agent_spans``.

    Args:
        platform: The platform.
        page: Which part of the list.
        named: ``agent_id`` and ``agent_instance_id``, at least one of them set.
        window: From when to when they started, both ends within, either open.
        with_summary: Answer with summaries.
        with_risk: Answer with scores.

    Raises:
        ApiFault: 422 without an agent or a run, or for no time.
    """
    where = {name: value for name, value in named.items() if value is not None}
    if not where:
        raise invalid_fields({"agent_instance_id": ["is required, or agent_id"]})
    started = [
        (f"julianday(started_at) {sign} julianday(?)", parsed(moment, field))
        for field, sign, moment in zip(("start_time", "end_time"), (">=", "<="), window, strict=True)
        if moment is not None
    ]

    def summary(row: Row) -> Row:
        return platform.answers.listed_span(row, with_summary=with_summary, with_risk=with_risk)

    return listed(platform.store, "agent_span", page, summary, where, also=started)


def without_sensitive(value: Any) -> Any:
    """A payload with the ``value`` of everything that is marked ``$sensitive`` taken out."""
    if isinstance(value, list):
        return [without_sensitive(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = value | {"value": None} if "$sensitive" in value else value
    return {name: without_sensitive(each) for name, each in kept.items()}
