"""What a value looks like that a schema gives as an example, a default or a choice; it is digested, never printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from reporter.plain.canonical import NotCanonicalError, canonical, digest

#: How many values of one place are looked at, how deep, and how far into each.
MAX_VALUES: Final = 500
MAX_DEPTH: Final = 12
MAX_LENGTH: Final = 400

_CONTACT: Final = "contact_information"
_FINANCIAL: Final = "financial_information"
_SECRETS: Final = "authentication_and_secrets"

_EMAIL: Final = re.compile(r"(?<![\w./:+-])([\w.+-]{1,64})@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}(?![\w@:/])")
#: Mailboxes of nobody in particular.
_ROLES: Final = frozenset(
    {
        "noreply",
        "no-reply",
        "donotreply",
        "do-not-reply",
        "postmaster",
        "mailer-daemon",
        "hostmaster",
        "webmaster",
        "admin",
        "info",
        "support",
        "help",
        "helpdesk",
        "sales",
        "billing",
        "alerts",
        "notifications",
        "ops",
        "security",
        "root",
        "git",
    }
)
_IBAN: Final = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_CARD: Final = re.compile(r"(?:4\d{15}|5[1-5]\d{14}|2[2-7]\d{14}|6(?:011|5\d\d)\d{12}|3[47]\d{13}|3[68]\d{12})")
_PHONE: Final = re.compile(r"\+[1-9][\d ()/.-]{6,20}\d|\([2-9]\d{2}\) ?\d{3}-\d{4}")
_DECIMAL: Final = re.compile(r"[+-]\d+\.\d*")
_KEY: Final = re.compile(
    r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.|\bAKIA[A-Z0-9]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{36}|\bxox[abp]-[\w-]{20,}"
)
_E164: Final = range(8, 16)


def concerns(value: Any, *, numbered: bool = False) -> tuple[str, ...]:
    """The categories that the texts and numbers in a value look like; ``numbered``: it numbers no card by its name."""
    return tuple(sorted({category for leaf in _leaves(value) for category in _text(leaf, numbered=numbered)}))


def sealed(value: Any) -> str | None:
    """The SHA-256 of a value's RFC 8785 bytes, written as evidence has it; None where it has no such bytes."""
    try:
        return f"sha256:{digest(canonical(value))}"
    except NotCanonicalError:
        return None


def _text(text: str, *, numbered: bool) -> Iterator[str]:
    if _is_email(text) or _is_phone(text):
        yield _CONTACT
    compact = text.replace(" ", "").replace("-", "")
    if _is_iban(compact) or (not numbered and _is_card(compact)):
        yield _FINANCIAL
    if _KEY.search(text):
        yield _SECRETS


def _is_email(text: str) -> bool:
    return "@" in text and any(match[1].lower() not in _ROLES for match in _EMAIL.finditer(text))


def _is_phone(text: str) -> bool:
    if not _PHONE.fullmatch(text) or _DECIMAL.fullmatch(text):
        return False
    return sum(map(str.isdigit, text)) in _E164


def _is_iban(text: str) -> bool:
    """ISO 13616: the check digits make the whole, letters as numbers, one more than a multiple of 97."""
    if not _IBAN.fullmatch(text):
        return False
    return int("".join(str(int(letter, 36)) for letter in text[4:] + text[:4])) % 97 == 1


def _is_card(text: str) -> bool:
    """A payment scheme's first digits, its length, and Luhn's check digit."""
    if not text.isascii() or not _CARD.fullmatch(text):
        return False
    digits = [int(digit) for digit in reversed(text)]
    return sum(digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(digits)) % 10 == 0


def _leaves(value: Any) -> Iterator[str]:
    """The texts in a value, and its whole numbers as text; keys too, as a map may be by address."""
    level = [value]
    left = MAX_VALUES
    for _ in range(MAX_DEPTH):
        inner: list[Any] = []
        for item in level:
            left -= 1
            if left < 0:
                return
            if isinstance(item, str):
                yield item[:MAX_LENGTH].strip()
            elif isinstance(item, int) and not isinstance(item, bool) and item.bit_length() <= 64:  # noqa: PLR2004 digits of a card
                yield str(item)
            elif isinstance(item, dict):
                inner += [*sorted(key for key in item if isinstance(key, str)), *_sorted_values(item)]
            elif isinstance(item, list):
                inner += item
        level = inner


def _sorted_values(item: dict[Any, Any]) -> list[Any]:
    return [item[key] for key in sorted(key for key in item if isinstance(key, str))]
