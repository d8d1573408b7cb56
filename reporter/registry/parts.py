"""The one place that looks for the extra ``registry``; whatever needs FastAPI or uvicorn takes them from here.

Raises:
    MissingPart: On import, where the extra is not installed.
"""

from __future__ import annotations

from reporter.errors import MissingPart

try:
    import fastapi
    import fastapi.exceptions
    import fastapi.responses
    import fastapi.routing
    import fastapi.security
    import starlette.exceptions
    import starlette.types
    import uvicorn
    import uvicorn.protocols.http.h11_impl
except ImportError as error:
    raise MissingPart(
        "the local registry needs FastAPI and uvicorn, which are not installed",
        remedy="Install them: pip install fastapi uvicorn",
    ) from error

__all__ = ["fastapi", "starlette", "uvicorn"]
