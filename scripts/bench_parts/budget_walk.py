"""The path of a quote in one process: the production functions, stage by stage.

    python -m scripts.bench_parts.budget_walk FILE     prints {stage: microseconds a quote}

Nothing waits for anything here and no socket is crossed, so this is pure work: CPU time of all
threads, in the order of the data. The floor is what no design can beat: parsing the text at all,
and copying its bytes once.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from protocol import codec
from protocol.limits import MAX_BATCH_QUOTES
from protocol.messages import HISTORICAL, STAMP_EXCHANGE, Batch, Result
from protocol.program.memory import keep_freed_memory
from zmid.disk import Folder
from zmid.mid import mid_lines, result_of
from zmid.mid_rule import MidRule
from zmid.resequence import Resequencer
from zmid.result_log import NAMES, ResultLog
from zmid.sink_state import GROUP_BYTES
from zreplay.historical.parse_ahead import BLOCK_BYTES
from zreplay.ordering.arrival_order import LATE_STOP, ArrivalOrder
from zreplay.playback.batch_columns import columns_of
from zreplay.quotes.block import Block
from zreplay.recordings.csv.csv_file import CsvFile

RUN = bytes(16)
HORIZON_NS = 5_000_000_000
MAX_WAITING_ROWS = 2_000_000
RULE = MidRule(20.0, STAMP_EXCHANGE)


class Stopwatch:
    """CPU time by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def on(self, stage: str) -> Iterator[None]:
        began = time.process_time()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.process_time() - began


def walk(file: Path, folder: Path) -> dict[str, float]:
    """Take the quotes of a recording into logs; return us a quote by stage."""
    watch = Stopwatch()
    order = ArrivalOrder(
        [str(file)], horizon_ns=HORIZON_NS, late=LATE_STOP, max_rows=MAX_WAITING_ROWS
    )
    sink = _Sink(folder, watch)
    source = CsvFile(file, 0)
    sent = 0
    is_more = True
    while is_more:
        with watch.on("parse"):
            unparsed = source.cut(BLOCK_BYTES)
            parsed = unparsed() if unparsed else None
        with watch.on("order"):
            if parsed is None:
                order.end(0)
            else:
                order.add(0, parsed.source)
            block = order.take()
        is_more = parsed is not None
        for first in range(0, len(block) if block else 0, MAX_BATCH_QUOTES):
            assert block is not None
            part = block.take(slice(first, first + MAX_BATCH_QUOTES))
            sink.take(_result(watch, _frame(watch, sent, part)))
            sent += len(part)
    source.close()
    sink.close()
    return {stage: seconds / sent * 1e6 for stage, seconds in watch.seconds.items()}


def _frame(watch: Stopwatch, first: int, part: Block) -> bytes:
    with watch.on("gather, encode"):
        columns = columns_of(part)
        return codec.encode(
            Batch(RUN, 1, first, len(part), 0, "", HISTORICAL, 1, b"", 0, "", columns),
        )


def _result(watch: Stopwatch, frame: bytes) -> bytes:
    with watch.on("decode"):
        batch = codec.decode(frame)
    assert isinstance(batch, Batch)
    with watch.on("mid, text"):
        lines = mid_lines(batch, RULE)
    with watch.on("encode lines"):
        return codec.encode(result_of(batch, lines, RULE, worker="walk", busy_ns=0))


class _Sink:
    def __init__(self, folder: Path, watch: Stopwatch) -> None:
        self._watch = watch
        self._folder = Folder(folder, NAMES)
        self._log = ResultLog(self._folder)
        self._log.adopt(RUN)
        self._log.commit_epoch(1)
        self._resequencer = Resequencer()
        self._resequencer.begin_epoch(RUN, 1, 0)

    def take(self, frame: bytes) -> None:
        with self._watch.on("decode lines, resequence, write"):
            result = codec.decode(frame)
            assert isinstance(result, Result)
            self._resequencer.accept(result)
            while group := self._resequencer.take(GROUP_BYTES):
                self._log.append(group)

    def close(self) -> None:
        self._folder.close()


def floor(file: Path) -> dict[str, float]:
    """Return the wall time a quote of parsing alone and of a copy of its text, in us."""
    source = CsvFile(file, 0)
    blocks = list(iter(lambda: source.cut(BLOCK_BYTES), None))
    quotes = sum(len(parse().source.block) for parse in blocks)
    found = {}
    for name, threads in (("parse alone, one core", 1), ("parse alone, two cores", 2)):
        with ThreadPoolExecutor(threads) as pool:
            began = time.perf_counter()
            for _ in pool.map(lambda parse: parse(), blocks):
                pass
            found[name] = (time.perf_counter() - began) / quotes * 1e6
    source.close()
    text = file.read_bytes()
    began = time.perf_counter()
    bytearray(text)
    found["copy of its text"] = (time.perf_counter() - began) / quotes * 1e6
    return found


def main() -> None:
    keep_freed_memory()
    file = Path(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="zreplay-bench-") as folder:
        stages = walk(file, Path(folder))
    print(json.dumps({"stages": stages, "floor": floor(file)}))


if __name__ == "__main__":
    main()
