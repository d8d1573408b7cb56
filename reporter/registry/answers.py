"""What the API says of each thing: the row of a list, and the details of one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from reporter.prefactor.registration import AgentInstance, AgentInstanceSpanCounts
from reporter.registry import risk, schemas
from reporter.registry.store import Row, Store

_INSTANCE_STATES: Final = ("pending", "active", "complete", "failed", "cancelled", "terminated")
_SPAN_STATES: Final = _INSTANCE_STATES[:-1]
_TIMES: Final = ("inserted_at", "updated_at")


@dataclass(frozen=True, slots=True)
class Answers:
    """Builds answers from a store's rows; each method's shape is that of the operation it names.

    Attributes:
        store: Where the rows are.
        fill_unknown: Whether undeclared data risk is answered as declared ``unknown``.
    """

    store: Store
    fill_unknown: bool = True

    def account(self, row: Row) -> Row:
        """``GET /account`` and ``GET /account/{id}``."""
        return _some(row, "account", "id", "name")

    def environment(self, row: Row) -> Row:
        """``GET /environment`` and ``GET /environment/{id}``."""
        return self._owned(row, "environment", "id", "name", "description", "external_identifier", "purpose")

    def team(self, row: Row, *, detailed: bool = False) -> Row:
        """``GET /team``; detailed, ``GET /team/{id}``."""
        people = sum(row["id"] in person["team_ids"] for person in self.store.select("person"))
        counted = {"agent_count": self.store.count("agent", {"team_id": row["id"]}), "people_count": people}
        return _some(row, "team", "id", "name", *(_TIMES if detailed else ())) | counted

    def person(self, row: Row, *, detailed: bool = False) -> Row:
        """``GET /person``; detailed, ``GET /person/{id}``."""
        return _some(row, "person", "id", "name", "email", "title", "team_ids", *(_TIMES if detailed else ()))

    def risk_profile(self, row: Row, *, detailed: bool = False) -> Row:
        """``GET /risk_profile``, without the rules; detailed, ``GET /risk_profile/{id}``."""
        summary = _some(row, "risk_profile", "id", "name", "description")
        if not detailed:
            return summary
        agreed = {"agreed_data_risk": risk.agreed(row["ruleset"])}
        return summary | agreed | {name: row[name] for name in (*_TIMES, "ruleset")}

    def api_token(self, row: Row) -> Row:
        """``GET /api_token``; never the secret, of which only a digest is kept."""
        fields = ("id", "token_scope", "agent_id", "environment_id", "agent_deployment_id")
        state = ("expires_at", "last_used_at", "status")
        return self._owned(row, "api_token", *fields, *state, *_TIMES) | {"created_by_admin_user_id": None}

    def agent(self, row: Row, *, detailed: bool = False, environment_id: str | None = None) -> Row:
        """``GET /agent``; detailed, ``GET /agent/{id}``, its counts those of one environment if that is named."""
        columns = ("id", "name", "description", "external_identifier", "owner_person_id", "team_id")
        counts = self._instance_counts(row["id"], environment_id)
        ever = self.store.count("agent_instance", {"agent_id": row["id"]}) > 0
        retired = bool(row["retired"])
        answer = _some(row, "agent", *columns, *_TIMES) | {
            "status": "retired" if retired else "active" if ever else "pending",
            "available_actions": {
                "update": True,
                "retire": not retired,
                "reinstate": retired,
                "delete": not ever,
            },
            "instance_counts": counts,
            "last_activity_span_at": self._last_span({"agent_id": row["id"]}),
        }
        return answer | {"risk_profile_id": row["risk_profile_id"]} if detailed else answer

    def agent_version(self, row: Row, *, detailed: bool = False) -> Row:
        """``GET /agent_version``, with levels; detailed, ``GET /agent_version/{id}``, with the environment."""
        columns = ("id", "agent_id", "agent_schema_version_id", "external_identifier", *_TIMES)
        deployments = self.store.select("agent_deployment", {"current_version_id": row["id"]})
        answer = self._owned(row, "agent_version", *columns) | {
            "current_agent_deployment_refs": [each["id"] for each in deployments],
            "external_identifier_repeats": self._repeats("agent_version", row),
        }
        if detailed:
            return answer | {"runtime_environment": row["document"].get("runtime_environment")}
        declared = self.span_types(row["id"])
        seen = self._spans_of_version(row["id"])
        return answer | {
            "theoretical_classification": risk.highest(declared.values()) if declared else None,
            "observed_classification": risk.highest(_picked(declared, seen)) if seen else None,
        }

    def agent_schema_version(self, row: Row, *, detailed: bool = False) -> Row:
        """``GET /agent_schema_version``; detailed, ``GET /agent_schema_version/{id}``, with the three maps."""
        columns = ("id", "agent_id", "external_identifier", *_TIMES)
        deployments = self.store.query(
            "SELECT d.id FROM agent_deployment d JOIN agent_version v ON v.id = d.current_version_id "
            "WHERE v.agent_schema_version_id = ? ORDER BY d.id",
            [row["id"]],
        )
        answer = self._owned(row, "agent_schema_version", *columns) | {
            "current_agent_deployment_refs": [each["id"] for each in deployments],
            "external_identifier_repeats": self._repeats("agent_schema_version", row),
        }
        if detailed:
            return answer | schemas.details(row["document"], fill_unknown=self.fill_unknown)
        return answer | {"span_schemas_count": row["span_schemas_count"]}

    def agent_deployment(self, row: Row) -> Row:
        """``GET /agent_deployment`` and ``GET /agent_deployment/{id}``."""
        columns = ("id", "agent_id", "environment_id", "current_version_id", *_TIMES)
        return self._owned(row, "agent_deployment", *columns)

    def agent_instance(self, row: Row, *, detailed: bool = False) -> Row:
        """``GET /agent_instance``; detailed, ``GET /agent_instance/{id}`` and what every write to a run answers."""
        by_name = self._spans_of_run(row["id"])
        templates = self._quality_templates(row) if detailed else {}
        run = AgentInstance.model_validate(
            self._owned(row, "agent_instance", *row)
            | {
                "span_counts": self._span_counts(row["id"]),
                "quality_summaries": {
                    name: words
                    for name, payload in row["quality_payloads"].items()
                    if (words := schemas.rendered(templates.get(name), payload)) is not None
                },
            }
        )
        reckoned = {
            "last_activity_span_at": self._last_span({"agent_instance_id": row["id"]}),
            "raised_alert_count": 0,
            "risk_score": self._risk_score(row, by_name),
        }
        if detailed:
            more: Row = {"cost_breakdown": None, "span_schema_counts": {"by_name": by_name}}
            if schemas.OLDER_QUALITY in row["quality_payloads"]:  # where clients that know only one look for it
                more["quality_payload"] = row["quality_payloads"][schemas.OLDER_QUALITY]
                more["quality_summary"] = (run.quality_summaries or {}).get(schemas.OLDER_QUALITY)
            return run.model_dump(mode="json") | reckoned | more
        of_details = {"span_counts", "quality_payloads", "quality_summaries", "agent_deployment_id"}
        return run.model_dump(mode="json", exclude=of_details) | reckoned

    def agent_span(self, row: Row, *, with_summary: bool = True) -> Row:
        """``GET /agent_spans/{id}``, and what every write to a span answers."""
        instance = self.store.get("agent_instance", row["agent_instance_id"])
        entry = self.span_types(instance["agent_version_id"]).get(row["schema_name"], {})
        encoded = json.dumps([row["payload"], row["result_payload"]])
        columns = ("id", "agent_id", "agent_instance_id", "parent_span_id", "schema_name", "status")
        words = schemas.rendered(entry.get("template"), row["payload"] | (row["result_payload"] or {}))
        return self._owned(row, "agent_span", *columns, "payload", "result_payload", "started_at", "finished_at") | {
            "schema_title": schemas.title(entry) if entry else row["schema_name"],
            "data_risk": schemas.data_risk(entry, fill_unknown=self.fill_unknown),
            "payload_byte_size_estimate": len(encoded),
            "purpose": "activity",
            "sensitive_encoding": '"$sensitive":' in encoded,
            "summary": words if with_summary else None,
        }

    def listed_span(self, row: Row, *, with_summary: bool = False, with_risk: bool = False) -> Row:
        """``GET /agent_spans``: a span with its own score, which is null unless it was asked for."""
        answer = self.agent_span(row, with_summary=with_summary)
        ruleset = self._ruleset(row["agent_id"]) if with_risk else None
        if ruleset is None:
            return answer | {"risk_score": None, "risk_level": None}
        score = risk.type_score(answer, ruleset)
        return answer | {"risk_score": score, "risk_level": risk.level(score, ruleset)}

    def risk_rollup(self, agent_id: str, environment_id: str | None = None) -> Row:
        """The sibling of the details of ``GET /agent/{id}``: what current versions declare, and what of it ran."""
        where = {"agent_id": agent_id} | ({"environment_id": environment_id} if environment_id else {})
        pinned = {row["current_version_id"] for row in self.store.select("agent_deployment", where)} - {None}
        versions = {self.store.get("agent_version", each)["agent_schema_version_id"]: each for each in pinned}
        declared: list[Row] = []
        observed: list[Row] = []
        for version_id in sorted(versions.values()):
            entries = self.span_types(version_id)
            declared.extend(entries.values())
            observed.extend(_picked(entries, self._spans_of_version(version_id, environment_id)))
        return {"theoretical_risk": risk.rollup(declared), "observed_risk": risk.rollup(observed)}

    def span_types(self, agent_version_id: str) -> dict[str, Row]:
        """The span types of the schema version that an agent version leads to, by name."""
        version = self.store.get("agent_version", agent_version_id)
        return schemas.span_types(
            self.store.get("agent_schema_version", version["agent_schema_version_id"])["document"]
        )

    def _owned(self, row: Row, kind: str, *columns: str) -> Row:
        return _some(row, kind, *columns) | {"account_id": self.store.account_id}

    def _repeats(self, table: str, row: Row) -> int:
        same = {name: row[name] for name in ("agent_id", "external_identifier")}
        return self.store.count(table, same)

    def _instance_counts(self, agent_id: str, environment_id: str | None) -> Row:
        where = {"agent_id": agent_id} | ({"environment_id": environment_id} if environment_id else {})
        counts = self.store.counts("agent_instance", "status", where)
        by_state = {state: counts.get(state, 0) for state in _INSTANCE_STATES}
        finished = sum(by_state[state] for state in _INSTANCE_STATES[2:])
        return {"total": sum(by_state.values()), **by_state, "finished": finished}

    def _span_counts(self, instance_id: str) -> AgentInstanceSpanCounts:
        counts = self.store.counts("agent_span", "status", {"agent_instance_id": instance_id})
        finished = sum(counts.get(state, 0) for state in _SPAN_STATES[2:])
        by_state = {state: counts.get(state, 0) for state in _SPAN_STATES}
        return AgentInstanceSpanCounts(total=sum(counts.values()), finished=finished, **by_state)

    def _spans_of_run(self, instance_id: str) -> dict[str, int]:
        return self.store.counts("agent_span", "schema_name", {"agent_instance_id": instance_id})

    def _spans_of_version(self, version_id: str, environment_id: str | None = None) -> dict[str, int]:
        rows = self.store.query(
            "SELECT s.schema_name, count(*) AS n FROM agent_span s JOIN agent_instance i "
            "ON i.id = s.agent_instance_id WHERE i.agent_version_id = ?1 "
            "AND (?2 IS NULL OR i.environment_id = ?2) GROUP BY s.schema_name",
            [version_id, environment_id],
        )
        return {row["schema_name"]: row["n"] for row in rows}

    def _quality_templates(self, instance: Row) -> dict[str, Any]:
        version = self.store.get("agent_version", instance["agent_version_id"])
        document = self.store.get("agent_schema_version", version["agent_schema_version_id"])["document"]
        return {entry["name"]: entry.get("template") for entry in schemas.entries(document, "quality_schemas")}

    def _last_span(self, where: Row) -> str | None:
        last = self.store.select("agent_span", where, order="rowid DESC", limit=1)
        return str(last[0]["finished_at"] or last[0]["started_at"] or last[0]["inserted_at"]) if last else None

    def _ruleset(self, agent_id: str) -> Row | None:
        profile_id = self.store.get("agent", agent_id)["risk_profile_id"]
        return self.store.get("risk_profile", profile_id)["ruleset"] if profile_id else None

    def _risk_score(self, instance: Row, spans: dict[str, int]) -> Row | None:
        ruleset = self._ruleset(instance["agent_id"])
        if ruleset is None:
            return None
        return risk.score(spans, self.span_types(instance["agent_version_id"]), ruleset)


def _some(row: Row, kind: str, *columns: str) -> Row:
    return {"type": kind, **{name: row[name] for name in columns}}


def _picked(entries: dict[str, Row], names: Iterable[str]) -> list[Row]:
    return [entries[name] for name in names if name in entries]
