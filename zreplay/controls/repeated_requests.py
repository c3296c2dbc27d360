"""Requests that were carried out, by the id that their sender gave them: each is done once.

A step, or a seek by a distance, that is asked for again because no answer came would be done twice.
With an id it is not: whoever repeats it gets the answer of the first time. Those of this replayer
are known, the last MOST of them; one that was refused has changed nothing, and is tried again.
"""

from concurrent.futures import Future
from typing import Final

from protocol.errors import SettingsError
from zreplay.controls.responder import Answer, Request

MOST: Final = 256

Said = Answer | Future[Answer]


class RepeatedRequests:
    """What was answered, or will be, to requests with an id."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[Request, Said]] = {}

    def answer_of(self, request: Request) -> Said | None:
        """Return the answer to a request that was carried out before, None to a new one.

        Raises:
            SettingsError: its id is that of another request.
        """
        if not request.id or request.id not in self._said:
            return None
        before, said = self._said[request.id]
        if before != request:
            raise SettingsError(
                f"id {request.id!r} was given to {before.verb} {before.value}".rstrip(),
                fix="another --id, or none",
                code="Z211",
            )
        if isinstance(said, Future) and said.done() and said.exception() is not None:
            del self._said[request.id]
            return None
        return said

    def keep(self, request: Request, said: Said) -> None:
        """Remember what was answered; the oldest is forgotten."""
        if not request.id:
            return
        self._said[request.id] = (request, said)
        if len(self._said) > MOST:
            del self._said[next(iter(self._said))]
