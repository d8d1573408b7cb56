"""The words in a name or a sentence, in one form however they were written: ``birthDate``, ``Birth-Dates``."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

MAX_NAME: Final = 120
_GERMAN: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "'": "", "\u2019": ""}
)
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SHORT: Final = {"ids": "id", "ips": "ip"}


@lru_cache(maxsize=1 << 16)
def tokens(text: str) -> tuple[str, ...]:
    """The words of a name, in lower case, without accents, in the singular where an ending tells."""
    plain = text[:MAX_NAME].translate(_GERMAN)
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return tuple(_singular(word.lower()) for word in _WORD.findall(plain))


def _singular(word: str) -> str:
    if len(word) < 4 or not word.endswith("s"):  # noqa: PLR2004 "gas", "bus", "ids"
        return _SHORT.get(word, word)
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word if word.endswith(("ss", "us", "is")) else word[:-1]
