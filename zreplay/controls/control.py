"""The control socket: a request is one JSON object, and so is its answer.

    {"verb": "mode", "value": "live"}
    {"ok": true, "changed": "historical -> live", "state": "RUNNING", "record": 120, ...}
    {"ok": false, "code": "Z203", "error": "...", "fix": "..."}

Parsing is pure. The shell answers each request, possibly later than the next, and never blocks in
a receive: a peer can make the socket readable without sending a message.
"""

import contextlib
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final

import msgspec
import zmq

from protocol.errors import LinkError, SettingsError, ZreplayError
from protocol.json_text import json_bytes
from protocol.shown_address import shown_address
from protocol.sockets import Context, Socket, control_req, waiting_message

VERBS: Final = (
    *("mode", "pause", "resume", "step", "seek", "speed", "loop"),
    *("status", "stats", "stop", "ping"),
)
WITH_VALUE: Final = ("mode", "step", "seek", "speed", "loop")
MAX_REQUESTS_PER_TURN: Final = 64

Answer = dict[str, Any]


class Request(msgspec.Struct, forbid_unknown_fields=True):
    """A request of an operator."""

    verb: str
    value: str = ""


def parse_request(data: bytes) -> Request:
    """Return the request in these bytes.

    Raises:
        SettingsError: it is not a request, or its verb is unknown.
    """
    try:
        request = msgspec.json.decode(data, type=Request)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise SettingsError(f"the request cannot be read: {error}", code="Z211") from None
    if request.verb not in VERBS:
        raise SettingsError(
            f"verb was {request.verb!r}, which is unknown",
            fix=f"one of {', '.join(VERBS)}",
            code="Z211",
        )
    if bool(request.value) != (request.verb in WITH_VALUE):
        needs = "needs a value" if request.verb in WITH_VALUE else "takes no value"
        raise SettingsError(f"{request.verb} {needs}", fix="zreplay ctl --help", code="Z211")
    return request


def refusal(error: ZreplayError) -> Answer:
    """Return the answer to a request that is refused; nothing has changed."""
    return {"ok": False, "code": error.code, "error": error.what, "fix": error.fix}


class Responder:
    """Answers on a ROUTER every request of a REQ: each once, and some later than others."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._later: list[tuple[list[bytes], Future[Answer]]] = []

    def answer_waiting(self, answer: Callable[[Request], Answer | Future[Answer]]) -> None:
        """Answer new requests, and earlier ones whose answer is ready; never wait.

        At most MAX_REQUESTS_PER_TURN are answered, so that a busy client cannot hog the loop.
        """
        for _ in range(MAX_REQUESTS_PER_TURN):
            frames = waiting_message(self._socket)
            if frames is None:
                break
            if b"" not in frames[1:]:
                continue  # not from a REQ: its answer could not be told from another's
            end = frames.index(b"", 1) + 1
            self._begin(frames[:end], b"".join(frames[end:]), answer)
        self._answer_later()

    def _begin(
        self,
        envelope: list[bytes],
        data: bytes,
        answer: Callable[[Request], Answer | Future[Answer]],
    ) -> None:
        try:
            said = answer(parse_request(data))
        except ZreplayError as error:
            said = refusal(error)
        if isinstance(said, Future):
            self._later.append((envelope, said))
        else:
            self._send(envelope, said)

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


class ControlClient:
    """Asks a replayer; a question that is not answered in time raises LinkError."""

    def __init__(self, context: Context, endpoint: str, timeout_ms: int) -> None:
        self._socket = control_req(context, endpoint)
        self._shown = shown_address(endpoint)
        self._timeout_ms = timeout_ms

    def ask(self, verb: str, value: str = "") -> Answer:
        self._socket.send(json_bytes(Request(verb, value)))
        if not self._socket.poll(self._timeout_ms):
            raise LinkError(
                f"no replayer answered on {self._shown} within {self._timeout_ms / 1000:g} s",
                fix="start one (zreplay serve FILE), or name it: --control ADDRESS",
                code="Z303",
            )
        try:
            answer: Answer = msgspec.json.decode(self._socket.recv(), type=dict[str, Any])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise LinkError(
                f"{self._shown} did not answer as a replayer does", code="Z304"
            ) from error
        return answer

    def close(self) -> None:
        self._socket.close()
