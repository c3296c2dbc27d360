"""Each page has read on, and what cannot be read is said on it."""

from pathlib import Path

from tests.zmid.processors.recorded import batch
from tests.zreplay.test_result_tables import TABLES, Sink
from zreplay.screen.spare_room import TALL_LINES
from zreplay.screen.ticker_pages import NO_FOLDER, TickerPages


def test_a_page_shows_what_is_committed_by_then(tmp_path: Path) -> None:
    sink, pages = Sink(tmp_path, TABLES), TickerPages(tmp_path)
    sink.commit(batch(4))
    first = pages.page()
    sink.commit(batch(2, 1004))
    second = pages.page()

    assert (3, 4, "B") == (first.count, first.quotes, first.rows[0]["ticker"])
    assert (3, 6, False) == (second.count, second.quotes, second.is_behind)


def test_what_is_wrong_is_one_line(tmp_path: Path) -> None:
    assert NO_FOLDER == TickerPages(None).page().problem
    problem = TickerPages(tmp_path).page().problem

    assert "holds no run" in problem and "\n" not in problem


def test_below_all_else_they_are_on_a_tall_screen_of_a_run_with_a_table(tmp_path: Path) -> None:
    pages = TickerPages(tmp_path)
    assert not pages.is_worth_it(TALL_LINES)
    Sink(tmp_path, TABLES).commit(batch(4))

    assert pages.is_worth_it(TALL_LINES)
    assert not pages.is_worth_it(TALL_LINES - 1)
    assert not TickerPages(None).is_worth_it(TALL_LINES)
