"""The folder of a run -> what is committed of each ticker; read on where it was read to.

The run itself is not asked, and pays nothing: what it has committed stands in `mids.arrows`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from protocol.committed_log import CommittedLog
from zreplay.controls.ticker_tally import TickerTally
from zreplay.quotes.joined_batches import joined
from zreplay.result_tables import mids_from

TAKEN_ROWS: Final = 131_072
ROWS_A_LOOK: Final = 1_000_000
"""Of a look that is not to take long; about 0.1 s."""
MOST_LISTED: Final = 1000


class TickerReading:
    """`tally` is of what was read so far; `is_behind` while there is more of it to read.

    It is without `missing_segments` that were closed and are not there any more.
    """

    def __init__(self, folder: Path) -> None:
        self.tally = TickerTally()
        self.is_behind = True
        self.missing_segments = 0
        self._folder = folder
        self._run, self._end = b"", 0
        self._log: CommittedLog | None = None
        self._batches: Iterator[pa.RecordBatch] | None = None

    def look(self, most_rows: int = ROWS_A_LOOK) -> None:
        """Read on, but no more than about so many rows.

        Raises:
            ResultLogError: the folder holds no run.
            SettingsError: the run has no table.
        """
        if self._batches is None:
            span = mids_from(self._folder, self._run, self._end)
            if not span.start:
                self.tally, self.missing_segments = TickerTally(), 0
            self.missing_segments += span.log.missing
            self._log, self._run, self._end = span.log, span.log.run, span.log.end
            self._batches = joined(span.batches, TAKEN_ROWS)
        rows = 0
        try:
            for batch in self._batches:
                self.tally.take(batch)
                rows += len(batch)
                if rows >= most_rows:
                    self.is_behind = True
                    return
        except BaseException:
            self._batches, self._end = None, 0  # it is read from the beginning
            if self._log is not None:
                self._log.close()
            raise
        self._batches, self.is_behind = None, False


def tickers_of(folder: Path) -> dict[str, Any]:
    """Return what is committed of each ticker of a run, as `ctl status --tickers --json` has it.

    Raises:
        ResultLogError: the folder holds no run.
        SettingsError: the run has no table.
    """
    reading = TickerReading(folder)
    while reading.is_behind:
        reading.look()
    listed, left_out = reading.tally.listed(MOST_LISTED)
    return {
        "count": reading.tally.tickers,
        "listed": [row.as_fields() for row in listed],
        "left_out": left_out._asdict(),
        "missing_segments": reading.missing_segments,
    }
