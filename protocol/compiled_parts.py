"""The parts written in C: which are in use, and what it costs to run without one.

The Python code beside each does the same, more slowly. It is used where a part was not built, and
where ZREPLAY_PURE=1 disables all of them; that variable is read here and nowhere else.
"""

import os
from functools import cache
from importlib import import_module
from typing import Final

VARIABLE: Final = "ZREPLAY_PURE"

COLUMNS: Final = "protocol.compiled_columns"
TEXT: Final = "protocol.compiled_text"
LINES: Final = "zmid.compiled_lines"
TABLE: Final = "zmid.compiled_table"
ORDER: Final = "zreplay.ordering.compiled_order"
ROWS: Final = "zreplay.recordings.csv.compiled_rows"
CSV: Final = "zreplay.conversion.compiled_csv"
TICKERS: Final = "zreplay.quotes.compiled_tickers"
QUOTES: Final = "zreplay.recordings.compiled_quotes"
PARTS: Final = (COLUMNS, TEXT, LINES, TABLE, ORDER, ROWS, CSV, TICKERS, QUOTES)

COST: Final = "a CSV at full speed takes two to three times the CPU time"
FIX: Final = "install a C compiler (cc), then run scripts/install"

is_pure = os.environ.get(VARIABLE, "") not in ("", "0")
"""Read once: what a process began with, it ends with. Tests replace it."""


def are_in_use(*parts: str) -> bool:
    """Return whether all of these are built and not disabled; only then is a part imported."""
    return not is_pure and all(map(_is_built, parts))


def lack_of(*parts: str) -> dict[str, str]:
    """Return the fields of a warning if one of these was not built, else {}, also if disabled."""
    missing = () if is_pure else [part for part in parts if not _is_built(part)]
    return {"parts": ", ".join(missing), "cost": COST, "fix": FIX} if missing else {}


def in_words() -> str:
    """Return which parts this installation uses."""
    if is_pure:
        return f"nothing compiled: {VARIABLE} is set"
    missing = [part for part in PARTS if not _is_built(part)]
    return f"compiled, but for {', '.join(missing)}" if missing else "compiled"


@cache
def _is_built(part: str) -> bool:
    try:
        import_module(part)
    except ImportError:  # no compiler was there when this was installed
        return False
    return True
