"""A mutation run: breaks a module in small ways, one at a time, and tells which breaks no test noticed.

The breaks are Cosmic Ray's, with a few of our own. Its runner starts Python and pytest for each of them; here a process
that has loaded them once makes a copy of itself, so that most mutants cost a second or two. They are tried in a copy
of the project, one for each break that is chosen by chance with a fixed seed.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import importlib
import os
import py_compile
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator, operator_names
from parso.python.tree import Name, PythonNode, String

ROOT = Path(__file__).resolve().parent.parent

_TABLES = (
    "tests/render/test_register.py tests/render/test_csv.py tests/test_docs.py "
    "-k 'test_register or test_csv or columns'"
)

#: The tests that guard each module, as pytest is asked for them.
GUARDS = {
    "declared/aggregate": "tests/test_aggregate_laws.py",
    "declared/scope": "tests/test_scope.py",
    "gate/policy": "tests/policy/test_verdict.py tests/policy/test_no_vacuous_pass.py",
    "review/waivers": "tests/policy/test_waivers.py tests/policy/test_waiver_file.py",
    "review/evaluation": "tests/rules/test_evaluation.py tests/rules/test_lint.py",
    "review/conditions": "tests/rules/test_conditions.py tests/rules/test_evaluation.py",
    "view/compose": "tests/test_compose.py",
    "view/words": "tests/test_words.py tests/test_compose.py",
    "prefactor/client": "tests/platform/test_platform_reading.py tests/platform/test_wire.py "
    "tests/platform/test_lists.py",
    "render/sheets/letters": "tests/render/test_letters.py",
    "render/tables/csv": "tests/render/test_csv.py",
    "render/tables/claims": _TABLES,
    "render/tables/register": _TABLES,
    "render/check/sarif": "tests/render/test_check_formats.py -k sarif",
    "render/check/junit": "tests/render/test_check_formats.py -k junit",
    "render/check/github": "tests/render/test_check_formats.py -k annotation",
    "render/check/codequality": "tests/render/test_check_formats.py -k code_quality",
    "render/check/above": "tests/render/test_comment.py",
    "plain/json_places": "tests/test_json_places.py",
    "sources/lines": "tests/cli/test_check_lines.py",
}
LOADED = ("pytest", "hypothesis", "pydantic", "pydantic_settings", "jinja2", "httpx", "rfc8785", "babel", "click")

#: The same object or another that is equal: breaks that nothing can notice, or that the type checker notices.
NOT_TRIED = re.compile(r".*_(Eq|NotEq|Lt|LtE|Gt|GtE)_(Is|IsNot)|.*RemoveDecorator")


class Text(Operator):  # type: ignore[misc]  # (ships no types)
    """A name or a value becomes another; words for people are left to the tests of words."""

    def mutation_positions(self, node: Any) -> Iterator[Any]:
        """Short strings without spaces that are no docstring."""
        if isinstance(node, String) and " " not in node.value and node.parent.type != "simple_stmt":
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, _index: int) -> Any:
        """Puts a letter before it."""
        prefix = re.match(r"[a-zA-Z]*(?:'''|\"\"\"|'|\")", node.value)
        end = prefix.end() if prefix else 0
        node.value = f"{node.value[:end]}x{node.value[end:]}"
        return node

    @classmethod
    def examples(cls) -> tuple[()]:
        """None are needed."""
        return ()


class Word(Text):
    """The opposite: the least for the most, any for all."""

    WORDS: ClassVar = {"min": "max", "max": "min", "any": "all", "all": "any", "union": "intersection"}

    def mutation_positions(self, node: Any) -> Iterator[Any]:
        """Calls by one of the names."""
        if isinstance(node, Name) and node.value in self.WORDS:
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, _index: int) -> Any:
        """The other name."""
        node.value = self.WORDS[node.value]
        return node


class Filter(Text):
    """A comprehension takes what it should leave out."""

    def mutation_positions(self, node: Any) -> Iterator[Any]:
        """Conditions of comprehensions."""
        if isinstance(node, PythonNode) and node.type in {"comp_if", "old_comp_if"}:
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, _index: int) -> Any:
        """Whatever the condition says, it holds."""
        return get_ast(f" if True or {node.get_code().strip().removeprefix('if').strip()}").children[0]


OWN = {"Text": Text(), "Word": Word(), "Filter": Filter()}


class Mutant(NamedTuple):
    """One break: its place, what it does, and the whole module with it."""

    line: int
    column: int
    what: str
    text: str


def operators() -> dict[str, Any]:
    """All that take no arguments, by name."""
    kinds = {name: get_operator(name) for name in operator_names() if not NOT_TRIED.fullmatch(name)}
    return OWN | {name.removeprefix("core/"): kind() for name, kind in kinds.items() if not kind.arguments()}


def mutants(source: str, number: int, seed: int) -> list[Mutant]:
    """So many of a module's mutants, as far as they go one for each place before any place has two."""
    aside = set(_aside(ast.parse(source)))
    by_place: dict[Any, list[tuple[str, Any, int]]] = {}
    nodes = list(ast_nodes(get_ast(source)))
    for name, operator in operators().items():
        places = [place for node in nodes for place in operator.mutation_positions(node)]
        for occurrence, place in enumerate(places):
            if not any(start <= place[0] and place[1] <= end for start, end in aside):
                by_place.setdefault(place, []).append((name, operator, occurrence))
    chance = random.Random(seed)
    turns: list[tuple[int, float, Any, Any]] = []
    for place in sorted(by_place):
        found = sorted(by_place[place], key=lambda each: each[0])
        chance.shuffle(found)
        turns += [(turn, chance.random(), place, each) for turn, each in enumerate(found)]
    chosen = sorted(turns, key=lambda each: each[:2])[:number]
    made = [
        Mutant(place[0][0], place[0][1], name, mutate_code(source, operator, occurrence) or source)
        for _, _, place, (name, operator, occurrence) in chosen
    ]
    return sorted(each for each in made if each.text != source)


def _aside(tree: ast.Module) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Annotations, aliases of types and decorators, which no test needs to notice."""
    for node in ast.walk(tree):
        found = [
            getattr(node, "annotation", None),
            getattr(node, "returns", None),
            *getattr(node, "decorator_list", ()),
        ]
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "Literal":
            found.append(node)
        for each in found:
            if each is not None:
                yield (each.lineno, each.col_offset), (each.end_lineno, each.end_col_offset)


def tested(copy: Path, guards: tuple[str, ...], seconds: float) -> bool | None:
    """Whether the tests pass there; None where they take longer."""
    child = os.fork()
    if not child:
        os.setsid()
        os.chdir(copy)
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(quiet, stream)
        sys.path[:] = [each for each in sys.path if Path(each).resolve() != ROOT]
        pytest = importlib.import_module("pytest")
        options = ["-x", "-q", "-p", "no:cacheprovider", "--hypothesis-profile=mutants"]
        options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # they are loaded already, on purpose
        os._exit(int(pytest.main([*options, *guards])))
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def run(name: str, options: argparse.Namespace, copy: Path) -> bool:
    """Tries the mutants of one module; returns whether its tests could be used."""
    path = copy / "reporter" / f"{name}.py"
    if not path.is_file():
        print(f"{name}: there is no such module")
        return False
    source = path.read_text(encoding="utf-8")
    guards = tuple(shlex.split(GUARDS[name]))
    for cached in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        cached.unlink()
    began = time.monotonic()
    if not tested(copy, guards, 600):
        print(f"{name}: {' '.join(guards)} fails as it is")
        return False
    seconds = 20 + 5 * (time.monotonic() - began)
    found = mutants(source, options.number, options.seed)
    survived = []
    for mutant in found:
        path.write_text(mutant.text, encoding="utf-8")
        if tested(copy, guards, seconds):
            survived.append(mutant)
            before, after = (text.splitlines()[mutant.line - 1].strip() for text in (source, mutant.text))
            print(f"  {name}.py:{mutant.line}:{mutant.column} {mutant.what}\n    - {before}\n    + {after}", flush=True)
    path.write_text(source, encoding="utf-8")
    killed = len(found) - len(survived)
    print(f"{name}: {killed} of {len(found)} noticed ({killed / max(1, len(found)):.0%})", flush=True)
    return True


def main() -> int:
    """Tries modules one after the other."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    asked.add_argument("modules", nargs="*", metavar="MODULE", help=", ".join(GUARDS))
    asked.add_argument("--number", type=int, default=80, help="mutants of each module (80)")
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    if unknown := set(options.modules) - GUARDS.keys():
        asked.error(f"no tests are named for {', '.join(sorted(unknown))}; known: {', '.join(GUARDS)}")
    # What is compiled now is compiled for good, and nothing that is broken is ever kept.
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.dont_write_bytecode = True
    for module in LOADED:
        importlib.import_module(module)
    with tempfile.TemporaryDirectory() as folder:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, check=True, text=True,
        ).stdout  # fmt: skip
        for file in filter(None, listed.split("\0")):
            if (ROOT / file).is_file():
                (Path(folder) / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / file, Path(folder) / file)
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        compileall.compile_dir(Path(folder) / "reporter", quiet=1, invalidation_mode=mode)
        could_be_used = [run(name, options, Path(folder)) for name in options.modules or GUARDS]
        return 0 if all(could_be_used) else 1


if __name__ == "__main__":
    sys.exit(main())
