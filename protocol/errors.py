"""The errors that end a program, and the exit code of each.

    ZreplayError                 never raised itself
     |- SettingsError            2   the user asked for the impossible
     |- LinkError                3   cannot bind, nothing answers, or the answer cannot be written
     |   `- KeyRefused               who listens does not let this program in
     |- InputError               4   a recording cannot be read
     |- ProtocolError            5   a peer broke the conversation
     |   |- MalformedMessage         a message is not valid; it is counted and dropped
     |   |- OtherVersion             a peer speaks another version of the protocol
     |   |- Fenced                   a newer replayer has taken over
     |   `- PoisonBatch              a batch for which no worker returns a result
     |- ResultLogError           6   the result log cannot be written, or is of another run
     |   `- NoRoom                   the disk is full for now; what can wait waits
     `- ProcessorError           8   a processor of the user failed

Not errors but values and counts: end of input, nothing to do yet, a duplicate, a full
window, a lost worker. A rejected row is not an error either: the run ends with exit code 1.

Each has a code (protocol/error_codes.py) whose first digit is the exit code: that of its
class, or a more specific one given where it is raised.
"""

import errno
from typing import Final

from protocol.error_codes import ERROR_CODES

EXIT_DONE = 0
EXIT_ROWS_REJECTED = 1
EXIT_EMPTY = 1
EXIT_INTERRUPTED = 130
NO_ROOM_ERRNOS: Final = (errno.ENOSPC, errno.EDQUOT)
"""Every errno of a full disk. EFBIG, a file that may not grow, is not one: it does not pass."""


def write_fix(error: OSError, fix: str = "") -> str:
    """Return what to do about a write that failed: `fix`, unless a file may not grow."""
    if error.errno == errno.EFBIG:
        return "raise the limit on the size of a file (ulimit -f), then start it again"
    return fix


class ZreplayError(Exception):
    """One text: what went wrong, where, what was found and what to do."""

    code = "Z700"
    exit_code = 70
    is_said = False
    """True if another process has told the user already."""
    may_pass = False
    """True if the same may work a little later: of a full disk, of a store that does not answer."""

    def __init__(self, what: str, *, fix: str = "", code: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.code = code or type(self).code
        self.fix = fix or ERROR_CODES[self.code].fix.replace("`", "")

    def __str__(self) -> str:
        return f"{self.what}\nfix: {self.fix}"


class SettingsError(ZreplayError):
    """The user asked for something impossible."""

    code = "Z200"
    exit_code = 2


class LinkError(ZreplayError):
    """A socket cannot be bound, or nothing answers on it."""

    code = "Z300"
    exit_code = 3


class KeyRefused(LinkError):
    """Who listens does not let this program in: it has no key, or one that is refused."""

    code = "Z307"


class InputError(ZreplayError):
    """A recording cannot be read, or its order cannot be restored."""

    code = "Z400"
    exit_code = 4


class ProtocolError(ZreplayError):
    """A peer broke the conversation."""

    code = "Z500"
    exit_code = 5


class MalformedMessage(ProtocolError):
    """A received frame is not a message of this protocol: count it, drop it, continue."""

    code = "Z501"


class OtherVersion(ProtocolError):
    """A peer speaks another version of the protocol: the two cannot work together."""

    code = "Z505"

    def __init__(
        self, theirs: int, ours: int, peer: str = "the sender", us: str = "this program"
    ) -> None:
        older = peer if theirs < ours else us
        super().__init__(
            f"{peer} speaks version {theirs} of the protocol, {us} version {ours}",
            fix=f"upgrade {older}: all parts of a replay speak one version",
        )
        self._versions = theirs, ours

    def between(self, peer: str, us: str) -> "OtherVersion":
        """Return the same error with both ends named."""
        return OtherVersion(*self._versions, peer, us)


class Fenced(ProtocolError):
    """A newer replayer has taken over; what this one sends is ignored."""

    code = "Z502"


class PoisonBatch(ProtocolError):
    """A batch was resent over and over while later ones came back."""

    code = "Z503"


class ResultLogError(ZreplayError):
    """The result log cannot be written or read, or belongs to another run."""

    code = "Z600"
    exit_code = 6


class NoRoom(ResultLogError):
    """The disk is full for now; nothing has changed, and the operation may be retried."""

    code = "Z607"
    may_pass = True


class ProcessorError(ZreplayError):
    """A processor of the user failed, or is not one: nothing of its batch is committed."""

    code = "Z800"
    exit_code = 8
