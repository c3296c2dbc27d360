"""What the folder of a run says: run.json, gaps.log, rejected.log, rates.jsonl, the table."""

import json
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any, Final

from protocol.errors import ResultLogError, SettingsError
from protocol.result_folder import RATES, TABLE
from zreplay.reporting.run_facts import Lines, RunFacts
from zreplay.reporting.run_tally import Overview, TimeLine
from zreplay.result_tables import results
from zreplay.supervision.rate_record import read_rates
from zreplay.supervision.run_folder import read_run_file

MOST_SERIES: Final = 6
MOST_LINES: Final = 1_000_000
"""Of rejected.log and gaps.log; what follows is not counted by reason, and the page says so."""
EXAMPLES: Final = 20


def read_facts(folder: Path, tickers: tuple[str, ...]) -> RunFacts:
    """Read a run's folder; `tickers` are those whose mids are drawn, by default the busiest.

    Raises:
        ResultLogError: it holds no run.
        SettingsError: a ticker does not occur.
    """
    run = read_run_file(folder)
    if run is None:
        raise ResultLogError(
            f"{folder} holds no run: there is no run.json that can be read",
            fix="give the folder that `zreplay run --out` wrote",
            code="Z604",
        )
    overview = time_line = None
    if (folder / TABLE).exists():
        overview = Overview()
        for batch in results(folder, TABLE):
            overview.add(batch)
        if overview.first_ns is not None and overview.last_ns is not None:
            chosen = _chosen(overview, tickers)
            time_line = TimeLine(overview.first_ns, overview.last_ns, chosen)
            for batch in results(folder, TABLE):
                time_line.add(batch)
    return RunFacts(
        folder=folder,
        run=run,
        overview=overview,
        time_line=time_line,
        rejected=_lines(folder / "rejected.log"),
        gaps=_lines(folder / "gaps.log"),
        rates=read_rates(folder / RATES),
    )


def _chosen(overview: Overview, tickers: tuple[str, ...]) -> tuple[str, ...]:
    names = [row[0] for row in overview.tickers()]
    if strange := [name for name in tickers if name not in names]:
        raise SettingsError(
            f"the run has no ticker {strange[0]!r}; its first are {', '.join(names[:5])}",
            fix="name tickers that occur: --tickers A,B",
            code="Z203",
        )
    return tickers or tuple(names[:MOST_SERIES])


def _lines(path: Path) -> Lines:
    """Read a log of JSON lines; a torn last one is left out."""
    first: list[dict[str, Any]] = []
    reasons: Counter[str] = Counter()
    count = 0
    try:
        with path.open("rb") as lines:
            for line in islice(lines, MOST_LINES):
                try:
                    one = json.loads(line)
                except ValueError:
                    continue
                count += 1
                reasons[str(one.get("reason", ""))] += 1
                if len(first) < EXAMPLES:
                    first.append(one)
            is_all = not lines.readline()
    except OSError:
        is_all = True
    return Lines(count, first, reasons, is_all)
