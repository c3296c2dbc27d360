"""Group 6, first part: memory does not grow with the file, and speed does not fall with it.

The largest resident set of each process, and its slope over the second half of the run: what is
filled at the start (buffers, the window, the rows waiting to be ordered) is not growth.
"""

from scripts.bench_parts.pipeline import FULL_SPEED, Plan, run_file
from scripts.bench_parts.recording import LARGE_ROWS, recording
from scripts.bench_parts.report import Section
from scripts.bench_parts.rounds import Spread, alternate, once
from scripts.bench_parts.usage import Usage

ROWS = 5_000_000
FEW_ROWS = 1_000_000
MB = 1e6


def memory(plan: Plan) -> Section:
    """Peak and growth of memory over a long run; --rows 50000000 for the large one."""
    rows = plan.rows or ROWS

    def trial(count: int, *, is_watched: bool = False) -> Usage:
        file = recording(count, plan.cache)
        return run_file(plan, file, *FULL_SPEED, is_watched=is_watched)[0]

    usage = once("memory", {"many": lambda: trial(rows, is_watched=True)})["many"]
    runs = alternate(
        plan.rounds or 1,
        {"few": lambda: trial(FEW_ROWS), "many": lambda: trial(rows)},
        warm_up=(),
    )
    slope = Spread.of(
        (rows / many.seconds) / (FEW_ROWS / few.seconds)
        for few, many in zip(runs["few"], runs["many"], strict=True)
    )
    section = Section("memory", f"resident memory, {rows:,} rows at full speed")
    peaks, growth = usage.memory.peaks(), usage.memory.growth_per_second()
    million_rows_a_second = rows / usage.seconds / 1e6
    section.rows = [
        {
            "process": role,
            "peak MB": peaks[role] / MB,
            "growth, MB a million rows": growth.get(role, 0.0) / MB / million_rows_a_second,
        }
        for role in peaks
    ]
    section.notes = [f"Rate at {rows:,} rows / rate at {FEW_ROWS:,}: {slope.median:.2f}."]
    if rows >= LARGE_ROWS:
        section.figures = {
            "peak_mb_50m": max(peaks.values()) / MB,
            "rate_50m_to_1m": slope.median,
        }
    return section
