"""A worker that never answers the batch containing a given record; runs as a program.

python -m tests.end_to_end.picky_worker SOURCE SINK RECORD
"""

import sys

import zmq

from protocol import codec, sockets
from protocol.messages import Batch
from tests.end_to_end.chaos_worker import computed


def main() -> None:
    source, sink, record = sys.argv[1:]
    context: sockets.Context = zmq.Context()
    batches = sockets.batch_pull(context, source)
    results = sockets.result_push(context, sink)
    while True:
        batch = codec.decode(batches.recv())
        assert isinstance(batch, Batch)
        if not batch.first <= int(record) < batch.first + batch.count:
            results.send(codec.encode(computed(batch)))


if __name__ == "__main__":
    main()
