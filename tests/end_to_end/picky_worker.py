"""A worker that never answers the batch containing a given record; runs as a program.

python -m tests.end_to_end.picky_worker SOURCE SINK RECORD
"""

import sys

import zmq

from protocol import codec, sockets
from protocol.messages import Batch
from zmid.mid import mid_lines, result_of
from zmid.mid_rule import MidRule

RULE = MidRule(20.0, "exchange")


def main() -> None:
    source, sink, record = sys.argv[1:]
    context: sockets.Context = zmq.Context()
    batches = sockets.batch_pull(context, source)
    results = sockets.result_push(context, sink)
    while True:
        batch = codec.decode(batches.recv())
        assert isinstance(batch, Batch)
        if not batch.first <= int(record) < batch.first + batch.count:
            lines = mid_lines(batch, RULE)
            result = result_of(batch, lines, RULE, worker="picky", busy_ns=0)
            results.send(codec.encode(result))


if __name__ == "__main__":
    main()
