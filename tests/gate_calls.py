"""Declarations, waivers and calls of the command for tests of the gate."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from builders import risk, span_type
from conftest import Datarisk
from gate_cases import DIGEST

OUTSIDE = ("external_communication",)
#: One finding of X01 at least: health data where external communication is allowed.
OPEN = {"span_type_schemas": [span_type("tool:send", risk("health_and_medical", allowed=OUTSIDE))]}
#: Everything is decided, and nothing of it is high.
QUIET = {"span_type_schemas": [span_type("tool:read", risk("contact_information"))]}
SILENT = {"span_type_schemas": [span_type("tool:read", risk("contact_information")), span_type("tool:silent")]}

Found = dict[str, Any]


def put(folder: Path, name: str, value: Any) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    return name


def judged(datarisk: Datarisk, *args: str, status: int | None = None, **env: str) -> Found:
    """The verdict as JSON."""
    done = datarisk("check", *args, "-f", "json", **env)
    assert status is None or done.returncode == status, done.stdout + done.stderr
    found: Found = json.loads(done.stdout)
    assert found["schema"] == "datarisk/check/1"
    return found


def of_rule(found: Found, rule: str) -> list[Found]:
    return [item for item in found["findings"] if item["rule"] == rule]


def waived(datarisk: Datarisk, folder: Path, source: str, rule: str = "X01", **change: str) -> str:
    """Writes a waiver for the one finding of a rule, filled in."""
    [item] = of_rule(judged(datarisk, source), rule)
    done = datarisk("waivers", "new", item["id"][:6], source)
    assert done.returncode == 0, done.stderr
    given = {
        "reason": '"The hospital asks for it itself."',
        "approved_by": '"dpo@example.com"',
        "approved_on": "2026-11-01",
        "expires": "2027-02-01",
    } | change
    text = done.stdout
    for key, value in given.items():
        text = re.sub(rf"^# {key} = .*$", f"{key} = {value}", text, flags=re.MULTILINE)
    (folder / "datarisk-waivers.toml").write_text(text)
    return text


#: A waiver for something else than what is declared.
WAIVER = f"""\
[[waiver]]
id = "W-1"
rule = "X01"
agent = "*"
value_hash = "sha256:{DIGEST}"
reason = "The hospital asks for it itself."
approved_by = "dpo@example.com"
approved_on = 2026-11-02
expires = 2027-02-01
"""
#: A rule of the organisation's own.
OWN = """\
[[rule]]
id = "ORG-1"
title = "Health data in a tool"
severity = "high"
as_of = 2026-11-23
because = "Our policy asks for a review of every tool with health data."
question = "Who has reviewed it?"
[rule.when]
category = "health_and_medical"
side = "either"
is = "included"
"""
