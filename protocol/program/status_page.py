"""What a program is doing -> a page for a browser (pure). Nothing in it is loaded from elsewhere.

Every value is escaped: a ticker may be called `<script>`. The page asks for itself anew.
"""

from collections.abc import Sequence
from functools import partial
from html import escape
from typing import Final, NamedTuple

REFRESH_SECONDS: Final = 2
MOST_ROWS: Final = 100
WHOLE_CHARS: Final = 14
"""A shorter cell stays on one line."""
STYLE_PATH: Final = "/style.css"
HEADERS: Final = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
)
STYLE: Final = """\
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
body { margin: 1.5rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1rem; margin: 1.6rem 0 .3rem; }
div { overflow-x: auto; }
td { white-space: nowrap; } td.long { white-space: normal; overflow-wrap: anywhere; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
td, th { padding: .15rem 1.2rem .15rem 0; text-align: left; vertical-align: top; }
tr { border-top: 1px solid #8884; } th { font-weight: 600; }
@media (max-width: 640px) {
  :root { font-size: 13px; } body { margin: .8rem auto; }
  td, th { padding-right: .6rem; } td:first-child { min-width: 8rem; }
}
progress { width: 100%; }
footer { color: #888; margin-top: 2rem; }
"""


class Section(NamedTuple):
    """A table: `rows` of as many cells as `head`, or of two where there is no head."""

    title: str
    rows: Sequence[Sequence[str]]
    head: Sequence[str] = ()


class Said(NamedTuple):
    """A warning or an error, and how often in a row."""

    time: str
    level: str
    text: str
    times: int


def warnings_section(said: Sequence[Said]) -> Section:
    """Return the last warnings and errors, which are given with the newest last."""
    rows = [
        (one.time, one.level, one.text + (f" ({one.times} times)" if one.times > 1 else ""))
        for one in reversed(said)
    ]
    return Section("Last warnings", rows, ("UTC", "", ""))


def status_page(title: str, sections: Sequence[Section], progress: float | None = None) -> bytes:
    """Return the page; `progress` is a share of 0 to 1, None where there is none."""
    bar = "" if progress is None else f'<progress max="1" value="{progress:.4f}"></progress>\n'
    tables = "".join(_table(section) for section in sections if section.rows)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="refresh" content="{REFRESH_SECONDS}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="{STYLE_PATH}"></head>\n'
        f"<body><h1>{escape(title)}</h1>\n{bar}{tables}"
        '<footer><a href="/metrics">metrics</a> <a href="/readyz">ready</a></footer>\n'
        "</body></html>\n"
    ).encode()


def _table(section: Section) -> str:
    head = _row("th", section.head) if section.head else ""
    rows = "".join(_row("td", row) for row in section.rows[:MOST_ROWS])
    more = len(section.rows) - MOST_ROWS
    rest = f"<p>and {more:,} more</p>\n" if more > 0 else ""
    return f"<h2>{escape(section.title)}</h2>\n<div><table>\n{head}{rows}</table></div>\n{rest}"


def _row(tag: str, cells: Sequence[str]) -> str:
    return f"<tr>{''.join(map(partial(_cell, tag), cells))}</tr>\n"


def _cell(tag: str, cell: str) -> str:
    """Return a cell: what is long may be broken, as an address is, a number is not."""
    kind = ' class="long"' if tag == "td" and len(cell) > WHOLE_CHARS else ""
    return f"<{tag}{kind}>{escape(cell)}</{tag}>"
