"""The groups of measurements, by name, in the order of the README."""

from collections.abc import Callable
from typing import Final

from scripts.bench_parts.backfill import backfill
from scripts.bench_parts.budget import budget
from scripts.bench_parts.conversion import conversion
from scripts.bench_parts.curve import curve
from scripts.bench_parts.end_to_end import end_to_end
from scripts.bench_parts.files import files
from scripts.bench_parts.idle import idle
from scripts.bench_parts.libraries import libraries
from scripts.bench_parts.live_path import live_path
from scripts.bench_parts.memory import memory
from scripts.bench_parts.pacing import pacing
from scripts.bench_parts.pipeline import Plan
from scripts.bench_parts.queues import queues
from scripts.bench_parts.report import Section
from scripts.bench_parts.result_table import result_table
from scripts.bench_parts.resume import resume
from scripts.bench_parts.scaling import scaling
from scripts.bench_parts.seek import seek

GROUPS: Final[dict[str, Callable[[Plan], Section]]] = {
    "end_to_end": end_to_end,
    "budget": budget,
    "scaling": scaling,
    "pacing": pacing,
    "curve": curve,
    "live": live_path,
    "memory": memory,
    "resume": resume,
    "seek": seek,
    "idle": idle,
    "libraries": libraries,
    "files": files,
    "convert": conversion,
    "table": result_table,
    "backfill": backfill,
    "queues": queues,
}
