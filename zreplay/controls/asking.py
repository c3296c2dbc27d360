"""A way to ask a replayer again and again, where no answer is an answer too."""

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
    """Give a function of a verb and its value; None means that nobody answered now.

    Once `is_over` nobody is asked any more.
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
