"""The conversation with the sink: its messages go to the session, which says what to do.

The grammar is in protocol/messages.py; zreplay/delivery/session.py and admission.py decide, and
zmid/sink_state.py is the other end.
"""

from collections.abc import Callable

from protocol.program.diagnostics import Log
from protocol.program.other_versions import OtherVersions
from zreplay.delivery.instructions import Complete, Left, Reopen
from zreplay.delivery.session import Session
from zreplay.replayer.input_opener import InputOpener
from zreplay.replayer.link import Link
from zreplay.replayer.rejected_log import RejectedLog

log = Log("zreplay")


class Conversation:
    """Receives from the sink and answers; `on_restart` is for a run that another process began."""

    def __init__(
        self,
        session: Session,
        opener: InputOpener,
        link: Link,
        rejected: RejectedLog,
        on_restart: Callable[[int], None],
    ) -> None:
        self._session = session
        self._opener = opener
        self._link = link
        self._rejected = rejected
        self._on_restart = on_restart
        self._has_begun = False
        self._versions = OtherVersions(log)

    def turn(self, now_ns: int, *, files_ended: bool) -> None:
        """Receive what has come, and send what is due.

        Raises:
            ZreplayError: the sink sent a message that ends the run.
        """
        session = self._session
        self._link.update(now_ns)
        for message in self._link.received(now_ns):
            match session.on_message(message, now_ns, files_ended=files_ended):
                case Reopen() as reopen:
                    self._let_in(reopen, now_ns)
                case Complete():
                    self._rejected.recount()
                case Left(why):
                    log.warning(f"{why}: asking to be admitted again")
            self._compare_versions()
        due = session.to_send(now_ns, files_ended=files_ended)
        if due is not None:
            self._link.send_sync(due)

    def _compare_versions(self) -> None:
        if version := self._session.admission.sink_version:
            self._versions.met(version, "the sink")
        if self._session.last_report is not None:
            for worker in self._session.last_report.workers:
                self._versions.met(worker.version, "worker", worker.worker)

    def _let_in(self, reopen: Reopen, now_ns: int) -> None:
        log.info("admitted by the sink", epoch=reopen.epoch, next=reopen.next)
        if reopen.next and not self._has_begun:
            self._on_restart(now_ns)
        self._has_begun = True
        self._opener.reopen(reopen)
