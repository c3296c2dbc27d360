"""A batch that went missing: whether to resend it, and in which frame."""

from msgspec.structs import replace

from protocol import codec
from protocol.errors import PoisonBatch
from protocol.messages import Batch
from zreplay.delivery.window import CreditWindow, InFlight


def overdue(window: CreditWindow, sink_heard_ns: int) -> InFlight | None:
    """Return the batch to resend, None if there is none.

    Raises:
        PoisonBatch: it was resent over and over, and never came back.
    """
    batch = window.overdue(sink_heard_ns)
    if batch is not None and window.is_poison(batch):
        last = batch.first + batch.count - 1
        raise PoisonBatch(
            f"records {batch.first} to {last} were sent {batch.attempts} times "
            "and never came back, while later ones did",
            fix="see the workers' diagnostics; the run resumes where it stopped",
        )
    return batch


def next_frame(batch: InFlight) -> bytes:
    """Return the frame of the next attempt: the same batch but for the count of attempts."""
    message = codec.decode(batch.frame)
    assert isinstance(message, Batch)
    return codec.encode(replace(message, attempt=batch.attempts + 1))
