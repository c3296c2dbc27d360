"""Whatever arrives at whichever socket, with a key and without: the logs are the same."""

import contextlib
import random
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import zmq

from protocol.checksum import crc32
from protocol.codec import HEADER, MAGIC, VERSION, encode
from protocol.keys.key_source import read_key
from tests.end_to_end.processes import until
from tests.end_to_end.test_keys import REFERENCE, SAMPLE, Keyed
from tests.end_to_end.test_strangers import (
    GREETINGS,
    PATIENCE_SECONDS,
    PROC,
    descriptors,
    free_ports,
    knock,
)
from tests.protocol.examples import ONE_OF_EACH

ZMTP_CURVE: Final = b"\xff" + bytes(8) + b"\x7f\x03\x00CURVE" + bytes(47)
HELLO: Final = bytes([4, 198]) + b"\x05HELLO\x01\x00" + bytes(190)
STRANGERS: Final = 120
FRAMES: Final = 60_000
LEVELS: Final = 5_000
FLOOD: Final = 3_000
MOST_GROWN_BYTES: Final = 100_000_000

pytestmark = pytest.mark.skipif(not PROC.exists(), reason="looks at processes in /proc")


def framed(number: int, body: bytes) -> bytes:
    """Return a frame of ours around any body, with the right checksum."""
    return HEADER.pack(MAGIC, VERSION, number, crc32(body)) + body


def bodies() -> Iterator[bytes]:
    """Give bodies that are no message: too deep, too long as they claim to be, or cut."""
    yield b"\x91" * LEVELS + b"\xc0"
    yield from (b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff")
    for message in ONE_OF_EACH:
        yield encode(message)[HEADER.size : -1]


class Crowd:
    """Who comes with a key of its own and says what it likes."""

    def __init__(self, keyed: Keyed) -> None:
        self._keyed = keyed
        self._context = zmq.Context[zmq.Socket[bytes]]()

    def connected(self, kind: int, key: str, address: str, listener: str) -> zmq.Socket[bytes]:
        own = read_key(str(self._keyed.keys / f"{key}.key"))
        one = self._context.socket(kind)
        one.setsockopt(zmq.LINGER, 1000 * PATIENCE_SECONDS)
        one.setsockopt(zmq.SNDHWM, 0)
        one.setsockopt(zmq.CURVE_PUBLICKEY, own.public.encode())
        one.setsockopt(zmq.CURVE_SECRETKEY, own.secret.encode())
        expected = own.sink if listener == "sink" else own.replayer
        one.setsockopt(zmq.CURVE_SERVERKEY, expected.encode())
        one.connect(address)
        return one

    def close(self) -> None:
        self._context.destroy(linger=1000 * PATIENCE_SECONDS)


@pytest.fixture
def keyed(tmp_path: Path) -> Iterator[Keyed]:
    parts = Keyed(tmp_path)
    yield parts
    parts.end()


def resident_bytes(pid: int) -> int:
    return int((PROC / str(pid) / "statm").read_text().split()[1]) * 4096


def recorded_session(keyed: Keyed, crowd: Crowd) -> bytes:
    """Return what a worker with a key sends to the sink, from its greeting to a result."""
    port = int(keyed.results.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", 0)) as server:
        through = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        sender = crowd.connected(zmq.PUSH, "worker", through, "sink")
        sender.send(framed(2, b"\xc0"))
        here, _ = server.accept()
        there = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
        said = bytearray()

        def back() -> None:
            with contextlib.suppress(OSError):
                while data := there.recv(4096):
                    here.sendall(data)

        with here, there:
            answering = threading.Thread(target=back)
            answering.start()
            here.settimeout(PATIENCE_SECONDS)
            while len(said) < 64 + 200 + 100 + 40:  # greeting, HELLO, INITIATE, the message
                data = here.recv(4096)
                said += data
                there.sendall(data)
            sender.close(linger=0)
            there.shutdown(socket.SHUT_RDWR)
            answering.join()
    return bytes(said)


def test_strangers_liars_and_a_flood_change_nothing(keyed: Keyed) -> None:
    publish, broadcast = (f"tcp://127.0.0.1:{port}" for port in free_ports(2))
    sink = keyed.sink(*keyed.key("sink"), "--exit-when-done", "--publish", publish)
    options = ("--speed", 0.3, "--exit-when-done", "--broadcast", broadcast)
    serve = keyed.serve(SAMPLE, *keyed.key("replayer"), *options)
    keyed.worker(*keyed.key("worker"), "--table")
    until(lambda: keyed.logs()[0], "commits")
    before = [(descriptors(each), resident_bytes(each.pid)) for each in (serve, sink)]
    crowd, chance = Crowd(keyed), random.Random(1)
    replayed = recorded_session(keyed, crowd)
    greetings = (*GREETINGS, ZMTP_CURVE, ZMTP_CURVE + HELLO, ZMTP_CURVE + b"\xff" * 300, replayed)
    addresses = (keyed.batches, keyed.results, keyed.sync, keyed.control, publish, broadcast)
    with contextlib.ExitStack() as held:
        for number in range(STRANGERS):
            held.enter_context(knock(addresses[number % 6], chance.choice(greetings)))
        results = crowd.connected(zmq.PUSH, "worker", keyed.results, "sink")
        sync = crowd.connected(zmq.DEALER, "replayer", keyed.sync, "sink")
        for liar in (results, sync):
            for body in bodies():
                for number in (1, 2, 3, 7):
                    liar.send(framed(number, body))
            liar.send_multipart([b""] * FRAMES)
            liar.send(b"")
        for message in ONE_OF_EACH:  # of another run, epoch and sink
            results.send(encode(message))
        operator = crowd.connected(zmq.DEALER, "control", keyed.control, "replayer")
        for _ in range(FLOOD):
            operator.send_multipart([b"", b'{"verb": "ping"}'])
        for words in (b"[" * LEVELS, b'{"verb": "seek", "value": "' + b"9" * 60_000 + b'"}', b""):
            operator.send_multipart([b"", words])
            operator.send_multipart([words])
        operator.send_multipart([b"\x00"] * FRAMES)
        subscriber = crowd.connected(zmq.XSUB, "consumer", broadcast, "replayer")
        subscriber.send(b"\x01" + b"x" * 1000)
        subscriber.send(b"\x07junk")
        until(lambda: operator.poll(0), "an answer in the flood")
        committed = len(keyed.logs()[0])
        until(lambda: len(keyed.logs()[0]) > committed, "the run to go on")
    assert 0 == keyed.asked("control", "speed", "max").returncode
    after = [(descriptors(each), resident_bytes(each.pid)) for each in (serve, sink)]
    crowd.close()

    assert (0, 0) == (serve.wait(PATIENCE_SECONDS), sink.wait(PATIENCE_SECONDS))
    assert REFERENCE == keyed.logs()
    for (fds, resident), (fds_after, resident_after) in zip(before, after, strict=True):
        assert fds_after <= fds + STRANGERS
        assert resident_after - resident < MOST_GROWN_BYTES
