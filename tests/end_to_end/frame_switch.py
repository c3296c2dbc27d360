"""A switch in user space for kernels without netem: it delays, loses and forgets what passes.

    python -m tests.end_to_end.frame_switch to1 to2 to3     in the namespace of the switch
    python -m tests.end_to_end.frame_switch --plain cable   in that of a host, once

The second has a host send frames as a real card does: checksums filled in, none longer than the
MTU. Orders come as lines on standard input, and each is answered by a line:

    loss 0.02       so many frames get lost, in each direction
    delay 0.12      so many seconds in each direction
    deaf 2          nothing gets to the host at the second port; `mute 2`: nothing comes from it
    forget          as a NAT forgets: all TCP connections of until now lead nowhere
    restore         all is well again, but for what was forgotten
"""

import ctypes
import fcntl
import heapq
import random
import select
import socket
import struct
import sys
import time
from contextlib import suppress
from itertools import count
from typing import Final

ALL_PROTOCOLS: Final = 3
SIOCETHTOOL: Final = 0x8946
CHECKSUMS, SCATTER, SEGMENTS, ANY_SEGMENTS, JOINED = 0x17, 0x19, 0x1F, 0x24, 0x2C
LONGEST_FRAME: Final = 65_600
SYN, ACK = 0x02, 0x10
SEED: Final = 1

Flow = frozenset[bytes]


def make_plain(device: str) -> None:
    """Have the kernel leave nothing for the card to do."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        for feature in (SEGMENTS, ANY_SEGMENTS, JOINED, CHECKSUMS, SCATTER):
            value = ctypes.create_string_buffer(struct.pack("II", feature, 0), 8)
            request = struct.pack("16sP", device.encode(), ctypes.addressof(value))
            with suppress(OSError):  # of a feature that this kernel has not
                fcntl.ioctl(any_socket, SIOCETHTOOL, request)


def tcp_flow(frame: bytes) -> tuple[Flow, int] | None:
    """Return the two ends of a TCP segment over IPv4, and its flags; None for anything else."""
    if frame[12:14] != b"\x08\x00" or frame[23] != socket.IPPROTO_TCP:
        return None
    at = 14 + 4 * (frame[14] & 0xF)
    ends = (frame[26:30] + frame[at : at + 2], frame[30:34] + frame[at + 2 : at + 4])
    return frozenset(ends), frame[at + 13]


class FrameSwitch:
    """Ports by number from 1, and what happens to frames."""

    def __init__(self, devices: list[str]) -> None:
        self._ports: dict[int, socket.socket] = {}
        for number, device in enumerate(devices, 1):
            port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS))
            port.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            port.bind((device, 0))
            self._ports[number] = port
        self._where: dict[bytes, int] = {}
        self._late: list[tuple[float, int, int, bytes]] = []
        self._order = count()
        self._random = random.Random(SEED)
        self._flows: set[Flow] = set()
        self._forgotten: set[Flow] = set()
        self._loss = self._delay = 0.0
        self._deaf: set[int] = set()
        self._mute: set[int] = set()

    def obey(self, order: str) -> None:
        match order.split():
            case ["loss", share]:
                self._loss = float(share)
            case ["delay", seconds]:
                self._delay = float(seconds)
            case ["deaf", port]:
                self._deaf.add(int(port))
            case ["mute", port]:
                self._mute.add(int(port))
            case ["forget"]:
                self._forgotten = self._flows.copy()
            case ["restore"]:
                self._loss = self._delay = 0.0
                self._deaf.clear()
                self._mute.clear()
            case _:
                raise ValueError(order)

    def run(self) -> None:
        """Pass frames until standard input ends."""
        poll = select.poll()
        poll.register(sys.stdin, select.POLLIN)
        numbers = {port.fileno(): number for number, port in self._ports.items()}
        for fd in numbers:
            poll.register(fd, select.POLLIN)
        while True:
            wait_ms = -1.0
            if self._late:
                wait_ms = max(0.0, 1000 * (self._late[0][0] - time.monotonic()))
            for fd, _ in poll.poll(wait_ms):
                if fd in numbers:
                    self._receive(numbers[fd])
                    continue
                if not (order := sys.stdin.readline()):
                    return
                self.obey(order)
                print("done", flush=True)
            now = time.monotonic()
            while self._late and self._late[0][0] <= now:
                _, _, port, frame = heapq.heappop(self._late)
                self._send(port, frame)

    def _receive(self, port: int) -> None:
        for _ in range(64):
            try:
                frame, told = self._ports[port].recvfrom(LONGEST_FRAME, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            if told[2] != socket.PACKET_OUTGOING:
                self._pass(port, frame)

    def _pass(self, port: int, frame: bytes) -> None:
        self._where[frame[6:12]] = port
        if port in self._mute or self._is_forgotten(frame):
            return
        to = self._where.get(frame[:6])
        for other in (to,) if to else self._ports:
            if other == port or other in self._deaf or self._random.random() < self._loss:
                continue
            if self._delay:
                due = time.monotonic() + self._delay
                heapq.heappush(self._late, (due, next(self._order), other, frame))
            else:
                self._send(other, frame)

    def _is_forgotten(self, frame: bytes) -> bool:
        if (found := tcp_flow(frame)) is None:
            return False
        flow, flags = found
        self._flows.add(flow)
        if flags & (SYN | ACK) == SYN:
            self._forgotten.discard(flow)
        return flow in self._forgotten

    def _send(self, port: int, frame: bytes) -> None:
        with suppress(OSError):
            self._ports[port].send(frame)


if __name__ == "__main__":
    if sys.argv[1] == "--plain":
        make_plain(sys.argv[2])
    else:
        FrameSwitch(sys.argv[1:]).run()
