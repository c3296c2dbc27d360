"""A shell completes commands, options and the values of verbs."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from protocol.program.completion_command import SHELLS
from tests.command_lines import PROGRAMS


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_has_a_script_that_asks_the_program(shell: str, program: str) -> None:
    result = CliRunner().invoke(PROGRAMS[program], ["completion", shell], prog_name=program)

    assert 0 == result.exit_code
    assert f"_{program.upper()}_COMPLETE={shell}_complete" in result.stdout


@pytest.mark.parametrize(
    "typed, offered",
    [
        ("zreplay inspe", "plain,inspect"),
        ("zreplay run --thres --latency-thr", "plain,--latency-threshold"),
        ("zreplay run --format tard", "plain,tardis\nplain,tardis-book-snapshot"),
        ("zreplay run --format my", "file,my"),
        ("zreplay feed --speed m", "plain,max"),
        ("zreplay serve --live ok", "plain,okx:"),
        ("zreplay ctl se", "plain,seek"),
        ("zreplay ctl mode l", "plain,live"),
        ("zreplay ctl loop o", "plain,on\nplain,off"),
        ("zreplay completion f", "plain,fish"),
        ("zmid wor", "plain,worker"),
        ("zmid worker --stamp a", "plain,arrival"),
    ],
)
def test_what_is_typed_is_completed(typed: str, offered: str) -> None:
    program = typed.partition(" ")[0]
    done = subprocess.run(
        [sys.executable, "-P", "-m", program],
        env={
            f"_{program.upper()}_COMPLETE": "bash_complete",
            "COMP_WORDS": typed,
            "COMP_CWORD": str(len(typed.split()) - 1),
        },
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert offered in done.stdout
    assert "" == done.stderr
