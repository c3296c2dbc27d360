"""What a running replayer knows of its progress: facts for the rule in progress.py, its pace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol.messages import HISTORICAL
from zreplay.controls.progress import PassFacts, Playing, Share, share_of_pass
from zreplay.historical.historical_cursor import quotes_before

if TYPE_CHECKING:
    from zreplay.controls.rates import Rates
    from zreplay.replayer.replayer import Replayer


def facts_in_files(replayer: Replayer, now_ns: int) -> PassFacts | None:
    """Return what is known of the present pass, None where the quotes are not those of files.

    Of thousands of files that takes a while: an answer asks for it once.
    """
    session = replayer.session
    is_in_files = session.log.target_mode == HISTORICAL and session.cursors.are_open
    return pass_facts(replayer, now_ns) if is_in_files else None


def pass_facts(replayer: Replayer, now_ns: int) -> PassFacts:
    """Return what is known of the present pass over the files."""
    files, cursors = replayer.inputs.historical, replayer.session.cursors
    selection, window, head = replayer.settings.selection, files.window, files.head
    start_ns = window.start_ns if window else None
    return PassFacts(
        sent=0 if cursors.is_rewound else quotes_before(cursors.historical),
        limit=selection.limit if selection else None,
        start_ns=files.files_reached.first_ns if start_ns is None else start_ns,
        end_ns=window.end_ns if window else None,
        # Until the first quote of a pass has left, it is the last of the one before.
        present_ns=None if cursors.is_rewound else replayer.playback.present_ns(now_ns),
        counts=files.row_counts,
        # Of many files it takes long, and quotes are better.
        files_share=files.share() if files.row_counts is None else None,
        is_over=head is not None and head.is_ended,
    )


def left_out_of(replayer: Replayer) -> dict[str, int | None]:
    """Return how many quotes of the present pass were left out, by the reason.

    None where all was sent before this process began, and what lies behind is not read again.
    """
    places, is_known = replayer.session.cursors, not replayer.session.ending.was_complete
    sent = b"" if places.is_rewound else places.historical
    left_out = replayer.inputs.historical.left_out(sent)
    return {name: count if is_known else None for name, count in left_out._asdict().items()}


def playing_of(replayer: Replayer) -> Playing:
    """Return how the files are played, and how often."""
    session, rate = replayer.session, replayer.playback.rate
    return Playing(
        rate=None if rate is None else float(rate),
        cuts_gaps=replayer.settings.max_gap_ns is not None,
        # The next one begins with its first quote: until then the numbers are of the last.
        pass_number=session.state.pass_number + session.cursors.is_rewound,
        passes=session.state.passes,
    )


def take_tick(replayer: Replayer, rates: Rates, now_ns: int) -> None:
    """Note where the replay stands, about once a second in which it goes on."""
    playback, session = replayer.playback, replayer.session
    if not rates.pace.pass_time(now_ns, is_paused=playback.is_paused):
        return
    share, passes, present_ns = Share(None, ""), None, None
    facts = facts_in_files(replayer, now_ns)
    if facts is not None:
        share, present_ns = share_of_pass(facts), facts.present_ns
        number = playing_of(replayer).pass_number
        passes = None if share.done is None else number + share.done
    state = session.state
    # A loop begins a segment too, and is no change of the way.
    stretch = state.mode, session.epoch, state.segment - state.pass_number
    rates.pace.tick(passes, present_ns, (stretch, playback.rate, share.of))
