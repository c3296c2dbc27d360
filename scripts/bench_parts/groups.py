"""The groups of measurements, by name, in the order of the README."""

from collections.abc import Callable
from typing import Final

from scripts.bench_parts.budget import budget
from scripts.bench_parts.end_to_end import end_to_end
from scripts.bench_parts.pipeline import Plan
from scripts.bench_parts.report import Section

GROUPS: Final[dict[str, Callable[[Plan], Section]]] = {
    "end_to_end": end_to_end,
    "budget": budget,
}
