"""Who owns, states or decides something: whose name it is, and what of the text is a role, or a team."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from reporter.declared import vocabulary
from reporter.declared.model import Inventory
from reporter.review.facts import Facts
from reporter.review.waivers import Waiver

WORD: Final = re.compile(r"[^\W_]+")
_ENDS_THE_NAME: Final = re.compile(r"[,;|(<\[]|\s[\u2013\u2014/-]\s")
_AND: Final = re.compile(r"\s(?:and|und|&|/)\s|;")
_EMAIL: Final = re.compile(r"[^\s<>(),;@]+@[^\s<>(),;@]+")
PARTICLES: Final = frozenset(
    """
    af al am an auf av bin da dal de del della den der des di do dos du el ibn la le ten ter van vom von zu zum zur
    y
    """.split()  # noqa: SIM905 (a list of words is read more easily so)
)
#: Words of departments, bodies and roles: whoever is called by one of them is no human.
_BODIES: Final = frozenset(
    """
    abteilung analyst analytics architect assistant audit auditor ausschuss automation beauftragte beauftragter
    board chief claims clerk committee compliance controller controlling council data datenschutz department deputy
    desk development director division dpo einkauf engineer engineering finance geschäftsführung group head helpdesk
    hr human it lead leader leiter leiterin legal leitung management manager marketing office officer operations
    organisation owner personal platform privacy product recht resources risk sales security service services
    steward support team technology the underwriting unit vertrieb vorstand
    """.split()  # noqa: SIM905 (a list of words is read more easily so)
)


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody, as one text names them.

    Attributes:
        text: The whole text, as it stands in a field of its own.
        name: What of it is the name of a human or of a team, or body.
        role: What else it says, which may be an e-mail address.
        email: Their address, where that is known from elsewhere.
    """

    text: str
    name: str
    kind: Literal["person", "team", "role"]
    role: str | None = None
    email: str | None = None

    @property
    def words(self) -> list[str]:
        """The words of the name; of an address those before its host."""
        return words(self.name.split("@")[0] if _EMAIL.fullmatch(self.name) else self.name)

    @property
    def surname(self) -> list[str]:
        """The words of the surname, which is the last; of one with a hyphen there are several."""
        return words(self.name.split()[-1]) if "@" not in self.name else self.words[-1:]

    @property
    def addresses(self) -> Iterator[str]:
        """E-mail addresses that the text has, or that are known."""
        yield from (each for each in (self.name, self.role, self.email) if each and _EMAIL.fullmatch(each))


def words(text: str) -> list[str]:
    """The words of a text, in lower case."""
    return [each.casefold() for each in WORD.findall(unicodedata.normalize("NFC", text))]


def stated(text: str) -> Owner:
    """Whom a text names: what stands before the first comma, bracket or dash is the name, and the rest a role."""
    end = _ENDS_THE_NAME.search(text.strip())
    name = text.strip()[: end.start()].rstrip() if end else text.strip()
    role = text.strip()[end.end() :].rstrip(" )]>").lstrip(" ,<([") if end else ""
    if not words(name):
        return Owner(text, text.strip(), "team")
    return Owner(text, name, "person" if _human(name) else "team", role or None)


def _human(name: str) -> bool:
    if _EMAIL.fullmatch(name):
        return not _BODIES & {*words(name.split("@", maxsplit=1)[0])}
    parts = name.split()
    return not _BODIES & {*words(name)} and all(
        not part[0].islower() or part.casefold() in PARTICLES for part in parts[1 if len(parts) == 1 else 0 :]
    )


def owners(inventory: Inventory, facts: Facts | None, waivers: Iterable[Waiver]) -> Iterator[Owner]:
    """Everybody whom the platform, facts and waivers name."""
    for record in inventory.records:
        value = record.value if isinstance(record.value, dict) else {}
        said = {key: item for key in ("name", "title", "email") if isinstance(item := value.get(key), str) and item}
        if record.kind == "person" and "name" in said:
            own = stated(said["name"])
            yield replace(own, kind="person", email=said.get("email"))
            if "title" in said:
                yield Owner(said["title"], said["title"], "role")
        elif record.kind == "team":
            yield from (Owner(said[key], said[key], "team") for key in ("name", "title") if key in said)
    texts = [waiver.approved_by for waiver in waivers]
    for entry in facts.entries if facts else ():
        texts += filter(None, (entry.facts.owner, *(each.by for each in entry.facts.stated)))
    for answer in facts.answers if facts else ():
        texts += filter(None, (answer.decided_by, answer.owner, answer.approved_by))
    for text in texts:
        several = [stated(each) for each in _AND.split(text)]
        plain = all(each.kind == "person" and not each.role and len(each.words) > 1 for each in several)
        yield from several if plain else [stated(text)]


def common(inventory: Inventory, those: Iterable[Owner]) -> frozenset[str]:
    """Words that are nobody's name where they stand alone in a text: ours, of span types' names, roles and teams."""
    found = {*_BODIES, *(word for group in vocabulary.GROUPS for word in words(group.label))}
    for term in vocabulary.TERMS.values():
        found |= {*words(f"{term.name.replace('_', ' ')} {term.label}")}
    found |= {*vocabulary.LEVELS, *vocabulary.CATEGORY_ANSWERS, *vocabulary.ACTION_ANSWERS, *vocabulary.KINDS}
    for agent in inventory.agents:
        for version in agent.schema_versions:
            found.update(word for entry in version.span_types or () for word in words(entry.name))
    for each in those:
        found |= {*words(each.name)} if each.kind != "person" else set()
        found |= {*words(each.role)} if each.role and not _EMAIL.fullmatch(each.role) else set()
    return frozenset(found)
