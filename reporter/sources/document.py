"""One JSON document that somebody else wrote, from bytes to a value, strictly and within limits."""

from __future__ import annotations

import json
from typing import Any, Final

from reporter.canonical import MAX_NESTING, AmbiguousError, NotCanonicalError, parsed
from reporter.errors import UnreadableError

MEGABYTE: Final = 1_000_000


def parse(data: bytes, where: str) -> Any:
    """The JSON value that these bytes hold: UTF-8, or UTF-16 and UTF-32 as some shells write them.

    Raises:
        UnreadableError: They are empty, no text, no JSON, ambiguous (a name twice in one object), or nested deeper
            than any declaration could be.
    """
    if not data.strip():
        raise UnreadableError("the file is empty", where=where)
    try:
        return parsed(data)
    except AmbiguousError as error:
        raise UnreadableError(f"ambiguous: {error}", where=where) from error
    except json.JSONDecodeError as error:
        raise UnreadableError(
            f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}", where=where
        ) from error
    except UnicodeDecodeError as error:
        raise UnreadableError(f"not text: byte {error.start} is no UTF-8", where=where) from error
    except (RecursionError, NotCanonicalError) as error:
        raise UnreadableError(f"nested deeper than {MAX_NESTING} levels", where=where) from error
    except ValueError as error:
        raise UnreadableError(f"not JSON: {error}", where=where) from error
