"""A verb may be given twice; one that is refused changes nothing; a mode is on disk first."""

import time
from collections.abc import Iterator
from concurrent.futures import Future
from copy import deepcopy
from pathlib import Path
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from protocol.errors import ResultLogError, SettingsError, ZreplayError
from protocol.messages import HISTORICAL, LIVE, Report, WorkerReport
from protocol.program_version import PROGRAM_VERSION
from tests.zreplay.answers import make_status
from tests.zreplay.fake_sink import NO_LIMIT, load_replayer, make_ack, surroundings, write_recording
from tests.zreplay.fakes import Recording
from zreplay.controls.rates import Rates
from zreplay.controls.responder import Request
from zreplay.controls.verb_table import VERBS
from zreplay.controls.verbs import AT_ONCE, COMMANDS, answer
from zreplay.delivery.command import Command, SeekTo, SetLoop, SetMode
from zreplay.historical.file_indexes import FileIndexes, LookedUp
from zreplay.playback.playback import Playback
from zreplay.playback.playhead import Playhead
from zreplay.replayer.replayer import Replayer
from zreplay.replayer.state import ReplayerState

NOW_NS = 5_000_000_000
SECOND_NS = 1_000_000_000
VALUES = {"mode": HISTORICAL, "speed": "2", "seek": "50%", "step": "1", "loop": "on"}
MIDDLE = "2025-10-02 23:10:00.020"
MIDDLE_NS = 1_759_446_600_020_000_000


@pytest.fixture
def replayer(tmp_path: Path) -> Iterator[Replayer]:
    """Give a replayer with both modes that was admitted and has sent nothing yet."""
    path = write_recording(tmp_path / "quotes.csv", 30)
    with (
        surroundings(tmp_path, historical=(path,), live=("ws://127.0.0.1:9",)) as around,
        around.replayer() as replayer,
    ):
        load_replayer(replayer, now_ns=NOW_NS)
        yield replayer


def ask(replayer: Replayer, verb: str, value: str = "", now_ns: int = NOW_NS) -> dict[str, Any]:
    said = answer(replayer, Rates(), Request(verb, value), lambda: now_ns)
    if not isinstance(said, Future):
        return said
    while not said.done():
        replayer.waiter.wait(time.monotonic_ns() + SECOND_NS, None)  # work that is done wakes it
        replayer.errands.advance()
    return said.result()


def situation(replayer: Replayer) -> Any:
    """Return all that a verb may change."""
    player = replayer
    log, clock = replayer.session.log, player.playback.clock
    return deepcopy(
        (
            (log.state, log.commands),
            (clock.rate, clock.is_paused, clock.is_anchored),
            replayer.session.ending.is_draining,
            replayer.state.read_commands(replayer.session.run),
        )
    )


def test_what_every_verb_of_the_table_does_is_there() -> None:
    assert set(VERBS) == {*AT_ONCE, *COMMANDS, "status", "stats"}


def test_the_verbs_that_change_the_output_are_those_of_the_typed_commands() -> None:
    assert {kind.verb for kind in get_args(Command)} == set(COMMANDS)


@pytest.mark.parametrize(
    "verb, value, changed",
    [
        ("mode", LIVE, "historical -> live"),
        ("pause", "", "running -> paused"),
        ("speed", "10", "1x -> 10x"),
        ("speed", "max", "1x -> max"),
        ("loop", "on", "off -> on"),
        ("loop", "3", "off -> 3 passes"),
    ],
)
def test_the_second_time_a_verb_changes_nothing_and_says_so(
    replayer: Replayer, verb: str, value: str, changed: str
) -> None:
    before = situation(replayer)
    first = ask(replayer, verb, value)
    after = situation(replayer)
    second = ask(replayer, verb, value, NOW_NS + SECOND_NS)

    assert changed == first["changed"]
    assert f"already {changed.rpartition(' -> ')[2]}" == second["changed"]
    assert before != after == situation(replayer)


def test_resume_undoes_a_pause_once(replayer: Replayer) -> None:
    assert "already running" == ask(replayer, "resume")["changed"]
    ask(replayer, "pause")

    assert "paused -> running" == ask(replayer, "resume")["changed"]
    assert "already running" == ask(replayer, "resume")["changed"]


def test_stop_drains_however_often_it_is_said(replayer: Replayer) -> None:
    for _ in range(2):
        assert "DRAINING" == ask(replayer, "stop")["state"]

    assert replayer.session.ending.is_draining


@pytest.mark.parametrize("verb", ["ping", "status"])
def test_looking_changes_nothing(replayer: Replayer, verb: str) -> None:
    before = situation(replayer)

    assert ask(replayer, verb)["ok"]
    assert before == situation(replayer)


@pytest.mark.parametrize(
    "verb, value",
    [
        *(("mode", "historic"), ("loop", "twice"), ("loop", "0"), ("loop", "-1")),
        *(("speed", "0"), ("speed", "-1"), ("speed", "nan"), ("speed", "fast")),
        *(("seek", "yesterday"), ("seek", "101%"), ("seek", "2025-10-03 00:00:00")),
        *(("step", "0"), ("step", "-1"), ("step", "²"), ("step", "1000001"), ("step", "9" * 5000)),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    replayer: Replayer, verb: str, value: str
) -> None:
    before = situation(replayer)
    with pytest.raises(SettingsError, match=value):
        ask(replayer, verb, value)

    assert before == situation(replayer)


def test_a_mode_without_a_source_is_refused_with_the_way_to_have_it(replayer: Replayer) -> None:
    replayer.settings = replace(replayer.settings, live=())
    before = situation(replayer)
    with pytest.raises(SettingsError, match=r"no live address(.|\n)*--live"):
        ask(replayer, "mode", LIVE)

    assert before == situation(replayer)


@pytest.mark.parametrize("end", ["was_complete", "is_finished"])
def test_a_run_that_is_over_takes_no_mode(replayer: Replayer, end: str) -> None:
    setattr(replayer.session.ending, end, True)
    before = situation(replayer)
    with pytest.raises(SettingsError, match="at its end"):
        ask(replayer, "mode", LIVE)

    assert before == situation(replayer)


def test_a_run_whose_last_quote_is_sent_takes_no_mode_unless_it_goes_on_for_ever(
    replayer: Replayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Playback, "files_ended", True)
    for mode in (LIVE, HISTORICAL):
        assert ask(replayer, "mode", mode)["ok"]
    replayer.session.ending.exits_when_done = True
    with pytest.raises(SettingsError, match="at its end"):
        ask(replayer, "mode", LIVE)


def test_a_mode_is_on_disk_at_its_place_before_it_is_answered(replayer: Replayer) -> None:
    answered = ask(replayer, "mode", LIVE)
    on_disk = replayer.state.read_commands(replayer.session.run)

    assert [SetMode(LIVE, 0)] == on_disk
    assert (LIVE, 1) == (answered["mode"], answered["segment"])


@pytest.mark.parametrize("error", [ResultLogError("disk full"), KeyboardInterrupt()])
def test_a_mode_that_could_not_be_written_is_not_accepted_and_has_not_happened(
    replayer: Replayer, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def fail(*_: object) -> None:
        raise error

    before = situation(replayer)
    with monkeypatch.context() as patch, pytest.raises(type(error)):
        patch.setattr(ReplayerState, "write_commands", fail)
        ask(replayer, "mode", LIVE)

    assert before == situation(replayer)
    assert "historical -> live" == ask(replayer, "mode", LIVE)["changed"]


def test_commands_given_before_the_sink_is_there_are_kept_without_a_place(
    replayer: Replayer,
) -> None:
    replayer.session.admission.is_in = False
    assert [LIVE, LIVE] == [ask(replayer, "mode", LIVE)["mode"] for _ in range(2)]
    ask(replayer, "loop", "on")
    answered = ask(replayer, "mode", HISTORICAL)

    assert [SetLoop(None, None), SetMode(HISTORICAL, None)] == (
        replayer.state.read_commands(replayer.session.run)
    )
    assert (HISTORICAL, HISTORICAL) == (answered["mode"], replayer.session.state.mode)


def test_a_mode_switches_while_paused_and_the_pause_holds(replayer: Replayer) -> None:
    ask(replayer, "pause")
    answered = ask(replayer, "mode", LIVE)

    assert (LIVE, "PAUSED") == (answered["mode"], answered["state"])
    assert replayer.playback.is_paused


def test_without_a_sink_no_command_is_kept_for_later(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "quotes.csv", 30)
    with (
        surroundings(
            tmp_path, historical=(path,), live=("ws://127.0.0.1:9",), acks="none"
        ) as around,
        around.replayer() as replayer,
    ):
        load_replayer(replayer, None, 0, NO_LIMIT)

        assert LIVE == ask(replayer, "mode", LIVE)["mode"]
        assert [] == replayer.state.read_commands(replayer.session.run)


def test_status_has_every_field_of_its_schema_and_no_other(replayer: Replayer) -> None:
    status = ask(replayer, "status")

    assert set(make_status()) == set(status)
    assert (replayer.session.run.hex(), "1x", "sink") == (
        status["run"],
        status["speed"],
        status["acks"],
    )
    assert ["ws://127.0.0.1:9"] == [feed["url"] for feed in status["feeds"]]


def test_status_passes_on_what_the_sink_said(replayer: Replayer) -> None:
    replayer.session.last_ack = make_ack(
        replayer.session.run, 10, mids=7, skipped=3, stalled="disk full"
    )
    replayer.session.last_report = Report(
        (WorkerReport("w", 10, 5, 1, 5, PROGRAM_VERSION),), 2, 0, "a problem", 0, 0, ()
    )
    status = ask(replayer, "status")

    assert (7, 3, 2, "a problem") == (
        status["mids"],
        status["latency_skipped"],
        status["sink"]["duplicates"],
        status["problem"],
    )
    assert ["w"] == [row["worker"] for row in status["workers"]]
    assert "BLOCKED" == status["state"]
    assert "disk full" in status["waits_for"]


def test_a_sink_that_falls_silent_is_named(replayer: Replayer) -> None:
    replayer.session.admission.to_send(NOW_NS + 1, None)
    status = ask(replayer, "status", now_ns=NOW_NS + 2 * SECOND_NS)

    assert "WAITING" == status["state"]
    assert replayer.settings.sync in status["waits_for"]


def test_every_answer_says_state_mode_and_position(replayer: Replayer) -> None:
    place = {"state", "waits_for", "mode", "record", "segment", "time", "epoch", "progress"}
    ask(replayer, "pause")
    for verb in set(VERBS) - {"resume"}:
        assert place <= set(ask(replayer, verb, VALUES.get(verb, "")))
    assert place <= set(ask(replayer, "resume"))


def test_in_live_mode_there_is_no_share_of_the_files(replayer: Replayer) -> None:
    shares = [ask(replayer, "mode", mode)["progress"] is None for mode in (LIVE, HISTORICAL)]

    assert [True, False] == shares


def test_back_in_the_files_the_place_is_that_where_they_go_on(replayer: Replayer) -> None:
    ask(replayer, "seek", MIDDLE)
    live = ask(replayer, "mode", LIVE)["time"]
    playback = replayer.playback
    playback.play_from({LIVE: Playhead(Recording.of([SECOND_NS]).source(0))}, LIVE)
    due = playback.due(NOW_NS, lambda: 1, lambda: True)
    assert due is not None
    playback.sent(due, NOW_NS, 0)

    assert (None, MIDDLE) == (live, ask(replayer, "mode", HISTORICAL)["time"])


def test_every_refusal_says_what_to_do(replayer: Replayer) -> None:
    for verb, value in (("mode", "x"), ("speed", "x")):
        with pytest.raises(ZreplayError) as refused:
            ask(replayer, verb, value)

        assert refused.value.fix


def test_a_seek_is_on_disk_at_its_place_and_the_replay_stands_there(replayer: Replayer) -> None:
    answered = ask(replayer, "seek", MIDDLE)

    assert [SeekTo(MIDDLE_NS, 0)] == replayer.state.read_commands(replayer.session.run)
    assert (str(MIDDLE_NS), 0) == (answered["target"], answered["at_record"])
    assert (MIDDLE, MIDDLE_NS, 1) == (
        answered["time"],
        answered["arrival_ns"],
        answered["segment"],
    )
    assert answered["changed"].endswith(f" -> {MIDDLE}")


@pytest.mark.parametrize("count", [0, 2])
def test_a_seek_says_how_many_files_it_reads_through(
    replayer: Replayer, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    places = replayer.inputs.historical
    honest = places.find
    monkeypatch.setattr(places, "find", lambda *asked: (honest(*asked), count)[1])

    assert count == ask(replayer, "seek", MIDDLE)["read_through"]


def test_a_seek_from_the_present_counts_from_where_the_replay_stands(replayer: Replayer) -> None:
    ask(replayer, "pause")
    ask(replayer, "seek", MIDDLE)
    forward = ask(replayer, "seek", "+5ms")
    back = ask(replayer, "seek", "-10ms")

    assert str(MIDDLE_NS + 5_000_000) == forward["target"]
    assert str(MIDDLE_NS - 5_000_000) == back["target"]


@pytest.mark.parametrize("value", ["start", "0%", "-1h", "2025-10-01 00:00:00"])
def test_a_seek_to_before_the_first_quote_goes_to_the_start(replayer: Replayer, value: str) -> None:
    ask(replayer, "seek", MIDDLE)
    if value == "-1h":
        value = "-60m"
    answered = ask(replayer, "seek", value)

    assert ("start", "the start") == (
        answered["target"],
        answered["changed"].partition(" -> ")[2],
    )


@pytest.fixture
def unindexed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no file be known, and each be too large to wait for it."""
    for name in ("MOST_BYTES", "MOST_BYTES_A_FILE"):
        monkeypatch.setattr(f"zreplay.historical.indexing.{name}", 0)
    monkeypatch.setattr(FileIndexes, "whole", lambda *_: None)
    nothing = LookedUp(None, is_covered=False, is_whole=False)
    monkeypatch.setattr(FileIndexes, "look_up", lambda *_: nothing)


@pytest.mark.usefixtures("unindexed")
@pytest.mark.parametrize("value, is_waited_for", [("2025-10-01 00:00:00", False), (MIDDLE, True)])
def test_where_the_span_is_not_known_a_seek_to_before_it_goes_there_and_does_not_wait(
    replayer: Replayer, value: str, is_waited_for: bool
) -> None:
    answered = ask(replayer, "seek", value)

    assert answered["changed"].partition(" -> ")[2].startswith(value)
    assert (1, is_waited_for) == (
        answered["read_through"],
        replayer.playback._anchor_at_ns is not None,
    )


@pytest.mark.usefixtures("unindexed")
def test_behind_what_the_ends_show_a_seek_is_not_refused(replayer: Replayer) -> None:
    assert ask(replayer, "seek", "2025-10-03 00:00:00")["ok"]


@pytest.mark.usefixtures("unindexed")
def test_status_shows_what_a_seek_reads_through_until_a_quote_or_the_end_is_there(
    replayer: Replayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(replayer, "seek", MIDDLE)
    waits = []
    for is_ended in (False, True):
        monkeypatch.setattr(Playhead, "is_ended", is_ended)
        waits.append(ask(replayer, "status")["waits_for"])

    assert [True, False] == ["1 file without an index" in wait for wait in waits]


def test_a_seek_in_live_mode_is_refused(replayer: Replayer) -> None:
    ask(replayer, "mode", LIVE)
    before = situation(replayer)
    with pytest.raises(SettingsError, match="the mode is live"):
        ask(replayer, "seek", MIDDLE)

    assert before == situation(replayer)


def test_a_step_while_it_runs_is_refused(replayer: Replayer) -> None:
    with pytest.raises(SettingsError, match="the replay is running"):
        ask(replayer, "step", "1")


def test_a_step_says_how_many_left_and_how_many_are_to_follow(replayer: Replayer) -> None:
    ask(replayer, "pause")
    answered = ask(replayer, "step", "3")

    assert 3 == answered["sent"] + answered["queued"]
    ask(replayer, "pause")
    assert 0 == replayer.playback.steps_left


def test_a_step_of_several_batches_goes_on_until_no_more_can_leave(
    replayer: Replayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaves = iter([True, True, True, False])

    def play(now_ns: int) -> bool:
        left = next(leaves)
        replayer.session.stream.sent_quotes += left
        replayer.playback.steps_left -= left
        return left

    monkeypatch.setattr(replayer, "play", play)
    ask(replayer, "pause")
    answered = ask(replayer, "step", "4")

    assert (3, 1, "3 sent, 1 to follow") == tuple(
        answered[name] for name in ("sent", "queued", "changed")
    )


def test_commands_that_nothing_commits_are_refused_after_a_while(
    replayer: Replayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zreplay.delivery.command_log.MAX_COMMANDS", 2)
    ask(replayer, "loop", "on")
    ask(replayer, "mode", LIVE)
    before = situation(replayer)
    with pytest.raises(SettingsError, match="2 commands are waiting"):
        replayer.session.window.sent(1, b"", NOW_NS)  # a loop there overrides none
        ask(replayer, "loop", "off")

    assert before == situation(replayer)


def test_what_overrides_another_is_never_too_much(
    replayer: Replayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zreplay.delivery.command_log.MAX_COMMANDS", 2)
    ask(replayer, "loop", "on")
    for percent in range(0, 100, 20):
        last = ask(replayer, "seek", f"{percent}%")["target"]
    kept = [SetLoop(None, 0), SeekTo(int(last), 0)]

    assert kept == replayer.state.read_commands(replayer.session.run)
    assert kept == replayer.session.log.commands


def test_a_seek_that_is_not_on_disk_leaves_the_one_before_in_force(
    replayer: Replayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ResultLogError("cannot write")

    ask(replayer, "seek", MIDDLE)
    before = situation(replayer)
    monkeypatch.setattr(ReplayerState, "write_commands", fail)
    with pytest.raises(ResultLogError):
        ask(replayer, "seek", "start")

    assert before == situation(replayer)


def test_stats_say_where_the_time_went(replayer: Replayer) -> None:
    stats = ask(replayer, "stats")

    assert {"lateness_ns", "late_share", "speed", "speed_now", "achieved_speed"} <= set(stats)
    assert {"blocked_ns", "starved_ns", "stretched_ns", "skipped_ns"} <= set(stats)


def test_standard_input_cannot_begin_again(replayer: Replayer) -> None:
    replayer.settings = replace(replayer.settings, historical=(Path("-"),))
    with pytest.raises(SettingsError, match="cannot be played again"):
        ask(replayer, "loop", "on")


def test_after_a_seek_to_the_start_the_place_is_the_start(replayer: Replayer) -> None:
    ask(replayer, "seek", MIDDLE)

    assert None is ask(replayer, "seek", "start")["time"]
