"""Who is admitted, what counts, when it is committed, and what is answered."""

import pytest
from msgspec.structs import replace

from protocol import codec
from protocol.commit import SLOT_BYTES
from protocol.limits import MAX_TEXT_CHARS
from protocol.messages import (
    NO_NONCE,
    NONCE_BYTES,
    RUN_BYTES,
    WINDOW_QUOTES,
    Ack,
    FencedNotice,
    Hello,
    Offer,
    Ping,
    Refused,
    Report,
    Welcome,
)
from protocol.program_version import PROGRAM_VERSION
from protocol.result_folder import (
    ERRORS,
    MIDS,
    RING,
)
from tests.zmid.fakes import RUN, FakeDisk, lines, result
from zmid.disk import DiskFull
from zmid.mid_rule import MidRule
from zmid.processors.mids_table import mids_table
from zmid.result_log import ResultLog
from zmid.sink_state import (
    FIRST_RETRY_NS,
    GATHER_NS,
    MAX_EPOCHS_LOST,
    MAX_LEAP,
    MAX_RETRY_NS,
    SMALL_GROUP_BYTES,
    SinkState,
)
from zmid.worker_counts import MAX_WORKERS

OTHER_RUN = b"o" * RUN_BYTES
ONE, TWO = b"1" * NONCE_BYTES, b"2" * NONCE_BYTES


def sink(disk: FakeDisk | None = None, incarnation: int = 7) -> SinkState:
    return SinkState(ResultLog(disk or FakeDisk()), incarnation)


def enter(state: SinkState, nonce: bytes = ONE, *, held_epoch: int = 0) -> Welcome:
    """Say HELLO as a replayer does: to learn where the sink is, then to be admitted."""
    (offer,) = state.on_sync(Hello(RUN, nonce, held_epoch, 0, 0, PROGRAM_VERSION), 0)
    assert isinstance(offer, Offer)
    hello = Hello(RUN, nonce, held_epoch, offer.sink_incarnation, offer.sink_epoch, PROGRAM_VERSION)
    (welcome,) = state.on_sync(hello, 0)
    assert isinstance(welcome, Welcome)
    return welcome


def play(state: SinkState, *firsts: int, epoch: int = 1) -> None:
    for first in firsts:
        state.on_result(result(first, epoch=epoch), 0)
    while state.has_commit_due(0):
        assert state.commit(0)


def finished() -> tuple[SinkState, FakeDisk]:
    disk = FakeDisk()
    state = sink(disk)
    enter(state)
    play(state, 0, 3)
    state.on_sync(Ping(RUN, 1, 6, 0), 0)
    return state, disk


def report_of(state: SinkState, now_ns: int = 0) -> Report:
    _, report = state.on_sync(Ping(RUN, state.epoch, None, 0), now_ns)
    assert isinstance(report, Report)
    return report


def test_how_far_a_run_is_commanded_outlives_replayer_and_sink_and_never_falls() -> None:
    disk = FakeDisk()
    state = sink(disk)
    assert 0 == enter(state).commanded
    for commanded in (7, 3):
        state.on_sync(Ping(RUN, 1, None, commanded), 0)
    play(state, 0)

    assert 7 == enter(state, TWO).commanded
    assert 7 == enter(sink(disk)).commanded


def test_a_replayer_enters_an_empty_folder_as_epoch_one() -> None:
    assert Welcome(ONE, 1, 0, WINDOW_QUOTES, b"", 7, False, 0, 0, PROGRAM_VERSION) == enter(sink())


def test_a_hello_that_knows_an_older_sink_or_epoch_is_offered_the_true_ones() -> None:
    state = sink()
    enter(state)
    for incarnation, epoch in ((6, 1), (7, 0), (0, 0)):
        answers = state.on_sync(Hello(RUN, TWO, 0, incarnation, epoch, PROGRAM_VERSION), 0)
        assert [Offer(TWO, 7, 1)] == answers
    assert 1 == state.epoch


def test_the_hello_of_the_one_who_is_in_is_answered_alike_and_costs_no_epoch() -> None:
    state = sink()
    welcome = enter(state)
    assert [welcome] == state.on_sync(Hello(RUN, ONE, 0, 7, 0, PROGRAM_VERSION), 0)
    assert 1 == state.epoch


def test_a_later_replayer_goes_on_from_what_is_committed_and_the_older_is_fenced() -> None:
    state = sink()
    enter(state)
    play(state, 0, 3)
    assert Welcome(
        TWO, 2, 6, 6 + WINDOW_QUOTES, b"cursor 6", 7, False, 0, 0, PROGRAM_VERSION
    ) == enter(state, TWO)
    assert [FencedNotice(1, 2)] == state.on_sync(Ping(RUN, 1, None, 0), 0)
    assert [FencedNotice(1, 2)] == state.on_sync(
        Hello(RUN, b"3" * NONCE_BYTES, 1, 7, 2, PROGRAM_VERSION), 0
    )


def test_a_sink_that_was_begun_anew_never_gives_an_epoch_twice() -> None:
    assert 4 == enter(sink(), held_epoch=3).epoch


def test_a_replayer_of_another_run_is_refused_and_told_what_to_do() -> None:
    state = sink()
    enter(state)
    (answer,) = state.on_sync(Hello(OTHER_RUN, TWO, 0, 7, 1, PROGRAM_VERSION), 0)
    assert isinstance(answer, Refused)
    assert (TWO, 1) == (answer.nonce, state.epoch)
    assert "--out" in answer.fix and "--fresh" in answer.fix


def test_a_ping_before_anyone_is_in_is_offered_a_way_in() -> None:
    assert [Offer(NO_NONCE, 7, 0)] == sink().on_sync(Ping(RUN, 3, None, 0), 0)


def test_a_ping_is_answered_with_all_that_is_committed_and_held() -> None:
    state = sink()
    enter(state)
    play(state, 0, 6)
    ack, _ = state.on_sync(Ping(RUN, 1, None, 0), 0)
    assert Ack(RUN, 1, 3, 3 + WINDOW_QUOTES, 7, ((6, 3),), 2, 1, 0, False, "") == ack


def test_a_result_of_a_fenced_replayer_leaves_no_line() -> None:
    disk = FakeDisk()
    state = sink(disk)
    enter(state)
    enter(state, TWO)
    play(state, 0, epoch=1)
    assert (0, b"") == (state.ack().next, disk.read(MIDS, 0, 100))


def test_the_run_ends_when_all_of_it_is_committed_and_not_before() -> None:
    state = sink()
    enter(state)
    play(state, 0)
    state.on_sync(Ping(RUN, 1, 6, 0), 0)
    assert not state.is_finished
    play(state, 3)
    ack, _ = state.on_sync(Ping(RUN, 1, 6, 0), 0)
    assert isinstance(ack, Ack) and ack.finished and state.is_finished


def test_a_finished_run_is_said_to_be_finished_and_its_disk_is_not_touched() -> None:
    _, disk = finished()
    state, steps = sink(disk, incarnation=8), disk.steps
    (welcome,) = state.on_sync(Hello(RUN, TWO, 0, 0, 0, PROGRAM_VERSION), 0)
    assert isinstance(welcome, Welcome) and welcome.finished
    assert (1, steps) == (welcome.epoch, disk.steps)


@pytest.mark.parametrize("threshold_ms", [19.0, 21.0])
def test_a_worker_with_another_threshold_is_refused_and_named(threshold_ms: float) -> None:
    disk = FakeDisk()
    state = sink(disk)
    enter(state)
    play(state, 0)
    restarted = sink(disk, incarnation=8)
    enter(restarted, TWO)
    restarted.on_result(result(3, epoch=2, threshold_ms=threshold_ms), 0)
    report = report_of(restarted)
    assert (1, False) == (report.refused, restarted.has_commit_due(0))
    assert "20" in report.problem and f"{threshold_ms:g}" in report.problem


@pytest.mark.parametrize("threshold_ms", [float("nan"), float("inf")])
def test_a_worker_with_a_threshold_that_is_none_shuts_nobody_out(threshold_ms: float) -> None:
    state = sink()
    enter(state)
    play(state, 0)
    state.on_result(result(3, threshold_ms=threshold_ms), 0)
    assert (3, 1) == (state.ack().next, state.refused)
    assert f"{threshold_ms} ms" in state.problem

    play(state, 3)

    assert (6, 1) == (state.ack().next, state.refused)


def test_the_first_result_that_cannot_be_pins_nothing() -> None:
    state = sink()
    enter(state)
    state.on_result(result(0, threshold_ms=float("nan")), 0)
    play(state, 0)

    assert (3, 1) == (state.ack().next, state.refused)


@pytest.mark.parametrize("held_epoch", [MAX_EPOCHS_LOST + 2, 2**63 - 1])
def test_an_epoch_that_no_sink_has_given_is_refused_and_leaves_no_trace(held_epoch: int) -> None:
    disk = FakeDisk()
    state = sink(disk)
    enter(state)
    steps = disk.steps
    (refused,) = state.on_sync(Hello(RUN, TWO, held_epoch, 7, 1, PROGRAM_VERSION), 0)

    assert isinstance(refused, Refused) and str(held_epoch) in refused.what
    assert steps == disk.steps
    assert 2 == enter(state, TWO).epoch


def test_a_folder_that_was_begun_anew_believes_the_first_replayer_no_such_epoch() -> None:
    disk = FakeDisk()
    (refused,) = sink(disk).on_sync(Hello(RUN, TWO, 2**62, 7, 0, PROGRAM_VERSION), 0)

    assert isinstance(refused, Refused)
    assert not disk.files.get(RING)


def test_workers_that_claim_to_have_worked_for_ever_do_not_end_the_sink() -> None:
    state = sink()
    enter(state)
    for first in range(0, 12, 3):
        state.on_result(replace(result(first), busy_ns=2**63 - 1), 0)
    report = report_of(state)

    assert report == codec.decode(codec.encode(report))


def test_a_threshold_that_was_never_committed_binds_nobody_in_the_next_epoch() -> None:
    state = sink()
    enter(state)
    state.on_result(result(3, threshold_ms=99.0), 0)
    enter(state, TWO)
    play(state, 0, epoch=2)
    assert (3, 0) == (state.ack().next, state.refused)


def test_a_sink_that_is_to_write_the_table_takes_no_result_without_it() -> None:
    state = SinkState(ResultLog(FakeDisk()), 7, needs_table=True)
    enter(state)
    play(state, 0)
    assert (0, 1) == (state.ack().next, state.refused)
    assert f"worker {result(0).worker} has no --table, this sink has: its results are refused" == (
        state.problem
    )

    table = mids_table(MidRule(20.0, "exchange")).declaration
    state.on_result(result(0, processors=(table,)), 0)
    state.commit(0)
    assert (3, 1) == (state.ack().next, state.refused)


def test_a_duplicate_is_counted_and_not_logged() -> None:
    disk = FakeDisk()
    state = sink(disk)
    enter(state)
    play(state, 0, 0, 3, 3)
    assert (2, lines(6)) == (
        report_of(state).duplicates,
        (bytes(disk.files[MIDS]), bytes(disk.files[ERRORS])),
    )


def full_disk_with_a_group() -> tuple[SinkState, FakeDisk]:
    disk = FakeDisk()
    state = sink(disk)
    enter(state)
    disk.room_bytes = 4
    for first in (0, 3, 9):
        state.on_result(result(first), 0)
    assert not state.commit(0)
    return state, disk


def test_after_a_small_group_the_next_waits_a_little_for_more() -> None:
    state = sink()
    enter(state)
    state.on_result(result(0), 0)
    assert 0 == state.gather_ns(5)  # nothing was committed yet: at once

    state.commit(5)
    assert 0 == state.gather_ns(6)  # nothing waits

    state.on_result(result(3), 6)
    assert [GATHER_NS - 1, 1, 0] == [
        state.gather_ns(5 + passed_ns) for passed_ns in (1, GATHER_NS - 1, GATHER_NS)
    ]


def test_in_a_steady_flow_of_small_results_none_is_looked_for_until_the_next_commit() -> None:
    state = sink()
    enter(state)
    state.on_result(result(0), 0)
    state.commit(5)
    assert 0 == state.rest_ns(5)  # a single one: the next is waited for

    for first in (3, 6):
        state.on_result(result(first), 6)
    state.commit(7)

    assert [GATHER_NS, 1, 0] == [
        state.rest_ns(7 + passed_ns) for passed_ns in (0, GATHER_NS - 1, GATHER_NS)
    ]


def test_while_the_disk_is_full_the_sink_looks_for_results() -> None:
    state, _ = full_disk_with_a_group()

    assert state.stalled
    assert 0 == state.rest_ns(0)


def test_a_large_group_waits_for_nothing_and_neither_does_what_follows_one() -> None:
    state = sink()
    enter(state)
    large = replace(result(0), mids=b"\n" * SMALL_GROUP_BYTES)
    state.on_result(large, 0)
    state.commit(5)
    state.on_result(result(3), 5)

    assert 0 == state.gather_ns(5)

    state.commit(5)
    state.on_result(replace(large, first=6), 6)

    assert 0 == state.gather_ns(6)


def test_a_full_disk_is_said_and_what_waits_for_it_needs_no_resend() -> None:
    state, _ = full_disk_with_a_group()
    ack = state.ack()
    assert (0, ((0, 6), (9, 3))) == (ack.next, ack.held)
    assert "No space left" in ack.stalled


def test_a_full_disk_is_tried_again_ever_more_rarely() -> None:
    state, _ = full_disk_with_a_group()
    now_ns, waits = 0, []
    for _ in range(8):
        assert state.retry_ns is not None
        assert not state.has_commit_due(state.retry_ns - 1)
        waits.append(state.retry_ns - now_ns)
        now_ns = state.retry_ns
        assert not state.commit(now_ns)
    expected = [min(MAX_RETRY_NS, FIRST_RETRY_NS << turn) for turn in range(8)]
    assert expected == waits


def test_with_room_again_it_goes_on_as_if_nothing_had_been() -> None:
    state, disk = full_disk_with_a_group()
    disk.room_bytes = None
    assert state.retry_ns is not None
    assert state.commit(state.retry_ns)
    play(state, 6)
    assert (12, "") == (state.ack().next, state.ack().stalled)
    assert lines(12) == (bytes(disk.files[MIDS]), bytes(disk.files[ERRORS]))


def test_a_replayer_that_enters_while_the_disk_is_full_starts_from_what_is_committed() -> None:
    state, disk = full_disk_with_a_group()
    assert 0 == enter(state, TWO).next
    assert () == state.ack().held
    disk.room_bytes = None
    play(state, 0, 3, epoch=2)
    assert lines(6) == (bytes(disk.files[MIDS]), bytes(disk.files[ERRORS]))


def test_an_empty_folder_on_a_full_disk_says_nothing_until_there_is_room() -> None:
    disk = FakeDisk()
    disk.room_bytes = 100
    state = sink(disk)
    assert [] == state.on_sync(Hello(RUN, ONE, 0, 7, 0, PROGRAM_VERSION), 0)
    disk.room_bytes = None
    assert 1 == enter(state).epoch


def test_the_report_of_more_workers_than_can_be_told_fits() -> None:
    state = sink()
    enter(state)
    for number in range(MAX_WORKERS + 10):
        one = replace(result(3 * number), worker=f"worker-{number:04}")
        state.on_result(one, number)
    report = report_of(state, MAX_WORKERS + 9)
    last = report.workers[-1]
    assert (f"worker-{MAX_WORKERS + 9:04}", 3, 1000, 0) == (
        last.worker,
        last.quotes,
        last.busy_ns,
        last.seen_ago_ns,
    )
    assert report == codec.decode(codec.encode(report))


def test_an_epoch_whose_slot_cannot_be_read_is_not_given_again() -> None:
    disk = FakeDisk()
    enter(sink(disk))
    enter(sink(disk), TWO)  # epoch 2, in slot 1
    disk.files[RING][SLOT_BYTES + 20] ^= 1

    assert 3 == enter(sink(disk, incarnation=MAX_LEAP), TWO).epoch


def test_after_slots_that_cannot_be_read_two_sinks_give_different_epochs() -> None:
    """The first may have leapt too, and what it gave may be among what cannot be read."""
    disk = FakeDisk()
    enter(sink(disk))
    disk.files[RING][SLOT_BYTES : SLOT_BYTES + 20] = b"x" * 20
    torn = bytes(disk.files[RING])
    first = enter(sink(disk, incarnation=100), TWO).epoch
    disk.files[RING][:] = torn

    assert first != enter(sink(disk, incarnation=200), TWO).epoch


def test_whatever_a_worker_is_called_and_a_disk_says_fits_in_an_answer() -> None:
    disk = FakeDisk()
    state = sink(disk)
    enter(state)
    play(state, 0)
    odd = replace(result(3, threshold_ms=1.0), worker="💥" * MAX_TEXT_CHARS)
    state.on_result(odd, 0)
    state._stall(DiskFull("x" * 2 * MAX_TEXT_CHARS), 0)

    for answer in state.on_sync(Ping(RUN, 1, None, 0), 0):
        assert answer == codec.decode(codec.encode(answer))
