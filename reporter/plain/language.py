"""The language of a report: its sentences, numbers, dates, and the order of its names.

English stands in the sources. Any other language is a catalogue in ``locale/``, compiled when it is first used. What
the machine speaks changes nothing.
"""

from __future__ import annotations

import gettext
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final

_LOCALE: Final = Path(__file__).resolve().parent.parent / "locale"
_ENGLISH: Final = "en"
_MONTHS: Final = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence that is made before anybody knows in which language it will be read; ``str`` gives the English.

    Attributes:
        text: The English, with ``%(name)s`` where a value stands, and ``%%`` for a percent sign.
        values: What stands there; several names are said as alternatives.
    """

    text: str
    values: Mapping[str, str | Sequence[str]] = field(default_factory=dict)

    def __str__(self) -> str:
        return ENGLISH.say(self)


@dataclass(frozen=True, slots=True)
class Language:
    """A language that a report can be written in."""

    code: str

    @property
    def texts(self) -> gettext.NullTranslations:
        """The translations as they stand in the catalogue, with their places for values."""
        return _texts(self.code)

    def say(self, message: Message) -> str:
        """A message with its values."""
        values = {
            name: given if isinstance(given, str) else self.listed(given, alternatives=True)
            for name, given in message.values.items()
        }
        return self.gettext(message.text, **values)

    def gettext(self, text: str, /, **values: str | int) -> str:
        """A sentence; integers in it are written the language's way."""
        return self.texts.gettext(text) % self._written(values)

    def ngettext(self, one: str, many: str, number: int, /, **values: str | int) -> str:
        """A sentence about so many, who stand in it as ``%(number)s``."""
        return self.texts.ngettext(one, many, number) % self._written({"number": number, **values})

    def pgettext(self, context: str, text: str) -> str:
        """A word that means different things in different places."""
        return self.texts.pgettext(context, text) % {}

    def _written(self, values: Mapping[str, str | int]) -> dict[str, str]:
        return {name: given if isinstance(given, str) else self.number(given) for name, given in values.items()}

    def number(self, given: int) -> str:
        """A number with its thousands apart."""
        return f"{given:,}" if self.code == _ENGLISH else _decimal(self.code, given)

    def fraction(self, given: float) -> str:
        """A number that need not be whole, with two decimals at most."""
        if given == int(given):
            return self.number(int(given))
        text = f"{given:,.2f}".rstrip("0").rstrip(".")
        return text if self.code == _ENGLISH else _decimal(self.code, float(text.replace(",", "")))

    def percent(self, part: int, whole: int) -> str:
        """A share without decimals; all and nothing are said only of all and nothing."""
        if part and part * 100 < whole:
            return f"<{self._share(1)}"
        return self._share(part * 100 // whole if whole else 0)

    def _share(self, hundredths: int) -> str:
        return f"{hundredths}%" if self.code == _ENGLISH else _percent(self.code, hundredths)

    def day(self, moment: datetime) -> str:
        """The day of a time, in UTC."""
        there = moment.astimezone(UTC)
        if self.code == _ENGLISH:
            return f"{there.day} {_MONTHS[there.month - 1]} {there.year}"
        from babel import dates  # noqa: PLC0415 (loads what English has no need of)

        return dates.format_date(there, "long", locale=self.code)

    def day_of(self, text: str | None) -> str | None:
        """The day of a time in ISO 8601; None where that is none, as in a file that was written by anybody."""
        try:
            moment = datetime.fromisoformat(text or "")
            # Without a zone it would be this machine's.
            return self.day(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
        except (ValueError, OverflowError):
            return None

    def when(self, moment: datetime) -> str:
        """The day and the minute of a time, in UTC."""
        return self.gettext("%(day)s, %(time)s UTC", day=self.day(moment), time=f"{moment.astimezone(UTC):%H:%M}")

    def listed(self, names: Sequence[str], *, alternatives: bool = False) -> str:
        """Names as a sentence lists them."""
        last = self.pgettext("in a list", "or") if alternatives else self.pgettext("in a list", "and")
        return f"{', '.join(names[:-1])} {last} {names[-1]}" if len(names) > 1 else "".join(names)

    def more(self, characters: int) -> str:
        """What stands behind text that was cut."""
        return self.ngettext(
            "%(number)s more character in the evidence", "%(number)s more characters in the evidence", characters
        )


ENGLISH: Final = Language(_ENGLISH)


def codes() -> tuple[str, ...]:
    """The languages that there are."""
    return tuple(sorted([_ENGLISH, *(path.stem for path in _LOCALE.glob("*.po"))]))


def catalogue(code: str) -> bytes:
    """A language's catalogue, a gettext PO file.

    Raises:
        LookupError: There is no such language.
    """
    if code not in codes():
        raise LookupError(f"there is no language {code}; there are {', '.join(codes())}")
    return (_LOCALE / f"{code}.po").read_bytes()


def of(code: str) -> Language:
    """The language of this code.

    Raises:
        LookupError: There is none.
    """
    if code != _ENGLISH:
        _texts(code)
    return Language(code)


@cache
def _texts(code: str) -> gettext.NullTranslations:
    if code == _ENGLISH:
        return gettext.NullTranslations()
    from babel.messages import mofile, pofile  # noqa: PLC0415 (loads what English has no need of)

    compiled = io.BytesIO()
    mofile.write_mo(compiled, pofile.read_po(io.BytesIO(catalogue(code)), locale=code))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@cache
def _decimal(code: str, given: float) -> str:
    from babel import numbers  # noqa: PLC0415 (loads what English has no need of)

    return numbers.format_decimal(given, locale=code)


@cache
def _percent(code: str, hundredths: int) -> str:
    from babel import numbers  # noqa: PLC0415 (loads what English has no need of)

    return numbers.format_percent(Decimal(hundredths) / 100, locale=code)


# Letters that are no letter and an accent to Unicode, and stand among their base letters in English and in German.
_BASE: Final = str.maketrans({"\u00f8": "o", "\u0142": "l", "\u0111": "d", "\u00e6": "ae", "\u0153": "oe"})


def reading_order(name: str) -> tuple[str, str]:
    """The key that sorts names as readers look for them: accents, capitals and sharp s like their base letters.

    Numbers in them are counted, as ``natural_order`` does.
    """
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter)).translate(_BASE)
    return natural_order(plain)[0], name


_NUMBER: Final = re.compile(r"0*([0-9]+)")
_LONGEST: Final = 0xD7FF  # the last character before the surrogates, and more digits than any number has


def natural_order(name: str) -> tuple[str, str]:
    """The key that sorts identifiers as people count: ``step_2`` before ``step_10``, and capitals before small letters.

    Where two names differ in no number, it is the order of their characters. A number is told by how many digits it
    has and then by these, as text: so one of ten thousand digits is no longer to convert than to read.
    """
    return _NUMBER.sub(lambda found: f"0{chr(min(len(found[1]), _LONGEST))}{found[1]}", name), name
