"""How large the package is: what a stranger has to hold in the head."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path
from tokenize import COMMENT
from typing import Final

_FOR_TOOLS: Final = re.compile(r"#\s*(noqa[^(]*|type:[^(]*|fmt:.*)$")
PACKAGE: Final = Path(__file__).resolve().parent.parent / "reporter"


@dataclass(frozen=True, slots=True)
class Size:
    """Lines as they stand in the files, docstrings, comments and empty ones among them.

    Attributes:
        comments: A hundred lines of code, which are neither empty, nor comment, nor docstring.
    """

    lines: int
    modules: int
    comments: float


def size() -> Size:
    """That of the package."""
    paths = sorted(PACKAGE.rglob("*.py"))
    texts = [path.read_text(encoding="utf-8") for path in paths]
    told = [line.strip() for text in texts for line in text.splitlines()]
    code = sum(bool(line) and not line.startswith("#") for line in told) - sum(map(_docstrings, texts))
    return Size(len(told), len(paths), sum(map(_comments, texts)) * 100 / code)


def _comments(text: str) -> int:
    """Lines of comments, those behind code too; what only a tool reads says nothing to a person."""
    found = [token.string for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type == COMMENT]
    return sum(not _FOR_TOOLS.match(comment) for comment in found)


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
