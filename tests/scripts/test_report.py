"""A report grows from run to run, and shows measurements beside targets."""

from pathlib import Path

from scripts.bench_parts.report import Section, markdown, read, save, table, target_rows, text
from scripts.bench_parts.rounds import Spread
from scripts.bench_parts.targets import TARGETS

MACHINE = {
    "cores": 2,
    "processor": "a processor",
    "commit": "abc",
    "memory_gib": 4.0,
    "compiled": "not compiled",
}
ABOUT = {
    "command": "scripts/bench --all",
    "machine": MACHINE,
    "other_work_cores": 0.25,
    "stolen_cores": 0.1,
}


def section(name: str, **figures: float) -> Section:
    spread = Spread(1_234_567.0, 1_000_000.0, 2_000_000.0)
    return Section(name, f"the {name}", [{"": "zreplay", "rate": spread}], figures, ["a note"])


def test_a_section_takes_the_place_of_an_earlier_one_and_leaves_the_others(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "bench.json"
    save(path, [section("a", resume_s=1.0), section("b")], ABOUT)
    report = save(path, [section("a", resume_s=2.0)], {**ABOUT, "command": "again"})

    assert report == read(path)
    assert {"a", "b"} == set(report)
    assert ({"resume_s": 2.0}, "again") == (report["a"]["figures"], report["a"]["command"])
    assert "scripts/bench --all" == report["b"]["command"]


def test_a_report_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert {} == read(tmp_path / "none.json")


def test_a_cell_has_three_figures_and_a_spread_its_ends() -> None:
    cells = [0.12345, 12.345, 1234.5, 5_000_000, "text", Spread(2.0, 1.5, 3.0), Spread(1, 1, 1)]

    assert ["0.123", "12.3", "1,234", "5,000,000", "text", "2 (1.5 to 3)", "1"] == [
        text(cell) for cell in cells
    ]


def test_a_table_is_markdown_with_every_column_of_every_row() -> None:
    assert "| a  | b |\n|----|---|\n| 1  |   |\n| 22 | x |" == table(
        [{"a": 1}, {"a": 22, "b": "x"}]
    )
    assert "" == table([])


def test_the_markdown_names_command_machine_and_note_of_each_section(tmp_path: Path) -> None:
    shown = markdown(save(tmp_path / "bench.json", [section("a")], ABOUT))

    assert "**the a**" in shown and "`scripts/bench --all`" in shown
    assert "| zreplay | 1,234,567 (1,000,000 to 2,000,000) |" in shown
    assert "a note" in shown
    assert (
        "2 cores of a processor, 4 GiB, commit abc, not compiled; meanwhile other work had "
        "0.25 cores, and the host withheld 0.1. Seconds say little then; CPU does." in shown
    )


def test_what_an_older_report_did_not_note_is_left_out(tmp_path: Path) -> None:
    older = {"command": "scripts/bench", "machine": {**MACHINE}, "other_work_cores": 0.1}
    del older["machine"]["compiled"]
    shown = markdown(save(tmp_path / "bench.json", [section("a")], older))

    assert "4 GiB, commit abc; meanwhile other work had 0.1 cores.\n" in shown


def test_a_target_is_met_missed_or_not_measured(tmp_path: Path) -> None:
    measured = section("a", rate_to_duckdb=0.8, resume_s=0.4, live_p99_ms=31.0)
    rows = target_rows(save(tmp_path / "bench.json", [measured], ABOUT))
    verdicts = {
        target.figure: (row["measured"], row[""]) for target, row in zip(TARGETS, rows, strict=True)
    }

    assert ("0.8", "must") == verdicts["rate_to_duckdb"]
    assert ("0.4", "aim") == verdicts["resume_s"]
    assert ("31", "missed") == verdicts["live_p99_ms"]
    assert ("not measured", "") == verdicts["idle_percent"]
