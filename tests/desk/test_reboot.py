"""Reboots in turn, on machines that are pretended: who comes when, and who is left alone. For real: tests/lab/system."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from desk import __main__ as desk
from desk import reboot, ssh, stack
from desk.reboot import WANTED
from desk.ssh import Done
from desk.stack import Machine
from tests.desk.test_desk import FILE


@dataclass(kw_only=True)
class Pretended:
    """What a machine says; `after` what differs once it has booted, None that it does not come back."""

    differs: list[str]
    after: list[str] | None = field(default_factory=list)
    boots: int = 0
    refuses: str = ""

    async def run(self, command: str, line: object = None) -> Done:
        if "KillSignal" in command and self.refuses:
            return Done(code=1, stdout="", stderr=self.refuses)
        if "KillSignal" in command:
            self.boots += 1
            return Done(code=0, stdout="", stderr="")
        if self.boots and self.after is None:
            raise ssh.Unreachable("gave no answer")
        if "boot_id" in command:
            return Done(code=0, stdout=f"boot {self.boots}", stderr="")
        differs = self.after if self.boots else self.differs
        said = {"host": "", "release": "1", "differs": differs}
        return Done(code=0, stdout=json.dumps(said), stderr="")


def rebooted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, one: Pretended, two: Pretended, *, all: bool = False
) -> tuple[list[str], list[str]]:
    """What went wrong, and what was shown."""
    (tmp_path / "Pulumi.mine.yaml").write_text(FILE)
    machines = stack.hosts(stack.configured(tmp_path, "mine"), tmp_path)
    behind: dict[str, Any] = {"eu/web1": one, "eu/web2": two}

    async def each(machines: Sequence[Machine], do: Callable[[Machine, Any], Awaitable[Any]]) -> list[Any]:
        found = []
        for machine in machines:
            try:
                found.append(await do(machine, behind[machine.name]))
            except ssh.Unreachable as reason:
                found.append(reason)
        return found

    monkeypatch.setattr(ssh, "each", each)
    for name, value in {"BOOTS": 0.05, "PAUSE": 0.01, "SETTLES": 0}.items():
        monkeypatch.setattr(reboot, name, value)
    shown: list[str] = []
    return asyncio.run(reboot.in_turn(machines, 0, 0, shown.append, all=all)), shown


def test_those_that_want_it_and_no_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    one, two = Pretended(differs=["sshd has …"], after=["sshd has …"]), Pretended(differs=[f"{WANTED}: …"])
    wrong, shown = rebooted(monkeypatch, tmp_path, one, two)
    assert (wrong, one.boots, two.boots) == ([], 0, 1)
    assert shown[0] == "eu/web1: does not want to be rebooted"
    assert "eu/web2: serves again as before" in shown[-1]
    assert rebooted(monkeypatch, tmp_path, one, two, all=True)[0] == []
    assert (one.boots, two.boots) == (1, 2), "what differed before may differ again"


@pytest.mark.parametrize(
    ("after", "why"), [(None, "gave no answer"), (["slot blue answers 500"], "slot blue answers 500")]
)
def test_one_that_is_not_as_before_leaves_the_others_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, after: list[str] | None, why: str
) -> None:
    one, two = Pretended(differs=[WANTED], after=after), Pretended(differs=[WANTED])
    wrong, _ = rebooted(monkeypatch, tmp_path, one, two)
    assert wrong[0].startswith("eu/web1: not as before after") and why in wrong[0]
    assert wrong[1] == "left alone: eu/web2"
    assert two.boots == 0


def test_one_that_refuses_is_not_touched_and_leaves_the_others_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one, two = Pretended(differs=[WANTED], refuses="a release waits"), Pretended(differs=[WANTED])
    wrong, _ = rebooted(monkeypatch, tmp_path, one, two)
    assert wrong == ["eu/web1: a release waits", "left alone: eu/web2"]
    assert (one.boots, two.boots) == (0, 0)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"unfinished": "apply", "unconfirmed": False}, "a run of other was cut off or is at work"),
        ({"unfinished": None, "unconfirmed": True}, "the release of other waits to be confirmed"),
        ({"unfinished": None, "unconfirmed": False}, ""),
    ],
)
def test_a_machine_goes_down_only_when_no_stack_has_a_release_under_way_there(
    tmp_path: Path, said: dict[str, object], why: str
) -> None:
    well = {"unfinished": None, "unconfirmed": False}
    for service, told in {"other": said, "shop": well, "gone": None}.items():
        (tmp_path / "var/lib/slipway" / service).mkdir(parents=True)
        if told is not None:
            activator = tmp_path / "opt" / service / "app/current/activator.pyz"
            activator.parent.mkdir(parents=True)
            activator.write_text(f"print({json.dumps(told)!r})")
    for name in ("systemctl", "systemd-run"):
        (tmp_path / name).write_text(f'#!/bin/sh\necho "{name} $@" >>{tmp_path}/ran\n')
        (tmp_path / name).chmod(0o755)
    text = reboot.ON_HOST
    for folder in ("/var/lib", "/opt", "/run/systemd"):
        text = text.replace(f'"{folder}/', f'"{tmp_path}{folder}/')
    done = subprocess.run(
        [sys.executable, "-c", text, "shop", "0"],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    ran = (tmp_path / "ran").read_text() if (tmp_path / "ran").exists() else ""
    assert (done.returncode, why in done.stderr) == (int(bool(why)), True), done.stderr
    assert ("systemctl reboot" in ran) == (not why)
    assert bool(ran) == (not why), "nothing is stopped first"


def test_the_only_host_is_rebooted_by_its_name_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "\n".join(line for line in FILE.splitlines() if "name: web2" not in line)
    (tmp_path / "Pulumi.mine.yaml").write_text(text)
    monkeypatch.setattr(desk, "PROJECT", tmp_path)
    assert desk.main(["reboot", "--stack", "mine"]) == 1
    assert "eu has one host, and its users would wait while it boots" in capsys.readouterr().err
