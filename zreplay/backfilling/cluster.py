"""Runs the tasks of a backfill on a Dask cluster: the only file that knows of `distributed`.

Rule 1: what is done is known by its marker alone: nothing is kept in the cluster, and a future is
let go of once its result is read.
Rule 2: a worker gets tasks once it was probed; one that does not fit is refused, by its name.
Rule 3: a task whose workers are all gone, or whose scheduler is, is cancelled and given again. A
scheduler that is gone is looked for, for a while.
"""

import contextlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import Any, Final

from protocol.errors import LinkError, SettingsError
from protocol.program.memory import keep_freed_memory
from protocol.shown_address import shown_address
from zreplay.backfilling.certificates import Certificates
from zreplay.backfilling.partition import Task, run_task
from zreplay.backfilling.probe import Findings, misfits, probe
from zreplay.backfilling.proof import Report
from zreplay.backfilling.settings import Cluster

LOOK_EVERY_NS: Final = 10**9
NO_WORKERS_NS: Final = 10 * 10**9
"""After so long without a worker it is said, and then again and again."""
SAY_EVERY_NS: Final = 60 * 10**9
CONNECT_SECONDS: Final = 10
GIVE_UP_NS: Final = 300 * 10**9
"""So long a scheduler that was there is looked for."""

Say = Callable[[str], None]


class DaskCluster:
    """An engine of the workers of a scheduler, which come and go.

    Raises:
        LinkError: there is no scheduler, or none of its workers fits.
        SettingsError: `distributed` is not installed, or an option is not valid.
    """

    def __init__(
        self,
        cluster: Cluster,
        first: Path,
        out: Path,
        scratch: Path | None,
        say: Say = lambda text: None,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self.slow: float | None = cluster.slow
        self._cluster = cluster
        self._is_stopping = is_stopping
        self._place = out, scratch
        self._say = say
        self._first = first
        self._ours = probe(first, out, scratch, writes=False)
        self._client = _connected(cluster)
        self._probes: dict[str, Any] = {}
        self._fitting: dict[str, int] = {}
        self._refused: dict[str, str] = {}
        self._workers: dict[str, tuple[str, int]] = {}
        self._allowed: dict[Future[Report], frozenset[str]] = {}
        self._looked_ns = self._lacking_ns = 0
        self._executor = self._client.get_executor(pure=False, retries=0)

    @property
    def slots(self) -> int:
        return sum(self._fitting.values())

    @property
    def hosts(self) -> Mapping[str, int]:
        found: Counter[str] = Counter()
        for address, threads in self._fitting.items():
            found[self._workers[address][0]] += threads
        return found

    def submit(self, task: Task) -> Future[Report]:
        workers = frozenset(self._fitting)
        future: Future[Report]
        try:
            future = self._executor.submit(
                *(run_elsewhere, task, *self._place),
                workers=sorted(workers),
                allow_other_workers=False,
            )
        except Exception:  # whatever the library says of a connection that is gone
            future = Future()
            future.cancel()
        self._allowed[future] = workers
        return future

    def poll(self, now_ns: int) -> None:
        """Look who is there, probe who is new, and cancel what will never be run."""
        if now_ns - self._looked_ns < LOOK_EVERY_NS:
            return
        self._looked_ns = now_ns
        try:
            is_there = self._client.status == "running"
            found = self._client.scheduler_info()["workers"] if is_there else {}
        except Exception:
            is_there = False
        if not is_there:
            self._reconnect()
            return
        self._workers = {
            address: (str(worker["host"]), int(worker["nthreads"]))
            for address, worker in found.items()
        }
        self._probe_new()
        self._fitting = {
            address: self._workers[address][1]
            for address in self._fitting
            if address in self._workers
        }
        for future in [each for each in self._allowed if each.done()]:
            del self._allowed[future]
        for future, workers in list(self._allowed.items()):
            if not workers & self._workers.keys():
                future.cancel()
        self._say_what_lacks(now_ns)

    def renew(self) -> None:
        """An executor of this kind does not break."""

    def has_killed(self, error: BaseException) -> bool:
        from distributed import KilledWorker

        return isinstance(error, KilledWorker)

    def close(self) -> None:
        with contextlib.suppress(Exception):  # of a connection that is gone
            self._executor.shutdown(wait=False)
        with contextlib.suppress(Exception):
            self._client.close(timeout=CONNECT_SECONDS)

    def _probe_new(self) -> None:
        known = self._probes.keys() | self._fitting.keys() | self._refused.keys()
        for address in self._workers.keys() - known:
            self._probes[address] = self._client.submit(
                probe,
                *(self._first, *self._place),
                workers=[address],
                allow_other_workers=False,
                pure=False,
                retries=0,
            )
        for address, future in list(self._probes.items()):
            if address not in self._workers:
                del self._probes[address]
            elif future.done():
                del self._probes[address]
                self._judge(address, future)

    def _judge(self, address: str, future: Any) -> None:
        if future.status == "cancelled":
            return
        error = future.exception()
        if error is not None and _is_of_the_cluster(error):
            return  # it is probed again, if it is still there
        if error is not None:
            why = [f"cannot run zreplay: {type(error).__name__}: {error}"]
        else:
            theirs: Findings = future.result()
            why = misfits(self._ours, theirs)
            if not why and self._ours.is_compiled and not theirs.is_compiled:
                self._say(f"{shown_address(address)}: without the parts in C, which is slow")
        if not why:
            self._fitting[address] = self._workers[address][1]
            return
        self._refused[address] = "; ".join(why)
        host = self._workers[address][0]
        self._say(f"worker {shown_address(address)} on {host} is refused: {self._refused[address]}")

    def _say_what_lacks(self, now_ns: int) -> None:
        if self._fitting or self._probes:
            self._lacking_ns = 0
            return
        if not self._lacking_ns:
            self._lacking_ns = now_ns + NO_WORKERS_NS
        elif now_ns >= self._lacking_ns:
            self._lacking_ns = now_ns + SAY_EVERY_NS
            refused = [each for each in self._refused if each in self._workers]
            if refused:
                raise LinkError(
                    f"none of the {len(refused)} workers can run it: "
                    f"{shown_address(refused[0])}: {self._refused[refused[0]]}",
                    fix="install the same versions there, and give them the same folders",
                    code="Z309",
                )
            address = shown_address(self._cluster.scheduler)
            self._say(f"the scheduler {address} has no workers: start some, this goes on then")

    def _reconnect(self) -> None:
        """Look for a scheduler that is gone; what was in flight is lost, and given again.

        Raises:
            LinkError: it does not come back.
        """
        self._say(f"the scheduler {shown_address(self._cluster.scheduler)} is gone: looking for it")
        for future in self._allowed:
            future.cancel()
        self.close()
        self._allowed.clear()
        self._probes.clear()
        self._fitting.clear()
        self._refused.clear()
        self._workers = {}
        give_up_ns = time.monotonic_ns() + GIVE_UP_NS
        while True:
            try:
                self._client = _connected(self._cluster)
                break
            except LinkError:
                if time.monotonic_ns() >= give_up_ns or self._is_stopping():
                    raise
                time.sleep(1.0)
        self._executor = self._client.get_executor(pure=False, retries=0)


def _is_of_the_cluster(error: BaseException) -> bool:
    """Tell whether an error says that a worker went, and not what a task raised there."""
    is_of_the_library = type(error).__module__.partition(".")[0] == "distributed"
    return is_of_the_library or isinstance(error, OSError | CancelledError)


def run_elsewhere(task: Task, out: Path, scratch: Path | None) -> Report:
    """Run a task on a worker, which would give each freed page back to the system."""
    keep_freed_memory()
    return run_task(task, out, scratch)


def _connected(cluster: Cluster) -> Any:
    """Return a client of the scheduler.

    Raises:
        LinkError: it does not answer, or not to us.
    """
    try:
        from distributed import Client
        from distributed.security import Security
    except ImportError:
        raise SettingsError(
            "--scheduler needs distributed", fix="pip install 'zreplay[dask]'", code="Z217"
        ) from None
    address, security = cluster.address(), None
    if cluster.tls is not None:
        _check_connection(address, cluster.tls)
        ca, cert, key = map(str, cluster.tls)
        security = Security(
            tls_ca_file=ca, tls_client_cert=cert, tls_client_key=key, require_encryption=True
        )
    # What it says of connections that come and go, we say.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        return Client(
            address,
            security=security,
            timeout=CONNECT_SECONDS,
            set_as_default=False,
            name="zreplay-backfill",
        )
    except (OSError, ValueError, TypeError) as error:
        raise LinkError(
            f"the scheduler {shown_address(address)} does not answer: {error!s:.200}",
            fix="start it: `dask scheduler`; one with certificates is at tls://",
            code="Z309",
        ) from None


def _check_connection(address: str, tls: Certificates) -> None:
    """Look whether the scheduler takes our certificate, and we its: the library would not say.

    Raises:
        LinkError: one of them does not.
    """
    host, _, port = address.partition("://")[2].rpartition(":")
    if not port.isdecimal():
        return
    if why := tls.why_refused(host.strip("[]"), int(port)):
        raise LinkError(
            f"the scheduler {shown_address(address)} cannot be used: {why}",
            fix="give --tls-ca, --tls-cert and --tls-key of the authority of the cluster",
            code="Z309",
        )
