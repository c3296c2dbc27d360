"""The socket of `zmid sink --publish`: what was committed, to whoever subscribes, at most once.

Nobody is waited for: who has no room misses what comes meanwhile, and sees it by the counts. Only
the end, with which a subscriber learns of what it missed last, is kept for END_PATIENCE_NS until
all have room.
"""

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa
import zmq

from protocol import sockets
from protocol.commit import Commit
from protocol.committed_log import open_committed
from protocol.errors import ResultLogError
from protocol.messages import Result
from protocol.peers import PeerCount
from protocol.program.diagnostics import Log
from protocol.published import END_TOPIC, Published, PublishedEnd, pack, topic_of
from protocol.result_folder import SEGMENTS, TABLE
from protocol.subscriptions import subscription_changes
from zmid.publishing import Publishing, counted
from zmid.ticker_counts import TickerCounts

LINGER_MS: Final = 3000
END_PATIENCE_NS: Final = 2_000_000_000
"""A subscriber that only lags has made room by then; one that is stopped holds up the exit."""
END_RETRY_NS: Final = 5_000_000
MOST_PREFIXES: Final = 4096
"""Beyond so many different subscriptions all is sent, for libzmq to choose from."""

log = Log("sink")


class Publisher:
    """An XPUB socket, and who subscribes to what."""

    peers: PeerCount

    def __init__(
        self,
        context: sockets.Context,
        endpoint: str,
        insecure: bool,
        watch: Callable[[sockets.Socket], PeerCount],
    ) -> None:
        def before_bind(socket: sockets.Socket) -> None:
            self.peers = watch(socket)

        self.socket = sockets.publish_xpub(context, endpoint, insecure, LINGER_MS, before_bind)
        self.messages = 0
        self._publishing = Publishing({})
        self._kept: TickerCounts | None = None
        self._prefixes: Counter[bytes] = Counter()
        self._end: deque[PublishedEnd] = deque()
        self._end_due_ns = 0
        self._is_end_owed = True
        self._has_many = self._lacks_table = self._is_broken = False

    def count(self, folder: Path, last: Commit | None, *, syncs: bool = False) -> None:
        """Count what the table in a folder holds that is committed, or has held.

        Raises:
            ResultLogError: a part of it is gone, and was not counted before.
        """
        self._kept = TickerCounts(folder, syncs=syncs)
        if last is None or TABLE not in last.tails:
            return
        kept = self._kept.read(last.run)
        is_whole = kept is not None and kept.end <= last.tails[TABLE].end
        start, counts = (kept.end, kept.tickers) if kept is not None and is_whole else (0, {})
        with open_committed(folder, TABLE, start) as table:
            if table.missing:
                raise ResultLogError(
                    f"{table.missing} closed segments of {TABLE} are gone, and how many quotes of "
                    "each ticker were in them was not kept",
                    fix=f"put them back into {folder / SEGMENTS}, or start without --publish",
                    code="Z606",
                )
            if not table.is_empty:
                batches = pa.ipc.open_stream(pa.PythonFile(table, mode="r"))
                counts = counted(batches, counts)
        self._publishing = Publishing(counts)

    def keep_counts(self, last: Commit, named: Mapping[str, int]) -> Mapping[str, int]:
        """Keep what has been counted; return `named` with what of the table is still needed.

        `named` is the least segment of each log that a commit can name.
        """
        if self._kept is None or TABLE not in last.tails:
            return named
        if not self._is_broken:
            self._kept.turn(last, self._publishing.counts, named[TABLE])
        return {**named, TABLE: min(named[TABLE], self._kept.number)}

    def publish(self, group: Sequence[Result]) -> None:
        """Send what has been committed."""
        if self._is_broken or self._is_without_table(group[0]):
            return
        prefixes = (b"",) if self._has_many else tuple(self._prefixes)
        try:
            for message in self._publishing.messages(group, prefixes):
                self._send(message)
        except (pa.ArrowException, LookupError) as error:
            # Subscribers that wait for an end, which is not sent, are told that it did not come.
            self._is_broken = True
            log.error("nothing more is published: a table cannot be read", reason=str(error)[:300])

    def turn(self, now_ns: int, last: Commit | None, *, is_ending: bool = False) -> int | None:
        """Note who subscribes, and send what is left of the end; return when to call again.

        The end is that of the run, or of this sink.
        """
        self._note_subscriptions()
        if last is None or self._is_broken or not (last.finished or is_ending):
            return None
        if self._is_end_owed and not self._end:
            counts, is_stopped = self._publishing.counts, not last.finished
            ends = PublishedEnd.all_of(last.run, last.next, counts, is_stopped=is_stopped)
            self._end.extend(ends)
            self._end_due_ns = now_ns + END_PATIENCE_NS
            self._is_end_owed = False
        is_patient = now_ns < self._end_due_ns
        sockets.refuse_if_full(self.socket, is_patient)
        try:
            while self._end:
                self._send(self._end[0])
                self._end.popleft()
        except zmq.Again:
            return now_ns + END_RETRY_NS
        return None

    def close(self) -> None:
        self.socket.close()

    def _is_without_table(self, result: Result) -> bool:
        is_there = any(file.name == TABLE for each in result.processors for file in each.outputs)
        if not is_there and not self._lacks_table:
            self._lacks_table = True
            log.warning(
                "nothing is published: the workers compute no table",
                fix="start over, and start each worker with --table",
            )
        return not is_there

    def _send(self, message: Published) -> None:
        self.socket.send_multipart([topic_of(message), pack(message)], zmq.DONTWAIT)
        self.messages += 1

    def _note_subscriptions(self) -> None:
        """Record who subscribed and who left; to a new one the end is owed."""
        for is_new, prefix in subscription_changes(self.socket):
            if is_new:
                self._has_many |= len(self._prefixes) >= MOST_PREFIXES
                if not self._has_many:
                    self._prefixes[prefix] += 1
                self._is_end_owed |= END_TOPIC.startswith(prefix)
            elif self._prefixes[prefix] > 1:
                self._prefixes[prefix] -= 1
            else:
                del self._prefixes[prefix]
