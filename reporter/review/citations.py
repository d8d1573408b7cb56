"""How another language cites a provision.

Provisions are cited in English ("GDPR Art. 9(2)(d)"). German puts the instrument last and names each step: "Art. 9 Abs.
2 Buchst. d DSGVO". Only law of the European Union has German names; what is not known to be that, or not written as a
citation, stays as it is.
"""

from __future__ import annotations

import re
from typing import Final

from reporter.plain.language import Language

#: What the law of the European Union, and the guidelines on it, are called in German.
_GERMAN: Final = {
    "AI Act": "KI-VO",
    "AML Directive": "Geldwäscherichtlinie",
    "CJEU": "EuGH",
    "DORA": "DORA",
    "DSA": "DSA",
    "Directive (EU) 2016/680": "Richtlinie (EU) 2016/680",
    "Directive (EU) 2016/943": "Richtlinie (EU) 2016/943",
    "Directive 2000/43/EC": "Richtlinie 2000/43/EG",
    "Directive 2000/78/EC": "Richtlinie 2000/78/EG",
    "EHDS": "EHDS-Verordnung",
    "GDPR": "DSGVO",
    "MAR": "MAR",
    "MDR": "MDR",
    "NIS2": "NIS-2-Richtlinie",
    "PSD2": "PSD2",
    "Regulation (EU) 2024/900": "Verordnung (EU) 2024/900",
    "WP248": "WP248",
    "ePrivacy Directive": "ePrivacy-Richtlinie",
}
#: These are named first in German too.
_CITED_FIRST: Final = frozenset({"CJEU", "WP248"})
#: Articles of definitions, whose first step is a number and no paragraph.
_DEFINITIONS: Final = frozenset({("GDPR", "4"), ("AI Act", "3"), ("Directive (EU) 2016/943", "2"), ("MDR", "2")})

_STEPS: Final = r"\d+[a-z]?(?:\(\w+\))*(?:(?:-|, )(?:\d+[a-z]?)?(?:\(\w+\))*)*"
_NAMED: Final = re.compile(rf"({'|'.join(map(re.escape, _GERMAN))})(?: (.+))?")
_ARTICLES: Final = re.compile(rf"Arts?\. ({_STEPS})")
_RECITALS: Final = re.compile(r"Recital(s?) ([\d, -]+)")
_ANNEX: Final = re.compile(rf"Annex ([IVX]+)(?: points? ({_STEPS}))?")
_CHAPTER: Final = re.compile(r"Chapter ([IVX]+)")


def localized(provision: str, language: Language) -> str:
    """A provision as a language cites it; in English, or where nothing is known of it, as it stands."""
    named = _NAMED.fullmatch(provision) if language.code == "de" else None
    if named is None:
        return provision
    instrument, place = named.groups()
    name = _GERMAN[instrument]
    if place is None:
        return name
    if instrument in _CITED_FIRST:
        return f"{name} {place.replace('criterion', 'Kriterium')}"
    if found := _ARTICLES.fullmatch(place):
        number = re.split(r"\W", found[1])[0]
        return f"Art. {_spelled(found[1], 'Nr.' if (instrument, number) in _DEFINITIONS else 'Abs.')} {name}"
    if found := _RECITALS.fullmatch(place):
        return f"{'Erwägungsgründe' if found[1] else 'Erwägungsgrund'} {_spelled(found[2], '')} {name}"
    if found := _ANNEX.fullmatch(place):
        points = f" Nr. {_spelled(found[2], 'Nr.')}" if found[2] else ""
        return f"Anhang {found[1]}{points} {name}"
    found = _CHAPTER.fullmatch(place)
    return f"Kapitel {found[1]} {name}" if found else provision


def _spelled(steps: str, first: str) -> str:
    """Steps with their words."""
    words = re.sub(r"\((\d+)\)", rf" {first} \1", steps)
    words = re.sub(r"\(([a-z]+)\)", r" Buchst. \1", words)
    # In a list or a range a word is not said twice.
    words = re.sub(r"(?<=, ) (?:\w+\.) ", "", words)
    return re.sub(r"-(?: \w+\. )?", "\u2013", words)
