"""What all workers of a run have in common; the first result that is committed decides it."""

from typing import NamedTuple, Self

from protocol.commit import Commit
from protocol.declaration import Declaration, Declarations
from protocol.limits import MAX_TEXT_CHARS
from protocol.messages import Result
from protocol.result_folder import TABLE


class RunRule(NamedTuple):
    """What determines the bytes of a run's files, but for the quotes.

    `threshold_ms` is None where no mids are computed.
    """

    threshold_ms: float | None
    stamp: str
    processors: Declarations

    @classmethod
    def of(cls, one: Result | Commit) -> Self:
        """Return the rule of a result, or of a commit that holds some."""
        return cls(one.threshold_ms, one.stamp, one.processors)

    @property
    def has_table(self) -> bool:
        """True if `mids.arrows` is one of the outputs."""
        files = (file.name for processor in self.processors for file in processor.outputs)
        return TABLE in files

    def beside(self, pinned: "RunRule") -> str:
        """Return what is other here than in `pinned`, which the run has."""
        if self.processors != pinned.processors:
            ours, theirs = (_in_words(rule.processors) for rule in (self, pinned))
            return f"runs {ours}, this run has {theirs}"[: MAX_TEXT_CHARS // 2]
        ours, theirs = (_threshold(rule.threshold_ms) for rule in (self, pinned))
        return f"has {ours} and stamp {self.stamp}, this run has {theirs} and {pinned.stamp}"


def _threshold(threshold_ms: float | None) -> str:
    return "no mid price" if threshold_ms is None else f"threshold {threshold_ms:g} ms"


def _in_words(processors: Declarations) -> str:
    return ", ".join(map(_named, processors)) or "no processor"


def _named(processor: Declaration) -> str:
    parameters = f"({processor.parameters})" if processor.parameters else ""
    return f"processor {processor.name}{parameters} of source {processor.digest.hex()[:8]}"
