"""The house: who may import whom, how large things may grow, and that everything public says what it is for."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Bottom to top. A module imports only from rooms below its own; inside one room it may import what it likes, without
# going in circles.
FLOORS = (
    "errors",
    "plain",
    "settings",
    "layers",
    "declared",
    "prefactor",
    "registry",
    "sources",
    "review",
    "view",
    "gate",
    "archive",
    "render",
    "seal",
    "bundle",
    "order",
    "carried",
    "pipeline",
    "redaction",
    "verification",
    "schedule",
    "cli",
)
# The same inside the largest room, whose other modules stand below all of these.
RENDER_FLOORS = ("sheets", "pdf", "html", "tables", "check", "apart")
FLOOR_OF = {room: floor for floor, room in enumerate(FLOORS)}
PACKAGE = "reporter"  # holds the version alone, so that it stands on the lowest floor

MAX_FUNCTION_LINES = 60
MAX_MODULE_LINES = 450


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


PATHS = {_name(path): path for path in sorted((ROOT / PACKAGE).rglob("*.py"))}
TREES = {name: ast.parse(path.read_bytes()) for name, path in PATHS.items()}
INITS = [name for name, path in PATHS.items() if path.name == "__init__.py"]


def _imports(name: str) -> set[str]:
    """The modules of ours that a module imports, wherever in it the import stands."""
    found: set[str] = set()
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{name}:{node.lineno} imports relatively"
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {module for module in inner if module in PATHS}
            if inner - PATHS.keys():
                found.add(node.module)
    return {module for module in found if module.split(".")[0] == PACKAGE}


def _room(name: str) -> str:
    return name.split(".")[1] if "." in name else ""


def _floor(name: str) -> int:
    room = _room(name)
    assert not room or room in FLOOR_OF, f"{name} stands on no floor; give it one in {Path(__file__).name}"
    return FLOOR_OF[room] if room else -1


@pytest.mark.parametrize("name", PATHS)
def test_a_module_imports_only_from_lower_floors(name: str) -> None:
    for other in _imports(name):
        assert other in PATHS, f"{name} imports {other}, which is not there"
        at_home = _room(other) == _room(name)
        assert at_home or _floor(other) < _floor(name), f"{name} (floor {_floor(name)}) imports {other}"


@pytest.mark.parametrize("name", [name for name in PATHS if name.startswith(f"{PACKAGE}.render.")])
def test_a_renderer_imports_only_from_lower_floors_of_its_room(name: str) -> None:
    floor = _render_floor(name)
    for other in _imports(name):
        if other.startswith(f"{PACKAGE}.render."):
            same = name.split(".")[2] == other.split(".")[2]
            assert same or floor < 0 or _render_floor(other) < floor, f"{name} imports {other}"
            assert floor >= 0 or _render_floor(other) < 0, f"{name} imports {other}"


def _render_floor(name: str) -> int:
    part = name.split(".")[2]
    return RENDER_FLOORS.index(part) if part in RENDER_FLOORS else -1


def test_no_module_imports_itself_through_others() -> None:
    graph = {name: _imports(name) & PATHS.keys() for name in PATHS}
    done: set[str] = set()

    def walk(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join([*path[path.index(name) :], name])
        if name not in done:
            for other in sorted(graph[name]):
                walk(other, (*path, name))
            done.add(name)

    for name in PATHS:
        walk(name, ())


@pytest.mark.parametrize("name", INITS)
def test_a_package_re_exports_nothing(name: str) -> None:
    docstring, *rest = TREES[name].body
    assert isinstance(docstring, ast.Expr), f"{name} does not begin with its docstring"
    targets = [ast.unparse(target) for node in rest if isinstance(node, ast.Assign) for target in node.targets]
    assert targets == (["__version__"] if name == PACKAGE else [])
    assert len(rest) == len(targets)


# Each module is imported by a process of its own, forked from one that has loaded nothing of ours. What others wrote is
# loaded beforehand, which changes nothing about our order of imports and saves most of the time.
FORKING = """
import contextlib, importlib, os, sys, traceback
for name in ("click", "pydantic", "pydantic_settings", "jinja2", "fastapi", "httpx", "weasyprint"):
    with contextlib.suppress(ImportError, OSError):
        importlib.import_module(name)
failed = []
for name in sys.argv[1:]:
    assert not [loaded for loaded in sys.modules if loaded.split(".")[0] == "reporter"]
    child = os.fork()
    if child == 0:
        try:
            importlib.import_module(name)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    if os.waitpid(child, 0)[1]:
        failed.append(name)
sys.exit(f"cannot be imported first: {failed}" if failed else 0)
"""


def test_every_module_can_be_imported_first() -> None:
    names = [name for name in PATHS if not name.endswith("__main__")]
    done = subprocess.run(
        [sys.executable, "-c", FORKING, *names], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


def _definitions(name: str) -> Iterator[tuple[str, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, bool]]:
    """Every class and function with its dotted name, and whether it is public: nothing above it is private or local."""

    def walk(node: ast.AST, prefix: str, *, public: bool) -> Iterator[tuple[str, ast.AST, bool]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                seen = public and not child.name.startswith("_")
                yield f"{prefix}.{child.name}", child, seen
                yield from walk(child, f"{prefix}.{child.name}", public=seen and isinstance(child, ast.ClassDef))
            else:
                yield from walk(child, prefix, public=public)

    for label, node, public in walk(TREES[name], name, public=True):
        assert isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        yield label, node, public


def _is_overload(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and any("overload" in ast.unparse(item) for item in node.decorator_list)


@pytest.mark.parametrize("name", PATHS)
def test_everything_public_says_what_it_is_for(name: str) -> None:
    assert ast.get_docstring(TREES[name]), f"{name} has no docstring"
    silent = [
        label
        for label, node, public in _definitions(name)
        if public and not ast.get_docstring(node) and not _is_overload(node)
    ]
    assert not silent


@pytest.mark.parametrize("name", PATHS)
def test_functions_and_modules_stay_within_their_budgets(name: str) -> None:
    lines = len(PATHS[name].read_bytes().splitlines())
    assert lines <= MAX_MODULE_LINES, f"{name} has {lines} lines"
    lengths = {
        label: (node.end_lineno or node.lineno) - node.lineno + 1
        for label, node, _ in _definitions(name)
        if not isinstance(node, ast.ClassDef)
    }
    long = {label: length for label, length in lengths.items() if length > MAX_FUNCTION_LINES}
    assert not long
