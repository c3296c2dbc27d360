"""The cases of `scripts/bench --files`: which files, how they are replayed, beside what."""

from dataclasses import dataclass
from typing import Final

from scripts.bench_parts.file_sets import (
    FileSet,
    as_days,
    by_ticker,
    in_turn,
    slower,
    spread,
    with_tickers,
)
from scripts.bench_parts.pipeline import FULL_SPEED
from scripts.bench_parts.recording import QUOTES_PER_SECOND, TICKER_NAMES

ONE: Final = "1 CSV"
DAYS: Final = 365
NAMES: Final = 2_000
MANY_TICKERS: Final = 100_000
FEW_DAYS: Final = "3 days"
FEW_ROWS: Final = 18_231
FEW_ROWS_FILES: Final = 2_640
SMALL_FILE_ROWS: Final = 1_000
FILTERED_SHARE: Final = 20
"""So much smaller is the recording for a filter of names, as a run spends little on it."""
DETECTED_FILES: Final = 900
"""Of so many files the peer is also run as one that has to find out what is in each."""
SPEED: Final = 20
PACED_PER_SECOND: Final = 30_000
PACED_FILES: Final = 300
PACED_SHARE: Final = 5


@dataclass(frozen=True, slots=True)
class Case:
    """A row of the table. `beside` names the one of as many rows it is compared with.

    With `detects`, the peer also runs as one that is not told what the columns are.
    """

    name: str
    files: FileSet
    beside: str = ""
    options: tuple[str, ...] = FULL_SPEED
    has_peer: bool = True
    is_paced: bool = False
    detects: bool = False


def cases(rows: int) -> list[Case]:
    """Return the cases for so many rows; fewer rows have fewer files where each has a size."""
    one = FileSet("one", rows)
    return [
        Case(ONE, one),
        *(_by_ticker(files, rows) for files in (10, 100, 900)),
        _small(rows),
        _few_rows(min(rows, FEW_ROWS)),
        *_days(rows),
        Case("Parquet", FileSet("parquet", rows, suffix=".parquet"), ONE),
        Case(".csv.gz", FileSet("gz", rows, suffix=".csv.gz"), ONE),
        Case(".csv.zst", FileSet("zst", rows, suffix=".csv.zst"), ONE),
        *_filtered(max(1, rows // FILTERED_SHARE)),
        Case(
            f"{MANY_TICKERS:,} tickers",
            FileSet("tickers", rows, changed=with_tickers(MANY_TICKERS)),
            ONE,
        ),
        *_paced(max(1, rows // PACED_SHARE)),
    ]


def chosen(all_cases: list[Case], only: str) -> list[Case]:
    """Return the cases with this in their name, and those beside which they are to be seen."""
    names = {name for case in all_cases if only in case.name for name in (case.name, case.beside)}
    return [case for case in all_cases if case.name in names]


def _by_ticker(count: int, rows: int) -> Case:
    files = FileSet(f"by-ticker-{count}", rows, count, split=by_ticker(count))
    return Case(f"{count} by ticker", files, ONE, detects=count >= DETECTED_FILES)


def _small(rows: int) -> Case:
    count = max(1, rows // SMALL_FILE_ROWS)
    files = FileSet("small", rows, count, split=spread(count))
    return Case(f"{count:,} of {SMALL_FILE_ROWS:,} rows", files, ONE)


def _few_rows(rows: int) -> Case:
    count = min(rows, FEW_ROWS_FILES)
    return Case(f"{rows:,} rows in all", FileSet("few", rows, count, split=spread(count)))


def _days(rows: int) -> list[Case]:
    """Return a year of days beside one file, and three of its days for memory and open files."""
    days, split = as_days(DAYS, rows), in_turn(DAYS, rows)
    few = max(3, rows * 3 // DAYS)
    return [
        Case(
            f"{DAYS} days",
            FileSet("days", rows, DAYS, split=split, changed=days),
            ONE,
        ),
        Case(
            FEW_DAYS,
            FileSet("days-3", few, 3, split=in_turn(3, few), changed=as_days(3, few)),
            has_peer=False,
        ),
        Case("the days, 1 .gz", FileSet("year-gz", rows, suffix=".csv.gz", changed=days)),
        Case(
            f"{DAYS} days .gz",
            FileSet("days-gz", rows, DAYS, ".csv.gz", split, days),
            "the days, 1 .gz",
        ),
    ]


def _filtered(rows: int) -> list[Case]:
    names = ",".join(TICKER_NAMES[:NAMES])
    return [
        Case("no filter", FileSet("one", rows), has_peer=False),
        Case(
            f"--tickers, {NAMES:,} names",
            FileSet("one", rows),
            "no filter",
            (*FULL_SPEED, "--tickers", names),
            has_peer=False,
        ),
    ]


def _paced(rows: int) -> list[Case]:
    changed = slower(QUOTES_PER_SECOND * SPEED / PACED_PER_SECOND)
    files = FileSet("paced-300", rows, PACED_FILES, split=by_ticker(PACED_FILES), changed=changed)
    options = ("--speed", str(SPEED))
    one = f"1 at --speed {SPEED}"
    return [
        Case(one, FileSet("paced-1", rows, changed=changed), "", options, False, True),
        Case(f"{PACED_FILES} at --speed {SPEED}", files, one, options, False, is_paced=True),
    ]
