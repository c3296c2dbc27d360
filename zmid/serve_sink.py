"""`zmid sink`, from its settings to its exit code; without numpy, which it has no use for."""

import secrets
from functools import partial
from pathlib import Path
from typing import Final

from protocol import sockets
from protocol.errors import EXIT_DONE, ResultLogError
from protocol.keys.role import SINK
from protocol.program.diagnostics import Log
from protocol.program.earlier import Earlier
from protocol.program.folder_lock import FolderLock
from protocol.program.key_options import listening_guard
from protocol.program.listeners import Listeners
from protocol.program.public_address import warn_if_public
from protocol.program.serving import serving
from protocol.program.stop import StopSignal
from protocol.refusals import context_of
from protocol.result_folder import OUTPUTS, RING, RUN_FILE, SEGMENTS, TABLE
from zmid.disk import DiskFull, Folder
from zmid.metrics import sink_metrics
from zmid.result_log import NAMES, ResultLog
from zmid.settings import SinkSettings
from zmid.sink import Ends, Sink
from zmid.sink_state import SinkState

EARLIER: Final = "earlier"
"""Where `--fresh` sets aside what an earlier run left, run.json too: that speaks of its lines."""

log = Log("sink")


def run_sink(settings: SinkSettings, stop: StopSignal) -> int:
    """Commit results until the run is finished or asked to stop; return the exit code.

    Raises:
        ZreplayError: the folder, the sockets or the disk cannot be used, or a peer speaks another
            version of the protocol.
    """
    guard = listening_guard(settings.key, settings.allowed, SINK)
    lock = FolderLock(
        settings.out, "sink.lock", "sink", settings.lock_wait_ns, "choose another one: --out DIR"
    )
    context = context_of(guard)
    listeners = Listeners(context)
    try:
        watch = partial(listeners.watch, is_repeated=True)
        results = sockets.result_pull(context, settings.bind, settings.insecure, watch)
        sync = sockets.sync_router(context, settings.sync, settings.insecure, watch)
        publisher = None
        if settings.publish:
            from zmid.publisher import Publisher  # and with it pyarrow

            publisher = Publisher(context, settings.publish, settings.insecure, listeners.watch)
        if settings.insecure and guard is None:
            public = (settings.publish,) if settings.publish else ()
            warn_if_public(settings.bind, settings.sync, *public)
        earlier = Earlier(settings.out, EARLIER, (RUN_FILE, *NAMES, TABLE, OUTPUTS, SEGMENTS))
        folder = _open_folder(settings, earlier)
        try:
            result_log = ResultLog(folder, syncs=settings.syncs, rotation=settings.rotation)
            if result_log.repaired_slots:
                log.warning("commits repaired", slots=result_log.repaired_slots)
            state = SinkState(result_log, secrets.randbits(62), needs_table=settings.table)
            if publisher is not None:
                publisher.count(settings.out, result_log.last, syncs=settings.syncs)
            with serving(
                settings.metrics,
                lambda: sink_metrics(state, publisher),
                lambda: f"room on the disk ({state.stalled})" if state.stalled else "",
                "zmid sink",
                insecure=settings.insecure,
            ):
                ends = Ends(results, sync, publisher)
                Sink(settings, state, folder, earlier, ends, stop, listeners).run()
            if publisher is not None:
                publisher.close()
        finally:
            folder.close()
            if settings.parent_fd is None and not _has_begun(settings.out):
                earlier.put_back()
    except DiskFull as full:
        raise ResultLogError(
            f"no room to open the logs: {full}", fix="free some space first", code="Z607"
        ) from full
    finally:
        listeners.close()
        context.destroy(linger=0)
        lock.release()
    return EXIT_DONE


def _open_folder(settings: SinkSettings, earlier: Earlier) -> Folder:
    """Open the files; old ones are set aside only now, when nothing else can refuse the start.

    What a `zreplay run` has set aside is its own business.
    """
    if settings.fresh:
        earlier.set_aside()
    elif settings.parent_fd is None:
        (earlier.remove if _has_begun(settings.out) else earlier.put_back)()
    try:
        return Folder(settings.out, NAMES, syncs=settings.syncs)
    except (DiskFull, ResultLogError):
        earlier.put_back()
        raise


def _has_begun(out: Path) -> bool:
    """Return whether a replayer was admitted: its epoch is the first thing that is committed."""
    ring = out / RING
    return ring.exists() and ring.stat().st_size > 0
