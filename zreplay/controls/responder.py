"""The control socket of a replayer: a request is one JSON object, and so is its answer.

    {"verb": "mode", "value": "live"}
    {"verb": "step", "value": "10", "id": "a name that no other request has"}
    {"ok": true, "changed": "historical -> live", "state": "RUNNING", "record": 120, ...}
    {"ok": false, "code": "Z203", "error": "...", "fix": "..."}

Parsing is pure. The shell answers each request, possibly later than the next, and never blocks in
a receive: a peer can make the socket readable without sending a message.
"""

import contextlib
from collections.abc import Callable
from concurrent.futures import Future
from typing import Annotated, Any, Final

import msgspec
import zmq
from msgspec import Meta

from protocol.errors import KeyRefused, LinkError, SettingsError, ZreplayError
from protocol.json_text import json_bytes
from protocol.keys.guard import Guard
from protocol.keys.role import CONTROL
from protocol.receiving import message_and_user
from protocol.sockets import Socket
from zreplay.controls.verb_table import VERBS

MAX_REQUESTS_PER_TURN: Final = 64
MAX_ID_CHARS: Final = 64

Answer = dict[str, Any]


class Request(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A request of an operator. With an `id` it is done once, however often it is sent."""

    verb: str
    value: str = ""
    id: Annotated[str, Meta(max_length=MAX_ID_CHARS)] = ""


def parse_request(data: bytes) -> Request:
    """Return the request in these bytes.

    Raises:
        SettingsError: it is not a request, or its verb is unknown.
    """
    try:
        request = msgspec.json.decode(data, type=Request)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise SettingsError(f"the request cannot be read: {error}", code="Z211") from None
    if (verb := VERBS.get(request.verb)) is None:
        raise SettingsError(
            f"verb was {request.verb!r}, which is unknown",
            fix=f"one of {', '.join(VERBS)}",
            code="Z211",
        )
    if bool(request.value) != bool(verb.value):
        needs = "needs a value" if verb.value else "takes no value"
        raise SettingsError(f"{request.verb} {needs}", fix="zreplay ctl --help", code="Z211")
    return request


def refusal(error: ZreplayError) -> Answer:
    """Return the answer to a request that is refused; nothing has changed."""
    return {"ok": False, "code": error.code, "error": error.what, "fix": error.fix}


class Responder:
    """Answers on a ROUTER every request of a REQ: each once, and some later than others."""

    def __init__(self, socket: Socket, guard: Guard | None = None) -> None:
        """`guard` is asked of each request whether the key of its sender may make it."""
        self._socket = socket
        self._guard = guard
        self._later: list[tuple[list[bytes], Future[Answer]]] = []

    def answer_waiting(self, answer: Callable[[Request], Answer | Future[Answer]]) -> set[bytes]:
        """Answer new requests, and earlier ones whose answer is ready; return who asked.

        It never waits, and answers at most MAX_REQUESTS_PER_TURN, so that a busy client cannot
        hog the loop.
        """
        asked = set()
        for _ in range(MAX_REQUESTS_PER_TURN):
            received = message_and_user(self._socket)
            if received is None:
                break
            frames, user = received
            if b"" not in frames[1:]:
                continue  # not from a REQ: its answer could not be told from another's
            end = frames.index(b"", 1) + 1
            asked.add(frames[0])
            self._begin(frames[:end], b"".join(frames[end:]), user, answer)
        self._answer_later()
        return asked

    def _begin(
        self,
        envelope: list[bytes],
        data: bytes,
        user: str,
        answer: Callable[[Request], Answer | Future[Answer]],
    ) -> None:
        try:
            request = parse_request(data)
            self._check(user, request.verb)
            said = answer(request)
        except ZreplayError as error:
            said = refusal(error)
        if isinstance(said, Future):
            self._later.append((envelope, said))
        else:
            self._send(envelope, said)

    def _check(self, user: str, verb: str) -> None:
        """Raise LinkError unless the key of a sender may use a verb, now."""
        if self._guard is None:
            return
        if not self._guard.check(user, CONTROL):
            raise KeyRefused("the key is not let in any more")
        if not VERBS[verb].is_question and not self._guard.check_change(user, verb):
            raise LinkError(f"the key may ask for the status, and may not {verb}", code="Z308")

    def _answer_later(self) -> None:
        waiting, self._later = self._later, []
        for envelope, future in waiting:
            if not future.done():
                self._later.append((envelope, future))
                continue
            try:
                said = future.result()
            except ZreplayError as error:
                said = refusal(error)
            self._send(envelope, said)

    def _send(self, envelope: list[bytes], said: Answer) -> None:
        with contextlib.suppress(zmq.ZMQError):  # the client has gone
            self._socket.send_multipart([*envelope, json_bytes(said)], zmq.DONTWAIT)
