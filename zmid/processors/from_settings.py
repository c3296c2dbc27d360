"""The processors of a worker, from its settings: with a limit on their time, cut by chance."""

import os
import random
from collections.abc import Callable, Sequence
from typing import NoReturn

from protocol.errors import ProcessorError
from protocol.program.diagnostics import Log
from protocol.program.error_text import say
from zmid.mid_rule import MidRule
from zmid.processors.computing import Loaded, records
from zmid.processors.mids_table import mids_table
from zmid.processors.processing import Processing
from zmid.processors.time_limit import Call, TimeLimit
from zmid.settings import WorkerSettings

log = Log("worker")


def begin_processing(settings: WorkerSettings, worker: str) -> Processing:
    """Load the processors of a worker.

    Raises:
        SettingsError: one cannot be loaded.
    """
    rule = None if settings.no_mid else MidRule(settings.latency_threshold_ms, settings.stamp)
    loaded = _load(settings.processor) if settings.processor else []
    for each in loaded:
        outputs = ", ".join(output.name for output in each.processor.outputs)
        log.info("processor loaded", processor=each.name, source=each.path, outputs=outputs)
    if settings.table and rule is not None:
        loaded.append(mids_table(rule))
    seconds = settings.processor_limit
    limit = TimeLimit(seconds, lambda call: _end(call, seconds))
    return Processing(loaded, rule, worker, limit.over, _chance(settings.check_processor))


def _load(texts: Sequence[str]) -> list[Loaded]:
    from zmid.processors.loading import load  # what finds sources takes 40 ms

    return load(texts)


def _chance(percent: float) -> Callable[[int], int]:
    """Return what chooses the row at which a batch is cut, 0 for one that is not checked."""
    choices = random.Random()

    def cut(count: int) -> int:
        is_checked = count > 1 and choices.random() * 100 < percent
        return choices.randrange(1, count) if is_checked else 0

    return cut


def _end(call: Call, seconds: float) -> NoReturn:
    """End the process at once, as the loop that would end it hangs."""
    error = ProcessorError(
        f"processor {call.processor} took over {seconds:g} s for {records(call.batch)}",
        fix="mend it, or allow it more: --processor-limit",
        code="Z803",
    )
    say("zmid", "error", error.what, {"code": error.code, "fix": error.fix})
    os._exit(error.exit_code)
