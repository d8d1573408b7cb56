"""Pages that are hard to lay out look as they did when somebody looked at them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from compare import REFERENCES, check, picture, same
from pages_kept import document, drawn, kept
from PIL import Image, ImageChops

pytestmark = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is not installed")


@pytest.fixture
def page() -> Image.Image:
    return drawn("several versions", 2, letter=False)


@pytest.mark.parametrize(("name", "case", "number", "letter"), list(kept()), ids=[each[0] for each in kept()])
def test_a_page_looks_as_it_did(name: str, case: str, number: int, letter: bool, tmp_path: Path) -> None:
    check(drawn(case, number, letter=letter), name, tmp_path)


def test_every_picture_is_of_a_page_that_is_compared() -> None:
    assert {path.stem for path in REFERENCES.glob("*.png")} == {name for name, *_ in kept()}


def test_half_a_dot_changes_nothing(page: Image.Image) -> None:
    large = page.resize((page.width * 2, page.height * 2))
    assert same(ImageChops.offset(large, 1, 1).resize(page.size, Image.Resampling.BOX), page)


@pytest.mark.parametrize("box", [(30, 200, 330, 215), (30, 215, 330, 222)], ids=["a block", "a line"])
def test_what_moved_by_3_mm_is_seen(page: Image.Image, box: tuple[int, int, int, int]) -> None:
    moved = page.copy()
    moved.paste("white", box)
    moved.paste(page.crop(box), (box[0], box[1] + 6))
    assert not same(moved, page)


def test_another_colour_is_seen(page: Image.Image) -> None:
    red, green, blue = page.split()
    assert not same(Image.merge("RGB", (blue, green, red)), page)


def test_a_row_that_lost_its_hatching_is_seen() -> None:
    whole = drawn("undetermined and unknown", 2, letter=False)
    grey = whole.convert("L").convert("RGB")
    assert not same(grey, whole)


def test_another_paper_and_a_missing_page_are_seen(page: Image.Image) -> None:
    assert not same(page.crop((0, 0, page.width, page.height - 1)), page)
    with pytest.raises(ValueError, match="no page 99"):
        picture(document("several versions"), 99)


def test_where_pages_differ_both_are_left_side_by_side(page: Image.Image, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="scripts/pictures"):
        check(page, "no-agents-1", tmp_path)
    with Image.open(tmp_path / "no-agents-1.png") as left:
        assert left.width == page.width * 3
