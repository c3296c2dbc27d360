"""Group 3: what more workers, smaller batches and a smaller window change."""

from collections.abc import Callable

from scripts.bench_parts.pipeline import FULL_SPEED, Plan, run_file
from scripts.bench_parts.recording import recording
from scripts.bench_parts.report import Section
from scripts.bench_parts.rounds import Spread, alternate, ratio
from scripts.bench_parts.usage import Usage

ROWS = 5_000_000
ROUNDS = 3
DEFAULT = "2 workers, the defaults"
CHOICES = {
    DEFAULT: (),
    "1 worker": ("--workers", "1"),
    "4 workers": ("--workers", "4"),
    "4,096 quotes a batch": ("--batch", "4096"),
    "16,384 quotes a batch": ("--batch", "16384"),
    "window of 65,536 quotes": ("--window", "65536"),
    "window of 131,072 quotes": ("--window", "131072"),
}


def scaling(plan: Plan) -> Section:
    """Workers, batch size and window at full speed."""
    rows = plan.rows or ROWS
    file = recording(rows, plan.cache)

    def trial(*options: str) -> Callable[[], Usage]:
        return lambda: run_file(plan, file, *FULL_SPEED, *options)[0]

    runs = alternate(
        plan.rounds or ROUNDS, {name: trial(*options) for name, options in CHOICES.items()}
    )
    section = Section("scaling", f"{rows:,} rows at full speed, by what is changed")
    section.commands = {name: outcomes[0].command for name, outcomes in runs.items()}
    default = [run.seconds for run in runs[DEFAULT]]
    section.rows = [
        {
            "": name,
            "quotes a second": Spread.of(rows / run.seconds for run in runs[name]),
            "times as fast as the defaults": ratio(default, (run.seconds for run in runs[name])),
            "CPU s": Spread.of(run.cpu_seconds for run in runs[name]),
        }
        for name in runs
    ]
    return section
