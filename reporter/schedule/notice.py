"""News in the words of a message: plain JSON, or the shape that Slack and those who imitate it take.

Names come from others, so none of them may ping, link or format anything, whoever the message ends up with.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from reporter.plain.text import shown
from reporter.schedule.file import Shape
from reporter.schedule.news import Ending, News, Question

SCHEMA: Final = "datarisk/notice/1"
_LISTED: Final = 10  # in a message that people read; the JSON holds all
_NAME: Final = 100
_WORDS: Final = 500
_TEXT: Final = str.maketrans({
    # Slack's own: https://docs.slack.dev/messaging/formatting-message-text, "Escaping text". No `<!channel>` is left.
    "&": "&amp;", "<": "&lt;", ">": "&gt;",
    # Mattermost and Discord read @channel, @here and @everyone in plain text, and Markdown besides.
    "@": "\uff20", "`": "'", "*": "\u2217", "[": "(", "]": ")", "|": "\u00a6", "~": "\u223c",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class About:
    """The run that a message is about.

    Attributes:
        account: Its name; None where it is not known.
        run: The folder of the run below that of all runs; None where there is none.
        open: How many questions are open; None likewise.
        outcome: The gate's.
    """

    report: str
    account: str | None
    generated_at: str
    status: int
    outcome: str | None
    run: str | None
    open: int | None


def written(news: News, about: About, shape: Shape) -> bytes:
    """The body of a message."""
    value = _plain(news, about) if shape == "json" else {"text": "\n".join(_lines(news, about)), "mrkdwn": False}
    return json.dumps(value, ensure_ascii=True).encode()


def _plain(news: News, about: About) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        **{name: shown(value, _WORDS) if isinstance(value, str) else value for name, value in asdict(about).items()},
        "questions": [_named(asdict(each)) for each in news.questions],
        "ending": [_named(asdict(each)) for each in news.ending],
        "failure": _named(asdict(news.failure)) if news.failure else None,
        "turned": news.turned,
    }


def _named(value: dict[str, Any]) -> dict[str, Any]:
    """Without what is of use to us alone."""
    return {
        name: shown(each, _WORDS) if isinstance(each, str) else each for name, each in value.items() if name != "key"
    }


def _lines(news: News, about: About) -> Iterator[str]:
    of = f" of {_safe(about.account)}" if about.account else ""
    yield f"Data risk, report {_safe(about.report)}{of}, {about.generated_at}"
    if news.failure:
        yield f"No complete report, so nothing may be concluded (status {news.failure.status}): " + _safe(
            news.failure.words, _WORDS
        )
    if news.questions:
        number = len(news.questions)
        first = all(each.state == "first" for each in news.questions)
        what = "open in the first report" if first else "new or worse"
        yield f"{number:,} {'question is' if number == 1 else 'questions are'} {what}:"
        yield from _some([_question(each) for each in news.questions])
    if news.ending:
        yield "Accepted or agreed for a few days more:"
        yield from _some([_ending(each) for each in news.ending])
    if about.open is not None:
        gate = f"; the gate: {about.outcome}" if about.outcome else ""
        gate += ", and it passed before" if news.turned else ""
        yield f"{about.open:,} {'question is' if about.open == 1 else 'questions are'} open{gate}"
    if about.run:
        yield f"Run {_safe(about.run, _WORDS)}"


def _some(lines: list[str]) -> Iterator[str]:
    yield from lines[:_LISTED]
    if len(lines) > _LISTED:
        yield f"and {len(lines) - _LISTED:,} more"


def _question(each: Question) -> str:
    return f"\u2022 {_safe(each.agent)}: {_safe(each.title)} ({each.severity}, {each.certainty}; {each.state})"


def _ending(each: Ending) -> str:
    left = "today" if each.left == 0 else "1 day left" if each.left == 1 else f"{each.left} days left"
    return f"\u2022 {each.kind} {_safe(each.id)} ({_safe(each.about)}), until {each.day}, {left}"


def _safe(text: str, limit: int = _NAME) -> str:
    """A name that is nothing but letters to whoever shows it."""
    # Cut first: an escape that is cut in its middle would be another one, or none.
    plain = shown(text, limit).translate(_TEXT)
    return plain.replace("://", ":// ")
