"""The shape of the tree: who may import whom, what stays pure, how long a file may be."""

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

# The rooms of zreplay from below: one imports those of lower floors, and none beside it.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("protocol",),
    ("protocol.program",),
    ("zreplay.quotes",),
    ("zreplay.playback", "zreplay.live", "zreplay.mock_exchange"),
    ("zreplay.delivery", "zreplay.recordings"),
    ("zreplay.ordering",),
    ("zreplay.historical",),
    ("zreplay.settings",),
    ("zreplay.reading", "zreplay.inspection", "zreplay.replayer"),
    ("zreplay.controls",),
    ("zreplay.screen", "zreplay.supervision"),
    ("zreplay.commands",),
    ("zreplay", "zreplay.__main__"),
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}

# The way of the data. A stage is one file and what only it stands on; joining files (inputs,
# sender, sink, ...) import several, but no stage knows another.
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

# Who acts, by room; every other file decides: no clock, socket, file, thread, chance or logging,
# and time comes in as an argument. Nobody acts in quotes, ordering, playback and delivery.
ACTS = {
    "protocol": "endpoint_check listening peers sockets zap_handler",
    "protocol.program": (
        "answer command_line config_command config_file descriptors diagnostics earlier "
        "early_stop error_text failpoint folder_lock listeners metrics metrics_server "
        "parent public_address recent_diagnostics serving standard_streams stop"
    ),
    "zmid": "__main__ cli disk metrics result_log serve settings sink worker",
    "zreplay": "__main__ reading settings",
    "zreplay.commands": (
        "cli ctl ctl_cli feed help_sections input_options inspect_command "
        "playback_options reference run_command sample serve"
    ),
    "zreplay.controls": (
        "asking control operator progress_readout readout replayer_metrics seek_target verbs"
    ),
    "zreplay.historical": (
        "file_heads file_indexes file_rows files_in_turn historical_source index_cache indexing "
        "read_ahead seek"
    ),
    "zreplay.inspection": "inspector",
    "zreplay.live": (
        "capture capture_queue capture_records feed_connection feed_socket live_feed live_source"
    ),
    "zreplay.mock_exchange": "exchange feed_tape",
    "zreplay.recordings": (
        "byte_reader capture_file compressed_bytes gzip_bytes gzip_points input_paths kept_bytes "
        "lobster_bytes parquet_file pooled_file recording_kind regular_file standard_input "
        "zip_bytes"
    ),
    "zreplay.recordings.csv": "csv_file",
    "zreplay.recordings.index": "file_identity index_store",
    "zreplay.replayer": (
        "checkpoint_ring command_writer controls conversation drain from_settings "
        "historical_input historical_places input_opener inputs link live_input open_files "
        "rejected_log replayer sender state waiter wakeup"
    ),
    "zreplay.screen": "dashboard gauges keyboard keys panels plain_line rejected_text tables top",
    "zreplay.supervision": "forked link_folder link_lock run run_folder stderr_relay supervisor",
}
IMPURE_MODULES = {
    *("asyncio", "click", "fcntl", "logging", "multiprocessing", "os", "pathlib", "random"),
    *("rich", "secrets", "select", "shutil", "signal", "socket", "subprocess", "tempfile"),
    *("threading", "time", "websockets", "zmq"),
}
# A file that decides imports no other than such; but:
PURE_ALL_THE_SAME = {
    # It says when to commit, to a log whose disk is a seam that tests replace.
    "zmid.sink_state": {"zmid.disk", "zmid.result_log"},
    # It reads one variable when it is imported.
    "protocol.program.compiled_parts": {"os"},
    # It reads the formats that come with the program, and one that a user wrote.
    "zreplay.recordings.formats.known_formats": {"pathlib"},
    # Its one lock: who serves metrics asks from another thread.
    "zreplay.playback.durations": {"threading"},
    # And so have the names of a recording, whose blocks are parsed side by side.
    "zreplay.recordings.csv.ticker_codes": {"threading"},
    # Only the type of what a look at the folder says.
    "zreplay.historical.known_file": {"zreplay.recordings.index.file_identity"},
}

# Which clock may be read where. What is due and how long something takes is monotonic time, read
# by whoever acts. The clock on the wall only tells when a live message came, and what people read.
OTHER_CLOCKS = {
    "zreplay.live.feed_connection": {"monotonic_ns", "time_ns"},
    "zreplay.screen.dashboard": {"monotonic_ns", "time_ns"},
    "protocol.program.diagnostics": {"monotonic_ns", "time"},
    # How busy a worker is.
    "zmid.worker": {"monotonic_ns", "perf_counter_ns"},
}
MONOTONIC = {"monotonic", "monotonic_ns"}

# No test file of their own: entry points that forward, and what has nothing that runs.
WITHOUT_TESTS = {
    "__init__",
    "__main__",
    "controls",
    "endpoints",
    "instructions",
    "known_file",
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


def room_of(module: str) -> str:
    """Return the room of a module; one that lies beside the rooms is one by itself."""
    parts = module.split(".")
    is_in_room = len(parts) > 2 or module in FLOOR_OF
    return ".".join(parts[:2]) if is_in_room and ".".join(parts[:2]) in FLOOR_OF else parts[0]


@pytest.mark.parametrize("module", [name for name in MODULES if not name.startswith("zmid")])
def test_a_room_imports_only_those_on_lower_floors(module: str) -> None:
    room = room_of(module)
    others = {room_of(name) for name in ours(module)} - {room}

    assert set() == {other for other in others if FLOOR_OF[other] >= FLOOR_OF[room]}


@pytest.mark.parametrize("room", sorted({room_of(module) for module in MODULES} - {"zmid"}))
def test_each_room_has_its_floor(room: str) -> None:
    assert room in FLOOR_OF


@pytest.mark.parametrize("module", sorted(STAGES & set(MODULES)))
def test_a_stage_knows_no_other_stage(module: str) -> None:
    assert set() == everything_under(module) & STAGES - {module}


def acts(module: str) -> bool:
    room, _, name = module.rpartition(".")
    return name in ACTS.get(room, "").split() or module == "zreplay"


@pytest.mark.parametrize("module", [name for name in MODULES if not acts(name)])
def test_a_file_that_decides_imports_nothing_that_acts(module: str) -> None:
    outside = {name.partition(".")[0] for name in imports(module)} & IMPURE_MODULES
    inside = {name for name in ours(module) if acts(name)}

    assert set() == (outside | inside) - PURE_ALL_THE_SAME.get(module, set())


@pytest.mark.parametrize("module", [name for name in MODULES if acts(name)])
def test_the_clock_that_is_read_is_the_monotonic_one(module: str) -> None:
    clocks = {
        node.attr
        for node in ast.walk(ast.parse(MODULES[module].read_text()))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in {"time", "datetime"}
        and node.attr not in {"sleep", "localtime", "gmtime", "strftime"}
    }

    assert clocks <= OTHER_CLOCKS.get(module, MONOTONIC)


def test_who_is_said_to_act_is_there() -> None:
    said = {f"{room}.{name}" for room, names in ACTS.items() for name in names.split()}

    assert set() == said - set(MODULES)


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
