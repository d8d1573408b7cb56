"""What a shell offers: read when it asks, without anything heavy, and never anything that a shell could run.

Names were written by others. Those that a shell would not take as they are, are not offered: their ids are.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_CATALOGUE: Final = Path(__file__).parent.parent / "review" / "catalogue"
_LARGEST: Final = 50_000_000  # bytes of a report; beyond it whoever types would wait
_PLAIN: Final = re.compile(r"[\w.@/][\w.@/ -]{0,99}(?<! )")


def languages(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """The languages of a report."""
    from reporter.plain.language import codes

    return _offered(((code, None) for code in codes()), incomplete)


def rules(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """The ids of rules, ours and those of the settings, with their titles."""
    policy = _settings(context).get("policy")
    own = policy.get("rules") if isinstance(policy, dict) else None
    paths = [*sorted(_CATALOGUE.glob("*.toml")), *(Path(each) for each in own or () if isinstance(each, str))]
    found = (rule for path in paths for rule in _list(_toml(path), "rule"))
    return _offered(((rule.get("id"), rule.get("title")) for rule in found), incomplete.upper())


def agents(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """The agents of the last runs, by name, or by id where a name would not do."""
    known = [agent for report in _last(context) for agent in _list(report, "agents")]
    names = [agent.get("name") for agent in known]
    pairs = ((agent.get("name"), agent.get("id")) for agent in known)
    chosen = ((name if _is_plain(name) and names.count(name) == 1 else id_, None) for name, id_ in pairs)
    return _offered(chosen, incomplete)


def findings(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """The findings of the last runs, with the rule and the title of each."""
    offered = []
    for report in _last(context):
        catalogue = report.get("catalogue")
        rules = _list(catalogue if isinstance(catalogue, dict) else {}, "rules")
        titles = {str(rule.get("id")): rule.get("title") for rule in rules}
        found = (each for agent in _list(report, "agents") for each in _list(agent, "findings"))
        offered += [(each.get("id"), f"{each.get('rule')} {titles.get(str(each.get('rule')))}") for each in found]
    return _offered(iter(offered), incomplete)


def _offered(items: Iterator[tuple[Any, Any]], incomplete: str) -> list[CompletionItem[str]]:
    """What begins as it was typed, each once; bash inserts it as it is handed over, less a layer of backslashes."""
    from click.shell_completion import CompletionItem

    bash = os.environ.get("_DATARISK_COMPLETE", "").startswith("bash")
    known = {value: told for value, told in items if _is_plain(value) and value.startswith(incomplete)}
    return [
        CompletionItem(value.replace(" ", r"\\ ") if bash else value, help=told if _is_plain(told) else None)
        for value, told in sorted(known.items())
    ]


def _is_plain(value: Any) -> bool:
    return isinstance(value, str) and _PLAIN.fullmatch(value) is not None


def _last(context: click.Context) -> Iterator[dict[str, Any]]:
    """The reports of the newest complete run of each account in the output folder."""
    given = context.params.get("output") or os.environ.get("DATARISK_OUTPUT") or _settings(context).get("output")
    root = Path(given if isinstance(given, str) and os.path.isdir(given) else "reports")  # noqa: PTH112  (as given)
    # Every command and every --help loads this module; what only completion needs waits until a shell asks.
    import json

    from reporter.plain import disk

    for path in sorted(root.glob("*/latest/report.json")):
        with suppress(OSError, ValueError, RecursionError):
            value = json.loads(disk.read(path, _LARGEST))
            if isinstance(value, dict):
                yield value


def _settings(context: click.Context) -> dict[str, Any]:
    return _toml(Path(context.params.get("config") or "datarisk.toml"))


def _toml(path: Path) -> dict[str, Any]:
    # Whoever presses TAB hears nothing of a file that is wrong; the command itself will tell.
    import tomllib

    from reporter.plain import disk

    with suppress(OSError, ValueError, RecursionError):
        return tomllib.loads(disk.read(path).decode("utf-8-sig"))
    return {}


def _list(value: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = value.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
