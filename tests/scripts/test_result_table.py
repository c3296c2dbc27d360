"""The cost of the table is taken against the same run without it, in the same round."""

from pathlib import Path

import pytest

from scripts.bench_parts import result_table as module
from scripts.bench_parts.pipeline import Plan
from scripts.bench_parts.rounds import Spread
from scripts.bench_parts.usage import Memory, Usage


@pytest.mark.parametrize("is_there", [True, False])
def test_the_cost_is_that_of_the_table_alone(
    monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    def measured(command: list[str]) -> Usage:
        seconds = 2.5 if "--table" in command else 2.0
        return Usage(" ".join(command), "", seconds, 2 * seconds, 0.0, Memory())

    monkeypatch.setattr(module, "measured", measured)
    monkeypatch.setattr(module, "recording", lambda rows, _: Path("in.csv"))
    monkeypatch.setattr(module, "install", lambda _: None)
    monkeypatch.setattr(module, "is_installed", lambda _: is_there)
    plan = Plan(rows=1_000, rounds=2, zreplay=["zreplay"], against=("duckdb",))
    section = module.result_table(plan)

    rows = {row[""]: row for row in section.rows}
    assert [module.LOGS, module.TABLE, *([module.OF_PEER] if is_there else [])] == [*rows]
    assert Spread(0.8, 0.8, 0.8) == rows[module.TABLE]["rate / without"]
    assert Spread(1.25, 1.25, 1.25) == rows[module.TABLE]["CPU / without"]
