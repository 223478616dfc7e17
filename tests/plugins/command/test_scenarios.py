"""What the engine makes of small programs with our plugin, and with pulumi-command's own where that is installed.

Cannot prove agreement on what no scenario has.
"""

import json
import os
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.engine.projects import Project
from tests.plugins.command.scenarios import HEADER, SCENARIOS, Step

HOME = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
INSTALLED = HOME / "plugins" / f"resource-command-v{version('pulumi-command')}"
IGNORED = {"same", "replace", "read"}
"""Not compared: unchanged resources, and the step without an effect that Pulumi logs beside each replacement."""
PLUGINS = [
    pytest.param(False, id="ours"),
    pytest.param(
        True,
        id="original",
        marks=pytest.mark.skipif(
            not INSTALLED.is_dir(), reason=f"pulumi-command's own plugin is not in {INSTALLED}"
        ),
    ),
]


def operations(printed: str) -> list[tuple[str, str]]:
    """As ("create", "name"), in the order in which they ended well."""
    found = []
    for line in printed.splitlines():
        event = json.loads(line).get("resOutputsEvent")
        if (
            event
            and event["metadata"]["op"] not in IGNORED
            and not event["metadata"]["type"].startswith("pulumi:")
        ):
            found.append((event["metadata"]["op"], event["metadata"]["urn"].rpartition("::")[2]))
    return found


@pytest.mark.parametrize("original", PLUGINS)
@pytest.mark.parametrize("steps", SCENARIOS.values(), ids=SCENARIOS.keys())
def test_the_engine_does_what_the_scenario_says(
    original: bool, steps: list[Step], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_ENABLE_STREAMING_JSON_PREVIEW", "true")
    if original:
        monkeypatch.setenv("PULUMI_HOME", str(HOME))
    project = Project(tmp_path / "trial")
    log = project.directory / "log"
    for number, step in enumerate(steps):
        (project.directory / "__main__.py").write_text(HEADER + step.program)
        log.write_text("")
        done = project.run(step.command, "--json", original=original)
        where = f"step {number}:\n{done.stdout}{done.stderr}"
        assert (done.returncode != 0) == step.fails, where
        assert operations(done.stdout) == step.expected(), where
        assert ", ".join(log.read_text().splitlines()) == step.log, where
        if step.outputs is not None:
            assert project.outputs() == step.outputs, where


CONNECTED = """
from pulumi_command import remote
there = remote.ConnectionArgs(
    host="192.0.2.1", private_key="k", proxy=remote.ProxyConnectionArgs(host="192.0.2.2", password="p")
)
remote.Command("a", connection=there)
"""


@pytest.mark.parametrize("original", PLUGINS)
def test_a_state_that_our_plugin_wrote_is_unchanged_to_either(original: bool, tmp_path: Path) -> None:
    project = Project(tmp_path / "trial")
    project.program(CONNECTED)
    project.must("up")
    kept = {
        part: json.loads(resource[part]["connection"]["plaintext"])
        for resource in json.loads(project.pulumi("stack", "export", "--show-secrets"))["deployment"][
            "resources"
        ]
        if "connection" in resource.get("outputs", {})
        for part in ("inputs", "outputs")
    }
    assert kept
    for connection in kept.values():
        # Secrets in a secret, as the original keeps them.
        assert json.loads(connection["privateKey"]["plaintext"]) == "k"
        assert json.loads(connection["proxy"]["password"]["plaintext"]) == "p"
    again = project.run("preview", "--expect-no-changes", original=original)
    assert again.returncode == 0, again.stdout + again.stderr
