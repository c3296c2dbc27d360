"""Rows of several files that were read as one, taken as one where nothing speaks against it.

Each file takes its rows before its turn has come then. That changes nothing: what comes out, and
what is told, follows from the rows that were read and from how far each file is. What is decided
at a file's turn - a late row, a stray, a refused line - makes it wait for that.
"""

from zreplay.historical.file_rows import FileRows
from zreplay.ordering.arrival_order import ArrivalOrder
from zreplay.ordering.held_rejections import HeldRejections
from zreplay.recordings.joint_rows import JointRows


def take_together(
    joint: JointRows, rows: FileRows, order: ArrivalOrder, held: HeldRejections
) -> bool:
    """Have all rows taken that `rows` would give next; False, and nothing is, if they may not be.

    Then each file is asked for its own at its turn.
    """
    if not (order.takes_all(joint) and held.holds_none(joint) and rows.passes_all(joint)):
        return False
    rows.take_together(joint)
    order.add_together(joint)
    held.pass_over(joint)
    return True
