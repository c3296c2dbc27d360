"""Processors in real processes: what they write, and how a run ends that has one that fails."""

from pathlib import Path

import pytest

import zreplay
from tests.end_to_end.processes import ROOT, finish, parts, until
from tests.listed import PATH, text, wrong
from tests.reference import ordered_quotes, reference_logs

SAMPLE = ROOT / "fixtures" / "historical_sample.csv"
LISTED = f"{PATH}:listed"
LINES = len(ordered_quotes([SAMPLE])[0])

SOURCE = """
import time
from zmid.processors import Text, csv_lines, processor

@processor(Text("mean.csv"))
def mean(quotes):
    return csv_lines(quotes.bid_price - quotes.bid_price.mean())

@processor(Text("raises.csv"))
def raises(quotes):
    if (quotes.record == 12345).any():
        raise ValueError("no")
    return csv_lines(quotes.record)

@processor(Text("sleeps.csv"))
def sleeps(quotes):
    time.sleep(60)

@processor(Text("strange.csv"))
def strange(quotes):
    return quotes

@processor(Text("wide.txt"))
def wide(quotes, *, width: int = 1000):
    return b"".join(b"%-*d\\n" % (width, record) for record in quotes.record.tolist())
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(SOURCE)
    return path


def run(out: Path, *arguments: object, **more: str) -> tuple[int, str]:
    done = finish("zreplay", "run", SAMPLE, "--speed", "max", "--out", out, *arguments, **more)
    return done.returncode, done.stderr


@pytest.mark.parametrize("pure", ["0", "1"])
def test_the_two_logs_are_the_same_bytes_beside_a_processor(tmp_path: Path, pure: str) -> None:
    out = tmp_path / "out"
    options = ("--processor", LISTED, "--check-processor", 100)
    assert 0 == run(out, *options, ZREPLAY_PURE=pure)[0]

    logs = ((out / name).read_bytes() for name in ("mid_prices.log", "errors.log"))
    assert reference_logs([SAMPLE])[:2] == tuple(logs)
    files = ((out / "outputs" / name).read_bytes() for name in ("quotes.csv", "quotes.arrows"))
    assert "" == wrong(text(ordered_quotes([SAMPLE])[0]), *files)


def test_a_finished_run_is_complete_and_one_of_another_source_is_refused(
    tmp_path: Path, mine: Path
) -> None:
    out, options = tmp_path / "out", ("--no-mid", "--processor", f"{mine}:wide,width=1")
    assert 0 == run(out, *options)[0]
    before = (out / "outputs" / "wide.txt").read_bytes()
    assert b"".join(b"%d\n" % record for record in range(LINES)) == before
    assert 0 == run(out, *options)[0]
    mine.write_text(SOURCE + "# mended\n")
    code, said = run(out, *options)

    assert (6, True) == (code, "Z603" in said and "wide" in said)
    assert before == (out / "outputs" / "wide.txt").read_bytes()
    assert 0 == run(out, *options, "--fresh")[0]


def test_outputs_larger_than_a_message_are_cut_by_rows(tmp_path: Path, mine: Path) -> None:
    out, width = tmp_path / "out", 4000
    assert 0 == run(out, "--no-mid", "--processor", f"{mine}:wide,width={width}")[0]

    with (out / "outputs" / "wide.txt").open("rb") as lines:
        assert [*range(LINES)] == [int(line) for line in lines]


@pytest.mark.parametrize(
    "name, says",
    [
        ("mean", r"Z804: processor mean is not row-wise: mean.csv of records "),
        ("raises", r"Z801: processor raises raised ValueError: no in line "),
        ("sleeps", r"Z803: processor sleeps took over 1 s for records 0 to "),
        ("strange", r"Z802: processor strange returned a value of type Quotes, expected bytes,"),
        ("wide,width=17000000", r"Z805: "),
    ],
)
def test_a_processor_that_fails_ends_the_run_and_is_named(
    tmp_path: Path, mine: Path, name: str, says: str
) -> None:
    out = tmp_path / "out"
    limits = ("--check-processor", 100, "--processor-limit", 1 if name == "sleeps" else 300)
    small = ("--batch", 4 if "width" in name else 32_768)
    code, said = run(out, "--no-mid", "--processor", f"{mine}:{name}", *limits, *small)

    assert (8, True) == (code, says in said), said
    assert name != "raises" or "at record 12345" in said


def test_workers_that_differ_are_refused_by_name(tmp_path: Path, mine: Path) -> None:
    with parts(tmp_path) as these:
        serve = these.serve(SAMPLE, "--speed", "0.1", "--exit-when-done")
        these.worker("--processor", f"{mine}:wide,width=1")
        these.sink()
        until(lambda: these.ask("status")["committed"] > 100, "the first quotes")
        other = these.worker("--processor", f"{mine}:wide,width=2", "--name", "other")
        refused = until(lambda: these.ask("status").get("problem"), "the refusal")
        other.kill()
        these.ask("speed", "max")
        assert 0 == serve.wait(60)

    assert "worker other runs processor wide(width=2) of source" in refused
    assert "this run has processor wide(width=1) of source" in refused
    lines = (these.out / "outputs" / "wide.txt").read_bytes()
    assert b"".join(b"%d\n" % record for record in range(LINES)) == lines


def test_the_table_is_read_while_the_run_goes_on_and_its_sink_is_killed(tmp_path: Path) -> None:
    """What was read once is there at each later look: the beginning of the same table."""
    with parts(tmp_path) as these:
        serve = these.serve(SAMPLE, "--speed", "4")
        these.worker("--table")
        sink = these.sink("--lock-wait", "5s")
        seen = [0]
        for share in (0.2, 0.4, 0.6):
            until(lambda: these.ask("status")["committed"] > share * LINES, "the next quotes")  # noqa: B023
            seen.append(zreplay.results(these.out).read_all().num_rows)
            sink.kill()
            sink.wait()
            assert seen[-1] <= zreplay.results(these.out).read_all().num_rows
            sink = these.sink("--lock-wait", "5s")
        until(lambda: these.ask("status")["state"] == "DONE", "the end of the file")
        these.ask("stop")
        assert 0 == serve.wait(60)
        table = zreplay.results(these.out).read_all()
        logged = reference_logs([SAMPLE]).mids.splitlines()

    assert sorted(set(seen)) == seen
    assert [*range(LINES)] == table["record"].to_pylist()
    assert [float(line.partition(b", ")[2]) for line in logged] == (
        table["mid"].drop_null().to_pylist()
    )
