"""The processor of half of the seeds, and what it must have written."""

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from random import Random

from protocol.declaration import Declaration
from tests.listed import PATH, line, listed, wrong
from tests.reference import Quote, controlled_logs, ordered_quotes
from tests.simulation.disk import SimulatedDisk
from tests.simulation.expected import LIVE_START_NS, value_of
from tests.simulation.rotated import joined
from zmid.mid_rule import MidRule
from zmid.processors.computing import Loaded
from zmid.processors.processing import Processing
from zreplay.delivery.command import Command

SMALL_BYTES = (400, 1_500, 1 << 20)
"""What a result may have: usually a batch of these has several."""
CHECKED_SHARE = 0.2


def processing(choices: Random, rule: MidRule) -> Processing:
    """Return the processors of all workers of a world."""
    files = tuple(output.file for output in listed.outputs)
    loaded = Loaded(listed, {}, Declaration("listed", b"d" * 16, "", files), str(PATH))

    def cut(count: int) -> int:
        is_checked = count > 1 and choices.random() < CHECKED_SHARE
        return choices.randrange(1, count) if is_checked else 0

    small = choices.choice(SMALL_BYTES)
    return Processing([loaded], rule, "worker", lambda *_: nullcontext(), cut, small)


def wrong_outputs(
    disk: SimulatedDisk,
    paths: Sequence[Path],
    answered: Sequence[Command],
    captured: int,
    passes: int,
) -> str:
    """Return which output is not what a plain walk over quotes and commands says."""
    live = [f"LIVE@X,{LIVE_START_NS + number * 1_000_000}\n" for number in range(captured)]
    commands = [(each.record or 0, each.verb, value_of(each)) for each in answered]
    quotes = ordered_quotes(paths)[0]
    text = controlled_logs(quotes, live, commands, passes, _line).mids
    names = ("outputs/quotes.csv", "outputs/quotes.arrows")
    files = (joined(disk.files, name) for name in names)
    return wrong(text, *map(bytes, files))


def _line(quote: Quote) -> tuple[bool, str]:
    return False, line(quote)
