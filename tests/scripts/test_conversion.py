"""Each kind of file is measured against DuckDB where it writes it, in the same rounds."""

from pathlib import Path

import pytest

from scripts.bench_parts import conversion as module
from scripts.bench_parts.pipeline import Plan
from scripts.bench_parts.rounds import Spread
from scripts.bench_parts.usage import Memory, Usage


@pytest.mark.parametrize("is_there", [True, False])
def test_ratios_are_to_the_peer_that_wrote_the_same_kind(
    monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    asked: dict[bool, list[list[str]]] = {False: [], True: []}

    def measured(command: list[str], *, is_watched: bool) -> Usage:
        asked[is_watched].append(command)
        seconds = 2.0 if "convert" in command else 3.0
        return Usage(" ".join(command), "", seconds, seconds, 0.0, Memory())

    monkeypatch.setattr(module, "measured", measured)
    monkeypatch.setattr(module, "recording", lambda rows, _: Path("in.csv"))
    monkeypatch.setattr(module, "install", lambda _: None)
    monkeypatch.setattr(module, "is_installed", lambda _: is_there)
    section = module.conversion(
        Plan(rows=1_000, rounds=2, zreplay=["zreplay"], against=("duckdb",))
    )

    ratios = {row[""]: row["its time / ours"] for row in section.rows}
    peers = module.PEER_KINDS if is_there else ()
    assert {kind: Spread(1.5, 1.5, 1.5) if kind in peers else "" for kind in module.KINDS} == ratios
    contenders = len(module.KINDS) + len(peers)
    assert {False: 2 * contenders, True: contenders} == {key: len(asked[key]) for key in asked}
    assert [Spread(500.0, 500.0, 500.0)] * 5 == [row["quotes a second"] for row in section.rows]
