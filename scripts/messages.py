"""Renews the catalogues in reporter/locale from the sentences in the sources and the templates.

New sentences come in untranslated, and those that are no longer said go. ``tests/test_language.py`` fails until every
sentence of every language is translated::

    python scripts/messages.py

The catalogues hold no dates and no line numbers, so that they change only where a sentence does.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages import extract, pofile
from babel.messages.catalog import Catalog
from jinja2 import Environment, nodes
from jinja2.ext import babel_extract

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "reporter" / "locale"
KEYWORDS = {**extract.DEFAULT_KEYWORDS, "Message": None, "Column": (2,)}
# As reporter/render/templates.py reads them.
JINJA = {"trim_blocks": "true", "lstrip_blocks": "true", "newstyle_gettext": "true", "silent": "false"}
# Without dates and addresses.
HEADER = """\
msgid ""
msgstr ""
"Language: {code}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plural_forms}\\n"

"""


def sentences() -> Catalog:
    """Every sentence that a report can hold, in English."""
    found = Catalog()
    for path in sorted((ROOT / "reporter").rglob("*.py")):
        _add(found, path, "python")
    for path in sorted((ROOT / "templates").rglob("*.html")):
        _add(found, path, _of_template)
    for text, context in _of_vocabulary():
        found.add(text, context=context, locations=[("reporter/declared/vocabulary.py", 0)])
    for name, text in _of_rules():
        found.add(text, locations=[(f"reporter/review/catalogue/{name}", 0)])
    return found


def _add(found: Catalog, path: Path, method: Any) -> None:
    with path.open("rb") as file:
        for _, text, _, context in extract.extract(method, file, KEYWORDS, options=JINJA):
            found.add(text, context=context, locations=[(path.relative_to(ROOT).as_posix(), 0)])


def _of_template(file: Any, keywords: Any, comments: Any, options: Any) -> Iterator[Any]:
    """What is translated in a template; the filter ``count`` makes two sentences of its noun."""
    yield from babel_extract(file, keywords, comments, options)
    file.seek(0)
    environment = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    for node in environment.parse(file.read().decode()).find_all(nodes.Filter):
        if node.name == "count":
            one, many = [*(item.as_const() for item in node.args), None][:2]
            yield node.lineno, "ngettext", (f"%(number)s {one}", f"%(number)s {many or one + 's'}"), []


def _of_vocabulary() -> Iterator[tuple[str, str | None]]:
    """Words that are chosen by what was declared, each with its context."""
    from reporter.declared.vocabulary import ACTIONS, CATEGORIES, CLASSIFICATION, FLAGS, GROUPS, LEVELS  # noqa: PLC0415
    from reporter.render.tables.table import WORDS  # noqa: PLC0415

    for term in (*ACTIONS, *CATEGORIES):
        yield term.label, None
        yield term.short, term.group
    for group in GROUPS:
        yield group.label, None
        yield group.label, "box"
        if group.law:
            yield group.law, None
    for flag in FLAGS:
        for text in (flag.label, flag.provision, flag.law):
            yield text, None
        yield flag.label, "head"
    for word in (CLASSIFICATION.capitalize(), *LEVELS):
        yield word, None
    for word in WORDS:
        yield word, "value"


def _of_rules() -> Iterator[tuple[str, str]]:
    """The words of the catalogue of rules, each with its file."""
    from reporter.review.texts import texts  # noqa: PLC0415

    yield from texts()


def renewed(code: str) -> bytes:
    """A language's catalogue with the sentences of today."""
    path = LOCALE / f"{code}.po"
    with path.open("rb") as file:
        catalogue = pofile.read_po(file, locale=code)
    catalogue.update(sentences(), no_fuzzy_matching=True)
    written = io.BytesIO()
    pofile.write_po(
        written, catalogue, width=120, include_lineno=False, ignore_obsolete=True, sort_by_file=True, omit_header=True
    )
    return HEADER.format(code=code, plural_forms=catalogue.plural_forms).encode() + written.getvalue()


def main() -> int:
    """Runs the script."""
    for path in sorted(LOCALE.glob("*.po")):
        path.write_bytes(renewed(path.stem))
        with path.open("rb") as file:
            catalogue = pofile.read_po(file, locale=path.stem)
        untranslated = sum(not all(_texts(message.string)) for message in catalogue if message.id)
        print(f"{path.relative_to(ROOT)}: {len(catalogue)} sentences, {untranslated} without a translation")
    return 0


def _texts(string: Any) -> tuple[str, ...]:
    return (string,) if isinstance(string, str) else tuple(string)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))  # the package beside this script, whatever is installed
    sys.exit(main())
