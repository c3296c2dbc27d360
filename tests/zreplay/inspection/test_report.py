"""The JSON is the report's fields by name, and says whether a run would send every row."""

import msgspec
import pytest
from msgspec.structs import replace

from zreplay.inspection.account import Account
from zreplay.inspection.report import DisorderReport, Duration, Inspection, RecordingReport


def recording(late: int = 0, rejected: int = 0) -> RecordingReport:
    report = Account(20.0).report(
        "a.csv", 0, DisorderReport(0, 0, 0, late), 1, Duration(0.0, None, 0.0)
    )
    return replace(report, rejected=rejected)


def inspection(*files: RecordingReport) -> Inspection:
    return Inspection(1, 5, 20.0, None, 0.1, list(files), None)


@pytest.mark.parametrize(
    ("late", "rejected", "has_faults"), ((0, 0, False), (1, 0, True), (0, 1, True))
)
def test_rejected_and_late_rows_of_any_file_are_faults(
    late: int, rejected: int, has_faults: bool
) -> None:
    assert has_faults == inspection(recording(), recording(late, rejected)).has_faults


def test_the_json_reads_back_as_the_same_report() -> None:
    report = inspection(recording(late=3))

    assert report == msgspec.json.decode(msgspec.json.encode(report), type=Inspection)
