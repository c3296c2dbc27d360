"""Polling a replayer, where a missing answer is a result too."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Final

from protocol.errors import KeyRefused, LinkError
from protocol.keys.guard import Guard
from protocol.refusals import context_of
from zreplay.controls.control import ControlClient
from zreplay.controls.responder import Answer

ASK_TIMEOUT_MS: Final = 500

Ask = Callable[[str, str], Answer | None]


@contextlib.contextmanager
def asking(
    endpoint: str, is_over: Callable[[], bool] | None = None, guard: Guard | None = None
) -> Iterator[Ask]:
    """Yield a function of a verb and its value; it returns None if nothing answered.

    It raises KeyRefused if the replayer does not let us in. Once `is_over`, no more questions are
    sent, and nobody waits for the answer to one: who would give it may be gone.
    """
    context = context_of(guard)
    try:
        client = ControlClient(context, endpoint, ASK_TIMEOUT_MS, is_over)
        try:

            def ask(verb: str, value: str) -> Answer | None:
                if is_over is not None and is_over():
                    return None
                try:
                    return client.ask(verb, value)
                except KeyRefused:
                    raise
                except LinkError:
                    return None

            yield ask
        finally:
            client.close()
    finally:
        context.destroy(linger=0)
