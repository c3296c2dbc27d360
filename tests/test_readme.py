"""The README cannot drift: its commands parse, its paths exist, its tables are the code's."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from protocol import errors
from protocol.error_codes import ERROR_CODES, ROW_CODES
from protocol.messages import WINDOW_BYTES, WINDOW_QUOTES, Batch, Columns
from tests.command_lines import PROGRAMS, parse
from zreplay.controls.control import VERBS
from zreplay.controls.status_schema import FIELDS

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()

BLOCKS = re.findall(r"^```sh\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)
PROSE = re.sub(r"^```.*?^```", "", README, flags=re.MULTILINE | re.DOTALL)
INLINE = re.findall(r"`([^`\n]+)`", PROSE)
COMMAND_LINES = [line for block in BLOCKS for line in block.splitlines() if line.strip()]
PATHS = re.compile(r"(?:protocol|zreplay|zmid|tests|fixtures|scripts)/[\w./]*\w")


def test_the_lines_of_python_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)
    [code] = [text for text in blocks if "import zreplay" in text]
    monkeypatch.chdir(ROOT)
    exec(compile(code, "README.md", "exec"), {})

    assert len(code.splitlines()) <= 5
    assert capsys.readouterr().out.startswith("2026-01-15 12:00:00")


def section(title: str) -> str:
    return README.partition(f"## {title}\n")[2].partition("\n## ")[0]


def first_cells(table: str) -> list[str]:
    """Return the first cell of each row below the head of a table."""
    rows = [line for line in table.splitlines() if line.startswith("|")]
    return [row.split("|")[1].strip() for row in rows[2:]]


def commands_of(command: click.Command) -> Iterator[click.Command]:
    yield command
    if isinstance(command, click.Group):
        for deeper in command.commands.values():
            yield from commands_of(deeper)


def known_options() -> set[str]:
    """Return every option of our programs, and all that scripts write out."""
    options = {
        name
        for program in PROGRAMS.values()
        for command in commands_of(program)
        for parameter in command.params
        for name in parameter.opts
    }
    scripts = [path.read_text() for path in (ROOT / "scripts").iterdir() if path.is_file()]
    options.add("--help")  # click's own
    return options.union(*(re.findall(r"--[a-z][a-z-]+", text) for text in scripts))


@pytest.mark.parametrize("line", COMMAND_LINES)
def test_a_command_of_the_readme_is_one_that_its_program_takes(line: str) -> None:
    program, *arguments = shlex.split(line, comments=True)
    if program in PROGRAMS:
        parse(program, arguments)
    else:
        script = ROOT / program
        assert (True, True) == (program.startswith("scripts/"), script.stat().st_mode & 0o111 > 0)


def test_the_readme_shows_every_command_and_every_verb() -> None:
    shown = {tuple(shlex.split(text, comments=True)[:2]) for text in (*COMMAND_LINES, *INLINE)}
    commands = {(name, command) for name, group in PROGRAMS.items() for command in group.commands}
    verbs = re.findall(r"zreplay ctl (\w+)", README)

    assert set() == commands - shown - {("zreplay", "demo")}  # scripts/demo is how it is shown
    assert set(VERBS) == set(verbs)


def test_every_option_that_the_readme_names_exists() -> None:
    named = {
        option for text in (*COMMAND_LINES, *INLINE) for option in re.findall(r"--[a-z-]+", text)
    }

    assert named
    assert set() == named - known_options()


def test_every_path_that_the_readme_names_exists() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    places = [*PATHS.findall("\n".join((*COMMAND_LINES, *INLINE))), *links]

    assert [] == [place for place in places if not (ROOT / place).exists()]


def test_every_row_of_what_to_open_names_a_file() -> None:
    rows = [line for line in section("To change X, open Y").splitlines() if line.startswith("|")]

    assert len(rows) > 10
    assert [] == [row for row in rows[2:] if not PATHS.search(row)]


def test_the_table_of_exit_codes_is_that_of_the_errors() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    raised = {kind.exit_code for kind in kinds if issubclass(kind, errors.ZreplayError)}
    named = {value for name, value in vars(errors).items() if name.startswith("EXIT_")}

    assert sorted(raised | named) == [int(code) for code in first_cells(section("Exit codes"))]


def test_the_table_of_codes_is_that_of_the_errors_and_rejections() -> None:
    rows = {code: what for code, what in ROW_CODES.items()}
    rows |= {code: f"{meaning.what} | {meaning.fix}" for code, meaning in ERROR_CODES.items()}
    lines = [f"| {code} | {text} |" for code, text in rows.items()]
    shown = [
        line.replace(" | |", " |")
        for line in section("Error codes").splitlines()
        if line.startswith("| Z")
    ]

    assert lines == shown


def test_the_table_of_the_status_is_its_schema() -> None:
    lines = [f"| `{name}` | {text} |" for name, text in FIELDS.items()]
    shown = section("What status holds").splitlines()

    assert lines == [line for line in shown if line[:3] == "| `"]


def test_the_fields_of_a_batch_are_those_on_the_wire() -> None:
    lists = [
        re.split(r",\s*", text)
        for text in re.findall(r"`\[([^\]]+)\]`", section("The formats"))
        if "," in text
    ]

    assert list(Batch.__struct_fields__) in lists
    assert list(Columns.__struct_fields__) in lists


def test_the_window_is_as_large_as_it_says() -> None:
    assert f"{WINDOW_BYTES // 1024**2} MiB and {WINDOW_QUOTES:,} quotes" in README
