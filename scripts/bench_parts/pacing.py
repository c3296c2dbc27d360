"""Group 4: how late quotes leave at the recording's own pace, 11,000 a second.

Twice: as `zreplay run` itself counts it, from the due time of a quote to the send of its batch;
and as a consumer sees it, a PULL socket in this process that stamps what arrives from `zreplay
serve --acks none`. The consumer does not know the anchor of the clock: it counts from the quote
that was earliest relative to its arrival time, so its figures are relative to the best case.
"""

import tempfile
import time
from pathlib import Path

import numpy as np
import zmq

from protocol.arrays import quote_arrays
from protocol.codec import decode
from protocol.messages import Batch, Message
from scripts.bench_parts.pipeline import Plan, run_file
from scripts.bench_parts.recording import QUOTES_PER_SECOND, recording
from scripts.bench_parts.report import Section
from scripts.bench_parts.rounds import Spread
from tests.end_to_end.processes import parts

SECONDS = 15
ROUNDS = 5
NS_PER_MS = 1e6
SILENCE_MS = 20_000
SHARES = {"p50": 0.5, "p99": 0.99, "max": 1.0}


def pacing(plan: Plan) -> Section:
    """Lateness of sending at 11,000 quotes a second."""
    rows, rounds = plan.rows or SECONDS * QUOTES_PER_SECOND, plan.rounds or ROUNDS
    file = recording(rows, plan.cache)
    runs = [run_file(plan, file, "--speed", "1") for _ in range(rounds)]
    lateness = [summary["lateness_ns"] for _, summary in runs]
    own = {name: Spread.of(each[name] / NS_PER_MS for each in lateness) for name in SHARES}
    observed = [observed_ms(file) for _ in range(rounds)]
    seen = {name: Spread.of(each[name] for each in observed) for name in SHARES}
    section = Section("pacing", f"lateness in ms, {rows:,} quotes at --speed 1, {rounds} rounds")
    section.rows = [
        {"": "as zreplay run counts it", **own},
        {"": "as a PULL consumer sees it", **seen},
    ]
    section.figures = {
        "lateness_p50_ms": own["p50"].median,
        "lateness_p99_ms": own["p99"].median,
    }
    share = Spread.of(100 * usage.cpu_seconds / usage.seconds for usage, _ in runs)
    section.notes = [f"CPU of all processes of the run: {share.median:.0f} % of a core."]
    return section


def observed_ms(file: Path) -> dict[str, float]:
    """Return the lateness of each share of the quotes, in ms, as a consumer sees it."""
    with (
        tempfile.TemporaryDirectory(prefix="zreplay-bench-") as folder,
        parts(Path(folder)) as these,
        zmq.Context() as context,
        context.socket(zmq.PULL) as socket,
    ):
        socket.connect(these.batches)
        these.serve(file, "--speed", "1", "--acks", "none", "--exit-when-done")
        came: list[tuple[bytes, int]] = []
        while socket.poll(1_000 if came else SILENCE_MS):
            came.append((socket.recv(), time.monotonic_ns()))
    # Only now, else one batch would wait for the decoding of the one before it.
    return lateness_ms(
        np.concatenate([came_ns - arrivals_ns(decode(frame)) for frame, came_ns in came])
    )


def arrivals_ns(batch: Message) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    assert isinstance(batch, Batch)
    quotes = quote_arrays(batch)
    latency_ns: np.ndarray[tuple[int], np.dtype[np.int64]]
    latency_ns = np.rint(quotes["latency_ms"] * NS_PER_MS).astype(np.int64)
    return quotes["timestamp_ns"] + latency_ns


def lateness_ms(came_after_ns: np.ndarray[tuple[int], np.dtype[np.int64]]) -> dict[str, float]:
    """Count from the earliest; any origin of the two clocks will do."""
    late = (came_after_ns - came_after_ns.min()) / NS_PER_MS
    return {name: float(np.quantile(late, share)) for name, share in SHARES.items()}
