"""A batch -> its results: the lines of its mids, and what each processor computes.

Usually one result; where the outputs do not fit a frame, the rows are cut until they do.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Final

from msgspec.structs import replace

from protocol.errors import ProcessorError
from protocol.limits import MAX_FRAME_BYTES
from protocol.messages import Batch, Buffer, Result
from zmid.batch_rows import rows_of
from zmid.mid import mid_lines, result_of
from zmid.mid_rule import NO_LINES, MidRule
from zmid.processors.computing import Loaded, compute, records
from zmid.processors.row_check import check_rows

MAX_RESULT_BYTES: Final = MAX_FRAME_BYTES - 128 * 1024
"""What is left for outputs: a cursor, the declarations and their schemas take less than that."""
MAX_BATCH_BYTES: Final = 256 * 1024 * 1024
"""So much may the outputs of one batch have: worker and sink hold them in memory."""

Timed = Callable[[str, Batch], AbstractContextManager[None]]
"""Watches a processor, by name, while it computes a batch."""


class Processing:
    """The processors of a worker, and the mid price unless `rule` is None.

    `cut` chooses where a batch is cut for a check, 0 for none.
    """

    def __init__(
        self,
        loaded: Sequence[Loaded],
        rule: MidRule | None,
        worker: str,
        timed: Timed,
        cut: Callable[[int], int],
        max_result_bytes: int = MAX_RESULT_BYTES,
    ) -> None:
        self._loaded = loaded
        self._declarations = tuple(each.declaration for each in loaded)
        self._rule = rule
        self._worker = worker
        self._timed = timed
        self._cut = cut
        self._max_result_bytes = max_result_bytes

    def results(self, batch: Batch) -> list[Result]:
        """Return the results of a batch, in record order.

        Raises:
            ProcessorError: a processor failed, or its outputs are too large.
        """
        results, size = [], 0
        for result in self._fitting(batch, 0, 0):
            results.append(result)
            size += _size(result)
            if size > MAX_BATCH_BYTES:
                raise ProcessorError(
                    f"the outputs of {records(batch)} have over {MAX_BATCH_BYTES} bytes: "
                    f"{self._largest(result)} has most",
                    fix="send fewer quotes at a time: --batch",
                    code="Z805",
                )
        return results

    def _fitting(self, batch: Batch, before: int, after: int) -> Iterator[Result]:
        result = self._result(batch)
        if _size(result) <= self._max_result_bytes:
            yield replace(result, before=before, after=after)
            return
        if batch.count == 1:
            raise ProcessorError(
                f"processor {self._largest(result)}: the output of {records(batch)} has "
                f"{_size(result)} bytes, {self._max_result_bytes} at most fit a message",
                fix="write less for a quote",
                code="Z805",
            )
        half, count = batch.count // 2, batch.count
        yield from self._fitting(rows_of(batch, 0, half), before, after + count - half)
        yield from self._fitting(rows_of(batch, half, count), before + half, after)

    def _result(self, batch: Batch) -> Result:
        lines = mid_lines(batch, self._rule) if self._rule else NO_LINES
        result = result_of(batch, lines, self._rule, worker=self._worker, busy_ns=0)
        outputs: list[Buffer] = []
        for loaded in self._loaded:
            with self._timed(loaded.name, batch):
                made = compute(loaded, batch)
                if cut := self._cut(batch.count):
                    check_rows(loaded, batch, made, cut)
            outputs += made
        return replace(result, processors=self._declarations, outputs=tuple(outputs))

    def _largest(self, result: Result) -> str:
        """Return the name of the processor whose outputs in a result are the largest."""
        sizes, outputs = {}, iter(result.outputs)
        for loaded in self._loaded:
            sizes[loaded.name] = sum(len(next(outputs)) for _ in loaded.processor.outputs)
        return max(sizes, key=lambda name: sizes[name])


def _size(result: Result) -> int:
    return len(result.mids) + len(result.errors) + sum(map(len, result.outputs))
