"""Accepted commands survive any death; a run's name is its input and nothing else."""

import errno
import json
import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from msgspec.structs import replace

from protocol.errors import InputError, NoRoom, ResultLogError
from tests.format_examples import EXAMPLES
from tests.object_server import stored_objects
from zreplay.delivery.command import Command, SetMode
from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.selection import Selection
from zreplay.live.segment_head import HEAD_BYTES, name_of
from zreplay.recordings import recording_layout
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.formats.time_form import TimeForm
from zreplay.recordings.lobster_bytes import files_beside
from zreplay.recordings.object_path import ObjectPath
from zreplay.replayer.state import OWN_FILES, ReplayerState, run_identity
from zreplay.settings import ReplaySettings

RUN, OTHER_RUN = b"r" * 16, b"o" * 16
COMMANDS = [SetMode("live", 120), SetMode("historical", None)]


class Killed(BaseException):
    """The process is dead; only what is on the disk remains."""


def killed(*_: object) -> None:
    raise Killed


def open_state(folder: Path, *, fresh: bool = False) -> ReplayerState:
    return ReplayerState(folder, fresh=fresh, lock_wait_ns=0)


def commands_after_restart(folder: Path, run: bytes = RUN) -> list[Command]:
    state = open_state(folder)
    commands = state.read_commands(run)
    state.close()
    return commands


def test_commands_come_back_with_their_places_after_a_restart(tmp_path: Path) -> None:
    state = open_state(tmp_path)
    state.write_commands(RUN, COMMANDS)
    state.close()

    assert COMMANDS == commands_after_restart(tmp_path)


def test_commands_of_another_run_are_void(tmp_path: Path) -> None:
    state = open_state(tmp_path)
    state.write_commands(OTHER_RUN, COMMANDS)
    state.close()

    assert [] == commands_after_restart(tmp_path)


@pytest.mark.parametrize(
    "point, expected",
    [
        ("os.fsync", COMMANDS[:1]),
        ("zreplay.replayer.state.reach", COMMANDS[:1]),
        ("pathlib.Path.replace", COMMANDS[:1]),
    ],
)
def test_killed_while_writing_the_commands_before_are_there_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str, expected: list[Command]
) -> None:
    state = open_state(tmp_path)
    state.write_commands(RUN, COMMANDS[:1])
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(point, killed)
        state.write_commands(RUN, COMMANDS)
    state.close()

    assert expected == commands_after_restart(tmp_path)


def test_what_is_renamed_into_place_was_synced_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    sync, rename = os.fsync, Path.replace

    def noted_sync(fd: int) -> None:
        steps.append("sync")
        sync(fd)

    def noted_rename(old: Path, new: Path) -> Path:
        steps.append("rename")
        return rename(old, new)

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(Path, "replace", noted_rename)
    state = open_state(tmp_path)
    state.write_commands(RUN, COMMANDS)
    state.close()

    assert ["sync", "rename", "sync"] == steps  # the file, its new name, the folder with it


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_from_a_broken_one_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def failing(number: int) -> Callable[[int], None]:
        def fail(fd: int) -> None:
            raise OSError(number, os.strerror(number))

        return fail

    state = open_state(tmp_path)
    state.write_commands(RUN, COMMANDS[:1])
    with monkeypatch.context() as patch, pytest.raises(NoRoom, match=r"cannot write .*commands"):
        patch.setattr(os, "fsync", failing(number))
        state.write_commands(RUN, COMMANDS)
    for other, fix in ((errno.EIO, "permissions"), (errno.EFBIG, "ulimit -f")):
        with monkeypatch.context() as patch, pytest.raises(ResultLogError) as broken:
            patch.setattr(os, "fsync", failing(other))
            state.write_commands(RUN, COMMANDS)
        assert (False, True) == (isinstance(broken.value, NoRoom), fix in broken.value.fix)
    state.close()

    assert COMMANDS[:1] == commands_after_restart(tmp_path)
    assert not (tmp_path / "commands.tmp").exists()


def test_a_torn_temporary_file_is_ignored(tmp_path: Path) -> None:
    state = open_state(tmp_path)
    state.write_commands(RUN, COMMANDS)
    (tmp_path / "commands.tmp").write_bytes(b'{"run": "72')
    state.close()

    assert COMMANDS == commands_after_restart(tmp_path)


def journal(verb: str, value: str, record: object = 3) -> bytes:
    command = {"verb": verb, "value": value, "record": record}
    return json.dumps({"run": RUN.hex(), "commands": [command]}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff",
        b'{"run": 3, "commands": []}',
        b'{"x":' + b"[" * 5000,
        journal("seek", "9" * 5000),
        journal("seek", str(2**63)),
        journal("seek", "٣"),
        journal("seek", "soon"),
        journal("mode", "fast"),
        journal("loop", "3"),
        journal("stop", "start"),
        journal("mode", "live", 2**63),
        journal("mode", "live", -1),
    ],
)
def test_a_damaged_journal_is_one_clear_error_and_no_loss_in_silence(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "commands.json").write_bytes(content)

    with pytest.raises(ResultLogError, match=r"commands\.json is damaged(.|\n)*fix: remove it"):
        commands_after_restart(tmp_path)


def test_a_full_disk_is_an_error_and_the_commands_before_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    state = open_state(tmp_path)
    state.write_commands(RUN, COMMANDS[:1])
    with monkeypatch.context() as patch, pytest.raises(ResultLogError, match="No space left"):
        patch.setattr(os, "fsync", fail)
        state.write_commands(RUN, COMMANDS)
    state.close()

    assert COMMANDS[:1] == commands_after_restart(tmp_path)


def test_a_second_replayer_on_the_folder_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    state = open_state(tmp_path)
    with pytest.raises(ResultLogError, match=rf"\(pid {os.getpid()}\)(.|\n)*--state DIR"):
        open_state(tmp_path, fresh=True)
    state.close()


def test_a_refused_replayer_has_removed_nothing(tmp_path: Path) -> None:
    state = open_state(tmp_path)
    state.write_commands(RUN, COMMANDS)
    with pytest.raises(ResultLogError):
        open_state(tmp_path, fresh=True)

    assert COMMANDS == state.read_commands(RUN)
    state.close()


OTHERS = ("mid_prices.log", "errors.log", "commit.ring", "notes.txt")


def test_fresh_removes_what_is_the_replayers_and_nothing_else_once_the_run_has_begun(
    tmp_path: Path,
) -> None:
    for name in (*OWN_FILES, *OTHERS):
        (tmp_path / name).write_bytes(b"x")
    state = open_state(tmp_path, fresh=True)
    state.write_commands(RUN, COMMANDS)
    state.begin()
    state.close()

    there = {*OTHERS, "replayer.lock", "commands.json"}
    assert there == {path.name for path in tmp_path.iterdir()}
    assert COMMANDS == commands_after_restart(tmp_path)


def test_what_fresh_set_aside_is_back_if_the_run_has_not_begun(tmp_path: Path) -> None:
    for name in (*OWN_FILES, *OTHERS):
        (tmp_path / name).write_bytes(b"x")
    state = open_state(tmp_path, fresh=True)
    state.paths.rejected.write_bytes(b"a row")
    state.paths.capture.mkdir()
    (state.paths.capture / name_of(0)).write_bytes(bytes(HEAD_BYTES))
    state.close()

    there = {*OWN_FILES, *OTHERS, "replayer.lock"}
    assert there == {path.name for path in tmp_path.iterdir()}
    assert {b"x"} == {(tmp_path / name).read_bytes() for name in OWN_FILES}


def test_a_command_that_was_accepted_meanwhile_stays_and_so_does_what_was_set_aside(
    tmp_path: Path,
) -> None:
    (tmp_path / "commands.json").write_bytes(b"earlier")
    state = open_state(tmp_path, fresh=True)
    state.write_commands(RUN, COMMANDS)
    state.close()

    assert COMMANDS == commands_after_restart(tmp_path)
    assert b"earlier" == (state.earlier.path / "commands.json").read_bytes()


def test_what_was_captured_meanwhile_stays_and_so_does_what_was_set_aside(tmp_path: Path) -> None:
    (tmp_path / "capture.log").write_bytes(b"earlier")
    state = open_state(tmp_path, fresh=True)
    state.paths.capture.mkdir()
    segment = state.paths.capture / name_of(0)
    segment.write_bytes(bytes(HEAD_BYTES + 1))
    state.close()

    assert HEAD_BYTES + 1 == segment.stat().st_size
    assert b"earlier" == (state.earlier.path / "capture.log").read_bytes()


def test_a_restart_after_a_kill_goes_on_with_what_is_there_and_still_removes_nothing(
    tmp_path: Path,
) -> None:
    (tmp_path / "capture.log").write_bytes(b"earlier")
    killed = open_state(tmp_path, fresh=True)
    killed.write_commands(RUN, COMMANDS)
    killed._lock.release()
    state = open_state(tmp_path)

    assert COMMANDS == state.read_commands(RUN)
    assert state.earlier.is_kept
    state.begin()
    state.close()
    assert not state.earlier.is_kept


# --- run_identity --------------------------------------------------------------------------


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "a.csv"
    path.write_bytes(b"begin" + bytes(200_000) + b"end")
    return path


def identity(*paths: Path, **more: object) -> bytes:
    return run_identity(ReplaySettings(historical=paths, **more), None)  # type: ignore[arg-type]


def test_a_run_keeps_its_name_whatever_does_not_decide_the_output(
    tmp_path: Path, recording: Path
) -> None:
    moved = tmp_path / "elsewhere.csv"
    moved.write_bytes(recording.read_bytes())
    settings = ReplaySettings(historical=(recording,))
    indifferent = replace(
        settings,
        historical=(moved,),
        mode="historical",
        rate=Fraction(7),
        bind="tcp://127.0.0.1:1",
        control="tcp://127.0.0.1:2",
        sync="tcp://127.0.0.1:3",
        hwm=9,
        window_quotes=9,
        window_bytes=9,
        batch_quotes=9,
        state=tmp_path / "other",
        max_buffer_rows=9,
        acks="none",
        exit_when_done=True,
        insecure=True,
    )

    assert run_identity(settings, None) == run_identity(indifferent, None)
    assert 16 == len(run_identity(settings, None))


def test_a_run_of_many_files_is_named_by_shorter_ends_and_by_what_they_are_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zreplay.replayer.state._MANY_FILES", 1)
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for path in paths:
        path.write_bytes(bytes(40_000))
    names = [identity(*paths), identity(*paths)]
    for offset in (20_000, 4_095, 39_999):  # the first is in neither end
        changed = bytearray(paths[1].read_bytes())
        changed[offset] = 1
        paths[1].unlink()
        paths[1].write_bytes(changed)
        os.utime(paths[1], ns=(offset, offset))
        names.append(identity(*paths))

    assert names[0] == names[1] == names[2]
    assert 3 == len({*names})


def test_whatever_decides_the_output_makes_it_another_run(tmp_path: Path, recording: Path) -> None:
    content = recording.read_bytes()
    changed = {
        "longer": content[:100_000] + b"\0" + content[100_000:],
        "begins otherwise": b"x" + content[1:],
        "ends otherwise": content[:-1] + b"x",
    }
    paths = [tmp_path / name for name in changed]
    for path, other in zip(paths, changed.values(), strict=True):
        path.write_bytes(other)

    names = [
        identity(recording),
        *(identity(path) for path in paths),
        identity(recording, paths[0]),
        identity(paths[0], recording),
        identity(recording, reorder_ns=1),
        identity(recording, late="reject"),
        *(identity(recording, loop=loop) for loop in (None, 2, 3)),
        identity(recording, max_jump_ns=0),
        identity(recording, columns=FormatOptions({"ticker": "symbol"})),
        identity(recording, columns=FormatOptions({"ticker": "name"})),
        identity(recording, selection=Selection(limit=1)),
        identity(recording, selection=Selection(("A",))),
        identity(recording, selection=Selection(exclude=("A",))),
        identity(recording, latency=LatencyModel("shift", 1.0)),
        identity(recording, latency=LatencyModel("scale", 1.0)),
        identity(Path("-")),
        identity(recording, live=("ws://a",)),
        identity(recording, live=("ws://b",)),
        identity(recording, live=("ws://a", "ws://b")),
    ]

    assert len(names) == len(set(names))


def test_what_a_file_was_taken_for_makes_it_another_run(tmp_path: Path) -> None:
    rows = (
        b"update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,"
        b"transaction_time,event_time\n600859600576,7.6,2,7.7,297,1626992741012,1626992741017\n"
    )
    paths = [tmp_path / f"{ticker}-bookTicker-2021-07-22.csv" for ticker in ("A", "B")]
    for path in paths:
        path.write_bytes(rows)
    mine = tmp_path / "mine.toml"
    columns = '[columns]\ntimestamp="event_time"\nbid_price="best_bid_price"\n'
    mine.write_text(columns + 'ask_price="best_ask_price"\n')
    said = FormatOptions(format=str(mine), ticker="A")

    names = [
        *map(identity, paths),
        identity(paths[0], columns=FormatOptions(latency="none")),
        identity(paths[0], columns=FormatOptions(time_unit="ms")),
        identity(paths[0], columns=said),
    ]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", [name for name in EXAMPLES if EXAMPLES[name].layout.identity])
def test_a_file_of_any_format_that_is_taken_for_something_else_makes_it_another_run(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A resume recognises it again: with another definition or unit it is refused, not read on."""
    example = EXAMPLES[name]
    path = tmp_path / Path(example.name).name.removesuffix(".gz")
    path.write_text("".join(f"{line}\n" for line in (example.header, example.line) if line))
    for beside in files_beside(path):
        beside.write_text("")
    taken, names = example.layout, []
    monkeypatch.setattr(
        "zreplay.replayer.state.note_head", lambda *_: None
    )  # it would know the right one
    unit = "us" if taken.times.unit == "ms" else "ms"
    others = [
        replace(taken, format="another"),
        replace(taken, digest="0" * 64),
        replace(taken, times=TimeForm("", unit)),
        replace(taken, times=replace(taken.times, template="MM/DD/YYYY hh:mm:ss")),
        replace(taken, ticker="another"),
        replace(taken, places={**taken.places, "latency": 0}),
    ]
    if taken.times.template:  # else no clock is meant
        others.append(replace(taken, times=replace(taken.times, zone="Asia/Tokyo")))
    for layout in (taken, *others):
        monkeypatch.setattr(recording_layout, "layout_of", lambda *_, told=layout: told)
        recording_layout.IDENTITIES.clear()
        names.append(identity(path, columns=example.options))
    recording_layout.IDENTITIES.clear()

    assert len(names) == len(set(names))


def test_the_name_of_a_plain_run_stays_what_it_was_so_that_an_upgrade_goes_on(
    recording: Path,
) -> None:
    assert "0cf171ebf08d2bc626660ec76b0360e4" == identity(recording).hex()


def test_the_name_of_a_live_run_stays_what_it_was_too(tmp_path: Path) -> None:
    (tmp_path / "live_run_id").write_text("ab" * 16)
    state = open_state(tmp_path)
    name = run_identity(ReplaySettings(live=("ws://x",)), state)
    state.close()

    assert "ddfa9ace4641ecdc43e86059ea7c2ee6" == name.hex()


@pytest.mark.parametrize(
    "settings", [ReplaySettings(live=("ws://x",)), ReplaySettings(historical=(Path("-"),))]
)
def test_a_run_of_which_nothing_is_known_before_keeps_a_random_name_in_its_folder(
    tmp_path: Path, settings: ReplaySettings
) -> None:
    names = []
    for folder in ("one", "one", "two"):
        state = open_state(tmp_path / folder)
        names.append(run_identity(settings, state))
        state.close()
    begun_anew = open_state(tmp_path / "one", fresh=True)

    assert names[0] == names[1]
    assert 3 == len({*names, run_identity(settings, begun_anew)})
    begun_anew.close()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"missing\.csv: cannot be opened: No such file"):
        identity(tmp_path / "missing.csv")
    with pytest.raises(InputError, match="is a directory"):
        identity(tmp_path)


def test_a_named_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(InputError, match="not a regular file"):
        identity(tmp_path / "pipe")


def test_a_run_of_objects_is_named_by_their_sizes_and_etags(recording: Path) -> None:
    with stored_objects() as store:
        data = recording.read_bytes()
        store.objects = {"a": data, "b": data, "c": data + data.splitlines(keepends=True)[-1]}
        paths = {key: ObjectPath(f"s3://bucket/{key}") for key in "abcd"}
        names = [run_identity(ReplaySettings(historical=(paths[key],)), None) for key in "abc"]

        assert (2, names[0]) == (len(set(names)), names[1])
        with pytest.raises(InputError, match="there is no such object"):
            run_identity(ReplaySettings(historical=(paths["d"],)), None)
