"""The page of an inspection shows the facts of each file, and whatever is in it as text."""

import re
from pathlib import Path

import msgspec
import pytest

import zreplay
from tests.zreplay.fake_sink import write_recording
from zreplay.inspection.report import Inspection

pytest.importorskip("plotly", reason="plotly is not installed")

from zreplay.reporting.inspection_page import MOST_FILES, inspection_page

NASTY = "<script>alert(1)</script>"


def inspected(*paths: Path) -> Inspection:
    return msgspec.convert(zreplay.inspect([*paths]), Inspection)


def shown(found: Inspection) -> str:
    """Return the page without plotly's own code, which is the first script."""
    return re.sub(r"<script>.*?</script>", "", inspection_page(found), count=1, flags=re.DOTALL)


def test_each_file_and_all_together_have_their_facts_and_charts(tmp_path: Path) -> None:
    paths = [write_recording(tmp_path / f"{name}.csv", 30) for name in "ab"]
    page = shown(inspected(*paths))

    assert 3 == page.count("<td>timestamps</td>") == page.count("Latency, as recorded")
    for path in paths:
        assert f"<h2>{path}</h2>" in page
    assert 'src="' not in page


def test_rows_that_are_no_quotes_are_shown_with_the_first_as_text(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "a.csv", 30)
    head, first, *rest = path.read_text().splitlines()
    fields = first.split(",")
    fields[head.split(",").index("bid_price")] = NASTY
    path.write_text("\n".join([head, ",".join(fields), *rest]))
    page = shown(inspected(path))

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert NASTY not in page
    assert "bid_price" in page


def test_of_many_files_only_those_that_stand_out_have_a_section(tmp_path: Path) -> None:
    paths = [write_recording(tmp_path / f"{number}.csv", 3) for number in range(MOST_FILES + 1)]
    page = shown(inspected(*paths))

    assert f"Of {MOST_FILES + 1} files, those that stand out:" in page
    assert page.count("<h2>") <= MOST_FILES
