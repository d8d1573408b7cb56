"""WeasyPrint, kept on a short lead: it opens nothing but what it is handed, and what it complains about is an error.

Importing this module imports WeasyPrint, which fails where Pango is missing; ``pdf`` does it when it has to.
"""

from __future__ import annotations

import logging
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import pydyf
import weasyprint
from weasyprint.text.ffi import harfbuzz, pango
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from reporter.errors import RenderError
from reporter.render.document import Attachment, Profile
from reporter.render.pdf import archival, numbers, quick, tagged

VERSION: Final[str] = weasyprint.__version__
SHORTCUTS_FIT: Final = quick.fits()
SCHEME: Final = "datarisk:"
Pages = numbers.Pages
_NOTES: Final = re.compile(r"footnote|note\(\)")  # a template of the user's may have some


@dataclass(frozen=True, slots=True)
class Resource:
    """Something that a document may ask for by its exact name."""

    media_type: str
    data: bytes


class _Handed(URLFetcher):  # type: ignore[misc]  # (ships no types)
    """Answers with what it was handed, by exact name, and ends the rendering at anything else."""

    def __init__(self, resources: Mapping[str, Resource]) -> None:
        # Its own default opens files and addresses that a name or a logo from the data may lead to.
        super().__init__(fail_on_errors=True, allow_redirects=False)
        self._resources = resources

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:  # noqa: ARG002 (the engine hands it over)
        """The resource of this name."""
        found = self._resources.get(url.removeprefix(SCHEME)) if url.startswith(SCHEME) else None
        if found is None:
            raise FatalURLFetchingError(f"asked for {url[:200]}")
        return URLFetcherResponse(url, found.data, {"Content-Type": found.media_type})


class _Complaints(logging.Handler):
    """Keeps what WeasyPrint logs as an error: it would carry on, and something would be missing on the page."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def libraries() -> dict[str, str]:
    """The versions of what the bytes of a PDF depend on besides the engine's own."""
    pango_, harfbuzz_ = pango.pango_version(), [0, 0, 0]
    for place in range(3):
        # It says no more than whether it is as new as some version.
        while harfbuzz.hb_version_atleast(*harfbuzz_[:place], harfbuzz_[place] + 1, *[0] * (2 - place)):
            harfbuzz_[place] += 1
    found = {
        "harfbuzz": ".".join(map(str, harfbuzz_)),
        "pango": f"{pango_ // 10000}.{pango_ // 100 % 100}.{pango_ % 100}",
    }
    return found | {"pydyf": pydyf.__version__, "zlib": zlib.ZLIB_RUNTIME_VERSION}


class Engine:
    """Lays out pages with one set of fonts, so that pages of several documents can be bound together."""

    def __init__(self, css: str, resources: Mapping[str, Resource], words: tagged.Words = tagged.SILENT) -> None:
        self._fetcher = _Handed(resources)
        self._words = words
        self._fonts = FontConfiguration()
        self._text = css
        with _strict():
            self._css = weasyprint.CSS(string=css, url_fetcher=self._fetcher, font_config=self._fonts)

    def laid_out(self, html: str) -> Any:
        """A WeasyPrint document of finished pages, with their numbers."""
        with _strict(notes=bool(_NOTES.search(html) or _NOTES.search(self._text))):
            page = weasyprint.HTML(string=html, url_fetcher=self._fetcher)
            document = page.render(font_config=self._fonts, stylesheets=[self._css])
            numbers.filled_in(document.pages, numbers.of_anchors(document))
            return document

    def written(self, document: Any, profile: Profile = "archive", attached: Sequence[Attachment] = ()) -> bytes:
        """The pages as a PDF: tagged unless it is plain, and with what it carries if it is to be kept."""
        with _strict(), tagged.told(self._words):
            asked = archival.options(document, profile, attached, words=SHORTCUTS_FIT)
            data: bytes = document.write_pdf(**asked, finisher=partial(_finished, profile))
            return data


def _finished(profile: Profile, document: Any, pdf: Any) -> None:
    """What is done to a file before it is written."""
    archival.finished(profile, document, pdf)
    _mend_lists(pdf.objects)
    for each in pdf.objects:
        if isinstance(each, pydyf.Stream) and each.compress:
            # At once, and not when it is written: what is drawn of all pages would be kept until then.
            each.stream, each.compress = [quick.compressed(each.stream)], False
            each.extra["Filter"] = "/FlateDecode"
        elif isinstance(each, dict) and each.get("Subtype") == "/Link":
            each["F"] = _PRINTED


_PRINTED: Final = 4  # ISO 32000-1, 12.5.3: what is not printed is no part of the page on paper


# ISO 32000-1, 14.8.4.3.3: an LI stands in an L, and readers skip lists in which it does not.
def _mend_lists(objects: list[Any]) -> None:
    """Tells of the groups in a ``dl`` as lists, and keeps in lists nothing but items.

    The engine lists the items of such groups, and not what it groups them by; blanks between items, and the boxes that
    it makes up to lay a list out as a table, it tells as lists and their parts.
    """
    for item in objects:
        if isinstance(item, dict) and item.get("S") == "/LI":
            above = objects[int(item["P"].split()[0])]
            if above["S"] == "/Div":
                above["S"] = "/L"
                objects[int(above["P"].split()[0])]["S"] = "/NonStruct"
    for item in objects:
        if isinstance(item, dict) and item.get("S") == "/L":
            kids = [objects[int(each.split()[0])] for each in item["K"]]
            strange = [kid for kid in kids if kid["S"] not in {"/LI", "/Caption"}]
            if len(strange) == len(kids):
                item["S"] = "/Div"
            elif strange:
                _move(strange, kids, item, objects)


def _move(strange: list[Any], kids: list[Any], list_: Any, objects: list[Any]) -> None:
    """Moves what is no item of a list into the item before it."""
    item = next(kid for kid in kids if kid["S"] == "/LI")
    for kid in kids:
        if kid["S"] == "/LI":
            item = kid
        elif any(kid is each for each in strange):
            body = objects[int(item["K"][-1].split()[0])] if item["K"] else item
            list_["K"].remove(kid.reference)
            body["K"].append(kid.reference)
            kid["P"] = body.reference


@contextmanager
def _strict(*, notes: bool = False) -> Iterator[None]:
    """Translates all that can go wrong while something is laid out."""
    complaints = _Complaints()
    logger = logging.getLogger("weasyprint")
    logger.addHandler(complaints)
    try:
        with quick.installed(notes=notes):
            yield
    # It derives from BaseException, so that nothing but its name catches it.
    except FatalURLFetchingError as error:
        raise RenderError(f"the PDF would have to fetch something: {error}") from error
    except (RecursionError, MemoryError, ValueError, TypeError, LookupError, AttributeError, OSError) as error:
        raise RenderError(f"the PDF cannot be made: {type(error).__name__}: {error}") from error
    finally:
        logger.removeHandler(complaints)
    if complaints.messages:
        raise RenderError(f"the PDF cannot be made: {complaints.messages[0]}")
