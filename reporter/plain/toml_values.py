"""Values of TOML files that users write: what they are read as, and how they are written for a person to sign."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field

WRITE_A_DAY: Final = "Write a calendar day as year, month and day, such as 2027-02-01; it is one in UTC"


def _day(value: Any) -> Any:
    """A day in one spelling alone: others have been read as another day than was meant (inspec#5570)."""
    if isinstance(value, str) and re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise ValueError(f"no day that there is: {value}") from error
    if isinstance(value, datetime):  # to Python, a date as well
        raise ValueError(f"a time of day, not a day: {value.isoformat()}")  # noqa: TRY004  (so that it is told)
    if not isinstance(value, date):
        raise ValueError(f"no day: {value}")  # noqa: TRY004
    return value


def one_line(value: Any) -> Any:
    """A text whose lines are joined; anything else as it is."""
    return " ".join(value.split()) if isinstance(value, str) else value


Text = Annotated[str, Field(min_length=1), BeforeValidator(one_line)]
"""Something that is said, on however many lines it is written."""

Day = Annotated[date, BeforeValidator(_day), Field(description=WRITE_A_DAY)]
"""A calendar day."""

Digest = Annotated[
    str, Field(pattern="^(sha256:)?[0-9a-f]{64}$"), AfterValidator(lambda text: text.removeprefix("sha256:"))
]
"""A SHA-256 in hexadecimal, with or without its name before it; read without."""


def quoted(text: str) -> str:
    """A TOML string in which nothing is hidden: names come from others, and a person is about to sign for this."""
    spelled = re.sub(r'["\\]', r"\\\g<0>", text)
    return '"' + "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in spelled) + '"'


def pattern_of(name: str) -> str:
    """A TOML string: the pattern that matches this name alone."""
    return quoted(re.sub(r"[*?\[]", r"[\g<0>]", name))
