"""The shape of the tree: who may import whom, what stays pure, how long a file may be."""

import ast
import re
from functools import cache
from pathlib import Path

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
# The arrows from zreplay to zmid: a backfill computes its lines where it reads, and what verifies
# a run computes them once more.
PROCESSORS = {
    "zreplay.backfilling.output": {
        "zmid.mid",
        "zmid.mid_rule",
        "zmid.processors.computing",
        "zmid.processors.loading",
    },
    "zreplay.backfilling.parquet_output": {
        "zmid.mid_rule",
        "zmid.processors.mids_table",
        "zmid.processors.quotes",
    },
    "zreplay.inspection.verifier": {"zmid.mid", "zmid.mid_rule"},
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
    ("zreplay.reading", "zreplay.result_tables", "zreplay.inspection", "zreplay.replayer"),
    ("zreplay.controls", "zreplay.conversion", "zreplay.backfilling"),
    ("zreplay.screen", "zreplay.supervision"),
    ("zreplay.reporting",),
    ("zreplay.commands",),
    ("zreplay.consumer",),
    ("zreplay", "zreplay.__main__"),
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}

# The way of the data. A stage is one file and what only it stands on; joining files (inputs,
# sender, sink, ...) import several, but no stage knows another.
STAGES = {
    "zreplay.recordings.arrow_file",
    "zreplay.recordings.capture_file",
    "zreplay.recordings.csv.csv_file",
    "zreplay.recordings.dbn_file",
    "zreplay.recordings.parquet_file",
    "zreplay.recordings.raw_capture_file",
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
    "protocol": (
        "bounded_file committed_log connections endpoint_check listening peers receiving refusals "
        "sending sockets subscriptions zap_handler"
    ),
    "protocol.keys": "allowed_file guard key_source keyed_context",
    "protocol.program": (
        "answer checked_option command_line completion_command config_command config_discovery "
        "config_file config_sample config_value address_option environment_settings option_names "
        "cut_connections descriptors diagnostics earlier early_stop interruption ending "
        "error_text failpoint folder_lock other_versions "
        "hoisted_options http_server key_folder key_options libraries listeners metrics "
        "metrics_registry metrics_server parent parent_death processor_options processor_source "
        "public_address recent_diagnostics replaced_file rotation_options seconds_option "
        "service_manager serving standard_streams stop threshold_option"
    ),
    "zmid": (
        "__main__ cli closed_logs disk log_files log_keeping metrics publisher result_log "
        "serve_sink serve_worker settings sink ticker_counts worker"
    ),
    "zmid.processors": "from_settings loading time_limit",
    "zreplay": "__main__ reading result_tables settings",
    "zreplay.backfilling": (
        "backfill certificates cluster file_ends forked forking home_notes joining manifest "
        "object_output output "
        "parquet_output part_files partition pool preparation probe running settings store survey "
        "window_reader"
    ),
    "zreplay.commands": (
        "capture_options end_options json_option later_commands record verify "
        "backfill backfill_command backfill_progress begun_replayer cli convert convert_command "
        "ctl ctl_cli "
        "empty_run feed format_line help_sections input_options inspect_command "
        "keys_command live_options "
        "playback_options processor_arguments reading_progress reference report report_command "
        "results_command resume_notice run_command sample schemas serve top_command doctor "
        "doctor_checks completed_values"
    ),
    "zreplay.consumer": (
        "arguments backfill calls mids_subscription partitions replay stream subscribe subscription"
    ),
    "zreplay.controls": (
        "recorder_metrics "
        "asking control responder operator progress_readout readout replayer_metrics "
        "seek_target ticker_reading verbs"
    ),
    "zreplay.conversion": (
        "convert_settings converter output_files rejected_rows result_file spill staging targets "
        "ticker_files write_behind"
    ),
    "zreplay.historical": (
        "file_heads file_indexes file_rows files_in_turn files_span historical_source index_cache "
        "indexing read_ahead rows_together seek source_warnings"
    ),
    "zreplay.inspection": "inspector verifier",
    "zreplay.live": (
        "capture capture_folder capture_queue capture_reader capture_records capture_recovery "
        "gaps_behind group_reader intact_start "
        "segment_files feed_connection feed_lines feed_reasons feed_socket "
        "feed_speaker plain_listener "
        "frame_readers live_feed live_source token_address"
    ),
    "zreplay.mock_exchange": "exchange feed_tape",
    "zreplay.recordings": (
        "arrow_file byte_reader capture_file compressed_bytes day_without_data dbn_file "
        "first_looks gzip_bytes gzip_points input_paths kept_bytes lobster_bytes object_heads "
        "object_path object_store parquet_file pooled_file pooled_stream raw_capture_file "
        "recording_kind recording_layout regular_file standard_input zip_bytes"
    ),
    "zreplay.recordings.csv": "csv_file joint_text",
    "zreplay.recordings.index": "file_identity index_store",
    "zreplay.replayer": (
        "gap_follower live_clock live_start recorder "
        "broadcast checkpoint_ring command_writer controls conversation drain from_settings "
        "historical_input historical_places input_opener inputs link live_capture live_input "
        "open_files gaps_log rejected_log replayer sender state waiter wakeup"
    ),
    "zreplay.reporting": "folder_facts",
    "zreplay.screen": (
        "dashboard gauges keyboard keys line_printer panels plain_line rejected_text "
        "spare_room tables ticker_page ticker_pages top "
        "watched"
    ),
    "zreplay.supervision": (
        "becoming begun_child forked link_folder link_lock part_metrics rate_record run run_folder "
        "run_options "
        "run_settings stderr_relay supervisor"
    ),
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
    # Only the shape of a metric, and how a time is written.
    "protocol.program.counts_page": {"protocol.program.metrics", "time"},
    # Only a bound, and the path of a socket.
    "protocol.program.metrics_address": {"protocol.endpoint_check", "pathlib"},
    # It reads one variable when it is imported.
    "protocol.compiled_parts": {"os"},
    # It reads the formats that come with the program, and one that a user wrote.
    "zreplay.recordings.formats.known_formats": {"pathlib", "protocol.bounded_file"},
    # Its one lock: who serves metrics asks from another thread.
    "zreplay.playback.durations": {"threading"},
    # And so have the names of a recording, whose blocks are parsed side by side.
    "zreplay.recordings.csv.ticker_codes": {"threading"},
    # Only the shape of a request.
    "zreplay.controls.repeated_requests": {"zreplay.controls.responder"},
    # Only the shape of run.json, and where it was.
    "zreplay.reporting.run_facts": {"pathlib", "zreplay.supervision.run_folder"},
    # It names the files.
    "zreplay.backfilling.file_reading": {"pathlib"},
    # The file that it hands on to is made by whoever writes the part.
    "zreplay.backfilling.function_output": {
        "zreplay.backfilling.parquet_output",
        "zreplay.backfilling.part_files",
    },
    # It names the file that is damaged.
    "zreplay.live.segment_head": {"pathlib"},
    "zreplay.live.gap": {"pathlib"},
    # Its one lock: who writes a capture asks what its reader, on another thread, still needs.
    "zreplay.live.capture_hold": {"threading"},
    # Only the shape of a record, whose file takes the path of a capture to name it.
    "zreplay.live.group_heads": {"zreplay.live.capture_records"},
    "zreplay.live.captured_gaps": {"zreplay.live.capture_records"},
    # Only the types of what a look at the folder says, and of what reads a file.
    "zreplay.recordings.csv.known_heads": {"pathlib", "zreplay.recordings.byte_reader"},
    "zreplay.recordings.file_stamp": {"os"},
}

# Which clock may be read where. What is due and how long something takes is monotonic time, read
# by whoever acts. The clock on the wall only tells when a live message came, and what people read.
OTHER_CLOCKS = {
    # How old a segment is: since it was begun, and since it was written, by an earlier process too.
    "zreplay.live.capture": {"monotonic_ns", "time_ns"},
    "zreplay.live.capture_queue": {"monotonic_ns", "time_ns"},
    # What hosts compare, so that their recordings can begin together.
    "zreplay.controls.verbs": {"time_ns"},
    "zreplay.commands.doctor_checks": {"monotonic_ns", "time_ns"},
    # The one instant at which several replayers begin.
    "zreplay.replayer.from_settings": {"monotonic_ns", "time_ns"},
    "zreplay.replayer.live_clock": {
        "CLOCK_MONOTONIC",
        "clock_gettime_ns",
        "monotonic_ns",
        "time_ns",
    },
    "zreplay.live.feed_connection": {"monotonic_ns", "time_ns"},
    "zreplay.live.feed_lines": {"time_ns"},
    "zreplay.live.feed_speaker": {"monotonic_ns", "time_ns"},
    "zreplay.live.plain_listener": {"monotonic_ns", "time_ns"},
    "zreplay.screen.watched": {"monotonic_ns", "time_ns"},
    # When a row was written, for people.
    "zreplay.supervision.rate_record": {"time_ns"},
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
    "declaration",
    "endpoints",
    "file_numbers",
    "instructions",
    "known_file",
    "result_folder",
    "run_facts",
    "source",
    "span",
    "travelling",
}
VAGUE_NAMES = {"base", "common", "core", "handy", "helpers", "manager", "misc", "util", "utils"}


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path): path for path in SOURCES}


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text())


@cache
def imports(module: str) -> frozenset[str]:
    """Return the modules that a module of ours imports, wherever in the file."""
    found = set()
    for node in ast.walk(tree_of(module)):
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


def offending(found: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return those with anything against a rule: each rule is one test, as it has no state."""
    return {module: names for module, names in found.items() if names}


def test_a_package_imports_only_those_it_may() -> None:
    def against(module: str) -> set[str]:
        imported = imports(module) - PROCESSORS.get(module, set())
        packages = {name.partition(".")[0] for name in imported} & {*PACKAGES, "tests"}
        return packages - MAY_IMPORT[module.partition(".")[0]]

    assert {} == offending({module: against(module) for module in MODULES})


def room_of(module: str) -> str:
    """Return the room of a module; one that lies beside the rooms is one by itself."""
    parts = module.split(".")
    is_in_room = len(parts) > 2 or module in FLOOR_OF
    return ".".join(parts[:2]) if is_in_room and ".".join(parts[:2]) in FLOOR_OF else parts[0]


def test_a_room_imports_only_those_on_lower_floors() -> None:
    def against(module: str) -> set[str]:
        room = room_of(module)
        arrows = PROCESSORS.get(module, set())
        others = {room_of(name) for name in ours(module) - arrows} - {room}
        return {other for other in others if FLOOR_OF[other] >= FLOOR_OF[room]}

    rooms = [module for module in MODULES if not module.startswith("zmid")]
    assert {} == offending({module: against(module) for module in rooms})


def test_each_room_has_its_floor() -> None:
    assert set() == {room_of(module) for module in MODULES} - {"zmid"} - set(FLOOR_OF)


def test_a_stage_knows_no_other_stage() -> None:
    stages = STAGES & set(MODULES)
    others = {module: everything_under(module) & STAGES - {module} for module in stages}

    assert {} == offending(others)


def acts(module: str) -> bool:
    room, _, name = module.rpartition(".")
    return name in ACTS.get(room, "").split() or module == "zreplay"


def test_a_file_that_decides_imports_nothing_that_acts() -> None:
    def against(module: str) -> set[str]:
        outside = {name.partition(".")[0] for name in imports(module)} & IMPURE_MODULES
        inside = {name for name in ours(module) if acts(name)}
        return (outside | inside) - PURE_ALL_THE_SAME.get(module, set())

    assert {} == offending({module: against(module) for module in MODULES if not acts(module)})


def test_the_clock_that_is_read_is_the_monotonic_one() -> None:
    def against(module: str) -> set[str]:
        clocks = {
            node.attr
            for node in ast.walk(tree_of(module))
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in {"time", "datetime"}
            and node.attr not in {"sleep", "localtime", "gmtime", "strftime"}
        }
        return clocks - OTHER_CLOCKS.get(module, MONOTONIC)

    assert {} == offending({module: against(module) for module in MODULES if acts(module)})


def test_who_is_said_to_act_is_there() -> None:
    said = {f"{room}.{name}" for room, names in ACTS.items() for name in names.split()}

    assert set() == said - set(MODULES)


def test_a_file_is_short_and_its_name_says_what_is_in_it() -> None:
    lengths = {module: len(path.read_text().splitlines()) for module, path in MODULES.items()}

    assert {} == {module: lines for module, lines in lengths.items() if lines > LONGEST_LINES}
    assert [] == [module for module in MODULES if module.rpartition(".")[2] in VAGUE_NAMES]


def test_a_file_says_at_its_head_what_it_is() -> None:
    assert [] == [module for module in MODULES if not ast.get_docstring(tree_of(module))]


def test_a_file_in_c_is_short_too_and_says_at_its_head_what_it_is() -> None:
    lines = {path: path.read_text().splitlines() for path in COMPILED}

    assert [] == [path for path, each in lines.items() if len(each) > LONGEST_LINES]
    assert [] == [path for path, each in lines.items() if not each[0].startswith("/* ")]


def test_a_source_file_has_its_test_file() -> None:
    files = [path.relative_to(ROOT) for path in SOURCES if path.stem not in WITHOUT_TESTS]
    tests = {path: ROOT / "tests" / path.with_name(f"test_{path.name}") for path in files}

    assert [] == [path for path, test in tests.items() if not test.is_file()]


def test_only_the_file_of_sockets_sets_an_option_of_zeromq_and_none_a_heartbeat() -> None:
    code = {module: ast.unparse(tree_of(module)) for module in MODULES}
    setting = {
        module for module, text in code.items() if "setsockopt(zmq." in text or ".set(zmq." in text
    }
    beating = {module for module, text in code.items() if "zmq.HEARTBEAT" in text}

    assert ({"protocol.sockets"}, set()) == (setting, beating)


def test_only_the_file_of_a_block_takes_a_position_apart() -> None:
    code = {module: ast.unparse(tree_of(module)) for module in MODULES}

    assert ["zreplay.quotes.block"] == [
        module for module, text in code.items() if re.search(r"FILE_SHIFT|(<<|>>) ?48\b", text)
    ]


def test_a_record_is_a_struct_whose_definition_costs_each_start_next_to_nothing() -> None:
    met_by_code_of_users = {"zmid.processors.processor", "zmid.processors.quotes"}

    assert met_by_code_of_users == {
        module for module in MODULES if "dataclasses" in imports(module)
    }
