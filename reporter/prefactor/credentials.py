"""Which platform, and what opens it: an account's token from the environment, a file, or the vendor's command line.

In this order: ``--token-file``; the profile that ``PREFACTOR_PROFILE`` names; ``PREFACTOR_API_TOKEN``;
``PREFACTOR_API_TOKEN_FILE``; the profile ``default``. A profile's token goes to the profile's own address and to no
other. Any other token is its owner's, whatever file it lies in, and goes where its owner sends it: to an address of the
command line or the environment, or to the platform's own. A settings file may be anybody's who wrote to the working
tree, so what it names gets no token, and neither does one that ``--config`` names.
"""

from __future__ import annotations

import ipaddress
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

from pydantic import SecretStr

from reporter.errors import NoTokenError, UsageError
from reporter.plain import disk

DEFAULT_URL: Final = "https://app.prefactorai.com"
PROFILES: Final = "prefactor.json"
_SECRET: Final = 8  # letters; anything shorter stands in many a text by chance, and opens no platform
_REMEDY: Final = (
    "Set PREFACTOR_API_TOKEN to an account token (in the platform under Account, API tokens), or name files to read"
)


@dataclass(frozen=True, slots=True)
class Access:
    """Where the platform is, what opens it (hidden wherever it is shown), and how much of it is waited for and read.

    ``origin`` says in messages where the token came from.
    """

    url: str
    token: SecretStr
    origin: str
    timeout: float = 15  # seconds after which a request that nobody answers is given up
    in_flight: int = 6  # requests that may wait for an answer at a time; the vendor measured six as best
    answer_timeout: float = 30  # seconds that one whole answer may take, and that we may be made to wait between tries
    max_answer_megabytes: int = 20  # of one answer once it is unpacked
    max_headers: int = 100
    max_header_kilobytes: int = 64  # of all headers together
    max_pages: int = 1000  # of one list

    @property
    def base(self) -> str:
        """The address of the API; ``UsageError`` where it is not http(s), or holds more than an address."""
        return base(self.url, "PREFACTOR_API_URL")

    def token_in(self, text: str) -> bool:
        """Whether a text, or the text of a JSON document, holds the token."""
        token, text = self.token.get_secret_value(), text.lower()
        # A host's name is in small letters, so case does not count; an address and a JSON text have spellings of it.
        spelled = (token, json.dumps(token)[1:-1], quote(token, safe=""))
        return len(token) >= _SECRET and any(spelling.lower() in text for spelling in spelled)


@dataclass(frozen=True, slots=True)
class Credentials:
    """A token, where it came from, and the address that it belongs to if it belongs to one."""

    token: SecretStr
    origin: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """An address of a platform, where it was named, and whether whoever started the run named it.

    That is on the command line or in the environment; a settings file may be anybody's.
    """

    url: str
    origin: str
    trusted: bool


def check_token(token: SecretStr, origin: str) -> None:
    """Raises ``UsageError``, which does not repeat it, for a token that no header can hold."""
    held = token.get_secret_value()
    if not held:
        remedy = "Copy it again from the platform: Account, API tokens"
        raise UsageError("holds no token", where=origin, remedy=remedy)
    # A line break would begin a header of its own, and the library's error would repeat the token.
    if not held.isascii() or not held.isprintable() or " " in held:
        what = "holds a blank, or another character that no token has"
        raise UsageError(what, where=origin, remedy="Give the token alone, without Bearer and without quotes")


def destination(found: Credentials, named: Address | None, *, insecure_http: bool = False) -> str:
    """The address that a token may be sent to: the one that was asked for, else a profile's own, else the platform's.

    Raises ``UsageError`` where it may not go there, with what would make it go (``insecure_http`` for plain http).
    """
    check_token(found.token, found.origin)
    url, origin = found.url or DEFAULT_URL, found.origin
    if named and (named.trusted or not found.url):
        wanted, shown = base(named.url, named.origin), named.url
        # Whoever wrote a profile bound its token to its address, and nobody takes it elsewhere by naming another.
        if found.url and wanted != base(found.url, found.origin):
            remedy = "Set PREFACTOR_API_TOKEN, or give a --token-file, for this address"
            raise UsageError(
                f"the token of {found.origin} belongs to another platform", where=named.origin, remedy=remedy
            )
        if not named.trusted and wanted != base(DEFAULT_URL, origin):
            remedy = (
                f"If {shown} is where you want to send it, say so yourself: set PREFACTOR_API_URL={shown}, or name it "
                "as the SOURCE"
            )
            what = f"a settings file names the platform, and the token of {found.origin} does not go where a file says"
            raise UsageError(what, where=named.origin, remedy=remedy)
        url, origin = named.url, named.origin
    parts = urlsplit(base(url, origin))
    host = parts.hostname or ""
    try:
        # Whether it stands for this machine, without asking anybody: whoever answers for names could say so of any.
        here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        here = host == "localhost" or host.endswith(".localhost")
    if parts.scheme == "http" and not insecure_http and not here:
        remedy = "Use https; or say --insecure-http (DATARISK_INSECURE_HTTP=1) if you own all the network in between"
        raise UsageError("the token would go over plain http, where others can read it", where=origin, remedy=remedy)
    return url


def base(url: str, where: str) -> str:
    """The address of a platform's API, given with or without ``/api/v1``; ``UsageError`` where it holds any more."""
    try:
        parts = urlsplit(url)
        more = parts.username or parts.password or parts.query or parts.fragment or parts.port == 0
        # Programs do not agree on where the host ends before such a character, and the token must reach the one shown.
        odd = not url.isprintable() or any(character in url for character in " \\@?#")
        plain = parts.scheme in ("http", "https") and parts.hostname and not more and not odd
    except ValueError:
        plain = None
    if not plain:
        remedy = f"Give an address such as {DEFAULT_URL}, and nothing else with it"
        raise UsageError("not an http(s) address", where=where, remedy=remedy)
    return f"{url.rstrip('/').removesuffix('/api/v1')}/api/v1"


def find(
    environment: Mapping[str, str],
    *,
    token_file: Path | None = None,
    variable: str | None = None,
    folder: Path | None = None,
) -> Credentials:
    """The token to use; ``folder`` is where the vendor's command line would be run, by default the working directory.

    A file or a variable that is named counts before all that lies about. Raises ``NoTokenError`` where there is none,
    and ``UsageError`` where what was named cannot be read.
    """
    # What was said for this run comes first, then what was said for this shell, then what lies about.
    if token_file:
        return _from_file(token_file, "--token-file")
    if variable:
        if environment.get(variable):
            return Credentials(SecretStr(environment[variable].strip()), variable)
        if file := environment.get(f"{variable}_FILE"):
            return _from_file(Path(file), f"{variable}_FILE")
        remedy = f"Set {variable} to an account token, or {variable}_FILE to a file that holds one"
        raise NoTokenError("no token is set", where=variable, remedy=remedy)
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
    # A name that there is no file of may be the token itself, so it is not repeated.
    where = f"{origin} ({path})" if os.path.lexists(path) else origin
    try:
        return Credentials(SecretStr(disk.read(path).decode("utf-8-sig").strip()), where)
    except OSError as error:
        remedy = "Name a file that holds the token and nothing else, or put the token into PREFACTOR_API_TOKEN"
        raise UsageError(f"the token cannot be read: {error.strerror}", where=where, remedy=remedy) from error
    except UnicodeDecodeError as error:
        raise UsageError("the token cannot be read: it is not UTF-8", where=where, remedy="Save it as UTF-8") from error


def _profile_files(folder: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    """Where the vendor's command line keeps its profiles: at the root of a checkout, in the home, beside itself."""
    yield disk.upwards(folder)[-1] / PROFILES
    yield Path(environment.get("HOME") or Path.home()) / ".prefactor" / PROFILES
    program = shutil.which("prefactor", path=environment.get("PATH"))
    if program:
        beside = Path(program).resolve().parent
        yield (beside.parent if beside.name == "bin" else beside) / PROFILES


def _from_profiles(files: list[Path], name: str) -> Credentials | None:
    for path in filter(os.path.lexists, files):
        try:
            value = json.loads(disk.read(path))
        except (OSError, ValueError, RecursionError) as error:
            remedy = "Log in again with the vendor's command line, or move the file away"
            reason = error.strerror if isinstance(error, OSError) else "it is not JSON"
            raise UsageError(f"the profiles cannot be read: {reason}", where=str(path), remedy=remedy) from error
        profile = value.get(name) if isinstance(value, dict) else None
        if isinstance(profile, dict) and isinstance(profile.get("api_key"), str):
            # A profile's token is bound to its address from here on, even where the file names none.
            url = profile.get("base_url") or DEFAULT_URL
            return Credentials(SecretStr(profile["api_key"]), f"{path}, profile {name}", str(url))
    return None
