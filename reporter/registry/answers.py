"""What the API says of each kind of thing: the row of a list, the details of one, and the page that a list comes in."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import BaseModel

from reporter.registry import schemas
from reporter.registry.access import ApiFault, Caller, digest_of, invalid, not_found
from reporter.registry.store import ALL, Row, Store, Where

MAX_PAGE_SIZE: Final = 100
#: The platform documents no default; a reader must not lean on this one.
DEFAULT_PAGE_SIZE: Final = 100
#: SQLite counts rows in 64 bits.
MAX_OFFSET: Final = 2**53

_MAX_KEY: Final = 128
_TAKEN: Final = re.compile(r"UNIQUE constraint failed: .*?(\w+)$")
_TIMES: Final = ("inserted_at", "updated_at")
_STATES: Final = ("pending", "active", "complete", "failed", "cancelled", "terminated")

Direction = Literal["asc", "desc"]


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is asked for: rows to skip, rows at most, and the field and direction of the order."""

    offset: int = 0
    size: int = DEFAULT_PAGE_SIZE
    field: str = "id"
    direction: Direction = "asc"


def sorting(word: str | None, field: str | None, direction: str | None) -> tuple[str, Direction]:
    """What to sort by: ``name`` or ``-name``, or the same in two parameters, which win; 422 for no direction."""
    if direction not in (None, "asc", "desc"):
        raise invalid({"sorting[direction]": ["must be asc or desc"]})
    if field is not None:
        return field, "desc" if direction == "desc" else "asc"
    word = word or "id"
    descending = word.startswith("-") or direction == "desc"
    return word.removeprefix("-"), "desc" if descending else "asc"


def pagination(page: Page, received: int, total: int) -> Row:
    """Where a page stands in its list."""
    end = page.offset + received
    return {
        "item_count": total,
        "item_start": page.offset + 1 if received else 0,
        "item_end": end if received else 0,
        "page_count": -(-total // page.size),
        "page_index": page.offset // page.size + 1,
        "page_offset": page.offset,
        "page_size": page.size,
        "next_page_offset": end if received and end < total else None,
        "previous_page_offset": max(0, page.offset - page.size) if page.offset else None,
    }


def success(details: Row, **siblings: Any) -> Row:
    """The envelope of one thing: ``{status: success, details}`` and what stands beside it."""
    return {"status": "success", "details": details, **siblings}


@dataclass(frozen=True, slots=True)
class Platform:
    """One running registry, on which every operation works; for ``fill_unknown`` see ``create_app``."""

    store: Store
    fill_unknown: bool = True

    def existing(self, table: str, row_id: str | None) -> Row:
        """The row with an id; 404 where it is not there."""
        row = self.store.find(table, id=row_id) if row_id else None
        if row is None:
            raise not_found()
        return row

    def one_of(self, table: str, row_id: str | None, external_identifier: str | None) -> Row:
        """The row that exactly one of two names stands for; 404 for no such row, 422 for no name, or both."""
        if (row_id is None) == (external_identifier is None):
            raise invalid({f"{table}_id": ["give either this or external_identifier"]})
        if row_id is not None:
            return self.existing(table, row_id)
        row = self.store.find(table, external_identifier=external_identifier)
        return self.existing(table, row["id"] if row else None)

    def of(self, kind: str, row: Row, *, detailed: bool = False) -> Row:
        """A row as ``GET /{kind}`` lists it; detailed, as ``GET /{kind}/{id}`` and every write answer it."""
        shape = KINDS[kind]
        known = row | {"type": kind, "account_id": self.store.account_id}
        columns = ("type", *shape.listed, *(shape.details if detailed else ()))
        return {name: known[name] for name in columns} | shape.reckoned(self, row, detailed=detailed)

    def details(
        self, kind: str, row: Row, *, environment_id: str | None = None, include_risk_rollup: bool = False
    ) -> Row:
        """The envelope of one thing's details; an agent's counts and roll-up are those of one environment if named."""
        answer = success(self.of(kind, row, detailed=True))
        if environment_id:
            answer["details"]["instance_counts"] = self.instance_counts(row["id"], environment_id)
        if include_risk_rollup:
            answer["risk_rollup"] = self._rollup(row["id"], environment_id)
        return answer

    def listed(self, kind: str, page: Page, where: Where = ALL, summary: Callable[[Row], Row] | None = None) -> Row:
        """One page of the rows that match; 422 for a field that this list cannot be sorted by."""
        if page.field not in ("id", *_TIMES, *KINDS[kind].sorts):
            raise invalid({"sorting": [f"{page.field} is no field that this list can be sorted by"]})
        # Rows go in as time goes by; times as text do not sort within a second.
        column = "rowid" if page.field == "inserted_at" else page.field
        order = f"{column} {page.direction}, id {page.direction}"
        rows = self.store.select(kind, where, order=order, offset=page.offset, limit=page.size)
        return {
            "status": "success",
            "summaries": [summary(row) if summary else self.of(kind, row) for row in rows],
            "pagination": pagination(page, len(rows), self.store.count(kind, where)),
            "sorting": {"field": page.field, "direction": page.direction},
        }

    def listed_span(self, row: Row, *, with_summary: bool = False, with_risk: bool = False) -> Row:
        """A row of ``GET /agent_spans``: a span with its own score, which is null unless it was asked for."""
        answer: Row = self.of("agent_span", row) | {"risk_score": None, "risk_level": None}
        if not with_summary:
            answer["summary"] = None
        if with_risk and (ruleset := self.ruleset(row["agent_id"])):
            answer["risk_score"] = schemas.type_score(answer, ruleset)
            answer["risk_level"] = schemas.level(answer["risk_score"], ruleset)
        return answer

    def once(self, caller: Caller, operation: str, body: BaseModel, write: Callable[[], Row]) -> Row:
        """A write as one transaction, done once for each idempotency key, which body or head may carry.

        The same key of the same caller with the same operation and body gets the first answer again; only what
        succeeded is remembered. Beside what ``write`` raises, 422 for a key that is too long or that another request
        used, and for a row that refers to what is not there or takes what is taken.
        """
        key = getattr(body, "idempotency_key", None) or caller.idempotency_key
        if key and len(key) > _MAX_KEY:
            raise invalid({"idempotency_key": [f"is longer than {_MAX_KEY} characters"]})
        document = body.model_dump(mode="json", by_alias=True, exclude_unset=True)
        request = {"operation": operation, "digest": digest_of(document)}
        key_id = f"{caller.token_id}:{key}"
        with self.store.transaction():
            earlier = self.store.find("request", id=key_id) if key else None
            if earlier is None:
                try:
                    answer = write()
                except sqlite3.IntegrityError as error:
                    if taken := _TAKEN.search(str(error)):
                        raise invalid({taken[1]: ["is taken"]}) from error
                    raise ApiFault(422, "unexpected_ref_type", "It refers to something that is not there") from error
                if key:
                    self.store.insert("request", id=key_id, answer=answer, **request)
                return answer
        if {name: earlier[name] for name in request} != request:
            raise ApiFault(422, "idempotency_key_already_used", "Another request used this idempotency key")
        remembered: Row = earlier["answer"]
        return remembered

    def document_of(self, agent_version_id: str) -> Row:
        """What was registered in the schema version that an agent version leads to."""
        version = self.store.get("agent_version", agent_version_id)
        document: Row = self.store.get("agent_schema_version", version["agent_schema_version_id"])["document"]
        return document

    def span_types(self, agent_version_id: str) -> dict[str, Row]:
        """The span types of the schema version that an agent version leads to, by name."""
        return schemas.span_types(self.document_of(agent_version_id))

    def ruleset(self, agent_id: str) -> Row | None:
        """The rules of an agent's risk profile, by which it is scored; None without a profile."""
        profile_id = self.store.get("agent", agent_id)["risk_profile_id"]
        return self.store.get("risk_profile", profile_id)["ruleset"] if profile_id else None

    def last_span(self, where: Where) -> str | None:
        """When the last span of an agent or a run ended, or else began."""
        last = self.store.select("agent_span", where, order="rowid DESC", limit=1)
        return str(last[0]["finished_at"] or last[0]["started_at"] or last[0]["inserted_at"]) if last else None

    def spans_of_version(self, version_id: str, environment_id: str | None = None) -> dict[str, int]:
        """How many spans of each type ran under an agent version, in one environment if that is named."""
        rows = self.store.query(
            "SELECT s.schema_name, count(*) AS n FROM agent_span s JOIN agent_instance i "
            "ON i.id = s.agent_instance_id WHERE i.agent_version_id = ?1 "
            "AND (?2 IS NULL OR i.environment_id = ?2) GROUP BY s.schema_name",
            [version_id, environment_id],
        )
        return {row["schema_name"]: row["n"] for row in rows}

    def instance_counts(self, agent_id: str, environment_id: str | None = None) -> Row:
        """How many runs an agent has, in each state and in all, in one environment if that is named."""
        where = {"agent_id": agent_id} | ({"environment_id": environment_id} if environment_id else {})
        return _counted(self.store.counts("agent_instance", "status", where), _STATES)

    def _rollup(self, agent_id: str, environment_id: str | None) -> Row:
        """What current versions declare, and what of it ran."""
        where = {"agent_id": agent_id} | ({"environment_id": environment_id} if environment_id else {})
        pinned = {row["current_version_id"] for row in self.store.select("agent_deployment", where)} - {None}
        # Several versions may lead to one schema version, whose span types are to count once.
        versions = {self.store.get("agent_version", each)["agent_schema_version_id"]: each for each in pinned}
        types = {version_id: self.span_types(version_id) for version_id in sorted(versions.values())}
        seen = [_picked(types[each], self.spans_of_version(each, environment_id)) for each in types]
        return {
            "theoretical_risk": schemas.rollup([entry for entries in types.values() for entry in entries.values()]),
            "observed_risk": schemas.rollup([entry for entries in seen for entry in entries]),
        }


def _counted(counts: dict[str, int], states: Iterable[str]) -> Row:
    by_state = {state: counts.get(state, 0) for state in states}
    finished = sum(number for state, number in by_state.items() if state not in ("pending", "active"))
    return {"total": sum(by_state.values()), **by_state, "finished": finished}


def _picked(entries: dict[str, Row], names: Iterable[str]) -> list[Row]:
    return [entries[name] for name in names if name in entries]


# What is not kept but reckoned for each kind, given its row and whether details are asked for.


def _of_team(here: Platform, row: Row, **_: bool) -> Row:
    people = sum(row["id"] in person["team_ids"] for person in here.store.select("person"))
    return {"agent_count": here.store.count("agent", {"team_id": row["id"]}), "people_count": people}


def _of_agent(here: Platform, row: Row, **_: bool) -> Row:
    counts = here.instance_counts(row["id"])
    ever, retired = counts["total"] > 0, bool(row["retired"])
    return {
        "status": "retired" if retired else "active" if ever else "pending",
        "available_actions": {"update": True, "retire": not retired, "reinstate": retired, "delete": not ever},
        "instance_counts": counts,
        "last_activity_span_at": here.last_span({"agent_id": row["id"]}),
    }


def _of_version(here: Platform, row: Row, *, detailed: bool) -> Row:
    answer = _pinned(here, "agent_version", row)
    if detailed:
        return answer | {"runtime_environment": row["document"].get("runtime_environment")}
    declared, seen = here.span_types(row["id"]), here.spans_of_version(row["id"])
    return answer | {
        "theoretical_classification": schemas.highest(declared.values()) if declared else None,
        "observed_classification": schemas.highest(_picked(declared, seen)) if seen else None,
    }


def _of_schema_version(here: Platform, row: Row, *, detailed: bool) -> Row:
    answer = _pinned(here, "agent_schema_version", row)
    if detailed:
        return answer | schemas.details(row["document"], fill_unknown=here.fill_unknown)
    return answer | {"span_schemas_count": row["span_schemas_count"]}


def _pinned(here: Platform, kind: str, row: Row) -> Row:
    deployments = here.store.query(
        "SELECT d.id FROM agent_deployment d JOIN agent_version v ON v.id = d.current_version_id "
        "WHERE v.id = ?1 OR v.agent_schema_version_id = ?1 ORDER BY d.id",
        [row["id"]],
    )
    same = {name: row[name] for name in ("agent_id", "external_identifier")}
    return {
        "current_agent_deployment_refs": [each["id"] for each in deployments],
        "external_identifier_repeats": here.store.count(kind, same),
    }


def _of_instance(here: Platform, row: Row, *, detailed: bool) -> Row:
    spans = {"agent_instance_id": row["id"]}
    by_name = here.store.counts("agent_span", "schema_name", spans)
    ruleset = here.ruleset(row["agent_id"])
    answer: Row = {
        "last_activity_span_at": here.last_span(spans),
        "raised_alert_count": 0,
        "risk_score": schemas.score(by_name, here.span_types(row["agent_version_id"]), ruleset) if ruleset else None,
    }
    if not detailed:
        return answer
    named = schemas.entries(here.document_of(row["agent_version_id"]), "quality_schemas")
    templates = {entry["name"]: entry.get("template") for entry in named}
    judged = {name: schemas.rendered(templates.get(name), each) for name, each in row["quality_payloads"].items()}
    answer |= {
        "quality_summaries": {name: words for name, words in judged.items() if words is not None},
        "span_counts": _counted(here.store.counts("agent_span", "status", spans), _STATES[:-1]),
        "span_schema_counts": {"by_name": by_name},
        "cost_breakdown": None,
    }
    if schemas.OLDER_QUALITY in judged:  # where clients that know only one look for it
        answer["quality_payload"] = row["quality_payloads"][schemas.OLDER_QUALITY]
        answer["quality_summary"] = judged[schemas.OLDER_QUALITY]
    return answer


def _of_span(here: Platform, row: Row, **_: bool) -> Row:
    run = here.store.get("agent_instance", row["agent_instance_id"])
    entry = here.span_types(run["agent_version_id"]).get(row["schema_name"], {})
    encoded = json.dumps([row["payload"], row["result_payload"]])
    return {
        "schema_title": schemas.title(entry) if entry else row["schema_name"],
        "data_risk": schemas.data_risk(entry, fill_unknown=here.fill_unknown),
        "payload_byte_size_estimate": len(encoded),
        "purpose": "activity",
        "sensitive_encoding": '"$sensitive":' in encoded,
        "summary": schemas.rendered(entry.get("template"), row["payload"] | (row["result_payload"] or {})),
    }


@dataclass(frozen=True, slots=True)
class Kind:
    """The columns that a list says of a thing, those that details say beside them, what else a list can be sorted by.

    ``reckoned`` gives what is said beside columns.
    """

    listed: tuple[str, ...]
    details: tuple[str, ...] = ()
    sorts: tuple[str, ...] = ()
    reckoned: Callable[..., Row] = lambda *_, **__: {}


_OWNED: Final = ("account_id", "id", "agent_id")
_VERSION: Final = (*_OWNED, "external_identifier", *_TIMES)
_COURSE: Final = ("status", "started_at", "finished_at")
KINDS: Final = {
    "account": Kind(("id", "name"), sorts=("name",)),
    "environment": Kind(("account_id", "id", "name", "description", "external_identifier", "purpose"),
                        sorts=("name", "external_identifier")),
    "team": Kind(("id", "name"), _TIMES, ("name",), _of_team),
    "person": Kind(("id", "name", "email", "title", "team_ids"), _TIMES, ("name", "email", "title")),
    "risk_profile": Kind(("id", "name", "description"), (*_TIMES, "ruleset"), ("name",), lambda _, row, *, detailed: (
                         {"agreed_data_risk": schemas.agreed(row["ruleset"])} if detailed else {})),
    "agent": Kind(("id", "name", "description", "external_identifier", "owner_person_id", "team_id", *_TIMES),
                  ("risk_profile_id",), ("name", "external_identifier"), _of_agent),
    "agent_version": Kind((*_VERSION, "agent_schema_version_id"), (), ("external_identifier",), _of_version),
    "agent_schema_version": Kind(_VERSION, (), ("external_identifier",), _of_schema_version),
    "agent_deployment": Kind((*_OWNED, "environment_id", "current_version_id", *_TIMES)),
    "agent_instance": Kind((*_VERSION, "agent_version_id", "environment_id", "termination_reason", "purpose", *_COURSE),
                           ("agent_deployment_id", "quality_payloads"), (*_COURSE, "external_identifier"),
                           _of_instance),
    "agent_span": Kind((*_OWNED, "agent_instance_id", "parent_span_id", "schema_name", "payload", "result_payload",
                        *_COURSE), (), _COURSE, _of_span),
    # Never the secret, of which only a digest is kept; and nobody logs in to a registry, so nobody made it.
    "api_token": Kind((*_OWNED, "token_scope", "environment_id", "agent_deployment_id", "expires_at", "last_used_at",
                       "status", *_TIMES), (), ("status",), lambda *_, **__: {"created_by_admin_user_id": None}),
}  # fmt: skip
