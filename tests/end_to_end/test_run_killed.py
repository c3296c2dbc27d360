"""`zreplay run` restarts what dies, resumes after its own death, and leaves no process behind."""

import os
import signal
import subprocess
from pathlib import Path

import msgspec
import pytest

from tests.end_to_end.processes import ROOT, finish, logs, start, until
from tests.reference import reference_logs
from zreplay.replayer.state import OWN_FILES
from zreplay.supervision.run_folder import read_run_file

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"
PROC = Path("/proc")
needs_proc = pytest.mark.skipif(not PROC.exists(), reason="looks for processes in /proc")


def processes_of(out: Path) -> dict[int, str]:
    """Return the command lines of the processes whose run has this folder, by pid."""
    found = {}
    for folder in PROC.iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            command = (
                (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            )
            parent = (folder / "environ").read_bytes()
        except OSError:
            continue
        if f"RUN_UNDER_TEST={out}".encode() in parent.split(b"\0"):
            found[int(folder.name)] = command
    return found


def committed_bytes(out: Path) -> int:
    names = ("mid_prices.log", "errors.log")
    return sum((out / name).stat().st_size for name in names if (out / name).exists())


@needs_proc
def test_a_run_that_was_killed_goes_on_when_the_same_command_is_given_again(
    tmp_path: Path,
) -> None:
    out = tmp_path / "out"
    arguments = ("run", SAMPLE, "--out", out, "--speed")
    for least in (1, 200_000, 500_000):
        run = start("zreplay", *arguments, "2", RUN_UNDER_TEST=str(out))
        until(lambda least=least: committed_bytes(out) > least, "commits")
        run.kill()
        run.communicate()
    done = finish("zreplay", *arguments, "max", "--json", RUN_UNDER_TEST=str(out))

    assert 0 == done.returncode, done.stderr
    assert msgspec.json.decode(done.stdout)["complete"]
    assert reference_logs([SAMPLE])[:2] == logs(out)
    until(lambda: processes_of(out) == {}, "every process of the run to end")


@needs_proc
@pytest.mark.parametrize("is_committed", [True, False])
def test_a_run_without_its_state_goes_on_only_if_all_its_commands_are_committed(
    tmp_path: Path, *, is_committed: bool
) -> None:
    out = tmp_path / "out"
    arguments = ("run", SAMPLE, "--speed", "0.5", "--out", out)
    run = start("zreplay", *arguments, RUN_UNDER_TEST=str(out))
    until(lambda: committed_bytes(out) > 100_000, "commits")
    for verb in (("pause",), ("seek", "start"), ("status",)):  # that is asked behind a PING
        done = finish("zreplay", "ctl", *verb, "--out", out)
        assert 0 == done.returncode, done.stderr
    if is_committed:
        before = committed_bytes(out)
        assert 0 == finish("zreplay", "ctl", "resume", "--out", out).returncode
        until(lambda: committed_bytes(out) > before + 100_000, "commits behind the seek")
    run.kill()
    run.communicate()
    until(lambda: processes_of(out) == {}, "every process of the run to end")
    for name in OWN_FILES:
        (out / name).unlink(missing_ok=True)
    arguments = ("run", SAMPLE, "--speed", "max", "--out", out)
    again = finish("zreplay", *arguments, "--json", RUN_UNDER_TEST=str(out))

    if not is_committed:
        assert (6, True) == (again.returncode, "Z609" in again.stderr), again.stderr
        return
    assert 0 == again.returncode, again.stderr
    for found, whole in zip(logs(out), reference_logs([SAMPLE])[:2], strict=True):
        assert found.endswith(whole)
        assert whole.startswith(found[: -len(whole)])
    assert len(logs(out)[0]) > len(reference_logs([SAMPLE])[0])


def stopped_child(out: Path, role: str) -> int:
    """Stop a child of the run; return its pid."""
    (pid, *_) = [pid for pid, command in processes_of(out).items() if role in command]
    os.kill(pid, signal.SIGSTOP)
    return pid


@needs_proc
@pytest.mark.parametrize("role", [" sink ", " worker ", " serve "])
def test_a_run_goes_on_though_a_child_of_the_one_that_was_killed_was_stopped(
    tmp_path: Path, role: str
) -> None:
    out = tmp_path / "out"
    arguments = ("run", SAMPLE, "--out", out, "--speed")
    run = start("zreplay", *arguments, "0.5", RUN_UNDER_TEST=str(out))
    until(lambda: committed_bytes(out) > 1, "commits")
    stopped_child(out, role)
    run.kill()
    run.communicate()
    done = finish("zreplay", *arguments, "max", RUN_UNDER_TEST=str(out))

    assert 0 == done.returncode, done.stderr
    assert reference_logs([SAMPLE])[:2] == logs(out)
    until(lambda: processes_of(out) == {}, "every process of the run to end")


@needs_proc
@pytest.mark.parametrize("role", [" sink ", " serve "])
def test_a_second_interrupt_leaves_no_stopped_child_behind(tmp_path: Path, role: str) -> None:
    out = tmp_path / "out"
    arguments = ("run", SAMPLE, "--out", out, "--speed")
    run = start("zreplay", *arguments, "0.5", RUN_UNDER_TEST=str(out))
    until(lambda: committed_bytes(out) > 1, "commits")
    stopped_child(out, role)
    run.send_signal(signal.SIGINT)
    until(lambda: was_interrupted(run.pid), "the first interrupt to be taken")
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=60)

    assert 130 == run.returncode
    until(lambda: processes_of(out) == {}, "every process of the run to end")
    assert 0 == finish("zreplay", *arguments, "max").returncode
    assert reference_logs([SAMPLE])[:2] == logs(out)


def was_interrupted(pid: int) -> bool:
    """Return whether no SIGINT waits for this process any more."""
    status = (PROC / str(pid) / "status").read_text().splitlines()
    pending = [int(line.split()[1], 16) for line in status if line.startswith(("SigPnd", "ShdPnd"))]
    return not any(mask & 1 << (signal.SIGINT - 1) for mask in pending)


def test_a_finished_run_whose_summary_was_not_written_any_more_is_complete(tmp_path: Path) -> None:
    """Killed between the last commit and run.json: the ring knows that it is finished."""
    out = tmp_path / "out"
    arguments = ("run", SAMPLE, "--speed", "max", "--out", out)
    assert 0 == finish("zreplay", *arguments).returncode
    run_json = msgspec.json.decode((out / "run.json").read_bytes())
    (out / "run.json").write_bytes(msgspec.json.encode({**run_json, "summary": None}))
    again = finish("zreplay", *arguments)

    assert (0, True) == (again.returncode, "already complete" in again.stdout)
    assert reference_logs([SAMPLE])[:2] == logs(out)


@needs_proc
@pytest.mark.parametrize(
    ("sent", "roles"),
    [
        (signal.SIGKILL, (" sink ", " worker ", " serve ")),
        (signal.SIGTERM, (" sink ", " worker ")),  # it asks a replayer to end the run
    ],
)
def test_a_run_starts_every_child_that_dies_again(
    tmp_path: Path, sent: int, roles: tuple[str, ...]
) -> None:
    out = tmp_path / "out"
    run = start("zreplay", "run", SAMPLE, "--speed", "0.5", "--out", out, RUN_UNDER_TEST=str(out))
    for least, role in zip((1, 200_000, 400_000), roles, strict=False):
        until(lambda least=least: committed_bytes(out) > least, "commits")
        victims = [pid for pid, command in processes_of(out).items() if role in command]
        os.kill(victims[0], sent)
    until(lambda: not finish("zreplay", "ctl", "speed", "max", "--out", out).returncode, "an OK")
    run.communicate(timeout=60)

    assert 0 == run.returncode
    assert reference_logs([SAMPLE])[:2] == logs(out)
    until(lambda: processes_of(out) == {}, "every process of the run to end")


@needs_proc
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGHUP])
def test_an_interrupted_run_drains_ends_with_130_and_goes_on_later(
    tmp_path: Path, sent: int
) -> None:
    out = tmp_path / "out"
    arguments = ("run", SAMPLE, "--out", out, "--speed")
    run = start("zreplay", *arguments, "0.5", stderr=subprocess.PIPE, RUN_UNDER_TEST=str(out))
    until(lambda: committed_bytes(out) > 1, "commits")
    links = Path(str(read_run_file(out).control).removeprefix("ipc://")).parent
    assert links.is_dir()
    run.send_signal(sent)
    said, warned = run.communicate(timeout=60)

    assert 130 == run.returncode
    assert "a second Ctrl-C ends at once" in warned
    assert "the same command resumes from here" in said
    assert not links.exists()
    until(lambda: processes_of(out) == {}, "every process of the run to end")
    assert 0 == finish("zreplay", *arguments, "max").returncode
    assert reference_logs([SAMPLE])[:2] == logs(out)
