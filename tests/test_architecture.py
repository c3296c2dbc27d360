"""The shape of the house holds: who may import whom, what stays pure, how long a file is."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("protocol", "zreplay", "zmid")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
COMPILED = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.[ch]"))
LONGEST_LINES = 300

# Which packages of ours each may import.
MAY_IMPORT = {
    "protocol": {"protocol"},
    "zreplay": {"protocol", "zreplay"},
    "zmid": {"protocol", "zmid"},
}

# Rooms that do not know those above them.
KNOWS_NOTHING_OF = {
    "zreplay.replayer": {"zreplay.controls", "zreplay.commands", "zreplay.screen"},
    "zreplay.delivery": {"zreplay.replayer", "zreplay.controls"},
    "zreplay.playback": {"zreplay.replayer", "zreplay.controls"},
}

# The way of the data. A stage is one file and what only it stands on; joining files (inputs,
# player, sink, ...) import several, but no stage knows another.
STAGES = {
    "zreplay.recordings.capture_file",
    "zreplay.recordings.csv.csv_file",
    "zreplay.recordings.parquet_file",
    "zreplay.live.live_source",
    "zreplay.ordering.arrival_order",
    "zreplay.playback.replay_clock",
    "zreplay.playback.batch_columns",
    "zreplay.delivery.window",
    "zmid.mid",
    "zmid.resequence",
    "zmid.result_log",
}

# Decisions: no clock, socket, file, thread, chance or logging; time comes in as an argument.
PURE = {
    "protocol.checks",
    "protocol.checksum",
    "protocol.codec",
    "protocol.error_codes",
    "protocol.errors",
    "protocol.program.compiled_parts",
    "protocol.program.event_text",
    "protocol.limits",
    "protocol.json_text",
    "protocol.messages",
    "protocol.program.service_variables",
    "protocol.shown_address",
    "protocol.program.threshold",
    "protocol.whole_number",
    "zmid.commit",
    "zmid.mid",
    "zmid.mid_columns",
    "zmid.mid_rule",
    "zmid.plain_text",
    "zmid.recovery",
    "zmid.resequence",
    "zmid.result_fault",
    "zmid.sink_state",
    "zmid.text_columns",
    "zmid.worker_counts",
    "zreplay.delivery.admission",
    "zreplay.playback.batch_columns",
    "zreplay.quotes.arrival",
    "zreplay.quotes.block",
    "zreplay.quotes.duration_text",
    "zreplay.historical.span",
    "protocol.endpoints",
    "protocol.result_folder",
    "zreplay.controls.wait_reporter",
    "zreplay.controls.rates",
    "zreplay.controls.status",
    "zreplay.controls.status_check",
    "zreplay.controls.status_schema",
    "zreplay.delivery.command",
    "zreplay.delivery.cursor",
    "zreplay.delivery.instructions",
    "zreplay.delivery.resend",
    "zreplay.delivery.run_state",
    "zreplay.delivery.session",
    "zreplay.replayer.command_journal",
    "zreplay.playback.durations",
    "zreplay.historical.historical_cursor",
    "zreplay.inspection.account",
    "zreplay.inspection.disorder",
    "zreplay.inspection.distinct",
    "zreplay.inspection.latencies",
    "zreplay.inspection.refusals",
    "zreplay.inspection.repeats",
    "zreplay.inspection.replay_order",
    "zreplay.inspection.report",
    "zreplay.inspection.ticker_counts",
    "zreplay.quotes.ticker_table",
    "zreplay.ordering.late_rows",
    "zreplay.historical.latency_model",
    "zreplay.live.back_off",
    "zreplay.replayer.offset_set",
    "zreplay.ordering.arrival_order",
    "zreplay.ordering.order_cursor",
    "zreplay.ordering.read_places",
    "zreplay.ordering.waiting_rows",
    "zreplay.replayer.sleep_overshoot",
    "zreplay.playback.replay_clock",
    "zreplay.playback.playhead",
    "zreplay.quotes.rejection",
    "zreplay.playback.schedule",
    "zreplay.screen.key_commands",
    "zreplay.screen.observation",
    "zreplay.screen.sparkline",
    "zreplay.controls.worker_activity",
    "zreplay.historical.selection",
    "zreplay.historical.ticker_choice",
    "zreplay.ordering.sorted_run",
    "zreplay.quotes.source",
    "zreplay.recordings.source_block",
    "zreplay.recordings.index.entries",
    "zreplay.recordings.index.index_codec",
    "zreplay.recordings.csv.csv_columns",
    "zreplay.recordings.csv.csv_header",
    "zreplay.recordings.csv.csv_lines",
    "zreplay.recordings.csv.csv_rows",
    "zreplay.recordings.csv.csv_ends",
    "zreplay.recordings.csv.csv_suspects",
    "zreplay.recordings.csv.csv_text",
    "zreplay.recordings.csv.judged_rows",
    "zreplay.recordings.csv.ticker_codes",
    "zreplay.recordings.csv.line_rows",
    "zreplay.live.live_message",
    "zreplay.recordings.parquet_columns",
    "zreplay.recordings.csv.plain_rows",
    "zreplay.recordings.recording",
    "zreplay.playback.start_gate",
    "zreplay.recordings.strays",
    "zreplay.playback.unpacked_rows",
    "zreplay.supervision.restart",
    "zreplay.playback.playback_counters",
    "zreplay.delivery.command_log",
    "zreplay.quotes.timestamp_column",
    "zreplay.quotes.timestamp_text",
    "zreplay.delivery.window",
}
IMPURE_MODULES = {
    *("asyncio", "click", "fcntl", "logging", "multiprocessing", "os", "pathlib", "random"),
    *("rich", "secrets", "select", "shutil", "signal", "socket", "subprocess", "tempfile"),
    *("threading", "time", "websockets", "zmq"),
}
# A pure file imports pure files of ours only; but:
PURE_ALL_THE_SAME = {
    # It says when to commit, to a log whose disk is a seam that tests replace.
    "zmid.sink_state": {"zmid.disk", "zmid.result_log"},
    # It reads one variable when it is imported.
    "protocol.program.compiled_parts": {"os"},
    # Its one lock: who serves metrics asks from another thread.
    "zreplay.playback.durations": {"threading"},
    # And so have the names of a recording, whose blocks are parsed side by side.
    "zreplay.recordings.csv.ticker_codes": {"threading"},
}

# No test file of their own: entry points that forward, and what has nothing that runs.
WITHOUT_TESTS = {
    "__init__",
    "__main__",
    "endpoints",
    "instructions",
    "result_folder",
    "source",
    "span",
}
VAGUE_NAMES = {"base", "common", "core", "handy", "helpers", "manager", "misc", "util", "utils"}


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path): path for path in SOURCES}


@cache
def imports(module: str) -> frozenset[str]:
    """Return the modules that a module of ours imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports by dots"
            whole = f"{node.module}"
            parts = {f"{whole}.{alias.name}" for alias in node.names} & set(MODULES)
            found |= parts or {whole}
    return frozenset(found)


def ours(module: str) -> set[str]:
    return {name for name in imports(module) if name in MODULES}


def everything_under(module: str) -> set[str]:
    """Return what a module of ours imports of ours, directly or by way of others."""
    found: set[str] = set()
    left = ours(module)
    while left:
        found |= left
        left = {deeper for name in left for deeper in ours(name)} - found
    return found


@pytest.mark.parametrize("module", MODULES)
def test_a_package_imports_only_those_it_may(module: str) -> None:
    packages = {name.partition(".")[0] for name in imports(module)} & {*PACKAGES, "tests"}

    assert set() == packages - MAY_IMPORT[module.partition(".")[0]]


@pytest.mark.parametrize("module", MODULES)
def test_a_room_knows_nothing_of_those_above_it(module: str) -> None:
    above = KNOWS_NOTHING_OF.get(module.rpartition(".")[0], set())

    assert set() == {name.rpartition(".")[0] for name in ours(module)} & above


@pytest.mark.parametrize("module", sorted(STAGES & set(MODULES)))
def test_a_stage_knows_no_other_stage(module: str) -> None:
    assert set() == everything_under(module) & STAGES - {module}


@pytest.mark.parametrize("module", sorted(PURE & set(MODULES)))
def test_a_pure_file_imports_nothing_that_acts(module: str) -> None:
    outside = {name.partition(".")[0] for name in imports(module)} & IMPURE_MODULES
    shells = ours(module) - PURE

    assert set() == (outside | shells) - PURE_ALL_THE_SAME.get(module, set())


@pytest.mark.parametrize("module", MODULES)
def test_a_file_is_short_and_its_name_says_what_is_in_it(module: str) -> None:
    assert len(MODULES[module].read_text().splitlines()) <= LONGEST_LINES
    assert module.rpartition(".")[2] not in VAGUE_NAMES


@pytest.mark.parametrize("module", MODULES)
def test_a_file_says_at_its_head_what_it_is(module: str) -> None:
    assert ast.get_docstring(ast.parse(MODULES[module].read_text()))


@pytest.mark.parametrize("path", COMPILED, ids=str)
def test_a_file_in_c_is_short_too_and_says_at_its_head_what_it_is(path: Path) -> None:
    lines = path.read_text().splitlines()

    assert (True, True) == (len(lines) <= LONGEST_LINES, lines[0].startswith("/* "))


@pytest.mark.parametrize("module", MODULES)
def test_a_source_file_has_its_test_file(module: str) -> None:
    path = MODULES[module].relative_to(ROOT)
    if path.stem not in WITHOUT_TESTS:
        assert (ROOT / "tests" / path.with_name(f"test_{path.name}")).is_file()


def test_only_the_file_of_sockets_sets_an_option_of_zeromq_and_none_a_heartbeat() -> None:
    code = {module: ast.unparse(ast.parse(path.read_text())) for module, path in MODULES.items()}
    setting = {
        module for module, text in code.items() if "setsockopt(zmq." in text or ".set(zmq." in text
    }
    beating = {module for module, text in code.items() if "zmq.HEARTBEAT" in text}

    assert ({"protocol.sockets"}, set()) == (setting, beating)


def test_only_the_file_of_a_block_takes_a_position_apart() -> None:
    code = {module: ast.unparse(ast.parse(path.read_text())) for module, path in MODULES.items()}

    assert ["zreplay.quotes.block"] == [
        module for module, text in code.items() if re.search(r"FILE_SHIFT|(<<|>>) ?48\b", text)
    ]
