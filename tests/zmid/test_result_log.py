"""What is committed stays, what is not never existed, whatever dies at whichever step."""

import pytest
from msgspec.structs import replace

from protocol.commit import SLOT_BYTES, SLOT_COUNT, pack
from protocol.declaration import Declaration
from protocol.errors import ResultLogError
from protocol.result_folder import (
    ERRORS,
    MIDS,
    RING,
)
from tests.protocol.examples import ALL, SPREAD
from tests.zmid.fakes import RUN, FakeDisk, Killed, lines, result
from zmid.disk import DiskFull
from zmid.result_log import ResultLog

END = 12


def play_on(log: ResultLog, processors: tuple[Declaration, ...] = ()) -> None:
    """Go on from what is committed, in groups of three records, to the end of the run."""
    if log.last is None:
        log.adopt(RUN)
    log.commit_epoch(log.last.epoch + 1 if log.last else 1)
    while log.last.next < END:
        log.append([result(log.last.next, processors=processors)])
    log.commit_finished()


def logs_of(disk: FakeDisk) -> tuple[bytes, bytes]:
    return bytes(disk.files.get(MIDS, b"")), bytes(disk.files.get(ERRORS, b""))


def outputs_of(disk: FakeDisk) -> dict[str, bytes]:
    return {name: bytes(disk.files[name]) for name in disk.outputs()}


def outputs(end: int, processors: tuple[Declaration, ...]) -> dict[str, bytes]:
    """The bytes of each output when records 0 .. end - 1 are in them."""
    whole = result(0, end, processors=processors)
    files = [file for each in processors for file in each.outputs]
    return {
        f"outputs/{file.name}": file.schema + bytes(output)
        for file, output in zip(files, whole.outputs, strict=True)
    }


def played(records: int) -> FakeDisk:
    disk = FakeDisk()
    log = ResultLog(disk)
    log.adopt(RUN)
    log.commit_epoch(1)
    for first in range(0, records, 3):
        log.append([result(first)])
    return disk


def test_a_new_folder_holds_nothing() -> None:
    assert ResultLog(FakeDisk()).last is None


def test_what_was_committed_is_read_back() -> None:
    disk = played(6)
    last = ResultLog(disk).last
    assert last is not None
    assert (RUN, 1, 6, b"cursor 6") == (last.run, last.epoch, last.next, last.cursor)
    assert (4, 2, 20.0, "exchange") == (last.mids, last.skipped, last.threshold_ms, last.stamp)
    assert lines(6) == logs_of(disk)


@pytest.mark.parametrize("in_a_group", [1, 2, 4])
def test_lines_that_are_slices_of_a_frame_are_written_whatever_the_group(in_a_group: int) -> None:
    disk = FakeDisk()
    log = ResultLog(disk)
    log.adopt(RUN)
    log.commit_epoch(1)
    sliced = [
        replace(made, mids=memoryview(made.mids), errors=memoryview(made.errors))
        for made in map(result, range(0, END, 3))
    ]
    for start in range(0, len(sliced), in_a_group):
        log.append(sliced[start : start + in_a_group])

    assert lines(END) == logs_of(disk)
    assert ResultLog(disk).repaired_slots == 0


@pytest.mark.parametrize("processors", [(), (ALL, SPREAD)], ids=["mids", "processors"])
@pytest.mark.parametrize("syncs", [False, True])
def test_death_at_every_step_once_changes_nothing(
    syncs: bool, processors: tuple[Declaration, ...]
) -> None:
    whole = FakeDisk()
    play_on(ResultLog(whole, syncs=syncs), processors)
    for step in range(whole.steps):
        disk = FakeDisk()
        disk.dies_at_step = step
        with pytest.raises(Killed):
            play_on(ResultLog(disk, syncs=syncs), processors)
        disk.dies_at_step = None
        play_on(ResultLog(disk, syncs=syncs), processors)
        assert lines(END) == logs_of(disk), step
        assert outputs(END, processors) == outputs_of(disk), step


@pytest.mark.parametrize("processors", [(), (ALL, SPREAD)], ids=["mids", "processors"])
def test_death_again_and_again_during_recovery_too_changes_nothing(
    processors: tuple[Declaration, ...],
) -> None:
    for stride in (1, 2, 3, 5, 8, 13, 21, 34):
        disk = FakeDisk()
        for _ in range(200):
            disk.dies_at_step = disk.steps + stride
            try:
                play_on(ResultLog(disk), processors)
                break
            except Killed:
                continue
        disk.dies_at_step = None
        play_on(ResultLog(disk), processors)
        assert lines(END) == logs_of(disk), stride
        assert outputs(END, processors) == outputs_of(disk), stride


def test_a_table_begins_with_its_schema_once_and_a_text_does_not() -> None:
    disk = FakeDisk()
    play_on(ResultLog(disk), (ALL,))

    rows = [b"%s %d\n" % (name, record) for name in (b"arrows", b"csv") for record in range(END)]
    table, text = (b"".join(b"all." + row for row in half) for half in (rows[:END], rows[END:]))
    expected = {"outputs/all.arrows": b"schema" + table, "outputs/all.csv": text}
    assert expected == outputs_of(disk)


def test_outputs_of_a_commit_that_was_stepped_over_are_begun_anew() -> None:
    """The first commit that has outputs does not match: the one before knows nothing of them."""
    disk = FakeDisk()
    log = ResultLog(disk)
    log.adopt(RUN)
    log.commit_epoch(1)
    log.append([result(0, processors=(ALL,))])
    disk.files[MIDS][-2] ^= 1
    log = ResultLog(disk)
    assert log.last is not None and 0 == log.last.next
    play_on(log, (ALL,))

    assert (lines(END), outputs(END, (ALL,))) == (logs_of(disk), outputs_of(disk))


@pytest.mark.parametrize("change", ["flip", "cut"])
def test_a_damaged_output_is_repaired_from_the_commit_before(change: str) -> None:
    disk = FakeDisk()
    log = ResultLog(disk)
    log.adopt(RUN)
    log.commit_epoch(1)
    for first in (0, 3):
        log.append([result(first, processors=(ALL, SPREAD))])
    file = disk.files["outputs/spread.csv"]
    if change == "flip":
        file[-2] ^= 1
    else:
        del file[-1:]
    log = ResultLog(disk)
    assert log.last is not None and 3 == log.last.next
    play_on(log, (ALL, SPREAD))

    assert (lines(END), outputs(END, (ALL, SPREAD))) == (logs_of(disk), outputs_of(disk))


def test_without_a_mid_price_no_quote_is_counted() -> None:
    log = ResultLog(played(0))
    nothing = replace(result(0), threshold_ms=None, mids=b"", errors=b"", skipped=0)
    log.append([nothing])

    assert log.last is not None
    assert (3, 0, 0, 0) == (log.last.next, log.last.mids, log.last.skipped, log.last.blank)


def test_outputs_without_a_commit_are_refused_and_not_touched() -> None:
    disk = FakeDisk()
    disk.files["outputs/spread.csv"] = bytearray(b"whose?")
    with pytest.raises(ResultLogError, match="cannot be continued"):
        ResultLog(disk)

    assert {"outputs/spread.csv": b"whose?"} == outputs_of(disk)


def test_the_ring_goes_round_and_the_newest_commit_counts() -> None:
    disk = played(3 * (2 * SLOT_COUNT + 5))
    last = ResultLog(disk).last
    assert last is not None
    assert (3 * (2 * SLOT_COUNT + 5), SLOT_COUNT * SLOT_BYTES) == (last.next, disk.size(RING))


def test_bytes_behind_the_last_commit_are_cut_off() -> None:
    disk = played(6)
    disk.files[MIDS] += b"never committed"
    disk.files[ERRORS] += b"nor this"
    log = ResultLog(disk)
    assert (lines(6), 0) == (logs_of(disk), log.repaired_slots)


def test_quotes_without_a_line_are_counted_beside_those_that_have_one() -> None:
    log = ResultLog(played(0))
    for first in (0, 3):
        log.append([replace(result(first, 2), count=3, blank=1)])

    assert log.last is not None
    assert (6, 2, 2, 2) == (log.last.next, log.last.mids, log.last.skipped, log.last.blank)


@pytest.mark.parametrize("name", [MIDS, ERRORS])
def test_a_flipped_tail_is_repaired_from_the_commit_before(name: str) -> None:
    disk = played(6)
    disk.files[name][-2] ^= 1
    log = ResultLog(disk)
    assert log.last is not None
    assert (3, 1, lines(3)) == (log.last.next, log.repaired_slots, logs_of(disk))
    play_on(log)
    assert lines(END) == logs_of(disk)


def test_a_flipped_tail_is_seen_behind_commits_without_lines() -> None:
    disk = played(6)
    ResultLog(disk).commit_epoch(2)
    ResultLog(disk).commit_epoch(3)
    disk.files[MIDS][-2] ^= 1
    log = ResultLog(disk)
    assert log.last is not None
    assert (3, lines(3)) == (log.last.next, logs_of(disk))


def test_a_shortened_log_is_repaired_from_the_commit_before() -> None:
    disk = played(6)
    del disk.files[MIDS][-1:]
    log = ResultLog(disk)
    assert log.last is not None
    assert (3, lines(3)) == (log.last.next, logs_of(disk))


def test_a_flipped_tail_is_seen_behind_groups_that_left_the_file_alone() -> None:
    disk = played(3)
    ResultLog(disk).append([result(3, 1)])
    ResultLog(disk).append([result(4, 1)])
    disk.files[ERRORS][-2] ^= 1
    log = ResultLog(disk)
    assert log.last is not None
    assert (3, lines(3)) == (log.last.next, logs_of(disk))


def test_a_commit_that_was_stepped_over_never_comes_back() -> None:
    disk = played(6)
    ResultLog(disk).commit_epoch(2)
    ResultLog(disk).commit_epoch(3)
    whole = bytes(disk.files[MIDS])
    disk.files[MIDS][-2] ^= 1
    log = ResultLog(disk)
    log.commit_epoch(9)
    log.append([result(3)])
    assert whole == disk.files[MIDS]
    assert log.last == ResultLog(disk).last


def test_every_single_byte_of_the_newest_slot_may_flip() -> None:
    disk = played(6)
    newest = 2
    for place in range(0, 200):
        flipped = FakeDisk()
        flipped.files = {name: bytearray(data) for name, data in disk.files.items()}
        flipped.files[RING][newest * SLOT_BYTES + place] ^= 0xFF
        log = ResultLog(flipped)
        assert log.last is not None and log.last.next in (3, 6), place
        play_on(log)
        assert lines(END) == logs_of(flipped), place


LONG = 3 * (SLOT_COUNT + 6)
"""So many records that the ring has gone round: its oldest commit is not the first one."""


def copy(disk: FakeDisk) -> FakeDisk:
    other = FakeDisk()
    other.files = {name: bytearray(data) for name, data in disk.files.items()}
    return other


def go_on_or_refuse(disk: FakeDisk) -> bool:
    """Play a damaged folder to the end; tell whether it was refused, and then not touched."""
    before = logs_of(disk)
    try:
        log = ResultLog(disk)
    except ResultLogError:
        assert before == logs_of(disk)
        return True
    log.commit_epoch(99)
    assert log.last is not None
    while log.last.next < LONG + 3:
        log.append([result(log.last.next)])
    return False


@pytest.mark.parametrize("name", [MIDS, ERRORS])
def test_any_byte_of_a_log_may_flip_and_none_is_appended_to_unseen(name: str) -> None:
    """What the ring describes is done again; what lies before its oldest commit is refused."""
    disk = played(LONG)
    length, refused = disk.size(name), []
    for place in range(length):
        damaged = copy(disk)
        damaged.files[name][place] ^= 0x04
        refused.append(go_on_or_refuse(damaged))
        assert refused[-1] or lines(LONG + 3) == logs_of(damaged), place
    oldest = lines(LONG - 3 * (SLOT_COUNT - 1))[[MIDS, ERRORS].index(name)]
    assert [True] * len(oldest) + [False] * (length - len(oldest)) == refused


@pytest.mark.parametrize("name", [MIDS, ERRORS])
def test_a_log_cut_anywhere_is_made_whole_or_refused(name: str) -> None:
    disk = played(LONG)
    for length in range(disk.size(name)):
        damaged = copy(disk)
        del damaged.files[name][length:]
        assert go_on_or_refuse(damaged) or lines(LONG + 3) == logs_of(damaged), length


def test_any_byte_of_any_slot_may_flip() -> None:
    disk = played(LONG)
    used = len(pack(ResultLog(disk).last)) + 2
    for slot in range(SLOT_COUNT):
        for place in range(slot % 5, used, 5):
            damaged = copy(disk)
            damaged.files[RING][slot * SLOT_BYTES + place] ^= 0x40
            assert not go_on_or_refuse(damaged), (slot, place)
            assert lines(LONG + 3) == logs_of(damaged), (slot, place)


def test_a_ring_cut_anywhere_leaves_what_it_still_holds_or_is_refused() -> None:
    disk = played(LONG)
    for slots in range(SLOT_COUNT):
        damaged = copy(disk)
        del damaged.files[RING][slots * SLOT_BYTES + 20 :]
        assert go_on_or_refuse(damaged) or lines(LONG + 3) == logs_of(damaged), slots


def test_death_at_every_step_of_a_repair_changes_nothing() -> None:
    disk = played(LONG)
    disk.files[MIDS][-60] ^= 1
    steps = copy(disk)
    ResultLog(steps)
    assert steps.steps > 6
    for step in range(steps.steps):
        damaged = copy(disk)
        damaged.dies_at_step = step
        with pytest.raises(Killed):
            ResultLog(damaged)
        damaged.dies_at_step = None
        assert not go_on_or_refuse(damaged)
        assert lines(LONG + 3) == logs_of(damaged), step


@pytest.mark.parametrize("ring", [b"", bytes(SLOT_BYTES), b"\xff" * SLOT_BYTES])
def test_logs_without_a_commit_are_refused_and_not_touched(ring: bytes) -> None:
    disk = played(6)
    disk.files[RING] = bytearray(ring)
    before = logs_of(disk)
    with pytest.raises(ResultLogError, match=r"cannot be continued.*\nfix: .*--fresh"):
        ResultLog(disk)
    assert before == logs_of(disk)


def test_logs_that_fit_no_commit_are_refused_and_not_touched() -> None:
    disk = played(3 * (SLOT_COUNT + 4))
    disk.files[MIDS][:] = b"x" * 10
    before = logs_of(disk)
    with pytest.raises(ResultLogError, match="mid_prices.log has 10 bytes"):
        ResultLog(disk)
    assert before == logs_of(disk)


@pytest.mark.parametrize("room_bytes", [0, 1, 5, 13, 19])
def test_a_full_disk_changes_nothing_and_room_lets_it_go_on(room_bytes: int) -> None:
    disk = played(3)
    log = ResultLog(disk)
    before, logs_before = log.last, logs_of(disk)
    disk.room_bytes = room_bytes
    growth = sum(len(text) for text in lines(6)) - sum(len(text) for text in lines(3))
    assert room_bytes < growth
    for _ in range(3):
        with pytest.raises(DiskFull):
            log.append([result(3)])
        assert (before, logs_before) == (log.last, logs_of(disk))
    disk.room_bytes = None
    play_on(log)
    assert lines(END) == logs_of(disk)


def test_a_full_disk_still_lets_a_replayer_in() -> None:
    disk = played(3)
    disk.room_bytes = 0
    log = ResultLog(disk)
    log.commit_epoch(2)
    assert log.last is not None and 2 == log.last.epoch


def test_a_run_is_adopted_only_when_its_first_commit_is_on_disk() -> None:
    disk = FakeDisk()
    disk.room_bytes = 1000
    log = ResultLog(disk)
    with pytest.raises(DiskFull):
        log.adopt(RUN)
    disk.room_bytes = None
    log.adopt(RUN)
    assert log.last is None and ResultLog(disk).last is None
    log.commit_epoch(1)
    assert log.last == ResultLog(disk).last


def test_with_power_in_mind_lines_are_synced_before_their_commit_and_then_it() -> None:
    disk = FakeDisk()
    log = ResultLog(disk, syncs=True)
    log.adopt(RUN)
    log.commit_epoch(1)
    disk.synced.clear()
    log.append([result(0)])
    assert [MIDS, ERRORS, RING] == disk.synced


def test_with_power_in_mind_outputs_are_synced_before_their_commit_too() -> None:
    disk = FakeDisk()
    log = ResultLog(disk, syncs=True)
    log.adopt(RUN)
    log.commit_epoch(1)
    disk.synced.clear()
    log.append([result(0, processors=(ALL, SPREAD))])
    names = ("all.arrows", "all.csv", "spread.csv")
    assert [MIDS, ERRORS, *(f"outputs/{name}" for name in names), RING] == disk.synced


def test_a_group_of_several_results_is_one_commit() -> None:
    disk = played(0)
    log = ResultLog(disk)
    assert log.last is not None
    before = log.last
    log.append([result(0), result(3, 2), result(5, 4)])
    expected = replace(
        log.last, number=before.number + 1, next=9, cursor=b"cursor 9", mids=6, skipped=3
    )
    assert (expected, lines(9)) == (log.last, logs_of(disk))


@pytest.mark.parametrize("name", [MIDS, ERRORS])
@pytest.mark.parametrize("change, fix", [(-1, "start over with --fresh"), (1, "is cut off")])
@pytest.mark.parametrize("then", ["more lines", "the end", "another replayer"])
def test_nothing_is_committed_over_a_log_that_something_else_changed(
    name: str, change: int, fix: str, then: str
) -> None:
    disk = FakeDisk()
    log = ResultLog(disk)
    log.adopt(RUN)
    log.commit_epoch(1)
    log.append([result(0)])
    committed = disk.size(name)
    disk.files[name] = (disk.files[name] + b"x")[: committed + change]
    changed = {file: bytes(data) for file, data in disk.files.items()}

    with pytest.raises(ResultLogError) as error:
        if then == "more lines":
            log.append([result(3)])
        elif then == "the end":
            log.commit_finished()
        else:
            log.commit_epoch(2)

    what = f"{name} has {committed + change} bytes, and {committed} were committed"
    assert error.value.what.startswith(what)
    assert fix in error.value.fix
    assert "Z606" == error.value.code
    assert changed == disk.files


def test_a_disk_too_full_to_cut_is_cut_once_it_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise DiskFull("out: No space left on device")

    disk = played(3)
    log = ResultLog(disk)
    disk.room_bytes = 1
    with monkeypatch.context() as patch, pytest.raises(DiskFull):
        patch.setattr(disk, "truncate", full)
        log.append([result(3)])
    assert disk.size(MIDS) > log.last.mids_tail.length if log.last else False
    disk.room_bytes = None
    log.append([result(3)])

    assert lines(6) == logs_of(disk)
