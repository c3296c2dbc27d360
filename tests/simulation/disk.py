"""A disk that outlives its sink, and dies between any two of its steps."""

from protocol.messages import Buffer
from protocol.result_folder import OUTPUTS, SEGMENTS
from zmid.disk import DiskFull


class Killed(Exception):
    """The process is gone; what it had written stays."""


class SimulatedDisk:
    """The production `Disk`, in memory: a write is two steps, each of which may be the last."""

    def __init__(self) -> None:
        self.files: dict[str, bytearray] = {}
        self.steps_to_live: int | None = None
        self.capacity_bytes: int | None = None

    def copy(self) -> "SimulatedDisk":
        """Return a disk with the same bytes on which nothing dies."""
        other = SimulatedDisk()
        other.files = {name: bytearray(data) for name, data in self.files.items()}
        return other

    def size(self, name: str) -> int:
        return len(self._file(name))

    def read(self, name: str, offset: int, length: int) -> bytes:
        return bytes(self._file(name)[offset : offset + length])

    def write(self, name: str, offset: int, data: Buffer) -> None:
        half = len(data) // 2
        self._put(name, offset, data[:half])
        self._step()
        self._put(name, offset + half, data[half:])
        self._step()

    def truncate(self, name: str, length: int) -> None:
        file = self._file(name)
        del file[length:]
        file.extend(bytes(length - len(file)))
        self._step()

    def sync(self, name: str) -> None:
        self._step()

    def left_of(self, name: str) -> str | None:
        return None

    def segments(self) -> list[str]:
        return sorted(name for name in self.files if name.startswith(f"{SEGMENTS}/"))

    def rename(self, name: str, to: str) -> None:
        self.files[to] = self.files.pop(name)
        self._step()

    def remove(self, name: str) -> None:
        self.files.pop(name, None)
        self._step()

    def outputs(self) -> list[str]:
        return [name for name in self.files if name.startswith(f"{OUTPUTS}/")]

    def _file(self, name: str) -> bytearray:
        return self.files.setdefault(name, bytearray())

    def _put(self, name: str, offset: int, data: bytes) -> None:
        file = self._file(name)
        end = offset + len(data)
        grown = max(0, end - len(file))
        used = sum(map(len, self.files.values()))
        if self.capacity_bytes is not None and used + grown > self.capacity_bytes:
            raise DiskFull("the simulated disk is full")
        file.extend(bytes(grown))
        file[offset:end] = data

    def _step(self) -> None:
        if self.steps_to_live is not None:
            self.steps_to_live -= 1
            if self.steps_to_live < 0:
                raise Killed
