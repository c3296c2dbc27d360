"""A client of the control socket: one request, one answer, or an error in time."""

import contextlib
import time
from collections.abc import Callable
from typing import Any, Final

import msgspec
import zmq

from protocol.errors import LinkError
from protocol.json_text import json_bytes
from protocol.keys.keyed_context import KeyedContext
from protocol.shown_address import shown_address
from protocol.sockets import Context, control_req
from zreplay.controls.responder import Answer, Request

LOOK_MS: Final = 20
"""How often whoever may have enough of waiting for an answer is asked."""


class ControlClient:
    """Asks a replayer; a question that is not answered in time raises LinkError.

    Nor does anybody wait for the answer once `is_over`.
    """

    def __init__(
        self,
        context: Context,
        endpoint: str,
        timeout_ms: int,
        is_over: Callable[[], bool] | None = None,
    ) -> None:
        self._socket = control_req(context, endpoint)
        self._refusals = context.refusals if isinstance(context, KeyedContext) else None
        self._shown = shown_address(endpoint)
        self._timeout_ms = timeout_ms
        self._is_over = is_over

    def ask(self, verb: str, value: str = "", request_id: str = "") -> Answer:
        """Return the answer; a request with an id is done once, however often it is sent.

        Raises:
            KeyRefused: the replayer does not let us in.
            LinkError: nothing answered in time, or what did is not a replayer.
        """
        give_up_ns = time.monotonic_ns() + self._timeout_ms * 1_000_000
        request = json_bytes(Request(verb, value, request_id))
        if not self._is_sent(request, give_up_ns) or not self._is_ready(zmq.POLLIN, give_up_ns):
            start = "start one (zreplay serve FILE), or name it: --control ADDRESS"
            again = f"; to ask again, and have it done once: --id {request_id}"
            raise LinkError(
                f"no replayer answered on {self._shown} within {self._timeout_ms / 1000:g} s",
                fix=start + (again if request_id else ""),
                code="Z303",
            )
        try:
            answer: Answer = msgspec.json.decode(self._socket.recv(), type=dict[str, Any])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise LinkError(
                f"{self._shown} did not answer as a replayer does", code="Z304"
            ) from error
        return answer

    def _is_sent(self, request: bytes, give_up_ns: int) -> bool:
        # Where our key was revoked libzmq has given up, and a plain send would wait for ever.
        while self._is_ready(zmq.POLLOUT, give_up_ns):
            with contextlib.suppress(zmq.Again):  # the connection was lost since the poll
                self._socket.send(request, zmq.DONTWAIT)
                return True
        return False

    def _is_ready(self, event: int, give_up_ns: int) -> bool:
        """Wait until something can be sent or received, or for the refusal that says why not."""
        poller = zmq.Poller()
        poller.register(self._socket, event)
        if self._refusals is not None:
            for monitor in self._refusals.sockets:
                poller.register(monitor, zmq.POLLIN)
        while (left_ns := give_up_ns - time.monotonic_ns()) > 0:
            left_ms = -(-left_ns // 1_000_000)
            if self._is_over is not None:
                if self._is_over():
                    return False
                left_ms = min(left_ms, LOOK_MS)
            if self._socket in dict(poller.poll(left_ms)):
                return True
            if self._refusals is not None:
                self._refusals.check()
        if self._refusals is not None:
            self._refusals.check(is_last=True)
        return False

    def close(self) -> None:
        self._socket.close()
