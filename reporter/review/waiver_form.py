"""A waiver to fill in: all that a machine knows of it, and nothing of what somebody has to answer for."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from reporter.declared.vocabulary import CATEGORY_NAMES
from reporter.review.waiver_file import SHORTEST_REASON, Terms
from reporter.review.waivers import Waivable

_USUAL_DAYS: Final = 90
_GLOB: Final = re.compile(r"[*?\[]")


def blank(finding: Waivable, title: str, name: str, now: datetime, terms: Terms) -> str:
    """A waiver for a finding, bound to what is declared there; what is left out has to be filled in by somebody.

    Args:
        finding: What it is for; the name of its agent tells it from all others.
        title: The finding's.
        name: The waiver's id.
        now: The run's clock.
        terms: What it will be held against.
    """
    today = now.astimezone(UTC).date()
    last = today + timedelta(days=min(_USUAL_DAYS, terms.max_days))
    lines = [
        "[[waiver]]",
        f"id = {_quoted(name)}",
        f"rule = {_quoted(finding.rule)}  # {_commented(title)}",
        f"agent = {_quoted(_escaped(finding.agent_name))}",
    ]
    if finding.span_type and finding.span_type.strip():
        lines.append(f"span_type = {_quoted(_escaped(finding.span_type))}")
    if len(finding.categories) == 1 and finding.categories[0] in CATEGORY_NAMES:
        lines.append(f"category = {_quoted(finding.categories[0])}")
    lines += [
        f"value_hash = {_quoted(f'sha256:{finding.value_sha256}')}  # what is declared now; any change opens it again",
        f'# reason = ""  # why it is accepted, in at least {SHORTEST_REASON} characters',
        '# approved_by = ""  # who answers for it',
        '# ticket = ""  # may be left out, like evidence',
        '# evidence = ""',
        f"# approved_on = {today}",
        f"# expires = {last}  # in force to the end of this day in UTC; at most {terms.max_days} days in all",
        "",
    ]
    return "\n".join(lines)


def _escaped(name: str) -> str:
    """A pattern that matches this name alone."""
    return _GLOB.sub(lambda match: f"[{match[0]}]", name)


def _quoted(text: str) -> str:
    """A TOML string in which nothing is hidden."""
    spelled = (char if char.isprintable() and char not in '"\\' else _spelled(char) for char in text)
    return f'"{"".join(spelled)}"'


def _spelled(char: str) -> str:
    return f"\\{char}" if char in '"\\' else f"\\U{ord(char):08x}"


def _commented(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)


def next_id(text: str, now: datetime) -> str:
    """The first id of this year that a file's text does not hold yet."""
    year = now.astimezone(UTC).year
    taken = [int(number) for number in re.findall(rf"W-{year}-([0-9]{{3,9}})", text)]
    return f"W-{year}-{max(taken, default=0) + 1:03d}"
