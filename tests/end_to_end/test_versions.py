"""Parts of two versions: who meets another says so on both sides.

Of another version of the protocol it names both, says which to upgrade, and exits; of another
version of the programs alone it goes on.
"""

import subprocess
from pathlib import Path

import pytest

from protocol.codec import VERSION
from protocol.program_version import PROGRAM_VERSION
from tests.end_to_end.processes import ROOT, Parts, finish, parts, start, until
from tests.reference import reference_logs

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"
REFERENCE = reference_logs([SAMPLE])[:2]
OURS, NEXT = VERSION, VERSION + 1


def start_each(
    these: Parts, versions: dict[str, int], programs: dict[str, str] | None = None
) -> dict[str, "subprocess.Popen[str]"]:
    arguments: dict[str, tuple[object, ...]] = {
        "sink": ("zmid", "sink", "--bind", these.results, "--sync", these.sync),
        "worker": ("zmid", "worker", "--source", these.batches, "--sink", these.results),
        "replayer": ("zreplay", "serve", SAMPLE, "--bind", these.batches, "--sync", these.sync),
    }
    arguments["sink"] += ("--out", these.out)
    arguments["replayer"] += ("--control", these.control, "--state", these.state)
    return {
        name: these.keep(
            start(
                "tests.end_to_end.other_version",
                versions[name],
                (programs or {}).get(name, PROGRAM_VERSION),
                *own,
                stderr=subprocess.PIPE,
            )
        )
        for name, own in arguments.items()
    }


@pytest.mark.parametrize("replayer, sink", [(NEXT, OURS), (OURS, NEXT)])
def test_a_replayer_and_a_sink_of_two_versions_both_end_and_both_say_why(
    tmp_path: Path, replayer: int, sink: int
) -> None:
    with parts(tmp_path) as these:
        started = start_each(these, {"replayer": replayer, "sink": sink, "worker": OURS})
        said = {name: started[name].communicate(timeout=60)[1] for name in ("replayer", "sink")}

        assert (5, 5) == (started["replayer"].returncode, started["sink"].returncode)
        assert f"the sink speaks version {sink}" in said["replayer"]
        assert f"this replayer version {replayer}" in said["replayer"]
        assert f"a replayer speaks version {replayer}" in said["sink"]
        assert f"this sink version {sink}" in said["sink"]
        older = ("this replayer", "a replayer") if replayer < sink else ("the sink", "this sink")
        assert f"upgrade {older[0]}" in said["replayer"]
        assert f"upgrade {older[1]}" in said["sink"]
        assert None is started["worker"].poll()


@pytest.mark.parametrize("worker, behind", [(NEXT, "the replayer"), (OURS, "this worker")])
def test_a_worker_of_another_version_ends_at_its_first_batch_and_the_others_go_on(
    tmp_path: Path, worker: int, behind: str
) -> None:
    others = OURS + NEXT - worker
    with parts(tmp_path) as these:
        started = start_each(these, {"replayer": others, "sink": others, "worker": worker})
        said = started["worker"].communicate(timeout=60)[1]

        assert 5 == started["worker"].returncode
        assert f"the replayer speaks version {others} of the protocol" in said
        assert f"this worker version {worker}" in said
        assert f"upgrade {behind}" in said
        assert [None, None] == [started[name].poll() for name in ("replayer", "sink")]
        assert 0 == these.ask("status")["committed"]


def test_programs_of_other_versions_work_together_and_each_is_named_on_both_sides(
    tmp_path: Path,
) -> None:
    programs = {"sink": "0.1.7", "worker": "0.1.8", "replayer": "0.1.9"}
    with parts(tmp_path) as these:
        started = start_each(these, dict.fromkeys(programs, OURS), programs)
        until(lambda: these.ask("status")["workers"], "a worker that is known")
        status = these.ask("status")
        checked = finish("zreplay", "doctor", "--control", these.control, "--out", tmp_path)
        assert these.ask("speed", "max")["ok"]
        until(lambda: these.logs() == REFERENCE, "the logs of the reference")
        said = {}
        for name, process in started.items():
            process.terminate()
            said[name] = process.communicate()[1]

    (worker,) = status["workers"]
    met = {
        "replayer": {"the sink": "0.1.7", f"worker {worker['worker']}": "0.1.8"},
        "sink": {"the replayer": "0.1.9", f"worker {worker['worker']}": "0.1.8"},
        "worker": {"the replayer": "0.1.9"},
    }
    for name, peers in met.items():
        told = [line for line in said[name].splitlines() if "of another version" in line]
        assert sorted(told_of(*each, programs[name]) for each in peers.items()) == sorted(
            line.partition("peer=")[2] for line in told
        )
    assert ("0.1.9", "0.1.7") == (status["version"], status["sink"]["version"])
    assert "0.1.8" == worker["version"]
    assert any("of another version" in each["text"] for each in status["diagnostics"])
    assert f"here {PROGRAM_VERSION}, the replayer 0.1.9, the sink 0.1.7" in checked.stdout


def told_of(peer: str, theirs: str, ours: str) -> str:
    return f'"{peer}"  theirs={theirs}  ours={ours}'
