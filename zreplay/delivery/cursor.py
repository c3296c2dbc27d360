"""Where the replayer stands after a batch, as it is sent: opaque to workers and sink."""

from typing import Final, NamedTuple

import msgspec
from msgspec import msgpack

from protocol.errors import ProtocolError
from protocol.limits import MAX_CURSOR_BYTES
from zreplay.delivery.run_state import RunState

VERSION: Final = 4
"""Raised with each change of the contents, also inside `historical` and `live`."""


class ReplayCursor(NamedTuple):
    """The state of the run at the last batch, and where both sources resume.

    `historical` and `live` are opaque to everyone but their source; empty is the start.
    """

    state: RunState = RunState()
    historical: bytes = b""
    live: bytes = b""

    def pack(self) -> bytes:
        data = msgpack.encode((VERSION, *self.state, self.historical, self.live))
        if len(data) > MAX_CURSOR_BYTES:
            raise ProtocolError(
                f"cursor of {len(data)} bytes is over {MAX_CURSOR_BYTES}", code="Z504"
            )
        return data

    @classmethod
    def unpack(cls, data: bytes) -> "ReplayCursor":
        try:
            version, *state, historical, live = msgpack.decode(data)
        except (ValueError, TypeError, RecursionError) as error:
            raise ProtocolError(f"the sink's cursor cannot be read: {error}", code="Z504") from None
        if version != VERSION or len(state) != len(RunState._fields):
            raise ProtocolError(
                f"the sink's cursor is of version {version}, this replayer reads {VERSION}",
                fix="finish the run with the version that began it, or start over: --fresh",
                code="Z504",
            )
        try:
            return msgspec.convert((state, historical, live), cls)
        except msgspec.ValidationError as error:
            raise ProtocolError(f"the sink's cursor cannot be read: {error}", code="Z504") from None
