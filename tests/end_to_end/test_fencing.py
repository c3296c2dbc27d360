"""Only one replayer at a time may write; the others notice, report it and exit."""

import signal
from pathlib import Path

from tests.end_to_end.processes import ROOT, finish, parts, until
from tests.reference import reference_logs

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"


def test_a_replayer_that_was_replaced_while_stopped_writes_no_line(tmp_path: Path) -> None:
    with parts(tmp_path) as these:
        first = these.serve(SAMPLE, "--speed", "4")
        these.worker()
        these.sink()
        until(lambda: these.ask("status")["committed"] > 1000, "the first quotes")
        first.send_signal(signal.SIGSTOP)
        links = these.control.removesuffix("/c")
        second_ends = ("--bind", f"{links}/b2", "--control", f"{links}/c2")
        second = these.keep(
            these.start_serve(
                *second_ends, "--state", tmp_path / "s2", SAMPLE, "--speed", "8", "--exit-when-done"
            )
        )
        these.keep(these.start_worker(f"{links}/b2"))
        until(lambda: these.committed_lines() > 5000, "the second replayer's quotes")
        first.send_signal(signal.SIGCONT)

        assert 5 == first.wait(60)
        assert 0 == second.wait(60)
        assert reference_logs([SAMPLE])[:2] == these.logs()


def test_a_second_sink_on_a_folder_and_a_second_replayer_on_a_state_are_refused(
    tmp_path: Path,
) -> None:
    with parts(tmp_path) as these:
        serve = these.serve(SAMPLE)
        sink = these.sink()
        until(lambda: these.ask("ping")["epoch"] > 0, "the sink to let the replayer in")
        links = these.control.removesuffix("/c")

        ends = ("--bind", f"{links}/r2", "--sync", f"{links}/s2")
        second_sink = finish("zmid", "sink", *ends, "--out", these.out)
        ends = ("--bind", f"{links}/b2", "--control", f"{links}/c2")
        second = finish("zreplay", "serve", *ends, "--state", these.state, SAMPLE)

        assert (6, 6) == (second_sink.returncode, second.returncode)
        assert f"pid {sink.pid}" in second_sink.stderr
        assert f"pid {serve.pid}" in second.stderr
