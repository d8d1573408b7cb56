"""The registry as an ASGI application.

Raises:
    MissingPart: On import, where the extra ``registry`` is not installed.
"""

from __future__ import annotations

from typing import Final

from reporter import __version__
from reporter.registry import read, sdk, write
from reporter.registry.answers import Answers
from reporter.registry.door import Door
from reporter.registry.paging import DEFAULT_PAGE_SIZE
from reporter.registry.parts import fastapi
from reporter.registry.platform import Platform
from reporter.registry.store import Store
from reporter.registry.tokens import admit
from reporter.registry.wire import Answer, install_handlers

PREFIX: Final = "/api/v1"


def create_app(
    store: Store,
    *,
    token: str,
    fill_unknown: bool = True,
    default_page_size: int = DEFAULT_PAGE_SIZE,
) -> fastapi.FastAPI:
    """The application over a store; it describes itself at ``/api/v1/openapi``.

    Args:
        store: What it knows; closing it is up to the caller.
        token: The account's token, which reads and writes everything. An earlier one no longer counts.
        fill_unknown: Answer undeclared data risk as declared ``unknown``, as the platform most probably does;
            otherwise as null, and partly declared data risk as it was sent.
        default_page_size: Rows of a page whose size nobody asked for.
    """
    admit(store, token)
    app = fastapi.FastAPI(
        title="Local registry",
        description="Speaks the API of the Prefactor platform, for an agent's SDK and for a reader.",
        version=__version__,
        openapi_url=f"{PREFIX}/openapi",
        # The pages that show the description load their scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        default_response_class=Answer,
        redirect_slashes=False,
    )
    app.state.platform = Platform(store, Answers(store, fill_unknown=fill_unknown), default_page_size)
    install_handlers(app)
    app.add_middleware(Door, store=store, open_path=f"{PREFIX}/openapi")
    for part in (read, sdk, write):
        app.include_router(part.router, prefix=PREFIX)
    return app
