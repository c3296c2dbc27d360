"""The parts of a page: self-contained, and every value is escaped."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

STYLE: Final = """
:root { font: 15px/1.5 system-ui, sans-serif; color: #222; }
body { margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: 0; } h2 { font-size: 1.1rem; margin: 2.2rem 0 .4rem; }
.wide { overflow-x: auto; background:
  linear-gradient(90deg, #fff 40%, #fff0) 0 0 / 3rem 100% no-repeat local,
  linear-gradient(270deg, #fff 40%, #fff0) 100% 0 / 3rem 100% no-repeat local,
  linear-gradient(90deg, #0003, #0000) 0 0 / 1rem 100% no-repeat scroll,
  linear-gradient(270deg, #0003, #0000) 100% 0 / 1rem 100% no-repeat scroll; }
p.note { color: #666; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
td, th { padding: .2rem 1.4rem .2rem 0; text-align: left; border-top: 1px solid #e4e4e4; }
td { overflow-wrap: anywhere; } td:not(.n) { min-width: 5rem; }
td.n { text-align: right; white-space: nowrap; } th.n { text-align: right; }
@media (max-width: 640px) {
  :root { font-size: 13px; } body { margin: 1rem auto; } td, th { padding-right: .4rem; }
  td:not(.n) { min-width: 4rem; } td:last-child, th:last-child { padding-right: 0; }
}
"""


def page(title: str, body: str) -> str:
    """Return a whole page with the code that draws its charts; `body` is HTML."""
    from plotly.offline import get_plotlyjs

    title = escape(title)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title><style>{STYLE}</style>\n"
        f"<script>{get_plotlyjs()}</script></head>\n<body><h1>{title}</h1>\n{body}</body></html>\n"
    )


def chart(figure: "Figure") -> str:
    """Return a chart that fits the width of the page."""
    html: Any = figure.to_html(
        full_html=False, include_plotlyjs=False, config={"displaylogo": False, "responsive": True}
    )
    return f"{html}\n"


def section(title: str, body: str) -> str:
    """Return HTML below a heading."""
    return f"<h2>{escape(title)}</h2>\n{body}"


def note(text: str) -> str:
    """Return a paragraph beside a chart or a table."""
    return f'<p class="note">{escape(text)}</p>\n'


def table(rows: Iterable[Sequence[str]], head: Sequence[str] = ()) -> str:
    """Return rows, below a head if there is one."""
    rows = list(rows)
    sides = [list(map(_side, row)) if head else [""] * len(row) for row in rows]
    lines = [_row("th", head, sides[0] if sides else [""] * len(head))] if head else []
    lines += [_row("td", row, its) for row, its in zip(rows, sides, strict=True)]
    return f'<div class="wide"><table>\n{"".join(lines)}</table></div>\n'


def _row(tag: str, cells: Sequence[str], sides: Sequence[str]) -> str:
    inner = "".join(
        f"<{tag}{side}>{escape(cell)}</{tag}>" for cell, side in zip(cells, sides, strict=True)
    )
    return f"<tr>{inner}</tr>\n"


def _side(cell: str) -> str:
    """Return the class of a cell: below a head, numbers stand to the right."""
    digits = cell.replace(",", "").replace(".", "").removeprefix("-")
    return ' class="n"' if digits.isdecimal() else ""
