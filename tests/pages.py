"""Pages that several tests look at."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from builders import agent, composed, inventory, pinned, risk, schema_version, span_type

from reporter.declared.model import Gap, Inventory
from reporter.declared.scope import Selection, scope
from reporter.review.assessment import waivable
from reporter.review.catalogue import load
from reporter.review.evaluation import findings
from reporter.review.waivers import Waiver
from reporter.view.report import Controller, Report


def view(found: Inventory, controller: Controller | None = None, waivers: tuple[Waiver, ...] = ()) -> Report:
    given = controller or Controller(
        "Harbour Mutual", "What our AI agents are declared to do", "dpo@example.test", None
    )
    return composed(found, controller=given, digest="ab" * 32, waivers=waivers)


def busy_risk() -> dict[str, Any]:
    """A declaration that most rules find something in."""
    everything = (
        "health_and_medical",
        "criminal_justice",
        "minors_data",
        "personal_identifiers",
        "authentication_and_secrets",
    )
    allowed = ("external_communication", "update_data", "destroy_data")
    return risk(*everything, allowed=allowed, level="internal", result=("health_and_medical", "location_and_tracking"))


@cache
def waived() -> Report:
    """An agent with waivers in every state: two accept findings, and the others none any more, or none yet."""
    declared = schema_version(
        "v1", *(span_type(f"tool:claims.{name}", busy_risk()) for name in ("read", "pay", "send"))
    )
    found = inventory(agent("a1", "Claims assessor"), declared, *pinned("v1", "Production"))
    [scoped] = scope(found, Selection()).agents
    rules = {each.rule.id: each for each in findings(scoped, load())}

    def accepted(number: int, rule: str, span_type_: str | None, **given: Any) -> Waiver:
        values: dict[str, Any] = {
            "agent": "claims*", "span_type": span_type_, "category": None,
            "value_sha256": waivable(rules[rule], span_type_).value_sha256 if rule in rules else "0" * 64,
            "reason": f"The hospital asks for it, number {number}.",
            "approved_by": "dpo@example.test", "ticket": f"PRIV-{number}",
            "evidence": f"https://wiki.example.test/{number}",
            "approved_on": date(2026, 11, 2), "expires": date(2027, 2, 1),
        }  # fmt: skip
        return Waiver(id=f"W-2026-{number:03}", rule=rule, **values | given)

    waivers = (
        accepted(1, "X01", None),
        accepted(2, "X03", None, expires=date(2026, 12, 1)),
        accepted(3, "X23", "tool:claims.pay", expires=date(2026, 11, 20)),
        accepted(4, "X04", "tool:claims.pay", value_sha256="f" * 64),
        accepted(5, "X07", "tool:claims.pay", approved_on=date(2026, 12, 1)),
        accepted(6, "X09", "tool:nobody", ticket=None, evidence=None, category="financial_information"),
    )
    return view(found, waivers=waivers)


def odd_risk() -> dict[str, Any]:
    declared = risk("health_and_medical", allowed=("external_communication",), level="restricted")
    declared["params_data_categories"]["vehicle_telematics"] = "included"
    declared["params_data_categories"]["contact_information"] = "perhaps"
    declared["retention"] = "until-1999"
    return declared


@cache
def several() -> Report:
    values: list[Any] = [
        agent("a1", "Claims assessor", owner_person_id="p1"),
        {"type": "person", "id": "p1", "name": "R. Okafor", "title": "Product owner"},
        schema_version(
            "v1",
            span_type("tool:claims.read", odd_risk(), title="Read a claim"),
            span_type("tool:claims.pay", risk("financial_information", allowed=("financial_transactions",))),
            span_type("tool:nobody"),
            quality_schemas={"quality:tone": {"data_risk": risk()}},
        ),
        *pinned("v1", "Production"),
        agent("a2", "Post room"),
        schema_version("v2", *(span_type(f"tool:post.{n:02}") for n in range(60)), agent="a2"),
        agent("a3", "Retired helper", status="retired"),
        agent("a4", "Without any"),
    ]
    found = inventory(*values)
    return view(replace(found, gaps=(Gap("the deployments of an agent", "HTTP 403", "a9", "GET /agent_deployment"),)))


def hostile(address: str, file: str) -> Report:
    """Every kind of hostile text in every place that takes text; some of it asks for an address or a file."""
    texts = [
        f'<img src="{address}">', f'<link rel=attachment href="{file}">',
        f'"><script src="{address}"></script>',
        f"url({address})", f"</style><style>@import url({address})</style>", "{{ 7 * 7 }}{% include '/etc/passwd' %}",
        "=cmd|' /C calc'!A0", "\x1b[31mred", "\u202egnp.exe", "bad \ud800 surrogate", "x" * 100_000,
        f'<svg><image href="{address}"/></svg>', f"javascript:fetch('{address}')", "A<b>bold</b>&amp;", "\x00\x07null",
        f'<object data="{file}">', "نص عربي", "漢字 😀",
    ]  # fmt: skip
    values: list[Any] = []
    for number, text in enumerate(texts):
        declared = risk("health_and_medical")
        declared["params_data_categories"][text[:300]] = "included"
        declared["action_profile"]["read_data"] = text
        declared[text[:300]] = {text: text}
        version = schema_version(
            f"v{number}", span_type(text, declared, title=text, description=text), agent=f"a{number}"
        )
        values += [agent(f"a{number}", text, description=text, owner_person_id=text), version]
    return view(inventory(*values), Controller(texts[0], texts[2], texts[4], None))
