"""What `run --json` prints at its end, as a struct: what its replayer counted, and the run itself.

What the replayer says is not there if it was killed between its end and its last words.
"""

from typing import Annotated

from msgspec import UNSET, Struct, UnsetType, field

from zreplay.controls.status_schema import Age, Fraction, Is, Lateness, Speed, Whole


class RunSummary(Struct, frozen=True):
    """How a run ended. The counts are of the whole run, the times of its last replayer."""

    schema: Annotated[Whole, Is("1; fields may be added without a new number")]
    complete: Annotated[bool, Is("whether every line is committed")]
    seconds: Annotated[Fraction, Is("of this start, to its end")]
    quotes_per_second: Annotated[Whole, Is("committed since this start, by its time")]
    restarts: Annotated[Whole, Is("of its parts")]
    out: Annotated[str, Is("the folder")]
    ok: Annotated[
        bool | UnsetType, Is("false where not one quote was replayed, else not there")
    ] = UNSET
    code: Annotated[str | UnsetType, Is("of that error")] = UNSET
    error: Annotated[str | UnsetType, Is("that error")] = UNSET
    fix: Annotated[str | UnsetType, Is("what to do about it")] = UNSET
    empty: Annotated[str | UnsetType, Is("why there was not one quote")] = UNSET
    ended: Annotated[
        bool | UnsetType, Is("true of live feeds that were stopped, else not there")
    ] = UNSET
    resumed_at: Annotated[
        Whole | UnsetType, Is("the record at which this start went on; not there of the first")
    ] = UNSET
    quotes: Annotated[Whole | UnsetType, Is("committed, in the whole run")] = UNSET
    mids: Annotated[Whole | UnsetType, Is("lines in mid_prices.log")] = UNSET
    latency_skipped: Annotated[Whole | UnsetType, Is("lines in errors.log")] = UNSET
    blank: Annotated[Whole | UnsetType, Is("quotes of which a side is missing")] = UNSET
    rejected: Annotated[Whole | UnsetType, Is("lines in rejected.log")] = UNSET
    outside_session: Annotated[
        Whole | None | UnsetType, Is("quotes that do not arrive in the `--session`, or null")
    ] = UNSET
    repeated: Annotated[Whole | None | UnsetType, Is("left out by `--dedupe`, or null")] = UNSET
    left_out: Annotated[Whole | UnsetType, Is("lines that the format says do not count")] = UNSET
    skipped_times: Annotated[
        Whole | UnsetType, Is("quotes whose time the clocks of the zone skipped")
    ] = UNSET
    repeated_times: Annotated[Whole | UnsetType, Is("quotes whose time they showed twice")] = UNSET
    formats: Annotated[
        dict[str, Whole] | UnsetType, Is("what the files were taken for, and how many")
    ] = UNSET
    in_flight: Annotated[Whole | UnsetType, Is("quotes sent and not committed")] = UNSET
    pass_: Annotated[Whole | UnsetType, Is("which pass of a loop this is, from 0")] = field(
        name="pass", default=UNSET
    )
    passes: Annotated[Whole | None | UnsetType, Is("of a loop, null without end")] = UNSET
    speed: Annotated[Speed | UnsetType, Is("as requested: `1x`, `max`")] = UNSET
    speed_now: Annotated[Fraction | UnsetType, Is("over the last seconds")] = UNSET
    achieved_speed: Annotated[Fraction | None | UnsetType, Is("over all that was paced")] = UNSET
    lateness_ns: Lateness | UnsetType = UNSET
    age_ns: Age | None | UnsetType = UNSET
    paced_quotes: Annotated[Whole | UnsetType, Is("quotes that had a due time")] = UNSET
    late_share: Annotated[Fraction | UnsetType, Is("of those over 1 ms late")] = UNSET
    blocked_ns: Annotated[Whole | UnsetType, Is("how long due quotes could not leave")] = UNSET
    window_blocked_ns: Annotated[Whole | UnsetType, Is("of that: the window was full")] = UNSET
    workers_blocked_ns: Annotated[Whole | UnsetType, Is("of that: no worker took one")] = UNSET
    starved_ns: Annotated[Whole | UnsetType, Is("how long nothing was ready")] = UNSET
    frozen_ns: Annotated[Whole | UnsetType, Is("while the process was suspended")] = UNSET
    stretched_ns: Annotated[Whole | UnsetType, Is("how long the clock waited")] = UNSET
    caught_up: Annotated[Whole | UnsetType, Is("how often a burst made up for a wait")] = UNSET
    skipped_ns: Annotated[Whole | UnsetType, Is("cut from gaps by `--max-gap`")] = UNSET
    resent_batches: Annotated[Whole | UnsetType, Is("that the sink still lacked")] = UNSET
