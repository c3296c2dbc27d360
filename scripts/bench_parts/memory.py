"""Group 6, first part: memory does not grow with the file, and speed does not fall with it.

The largest resident set of each process, and its slope over the second half of the run: what is
filled at the start (buffers, the window, the rows waiting to be ordered) is not growth.
"""

from scripts.bench_parts.pipeline import FULL_SPEED, Plan, run_file
from scripts.bench_parts.recording import LARGE_ROWS, recording
from scripts.bench_parts.report import Section
from scripts.bench_parts.rounds import Spread, alternate
from scripts.bench_parts.usage import Usage

ROWS = 5_000_000
FEW_ROWS = 1_000_000
MB = 1e6


def memory(plan: Plan) -> Section:
    """Peak and growth of memory over a long run; --rows 50000000 for the large one."""
    rows = plan.rows or ROWS

    def trial(count: int) -> Usage:
        return run_file(plan, recording(count, plan.cache), *FULL_SPEED)[0]

    runs = alternate(
        plan.rounds or 1, {"few": lambda: trial(FEW_ROWS), "many": lambda: trial(rows)}
    )
    slope = Spread.of(
        (rows / many.seconds) / (FEW_ROWS / few.seconds)
        for few, many in zip(runs["few"], runs["many"], strict=True)
    )
    section = Section("memory", f"resident memory, {rows:,} rows at full speed")
    peaks = [run.memory.peaks() for run in runs["many"]]
    growths = [run.memory.growth_per_second() for run in runs["many"]]
    million_rows_a_second = [rows / run.seconds / 1e6 for run in runs["many"]]
    for role in peaks[0]:
        rates = zip(growths, million_rows_a_second, strict=True)
        section.rows.append(
            {
                "process": role,
                "peak MB": max(peak[role] for peak in peaks) / MB,
                "growth, MB a million rows": Spread.of(
                    growth.get(role, 0.0) / MB / rate for growth, rate in rates
                ),
            }
        )
    section.notes = [f"Rate at {rows:,} rows / rate at {FEW_ROWS:,}: {slope.median:.2f}."]
    if rows >= LARGE_ROWS:
        section.figures = {
            "peak_mb_50m": max(max(peak.values()) for peak in peaks) / MB,
            "rate_50m_to_1m": slope.median,
        }
    return section
