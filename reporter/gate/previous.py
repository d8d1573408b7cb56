"""The last report, as a run that tells what is new since needs it: read where a gate reads its baseline.

A report says how its questions stood; a baseline file, or a report that came before there were questions, says what was
answered, and of the oldest ones the names of span types alone are left.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce
from operator import and_
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from reporter.declared.model import Account, BaselineFile
from reporter.declared.vocabulary import CLASSIFICATION, PARTS
from reporter.errors import UsageError
from reporter.gate import baseline
from reporter.gate.baseline import Baseline
from reporter.gate.sides import of_baseline
from reporter.plain.canonical import canonical, digest, without_surrogates
from reporter.plain.disk import named
from reporter.plain.mistakes import in_words
from reporter.review.answers import Declared, Said, Told, without_schemas
from reporter.review.kept import keep
from reporter.review.previous import BITS, Agent, Answered, Digests, Previous, rules_of, scope_of

_SHAPE: Final = TypeAdapter(Previous)


def read(path: Path) -> Previous:
    """What is known from a bundle's folder, a report.json or a baseline file.

    Raises:
        UsageError: It is none of them, or it lacks one of its parts.
    """
    found, value, data = baseline.opened(path)
    return _of(found, value, data, named(Path(found.location), Path()))


def of_report(data: bytes, where: str) -> Previous:
    """What is known from the bytes of a report.json that lies nowhere; errors as of ``read``."""
    found, value = baseline.in_bytes(data, where)
    return _of(found, value, data, where)


def _of(found: Baseline, value: Any, data: bytes, where: str) -> Previous:
    side = keep(of_baseline(found, value, where))
    return replace(_with_issues(found, value, data, where), side=side)


def _with_issues(found: Baseline, value: Any, data: bytes, where: str) -> Previous:
    if "generated_at" not in value or not all("issues" in agent for agent in value["agents"]):
        return _of_answers(found, where, digest(data), _text(value.get("generated_at")))
    try:
        told = without_surrogates(value)
        # Names only what is needed: all else is passed over.
        return _SHAPE.validate_python(
            {
                "location": where,
                "sha256": digest(data),
                "account": told["account"],
                "made_at": told["generated_at"],
                "knows": "issues",
                "complete": found.complete,
                "rules": rules_of(
                    told["catalogue"]["version"],
                    told["catalogue"]["sha256"],
                    {rule["id"]: rule["severity"] for rule in told["catalogue"]["rules"]},
                ),
                "scope": scope_of(told["scope"]),
                "agents": [
                    {**agent, "entries": _entries(known), "newly": _newly(agent, told["generated_at"])}
                    for agent, known in zip(told["agents"], found.agents, strict=True)
                ],
                "accepted": [
                    finding["id"]
                    for agent in told["agents"]
                    for finding in agent["findings"]
                    if finding["status"] == "accepted"
                ],
            }
        )
    except (ValidationError, KeyError, TypeError) as error:
        raise UsageError(f"a report that is not made like ours ({_first(error)})", where=found.location) from error


def _entries(agent: Said) -> list[dict[str, Any]]:
    return [
        {
            "kind": kind,
            "name": without_surrogates(name),
            "decided": reduce(and_, (_decided(each) for each in declared)),
        }
        for (kind, name), declared in agent.entries.items()
    ]


def _newly(agent: dict[str, Any], made_at: Any) -> list[dict[str, Any]]:
    """What it newly met, with the time of the report that said so first."""
    hits = (hit for finding in agent["findings"] if "newly" in finding for hit in finding["newly"])
    return [{**hit, "told": hit["told"] or made_at} for hit in hits]


def _decided(declared: Declared) -> int:
    told = dict(zip(PARTS, declared.parts, strict=True))
    return sum(bit for (part, name), bit in BITS.items() if (each := told[part]) and _decides(each, name))


def _decides(told: Told, name: str) -> bool:
    return told.level is not None if name == CLASSIFICATION else name in told.yes | told.no


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return f"{'/'.join(map(str, first['loc']))}: {in_words(first, 'an object')}"
    return str(error)


def _of_answers(found: Baseline, where: str, sha256: str, made_at: str | None) -> Previous:
    known = digests(found.agents) if found.findings is None else {}
    mended = without_surrogates
    agents = tuple(
        Agent(
            mended(agent.id),
            mended(agent.name),
            entries=tuple(
                Answered(kind, mended(name), sha256=known.get((agent.id, kind, name))) for kind, name in agent.entries
            ),
        )
        for agent in found.agents
    )
    account = Account(mended(found.account.id), mended(found.account.name))
    return Previous(where, sha256, account, made_at, "answers", found.complete, None, None, agents)


def digests(agents: Iterable[Said]) -> Digests:
    """Of each span type the digest of what it answers, whichever schemas it has."""
    return {
        (agent.id, kind, name): digest(canonical([_told(each.parts) for each in declared]))
        for agent in without_schemas(agents)
        for (kind, name), declared in agent.entries.items()
    }


def _told(parts: Iterable[Any]) -> list[Any]:
    return [
        each and [*map(sorted, map(without_surrogates, map(list, (each.yes, each.no, each.open)))), each.level]
        for each in parts
    ]


def kept(previous: Previous) -> BaselineFile:
    """The same as it is kept with the evidence."""
    text = canonical(_SHAPE.dump_python(previous, mode="json"))
    return BaselineFile(previous.location, digest(text), text.decode())


def again(given: BaselineFile) -> Previous:
    """What was kept.

    Raises:
        UsageError: It was made by another program, or by a version that keeps it otherwise.
    """
    try:
        return _SHAPE.validate_json(given.text)
    except ValidationError as error:
        where = "baseline of the snapshot"
        remedy = "Name the last report, with --baseline"
        raise UsageError(f"not kept by this program ({_first(error)})", where=where, remedy=remedy) from error
