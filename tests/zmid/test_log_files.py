"""Rotated logs: whatever dies at whichever step, the segments are those of a plain walk."""

import random
from collections.abc import Callable

import pytest

from protocol.commit import SLOT_BYTES, SLOT_COUNT
from protocol.declaration import Declaration
from protocol.errors import ResultLogError
from protocol.result_folder import ERRORS, MANIFEST, MIDS, RING
from protocol.rotation import DAY_NS, HOUR_NS, Rotation
from protocol.segment import Place, place_of, read_manifest
from tests.protocol.examples import ALL, SPREAD
from tests.zmid.fakes import RUN, FakeDisk, Killed, lines, result
from zmid.disk import DiskFull
from zmid.result_log import ResultLog

END = 48
HOURLY, SMALL = Rotation(period_ns=HOUR_NS), Rotation(size_bytes=20)
FORMS = {"hourly": HOURLY, "size": SMALL}
PROCESSORS = (ALL, SPREAD)
NOON_NS = 1_768_478_400_000_000_000


def arrival_ns(record: int) -> int:
    """Return when a record arrives: seven an hour, in each a straggler of the hour before."""
    minute = 60 * (record // 7) - 5 * (record % 7 == 2)
    return NOON_NS + 60_000_000_000 * minute


def play_on(
    log: ResultLog,
    cut: Callable[[], int] = lambda: 3,
    end: int = END,
    processors: tuple[Declaration, ...] = PROCESSORS,
) -> None:
    """Go on from what is committed, in batches of one hour each and groups as the dice fall."""
    if log.last is None:
        log.adopt(RUN)
    log.commit_epoch(log.last.epoch + 1 if log.last else 1)
    while log.last.next < end:
        group, place = [], log.last.next
        for _ in range(cut()):
            count = same_hour(place, min(cut(), end - place))
            if count:
                at_ns = max(map(arrival_ns, range(place, place + count)))
                group.append(result(place, count, processors=processors, arrival_ns=at_ns))
                place += count
        log.append(group)
    log.commit_finished()


def same_hour(record: int, count: int) -> int:
    hours = [arrival_ns(each) // HOUR_NS for each in range(record, record + count)]
    return next((at for at, hour in enumerate(hours) if hour != hours[0]), count)


def segments_of(disk: FakeDisk, name: str) -> list[bytes]:
    """Return the closed segments of a log in order, and the open one."""
    places = {place: file for file in disk.segments() if (place := place_of(name, file))}
    closed = [bytes(disk.files[places[place]]) for place in sorted(places)]
    return [*closed, bytes(disk.files.get(name, b""))]


def walked(name: str, rotation: Rotation, end: int = END) -> list[bytes]:
    """Return the segments of a log as a plain walk over the records cuts them."""
    segments, latest = [b""], None
    for record in range(end):
        hour = arrival_ns(record) // HOUR_NS
        if rotation.period_ns and latest is not None and hour > latest and segments[-1]:
            segments.append(b"")
        latest = hour if latest is None else max(latest, hour)
        segments[-1] += line(name, record)
        if rotation.size_bytes and len(segments[-1]) >= rotation.size_bytes:
            segments.append(b"")
    return segments


def line(name: str, record: int) -> bytes:
    one = result(record, 1, processors=PROCESSORS)
    texts = (one.mids, one.errors, *one.outputs)
    return bytes(texts[(MIDS, ERRORS, *NAMES).index(name)])


NAMES = ("outputs/all.arrows", "outputs/all.csv", "outputs/spread.csv")
TEXTS = (MIDS, ERRORS, "outputs/all.csv", "outputs/spread.csv")


def wrong(disk: FakeDisk, rotation: Rotation, end: int = END) -> str:
    """Return what is other than after a plain walk; empty if nothing."""
    for name in TEXTS:
        if walked(name, rotation, end) != segments_of(disk, name):
            return f"segments of {name}"
    tables = segments_of(disk, "outputs/all.arrows")
    if not all(each.startswith(b"schema") for each in tables):
        return "a table without its schema"
    rows = b"".join(line("outputs/all.arrows", record) for record in range(end))
    if rows != b"".join(each.removeprefix(b"schema") for each in tables):
        return "rows of the table"
    return wrong_manifest(disk)


def wrong_manifest(disk: FakeDisk) -> str:
    """Return what the manifest says other than what is there."""
    listed = read_manifest(bytes(disk.files.get(MANIFEST, b"")))
    if {each.file for each in listed} != {*disk.segments()} - {MANIFEST}:
        return "names in the manifest"
    if len(listed) != len({each.file for each in listed}):
        return "twice in the manifest"
    for name in (*TEXTS, "outputs/all.arrows"):
        mine, start = [each for each in listed if each.log == name], 0
        for number, each in enumerate(mine):
            text = bytes(disk.files[each.file])
            place = place_of(name, each.file)
            assert isinstance(place, Place)
            if (number, number, start, len(text)) != (
                place[0],
                each.number,
                each.start,
                each.bytes,
            ):
                return f"the manifest of {name}"
            if each.tail != each.tail.begin.grown(text):
                return f"a crc in the manifest of {name}"
            start += len(text)
    return ""


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("seed", range(6))
def test_wherever_batches_and_groups_are_cut_the_segments_are_those_of_a_plain_walk(
    form: str, seed: int
) -> None:
    disk, dice = FakeDisk(), random.Random(seed)
    play_on(ResultLog(disk, rotation=FORMS[form]), lambda: dice.randint(1, 9))

    assert "" == wrong(disk, FORMS[form])
    assert lines(END) == tuple(b"".join(segments_of(disk, name)) for name in (MIDS, ERRORS))


@pytest.mark.parametrize(("form", "syncs"), [("hourly", True), ("size", False)])
def test_death_at_every_step_once_changes_nothing(form: str, syncs: bool) -> None:
    whole = FakeDisk()
    play_on(ResultLog(whole, syncs=syncs, rotation=FORMS[form]), end=16)
    for step in range(whole.steps):
        disk = FakeDisk()
        disk.dies_at_step = step
        with pytest.raises(Killed):
            play_on(ResultLog(disk, syncs=syncs, rotation=FORMS[form]), end=16)
        disk.dies_at_step = None
        play_on(ResultLog(disk, syncs=syncs, rotation=FORMS[form]), end=16)
        assert "" == wrong(disk, FORMS[form], 16), step


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("stride", [3, 21])
def test_death_again_and_again_during_recovery_too_changes_nothing(form: str, stride: int) -> None:
    disk, dice = FakeDisk(), random.Random(stride)
    for _ in range(500):
        disk.dies_at_step = disk.steps + stride
        try:
            play_on(ResultLog(disk, rotation=FORMS[form]), lambda: dice.randint(1, 5))
            break
        except Killed:
            continue
    disk.dies_at_step = None
    play_on(ResultLog(disk, rotation=FORMS[form]))

    assert "" == wrong(disk, FORMS[form])


def copy(disk: FakeDisk) -> FakeDisk:
    other = FakeDisk()
    other.files = {name: bytearray(data) for name, data in disk.files.items()}
    return other


def go_on_or_refuse(disk: FakeDisk, rotation: Rotation) -> bool:
    """Play a damaged folder to the end; tell whether it was refused, and then not touched."""
    before = {name: bytes(data) for name, data in disk.files.items()}
    try:
        log = ResultLog(disk, rotation=rotation)
    except ResultLogError:
        assert before == {name: bytes(disk.files[name]) for name in before}
        return True
    play_on(log)
    return False


@pytest.mark.parametrize("form", FORMS)
def test_what_is_damaged_is_done_again_from_a_commit_before_it_or_refused(form: str) -> None:
    """Across closings too: a segment is opened again and the newer ones are dropped."""
    disk, dice = FakeDisk(), random.Random(form)
    play_on(ResultLog(disk, rotation=FORMS[form]), end=END - 3)
    outcomes = []
    for name in [name for name in disk.files if name != RING and disk.files[name]]:
        for _ in range(2):
            damaged = copy(disk)
            file = damaged.files[name]
            place = dice.randrange(len(file))
            if dice.random() < 0.5:
                file[place] ^= 0x04
            else:
                del file[place:]
            is_refused = go_on_or_refuse(damaged, FORMS[form])
            is_of_old = name.startswith("segments/") and name != MANIFEST
            assert is_refused or not wrong(damaged, FORMS[form]) or is_of_old, (name, place)
            outcomes.append(is_refused)
    assert {False} <= {*outcomes}


@pytest.mark.parametrize("form", FORMS)
def test_the_newest_slots_may_be_lost_after_any_rename(form: str) -> None:
    disk = FakeDisk()
    play_on(ResultLog(disk, rotation=FORMS[form]), end=END - 3)
    newest = ResultLog(copy(disk), rotation=FORMS[form]).last
    assert newest is not None
    for lost in range(1, min(SLOT_COUNT, newest.number + 1)):
        damaged = copy(disk)
        for number in range(newest.number - lost + 1, newest.number + 1):
            at = number % SLOT_COUNT * SLOT_BYTES
            damaged.files[RING][at + 20] ^= 0xFF
        assert not go_on_or_refuse(damaged, FORMS[form]), lost
        assert "" == wrong(damaged, FORMS[form]), lost


def test_death_at_every_step_of_a_repair_across_a_closing_changes_nothing() -> None:
    disk = FakeDisk()
    play_on(ResultLog(disk, rotation=SMALL), lambda: 2, end=END - 3)
    for place in (0, 1):
        closed = sorted(file for file in disk.segments() if place_of(MIDS, file))
        damaged = copy(disk)
        damaged.files[closed[-1 - place]][-2] ^= 1
        steps = copy(damaged)
        ResultLog(steps, rotation=SMALL)
        for step in range(0, steps.steps, 1 + place):
            dying = copy(damaged)
            dying.dies_at_step = step
            with pytest.raises(Killed):
                ResultLog(dying, rotation=SMALL)
            dying.dies_at_step = None
            assert not go_on_or_refuse(dying, SMALL)
            assert "" == wrong(dying, SMALL), step


def test_closed_segments_that_were_taken_away_are_not_missed() -> None:
    for kept in range(4):
        disk = FakeDisk()
        play_on(ResultLog(disk, rotation=SMALL), end=END - 3)
        for name in (*TEXTS, "outputs/all.arrows"):
            closed = sorted(file for file in disk.segments() if place_of(name, file))
            for file in closed[: len(closed) - kept]:
                del disk.files[file]
        log = ResultLog(disk, rotation=SMALL)
        play_on(log)
        for name in TEXTS:
            there = segments_of(disk, name)
            assert walked(name, SMALL)[-len(there) :] == there, (kept, name)


def test_rotation_may_begin_change_and_end_with_any_start() -> None:
    disk = FakeDisk()
    for end, rotation in enumerate((Rotation(), HOURLY, SMALL, Rotation(), Rotation(DAY_NS)), 1):
        play_on(ResultLog(disk, rotation=rotation), end=9 * end)

    assert "" == wrong_manifest(disk)
    assert lines(45) == tuple(b"".join(segments_of(disk, name)) for name in (MIDS, ERRORS))
    assert 5 < len(disk.segments())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("room_bytes", [0, 7, 19, 60, 300])
def test_a_full_disk_changes_nothing_and_room_lets_it_go_on(form: str, room_bytes: int) -> None:
    disk = FakeDisk()
    log = ResultLog(disk, rotation=FORMS[form])
    play_on(log, end=12)
    before = log.last, {name: bytes(data) for name, data in disk.files.items() if data}
    disk.room_bytes = room_bytes
    for _ in range(3):
        with pytest.raises(DiskFull):
            log.append([result(12, 12, processors=PROCESSORS, arrival_ns=arrival_ns(14))])
        assert before == (
            log.last,
            {name: bytes(data) for name, data in disk.files.items() if data},
        )
    disk.room_bytes = None
    play_on(log)

    assert lines(END) == tuple(b"".join(segments_of(disk, name)) for name in (MIDS, ERRORS))


def test_a_rename_that_a_full_disk_refuses_is_done_before_the_next_commit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for refused in range(6):
        disk = FakeDisk()
        log = ResultLog(disk, rotation=SMALL)
        play_on(log, end=6)
        honest, count = disk.rename, [0]

        def full(name: str, to: str, honest=honest, count=count, refused=refused) -> None:
            count[0] += 1
            if count[0] > refused:
                raise DiskFull("out: No space left on device")
            honest(name, to)

        with monkeypatch.context() as patch:
            patch.setattr(disk, "rename", full)
            log.append([result(6, 9, processors=PROCESSORS, arrival_ns=arrival_ns(9))])
            with pytest.raises(DiskFull):
                log.append([result(15, 3, processors=PROCESSORS, arrival_ns=arrival_ns(17))])
        crashed = copy(disk)
        for each, goes_on in ((disk, log), (crashed, ResultLog(crashed, rotation=SMALL))):
            play_on(goes_on)
            assert "" == wrong(each, SMALL), refused
