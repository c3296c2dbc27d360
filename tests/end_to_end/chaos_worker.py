"""A worker that drops, repeats, delays and reorders its results by seed; runs as a program.

python -m tests.end_to_end.chaos_worker SOURCE SINK SEED
"""

import random
import sys

import zmq

from protocol import codec, sockets
from protocol.messages import Batch, Result
from zmid.mid import mid_lines, result_of
from zmid.mid_rule import MidRule

RULE = MidRule(20.0, "exchange")
MAX_DELAYED = 5
PATIENCE_MS = 20


def main() -> None:
    source, sink, seed = sys.argv[1:]
    choices = random.Random(int(seed))
    context: sockets.Context = zmq.Context()
    batches = sockets.batch_pull(context, source)
    results = sockets.result_push(context, sink)
    delayed: list[bytes] = []
    while True:
        if batches.poll(PATIENCE_MS):
            batch = codec.decode(batches.recv())
            assert isinstance(batch, Batch)
            if choices.random() < 0.1:
                continue
            delayed.append(codec.encode(computed(batch)))
            if choices.random() < 0.1:
                delayed.append(delayed[-1])
            if choices.random() < 0.5 and len(delayed) < MAX_DELAYED:
                continue
        choices.shuffle(delayed)
        for frame in delayed:
            results.send(frame)
        delayed.clear()


def computed(batch: Batch) -> Result:
    lines = mid_lines(batch, RULE)
    return result_of(batch, lines, RULE, worker="chaos", busy_ns=0)


if __name__ == "__main__":
    main()
