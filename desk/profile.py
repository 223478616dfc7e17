"""Profiles that the service makes of itself (net/http/pprof), fetched through SSH: its port stays closed to everybody else."""

from __future__ import annotations

import re

from desk import ssh
from desk.ask import ask
from desk.stack import Machine
from model.refusal import Refusal
from model.service import Service

KINDS = ("profile", "heap", "allocs", "goroutine", "block", "mutex", "threadcreate", "trace")
TIMED = ("profile", "trace")


async def profile(
    machine: Machine, service: Service, kind: str, seconds: int, port: int | None, path: str
) -> tuple[str, bytes]:
    """One from the slot that is live, or from `port`, and a file's name for it. Raises Refusal when the service makes none."""
    if service.kind == "worker" and port is None:
        raise Refusal(
            [
                f"{service.name} is a worker and has no port of its own: name one that it listens on with PORT=…"
            ]
        )
    (said,) = await ask([machine], "status")
    if isinstance(said, ssh.Unreachable) or not said.get("slot"):
        why = said if isinstance(said, ssh.Unreachable) else f"{machine.service} is not installed"
        raise Refusal([f"{machine.name}: {why}"])
    port = port or service.slots[("blue", "green").index(said["slot"])]
    place = f"{path.rstrip('/')}/{kind}" + (f"?seconds={seconds}" if kind in TIMED else "")
    request = f"GET {place} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()

    async def one(_: Machine, reached: ssh.Reached) -> bytes:
        return await reached.fetch(port, request)

    (answer,) = await ssh.each([machine], one)
    if isinstance(answer, ssh.Unreachable):
        raise Refusal([f"{machine.name}: port {port}: {answer}"])
    head, _, body = answer.partition(b"\r\n\r\n")
    found = re.match(rb"HTTP/1\.\d (\d{3})", head)
    if not found or found[1] != b"200":
        status = found[1].decode() if found else "no HTTP"
        raise Refusal(
            [
                f"{machine.name}: {place} on port {port} answers {status}, so the service makes no profiles there; "
                "import net/http/pprof into a server of its own on 127.0.0.1, and name that with PORT=…"
            ]
        )
    ending = "out" if kind == "trace" else "pb.gz"
    return f"{machine.region}-{machine.host.name}-{kind}-{said['release']}.{ending}", body
