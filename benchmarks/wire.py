"""What goes over the lab's one cable: bytes each way, and connections that are begun to SSH. For Linux, as root."""

from __future__ import annotations

import ctypes
import socket
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Self

# TCP over IPv4, SYN without ACK, to port 22; in the form of `tcpdump -dd`: code, jump if true, jump if false, value.
_SYN = (
    (0x28, 0, 0, 12),  # the kind of the Ethernet frame
    (0x15, 0, 9, 0x0800),  # IPv4
    (0x30, 0, 0, 23),  # the protocol
    (0x15, 0, 7, 6),  # TCP
    (0xB1, 0, 0, 14),  # how long the IP header is
    (0x48, 0, 0, 16),  # the port that it goes to
    (0x15, 0, 4, 22),
    (0x50, 0, 0, 27),  # the flags
    (0x54, 0, 0, 0x12),
    (0x15, 0, 1, 0x02),
    (0x06, 0, 0, 64),  # taken
    (0x06, 0, 0, 0),  # left
)
_EVERY_PROTOCOL, _ATTACH_FILTER, _PACKET, _STATISTICS = 3, 26, 263, 6


@dataclass(kw_only=True)
class Wire:
    """A context manager around what is measured. `sent` and `received` in bytes, as the machine that deploys sees it."""

    interface: str
    sent: int = 0
    received: int = 0
    connections: int = 0
    """SYNs: one that is sent again counts again."""

    def __enter__(self) -> Self:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        program = b"".join(struct.pack("HBBI", *one) for one in _SYN)
        kept = ctypes.create_string_buffer(program)
        self._socket.setsockopt(
            socket.SOL_SOCKET, _ATTACH_FILTER, struct.pack("HP", len(_SYN), ctypes.addressof(kept))
        )
        self._socket.bind((self.interface, _EVERY_PROTOCOL))
        self._before = self._bytes()
        return self

    def __exit__(self, *error: object) -> None:
        sent, received = self._bytes()
        self.sent, self.received = sent - self._before[0], received - self._before[1]
        self.connections, _dropped = struct.unpack("II", self._socket.getsockopt(_PACKET, _STATISTICS, 8))
        self._socket.close()

    def _bytes(self) -> tuple[int, int]:
        counters = Path("/sys/class/net") / self.interface / "statistics"
        return int((counters / "tx_bytes").read_text()), int((counters / "rx_bytes").read_text())
