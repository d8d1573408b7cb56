"""Which platform, and what opens it: an account's token from the environment, a file, or the vendor's command line.

In this order: ``--token-file``; the profile that ``PREFACTOR_PROFILE`` names; ``PREFACTOR_API_TOKEN``;
``PREFACTOR_API_TOKEN_FILE``; the profile ``default``. A profile's token goes to
the profile's own address and to no other.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from reporter.errors import NoTokenError, UsageError

DEFAULT_URL: Final = "https://app.prefactorai.com"
PROFILES: Final = "prefactor.json"
_REMEDY: Final = (
    "Set PREFACTOR_API_TOKEN to an account token (in the platform under Account, API tokens), or name files to read"
)


@dataclass(frozen=True, slots=True)
class Access:
    """Where the platform is and what opens it.

    Attributes:
        url: Its address, with or without ``/api/v1``.
        token: An account's token; hidden wherever it is shown.
        origin: Where the token came from, for messages.
        timeout: Seconds after which a request that nobody answers is given up.
        in_flight: How many requests may wait for an answer at a time; the vendor measured six as best.
        answer_timeout: Seconds that one whole answer may take, and that the platform may have us wait between tries.
        max_answer_megabytes: How large one answer may be once it is unpacked.
        max_headers: How many headers it may have.
        max_header_kilobytes: How large they may be together.
    """

    url: str
    token: SecretStr
    origin: str
    timeout: float = 15
    in_flight: int = 6
    answer_timeout: float = 30
    max_answer_megabytes: int = 20
    max_headers: int = 100
    max_header_kilobytes: int = 64

    @property
    def base(self) -> str:
        """The address of the API.

        Raises:
            UsageError: It is not http(s), or has a name and password in it.
        """
        try:
            parts = urlsplit(self.url)
            plain = parts.scheme in ("http", "https") and parts.hostname and not parts.username and not parts.password
        except ValueError:
            plain = None
        if not plain:
            remedy = f"Give an address such as {DEFAULT_URL} in PREFACTOR_API_URL"
            raise UsageError("not an http(s) address", where=self.url.rpartition("@")[2], remedy=remedy)
        return f"{self.url.rstrip('/').removesuffix('/api/v1')}/api/v1"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A token, where it came from, and the address that it belongs to if it belongs to one."""

    token: SecretStr
    origin: str
    url: str | None = None


def find(environment: Mapping[str, str], *, token_file: Path | None = None, folder: Path | None = None) -> Credentials:
    """The token to use.

    Args:
        environment: The process's environment.
        token_file: A file that holds nothing but a token.
        folder: Where the vendor's command line would be run; the working directory by default.

    Raises:
        NoTokenError: There is none.
        UsageError: What was named cannot be read.
    """
    if token_file:
        return _from_file(token_file, str(token_file))
    profile = environment.get("PREFACTOR_PROFILE")
    profiles = list(_profile_files(folder or Path.cwd(), environment))
    if profile:
        found = _from_profiles(profiles, profile)
        if found:
            return found
        remedy = "Log in with the vendor's command line, or unset PREFACTOR_PROFILE"
        raise UsageError(f"no profile {profile!r} in any {PROFILES}", where="PREFACTOR_PROFILE", remedy=remedy)
    if environment.get("PREFACTOR_API_TOKEN"):
        return Credentials(SecretStr(environment["PREFACTOR_API_TOKEN"].strip()), "PREFACTOR_API_TOKEN")
    if environment.get("PREFACTOR_API_TOKEN_FILE"):
        return _from_file(Path(environment["PREFACTOR_API_TOKEN_FILE"]), "PREFACTOR_API_TOKEN_FILE")
    found = _from_profiles(profiles, "default")
    if found:
        return found
    raise NoTokenError("no token is set, so no platform can be read", remedy=_REMEDY)


def _from_file(path: Path, origin: str) -> Credentials:
    try:
        return Credentials(SecretStr(path.read_text(encoding="utf-8").strip()), origin)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UsageError(f"the token cannot be read: {reason}", where=origin, remedy="Check the file") from error


def _profile_files(folder: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    """Where the vendor's command line keeps its profiles: at the root of a checkout, in the home, beside itself."""
    root = next((place for place in (folder, *folder.parents) if (place / ".git").exists()), folder)
    yield root / PROFILES
    yield Path(environment.get("HOME") or Path.home()) / ".prefactor" / PROFILES
    program = shutil.which("prefactor", path=environment.get("PATH"))
    if program:
        beside = Path(program).resolve().parent
        yield (beside.parent if beside.name == "bin" else beside) / PROFILES


def _from_profiles(files: list[Path], name: str) -> Credentials | None:
    for path in files:
        profile = _profiles(path).get(name)
        if isinstance(profile, dict) and isinstance(profile.get("api_key"), str):
            url = profile.get("base_url")
            return Credentials(SecretStr(profile["api_key"]), f"{path}, profile {name}", str(url or DEFAULT_URL))
    return None


def _profiles(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        remedy = "Log in again with the vendor's command line, or move the file away"
        raise UsageError("the profiles cannot be read", where=str(path), remedy=remedy) from error
    return value if isinstance(value, dict) else {}
