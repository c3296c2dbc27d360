"""`zreplay.backfill`: the logs of a run, and what a function makes of each window."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pytest

import zreplay
from protocol.errors import InputError, SettingsError
from tests.reference import reference_logs, time_text
from tests.zreplay.backfilling.recordings import HEADER, Here

MINUTE = 60 * 10**9


def file_of(path: Path, first_minute: int, minutes: int) -> Path:
    """Write a quote a second; its bid is the number of the second."""
    rows = (
        f"{time_text(second * 10**9)},5,A,{second + 2},{second},1,1\n"
        for second in range(60 * first_minute, 60 * (first_minute + minutes))
    )
    path.write_text(HEADER + "".join(rows))
    return path


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    monkeypatch.setattr("zreplay.backfilling.settings.MIB", 1)
    monkeypatch.setattr("zreplay.backfilling.survey.LOOK_BYTES", 256)
    monkeypatch.setattr("zreplay.commands.backfill_command.MIB", 1024)
    return [file_of(tmp_path / "a.csv", 0, 5), file_of(tmp_path / "b.csv", 5, 5)]


def bids(batches: Iterator[Any], window: Any) -> Iterator[Any]:
    """Yield each bid, and whether it came before the window."""
    for batch in batches:
        rows = {
            "bid": batch["bid_price"],
            "is_warmup": pa.array([window.is_warmup(batch)] * batch.num_rows),
        }
        yield pa.record_batch(rows)


def table(out: Path) -> list[dict[str, Any]]:
    found = ds.dataset(out / "mids", partitioning="hive").to_table().to_pylist()
    return sorted(found, key=lambda row: (row["window"], row["bid"]))


def test_the_logs_are_those_of_a_run(paths: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"

    found = zreplay.backfill(*paths, out=out, executor=Here(), window_mib=4)

    assert (600, True, 0) == (found["quotes"], found["is_complete"], found["failed"])
    assert found["windows"] > 2
    logs = [(out / name).read_bytes() for name in ("mid_prices.log", "errors.log")]
    assert [*reference_logs(paths)[:2]] == logs
    assert 0 == zreplay.backfill(*paths, out=out, executor=Here(), window_mib=4)["ran"]


def test_a_function_gets_all_quotes_of_each_window_in_order(
    paths: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"

    found = zreplay.backfill(*paths, out=out, function=bids, executor=Here(), window_mib=4)

    rows = table(out)
    assert (found["windows"], 600) == (len({row["window"] for row in rows}), found["quotes"])
    assert [float(second) for second in range(600)] == [row["bid"] for row in rows]
    assert {False} == {row["is_warmup"] for row in rows}


def test_with_a_warmup_it_also_gets_exactly_what_arrived_so_long_before(
    paths: list[Path], tmp_path: Path
) -> None:
    arguments: dict[str, Any] = {"function": bids, "executor": Here(), "window_mib": 4}

    found = zreplay.backfill(*paths, out=tmp_path / "out", warmup="90s", **arguments)

    rows = table(tmp_path / "out")
    of_windows = [[row for row in rows if row["window"] == at] for at in range(found["windows"])]
    assert 600 == found["quotes"]
    for of_window in of_windows:
        before = [row["bid"] for row in of_window if row["is_warmup"]]
        first = min(row["bid"] for row in of_window if not row["is_warmup"])
        assert [*range(max(0, int(first) - 90), int(first))] == before


def fails_on_the_second(batches: Iterator[Any], window: Any) -> Iterator[Any]:
    for batch in batches:
        if window.number == 1:
            raise ValueError("no such thing")
        yield pa.record_batch({"rows": pa.array([batch.num_rows])})


def test_a_function_that_raises_fails_its_window_alone_and_names_the_place(
    paths: list[Path], tmp_path: Path
) -> None:
    with pytest.raises(InputError) as found:
        zreplay.backfill(
            *paths,
            out=tmp_path / "out",
            function=fails_on_the_second,
            executor=Here(),
            window_mib=4,
        )

    assert "Z801" == found.value.code
    assert "1 of " in found.value.what and "partition 1: " in found.value.what
    assert "ValueError: no such thing (line " in found.value.what
    markers = len(list((tmp_path / "out" / "done").iterdir()))
    assert markers == int(found.value.what.split()[2]) - 1
    assert not (tmp_path / "out" / "mid_prices.log").exists()


def leaves_the_rest(batches: Iterator[Any], window: Any) -> Iterator[Any]:
    next(batches, None)
    yield from ()


def test_a_function_may_leave_quotes_and_yield_nothing(paths: list[Path], tmp_path: Path) -> None:
    found = zreplay.backfill(
        *paths, out=tmp_path / "out", function=leaves_the_rest, executor=Here(), window_mib=4
    )

    assert (600, True) == (found["quotes"], found["is_complete"])
    assert not (tmp_path / "out" / "mids").exists()


def test_another_function_in_the_same_folder_is_refused(paths: list[Path], tmp_path: Path) -> None:
    zreplay.backfill(*paths, out=tmp_path / "out", function=leaves_the_rest, executor=Here())

    with pytest.raises(zreplay.ZreplayError) as found:
        zreplay.backfill(*paths, out=tmp_path / "out", function=bids, executor=Here())

    assert "Z603" == found.value.code


def two_schemas(batches: Iterator[Any], window: Any) -> Iterator[Any]:
    yield pa.record_batch({"a": pa.array([1])})
    yield pa.record_batch({"b": pa.array([1])})


def no_batch(batches: Iterator[Any], window: Any) -> Iterator[Any]:
    yield 3


@pytest.mark.parametrize("function", [two_schemas, no_batch])
def test_what_cannot_be_one_table_is_an_error(
    function: Any, paths: list[Path], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="it yielded"):
        zreplay.backfill(*paths, out=tmp_path / "out", function=function, executor=Here())


@pytest.mark.parametrize("name", ["plan", "check", "cat", "nonsense"])
def test_an_option_that_a_call_does_not_have_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=name):
        zreplay.backfill("a.csv", out=tmp_path, **{name: "x"})
