"""Measurements -> JSON that later runs add to, a text, and the README's tables.

A section is one group's outcome: a table, and the figures in it that have a target. It records
the machine, the commit and the command, so that sections of different days can share a file.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.bench_parts.rounds import Spread
from scripts.bench_parts.targets import TARGETS

QUIET_CORES = 0.2
"""With less other work than this, seconds can be trusted."""

Cell = str | int | float | Spread
Row = dict[str, Cell]


@dataclass(slots=True)
class Section:
    """A table of rows that have the same columns.

    `figures` are those that targets name, `commands` what each contender was started with.
    """

    name: str
    title: str
    rows: list[Row] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    commands: dict[str, str] = field(default_factory=dict)


def save(path: Path, sections: Sequence[Section], about: Mapping[str, Any]) -> dict[str, Any]:
    """Replace earlier sections of the same name; return the whole report."""
    report: dict[str, Any] = read(path)
    for section in sections:
        report[section.name] = {
            "title": section.title,
            "rows": [
                {
                    name: cell._asdict() if isinstance(cell, Spread) else cell
                    for name, cell in row.items()
                }
                for row in section.rows
            ],
            "figures": section.figures,
            "notes": section.notes,
            "commands": section.commands,
            **about,
        }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=2) + "\n")
    return report


def read(path: Path) -> dict[str, Any]:
    """Return the report that earlier runs wrote, an empty one if there is none."""
    if not path.exists():
        return {}
    report: dict[str, Any] = json.loads(path.read_text())
    return report


def markdown(report: Mapping[str, Any]) -> str:
    """Return every section as a table, and then the targets with what was measured."""
    parts = []
    for section in report.values():
        parts += [
            f"**{section['title']}**",
            table(section["rows"]),
            *section["notes"],
            taken(section),
        ]
    parts += ["**Targets**", table(target_rows(report))]
    return "\n\n".join(parts)


def taken(section: Mapping[str, Any]) -> str:
    """Return how, where, and beside what other work a section was measured."""
    machine, others = section["machine"], section["other_work_cores"]
    # Older figures lack these.
    compiled = f", {machine['compiled']}" if "compiled" in machine else ""
    stolen = section.get("stolen_cores")
    withheld = "" if stolen is None else f", and the host withheld {stolen:g}"
    is_quiet = others + (stolen or 0) < QUIET_CORES
    doubt = "" if is_quiet else " Seconds say little then; CPU does."
    return (
        f"`{section['command']}`, {machine['cores']} cores of {machine['processor']}, "
        f"{machine['memory_gib']:g} GiB, commit {machine['commit']}{compiled}; "
        f"meanwhile other work had {others:g} cores{withheld}.{doubt}"
    )


def target_rows(report: Mapping[str, Any]) -> list[Row]:
    """Return a row for each target: what it asks for and what was measured, if it was."""
    figures = {
        name: value for section in report.values() for name, value in section["figures"].items()
    }
    return [
        {
            "what": target.what,
            "must": f"{target.must:g} {target.unit}".strip(),
            "aim": f"{target.aim:g} {target.unit}".strip(),
            "measured": text(figures[target.figure])
            if target.figure in figures
            else "not measured",
            "": verdict(target.is_met, figures.get(target.figure), target.must, target.aim),
        }
        for target in TARGETS
    ]


def verdict(is_met: Any, measured: float | None, must: float, aim: float) -> str:
    if measured is None:
        return ""
    if is_met(measured, aim):
        return "aim"
    return "must" if is_met(measured, must) else "missed"


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as a Markdown table; it reads well in a terminal too."""
    if not rows:
        return ""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, *([text(row.get(name, "")) for name in names] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(names))]
    written = [
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join((written[0], rule, *written[1:]))


def text(cell: Any) -> str:
    """Return a cell: three digits are enough, and a spread is its median (least to most)."""
    if isinstance(cell, Spread):
        cell = cell._asdict()
    if isinstance(cell, dict):
        if cell["least"] == cell["most"]:
            return text(cell["median"])
        return f"{text(cell['median'])} ({text(cell['least'])} to {text(cell['most'])})"
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.3g}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
