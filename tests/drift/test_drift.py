"""Which of the two is asked for what a stack has, and what comes on standard output; neither a host nor an engine is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from drift import __main__ as drift
from tests.program.clusters import kubeconfig
from tests.program.clusters import region as cluster

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID2HRIAnDujLGCzBwPxHeFMeKfHW5O5Ydl7zGygH3JGM"
HOST = {"name": "web1", "address": "192.0.2.1", "architecture": "amd64", "hostKey": KEY}
PLAIN = {"eu": {"hosts": [HOST]}}


def instances(**group: Any) -> dict[str, Any]:
    access: dict[str, Any] = {"tunnel": {}}
    wanted = {"instances": [{"type": "m7g.large", **group}], "network": {"range": "10.40.0.0/16"}}
    return {"eu-west-1": {**wanted, "access": access, "login": {"publicKey": KEY}}}


class Stack:
    """A stack file, and what was run for it: each program says its name on standard output and ends as it is told to."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.directory, self.codes = directory, dict[str, int]()
        self.told = directory / "told"
        monkeypatch.setattr(drift, "PROJECT", directory)
        for name in ("desk", "engine"):
            (directory / f"{name}.py").write_text(
                f"import os, sys\nopen({str(self.told)!r}, 'a').write(' '.join(['{name}', *sys.argv[1:]]) + '\\n')\n"
                f"print('[]' if '{name}' == 'desk' else 'engine text')\n"
                f"sys.exit(int(os.environ.get('{name.upper()}_ENDS', '0')))\n"
            )

    def drift(self, regions: dict[str, Any], *words: str) -> int:
        service = {"name": "shop", "source": "shop", "arguments": ["{port}"]}
        config = {"slipway:service": service, "slipway:regions": regions}
        (self.directory / "Pulumi.mine.yaml").write_text(yaml.safe_dump({"config": config}))
        return drift.main(["--stack", "mine", *words])

    @property
    def ran(self) -> list[str]:
        lines = self.told.read_text().splitlines() if self.told.exists() else []
        return [" ".join(line.split()[:2]) for line in lines]


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    return Stack(tmp_path, monkeypatch)


def test_as_json_nothing_but_json_comes_on_standard_output(
    stack: Stack, capfd: pytest.CaptureFixture[str]
) -> None:
    for regions in (instances(count=2), instances(autoscaling={"min": 2, "max": 4})):
        assert stack.drift(regions, "--json") == 0
        out, err = capfd.readouterr()
        assert json.loads(out) == [] and "engine text" in err
    assert stack.ran == ["desk drift", "engine refresh", "engine refresh"]


def test_for_people_both_come_on_standard_output(stack: Stack, capfd: pytest.CaptureFixture[str]) -> None:
    assert stack.drift(instances(count=2)) == 0
    assert "engine text" in capfd.readouterr().out


def test_a_host_of_a_stack_without_machines_is_refused(
    stack: Stack, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert stack.drift({"eu": cluster(kubeconfig(tmp_path / "config"))}, "--host", "web1") == 1
    assert "there is no host web1" in capfd.readouterr().err and stack.ran == []


def test_ctrl_c_begins_nothing_else(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_ENDS", "130")
    assert stack.drift(instances(count=2)) == 130 and stack.ran == ["desk drift"]
    monkeypatch.setenv("DESK_ENDS", "1")
    assert stack.drift(instances(count=2)) == 1, (
        "what differs on machines does not keep the cloud from being asked"
    )
    assert stack.ran[1:] == ["desk drift", "engine refresh"]


def test_machines_alone_need_no_engine(stack: Stack) -> None:
    assert stack.drift(PLAIN) == 0 and stack.ran == ["desk drift"]
