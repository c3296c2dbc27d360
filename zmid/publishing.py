"""Results that have been committed -> the messages of `--publish`, one ticker in each.

The rows are those of the table of mids that workers compute with `--table`: without it nobody
knows whose a mid is.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from protocol.commit import output_names
from protocol.messages import Result
from protocol.published import MOST_ROWS, VERSION, PublishedMids
from protocol.result_folder import TABLE

_INTEGERS: Final = ("record", "arrival", "timestamp")
_NUMBERS: Final = ("latency_ms", "bid_price", "ask_price", "mid")


class Publishing:
    """Counts the quotes of each ticker of the run; `counts` are those already committed."""

    def __init__(self, counts: dict[str, int]) -> None:
        self.counts = counts

    def messages(
        self, group: Sequence[Result], prefixes: tuple[bytes, ...]
    ) -> Iterator[PublishedMids]:
        """Yield what is to be sent of a group to subscribers of topics that begin so.

        All is counted, also what nobody subscribes to.

        Raises:
            pa.ArrowException, LookupError: the table of a result cannot be read.
        """
        table = table_of(group)
        if table is None or not len(table):
            return
        tickers = table["ticker"].combine_chunks().dictionary_encode()
        codes = tickers.indices.to_numpy()
        names = tickers.dictionary.to_pylist()
        counts = np.bincount(codes, minlength=len(names)).tolist()
        befores = [self._count(name, count) for name, count in zip(names, counts, strict=True)]
        topics = [name.encode() for name in names]
        chosen = [code for code, topic in enumerate(topics) if topic.startswith(prefixes)]
        if not chosen:
            return
        order = np.argsort(codes, kind="stable")
        columns = [column[order] for column in _columns(table)]
        ends = np.cumsum(counts).tolist()
        for code in chosen:
            first, before = ends[code] - counts[code], befores[code]
            for start in range(first, ends[code], MOST_ROWS):
                rows = slice(start, min(start + MOST_ROWS, ends[code]))
                yield PublishedMids(
                    VERSION,
                    bytes(group[0].run),
                    names[code],
                    before + start - first,
                    *(column[rows].tobytes() for column in columns),
                )

    def _count(self, name: str, count: int) -> int:
        before = self.counts.get(name, 0)
        self.counts[name] = before + count
        return before


def table_of(group: Sequence[Result]) -> Any | None:
    """Return the rows of the table of mids of these results, None if they have none."""
    names = output_names(group[0].processors)
    if TABLE not in names:
        return None
    files = [output for each in group[0].processors for output in each.outputs]
    place = names.index(TABLE)
    rows = b"".join((files[place].schema, *(result.outputs[place] for result in group)))
    return pa.ipc.open_stream(rows).read_all()


def counted(batches: Iterator[Any], before: Mapping[str, int]) -> dict[str, int]:
    """Return how many rows each ticker has in the batches of a table, and had before them."""
    counts = {**before}
    for batch in batches:
        for one in batch["ticker"].value_counts().to_pylist():
            name, count = one["values"], one["counts"]
            counts[name] = counts.get(name, 0) + count
    return counts


def _columns(table: Any) -> Iterator[Any]:
    for name in _INTEGERS:
        yield table[name].combine_chunks().cast(pa.int64()).to_numpy()
    for name in _NUMBERS:
        yield table[name].combine_chunks().to_numpy(zero_copy_only=False)
