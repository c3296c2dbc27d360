"""A whole run in one process: seeded kills at every disk step, loss, repeats, disorder, zombies.

Each seed enables a random subset of the faults (swarm testing), then leaves the run in peace:
it must finish, with the bytes of a run without faults and every command that was answered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from protocol import codec
from protocol.commit import SLOT_BYTES, SLOT_COUNT
from protocol.errors import ResultLogError
from protocol.messages import HISTORICAL, LIVE, STAMP_EXCHANGE, Batch, Message, Result
from protocol.result_folder import (
    ERRORS,
    MANIFEST,
    MIDS,
    RING,
)
from tests.reference import ordered_quotes
from tests.simulation.disk import Killed, SimulatedDisk
from tests.simulation.expected import expected_logs, live_block
from tests.simulation.processing import processing, wrong_outputs
from tests.simulation.recording import START_NS as RECORDING_START_NS
from tests.simulation.replayer import Journal, SimulatedReplayer
from tests.simulation.rotated import joined, rotation_of, wrong_segments
from tests.simulation.wire import Wire
from zmid.mid import mid_lines, result_of
from zmid.mid_rule import MidRule
from zmid.resequence import Resequencer
from zmid.result_log import ResultLog
from zmid.sink_state import SinkState
from zreplay.delivery.command import Command, SeekTo, SetLoop, SetMode

RUN = b"a simulated run."
RULE = MidRule(20.0, STAMP_EXCHANGE)
TICK_NS = 10_000_000
MAX_TICKS = 60_000
WORKERS = 3
PIPE_BATCHES = 3
EARLY_TICKS = 60
DELAYS = (0, 0, 0, 0, 12, 30, 100)
"""Ticks that each way takes; a batch goes two of them, and its acknowledgement one."""
FAULTS = (
    *("kill sink", "kill sink mid-step", "kill replayer", "kill worker", "zombie"),
    *("lose result", "lose word", "repeat result", "disk full", "command", "live"),
    "damage",
)


@dataclass
class Verdict:
    """How a seed ended; `problem` is empty if all held."""

    seed: int
    problem: str
    kills: int
    ticks: int


class World:
    def __init__(self, seed: int, paths: Sequence[Path], folder: Path) -> None:
        self.choices = Random(seed)
        self.seed = seed
        self.paths = paths
        self.folder = folder
        self.disk = SimulatedDisk()
        self.journal = Journal()
        self.sink: SinkState | None = None
        self.replayers: list[SimulatedReplayer] = []
        self.pipes: list[list[bytes]] = [[] for _ in range(WORKERS)]
        delay = Random(f"the way of {seed}").choice(DELAYS)
        self.results: Wire[bytes] = Wire(self.choices, 2 * delay)  # to a worker, and to the sink
        self.to_sink: Wire[tuple[SimulatedReplayer, bytes]] = Wire(self.choices, delay)
        self.to_replayer: Wire[tuple[SimulatedReplayer, bytes]] = Wire(self.choices, delay)
        self.kills = 0
        self.damages = 0
        self.had_second = False
        self.tick = 0
        self.peace = self.choices.randrange(100, 1500)
        self.faults = {name for name in FAULTS if self.choices.random() < 0.5}
        self.rate = self.choices.choice((1, 3, 8))
        self.passes = self.choices.choice((1, 1, 2))
        own = Random(f"the processors of {seed}")
        self.processing = processing(own, RULE) if own.random() < 0.5 else None
        self.rotation = rotation_of(seed)

    @property
    def now_ns(self) -> int:
        return self.tick * TICK_NS

    def run(self, max_ticks: int) -> Verdict:
        """Play until the run is finished; every file is closed then, however it went."""
        try:
            return self._played(max_ticks)
        finally:
            for replayer in self.replayers:
                replayer.close()

    def _played(self, max_ticks: int) -> Verdict:
        while self.tick < max_ticks:
            self.tick += 1
            if self.tick < self.peace:
                self._strike()
            elif self.tick == self.peace:
                self.disk.capacity_bytes = None
                self.disk.steps_to_live = None
                for replayer in self.replayers:
                    replayer.is_frozen_until = 0
            elif self.replayers and self._may_command():
                self.replayers[-1].command(SetMode(HISTORICAL))  # a live run has no end
                self.replayers[-1].command(SetLoop(passes=1))
            self._live_quotes()
            self._sink_turn()
            self._replayer_turn()
            self._worker_turn()
            if self._is_done():
                return Verdict(self.seed, self._judge(), self.kills, self.tick)
        return Verdict(self.seed, "it does not finish", self.kills, self.tick)

    # --- faults ------------------------------------------------------------------------

    def _has(self, fault: str, share: float) -> bool:
        return fault in self.faults and self.choices.random() < share * self.rate

    def _strike(self) -> None:
        # Before the first commit the sink has no cursor to say the mode.
        is_early = self.tick < EARLY_TICKS
        if self._has("kill sink", 0.04 if is_early else 0.004):
            self._kill_sink()
        if self._has("kill sink mid-step", 0.01):
            self.disk.steps_to_live = self.choices.randrange(12)
        if self._has("kill replayer", 0.004) and self.replayers:
            self._kill_replayer(self.choices.choice(self.replayers))
        if self._has("kill worker", 0.006):
            self.pipes[self.choices.randrange(WORKERS)].clear()
            self.kills += 1
        if self._has("zombie", 0.003) and self.replayers:
            self.replayers[-1].is_frozen_until = self.tick + self.choices.randrange(400)
        if self._has("lose result", 0.01):
            self.results.lose()
        if self._has("lose word", 0.02):
            self.to_sink.lose()
            self.to_replayer.lose()
        if self._has("repeat result", 0.01):
            self.results.repeat(self.tick)
        if self._has("disk full", 0.01):
            used = sum(map(len, self.disk.files.values()))
            full = self.disk.capacity_bytes is None
            self.disk.capacity_bytes = used + self.choices.randrange(200) if full else None
        if self._has("command", 0.1 if is_early else 0.02) and self._may_command():
            self.replayers[-1].command(self._some_command())

    def _some_command(self) -> Command:
        kind = self.choices.choice((SetMode, SetMode, SeekTo, SetLoop))
        if kind is SetMode and "live" in self.faults:
            return SetMode(self.choices.choice((HISTORICAL, LIVE)))
        if kind is SetLoop:
            return SetLoop(self.choices.choice((None, 1, 2, 3)))
        place_ns = RECORDING_START_NS + self.choices.randrange(-100, 2500) * 1_000_000
        return SeekTo(self.choices.choice((place_ns, None)))

    def _may_command(self) -> bool:
        """Commands are in the state folder of one replayer; a second one would not know them."""
        return "command" in self.faults and len(self.replayers) == 1 and not self.had_second

    def _kill_sink(self) -> None:
        self.sink = None
        self.disk.steps_to_live = None
        self.kills += 1

    def _damage(self) -> None:
        """Flip a bit of what lies on the disk of a dead sink, or cut a log.

        Only where the next sink does not refuse it: a refusal is right, and the end.
        """
        damaged = self.disk.copy()
        name = self.choices.choice((MIDS, ERRORS, RING))
        if name == MIDS and MANIFEST in damaged.files and self.tick % 4 == 0:
            name = MANIFEST
        if name == ERRORS and (outputs := damaged.outputs()):
            name = outputs[self.tick % len(outputs)]
        file = damaged.files.get(name)
        if not file:
            return
        if name == RING:
            place = self.choices.randrange(SLOT_COUNT) * SLOT_BYTES + self.choices.randrange(200)
        else:
            place = len(file) - 1 - min(len(file) - 1, int(self.choices.expovariate(1 / 300)))
        if name != RING and self.choices.random() < 0.3:
            del file[place:]
        elif place < len(file):
            file[place] ^= 1 << self.choices.randrange(8)
        try:
            ResultLog(damaged.copy())
        except ResultLogError:
            return
        self.disk.files = damaged.files
        self.damages += 1

    def _kill_replayer(self, replayer: SimulatedReplayer) -> None:
        self.replayers.remove(replayer)
        replayer.close()
        self.kills += 1

    # --- life --------------------------------------------------------------------------

    def _live_quotes(self) -> None:
        if "live" in self.faults and self.tick < self.peace and self.choices.random() < 0.1:
            self.journal.captured.append(live_block(len(self.journal.captured)))

    def _sink_turn(self) -> None:
        try:
            if self.sink is None:
                if self.tick < self.peace and self._has("damage", 0.1):
                    self._damage()
                if self.choices.random() < 0.05 or self.tick > self.peace:
                    log = ResultLog(self.disk, rotation=self.rotation)
                    self._look_at(log)
                    self.sink = SinkState(log, self.choices.getrandbits(62), Resequencer())
                return
            for _ in range(self.choices.randrange(3)):
                if frame := self.results.take(self.tick):
                    result = codec.decode(frame)
                    assert isinstance(result, Result)
                    self.sink.on_result(result, self.now_ns)
            if word := self.to_sink.take(self.tick):
                sender, frame = word
                for answer in self.sink.on_sync(codec.decode(frame), self.now_ns):
                    self._tell(sender, answer)
            if self.sink.has_commit_due(self.now_ns):
                is_committed = self.sink.commit(self.now_ns)
                if is_committed and self.replayers:
                    self._tell(self.replayers[-1], self.sink.ack())
        except Killed:
            self._kill_sink()

    def _look_at(self, log: ResultLog) -> None:
        """After a recovery the logs end where the commit says."""
        if log.last is not None:
            for name, tail in log.last.tails.items():
                assert tail.length == self.disk.size(name)

    def _tell(self, replayer: SimulatedReplayer, message: Message) -> None:
        self.to_replayer.send((replayer, codec.encode(message)), self.tick)

    def _replayer_turn(self) -> None:
        awake = [each for each in self.replayers if each.is_frozen_until < self.tick]
        if not awake and len(self.replayers) < 3 and self.choices.random() < 0.05:
            self._start_replayer()
        if word := self.to_replayer.take(self.tick):
            replayer, frame = word
            if replayer in awake:
                replayer.receive(codec.decode(frame), self.now_ns)
            elif replayer in self.replayers:
                self.to_replayer.send(word, replayer.is_frozen_until)
        for replayer in awake:
            if replayer.is_over:
                self._kill_replayer(replayer)
                continue
            pipe = self.choices.choice(self.pipes)
            told, frames = replayer.tick(self.now_ns, has_room=len(pipe) < PIPE_BATCHES)
            for word in told:
                self.to_sink.send((replayer, codec.encode(word)), self.tick)
            pipe += frames

    def _start_replayer(self) -> None:
        # A second one on another machine has a state folder of its own: no commands, no
        # capture. It may only take over a run that has none.
        has_commands = self.journal.commands or any(each.is_writing for each in self.replayers)
        if self.replayers and (has_commands or self.journal.captured):
            return
        number = len(self.replayers)
        self.had_second = self.had_second or number > 0
        state = self.folder / f"state{number}"
        state.mkdir(exist_ok=True)
        self.replayers.append(
            SimulatedReplayer(
                self.paths,
                state,
                self.journal,
                RUN,
                self.choices,
                self.passes,
                Random(f"around {self.seed} at {self.tick}"),
            )
        )

    def _worker_turn(self) -> None:
        for pipe in self.pipes:
            if pipe and self.choices.random() < 0.4:
                batch = codec.decode(pipe.pop(0))
                assert isinstance(batch, Batch)
                for result in self._results(batch):
                    self.results.send(codec.encode(result), self.tick)

    def _results(self, batch: Batch) -> list[Result]:
        if self.processing is not None:
            return self.processing.results(batch)
        lines = mid_lines(batch, RULE)
        return [result_of(batch, lines, RULE, worker="worker", busy_ns=1)]

    # --- the end -----------------------------------------------------------------------

    def _is_done(self) -> bool:
        return (
            self.tick > self.peace
            and self.sink is not None
            and self.sink.is_finished
            and any(replayer.session.ending.is_finished for replayer in self.replayers)
        )

    def _judge(self) -> str:
        expected = expected_logs(
            self.paths, self.journal.answered, self.journal.captured, self.passes
        )
        written = tuple(joined(self.disk.files, name) for name in (MIDS, ERRORS))
        if expected != written:
            return "other bytes"
        played = (self.paths, self.journal.answered, len(self.journal.captured), self.passes)
        if wrong := wrong_segments(self.disk.files, self.rotation, *played):
            return wrong
        has_outputs = self.processing is not None and expected != (b"", b"")
        if has_outputs and (wrong := wrong_outputs(self.disk, *played)):
            return wrong
        is_read_once = self.passes == 1 and all(
            isinstance(command, SetMode) for command in self.journal.answered
        )
        is_lost = self.had_second or self.journal.has_lost_rejected
        return self._judge_rejected() if is_read_once and not is_lost else ""

    def _judge_rejected(self) -> str:
        """The one state folder lists each bad row once, whatever was read again."""
        path = self.folder / "state0" / "rejected.log"
        lines = path.read_bytes().splitlines() if path.exists() else []
        expected = ordered_quotes(self.paths)[1]
        if expected == len(lines) == len(set(lines)):
            return ""
        return f"{len(set(lines))} of {expected} rows rejected, in {len(lines)} lines"
