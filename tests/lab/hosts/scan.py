"""Runs on a lab host as root: which TCP ports of an address answer a SYN with a SYN and an ACK. `scan.py FROM TO`.

All 65,535 of them: a packet filter that drops says nothing, so that a scan of the usual kind would wait for each.
"""

import socket
import struct
import sys
import time

SOURCE_PORT, PAUSE_EACH, SECONDS_FOR_THE_LAST = 40000, 512, 1.5


def checksum(data: bytes) -> int:
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def syn(source: bytes, target: bytes, port: int) -> bytes:
    def header(sum: int) -> bytes:
        return struct.pack("!HHLLBBHHH", SOURCE_PORT, port, 1, 0, 5 << 4, 2, 64240, sum, 0)

    pseudo = source + target + struct.pack("!BBH", 0, socket.IPPROTO_TCP, 20)
    return header(checksum(pseudo + header(0)))


def answered(source: str, target: str) -> set[int]:
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    raw.setblocking(False)
    found: set[int] = set()

    def read() -> None:
        while True:
            try:
                packet, (address, _) = raw.recvfrom(128)
            except BlockingIOError:
                return
            segment = packet[(packet[0] & 15) * 4 :]
            sender, to = struct.unpack("!HH", segment[:4])
            if address == target and to == SOURCE_PORT and segment[13] & 0x12 == 0x12:
                found.add(sender)

    for port in range(1, 65536):
        raw.sendto(syn(socket.inet_aton(source), socket.inet_aton(target), port), (target, 0))
        if port % PAUSE_EACH == 0:
            time.sleep(0.01)
            read()
    end = time.monotonic() + SECONDS_FOR_THE_LAST
    while time.monotonic() < end:
        time.sleep(0.05)
        read()
    return found


if __name__ == "__main__":
    print(*sorted(answered(sys.argv[1], sys.argv[2])))
