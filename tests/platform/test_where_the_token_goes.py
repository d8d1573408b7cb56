"""The token goes only where its owner sends it: each source of one by each of an address, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Called
from far_end import FarEnd, account, far_end, of_agent
from pydantic import SecretStr

from reporter.errors import UsageError
from reporter.prefactor.credentials import DEFAULT_URL, Address, Credentials, destination

MINE = "pf-mine-0123456789"
THEIRS = "pf-of-the-repository-0123456789"

#: How the token is given: options, environment, and what lies in which file.
TOKENS: dict[str, tuple[list[str], dict[str, str], str | None]] = {
    "PREFACTOR_API_TOKEN": ([], {"PREFACTOR_API_TOKEN": MINE}, None),
    "PREFACTOR_API_TOKEN_FILE": ([], {"PREFACTOR_API_TOKEN_FILE": "{home}/token"}, None),
    "PREFACTOR_API_TOKEN_FILE in the tree": ([], {"PREFACTOR_API_TOKEN_FILE": "token"}, None),
    "--token-file": (["--token-file", "{home}/token"], {}, None),
    "--token-file in the tree": (["--token-file", "token"], {}, None),
    "home": ([], {}, "home/.prefactor/prefactor.json"),
    "home by name": ([], {"PREFACTOR_PROFILE": "mine"}, "home/.prefactor/prefactor.json"),
    "tree": ([], {}, "repo/prefactor.json"),
    "tree by name": ([], {"PREFACTOR_PROFILE": "mine"}, "repo/prefactor.json"),
}
#: How the address is given: sources and options, environment, and a settings file with where it lies.
ADDRESSES: dict[str, tuple[list[str], dict[str, str], tuple[str, str] | None]] = {
    "SOURCE": (["{url}"], {}, None),
    "PREFACTOR_API_URL": ([], {"PREFACTOR_API_URL": "{url}"}, None),
    "DATARISK_API_URL": ([], {"DATARISK_API_URL": "{url}/api/v1"}, None),
    "datarisk.toml": ([], {}, ("repo/datarisk.toml", "")),
    "datarisk.toml of a folder": ([], {}, ("repo/sub/datarisk.toml", "")),
    "pyproject.toml": ([], {}, ("repo/pyproject.toml", "[tool.datarisk]\n")),
    "--config": (["--config", "own.toml"], {}, ("repo/sub/own.toml", "")),
    "--config at home": (["--config", "{home}/own.toml"], {}, ("home/own.toml", "")),
}
BY_OWNER = {"SOURCE", "PREFACTOR_API_URL", "DATARISK_API_URL"}


@pytest.fixture
def asked() -> Iterator[FarEnd]:
    """The platform at the address that is named."""
    with far_end(account(1), of_agent) as place:
        yield place


@pytest.fixture
def own() -> Iterator[FarEnd]:
    """The platform that a profile's token belongs to."""
    with far_end(account(1), of_agent) as place:
        yield place


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository that is merely checked out; its user's home lies beside it, and runs start in a subfolder."""
    (tmp_path / "repo/.git").mkdir(parents=True)
    (tmp_path / "repo/sub").mkdir()
    (tmp_path / "home/.prefactor").mkdir(parents=True)
    for place in ("home/token", "repo/sub/token"):
        (tmp_path / place).write_text(f"{MINE}\n")
    return tmp_path / "repo"


def profile(path: Path, token: str, url: str) -> None:
    each = {"api_key": token, "base_url": url}
    path.write_text(json.dumps({"default": each, "mine": each}))


def seen(place: FarEnd) -> set[str | None]:
    return {one.token for one in place.asked}


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("token", TOKENS)
def test_a_token_goes_to_an_address_of_its_owner_s_and_to_no_other(
    token: str, address: str, called: Called, repo: Path, *, asked: FarEnd, own: FarEnd
) -> None:
    home = repo.parent / "home"
    options, environment, kept = TOKENS[token]
    more, variables, file = ADDRESSES[address]
    if kept:
        profile(repo.parent / kept, MINE if kept.startswith("home") else THEIRS, own.url)
    if file:
        (repo.parent / file[0]).write_text(f'{file[1]}api_url = "{asked.url}"\n')
    args = [part.format(home=home, url=asked.url) for part in (*options, *more)]
    given = {name: value.format(home=home, url=asked.url) for name, value in (environment | variables).items()}
    status, said = called("collect", "-o", "snapshot.json", *args, folder=repo / "sub", **given)
    used = THEIRS if kept and kept.startswith("repo") else MINE
    if kept:  # a profile has an address of its own: another that its owner names is a mistake, and a file's is nothing
        assert seen(asked) == set()
        assert (status, seen(own)) == ((2, set()) if address in BY_OWNER else (0, {f"Bearer {used}"})), said
        assert ("belongs to another platform" in said) == (address in BY_OWNER)
    elif address in BY_OWNER:
        assert (status, seen(asked)) == (0, {f"Bearer {used}"}), said
    else:
        assert (status, asked.asked) == (2, []), said
        assert f"set PREFACTOR_API_URL={asked.url}, or name it as the SOURCE" in said
        assert Path(ADDRESSES[address][2][0]).name in said  # type: ignore[index]
        remedied, said = called(
            "collect", "-o", "s.json", *args, folder=repo / "sub", **given, PREFACTOR_API_URL=asked.url
        )
        assert (remedied, seen(asked)) == (0, {f"Bearer {used}"}), said
    assert MINE not in said
    assert THEIRS not in said


def test_a_profile_s_token_goes_to_its_own_address_when_that_is_named_too(
    called: Called, repo: Path, own: FarEnd
) -> None:
    profile(repo / "prefactor.json", THEIRS, own.url)
    for args, environment in (([f"{own.url}/api/v1/"], {}), ([], {"PREFACTOR_API_URL": own.url})):
        status, said = called("collect", "-o", "s.json", *args, folder=repo, **environment)
        assert status == 0, said
    assert seen(own) == {f"Bearer {THEIRS}"}


def test_a_profile_of_the_tree_that_has_no_key_lends_its_address_to_none(
    called: Called, repo: Path, asked: FarEnd, own: FarEnd
) -> None:
    profile(repo.parent / "home/.prefactor/prefactor.json", MINE, own.url)
    (repo / "prefactor.json").write_text(json.dumps({"default": {"base_url": asked.url}}))
    status, said = called("collect", "-o", "s.json", folder=repo)
    assert (status, seen(own), asked.asked) == (0, {f"Bearer {MINE}"}, []), said


def test_nothing_is_said_of_the_address_where_nothing_was_to_be_said(called: Called, repo: Path, own: FarEnd) -> None:
    status, said = called("collect", "-q", "-o", "s.json", own.url, folder=repo, PREFACTOR_API_TOKEN=MINE)
    assert (status, said) == (0, "s.json\n")


def test_what_a_file_names_is_passed_over_where_its_owner_names_another(
    called: Called, repo: Path, asked: FarEnd, own: FarEnd
) -> None:
    (repo / "datarisk.toml").write_text(f'api_url = "{asked.url}"\n')
    status, said = called(
        "collect", "-o", "s.json", folder=repo, PREFACTOR_API_URL=own.url, PREFACTOR_API_TOKEN=MINE, API_URL=asked.url
    )
    assert (status, seen(own), asked.asked) == (0, {f"Bearer {MINE}"}, []), said


@pytest.mark.parametrize("command", [["report", "-f", "json"], ["check"], ["doctor"], ["waivers", "new", "ffff"]])
def test_no_command_sends_it_where_a_file_says(command: list[str], called: Called, repo: Path, asked: FarEnd) -> None:
    (repo / "datarisk.toml").write_text(f'api_url = "{asked.url}"\n')
    status, said = called(*command, folder=repo, PREFACTOR_API_TOKEN=MINE)
    assert (status, asked.asked) == (2, []), said
    assert "does not go where a file says" in said


def test_the_address_is_said_before_the_first_request(called: Called, repo: Path) -> None:
    status, said = called(
        "collect", "-o", "s.json", "--timeout", "1", folder=repo,
        PREFACTOR_API_URL="https://nowhere.invalid", PREFACTOR_API_TOKEN=MINE,
    )  # fmt: skip
    assert status == 3
    assert said.startswith("Asking https://nowhere.invalid, with the token of PREFACTOR_API_TOKEN.\n")


def test_the_variable_of_another_program_names_no_address() -> None:
    """``API_URL`` belongs to whoever set it."""
    from reporter.layers import read  # noqa: PLC0415

    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("API_URL", "https://elsewhere.test")
        assert read({}).settings.api_url is None


PLAIN = ["http://platform.test", "http://10.0.0.1:8400", "http://127.0.0.1.platform.test", "http://0.0.0.0", "HTTP://x"]


@pytest.mark.parametrize("url", PLAIN)
def test_plain_http_beyond_this_machine_wants_a_yes(url: str) -> None:
    mine, named = Credentials(SecretStr(MINE), "PREFACTOR_API_TOKEN"), Address(url, "command line", trusted=True)
    with pytest.raises(UsageError, match=r"over plain http, where others can read it\. Use https; or say"):
        destination(mine, named)
    assert destination(mine, named, insecure_http=True) == url
    with pytest.raises(UsageError, match="over plain http"):
        destination(Credentials(SecretStr(MINE), "a profile", url), None)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "http://127.9.9.9", "http://[::1]:8", "http://localhost", DEFAULT_URL]
)
def test_this_machine_and_https_want_none(url: str) -> None:
    assert destination(Credentials(SecretStr(MINE), "x"), Address(url, "command line", trusted=True)) == url


def test_the_yes_is_said_by_whoever_starts_the_run_and_never_by_a_file(called: Called, repo: Path) -> None:
    given = {"PREFACTOR_API_TOKEN": MINE, "PREFACTOR_API_URL": "http://nowhere.invalid"}
    assert called("collect", "-o", "s.json", folder=repo, **given)[0] == 2
    assert called("collect", "-o", "s.json", "--insecure-http", folder=repo, **given)[0] == 3
    assert called("collect", "-o", "s.json", folder=repo, DATARISK_INSECURE_HTTP="1", **given)[0] == 3
    for name, table in (("datarisk.toml", ""), ("pyproject.toml", "[tool.datarisk]\n")):
        (repo / name).write_text(f"{table}insecure_http = true\n")
        status, said = called("collect", "-o", "s.json", folder=repo, **given)
        assert status == 2
        assert "no settings file can say insecure_http. Say --insecure-http or DATARISK_INSECURE_HTTP=1" in said
        (repo / name).unlink()


def test_the_platform_s_own_address_may_stand_in_a_file() -> None:
    named = Address(f"{DEFAULT_URL}/", "datarisk.toml:1", trusted=False)
    assert destination(Credentials(SecretStr(MINE), "PREFACTOR_API_TOKEN"), named) == named.url


ODD = [
    f"https://user:{MINE}@platform.test", f"https://platform.test/?token={MINE}", f"https://platform.test/#{MINE}",
    MINE, f"ftp://{MINE}", f"https://plat form.test/{MINE}", f"https://127.0.0.1\\@{MINE}", f"https://[{MINE}",
    f"https://x:{MINE}", f"//{MINE}",
]  # fmt: skip


@pytest.mark.parametrize("url", ODD)
@pytest.mark.parametrize("place", ["datarisk.toml", "PREFACTOR_API_URL", "base_url"])
def test_what_is_no_address_is_refused_without_being_repeated(url: str, place: str, called: Called, repo: Path) -> None:
    environment = {"PREFACTOR_API_TOKEN": "pf-other"}
    if place == "datarisk.toml":
        (repo / place).write_text(f"api_url = {json.dumps(url)}\n")
    elif place == "base_url":
        environment = {}
        profile(repo / "prefactor.json", THEIRS, url)
        place = "prefactor.json, profile default"
    else:
        environment[place] = url
    status, said = called("collect", "-o", "s.json", folder=repo, **environment)
    assert status == 2
    assert f"{place}" in said
    assert "not an http(s) address. Give an address such as" in said
    assert MINE not in said


def test_a_token_in_the_place_of_its_file_s_name_is_not_repeated(called: Called, repo: Path) -> None:
    for args, environment in ((["--token-file", MINE], {}), ([], {"PREFACTOR_API_TOKEN_FILE": MINE})):
        status, said = called("collect", "-o", "s.json", *args, folder=repo, **environment)
        assert status == 2
        assert "the token cannot be read: No such file or directory. Name a file that holds" in said
        assert MINE not in said


def test_a_byte_order_mark_in_a_token_s_file_is_read_over(called: Called, repo: Path, asked: FarEnd) -> None:
    (repo / "token").write_bytes(b"\xef\xbb\xbf" + MINE.encode() + b"\r\n")
    status, said = called("collect", "-o", "s.json", "--token-file", "token", asked.url, folder=repo)
    assert (status, seen(asked)) == (0, {f"Bearer {MINE}"}), said
