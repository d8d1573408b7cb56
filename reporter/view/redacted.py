"""What a report says of evidence that is not as it was collected."""

from __future__ import annotations

from typing import Final

from reporter.declared import model
from reporter.plain.language import Language, Message
from reporter.view.report import Redaction

_HIDDEN: Final[dict[str, Message]] = {
    "agent-names": Message("names of agents"),
    "ids": Message("ids"),
    "owners": Message("names of those who own or decide something"),
}


def redaction(given: model.Redaction | None, language: Language) -> Redaction | None:
    """What was redacted; None where nothing was."""
    if given is None:
        return None
    hidden = [language.say(text) for name, text in _HIDDEN.items() if name in given.what]
    said = []
    if hidden:
        said = [
            language.gettext("Redacted. Pseudonyms stand for: %(what)s.", what=language.listed(hidden)),
            language.gettext("Whoever redacted it can map them back; it is held against no earlier report."),
            language.gettext("The names of the organisation and of its account stay."),
        ]
    if "samples" in given.what:
        said.append(language.gettext("Sample values of JSON schemas are left out."))
    if given.findings:
        said.append(
            language.ngettext(
                "%(number)s finding is missing here, as it rests on what was redacted.",
                "%(number)s findings are missing here, as they rest on what was redacted.",
                given.findings,
            )
        )
    return Redaction(list(given.what), given.findings, " ".join(said))
