"""A file of facts to start from: for each agent the questions that its declarations make relevant, and its issues.

It is a file of facts that states nothing: each line that would is a comment, until somebody has filled it in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from textwrap import wrap
from typing import Final

from reporter.declared.aggregate import Profile
from reporter.declared.vocabulary import ACTION_NAMES, ACTIONS, CATEGORIES, CATEGORY_NAMES, FLAGS
from reporter.plain.language import reading_order
from reporter.plain.toml_values import pattern_of, quoted
from reporter.review.assessment import Assessed
from reporter.review.issues import Issue
from reporter.review.tables import UNANSWERED

_HEAD: Final = """\
# What only your organisation knows of its agents, for the record of processing, the screening for a data protection
# impact assessment, and the questions that declarations leave open. A line that begins with # states nothing. Take the
# # away from what you fill in, say who states it and on which day, and delete what does not apply.
# `datarisk facts check` reads the file and says what is wrong with it, or still missing.
"""

_RECIPIENT: Final = """\
[[agent.recipient]]
name = ""
role = ""  # such as processor, or controller of its own
country = ""  # its ISO 3166 code
contract = ""
transfer_tool = ""  # of GDPR Chapter V, only if the country lies beyond the European Economic Area"""
_DOCUMENT: Final = """\
[[agent.document]]
kind = ""  # dpia, contract, policy, notice or other
title = ""
reference = ""  # where it is found
date = ""  # such as 2026-01-01"""

_ACTION: Final = """\
measure = ""  # what is done about it
residual_risk = ""  # what is left once it is done: low, medium or high
dpo_advice = ""  # of the data protection officer, GDPR Art. 35(2), 39(1)(c)
advice_followed = ""  # true or false, without quotation marks
advice_reason = ""  # only where it is not followed: why
approved_by = \"\""""

#: Each fact with its question and its lines. None suggests an answer, as somebody would sign for it unread.
_QUESTIONS: Final = {
    "owner": ("Who answers for this agent?", 'owner = ""'),
    "purpose": ("What is it for? GDPR Art. 30(1)(b)", 'purpose = ""'),
    "role": (
        "What are you for these data? GDPR Art. 4(7) and (8), 26",
        'role = ""  # controller, joint controller or processor',
    ),
    "controllers": ("With whom jointly, or on whose behalf? GDPR Art. 26, 30(2)(a)", 'controllers = [""]'),
    "legal_basis": ("On which basis? GDPR Art. 6(1)", 'legal_basis = [""]  # such as "6(1)(b)"'),
    "special_condition": ("Under which condition? GDPR Art. 9(2)", 'special_condition = [""]  # such as "9(2)(h)"'),
    "people": ("Whose data are these? GDPR Art. 30(1)(c)", 'people = [""]  # such as "customers"'),
    "retention": ("When are they erased? GDPR Art. 30(1)(f)", 'retention = ""'),
    "measures": ("What protects them? GDPR Art. 30(1)(g), 32(1)", 'measures = [""]'),
    "ai_act": (
        "What are you under the AI Act, and does the use fall under its Annex III?",
        'ai_act = { role = "", annex_iii = "" }  # such as "deployer" and "point 5(b)", or "none"',
    ),
    "recipient": (
        "Who receives anything from it, and in which country? GDPR Art. 30(1)(d) and (e); one table each",
        _RECIPIENT,
    ),
    "document": (
        "Which documents are there: impact assessment, contracts, policies, notices? One table each",
        _DOCUMENT,
    ),
}  # fmt: skip
_OF_PERSONAL_DATA: Final = frozenset({"role", "controllers", "legal_basis", "people", "retention"})


def asked(each: Assessed) -> tuple[str, ...]:
    """The facts that an agent's declarations make relevant, by their keys in the file."""
    return tuple(key for key in _QUESTIONS if key != "controllers" and _is_relevant(key, each.profile))


def _is_relevant(key: str, profile: Profile) -> bool:
    """What is excluded everywhere makes no question; what nobody declared may be anything."""
    if key == "recipient":
        external = profile.actions["external_communication"]
        return external.state != "excluded"
    flag = FLAGS[1] if key == "special_condition" else FLAGS[0]
    if key == "special_condition" or key in _OF_PERSONAL_DATA:
        found = profile.flag(flag)
        return found.state != "excluded" or (flag is FLAGS[0] and bool(found.not_counted))
    return True


def draft(agents: Sequence[Assessed], now: datetime) -> str:
    """A file of facts for some agents.

    Args:
        agents: Those in scope.
        now: The run's clock.
    """
    names = Counter(each.agent.name for each in agents)
    parts = [_HEAD]
    for each in agents:
        agent = each.agent
        name = agent.name if agent.name.strip() and names[agent.name] == 1 else agent.id
        parts.append("\n".join(_of_agent(each, name, now)))
    return "\n".join(parts)


def _of_agent(each: Assessed, name: str, now: datetime) -> Iterator[str]:
    yield from ("[[agent]]", f"agent = {pattern_of(name)}", *_declared(each.profile))
    yield '# stated_by = ""  # who states this'
    yield f"# stated_on = {now.astimezone(UTC).date()}"
    keys = [key for key in _QUESTIONS if _is_relevant(key, each.profile)]
    for key in keys:
        question, lines = _QUESTIONS[key]
        if key == "owner" and each.agent.owner:
            lines = f"owner = {quoted(each.agent.owner)}  # as it is registered"
        yield from ("#", f"# {question}", *(f"# {line}" for line in lines.split("\n")))
    yield from (f"# {line}".rstrip() for line in _agreed(each, name))
    for issue in each.issues:
        yield from (f"# {line}".rstrip() for line in _answer(issue, name, now).split("\n"))
    yield ""


def _agreed(each: Assessed, name: str) -> Iterator[str]:
    """What is declared today as if it were agreed: a draft that a person cuts down to what a document permits."""
    profile = each.profile
    if not profile.span_types:
        return
    categories = [name for name in profile.categories if profile.category(name).state == "included"]
    actions = [name for name, tally in profile.actions.items() if tally.state == "included"]
    known, others = {*CATEGORY_NAMES, *ACTION_NAMES}, {*categories, *actions}
    environments = sorted({name for item in each.scoped.versions for name in item.environments}, key=reading_order)
    yield ""
    yield "What was agreed? Cut this draft of what is declared today down to what a document permits."
    yield from ("[[agreed]]", f"agent = {pattern_of(name)}")
    yield _listed("categories", [each for each in CATEGORY_NAMES if each in categories])
    yield _listed("actions", [each for each in ACTION_NAMES if each in actions])
    if others - known:
        yield _listed("others", sorted(others - known, key=reading_order))
    if profile.level.top:
        yield f"highest = {quoted(profile.level.top)}"
    if environments:
        yield _listed("environments", environments)
    yield '# document = { kind = "dpia", title = "", reference = "", date = "", expires = "" }  # which agrees it'


def _listed(key: str, names: Sequence[str]) -> str:
    return f"{key} = [{', '.join(map(quoted, names))}]"


def _answer(issue: Issue, name: str, now: datetime) -> str:
    """What decides an issue, or says who sees to it."""
    head = f"\n{issue.question.title}\n[[answer]]\nagent = {pattern_of(name)}\nissue = {quoted(issue.question.key)}\n"
    if issue.question.key == UNANSWERED:
        return (
            f'{head}owner = ""  # who declares what is missing\ndue = {now.astimezone(UTC).date()}  # and by when\n'
            'measure = ""  # what is done until then'
        )
    return (
        f'{head}declared = "{issue.declared}"\n'
        f'decision = ""\ndecided_by = ""\ndecided_on = {now.astimezone(UTC).date()}\nreference = ""\n{_ACTION}'
    )


def _declared(profile: Profile) -> Iterator[str]:
    """What the questions come from, in words of the vocabulary alone: others' own names may hold anything."""
    if not profile.span_types:
        yield "# Declared: nothing, as it has no span types in scope."
        return
    for words, state in (("included", "included"), ("not ruled out", "undetermined")):
        labels = [term.label for term in CATEGORIES if profile.category(term.name).state == state]
        if labels:
            yield from _comment(f"Declared, data {words}: {', '.join(labels)}.")
    for words, state in (("allowed", "included"), ("not ruled out", "undetermined")):
        labels = [term.label for term in ACTIONS if profile.actions[term.name].state == state]
        if labels:
            yield from _comment(f"Declared, actions {words}: {', '.join(labels)}.")


def _comment(text: str) -> list[str]:
    return wrap(text, 118, initial_indent="# ", subsequent_indent="#   ")
