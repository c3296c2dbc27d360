"""Polling a replayer, where a missing answer is a result too."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Final

import zmq

from protocol.errors import LinkError
from zreplay.controls.control import Answer, ControlClient

ASK_TIMEOUT_MS: Final = 500

Ask = Callable[[str, str], Answer | None]


@contextlib.contextmanager
def asking(endpoint: str, is_over: Callable[[], bool] = lambda: False) -> Iterator[Ask]:
    """Yield a function of a verb and its value; it returns None if nothing answered.

    Once `is_over`, no more questions are sent.
    """
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    try:
        client = ControlClient(context, endpoint, ASK_TIMEOUT_MS)
        try:

            def ask(verb: str, value: str) -> Answer | None:
                if is_over():
                    return None
                try:
                    return client.ask(verb, value)
                except LinkError:
                    return None

            yield ask
        finally:
            client.close()
    finally:
        context.term()
