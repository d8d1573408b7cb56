"""What every operation is handed: the platform, who is calling, and which page of a list."""

from dataclasses import replace
from typing import Annotated, cast

from reporter.registry.door import BEARER
from reporter.registry.paging import MAX_OFFSET, MAX_PAGE_SIZE, Page, sorting
from reporter.registry.parts import fastapi
from reporter.registry.platform import Platform
from reporter.registry.tokens import Caller


def platform_of(request: fastapi.Request) -> Platform:
    """The platform that the application was made with."""
    return cast("Platform", request.app.state.platform)


def caller_of(
    request: fastapi.Request,
    _: Annotated[object, fastapi.Depends(BEARER)],  # for the description alone; the door has looked at it
    idempotency_key: Annotated[str | None, fastapi.Header()] = None,
) -> Caller:
    """Who is calling."""
    return replace(cast("Caller", request.scope["caller"]), idempotency_key=idempotency_key)


Authenticated = Annotated[Caller, fastapi.Depends(caller_of)]
Here = Annotated[Platform, fastapi.Depends(platform_of)]


def reading(platform: Here, caller: Authenticated) -> Platform:
    """The platform, for a token that may read.

    Raises:
        ApiFault: 401 without one.
    """
    caller.check_reader()
    return platform


def administrator(caller: Authenticated) -> Caller:
    """The caller, where it is the account.

    Raises:
        ApiFault: 401 without a good token; 403 for a deployment's.
    """
    caller.check_administrator()
    return caller


def page_of(
    platform: Here,
    *,
    offset: Annotated[int, fastapi.Query(alias="pagination[offset]", ge=0, le=MAX_OFFSET)] = 0,
    size: Annotated[int | None, fastapi.Query(alias="pagination[page_size]", ge=1, le=MAX_PAGE_SIZE)] = None,
    word: Annotated[str | None, fastapi.Query(alias="sorting")] = None,
    field: Annotated[str | None, fastapi.Query(alias="sorting[field]")] = None,
    direction: Annotated[str | None, fastapi.Query(alias="sorting[direction]")] = None,
) -> Page:
    """The page that the query asks for.

    Raises:
        ApiFault: 422 for a direction that is none.
    """
    return Page(offset, size or platform.default_page_size, *sorting(word, field, direction))


Reading = Annotated[Platform, fastapi.Depends(reading)]
Administrator = Annotated[Caller, fastapi.Depends(administrator)]
Asked = Annotated[Page, fastapi.Depends(page_of)]
