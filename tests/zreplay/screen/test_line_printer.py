"""In a pipe a line comes at once and then every five seconds, and nothing that draws is loaded."""

import io
import json
import subprocess
import sys

from tests.zreplay.answers import SECOND_NS
from tests.zreplay.screen.fake_replayer import FakeReplayer
from zreplay.screen.keys import Keys
from zreplay.screen.line_printer import print_lines
from zreplay.screen.watched import Watched


def printed(replayer: FakeReplayer, *, as_json: bool = False) -> str:
    out = io.StringIO()
    view = Watched(replayer.ask, replayer.is_over, "", replayer.clock(), Keys(None), as_json)
    print_lines(view, out, 0.25)
    return out.getvalue()


def test_in_a_pipe_there_is_a_plain_line_at_once_and_then_every_five_seconds() -> None:
    replayer = FakeReplayer(ends_ns=21 * SECOND_NS)

    text = printed(replayer)

    assert len(text.splitlines()) == 5
    assert [0, 5, 10, 15, 20] == [asked_ns // SECOND_NS for asked_ns in replayer.asked_ns]
    assert all("RUNNING historical 1x   49%  sent 30,120/s" in line for line in text.splitlines())
    assert "\x1b" not in text


def test_in_a_pipe_the_first_line_comes_with_the_first_answer() -> None:
    replayer = FakeReplayer(ends_ns=3 * SECOND_NS, is_silent=lambda now_ns: now_ns < 2 * SECOND_NS)

    assert len(printed(replayer).splitlines()) == 1


def test_in_a_pipe_silence_is_said() -> None:
    replayer = FakeReplayer(ends_ns=6 * SECOND_NS, is_silent=lambda now_ns: now_ns > SECOND_NS)

    lines = printed(replayer).splitlines()

    assert lines[1].endswith(" no answer for 5.0 s")


def test_a_line_in_a_pipe_is_json_where_that_is_asked_for() -> None:
    text = printed(FakeReplayer(ends_ns=6 * SECOND_NS), as_json=True)
    events = [json.loads(line)["event"] for line in text.splitlines()]

    assert {"progress"} == {*events}


def test_it_loads_nothing_that_draws() -> None:
    code = "import sys, zreplay.screen.line_printer; print(any('rich' in m for m in sys.modules))"

    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert "False\n" == shown.stdout
