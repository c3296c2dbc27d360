"""The same producer and consumer over five queues, each the way its client library suggests.

`PRODUCERS[kind](address, bursts)` sends lists of messages, `CONSUMERS[kind](address, note)`
receives and calls `note(n)` after n more, until that returns True. Nothing is persisted and
nothing is acknowledged, as with PUSH/PULL: transports are compared, not guarantees.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

Bursts = Iterable[list[bytes]]
Note = Callable[[int], bool]

NAME = "quotes"
FIELD = b"m"
REDIS_READ_MESSAGES = 256
BLOCK_MS = 1_000


def send_by_zeromq(address: str, bursts: Bursts) -> None:
    import zmq

    with zmq.Context() as context, context.socket(zmq.PUSH) as socket:
        socket.connect(address)
        for burst in bursts:
            for message in burst:
                socket.send(message)


def receive_by_zeromq(address: str, note: Note) -> None:
    import zmq

    with zmq.Context() as context, context.socket(zmq.PULL) as socket:
        socket.bind(address)
        note(0)
        while not note(len(socket.recv()) > 0):
            pass


def send_by_multiprocessing(queue: Any, bursts: Bursts) -> None:
    for burst in bursts:
        for message in burst:
            queue.put(message)
    queue.close()
    queue.join_thread()


def receive_by_multiprocessing(queue: Any, note: Note) -> None:
    note(0)
    while not note(len(queue.get()) > 0):
        pass


def send_by_redis(address: str, bursts: Bursts) -> None:
    import redis

    with redis.Redis.from_url(address) as client:
        for burst in bursts:
            with client.pipeline(transaction=False) as pipeline:
                for message in burst:
                    pipeline.xadd(NAME, {FIELD: message})
                pipeline.execute()


def receive_by_redis(address: str, note: Note) -> None:
    import redis

    with redis.Redis.from_url(address) as client:
        client.delete(NAME)
        note(0)
        last = b"0"
        is_done = False
        while not is_done:
            answer = client.xread({NAME: last}, count=REDIS_READ_MESSAGES, block=BLOCK_MS)
            for _, entries in answer:
                last = entries[-1][0]
                is_done = note(len(entries))
                client.xtrim(NAME, minid=last)


def send_by_nats(address: str, bursts: Bursts) -> None:
    async def send() -> None:
        import nats

        client = await nats.connect(address)
        for burst in bursts:
            for message in burst:
                await client.publish(NAME, message)
            await client.flush()
        await client.close()

    asyncio.run(send())


def receive_by_nats(address: str, note: Note) -> None:
    async def receive() -> None:
        import nats

        client = await nats.connect(address)
        is_done = asyncio.Event()

        async def take(_: Any) -> None:
            if note(1):
                is_done.set()

        # Without limits, for it drops what is above them.
        await client.subscribe(NAME, cb=take, pending_msgs_limit=-1, pending_bytes_limit=-1)
        await client.flush()
        note(0)
        await is_done.wait()
        await client.close()

    asyncio.run(receive())


def send_by_rabbitmq(address: str, bursts: Bursts) -> None:
    import pika  # type: ignore[import-untyped]  # ships no types

    with pika.BlockingConnection(pika.URLParameters(address)) as connection:
        channel = connection.channel()
        for burst in bursts:
            for message in burst:
                channel.basic_publish("", NAME, message)


def receive_by_rabbitmq(address: str, note: Note) -> None:
    import pika

    with pika.BlockingConnection(pika.URLParameters(address)) as connection:
        channel = connection.channel()
        channel.queue_declare(NAME)
        channel.queue_purge(NAME)

        def take(channel: Any, *_: Any) -> None:
            if note(1):
                channel.stop_consuming()

        channel.basic_consume(NAME, take, auto_ack=True)
        note(0)
        channel.start_consuming()


PRODUCERS: dict[str, Callable[[Any, Bursts], None]] = {
    "ZeroMQ PUSH/PULL": send_by_zeromq,
    "multiprocessing.Queue": send_by_multiprocessing,
    "Redis Streams": send_by_redis,
    "NATS": send_by_nats,
    "RabbitMQ": send_by_rabbitmq,
}
CONSUMERS: dict[str, Callable[[Any, Note], None]] = {
    "ZeroMQ PUSH/PULL": receive_by_zeromq,
    "multiprocessing.Queue": receive_by_multiprocessing,
    "Redis Streams": receive_by_redis,
    "NATS": receive_by_nats,
    "RabbitMQ": receive_by_rabbitmq,
}
