"""A replayer of one's own: a process that is started, commanded and iterated over from Python."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import zmq

from protocol.errors import (
    EXIT_DONE,
    InputError,
    LinkError,
    ProcessorError,
    ProtocolError,
    ResultLogError,
    SettingsError,
    ZreplayError,
)
from protocol.program.config_discovery import without_discovery
from zreplay.consumer.arguments import arguments_of
from zreplay.consumer.subscription import Subscription
from zreplay.controls.control import ControlClient
from zreplay.quotes.python_time import instant_ns_of
from zreplay.quotes.timestamp_text import exact_time_text
from zreplay.reading import Files, flat
from zreplay.supervision.link_folder import make_link_folder

ANSWER_TIMEOUT_MS: Final = 5000
FIRST_TIMEOUT_MS: Final = 200
"""So often it is looked whether the process that is to answer is alive."""
END_SECONDS: Final = 5.0
_ERRORS: Final = (
    *(SettingsError, LinkError, InputError, ProtocolError, ResultLogError),
    ProcessorError,
)
_SAID: Final = re.compile(r"error (Z\d{3}): (.*)\nfix: (.*)")


class Replay:
    """Replays recordings, or a live feed, to this program alone.

        with zreplay.Replay("quotes.csv", speed="max") as replay:
            for received in replay:
                print(received.quotes.num_rows)

    Options are those of `zreplay serve` with underscores: `speed=10`, `tickers="BTC*"`, `live=...`;
    `start` and `end` are its --from and --to.
    """

    def __init__(self, *files: Files, **options: Any) -> None:
        """Check the options; nothing is started yet.

        Raises:
            SettingsError: there is no such option, or it does not take this value.
        """
        from zreplay.commands.cli import serve

        self._arguments = [
            *arguments_of(options, serve),
            "--",
            *flat(files),
        ]
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._lifeline: int | None = None
        self._context: zmq.Context[zmq.Socket[bytes]] | None = None
        self._subscription: Subscription | None = None

    def __enter__(self) -> Self:
        """Start the replayer; it begins once it is iterated over.

        Raises:
            ZreplayError: it cannot start, for the reason that it gives.
        """
        self._folder = make_link_folder()
        try:
            self._start(self._folder)
            self._wait_until_it_answers(_endpoint(self._folder, "control"))
            self._subscription = Subscription(
                _endpoint(self._folder, "batches"),
                control=_endpoint(self._folder, "control"),
                has_ended=self._has_ended,
            )
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Subscription:
        return self._running

    def __aiter__(self) -> Subscription:
        return self._running

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def pause(self) -> None:
        self._tell("pause")

    def resume(self) -> None:
        self._tell("resume")

    def step(self, quotes: int = 1) -> None:
        """Send this many quotes of a paused replay."""
        self._tell("step", str(quotes))

    def seek(self, to: Any) -> None:
        """Go to an arrival (a time as for `start`), or by a text: "start", "+30s", "-5m"."""
        is_text = isinstance(to, str)
        self._tell("seek", to if is_text else exact_time_text(instant_ns_of(to, "to")))

    def speed(self, speed: float | str) -> None:
        """Change how fast it is replayed: 1, 0.5, "max"."""
        self._tell("speed", str(speed))

    def mode(self, mode: str) -> None:
        """Switch to "live" or "historical"; the historical replay resumes where it stopped."""
        self._tell("mode", mode)

    def status(self) -> dict[str, Any]:
        """Return what `zreplay ctl status --json` prints."""
        return self._tell("status")

    def stop(self) -> None:
        """End the replay: the iteration ends with what was sent."""
        self._tell("stop")

    def close(self) -> None:
        """End the process, and leave nothing behind."""
        if self._subscription is not None:
            self._subscription.close()
            self._subscription = None
        if self._context is not None:
            self._context.destroy(linger=0)
            self._context = None
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            assert self._process.stderr is not None
            self._process.stderr.close()
            self._process = None
        if self._lifeline is not None:
            os.close(self._lifeline)
            self._lifeline = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    @property
    def _running(self) -> Subscription:
        if self._subscription is None:
            raise SettingsError(
                "the replay is not started", fix="with zreplay.Replay(...) as replay:", code="Z212"
            )
        return self._subscription

    def _start(self, folder: Path) -> None:
        read_fd, self._lifeline = os.pipe()  # the replayer ends when this process does
        try:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-m", "zreplay", "--log-format", "text", "serve"),
                    *("--bind", _endpoint(folder, "batches")),
                    *("--control", _endpoint(folder, "control")),
                    *("--state", str(folder / "state"), "--acks", "none"),
                    *("--wait-workers", "1", "--parent-fd", str(read_fd), *self._arguments),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=without_discovery(os.environ),
                pass_fds=(read_fd,),
            )
        finally:
            os.close(read_fd)

    def _wait_until_it_answers(self, control: str) -> None:
        self._context = zmq.Context()
        client = ControlClient(self._context, control, FIRST_TIMEOUT_MS)
        while True:
            try:
                client.ask("ping")
                break
            except LinkError:
                if self._has_ended():
                    raise
        client.close()
        self._control = ControlClient(self._context, control, ANSWER_TIMEOUT_MS)

    def _tell(self, verb: str, value: str = "") -> dict[str, Any]:
        self._running  # noqa: B018  # raises if it is not started
        answer = self._control.ask(verb, value)
        if not answer["ok"]:
            raise SettingsError(answer["error"], fix=answer["fix"], code=answer["code"])
        return answer

    def _has_ended(self) -> bool:
        """Return whether the replayer has ended well.

        Raises:
            ZreplayError: what it said before it ended otherwise.
        """
        assert self._process is not None and self._process.stderr is not None
        code = self._process.poll()
        if code is None or code == EXIT_DONE:
            return code is not None
        raise error_of(code, self._process.stderr.read().decode("utf-8", "replace"))


def error_of(code: int, said: str) -> ZreplayError:
    """Return the error for which a replayer has ended, from its exit code and its words."""
    kind = kind_of(code)
    if words := _SAID.findall(said):
        number, what, fix = words[-1]
        return kind(what, fix=fix, code=number)
    how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
    return kind(f"the replayer {how}", fix="see why, and begin again")


def kind_of(code: int) -> type[ZreplayError]:
    """Return the class of the errors of which this is the exit code; LinkError if of none."""
    return next((one for one in _ERRORS if one.exit_code == code), LinkError)


def _endpoint(folder: Path, name: str) -> str:
    return f"ipc://{folder}/{name}"
