"""The folder of a run -> the second screen, a little of it read for each frame."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from protocol.errors import ZreplayError
from protocol.result_folder import TABLE
from zreplay.screen.spare_room import TALL_LINES
from zreplay.screen.ticker_page import MOST_ROWS, TickerPage

if TYPE_CHECKING:
    from zreplay.controls.ticker_reading import TickerReading

NO_FOLDER: Final = "tickers are counted in the table of a run: zreplay top --out DIR"


class TickerPages:
    """Reads on with each page that is asked for; nothing is read before the first."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._reading: TickerReading | None = None

    def is_worth_it(self, height: int) -> bool:
        """Return whether a screen of this height shows them below all else: there is a table."""
        if height < TALL_LINES or self._folder is None:
            return False
        return self._reading is not None or (self._folder / TABLE).exists()

    def page(self) -> TickerPage:
        """Return the page as of now, or what is wrong in one line."""
        if self._folder is None:
            return TickerPage(problem=NO_FOLDER)
        if self._reading is None:
            from zreplay.controls.ticker_reading import TickerReading  # and with it pyarrow

            self._reading = TickerReading(self._folder)
        try:
            self._reading.look()
        except (ZreplayError, OSError, ValueError) as error:
            return TickerPage(problem=" ".join(str(error).split()))
        tally = self._reading.tally
        rows, left_out = tally.listed(MOST_ROWS)
        quotes = left_out.quotes + sum(row.quotes for row in rows)
        listed = [row.as_fields() for row in rows]
        missing = self._reading.missing_segments
        return TickerPage(listed, tally.tickers, quotes, self._reading.is_behind, missing)
