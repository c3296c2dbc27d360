"""How far the rows of one file are out of order, and which are late for a horizon."""

import numpy as np
import numpy.typing as npt

from protocol.limits import INT64_MIN
from zreplay.inspection.report import DisorderReport
from zreplay.ordering.late_rows import late_rows
from zreplay.quotes.block import Block, Int64s

Bools = npt.NDArray[np.bool_]


class Disorder:
    """Looks at the blocks of one file in file order."""

    def __init__(self, horizon_ns: int) -> None:
        self._horizon_ns = horizon_ns
        self._newest_ns = INT64_MIN
        self._steps_back = 0
        self._largest_step_ns = 0
        self._reorder_needed_ns = 0
        self._late = 0

    def add(self, block: Block) -> None:
        """Look at the next rows, at least one."""
        late = late_rows(block, self._newest_ns, self._horizon_ns)
        before_ns = late.newest_before_ns
        self._newest_ns = max(int(before_ns[-1]), int(block.timestamp_ns[-1]))
        steps_back = block.timestamp_ns < before_ns
        if steps_back.any():
            self._steps_back += int(np.count_nonzero(steps_back))
            step_ns = _largest_ns(before_ns, block.timestamp_ns, steps_back)
            self._largest_step_ns = max(self._largest_step_ns, step_ns)
        behind = block.arrival_ns < before_ns
        if behind.any():
            needed_ns = _largest_ns(before_ns, block.arrival_ns, behind)
            self._reorder_needed_ns = max(self._reorder_needed_ns, needed_ns)
        self._late += len(late.rows)

    def report(self) -> DisorderReport:
        return DisorderReport(
            self._steps_back, self._largest_step_ns, self._reorder_needed_ns, self._late
        )


def joined(reports: list[DisorderReport]) -> DisorderReport:
    """Return the result for several files: order is a property of each."""
    return DisorderReport(
        steps_back=sum(report.steps_back for report in reports),
        largest_step_ns=max(report.largest_step_ns for report in reports),
        reorder_needed_ns=max(report.reorder_needed_ns for report in reports),
        late=sum(report.late for report in reports),
    )


def _largest_ns(later_ns: Int64s, earlier_ns: Int64s, rows: Bools) -> int:
    """Return the largest difference; as unsigned integers it cannot wrap around."""
    return int((later_ns.view(np.uint64) - earlier_ns.view(np.uint64))[rows].max())
