"""Group 11: the same quotes in one file and in thousands, of every kind, against DuckDB.

All contenders run in turn within a round, and ratios are taken within it: to DuckDB, which reads
the same files and writes the same lines with two threads, and to the case beside which one is to
be seen. What is refused says so in its row, and the others are measured.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from scripts.bench_parts.end_to_end import OURS
from scripts.bench_parts.file_cases import Case, cases, chosen
from scripts.bench_parts.peers import compared, install, is_installed, run_peer
from scripts.bench_parts.pipeline import Plan, run_file
from scripts.bench_parts.report import Row, Section, text
from scripts.bench_parts.rounds import Spread, alternate, once, ratio
from scripts.bench_parts.usage import MIB, CommandFailed, Usage

ROWS: Final = 5_000_000
ROUNDS: Final = 3
PEER: Final = "duckdb"
DETECTS: Final = "duckdb, told no columns"
COLUMNS: Final = (
    *("", "files", "rows", "seconds", "quotes a second", "CPU s"),
    *("DuckDB, s", "its time / ours", "its CPU / ours", "lines"),
    *("beside", "rate / its rate", "rows a CPU second / its", "speed", "late p50 ms"),
    *("peak MiB, replayer", "open files"),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run took and printed, or why there was none."""

    usage: Usage | None
    summary: dict[str, Any]
    refusal: str = ""


class _Bench:
    """Runs the cases; each keeps its logs for the first comparison."""

    def __init__(self, plan: Plan, kept: Path) -> None:
        self._plan = plan
        self._kept = kept
        self.sameness: dict[str, str] = {}

    def contender(
        self, case: Case, name: str, *, is_watched: bool = False
    ) -> Callable[[], Outcome]:
        file, out = case.files.pattern(self._plan.cache), self._kept / f"{case.name}-{name}"

        def ours() -> Outcome:
            options = (*case.options, "--workers", "2")
            try:
                found = run_file(self._plan, file, *options, out=out, is_watched=is_watched)
                return Outcome(*found)
            except CommandFailed as failed:
                return Outcome(None, {}, _refusal(failed.said))

        def theirs() -> Outcome:
            found = file if case.files.files > 1 else next(file.parent.glob(file.name))
            options = ("detect",) if name == DETECTS else ()
            return Outcome(run_peer(PEER, found, out, *options), {})

        return ours if name == OURS else theirs

    def compare(self, case: Case) -> None:
        ours, theirs = (self._kept / f"{case.name}-{name}" for name in (OURS, PEER))
        if all((folder / "mid_prices.log").exists() for folder in (ours, theirs)):
            self.sameness[case.name] = compared(ours, theirs)


def files(plan: Plan) -> Section:
    """One file and thousands of every kind against DuckDB; --rows 500k for two minutes."""
    rows = plan.rows or ROWS
    wants_peer = PEER in plan.against
    if wants_peer:
        install([PEER])
    has_peer = wants_peer and is_installed(PEER)
    wanted = chosen(cases(rows), plan.only)
    with tempfile.TemporaryDirectory(prefix="zreplay-bench-") as kept:
        bench = _Bench(plan, Path(kept))
        contenders, watched = {}, {}
        for case in wanted:
            watched[case.name] = bench.contender(case, OURS, is_watched=True)
            for name in _names(case, has_peer=has_peer):
                contenders[f"{case.name}: {name}"] = bench.contender(case, name)
        memory = once("memory and open files", watched)
        first_of_peer = [name for name in contenders if name.endswith(PEER)][:1]
        runs = alternate(plan.rounds or ROUNDS, contenders, warm_up=first_of_peer)
        for case in wanted:
            bench.compare(case)
    section = Section("files", f"{rows:,} rows in one file and in many, at full speed")
    section.rows = [
        _row(case, runs, memory[case.name], bench.sameness.get(case.name, "")) for case in wanted
    ]
    section.commands = {
        name: outcomes[0].usage.command for name, outcomes in runs.items() if outcomes[0].usage
    }
    section.notes = ["Rates are those of whole commands, the start of all processes included."]
    section.notes += [_detected(case, runs) for case in wanted if f"{case.name}: {DETECTS}" in runs]
    return section


def _names(case: Case, *, has_peer: bool) -> list[str]:
    is_beside = has_peer and case.has_peer
    return [
        OURS,
        *([PEER] if is_beside else []),
        *([DETECTS] if is_beside and case.detects else []),
    ]


def _detected(case: Case, runs: dict[str, list[Outcome]]) -> str:
    """Return what the peer takes where it has to find out what is in the files."""
    theirs, ours = (_usages(runs[f"{case.name}: {name}"]) for name in (DETECTS, OURS))
    seconds = text(Spread.of(usage.seconds for usage in theirs))
    times = text(_ratio(theirs, ours, "seconds"))
    return f"{case.name}: DuckDB that is told no columns takes {seconds} s, {times} times ours."


def _row(case: Case, runs: dict[str, list[Outcome]], watched: Outcome, lines: str) -> Row:
    own = runs[f"{case.name}: {OURS}"]
    row: Row = dict.fromkeys(COLUMNS, "")
    row |= {"": case.name, "files": case.files.files, "rows": case.files.rows, "lines": lines}
    if refusal := next((outcome.refusal for outcome in own if outcome.refusal), ""):
        return {**row, "lines": f"refused: {refusal}"}
    usages = _usages(own)
    row |= {
        "seconds": Spread.of(usage.seconds for usage in usages),
        "quotes a second": Spread.of(case.files.rows / usage.seconds for usage in usages),
        "CPU s": Spread.of(usage.cpu_seconds for usage in usages),
    }
    theirs = _usages(runs.get(f"{case.name}: {PEER}", []))
    if theirs:
        row["DuckDB, s"] = Spread.of(usage.seconds for usage in theirs)
        row["its time / ours"] = _ratio(theirs, usages, "seconds")
        row["its CPU / ours"] = _ratio(theirs, usages, "cpu_seconds")
    beside = runs.get(f"{case.beside}: {OURS}", [])
    if case.beside and not any(outcome.refusal for outcome in beside):
        row["beside"] = case.beside
        row["rate / its rate"] = _ratio(_usages(beside), usages, "seconds")
        row["rows a CPU second / its"] = _ratio(_usages(beside), usages, "cpu_seconds")
    if case.is_paced:
        row["speed"] = Spread.of(outcome.summary["achieved_speed"] or 0.0 for outcome in own)
        row["late p50 ms"] = Spread.of(
            outcome.summary["lateness_ns"]["p50"] / 1e6 for outcome in own
        )
    if watched.usage is not None:
        row["peak MiB, replayer"] = watched.usage.memory.peaks().get("serve", 0) / MIB
        row["open files"] = watched.usage.memory.open_files()
    return row


def _usages(outcomes: list[Outcome]) -> list[Usage]:
    return [outcome.usage for outcome in outcomes if outcome.usage is not None]


def _ratio(theirs: list[Usage], ours: list[Usage], what: str) -> Spread:
    return ratio((getattr(u, what) for u in theirs), (getattr(u, what) for u in ours))


def _refusal(said: str) -> str:
    """Return the first line of what a command says when it cannot."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or lines or ["no reason was given"])[0].replace("|", "/")[:120]
