"""A page shows what it is given as text, whatever that is."""

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from protocol.program.status_page import MOST_ROWS, Section, status_page

ALLOWED = {
    *("html", "head", "meta", "title", "link", "body", "h1", "h2", "p", "div", "table", "tr"),
    *("td", "th", "progress", "footer", "a"),
}


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.cells: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] in ("td", "th"):
            self.cells[-1] += data


def read(page: bytes) -> Reader:
    reader = Reader()
    reader.feed(page.decode())
    return reader


NASTY = "<script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>", "&lt;b&gt;", "</table>"


@given(st.lists(st.sampled_from(NASTY) | st.text("<>&\"'/ abc", min_size=1), max_size=4))
def test_whatever_a_value_is_it_is_shown_as_text(texts: list[str]) -> None:
    page = read(status_page("<h1>", [Section("<t>", [(text, text) for text in texts])]))

    assert {*page.tags} <= ALLOWED
    assert [text.strip() for text in texts for _ in (1, 2)] == [cell.strip() for cell in page.cells]


def test_a_section_without_rows_is_not_shown_and_a_long_one_is_cut() -> None:
    rows = [(str(n), "") for n in range(MOST_ROWS + 5)]
    page = status_page("t", [Section("none", [], ("a",)), Section("many", rows, ("b", "c"))])

    assert 2 + 2 * MOST_ROWS == len(read(page).cells)
    assert b"and 5 more" in page
    assert b"none" not in page


def test_it_asks_for_itself_anew_and_shows_the_progress() -> None:
    assert b'http-equiv="refresh" content="2"' in status_page("t", [])
    assert b'<progress max="1" value="0.2500">' in status_page("t", [], 0.25)
    assert b"<progress" not in status_page("t", [])


def test_what_is_long_may_be_broken_on_a_narrow_screen_and_a_number_is_not() -> None:
    page = status_page("t", [Section("Feeds", [("ws://127.0.0.1:8765/a", "12,345,678")])]).decode()

    assert '<tr><td class="long">ws://127.0.0.1:8765/a</td><td>12,345,678</td></tr>' in page
