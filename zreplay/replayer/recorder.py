"""`zreplay record`: a feed and its capture, without sink, workers or sockets of a replayer."""

import select
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from protocol.errors import ResultLogError
from protocol.program.diagnostics import Log
from protocol.program.folder_lock import FolderLock
from protocol.program.stop import StopSignal
from zreplay.live.capture_hold import NEVER_READ
from zreplay.live.captured_gaps import CapturedGaps
from zreplay.live.feed_address import feed_addresses
from zreplay.live.live_feed import LiveFeed
from zreplay.replayer.gap_follower import GapFollower
from zreplay.replayer.gaps_log import GapsLog
from zreplay.replayer.live_capture import LiveCapture
from zreplay.replayer.live_clock import LiveClock
from zreplay.replayer.state import StatePaths
from zreplay.settings import ReplaySettings

LOOK_SECONDS: Final = 0.5

log = Log("zreplay")


class Recorder:
    """Records live feeds into a folder until it is told to stop, or its end has come.

    Raises:
        ResultLogError: the folder cannot be used, or another process uses it.
        InputError: what was captured there is damaged.
    """

    def __init__(self, settings: ReplaySettings, out: Path, lock_wait_ns: int = 0) -> None:
        fix = "choose another folder: --out DIR"
        self._lock = FolderLock(out, "replayer.lock", "recorder", lock_wait_ns, fix)
        try:
            paths = StatePaths(out)
            captured = CapturedGaps()
            self.capture = LiveCapture(settings, paths, captured)
            self.capture.hold.read_to = NEVER_READ
            self.gaps = GapsLog(paths.gaps)
            self.gaps.recover(is_begun=not self.capture.is_new)
            self._follower = GapFollower(paths.capture, self.gaps, captured)
            feeds = feed_addresses(settings.live, settings.live_urls, settings.live_formats)
            silences = settings.silent_after_ns, settings.silent_after_of
            self._feed = LiveFeed(feeds, self.capture.writer, lambda: None, *silences)
        except BaseException:
            self._lock.release()
            raise

    def run(self, stop: StopSignal, clock: LiveClock, look: Callable[[], None]) -> None:
        """Record until a stop or the end; `look` is called each half second.

        Raises:
            ResultLogError: the capture is full, and is to end the recording then.
        """
        self._feed.connect()
        overload: ResultLogError | None = None
        while not (stop.requested or clock.has_ended(time.monotonic_ns())):
            select.select([stop.fd], [], [], LOOK_SECONDS)
            self._follower.follow()
            overload = self.capture.overload(self._feed)
            if overload is not None:
                break
            look()
        self._feed.close()
        self._follower.follow()
        if overload is not None:
            raise overload
        clock.end_well()

    def status(self) -> dict[str, Any]:
        """Return what the operator wants to know."""
        feeds = [status._asdict() for status in self._feed.snapshot()]
        capture = self.capture.status(self._feed)
        return {
            "feeds": feeds,
            "messages": sum(feed["messages"] for feed in feeds),
            "gaps": self.gaps.count,
            "capture": {
                name: capture[name]
                for name in ("bytes", "quota_bytes", "segments", "dropped_bytes", "blocked_ns")
            },
        }

    @property
    def missing(self) -> str:
        """What is missing to record, empty if nothing is."""
        states = [feed.state for feed in self._feed.snapshot()]
        return "" if "connected" in states else f"a feed: {', '.join(sorted(set(states)))}"

    def close(self) -> None:
        self._feed.close()
        self.capture.close()
        self._lock.release()
