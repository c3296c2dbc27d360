"""Wherever a seek or a new pass goes, exactly what is there comes, and the progress is true."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.errors import InputError
from protocol.messages import HISTORICAL
from tests.protocol.examples import RUN
from tests.zreplay.opened_inputs import (
    OpenedInputs,
    index_of,
    rest_of,
    small_world,
    write_recording,
)
from zreplay.delivery.cursor import ReplayCursor
from zreplay.historical.selection import Selection
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.replayer.historical_input import HistoricalInput
from zreplay.replayer.rejected_log import RejectedLog
from zreplay.settings import ReplaySettings


@pytest.fixture(autouse=True)
def small() -> Iterator[None]:
    with small_world():
        yield


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return write_recording(tmp_path)


@pytest.fixture
def opened(tmp_path: Path, recording: Path) -> Iterator[OpenedInputs]:
    opened = OpenedInputs(tmp_path, historical=(recording,))
    yield opened
    opened.close()


FIRST_NS = 1_759_449_597_111_500_000
"""The arrival of row 1, before row 0; row 39 is the last."""


def test_progress_is_the_share_of_the_file_that_was_sent(opened: OpenedInputs) -> None:
    inputs = opened.load()
    shares = [inputs.historical.share()]
    for _ in range(4):
        opened.play(inputs, HISTORICAL, most=10)
        shares.append(inputs.historical.share())
    opened.play(inputs, HISTORICAL)
    shares.append(inputs.historical.share())

    assert all(share is not None and abs(share - n / 4) < 0.1 for n, share in enumerate(shares[:5]))
    assert 1.0 == shares[-1]


def test_after_a_restart_the_progress_goes_on_from_where_it_was(opened: OpenedInputs) -> None:
    played = opened.play(opened.load(), HISTORICAL, most=30)
    resumed = opened.load(played[-1][1]).historical.share()

    assert resumed is not None
    assert 0.5 < resumed <= 0.8


def test_after_a_restart_without_a_checkpoint_the_progress_is_known_with_the_first_quote(
    opened: OpenedInputs,
) -> None:
    played = opened.play(opened.load(), HISTORICAL, most=30)
    opened.close()
    opened.paths.checkpoints.unlink()
    inputs = opened.load(played[-1][1])
    before = inputs.historical.share()
    opened.play(inputs, HISTORICAL, most=1)
    after = inputs.historical.share()

    assert before is None
    assert after is not None
    assert 0.7 < after < 0.85


def test_a_restart_reads_from_a_checkpoint_and_a_run_that_begins_forgets_them(
    opened: OpenedInputs,
) -> None:
    played = opened.play(opened.load(), HISTORICAL, most=30)
    place = ReplayCursor.unpack(played[-1][1]).historical
    begin = opened.load(played[-1][1]).historical._places.begin(place)
    assert begin is not None
    assert begin.files[0].place.offset > 1000
    assert opened.paths.checkpoints.exists()
    inputs = opened.load()
    opened.close()
    checkpoints = inputs.historical._places.checkpoints

    assert checkpoints is not None
    assert checkpoints.newest((0, 0), 0) is None


def test_rows_that_have_no_room_in_rejected_log_are_behind_no_checkpoint(
    opened: OpenedInputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zreplay.replayer.rejected_log.RejectedLog.flush", lambda self: False)
    monkeypatch.setattr("zreplay.replayer.open_files.FULL_DISK_SECONDS", 0.001)
    inputs = opened.load()
    opened.close()

    assert inputs.rejected.written() == 0
    assert not opened.paths.checkpoints.exists()


def test_standard_input_has_no_checkpoints(tmp_path: Path) -> None:
    settings = ReplaySettings(historical=(STANDARD_INPUT,))
    files = HistoricalInput(settings, RejectedLog(tmp_path / "rejected.log"), lambda: None)
    files.keep_checkpoints(tmp_path / "checkpoints", RUN)

    assert files._places.checkpoints is None


def test_what_was_refused_before_a_run_begins_anew_is_told_again(
    tmp_path: Path, recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zreplay.recordings.index.entries.LEAST_ROWS", 2)
    asked = Selection(from_ns=FIRST_NS + 300_000_000)
    opened = OpenedInputs(tmp_path, historical=(recording,), selection=asked)
    inputs = opened.load()
    order = rest_of(opened, inputs)
    told = opened.rejected()
    opened.open(inputs, b"")

    assert order == rest_of(opened, inputs)
    assert told == opened.rejected()
    assert told
    opened.close()


def test_a_file_that_cannot_go_on_says_so_after_everything_before_it(
    tmp_path: Path, recording: Path
) -> None:
    with recording.open("a") as file:
        file.write("99,2025-10-02 23:59:57.000,A,1,2,1,1,1.5\n")
    opened = OpenedInputs(tmp_path, historical=(recording,))
    inputs = opened.load()
    head = inputs.heads[HISTORICAL]
    played: list[int] = []
    with pytest.raises(InputError, match="--reorder"):
        while opened.fill(head):
            cut, _ = head.peek(1)
            head.advance(1)
            played.append(index_of(cut))

    assert len(played) == len(set(played)) > 30
    assert 99 not in played
    opened.close()


def test_after_a_seek_what_arrives_then_or_later_comes_and_a_resume_knows_it(
    opened: OpenedInputs,
) -> None:
    order = rest_of(opened, opened.load())
    inputs = opened.load()
    opened.play(inputs, HISTORICAL, most=20)
    opened.seek(inputs, 1_759_449_597_301_500_000)
    played = opened.play(inputs, HISTORICAL)

    assert order[order.index(20) :] == [index for index, _ in played]
    assert [index for index, _ in played[3:]] == rest_of(opened, opened.load(played[2][1]))
    assert 8 == len(opened.rejected())


def test_a_seek_to_the_start_is_the_whole_again(opened: OpenedInputs) -> None:
    inputs = opened.load()
    order = rest_of(opened, inputs)
    opened.seek(inputs, None)

    assert order == rest_of(opened, inputs)
    assert 8 == len(opened.rejected())


def test_a_new_pass_begins_with_its_first_quote_and_until_then_can_be_taken_back(
    opened: OpenedInputs,
) -> None:
    inputs = opened.load()
    order = rest_of(opened, inputs)
    inputs.historical.rewind()
    inputs.historical.cancel_rewind()
    assert [] == rest_of(opened, inputs)
    inputs.historical.rewind()

    assert order == rest_of(opened, inputs)
    inputs.historical.cancel_rewind()
    assert 1.0 == inputs.historical.share()
    assert 8 == len(opened.rejected())


def test_after_a_seek_the_progress_is_that_of_the_place(opened: OpenedInputs) -> None:
    inputs = opened.load()
    opened.seek(inputs, FIRST_NS + 200_000_000)
    assert inputs.historical.share() is None
    head = inputs.heads[HISTORICAL]
    assert opened.fill(head)
    progress = inputs.historical.share()

    assert progress is not None
    assert 0.4 < progress < 0.6


def test_a_stray_is_set_aside_in_every_pass_and_logged_once(
    tmp_path: Path, recording: Path
) -> None:
    lines = recording.read_text().splitlines(keepends=True)
    lines.insert(9, "99,2099-10-02 23:59:57.000,A,1,2,1,1,1.5\n")
    recording.write_text("".join(lines))
    opened = OpenedInputs(tmp_path, historical=(recording,))
    inputs = opened.load()
    first = rest_of(opened, inputs)
    inputs.historical.rewind()

    assert first == rest_of(opened, inputs)
    assert sorted(first) == list(range(40))
    assert 9 == len(opened.rejected())
    assert (FIRST_NS, FIRST_NS + 395_000_000) == inputs.historical.span()[:2]
    opened.close()


def test_what_was_left_out_is_that_before_the_last_quote_sent_and_at_the_end_all(
    tmp_path: Path, recording: Path
) -> None:
    again = tmp_path / "again.csv"
    again.write_bytes(recording.read_bytes())
    files = (recording, again)
    opened = OpenedInputs(tmp_path, historical=files, selection=Selection(dedupe=True))
    inputs = opened.load()
    counts = []
    for most in (10, 10, 1_000):
        played = opened.play(inputs, HISTORICAL, most=most)
        counts.append(inputs.historical.left_out(ReplayCursor.unpack(played[-1][1]).historical))
    opened.close()

    assert [9, 19, 40] == [left_out.repeated for left_out in counts]
