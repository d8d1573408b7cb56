"""The registry's tables, as SQLite knows them.

Times are text as the API writes them. Whatever the caller sent as JSON stays JSON: it is never searched.
"""

from __future__ import annotations

from typing import Final

#: Raised when a table changes; a file of another version is refused, not guessed at.
VERSION: Final = 1

JSON_COLUMNS: Final = frozenset(
    {"team_ids", "ruleset", "document", "quality_payloads", "payload", "result_payload", "answer"}
)

_COLUMNS: Final[dict[str, str]] = {
    "account": "name TEXT NOT NULL",
    "environment": """
        name TEXT NOT NULL, description TEXT, external_identifier TEXT UNIQUE, purpose TEXT NOT NULL""",
    "team": "name TEXT NOT NULL",
    "person": "name TEXT NOT NULL, email TEXT NOT NULL, title TEXT, team_ids TEXT NOT NULL",
    "risk_profile": "name TEXT NOT NULL, description TEXT, ruleset TEXT NOT NULL",
    "agent": """
        name TEXT NOT NULL, description TEXT, external_identifier TEXT UNIQUE, retired INTEGER NOT NULL DEFAULT 0,
        owner_person_id TEXT REFERENCES person, risk_profile_id TEXT REFERENCES risk_profile,
        team_id TEXT REFERENCES team""",
    "agent_schema_version": """
        agent_id TEXT NOT NULL REFERENCES agent ON DELETE CASCADE, external_identifier TEXT NOT NULL,
        span_schemas_count INTEGER NOT NULL, digest TEXT NOT NULL, document TEXT NOT NULL, UNIQUE (agent_id, digest)""",
    "agent_version": """
        agent_id TEXT NOT NULL REFERENCES agent ON DELETE CASCADE, external_identifier TEXT NOT NULL,
        agent_schema_version_id TEXT NOT NULL REFERENCES agent_schema_version ON DELETE CASCADE,
        digest TEXT NOT NULL, document TEXT NOT NULL, UNIQUE (agent_id, digest)""",
    "agent_deployment": """
        agent_id TEXT NOT NULL REFERENCES agent ON DELETE CASCADE, environment_id TEXT NOT NULL REFERENCES environment,
        current_version_id TEXT REFERENCES agent_version ON DELETE SET NULL, UNIQUE (agent_id, environment_id)""",
    "agent_instance": """
        agent_id TEXT NOT NULL REFERENCES agent, agent_version_id TEXT NOT NULL REFERENCES agent_version,
        environment_id TEXT NOT NULL REFERENCES environment,
        agent_deployment_id TEXT NOT NULL REFERENCES agent_deployment,
        external_identifier TEXT, status TEXT NOT NULL, purpose TEXT NOT NULL, termination_reason TEXT,
        started_at TEXT, finished_at TEXT, quality_payloads TEXT NOT NULL, UNIQUE (agent_id, external_identifier)""",
    "agent_span": """
        agent_id TEXT NOT NULL REFERENCES agent, agent_instance_id TEXT NOT NULL REFERENCES agent_instance,
        parent_span_id TEXT, schema_name TEXT NOT NULL, status TEXT NOT NULL,
        payload TEXT NOT NULL, result_payload TEXT, started_at TEXT, finished_at TEXT""",
    "api_token": """
        secret_digest TEXT NOT NULL UNIQUE, token_scope TEXT NOT NULL, given INTEGER NOT NULL DEFAULT 0,
        agent_id TEXT REFERENCES agent ON DELETE CASCADE, environment_id TEXT REFERENCES environment,
        agent_deployment_id TEXT REFERENCES agent_deployment ON DELETE CASCADE,
        expires_at TEXT NOT NULL, last_used_at TEXT, status TEXT NOT NULL""",
    "request": "operation TEXT NOT NULL, digest TEXT NOT NULL, answer TEXT NOT NULL",
}

_INDEXES: Final = (
    ("agent_version", "agent_schema_version_id"),
    ("agent_version", "agent_id, external_identifier"),
    ("agent_schema_version", "agent_id, external_identifier"),
    ("agent_deployment", "current_version_id"),
    ("agent_instance", "agent_id, status"),
    ("agent_instance", "agent_version_id"),
    ("agent_span", "agent_instance_id, status"),
    ("agent_span", "agent_id"),
)


def statements() -> list[str]:
    """What makes an empty database the registry's; harmless to one that is already."""
    tables = [
        f"CREATE TABLE IF NOT EXISTS {name} "
        f"(id TEXT PRIMARY KEY, inserted_at TEXT NOT NULL, updated_at TEXT NOT NULL, {columns})"
        for name, columns in _COLUMNS.items()
    ]
    indexes = [
        f"CREATE INDEX IF NOT EXISTS {table}_by_{number} ON {table} ({columns})"
        for number, (table, columns) in enumerate(_INDEXES)
    ]
    return [*tables, *indexes]
