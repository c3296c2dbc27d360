"""Rows that are taken as one with those of other files give what they give one file by one."""

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.compiled_parts import ROWS, are_in_use
from protocol.errors import InputError
from tests.depth import few
from tests.forms import NOT_IN_USE
from tests.zreplay.recordings.csv.csv_lines import quotes_of
from zreplay.historical import historical_source, joint_blocks, parse_ahead
from zreplay.historical.file_indexes import FileIndexes
from zreplay.historical.historical_source import HistoricalSource
from zreplay.historical.joint_blocks import Asked, JointBlocks
from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.rows_together import take_together
from zreplay.historical.selection import Selection
from zreplay.quotes.rejection import Rejection
from zreplay.recordings.strays import OFF

pytestmark = pytest.mark.skipif(not are_in_use(ROWS), reason=NOT_IN_USE)

HEADER = "timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
SECOND_NS = 1_000_000_000
HORIZON_NS = 2 * SECOND_NS
MAX_JUMP_NS = 30 * SECOND_NS
BEGIN_NS = 1_759_363_200 * SECOND_NS


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse_ahead, "FEW_FILES", 0)
    for name in ("BLOCK_BYTES", "FIRST_BLOCK_BYTES", "LEAST_BLOCK_BYTES"):
        monkeypatch.setattr(parse_ahead, name, 1000)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether joint rows were taken as one, by each attempt."""
    found: list[bool] = []

    def noted(*given: Any) -> bool:
        found.append(take_together(*given))
        return found[-1]

    monkeypatch.setattr(historical_source, "take_together", noted)
    return found


def row(second: float, latency_ms: float = 1, ticker: str = "T", price: str = "1") -> str:
    return f"2025-10-02 00:00:{second:09.6f},{ticker},1,{price},1,1,{latency_ms}\n"


@st.composite
def recordings(draw: st.DrawFn) -> list[str]:
    """Draw files whose rows mostly go forward: with ties, late and stale ones, strays and junk."""
    contents = []
    odd = draw(st.sampled_from([[], [], ["stale"], ["stale", "late", "far", "junk", "blank"]]))
    kinds = ["good"] * 30 + odd
    for _ in range(draw(st.integers(2, 9))):
        second, lines = draw(st.integers(0, 3)), ""
        for _ in range(draw(st.integers(0, 70))):
            second = min(50, second + draw(st.sampled_from([0, 0, 0.2, 1])))
            kind = draw(st.sampled_from(kinds))
            lines += {
                "good": row(second, draw(st.sampled_from([1, 1, 1500]))),
                "stale": row(max(0, second - 1), draw(st.sampled_from([0, 2500])), "STALE"),
                "late": row(max(0, second - 8), 1),
                "far": row(59.5, 1, "FAR"),
                "junk": draw(st.sampled_from(["junk\n", row(second, 1, price="-1")])),
                "blank": "\n",
            }[kind]
        contents.append(lines)
    return contents


class Outcome:
    """What a reading gave: quotes, rejections, error, what is known of each file, and places."""

    def __init__(self, paths: list[Path], options: dict[str, object], cursor: bytes = b"") -> None:
        indexes = FileIndexes(paths)
        self.rejections: list[Rejection] = []
        source = HistoricalSource(
            paths,
            horizon_ns=HORIZON_NS,
            reject=self.rejections.append,
            indexes=indexes,
            cursor=cursor,
            **options,  # type: ignore[arg-type]
        )
        self.quotes: list[object] = []
        self.cursors: list[bytes] = []
        self.error = ""
        try:
            while (piece := source.read()) is not None:
                self.quotes += quotes_of(piece.block)
                self.cursors += [piece.cursor_after(at) for at in range(1, len(piece.block) + 1)]
        except InputError as error:
            self.error = error.what
        finally:
            source.close()
        self.wholes = [indexes.whole(number) for number in range(len(paths))]

    def said(self) -> tuple[object, ...]:
        return self.quotes, self.cursors, self.rejections, self.error, self.wholes


def written(folder: Path, contents: list[str]) -> list[Path]:
    paths = [folder / f"{number}.csv" for number in range(len(contents))]
    for path, lines in zip(paths, contents, strict=True):
        path.write_text(HEADER + lines)
    return paths


options = st.fixed_dictionaries(
    {
        "late": st.sampled_from(["stop", "reject"]),
        "max_jump_ns": st.sampled_from([OFF, MAX_JUMP_NS]),
        "max_rows": st.sampled_from([1000, 1000, 100]),
        "latency": st.sampled_from([None, None, LatencyModel.parse("shift:-1ms", "--latency")]),
        "selection": st.sampled_from(
            [
                None,
                Selection(),
                Selection(from_ns=BEGIN_NS + 4 * SECOND_NS, to_ns=BEGIN_NS + 12 * SECOND_NS),
                Selection(limit=7),
                Selection(tickers=("T",)),
            ]
        ),
    }
)


@settings(max_examples=few(60), deadline=None)
@given(recordings(), options, st.sampled_from([2, 3, joint_blocks.MOST_JOINT]))
def test_files_that_are_read_together_give_what_each_gives_at_its_turn(
    contents: list[str], chosen: dict[str, object], most_joint: int
) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(joint_blocks, "MOST_JOINT", most_joint)
        paths = written(Path(folder), contents)
        together = Outcome(paths, chosen)
        cursor = together.cursors[len(together.cursors) // 2] if together.cursors else b""
        rest = Outcome(paths, chosen, cursor)
        patch.setattr(historical_source, "take_together", lambda *_: False)

        assert Outcome(paths, chosen).said() == together.said()
        assert Outcome(paths, chosen, cursor).said() == rest.said()


BODY = [row(tenth / 10) for tenth in range(50)]


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("", [True, True]),
        (row(5, 1500), [True, True]),
        (row(3, 0), [True, True]),  # it is stale and not late
        ("\n" + row(6), [True, True]),
        ("junk\n", [True]),
        (row(9, -8_000), [True, False]),
        (row(4) + row(59) + row(5), [True, False]),
    ],
)
def test_nothing_but_rows_that_need_no_look_is_taken_together(
    tmp_path: Path, taken: list[bool], last: str, expected: list[bool]
) -> None:
    paths = written(tmp_path, ["".join(BODY), "".join(BODY[:40]) + last])
    options = {"late": "reject", "max_rows": 1000, "max_jump_ns": MAX_JUMP_NS}

    assert 90 <= len(Outcome(paths, options).quotes)
    assert expected == taken


@pytest.mark.parametrize(
    ("few", "expected"),
    [
        (row(5) + row(6), [True]),
        (row(5) + row(6).rstrip(), []),  # its last line may go on
        (row(59) + row(6) + row(7), []),
        (row(5) + row(59), []),
    ],
)
def test_a_file_of_too_few_rows_to_tell_a_stray_is_taken_together_if_no_more_follow(
    tmp_path: Path, taken: list[bool], few: str, expected: list[bool]
) -> None:
    paths = written(tmp_path, [few, row(1) + row(2)])
    Outcome(paths, {"late": "reject", "max_rows": 1000, "max_jump_ns": MAX_JUMP_NS})

    assert expected == taken


def test_a_group_is_begun_behind_the_one_that_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joint_blocks, "MOST_JOINT", 2)
    begun: list[int] = []

    def noted(blocks: JointBlocks, asked: Iterable[Asked]) -> None:
        begin(blocks, asked)
        begun.append(len(blocks._begun))

    begin = JointBlocks.begin
    monkeypatch.setattr(JointBlocks, "begin", noted)
    paths = written(tmp_path, ["".join(BODY)] * 8)

    assert 400 == len(Outcome(paths, {"late": "stop", "max_rows": 1000}).quotes)
    assert 2 == max(begun)
    assert begun.count(2) > len(begun) // 2
