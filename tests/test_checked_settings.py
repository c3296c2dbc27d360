"""A value that a command refuses is refused as it is read, so `config show` refuses it, too."""

import click
import pytest

from protocol.errors import SettingsError
from zmid.cli import cli as zmid
from zreplay.commands.cli import cli as zreplay

REFUSED = """
zmid sink: bind=x keep-logs=x lock-wait=x metrics=x publish=x rotate=x sync=x
zmid worker: check-processor=101 hwm=0 latency-threshold=inf metrics=x \
processor-limit=0 sink=x source=x
zreplay backfill: slow=1 partition=-1 workers=0
zreplay ctl: control=x timeout=-1
zreplay feed: port=70000 speed=x
zreplay inspect: top=-1
zreplay run: capture-quota=x column=x date=x delimiter=x delay=x duration=x format=x from=x \
grain=51ms hwm=0 keep-capture=x keep-logs=x latency=x latency-threshold=inf limit=0 loop=-1 \
live=http://x max-buffer=0 max-gap=x max-jump=x max-rejected=-1 metrics=x path=x publish=x \
reorder=x rotate=x scale=3 session=x silent-after=x speed=x start-at=x start-offset=x time-unit=x \
to=x until=x venue=x wait-workers=-1 window=0 workers=0 batch=0 zone=Mars check-processor=-1
zreplay serve: bind=x broadcast=x control=x lock-wait=x sync=x
zreplay top: control=x
"""
PROGRAMS = {"zmid": zmid, "zreplay": zreplay}
CASES = [
    (*head.split(), *word.partition("=")[::2])
    for head, _, words in (line.partition(":") for line in REFUSED.split("\n") if line)
    for word in words.split()
]


@pytest.mark.parametrize(("program", "command", "option", "value"), CASES)
def test_what_cannot_be_is_refused_as_it_is_read(
    program: str, command: str, option: str, value: str
) -> None:
    named = PROGRAMS[program].commands[command]
    found = next(each for each in named.params if f"--{option}" in each.opts)
    given = [value] if found.multiple else value
    with pytest.raises((SettingsError, click.BadParameter)):
        found.process_value(click.Context(named, info_name=command), given)


def test_a_name_of_a_worker_has_an_end() -> None:
    name = next(each for each in zmid.commands["worker"].params if each.name == "name")
    with pytest.raises(SettingsError, match="--name was 257 characters long"):
        name.process_value(click.Context(zmid), "x" * 257)
