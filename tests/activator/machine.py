"""A machine that is a directory: real files, and fakes of systemd, HAProxy, the service and the clock.

The real ones cannot be crashed before and after every single effect; tests/lab/test_activator.py has those.
"""

from __future__ import annotations

import json
from typing import Any

from activator import cli
from tests.activator.bundles import Made
from tests.activator.fake_host import FakeHost
from tests.activator.state import TIMER, State


class Machine(State):
    """One on which the activator can be run."""

    def upload(self, made: Made) -> str:
        path = f"/home/deploy/.slipway/{made.name}"
        self.put(path, made.data)
        return path

    # -- runs of the activator
    def apply(
        self, made: Made, *more: str, secrets: str = "", owner: str = "me", host: FakeHost | None = None
    ) -> int:
        return self.apply_at(self.upload(made), made.sha256, *more, secrets=secrets, owner=owner, host=host)

    def apply_at(
        self,
        path: str,
        sha256: str,
        *more: str,
        secrets: str = "",
        owner: str = "me",
        host: FakeHost | None = None,
    ) -> int:
        words = ["apply", "--bundle", path, "--sha256", sha256, "--owner", owner, *more]
        code = cli.main(words, host or FakeHost(self), secrets.encode)
        self.served = self.served or (code == 0 and "greeter" in path)
        return code

    def remove(self, *more: str, owner: str = "me", service: str = "greeter") -> int:
        self.served = self.served and owner != self.owner()
        return cli.main(["remove", "--service", service, "--owner", owner, *more], FakeHost(self), bytes)

    def owner(self) -> str:
        path = self.root / "var/lib/slipway/greeter/owner"
        return path.read_text() if path.exists() else ""

    def status(self, service: str = "greeter") -> dict[str, Any]:
        assert cli.main(["status", "--service", service], FakeHost(self), bytes) == 0
        return self.answers[-1]

    def events(self, service: str = "greeter") -> list[dict[str, Any]]:
        return [
            json.loads(line) for line in self.text(f"/var/lib/slipway/{service}/ledger.jsonl").splitlines()
        ]

    def confirm(self, made: Made, *, secrets: str = "", owner: str = "me") -> int:
        words = ("--service", "greeter", "--release", made.release, "--owner", owner)
        return self.main("confirm", *words, secrets=secrets)

    def main(self, *words: str, secrets: str = "") -> int:
        return cli.main(list(words), FakeHost(self), secrets.encode)

    def releases(self) -> dict[str, Any]:
        assert self.main("releases", "--service", "greeter") == 0
        return self.answers[-1]

    def fire(self) -> int:
        """The timer's time has come: it is gone, and the activator that it starts runs."""
        words, self.timer = self.timer, None
        (self.root / TIMER).unlink()
        assert words
        return cli.main(words, FakeHost(self), bytes)
