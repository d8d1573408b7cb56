"""Fills a registry with the made-up account, over HTTP, as agents' SDKs and an administrator would have done it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from reporter.errors import FaultError
from reporter.registry.made_up import account as made_up
from reporter.registry.serve import Running, running


@contextmanager
def filled() -> Iterator[Running]:
    """A registry that holds the made-up account, for as long as the context lasts.

    Raises:
        MissingPart: The extra ``registry`` is not installed (raised on import of this module).
        FaultError: It did not come up, or refused what it was sent.
    """
    clock = made_up.Clock()
    # What nobody declared stays undeclared, so that a reader can see that nobody did.
    with made_up.store(clock) as store, running(store, fill_unknown=False) as registry:
        headers = {"Authorization": f"Bearer {registry.token}"}
        with httpx.Client(base_url=f"{registry.url}/api/v1", headers=headers, trust_env=False) as http:

            def send(path: str, body: dict[str, Any], **steps: str) -> None:
                answer = http.post(path.format(**steps), json=body)
                if not answer.is_success:
                    what = f"the local registry refused the made-up account: HTTP {answer.status_code}"
                    raise FaultError(what, where=path)

            made_up.fill(send, store, clock)
        yield registry
