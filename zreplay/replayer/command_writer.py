"""Commands on their way to disk: accepted once they are there, while the loop keeps running."""

import time
from collections.abc import Callable
from functools import partial
from typing import Final

from protocol.errors import NoRoom, SettingsError, ZreplayError
from zreplay.delivery.command import Command
from zreplay.delivery.session import Session
from zreplay.playback.replay_clock import FOREVER_NS
from zreplay.replayer.errands import Errand, Errands
from zreplay.replayer.input_opener import InputOpener
from zreplay.replayer.state import ReplayerState

FULL_DISK_RETRY_NS: Final = 200_000_000


class CommandWriter:
    """Writes the commands the session wants saved; no quote behind them is sent before that."""

    def __init__(
        self,
        session: Session,
        state: ReplayerState,
        opener: InputOpener,
        errands: Errands,
        fail: Callable[[Exception], None],
    ) -> None:
        self.stalled = ""
        """What has no room, empty if all is well."""
        self._session = session
        self._state = state
        self._opener = opener
        self._errands = errands
        self._fail = fail
        self._is_saving = False
        self._again_ns = 0

    def accept(self, command: Command) -> Errand[int | None]:
        """Accept a command once it is on disk; return its record, None if it has none yet.

        Raises:
            ZreplayError: it is not accepted, and nothing has changed.
            InputError: the files cannot be read from there, and the run ends.
        """
        session = self._session
        record, saving = session.propose(command), session.to_save()
        try:
            if saving is not None:
                yield partial(self._state.write_commands, session.run, saving.commands)
        except BaseException:
            session.withdraw()
            raise
        change = session.saved(saving)
        if change is None:
            raise SettingsError("the sink was restarted meanwhile", fix="try again", code="Z212")
        self._opener.do(change, forgets_steps=True)
        yield from self._opener.opening()
        return record

    def save_records(self, now_ns: int) -> None:
        """Write the records that the session has assigned, as soon as the disk takes them."""
        if not self._is_saving and self._session.to_save() is not None and now_ns >= self._again_ns:
            self._is_saving = True
            self._errands.add(self._saving(), is_own=True)

    def due_ns(self, now_ns: int) -> int:
        """Return when to try again; FOREVER_NS if nothing waits to be written."""
        is_waiting = not self._is_saving and self._session.to_save() is not None
        return max(now_ns, self._again_ns) if is_waiting else FOREVER_NS

    def _saving(self) -> Errand[None]:
        session = self._session
        try:
            if (saving := session.to_save()) is not None:
                yield partial(self._state.write_commands, session.run, saving.commands)
                if (change := session.saved(saving)) is not None:
                    self._opener.do(change)
            self.stalled = ""
        except NoRoom as full:
            self.stalled, self._again_ns = full.what, time.monotonic_ns() + FULL_DISK_RETRY_NS
        except ZreplayError as error:
            self._fail(error)
        finally:
            self._is_saving = False
