"""Processors: what a user computes from quotes, beside the mid price or in its place.

A processor is a function of a batch's columns, declared with the files that it appends to:

    from zmid.processors import Text, csv_lines, processor

    @processor(Text("spread.csv"))
    def spread(quotes, *, tick: float = 0.1):
        return csv_lines(quotes.ticker, (quotes.ask_price - quotes.bid_price) / tick)

    zmid worker --processor spread.py:spread,tick=0.01

Rule 1: it is row-wise: f(a then b) = f(a) then f(b). Where a batch is cut depends on time,
        kills and the window, so what depends on the cut (a mean, a count, what was seen before)
        would not be the same twice. `--check-processor` cuts batches at random and compares.
Rule 2: it returns bytes for each Text and a RecordBatch of the declared schema for each Table, in
        the order of its declaration. The sink appends them under `outputs/` of its folder, in
        record order and exactly once, as it does the two logs.
Rule 3: its name, source and parameters are part of the run: the first result that is committed
        decides, and the sink refuses workers that differ. The sink runs no code of a user.
Rule 4: what goes wrong in one ends the worker (exit code 8) and names it and its records; no quote
        is passed over. State across batches is not offered: read the outputs, which are in order.

The way through the room: `loading` (FILE.py:NAME -> a processor and its declaration), `processing`
(a batch -> its results), `computing` (one call, judged), `row_check`, `time_limit`.
"""

from zmid.processors.csv_lines import csv_lines as csv_lines
from zmid.processors.processor import Processor as Processor
from zmid.processors.processor import Table as Table
from zmid.processors.processor import Text as Text
from zmid.processors.processor import processor as processor
from zmid.processors.quotes import Quotes as Quotes

__all__ = ["Processor", "Quotes", "Table", "Text", "csv_lines", "processor"]
