"""Impossible input is refused with what, where and what to do, an exit code and no traceback."""

import socket
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.processes import ROOT, command, environment, finish, parts, until

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"


def refused(code: int, *words: str, of: tuple[object, ...]) -> None:
    done = finish(str(of[0]), *of[1:])
    assert code == done.returncode, done.stderr
    assert "Traceback" not in done.stderr
    assert [word for word in words if word not in done.stderr] == []


@pytest.mark.parametrize("verb", ["run", "serve"])
def test_a_missing_file(tmp_path: Path, verb: str) -> None:
    place = ("--out", tmp_path / "o") if verb == "run" else ("--state", tmp_path / "o")
    refused(4, "nowhere.csv", "fix:", of=("zreplay", verb, tmp_path / "nowhere.csv", *place))


def test_a_directory(tmp_path: Path) -> None:
    refused(4, str(tmp_path), "directory", of=("zreplay", "run", tmp_path, "--out", tmp_path / "o"))


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.touch()
    refused(4, "empty.csv", "fix:", of=("zreplay", "run", path, "--out", tmp_path / "o"))


def test_a_header_without_a_needed_column(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("index,timestamp,ticker,ask_price,ask_amount,bid_amount,latency\n")
    refused(4, "x.csv", "bid_price", of=("zreplay", "run", path, "--out", tmp_path / "o"))


def left_in(folder: Path) -> dict[str, bytes]:
    """Return what of a run lies in a folder, which its next start may not touch."""
    locks = ("run.lock", "sink.lock", "replayer.lock")
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name not in locks}


@pytest.mark.parametrize(
    "text", ["", "no,such,columns\n", "timestamp,ticker\n2025-01-01 00:00:00,A\n"]
)
@pytest.mark.parametrize("is_piped", [False, True])
def test_what_cannot_be_read_removes_no_earlier_result_though_fresh(
    tmp_path: Path, text: str, is_piped: bool
) -> None:
    out, path = tmp_path / "o", tmp_path / "x.csv"
    assert 0 == finish("zreplay", "run", SAMPLE, "--speed", "max", "--out", out).returncode
    before = left_in(out)
    path.write_text(text)
    done = subprocess.run(
        command("zreplay", "run", "-" if is_piped else path, "--fresh", "--out", out),
        input=text,
        text=True,
        capture_output=True,
        env=environment(),
        timeout=60,
    )

    assert 4 == done.returncode, done.stderr
    assert before == left_in(out)


def test_a_replayer_that_the_sink_refuses_keeps_its_capture_though_fresh(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text(SAMPLE.read_text().replace("1.0", "1.5"))
    with parts(tmp_path) as these:
        serve = these.serve(SAMPLE, "--speed", "max", "--exit-when-done")
        these.worker()
        these.sink()
        assert 0 == serve.wait(60)
        capture = these.state / "capture"
        capture.write_bytes(b"the only copy")
        before = left_in(these.state)
        assert 6 == these.serve(other, "--fresh").wait(60)

        assert before == left_in(these.state)
        again = these.serve(SAMPLE, "--fresh")
        until(lambda: again.poll() is not None, "the end of a run that is finished")
        assert before == left_in(these.state)


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        control = f"ipc://{tmp_path}/c"
        tmp_path.chmod(0o700)
        arguments = ("--bind", address, "--control", control, "--state", tmp_path / "s")
        refused(3, address, "fix:", of=("zreplay", "serve", SAMPLE, *arguments))
        refused(3, address, "fix:", of=("zmid", "sink", "--bind", address, "--out", tmp_path / "o"))
        port = taken.getsockname()[1]
        refused(3, str(port), "fix:", of=("zreplay", "feed", SAMPLE, "--port", port))


def test_a_control_address_where_nobody_answers(tmp_path: Path) -> None:
    address = f"ipc://{tmp_path}/nobody"
    refused(
        3,
        address,
        "fix:",
        of=("zreplay", "ctl", "--timeout", "0.3", "--control", address, "status"),
    )


def test_an_address_that_others_can_reach_is_refused_without_insecure(tmp_path: Path) -> None:
    arguments = ("--bind", "tcp://0.0.0.0:0", "--state", tmp_path)
    refused(2, "0.0.0.0", "--insecure", of=("zreplay", "serve", SAMPLE, *arguments))


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("run", SAMPLE, "--speed", "-1"), "speed"),
        (("run", SAMPLE, "--workers", "0"), "workers"),
        (("run",), "nothing to replay"),
        (("run", SAMPLE, "--live", "http://x"), "ws://"),
        (("serve", SAMPLE, "--mode", "live"), "live"),
        (("run", SAMPLE, "--nonsense"), "nonsense"),
    ],
)
def test_a_wrong_usage(tmp_path: Path, arguments: tuple[object, ...], word: str) -> None:
    place = ("--out", tmp_path) if arguments[0] == "run" else ()
    refused(2, word, of=("zreplay", *arguments, *place))
