"""run.json: what a run's folder records for `ctl --out DIR`, `top --out DIR` and the next run."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from protocol.committed_log import newest_commit
from protocol.errors import LinkError, ResultLogError
from protocol.json_text import json_bytes
from protocol.program.earlier import Earlier
from protocol.program.folder_lock import is_free
from protocol.program.replaced_file import replace_file
from protocol.result_folder import (
    ERRORS,
    MANIFEST,
    MIDS,
    OUTPUTS,
    RING,
    RUN_FILE,
    SEGMENTS,
    TABLE,
)
from zreplay.live.capture_folder import has_quotes
from zreplay.supervision.run_options import differences

RESULT_LOGS: Final = (MIDS, ERRORS)
RUN_LOCK: Final = "run.lock"
LEAST_ROOM_BYTES: Final = 16 * 1024 * 1024
"""With less disk space, `--fresh` frees some first."""


class RunFile(msgspec.Struct):
    """The run, its lines' rule, where its sockets are, and how it ended.

    `options` are those that decide the lines. `is_clearing` is true if an earlier version was cut
    short while it removed an earlier run. `stopped_at` is a record, None if it is not known.
    """

    run: str
    pid: int
    batches: str
    results: str
    sync: str
    control: str
    rule: str = ""
    is_clearing: bool = False
    summary: dict[str, Any] | None = None
    log_bytes: list[int] = []
    options: dict[str, str] = {}
    stopped_at: int | None = None

    @property
    def final_summary(self) -> dict[str, Any] | None:
        """How it came to its end; None if it has not: live feeds that were stopped go on."""
        return self.summary if self.summary and self.summary.get("complete", True) else None

    def sum_up(self, summary: dict[str, Any], folder: Path) -> None:
        """Take how it ended, and the logs as they are now."""
        self.summary, self.log_bytes = summary, log_bytes(folder)


def new_run_file(run: str, rule: str, links: Path, options: dict[str, str]) -> RunFile:
    """Return the run.json of a run that begins, with its sockets in `links`."""
    return RunFile(
        run=run,
        pid=os.getpid(),
        batches=f"ipc://{links}/batches",
        results=f"ipc://{links}/results",
        sync=f"ipc://{links}/sync",
        control=f"ipc://{links}/control",
        rule=rule,
        options=options,
    )


def read_run_file(folder: Path) -> RunFile | None:
    """Return the contents of run.json, None if there is none that can be read."""
    try:
        return msgspec.json.decode((folder / RUN_FILE).read_bytes(), type=RunFile)
    except (OSError, ValueError, RecursionError):
        return None


def write_run_file(folder: Path, run_file: RunFile) -> None:
    """Write run.json in its folder, atomically."""
    path = folder / RUN_FILE
    try:
        replace_file(path, msgspec.json.format(json_bytes(run_file), indent=2))
    except OSError as error:
        raise ResultLogError(f"cannot write {path}: {error.strerror}", code="Z602") from error


def check_rule(folder: Path, earlier: RunFile, rule: str) -> None:
    """Refuse to continue with lines of another rule than those already written."""
    if earlier.rule != rule:
        different = differences(_options_of(earlier.rule), _options_of(rule))
        different = different or f"unknown ones, now {rule}"
        raise ResultLogError(
            f"the run in {folder} was begun with other lines: {different}",
            fix="give the same options, another folder (--out DIR), or start over: --fresh",
            code="Z603",
        )


def _options_of(rule: str) -> dict[str, str]:
    """Return the options of a rule as it is written down, each with its values."""
    options: dict[str, str] = {}
    for option in rule.removeprefix("--").split(" --") if rule else ():
        name, _, value = option.partition(" ")
        before = options.get(f"--{name}")
        options[f"--{name}"] = value or "on" if before is None else f"{before} {value}"
    return options


def check_is_same(folder: Path, earlier: RunFile, run: str, options: Mapping[str, str]) -> None:
    """Refuse to touch what another run has written; the sink would refuse too, once it is up."""
    if earlier.is_clearing or earlier.run == run or not any(log_bytes(folder)):
        return
    different = differences(earlier.options, options)
    raise ResultLogError(
        f"{folder} holds a run of other files or options{different and f': {different}'} "
        f"({earlier.run[:8]}, this one is {run[:8]})",
        fix="choose another folder (--out DIR), or start over: --fresh",
        code="Z603",
    )


def was_empty(folder: Path, run: str) -> bool:
    """Return whether another run ended here without one quote: nothing of it need be kept."""
    earlier = read_run_file(folder)
    if earlier is None or earlier.run == run or any(log_bytes(folder)):
        return False
    return (earlier.final_summary or {}).get("quotes") == 0


def unknown_input(folder: Path) -> ResultLogError:
    """Return why a finished run of standard input is not called complete a second time."""
    return ResultLogError(
        f"{folder} holds a finished run of standard input, and it is not known whether "
        "this input is the same",
        fix="choose another folder (--out DIR), or start over: --fresh",
        code="Z603",
    )


def control_endpoint_of(folder: Path) -> str:
    """Return the control address of the run in a folder.

    Raises:
        ResultLogError: there is no run, or another has written there since.
        LinkError: the run is complete, or is not running now.
    """
    run_file = read_run_file(folder)
    if run_file is None:
        raise ResultLogError(
            f"{folder} holds no run: there is no {RUN_FILE} in it",
            fix="give the folder that `zreplay run --out` was given",
            code="Z604",
        )
    if run_file.summary is not None and run_file.log_bytes != log_bytes(folder):
        raise ResultLogError(
            f"{RUN_FILE} in {folder} is of an earlier run: the logs are not as that run left them",
            fix="name the replayer that writes there now: --control ADDRESS",
            code="Z604",
        )
    if run_file.final_summary is not None:
        raise LinkError(
            f"the run in {folder} is complete: nothing answers there any more",
            fix=f"look at what it wrote: zreplay report {folder}; run --fresh starts it over",
            code="Z305",
        )
    # A run removes the folder of its sockets when it ends; one that is killed lets go of its lock.
    links = Path(run_file.control.removeprefix("ipc://")).parent
    if not links.is_dir() or is_free(folder, RUN_LOCK):
        at = "" if run_file.stopped_at is None else f", at record {run_file.stopped_at:,}"
        how = "stopped" if run_file.summary else "stopped before its end"
        raise LinkError(
            f"the run in {folder} was {how}{at}: nothing answers there",
            fix="resume it: the same zreplay run command goes on there",
            code="Z303",
        )
    return run_file.control


def committed_in(folder: Path) -> int:
    """Return how many quotes are committed in a folder, 0 if it holds no run."""
    try:
        return newest_commit(folder).next
    except ResultLogError:
        return 0


def log_bytes(folder: Path) -> list[int]:
    """Return the sizes of the two result logs, 0 for one that is not there, and of each output.

    Of logs that were rotated also that of the manifest, which tells what was closed of them.
    """
    logs = [folder / name for name in RESULT_LOGS]
    outputs = (folder / TABLE, *sorted((folder / OUTPUTS).glob("*")), folder / MANIFEST)
    logged = [path.stat().st_size if path.exists() else 0 for path in logs]
    return logged + [path.stat().st_size for path in outputs if path.is_file()]


def earlier_run(folder: Path, state_files: Sequence[str]) -> Earlier:
    """Return what `--fresh` set aside: logs, ring, run.json and the replayer's state."""
    return Earlier(
        folder, "earlier", (*state_files, RING, *RESULT_LOGS, TABLE, OUTPUTS, SEGMENTS, RUN_FILE)
    )


def has_begun(folder: Path) -> bool:
    """Return whether a run has written what would be lost: lines, commands, captured quotes."""
    commands = folder / "commands.json"
    return any(log_bytes(folder)) or commands.exists() or has_quotes(folder)


def settle(folder: Path, earlier: Earlier) -> None:
    """Of the run that was set aside and the one in its place, keep the one that has begun."""
    if has_begun(folder):
        earlier.remove()
    else:
        earlier.put_back()


def has_room(folder: Path) -> bool:
    """Return whether there is space for a run beside what an earlier one left."""
    return shutil.disk_usage(folder).free >= LEAST_ROOM_BYTES


def clear(folder: Path, state_files: Sequence[str]) -> None:
    """Remove what an earlier run left: its logs, its ring, and its replayer's state."""
    try:
        for name in (*state_files, RING, *RESULT_LOGS, TABLE):
            path = folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        for name in (OUTPUTS, SEGMENTS):
            shutil.rmtree(folder / name, ignore_errors=True)
    except OSError as error:
        raise ResultLogError(f"cannot clear {folder}: {error.strerror}", code="Z602") from error
