"""A run starts its parts on one set of addresses, ends with the replayer, and reports how."""

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from protocol.errors import (
    EXIT_DONE,
    EXIT_INTERRUPTED,
    EXIT_ROWS_REJECTED,
    InputError,
    LinkError,
    ResultLogError,
)
from protocol.program.folder_lock import FolderLock
from protocol.program.stop import StopSignal
from tests.command_lines import parse
from tests.zreplay.fake_sink import write_recording
from zreplay.controls.asking import Ask
from zreplay.controls.responder import Answer
from zreplay.live.segment_head import ONE_FILE_HEAD_BYTES
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.replayer.state import OWN_FILES
from zreplay.settings import ReplaySettings
from zreplay.supervision.run import run
from zreplay.supervision.run_folder import (
    RunFile,
    control_endpoint_of,
    earlier_run,
    read_run_file,
    write_run_file,
)
from zreplay.supervision.run_settings import RunOutcome, RunSettings
from zreplay.supervision.supervisor import Child, ChildFailed

COMPLETE = {"complete": True, "quotes": 30, "rejected": 0, "session_quotes": 30}


class FakeSupervisor:
    """Starts nothing: the replayer comes to its end after some turns, or as it is told."""

    latest: "FakeSupervisor"
    summary: dict[str, Any] | None = COMPLETE
    turns_to_live = 3
    on_turn: Callable[["FakeSupervisor"], None] = lambda _: None

    def __init__(
        self, progress: Callable[[], int], options: list[str], stderr_fd: int | None
    ) -> None:
        type(self).latest = self
        self.options = options
        self.progress = progress
        self.children: list[Child] = []
        self.restarts = 0
        self.turns = 0
        self.terminated: list[str] = []
        self.is_ended = False

    def add(self, name: str, module: str, arguments: list[str], **more: Any) -> Child:
        child = Child(name, module, arguments, more.get("ends_itself", False))
        self.children.append(child)
        return child

    def tend(self, now_ns: int) -> None:
        self.turns += 1
        type(self).on_turn(self)

    def has_ended(self, child: Child) -> bool:
        assert "replayer" == child.name
        child.output = b"" if self.summary is None else json.dumps(self.summary).encode()
        return self.turns >= self.turns_to_live

    def wait(self, stop_fd: int | None, now_ns: int) -> None:
        pass

    def terminate(self, child: Child) -> None:
        self.terminated.append(child.name)

    def kill(self) -> None:
        raise AssertionError("only a second signal does that")

    def end(self) -> None:
        self.is_ended = True

    def child(self, name: str) -> Child:
        (child,) = [child for child in self.children if child.name == name]
        return child

    def option(self, name: str, option: str) -> str:
        """Return what a child is told for an option."""
        arguments = self.child(name).arguments
        return arguments[arguments.index(option) + 1]


class FakeClient:
    """Answers for a replayer that is not there."""

    answers: list[Answer | LinkError] = []

    def __init__(self, *_: object) -> None:
        self.asked: list[tuple[str, str]] = []

    def ask(self, verb: str, value: str = "") -> Answer:
        self.asked.append((verb, value))
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if isinstance(answer, LinkError):
            raise answer
        return answer

    def close(self) -> None:
        pass


@pytest.fixture(autouse=True)
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type[FakeSupervisor]:
    """Give what stands in for the supervisor, to be changed."""

    class Parts(FakeSupervisor):
        pass

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("zreplay.supervision.run.Supervisor", Parts)
    monkeypatch.setattr("zreplay.supervision.run.LOCK_WAIT_NS", 0)
    monkeypatch.setattr("zreplay.controls.asking.ControlClient", FakeClient)
    return Parts


@pytest.fixture
def settings(tmp_path: Path) -> RunSettings:
    path = write_recording(tmp_path / "quotes.csv", 30)
    return RunSettings(ReplaySettings(historical=(path,)), out=tmp_path / "out")


def play(settings: RunSettings, stop: StopSignal | None = None, **more: Any) -> RunOutcome:
    return run(settings, stop or StopSignal(), **more)


def announce(supervisor: FakeSupervisor) -> None:
    """Let the replayer have its control socket."""
    Path(supervisor.option("replayer", "--control").removeprefix("ipc://")).touch()


def test_the_parts_meet_at_the_same_addresses_and_write_to_the_same_folder(
    settings: RunSettings, parts: type[FakeSupervisor]
) -> None:
    play(replace(settings, workers=3))
    told = parts.latest.option
    names = [child.name for child in parts.latest.children]

    # The workers come last: they look again later where nothing listens yet.
    assert ["sink", "replayer", "worker 1", "worker 2", "worker 3"] == names
    for name in names[2:]:
        assert told("replayer", "--bind") == told(name, "--source")
        assert told("sink", "--bind") == told(name, "--sink")
    assert told("replayer", "--sync") == told("sink", "--sync")
    assert {str(settings.out)} == {told("replayer", "--state"), told("sink", "--out")}
    addresses = {told("replayer", end) for end in ("--bind", "--sync", "--control")}
    assert 4 == len(addresses | {told("sink", "--bind")})
    assert 3 == len({told(name, "--name") for name in names[2:]})


def test_every_argument_of_every_child_is_one_that_its_program_takes(
    settings: RunSettings, parts: type[FakeSupervisor]
) -> None:
    path = str(settings.replay.historical[0])
    full = replace(
        settings,
        fresh=True,
        replay_arguments=["--speed", "2", "--", path],
        worker_arguments=["--latency-threshold", "5.0"],
        sink_arguments=["--durability", "power"],
        feed_arguments=[path, "--loop"],
        log_arguments=["--log-format", "json", "--log-level", "warning"],
    )
    play(full)
    for child in parts.latest.children:
        context = parse(
            child.module, [*parts.latest.options, *child.arguments_with(["--parent-fd", "3"])]
        )

        assert 3 == context.params["parent_fd"]
        assert context.params.get("exit_when_done", True)


def test_only_the_replayers_end_is_an_end(
    settings: RunSettings, parts: type[FakeSupervisor]
) -> None:
    play(settings)

    assert ["replayer"] == [child.name for child in parts.latest.children if child.ends_itself]


LEFT = ("mid_prices.log", "errors.log", "commit.ring", "commands.json", "capture.log")


def left_by_an_earlier_run(settings: RunSettings) -> dict[str, bytes]:
    """Play a run; return what it left, by the names of the files."""
    play(settings)
    for name in LEFT:
        (settings.out / name).write_bytes(b"earlier")
    return files_in(settings.out)


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_fresh_run_begins_without_what_an_earlier_one_left_and_then_removes_it(
    settings: RunSettings, parts: type[FakeSupervisor]
) -> None:
    left_by_an_earlier_run(settings)
    seen = []

    def begin(supervisor: FakeSupervisor) -> None:
        seen.append(([name for name in LEFT if (settings.out / name).exists()], *kept(settings)))
        if supervisor.turns == 1:
            (settings.out / "errors.log").write_bytes(b"the new run")

    parts.on_turn = begin
    outcome = play(replace(settings, fresh=True))

    assert not outcome.was_complete
    earlier = sorted((*LEFT, "run.json"))
    assert ([], *earlier) == seen[0]
    assert (["errors.log"], *earlier) == seen[1]
    assert (["errors.log"],) == seen[2]
    assert {"errors.log", "run.json", "run.lock"} == set(files_in(settings.out))
    assert not any("--fresh" in child.arguments for child in parts.latest.children)


def kept(settings: RunSettings) -> list[str]:
    folder = settings.out / "earlier"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_fresh_run_that_does_not_come_to_begin_leaves_all_as_it_was(
    settings: RunSettings, parts: type[FakeSupervisor]
) -> None:
    before = left_by_an_earlier_run(settings)

    def fail(supervisor: FakeSupervisor) -> None:
        (settings.out / "commit.ring").write_bytes(b"a replayer was let in")
        (settings.out / "errors.log").touch()
        (settings.out / "capture.log").write_bytes(bytes(ONE_FILE_HEAD_BYTES))
        (settings.out / "rejected.log").write_bytes(b"of the run that fails")
        if supervisor.turns == 2:
            raise ChildFailed("replayer", 4, is_said=True)

    parts.on_turn = fail
    with pytest.raises(ChildFailed):
        play(replace(settings, fresh=True))

    assert before == files_in(settings.out)
    assert [] == kept(settings)


@pytest.mark.parametrize("is_fresh", [False, True])
def test_a_fresh_run_that_was_killed_before_it_began_has_removed_nothing(
    settings: RunSettings, parts: type[FakeSupervisor], is_fresh: bool
) -> None:
    before = left_by_an_earlier_run(settings)
    earlier_run(settings.out, OWN_FILES).set_aside()
    (settings.out / "commit.ring").write_bytes(b"a replayer was let in")
    (settings.out / "rejected.log").write_bytes(b"of the run that was killed")
    parts.on_turn = lambda _: (_ for _ in ()).throw(ChildFailed("replayer", 4, is_said=True))
    with pytest.raises(ChildFailed):
        play(replace(settings, fresh=is_fresh))

    after = files_in(settings.out)
    assert {**before, "run.json": b""} == {**after, "run.json": b""}


@pytest.mark.parametrize("name", ["mid_prices.log", "errors.log", "commands.json", "capture.log"])
def test_a_fresh_run_that_was_killed_once_it_had_begun_goes_on(
    settings: RunSettings, parts: type[FakeSupervisor], name: str
) -> None:
    left_by_an_earlier_run(settings)
    earlier_run(settings.out, OWN_FILES).set_aside()
    (settings.out / name).write_bytes(b"of the new run, which is killed")
    play(settings)

    assert b"of the new run, which is killed" == files_in(settings.out)[name]
    assert [] == kept(settings)


def test_a_finished_run_is_finished_still_if_a_fresh_one_was_killed_before_it_began(
    settings: RunSettings, parts: type[FakeSupervisor]
) -> None:
    play(settings)
    earlier_run(settings.out, OWN_FILES).set_aside()

    assert play(settings).was_complete


def test_a_fresh_run_of_not_one_line_is_one_all_the_same(
    settings: RunSettings, parts: type[FakeSupervisor]
) -> None:
    left_by_an_earlier_run(settings)
    play(replace(settings, fresh=True))

    assert {"run.json", "run.lock"} == set(files_in(settings.out))


def test_on_a_disk_without_room_a_fresh_run_makes_some_first(
    settings: RunSettings, parts: type[FakeSupervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    left_by_an_earlier_run(settings)
    monkeypatch.setattr("zreplay.supervision.run.has_room", lambda _: False)
    seen = []
    parts.on_turn = lambda _: seen.append(kept(settings))
    play(replace(settings, fresh=True))

    assert [] == seen[0]


def test_a_run_that_an_earlier_version_was_removing_is_removed(
    settings: RunSettings, parts: type[FakeSupervisor]
) -> None:
    left_by_an_earlier_run(settings)
    run_file = read_run_file(settings.out)
    assert run_file is not None
    run_file.is_clearing = True
    write_run_file(settings.out, run_file)
    outcome = play(settings)

    assert not outcome.was_complete
    assert [] == [name for name in LEFT if (settings.out / name).exists()]


def test_a_complete_run_whose_logs_are_not_as_it_left_them_is_not_called_complete(
    settings: RunSettings, parts: type[FakeSupervisor]
) -> None:
    play(settings)
    (settings.out / "mid_prices.log").write_text("a line")

    assert not play(settings).was_complete


def test_a_run_that_was_begun_with_another_rule_is_refused(
    settings: RunSettings, parts: type[FakeSupervisor]
) -> None:
    play(settings)
    with pytest.raises(ResultLogError, match="--stamp arrival"):
        play(replace(settings, worker_arguments=["--stamp", "arrival"]))


@pytest.mark.parametrize(
    "summary, code",
    [
        (COMPLETE, EXIT_DONE),
        ({**COMPLETE, "rejected": 2}, EXIT_ROWS_REJECTED),
        ({**COMPLETE, "complete": False}, EXIT_INTERRUPTED),
        (None, EXIT_INTERRUPTED),
    ],
)
def test_the_exit_code_says_how_it_ended(
    settings: RunSettings,
    parts: type[FakeSupervisor],
    summary: dict[str, Any] | None,
    code: int,
) -> None:
    parts.summary = summary
    outcome = play(settings)

    assert (code, str(settings.out)) == (outcome.exit_code, outcome.summary["out"])
    assert "session_quotes" not in outcome.summary
    assert 0 <= outcome.summary["quotes_per_second"]


def test_a_finished_run_is_not_run_again_unless_it_is_begun_anew(
    settings: RunSettings, parts: type[FakeSupervisor]
) -> None:
    first = play(settings)
    supervised = parts.latest
    again = play(settings)

    assert (EXIT_DONE, True, first.summary) == (again.exit_code, again.was_complete, again.summary)
    assert supervised is parts.latest
    assert not play(replace(settings, fresh=True)).was_complete
    assert supervised is not parts.latest


def test_a_finished_run_is_told_without_a_lock_or_a_byte_written(
    settings: RunSettings, parts: type[FakeSupervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    play(settings)
    before = {path: path.stat().st_mtime_ns for path in (settings.out, *settings.out.iterdir())}
    monkeypatch.delattr("zreplay.supervision.run.FolderLock")

    assert play(settings).was_complete
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_a_run_that_died_between_its_last_commit_and_its_summary_is_complete_as_well(
    settings: RunSettings, parts: type[FakeSupervisor]
) -> None:
    """The sink's ring knows it, and the replayer says so."""
    parts.summary = {**COMPLETE, "was_complete": True, "rejected": 2}
    outcome = play(settings)

    assert (EXIT_ROWS_REJECTED, True, 2) == (
        outcome.exit_code,
        outcome.was_complete,
        outcome.summary["rejected"],
    )
    assert play(settings).was_complete


def test_a_finished_run_with_rejected_rows_exits_as_it_did_however_often_it_is_called(
    settings: RunSettings, parts: type[FakeSupervisor]
) -> None:
    parts.summary = {**COMPLETE, "rejected": 2}
    outcomes = [play(settings) for _ in range(3)]

    assert [EXIT_ROWS_REJECTED] * 3 == [outcome.exit_code for outcome in outcomes]
    assert [False, True, True] == [outcome.was_complete for outcome in outcomes]


def from_stdin(settings: RunSettings) -> RunSettings:
    return replace(settings, replay=ReplaySettings(historical=(STANDARD_INPUT,)))


def test_a_finished_run_of_standard_input_is_never_taken_for_a_run_of_this_input(
    settings: RunSettings, parts: type[FakeSupervisor]
) -> None:
    settings = from_stdin(settings)
    play(settings)
    before = (settings.out / "run.json").read_bytes()
    with pytest.raises(ResultLogError, match=r"this input is the same(.|\n)*--fresh") as caught:
        play(settings)

    assert ("Z603", 6) == (caught.value.code, caught.value.exit_code)
    assert before == (settings.out / "run.json").read_bytes()
    assert EXIT_DONE == play(replace(settings, fresh=True)).exit_code


@pytest.mark.parametrize(("earlier", "restarts"), [(b"", 0), (b"12345", 1)])
def test_a_run_of_standard_input_whose_own_end_was_told_twice_is_complete(
    settings: RunSettings, parts: type[FakeSupervisor], earlier: bytes, restarts: int
) -> None:
    """Its replayer died behind the last commit and was started again."""
    parts.summary = {**COMPLETE, "was_complete": True}
    parts.on_turn = lambda supervisor: setattr(supervisor, "restarts", restarts)
    settings.out.mkdir()
    (settings.out / "mid_prices.log").write_bytes(earlier)

    assert play(from_stdin(settings)).was_complete


def test_a_run_of_standard_input_that_only_the_ring_knows_to_be_complete_is_refused_as_well(
    settings: RunSettings, parts: type[FakeSupervisor]
) -> None:
    parts.summary = {**COMPLETE, "was_complete": True}
    settings.out.mkdir()
    (settings.out / "mid_prices.log").write_bytes(b"12345")
    with pytest.raises(ResultLogError, match="this input is the same"):
        play(from_stdin(settings))


def test_a_replayer_that_does_not_end_when_asked_is_not_waited_for_for_ever(
    settings: RunSettings, parts: type[FakeSupervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zreplay.supervision.run.STOP_LIMIT_SECONDS", 0.0)
    parts.turns_to_live = 1_000_000_000
    parts.summary = None
    stop = StopSignal()
    stop.request()

    assert EXIT_INTERRUPTED == run(settings, stop).exit_code
    assert parts.latest.is_ended
    stop.close()


def test_an_unfinished_run_or_other_input_is_run(
    settings: RunSettings, parts: type[FakeSupervisor], tmp_path: Path
) -> None:
    parts.summary = {**COMPLETE, "complete": False}
    parts.on_turn = announce
    play(settings)
    parts.summary = COMPLETE
    assert read_run_file(settings.out) is not None
    assert not play(settings).was_complete
    other = write_recording(tmp_path / "other.csv", 31)

    assert not play(replace(settings, replay=ReplaySettings(historical=(other,)))).was_complete


def test_while_it_runs_its_control_address_stands_in_the_folder_and_then_its_summary(
    settings: RunSettings, parts: type[FakeSupervisor]
) -> None:
    seen: list[RunFile | None] = []

    def on_turn(supervisor: FakeSupervisor) -> None:
        seen.append(read_run_file(settings.out))

    parts.turns_to_live = 5
    parts.on_turn = on_turn
    outcome = play(settings)
    announced = seen[-1]

    assert None not in seen
    assert announced is not None
    assert (os.getpid(), None) == (announced.pid, announced.summary)
    assert announced.control == parts.latest.option("replayer", "--control")
    with pytest.raises(LinkError, match="is complete"):
        control_endpoint_of(settings.out)
    finished = read_run_file(settings.out)
    assert finished is not None
    assert outcome.summary == finished.summary


def test_a_file_that_cannot_be_read_is_said_before_anything_starts_or_is_written(
    settings: RunSettings, parts: type[FakeSupervisor], tmp_path: Path
) -> None:
    missing = ReplaySettings(historical=(tmp_path / "missing.csv",))
    with pytest.raises(InputError, match=r"missing\.csv: cannot be opened: No such file"):
        play(replace(settings, replay=missing))

    assert not hasattr(parts, "latest")
    assert not settings.out.exists()


def test_a_second_run_in_the_folder_is_refused_and_told_who_has_it(settings: RunSettings) -> None:
    lock = FolderLock(settings.out, "run.lock", "run", 0, fix="")
    with pytest.raises(ResultLogError, match=rf"another run \(pid {os.getpid()}\)(.|\n)*--out"):
        play(settings)
    lock.release()


def test_what_another_run_has_written_is_refused_by_name_and_nothing_is_touched(
    settings: RunSettings, parts: type[FakeSupervisor]
) -> None:
    play(settings)
    (settings.out / "mid_prices.log").write_bytes(b"12345")
    before = (settings.out / "run.json").read_bytes()
    del parts.latest
    other = replace(settings, replay=replace(settings.replay, reorder_ns=1))
    with pytest.raises(ResultLogError, match="options: --reorder was '5s', now '1e-09s'") as caught:
        play(other)

    assert "Z603" == caught.value.code
    assert not hasattr(parts, "latest")
    assert before == (settings.out / "run.json").read_bytes()
    assert EXIT_DONE == play(replace(other, fresh=True)).exit_code


def test_asked_to_stop_it_asks_the_replayer_alone_and_once(
    settings: RunSettings, parts: type[FakeSupervisor]
) -> None:
    stop = StopSignal()
    stop.request()
    parts.summary = {**COMPLETE, "complete": False}
    outcome = play(settings, stop)

    assert ["replayer"] == parts.latest.terminated
    assert EXIT_INTERRUPTED == outcome.exit_code
    stop.close()


def test_whatever_happens_children_lock_and_sockets_are_gone_afterwards(
    settings: RunSettings, parts: type[FakeSupervisor], tmp_path: Path
) -> None:
    def on_turn(supervisor: FakeSupervisor) -> None:
        raise ChildFailed("the sink cannot continue", 6, is_said=True)

    parts.on_turn = on_turn
    with pytest.raises(ChildFailed):
        play(settings)

    assert parts.latest.is_ended
    assert [] == list(tmp_path.glob("zreplay-*"))
    FolderLock(settings.out, "run.lock", "run", 0, fix="").release()


def test_what_a_killed_run_left_of_its_sockets_is_removed(
    settings: RunSettings, tmp_path: Path
) -> None:
    left = tmp_path / "zreplay-left"
    left.mkdir()
    settings.out.mkdir()
    write_run_file(settings.out, RunFile("", 1, "", "", "", f"ipc://{left}/control"))
    play(settings)

    assert not left.exists()


def test_progress_is_what_stands_in_both_logs(
    settings: RunSettings, parts: type[FakeSupervisor]
) -> None:
    play(settings)
    assert 0 == parts.latest.progress()
    (settings.out / "mid_prices.log").write_bytes(b"12345")
    (settings.out / "errors.log").write_bytes(b"123")

    assert 8 == parts.latest.progress()


def test_the_view_and_the_script_ask_until_the_run_is_over(
    settings: RunSettings, parts: type[FakeSupervisor]
) -> None:
    FakeClient.answers = [LinkError("not yet"), {"ok": True, "state": "RUNNING"}]
    shown: list[Answer | None] = []
    commanded: list[Answer | None] = []
    after: list[Answer | None] = []

    def view(ask: Ask, over: threading.Event) -> None:
        shown.extend([ask("status", ""), ask("status", "")])
        while not over.is_set():
            pass
        after.append(ask("status", ""))

    def script(ask: Ask, over: threading.Event) -> None:
        commanded.extend([ask("mode", "live"), ask("mode", "historical")])

    parts.turns_to_live = 10**9

    def on_turn(supervisor: FakeSupervisor) -> None:
        if len(shown) == 2 == len(commanded):
            parts.turns_to_live = 0

    parts.on_turn = on_turn
    play(settings, view=view, script=script)

    assert [None, {"ok": True, "state": "RUNNING"}] == shown == commanded
    assert [None] == after


def test_a_run_that_was_stopped_says_at_which_record(
    settings: RunSettings, parts: type[FakeSupervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "summary", {**COMPLETE, "complete": False, "quotes": 1234})
    play(settings)

    with pytest.raises(LinkError, match="stopped before its end, at record 1,234: nothing"):
        control_endpoint_of(settings.out)


@pytest.fixture
def live(settings: RunSettings) -> RunSettings:
    return replace(settings, replay=ReplaySettings(live=("ws://127.0.0.1:9",)))


ENDED = {**COMPLETE, "complete": False, "in_flight": 0}


def test_live_feeds_that_were_stopped_leave_their_summary_and_the_same_command_goes_on(
    live: RunSettings, parts: type[FakeSupervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "summary", ENDED)
    outcome = play(live)
    left = read_run_file(live.out)
    seen: list[RunFile | None] = []
    monkeypatch.setattr(parts, "on_turn", lambda _: seen.append(read_run_file(live.out)))
    again = play(live)

    assert (EXIT_DONE, True) == (outcome.exit_code, outcome.summary["ended"])
    assert left is not None
    assert (outcome.summary, None, 30) == (left.summary, left.final_summary, left.stopped_at)
    assert not again.was_complete
    assert [None] * 3 == [None if one is None else one.summary for one in seen]
    with pytest.raises(LinkError, match="was stopped, at record 30: nothing") as caught:
        control_endpoint_of(live.out)
    assert "the same zreplay run command goes on there" in caught.value.fix


def test_live_feeds_that_could_not_be_drained_leave_none(
    live: RunSettings, parts: type[FakeSupervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "summary", {**ENDED, "in_flight": 1})
    outcome = play(live)
    left = read_run_file(live.out)

    assert left is not None
    assert (EXIT_INTERRUPTED, None) == (outcome.exit_code, left.summary)


def test_what_a_run_without_a_quote_left_is_in_nobodys_way(
    settings: RunSettings, parts: type[FakeSupervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "summary", {**COMPLETE, "quotes": 0})
    play(settings)
    (settings.out / "commit.ring").write_bytes(b"of the run without a quote")
    seen: list[bool] = []
    monkeypatch.setattr(
        parts, "on_turn", lambda _: seen.append((settings.out / "commit.ring").exists())
    )
    play(replace(settings, replay=replace(settings.replay, reorder_ns=1)))

    assert not any(seen)
