"""`zreplay report`: from a folder to a page, written beside and renamed."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec

from protocol.bounded_file import bounded_bytes
from protocol.errors import EXIT_DONE, ResultLogError, SettingsError
from protocol.json_text import json_bytes
from protocol.program.answer import SCHEMA, give_answer
from protocol.program.event_text import printable
from protocol.program.replaced_file import replace_file
from zreplay.inspection.report import Inspection

MAX_INSPECTION_BYTES: Final = 256 * 1024 * 1024

THRESHOLD = "--latency-threshold"


def write_report(folder: Path, page: Path, tickers: tuple[str, ...], *, as_json: bool) -> int:
    """Write the page; return the exit code.

    Raises:
        SettingsError: plotly is not installed, or a ticker does not occur.
        ResultLogError: the folder holds no run, or the page cannot be written.
    """
    if find_spec("plotly") is None:
        raise SettingsError(
            "a report needs plotly, which is not installed",
            fix=".venv/bin/pip install -e '.[report]' in a checkout, or pip install 'plotly>=6,<8'",
            code="Z213",
        )
    from zreplay.reporting.folder_facts import read_facts
    from zreplay.reporting.inspection_page import inspection_page
    from zreplay.reporting.report_page import report_page

    if folder.is_file():
        text = inspection_page(read_inspection(folder))
    else:
        facts = read_facts(folder, tickers)
        text = report_page(facts, _threshold_ms(facts.run.rule))
    try:
        replace_file(page, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise ResultLogError(f"cannot write {page}: {error.strerror}", code="Z602") from error
    size = page.stat().st_size
    if as_json:
        give_answer(json_bytes({"schema": SCHEMA, "page": str(page), "bytes": size}).decode())
    else:
        give_answer(printable(f"{page} ({size / 1e6:,.1f} MB)"))
    return EXIT_DONE


def read_inspection(path: Path) -> Inspection:
    """Return what `zreplay inspect --json` printed into a file.

    Raises:
        ResultLogError: it is something else.
    """
    try:
        return msgspec.json.decode(bounded_bytes(path, MAX_INSPECTION_BYTES), type=Inspection)
    except (OSError, ValueError, RecursionError) as error:
        raise ResultLogError(
            f"{path} is not what zreplay inspect --json prints: {error}",
            fix="zreplay inspect FILES --json > found.json, or give the folder of a run",
            code="Z604",
        ) from None


def _threshold_ms(rule: str) -> float | None:
    """Return the threshold of a run by its rule, None if it is off or not said."""
    words = rule.split()
    if THRESHOLD not in words[:-1]:
        return None
    try:
        return float(words[words.index(THRESHOLD) + 1])
    except ValueError:
        return None
