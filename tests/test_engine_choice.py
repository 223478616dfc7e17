"""Which engine runs, and what it is given. The `pulumi` on PATH here is a stand-in that writes down how it was called."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import engine

PROJECT = Path(__file__).parent.parent
NOTE = """#!{python}
import json, os, sys
names = ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_ERROR_OUTPUT_STRING")
with open({calls!r}, "a") as calls:
    calls.write(json.dumps({{"words": sys.argv[1:], "environment": {{n: os.environ.get(n) for n in names}}}}) + "\\n")
"""


def run(*words: str, path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """engine.py with only `path` and the system's own programs to find."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")}
    kept |= {"PATH": f"{path}:/usr/bin:/bin", **environment}
    return subprocess.run(
        [sys.executable, "engine.py", *words],
        cwd=PROJECT,
        env=kept,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def cli(tmp_path: Path) -> Path:
    """A folder with a `pulumi` that notes its calls in `calls`."""
    program = tmp_path / "pulumi"
    program.write_text(NOTE.format(python=sys.executable, calls=str(tmp_path / "calls")))
    program.chmod(0o755)
    return tmp_path


def calls(cli: Path) -> list[dict]:
    return [json.loads(line) for line in (cli / "calls").read_text().splitlines()]


@pytest.fixture
def no_cli(tmp_path: Path) -> Path:
    if engine.find_pulumi() and str(engine.PROJECT) in str(engine.find_pulumi()):
        pytest.skip("`make pulumi` put a CLI into this checkout, so its absence cannot be seen here")
    return tmp_path


def test_without_the_cli_another_stack_than_local_is_refused_with_the_way_to_get_it(no_cli: Path) -> None:
    done = run("up", "--stack", "prod", path=no_cli)
    assert done.returncode == 1
    assert (
        "The stack prod needs the Pulumi CLI, which is not on PATH: `make pulumi` installs it" in done.stderr
    )
    assert "Traceback" not in done.stderr


def test_a_stack_without_a_file_is_refused_with_those_there_are(cli: Path) -> None:
    done = run("up", "--stack", "porduction", path=cli)
    assert done.returncode == 1
    assert "There is no stack porduction; there are dev, local, prod." in done.stderr


def test_the_local_stack_keeps_its_state_in_the_project_whatever_backend_the_user_has(cli: Path) -> None:
    run("preview", path=cli, PULUMI_BACKEND_URL="https://app.example.com", PULUMI_CONFIG_PASSPHRASE="mine")
    preview = calls(cli)[-1]
    assert preview["words"] == ["preview", "--stack", "local"]
    assert preview["environment"]["PULUMI_BACKEND_URL"] == (PROJECT / ".slipway" / "pulumi").as_uri()
    assert preview["environment"]["PULUMI_CONFIG_PASSPHRASE"] == "local"


def test_another_stacks_backend_and_passphrase_are_the_users(cli: Path) -> None:
    done = run(
        "preview",
        "--stack",
        "prod",
        path=cli,
        PULUMI_BACKEND_URL="s3://mine",
        PULUMI_CONFIG_PASSPHRASE="mine",
    )
    assert [call["words"] for call in calls(cli)] == [["preview", "--stack", "prod"]], done.stderr
    given = calls(cli)[0]["environment"]
    assert given == {
        "PULUMI_BACKEND_URL": "s3://mine",
        "PULUMI_CONFIG_PASSPHRASE": "mine",
        "PULUMI_ERROR_OUTPUT_STRING": "1",
    }


def test_only_the_local_stack_is_changed_without_being_asked(cli: Path) -> None:
    run("up", "--stack", "prod", path=cli)
    run("up", path=cli)
    ups = [call["words"] for call in calls(cli) if call["words"][0] == "up"]
    assert ups == [["up", "--stack", "prod"], ["up", "--yes", "--stack", "local"]]


def test_which_engine_runs_is_said_first(cli: Path) -> None:
    assert run("preview", path=cli).stdout.startswith(f"engine: Pulumi CLI {cli / 'pulumi'}")


def test_a_host_is_forgotten_by_exactly_its_own_components() -> None:
    prefix = "urn:pulumi:s::slipway::slipway:index:Region"
    urns = [
        f"{prefix}::eu",
        f"{prefix}$slipway:index:Installation::eu-web1",
        f"{prefix}$slipway:index:Installation$command:remote:Command::eu-web1",
        f"{prefix}$slipway:index:Installation::eu-a-web1",
        f"{prefix}$slipway:index:Edge::eu-edge1",
        f"{prefix}$slipway:index:Edge$slipway:index:Installation::eu-edge1",
    ]
    assert engine._of_host(urns, "web1") == [urns[1]]
    assert engine._of_host(urns, "edge1") == [urns[4]]
    with pytest.raises(SystemExit, match="Nothing in the state stands for the host web7"):
        engine._of_host(urns, "web7")


def test_forget_asks_for_the_host(tmp_path: Path) -> None:
    done = run("forget", path=tmp_path)
    assert done.returncode == 2 and "forget needs --host" in done.stderr
