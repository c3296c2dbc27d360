"""A look at each file, for the plan."""

import gzip
from pathlib import Path

import pytest

from tests.reference import time_text
from tests.zreplay.backfilling.recordings import HEADER, MS, rules
from zreplay.backfilling import survey
from zreplay.backfilling.plan import Cut, Look
from zreplay.backfilling.survey import is_day_without_data, origin_of, places_in, shape_of
from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.selection import Selection

S = 10**9
ROW = len("1970-01-01 00:00:00.010,5,A,1,1,1,1\n")


def rows_of(times_s: list[int]) -> str:
    return "".join(f"{time_text(time_s * S)},5,A,1,1,1,1\n" for time_s in times_s)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a file of a row each second, which is looked at in some rows."""
    monkeypatch.setattr(survey, "LOOK_BYTES", 5 * ROW)
    path = tmp_path / "a.csv"
    path.write_text(HEADER + rows_of(list(range(1000))))
    return path


def row_at(path: Path, offset: int) -> int:
    return (offset - len(HEADER)) // ROW


def test_a_plain_file_is_looked_at_every_so_many_bytes(path: Path) -> None:
    shape = shape_of(path, rules(), 100 * ROW)

    assert (True, 999 * S + 5 * MS) == (shape.is_enterable, shape.last_ns)
    assert Look(0, 0, 5 * MS) == shape.looks[0]
    assert 11 == len(shape.looks)
    for look in shape.looks[1:]:
        assert look.timestamp_ns == row_at(path, look.offset) * S


@pytest.mark.parametrize("name", ["a.csv.gz", "model"])
def test_what_cannot_be_entered_is_known_by_its_head(path: Path, name: str) -> None:
    of = rules(latency=LatencyModel.parse("constant:1s", "latency")) if name == "model" else rules()
    if name != "model":
        path.with_name(name).write_bytes(gzip.compress(path.read_bytes()))
        path = path.with_name(name)

    shape = shape_of(path, of, 100 * ROW)

    latency_ns = S if name == "model" else 5 * MS
    assert (False, (Look(0, 0, latency_ns),)) == (shape.is_enterable, shape.looks)


def test_a_file_without_a_quote_has_no_look(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADER)

    assert () == shape_of(path, rules(), 100).looks


def test_a_file_is_not_cut_behind_what_was_asked_for(path: Path) -> None:
    asked = rules(reorder_ns=0, selection=Selection(to_ns=500 * S))

    shape = shape_of(path, asked, 100 * ROW)

    assert [True] * 5 == [look.timestamp_ns < 500 * S for look in shape.looks]


def test_a_stray_does_not_make_a_place(path: Path) -> None:
    lines = path.read_text().splitlines(keepends=True)
    lines[102] = lines[102].replace("1970", "1990")
    path.write_text("".join(lines))

    times = [look.timestamp_ns for look in shape_of(path, rules(), 100 * ROW).looks]

    assert sorted(times) == times
    assert times[-1] < 1000 * S


def test_a_file_is_entered_shortly_before_an_instant(path: Path) -> None:
    shape = shape_of(path, rules(), 100 * ROW)
    cuts = [Cut(250 * S, 0), Cut(777 * S, 0)]

    places = places_in(path, shape, cuts, rules())

    for cut, place in zip(cuts, places, strict=True):
        assert place.timestamp_ns == row_at(path, place.offset) * S
        assert cut.timestamp_ns - 20 * S <= place.timestamp_ns <= cut.timestamp_ns


def test_before_its_beginning_a_file_is_not_entered(path: Path) -> None:
    shape = shape_of(path, rules(), 100 * ROW)

    assert [] == places_in(path, shape, [Cut(-5 * S, 0)], rules())


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.csv.gz", gzip.compress(b"", mtime=0), True),
        ("a.csv.gz", gzip.compress(HEADER.encode(), mtime=0), False),
        ("a.csv", b"", False),
        ("a.csv", HEADER.encode(), False),
    ],
)
def test_only_an_empty_gz_is_a_day_without_data(
    name: str, data: bytes, expected: bool, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(data)

    assert expected == is_day_without_data(tmp_path / name)


def test_the_origin_is_the_first_arrival_of_all_files(path: Path, tmp_path: Path) -> None:
    later = tmp_path / "b.csv"
    later.write_text(HEADER + rows_of([5]))

    assert 5 * MS == origin_of([later, path], rules())
