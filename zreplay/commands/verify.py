"""`zreplay verify`: from its options to its exit code."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zreplay.commands.json_option import JSON_OPTION

if TYPE_CHECKING:
    from zreplay.inspection.verifier import Verdict


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    help="The folder of the capture, if it is another one.",
)
@JSON_OPTION
def verify(**options: Any) -> None:
    """Compare the lines in FOLDER with what the live capture gives.

    Exits with 1 unless all committed lines were compared and are the same.

    \b
    Examples:
      zreplay verify logs/run
      zreplay verify logs/parts --state logs/state
    """
    from protocol.errors import EXIT_DONE, EXIT_ROWS_REJECTED
    from protocol.json_text import json_bytes
    from protocol.program.answer import SCHEMA, give_answer
    from zreplay.inspection.verifier import Verifier, as_json

    verdict = Verifier(options["folder"], options["state"]).verify()
    if options["as_json"]:
        give_answer(json_bytes({"schema": SCHEMA, **as_json(verdict)}).decode())
    else:
        give_answer(_text(verdict))
    sys.exit(EXIT_DONE if verdict.same and verdict.whole else EXIT_ROWS_REJECTED)


def _text(verdict: "Verdict") -> str:
    from zreplay.quotes.timestamp_text import time_text

    place = f"bytes {verdict.from_offset:,} to {verdict.to_offset:,} of the capture"
    lines = [f"compared: {verdict.lines:,} lines, {place}"]
    if verdict.lines_before:
        lines.append(
            f"not compared: {verdict.lines_before:,} lines before, whose capture is deleted"
        )
    for begin, end, from_ns, to_ns in verdict.dropped:
        times = f"{time_text(from_ns)} to {time_text(to_ns)}"
        lines.append(f"dropped, without a line: bytes {begin:,} to {end:,}, {times}")
    if verdict.problem:
        lines.append(f"not the same: {verdict.problem}")
    elif verdict.whole:
        lines.append("the same: all committed lines are those of the capture")
    else:
        lines.append("the same, but not the whole")
    return "\n".join(lines)
