"""How large the package is: what a stranger has to hold in the head."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).resolve().parent.parent / "reporter"


@dataclass(frozen=True, slots=True)
class Size:
    """Lines as they stand in the files, docstrings, comments and empty ones among them.

    Attributes:
        comments: Comment lines a hundred lines of code, which are neither empty, nor comment, nor docstring.
    """

    lines: int
    modules: int
    comments: float


def size() -> Size:
    """That of the package."""
    paths = sorted(PACKAGE.rglob("*.py"))
    texts = [path.read_text(encoding="utf-8") for path in paths]
    told = [line.strip() for text in texts for line in text.splitlines()]
    comments = sum(line.startswith("#") for line in told)
    code = sum(bool(line) for line in told) - comments - sum(map(_docstrings, texts))
    return Size(len(told), len(paths), comments * 100 / code)


def _docstrings(text: str) -> int:
    found = 0
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(
            node, clean=False
        ):
            first = node.body[0]
            lines = text.splitlines()[first.lineno - 1 : first.end_lineno]
            found += sum(bool(line.strip()) for line in lines)
    return found
