"""A service's environment from another stack, with the real engine: two stacks in one folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.projects import ROOT, Project

TELLS = """
pulumi.export("url", "postgres://db.example/shop")
pulumi.export("port", 5432)
pulumi.export("password", Output.secret("quite-unguessable"))
"""
READS = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
import settings
from components import other_stacks

read = settings.load(Path(__file__).parent, other_stacks.ask)
pulumi.export("environment", dict(read.service.environment))
pulumi.export("secrets", Output.secret(read.secrets))
"""


def stack_file(**environment: Any) -> str:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID2HRIAnDujLGCzBwPxHeFMeKfHW5O5Ydl7zGygH3JGM"
    host = {"name": "web1", "address": "192.0.2.1", "architecture": "arm64", "hostKey": key}
    service = {"name": "shop", "source": "shop", "arguments": ["{port}"], "environment": environment}
    return yaml.safe_dump(
        {"config": {"slipway:service": service, "slipway:regions": {"eu": {"hosts": [host]}}}}
    )


def of(output: str, stack: str = "organization/trial/dev") -> dict[str, str]:
    return {"stack": stack, "output": output}


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    """A stack that reads settings as the program does, beside one that was brought up and tells something."""
    database = Project(tmp_path / "database")
    database.program(TELLS)
    database.must("up")
    shop = Project(tmp_path / "shop")
    shop.state = database.state
    (shop.directory / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text())
    shop.program(READS)
    return shop


def test_a_service_is_told_what_another_stack_tells_and_secrets_stay_secret(shop: Project) -> None:
    file = shop.directory / "Pulumi.dev.yaml"
    file.write_text(stack_file(URL=of("url"), PORT=of("port"), PASSWORD=of("password"), PLAIN="here"))
    shown = shop.must("preview")
    assert "postgres://db.example/shop" in shown.stdout, "a preview knows it, too"
    done = shop.must("up")
    assert shop.outputs() == {
        "environment": {"URL": "postgres://db.example/shop", "PORT": "5432", "PLAIN": "here"},
        "secrets": {"PASSWORD": "quite-unguessable"},
    }
    assert "quite-unguessable" not in shown.stdout + shown.stderr + done.stdout + done.stderr
    assert "quite-unguessable" not in json.dumps(shop.exported())


def test_an_output_or_a_stack_that_is_not_there_is_refused_with_what_there_is(shop: Project) -> None:
    file = shop.directory / "Pulumi.dev.yaml"
    file.write_text(stack_file(URL=of("ulr"), OTHER=of("url", "organization/trial/porduction")))
    done = shop.run("preview")
    assert done.returncode != 0
    assert "URL.output is ulr" in done.stdout and "did you mean url?" in done.stdout
    assert "password, port, url" in done.stdout
    assert (
        'OTHER.stack is organization/trial/porduction, which cannot be read (unknown stack "' in done.stdout
    )


def test_a_secret_that_cannot_be_decrypted_stops_an_up_and_no_preview(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = shop.directory / "Pulumi.dev.yaml"
    file.write_text(stack_file(PASSWORD=of("password")))
    # Another passphrase than the one that the other stack's secrets were encrypted with.
    monkeypatch.setenv("SLIPWAY_TRIAL_PASSPHRASE", "another one")
    shown = shop.must("preview")
    assert "environment.PASSWORD is a secret of another stack that cannot be decrypted here" in shown.stdout
    done = shop.run("up")
    assert done.returncode != 0
    assert "the secret password of organization/trial/dev, which cannot be decrypted here" in done.stdout
