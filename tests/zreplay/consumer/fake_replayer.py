"""A replayer that answers as it is told, and sends what it is given."""

import json
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import zmq

NOWHERE = {"address": "", "subscribers": 0}
RUNNING = {
    **{"ok": True, "state": "RUNNING", "record": 4, "acks": "none"},
    **{"run": (b"r" * 16).hex(), "broadcast": NOWHERE},
}
DONE = RUNNING | {"state": "DONE"}


@dataclass
class FakeReplayer:
    """Answers its control socket with `answer` (None: not at all), and sends what it is given."""

    context: zmq.Context[Any]
    kind: int = zmq.PUSH
    answer: dict[str, Any] | None = None
    asked: int = 0
    is_over: bool = False
    addresses: dict[str, Any] = field(default_factory=dict)
    to_send: deque[bytes | list[bytes]] = field(default_factory=deque)
    silent_after: int | None = None
    """After so many questions it answers no more."""

    def __post_init__(self) -> None:
        self.answer = RUNNING
        self.out, self.control = self.context.socket(self.kind), self.context.socket(zmq.ROUTER)
        for name, socket in (("address", self.out), ("control", self.control)):
            socket.bind("tcp://127.0.0.1:*")
            self.addresses[name] = socket.getsockopt_string(zmq.LAST_ENDPOINT)
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self) -> None:
        while not self.is_over:
            ready = zmq.POLLIN if self.kind == zmq.XPUB else zmq.POLLOUT  # has it subscribed?
            if self.to_send and self.out.poll(0, ready):
                message = self.to_send.popleft()
                self.out.send_multipart([message] if isinstance(message, bytes) else message)
            if self.control.poll(10):
                *envelope, _ = self.control.recv_multipart()
                self.asked += 1
                is_silent = self.silent_after is not None and self.asked > self.silent_after
                if self.answer is not None and not is_silent:
                    self.control.send_multipart([*envelope, json.dumps(self.answer).encode()])

    def close(self) -> None:
        self.is_over = True
        self.thread.join()
