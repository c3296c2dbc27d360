"""A worker that drops, repeats, delays and reorders its results by seed; runs as a program.

python -m tests.end_to_end.chaos_worker SOURCE SINK SEED [FILE.py:NAME ...]

With a processor it writes the table of the mids too.
"""

import random
import sys
from contextlib import nullcontext

import zmq

from protocol import codec, sockets
from protocol.messages import Batch
from zmid.mid_rule import MidRule
from zmid.processors.loading import load
from zmid.processors.mids_table import mids_table
from zmid.processors.processing import Processing

RULE = MidRule(20.0, "exchange")
MAX_DELAYED = 5
PATIENCE_MS = 20


def main() -> None:
    source, sink, seed, *processors = sys.argv[1:]
    choices = random.Random(int(seed))
    context: sockets.Context = zmq.Context()
    batches = sockets.batch_pull(context, source)
    results = sockets.result_push(context, sink)
    processing = Processing(
        [*load(processors), mids_table(RULE)] if processors else [],
        RULE,
        "chaos",
        timed=lambda *_: nullcontext(),
        cut=lambda count: choices.randrange(count),
        max_result_bytes=choices.choice((10_000, 1 << 20)),
    )
    delayed: list[bytes] = []
    while True:
        if batches.poll(PATIENCE_MS):
            batch = codec.decode(batches.recv())
            assert isinstance(batch, Batch)
            if choices.random() < 0.1:
                continue
            delayed += map(codec.encode, processing.results(batch))
            if choices.random() < 0.1:
                delayed.append(delayed[-1])
            if choices.random() < 0.5 and len(delayed) < MAX_DELAYED:
                continue
        choices.shuffle(delayed)
        for frame in delayed:
            results.send(frame)
        delayed.clear()


if __name__ == "__main__":
    main()
