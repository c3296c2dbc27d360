"""Of many files those are named that have the most of some kind of trouble, by a rule."""

from typing import Any

from msgspec.structs import replace

from tests.zreplay.inspection.test_text import RECORDING, REFUSAL, SECOND_NS
from zreplay.inspection.report import DisorderReport, Inspection, Peak, Rate, RecordingReport
from zreplay.inspection.standouts import MOST, standouts, troubles_of
from zreplay.inspection.text import MOST_FILES, text
from zreplay.quotes.rejection import RowCode


def file(name: str, *, late: int = 0, step_ns: int = 0, gap_ns: int = 1, **more: Any) -> Any:
    disorder = DisorderReport(int(step_ns > 0), step_ns, 0, late)
    rate = Rate(1.0, Peak(1, 0), Peak(1, 0), gap_ns)
    return replace(RECORDING, file=name, disorder=disorder, rate=rate, **more)


def found(files: list[RecordingReport], broken_off: str | None = None) -> Inspection:
    total = replace(RECORDING, file="total")
    return Inspection(1, 5 * SECOND_NS, 20.0, None, 1.0, files, total, broken_off)


def names(files: list[RecordingReport], **more: Any) -> list[str]:
    return [one.file.file for one in standouts(found(files, more.pop("broken_off", None)), **more)]


STRAYS = replace(REFUSAL, code=RowCode.STRAY, rows=4)
ORDINARY = [file(f"{number}.csv") for number in range(30)]
ODD = [
    file("gap.csv", gap_ns=9 * SECOND_NS),
    file("step.csv", step_ns=SECOND_NS),
    file("none.csv", rows=0, gap_ns=0),
    file("strays.csv", rejected=4, refusals=[STRAYS]),
    file("late.csv", late=3),
    file("bad.csv", rejected=2, refusals=[REFUSAL]),
    file("cut.csv"),
]


def test_the_worst_of_each_kind_comes_first_in_the_order_of_the_rule() -> None:
    expected = ["cut.csv", "bad.csv", "late.csv", "strays.csv", "none.csv", "step.csv", "gap.csv"]
    chosen = names(ORDINARY + ODD, broken_off="cut.csv: cannot be read")

    assert expected == chosen[:7]
    assert MOST == len(chosen) == len(set(chosen))


def test_then_the_second_of_each_kind_until_there_are_enough() -> None:
    files = [file(f"late{n}.csv", late=n) for n in range(1, 9)]
    files += [file(f"bad{n}.csv", rejected=n, gap_ns=0) for n in range(1, 9)]

    assert ["bad8.csv", "late8.csv", "late1.csv", "bad7.csv", "late7.csv"] == names(files, most=5)


def test_a_stray_is_not_counted_twice() -> None:
    both = file("a.csv", rejected=6, refusals=[STRAYS, REFUSAL])

    assert (2, 4) == (troubles_of(both).rejected, troubles_of(both).strays)


def test_files_without_trouble_do_not_stand_out() -> None:
    assert [] == names([file(f"{number}.csv", gap_ns=0) for number in range(30)])


def test_of_many_files_the_whole_and_those_that_stand_out_are_printed() -> None:
    said = text(found(ORDINARY + ODD)).splitlines()
    whole, each = said[0], text(found(ORDINARY + ODD), each=True)

    assert whole.startswith("total: ")
    assert (
        "10 of 37 files stand out, in turn of each kind the worst: broken off, rejected,"
        in "".join(said)
    )
    assert "  bad.csv: 1,000 quotes, 2 rejected, gap of 0.001 us" in said
    assert "  none.csv: empty" in said
    assert all(f"\n{number}.csv: 1,000 quotes, " in f"\n{each}" for number in range(30))
    assert "stand out" not in each


def test_of_few_files_each_is_printed() -> None:
    said = text(found(ORDINARY[:MOST_FILES]))

    assert "stand out" not in said
    assert "\n19.csv: " in said


def test_a_name_cannot_steer_the_terminal() -> None:
    assert "\x1b" not in text(found([file("\x1b[2J.csv", late=1), *ORDINARY]))
