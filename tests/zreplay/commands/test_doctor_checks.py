"""What the doctor finds of this host, of a key, and of who listens."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import zmq

from protocol import sockets
from protocol.program.key_folder import add_key, new_folder, revoke_key
from protocol.program.key_options import listening_guard
from protocol.program_version import PROGRAM_VERSION
from protocol.refusals import context_of
from tests.zreplay.answers import make_sink, make_status, make_worker
from zreplay.commands import doctor_checks
from zreplay.commands.doctor_checks import Check, checks_of

ANYWHERE = "tcp://127.0.0.1:*"
TIMEOUT_MS = 10_000


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    new_folder(tmp_path / "keys")
    for role in ("worker", "read", "consumer"):
        add_key(tmp_path / "keys", role, role)
    return tmp_path / "keys"


def named(found: list[Check]) -> dict[str, Check]:
    return {check.name: check for check in found}


def look(
    key: Path | str = "", out: Path = Path(), timeout_ms: int = TIMEOUT_MS, **asked: str
) -> dict[str, Check]:
    return named(checks_of(asked, str(key), "", out, timeout_ms))


def test_of_this_host_all_is_said_without_an_address(tmp_path: Path) -> None:
    found = look(out=tmp_path / "not" / "there")

    assert ["versions", "C parts", "files", "disk", "key"] == [*found]
    assert f"are free at {tmp_path}" in found["disk"].what


@pytest.mark.parametrize(("free", "state"), [(0, "fails"), (1 << 20, "warning"), (1 << 40, "ok")])
def test_a_full_disk_fails_and_a_small_one_is_warned_of(
    tmp_path: Path, free: int, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))

    assert state == look(out=tmp_path)["disk"].state


def test_few_files_and_missing_parts_are_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_checks, "open_limit", lambda: 100)
    monkeypatch.setattr(doctor_checks, "lack_of", lambda *_: {"parts": "all"})
    found = look()

    assert ["warning", "warning"] == [found[name].state for name in ("files", "C parts")]
    assert found["C parts"].fix


def test_a_key_is_told_with_its_rights_and_whether_it_is_let_in(keys: Path) -> None:
    fine = look(keys / "worker.key")
    revoked = (keys / "worker.key").read_text()
    revoke_key(keys, "worker")
    (keys / "worker.key").touch(0o600)
    (keys / "worker.key").write_text(revoked)
    now = look(keys / "worker.key")

    assert "worker, role worker, connects to batches, results" == fine["key"].what
    assert "5 keys, and 0 revoked" in fine["allowed"].what
    assert (3, "worker is revoked in") == (now["allowed"].exit_code, now["allowed"].what[:20])


def test_a_key_that_others_can_read_fails(keys: Path) -> None:
    (keys / "read.key").chmod(0o644)
    found = look(keys / "read.key")["key"]

    assert (2, f"chmod 600 {keys}/read.key") == (found.exit_code, found.fix)


@pytest.fixture
def sink(keys: Path) -> Iterator[str]:
    """Give the address of a sink's publisher."""
    context = context_of(listening_guard(str(keys / "sink.key"), "", "sink"))
    socket = sockets.publish_xpub(context, ANYWHERE, False, 0)
    yield socket.getsockopt_string(zmq.LAST_ENDPOINT).rstrip("\0")
    context.destroy(linger=0)


def test_who_lets_us_in_is_told_from_who_does_not_and_from_nobody(keys: Path, sink: str) -> None:
    fine = look(keys / "consumer.key", publish=sink)["publish"]
    refused = look(keys / "worker.key", publish=sink)["publish"]
    nobody = look(keys / "worker.key", timeout_ms=100, publish="tcp://127.0.0.1:1")["publish"]
    no_address = look(publish="nonsense")["publish"]

    assert ("ok", True) == (fine.state, fine.what.endswith("lets us in"))
    assert (3, "refuses the key 'worker'") == (
        refused.exit_code,
        refused.what[refused.what.index("refuses") :][:24],
    )
    assert (3, 2) == (nobody.exit_code, no_address.exit_code)


def test_of_batches_only_the_port_is_tried_so_that_none_is_lost() -> None:
    context = context_of(None)
    push = sockets.batch_push(context, ANYWHERE, 1, False)
    endpoint = push.getsockopt_string(zmq.LAST_ENDPOINT).rstrip("\0")
    found = look(batches=endpoint)["batches"]
    with pytest.raises(zmq.Again):
        push.send(b"batch", zmq.DONTWAIT)
    context.destroy(linger=0)
    gone = look(batches=endpoint, timeout_ms=1_000)["batches"]

    assert ("ok", "fails") == (found.state, gone.state)


STATUS = make_status(
    version="9.9.9",
    sink=make_sink(version="9.9.8"),
    workers=[make_worker("ours"), make_worker("host:2", version="9.9.7")],
)


class Replayer:
    """A client that answers at once with a clock that is apart."""

    apart_ns = 0
    version = "9.9.9"

    def __init__(self, *_: object) -> None:
        pass

    def ask(self, verb: str) -> dict[str, object]:
        if verb == "status":
            return STATUS
        unix_ns = doctor_checks.time.time_ns() + self.apart_ns
        return {"ok": True, "version": self.version, "unix_ns": unix_ns}

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("apart_ns", "state"), [(0, "ok"), (3600 * 10**9, "warning"), (-3600 * 10**9, "warning")]
)
def test_a_replayers_clock_and_version_are_compared(
    apart_ns: int, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Replayer, "apart_ns", apart_ns)
    monkeypatch.setattr(doctor_checks, "ControlClient", Replayer)
    found = look(control="tcp://127.0.0.1:1")

    assert ("ok", state, "warning") == tuple(
        found[name].state for name in ("control", "clock", "version")
    )


def test_who_is_of_another_version_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_checks, "ControlClient", Replayer)

    assert f"here {PROGRAM_VERSION}, the replayer 9.9.9, the sink 9.9.8, worker host:2 9.9.7" == (
        look(control="tcp://127.0.0.1:1")["version"].what
    )


def test_a_replayer_that_says_nothing_of_versions_is_no_obstacle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctor_checks, "ControlClient", Replayer)
    monkeypatch.setitem(STATUS, "sink", {})
    monkeypatch.setitem(STATUS, "workers", [])

    assert f"here {PROGRAM_VERSION}, the replayer 9.9.9" == (
        look(control="tcp://127.0.0.1:1")["version"].what
    )


def test_a_line_shows_no_control_characters() -> None:
    assert "\x1b" not in Check("sync", "fails", "\x1b[2J", "\x07").line()
