"""Whose backend and secrets a stack has, and whether anybody is asked. The `pulumi` on PATH here notes how it was called."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine import state
from engine.refusal import Refused

PROJECT = Path(__file__).parents[2]
NOTE = """#!{python}
import json, os, sys
names = ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")
if sys.argv[1:] == ["version"]:
    print("v3.999.0")
else:
    with open({calls!r}, "a") as calls:
        calls.write(json.dumps({{"words": sys.argv[1:], "environment": {{n: os.environ.get(n) for n in names}}}}) + "\\n")
sys.exit("--show-name" in sys.argv)
"""


def run(*words: str, path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m engine` with only `path` and the system's own programs to find."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")}
    kept |= {"PATH": f"{path}:/usr/bin:/bin", "YES": "", **environment}
    return subprocess.run(
        [sys.executable, "-m", "engine", *words],
        cwd=PROJECT,
        env=kept,
        stdin=subprocess.DEVNULL,
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
    """All calls, without the file for the engine's events and with it its name."""
    found = [json.loads(line) for line in (cli / "calls").read_text().splitlines()]
    for call in found:
        if "--event-log" in call["words"]:
            at = call["words"].index("--event-log")
            del call["words"][at : at + 2]
    return found


def test_a_stack_without_a_file_is_refused_with_those_there_are(cli: Path) -> None:
    done = run("preview", "--stack", "porduction", path=cli)
    assert done.returncode == 1
    assert "There is no stack porduction" in done.stderr
    there = sorted(file.name.split(".")[1] for file in PROJECT.glob("Pulumi.*.yaml"))
    assert {"dev", "kube", "local", "prod", "test"} <= set(there)
    assert f"there are {', '.join(there)}." in done.stderr


def test_the_local_stack_keeps_its_state_in_the_project_whatever_backend_the_user_has(cli: Path) -> None:
    run("outputs", path=cli, PULUMI_BACKEND_URL="https://app.example.com", PULUMI_CONFIG_PASSPHRASE="mine")
    outputs = calls(cli)[-1]
    assert outputs["words"] == ["stack", "output", "--stack", "local"]
    assert outputs["environment"]["PULUMI_BACKEND_URL"] == (PROJECT / ".slipway" / "pulumi").as_uri()
    assert outputs["environment"]["PULUMI_CONFIG_PASSPHRASE"] == "local"


def test_another_stacks_backend_and_passphrase_are_the_users(cli: Path) -> None:
    mine = {"PULUMI_BACKEND_URL": "s3://mine", "PULUMI_CONFIG_PASSPHRASE_FILE": "/mine"}
    done = run("preview", "--stack", "prod", path=cli, **mine)
    assert [call["words"] for call in calls(cli)][-1] == ["preview", "--stack", "prod"], done.stderr
    assert calls(cli)[-1]["environment"] == {**mine, "PULUMI_CONFIG_PASSPHRASE": None}


@pytest.mark.parametrize("action", ["up", "destroy", "refresh"])
def test_where_nobody_can_answer_a_question_is_refused_before_anything_is_done(
    cli: Path, action: str
) -> None:
    done = run(action, "--stack", "prod", path=cli)
    assert done.returncode == 1
    assert f"`make {action} STACK=prod YES=1`" in done.stderr
    assert not (cli / "calls").exists()


def test_yes_said_beforehand_makes_a_stack_that_is_missing_and_asks_nothing(cli: Path) -> None:
    run("up", "--stack", "prod", path=cli, YES="1")
    assert [call["words"] for call in calls(cli)][-3:] == [
        ["stack", "--show-name", "--stack", "prod"],
        ["stack", "init", "--stack", "prod"],
        ["up", "--yes", "--stack", "prod"],
    ]


def test_options_after_two_dashes_are_pulumis(cli: Path) -> None:
    run("preview", "--stack", "prod", "--", "--target", "**web1", "--json", path=cli)
    assert calls(cli)[-1]["words"] == ["preview", "--target", "**web1", "--json", "--stack", "prod"]


def test_which_engine_and_which_plugin_serve_is_said_on_stderr(cli: Path) -> None:
    done = run("preview", "--stack", "prod", path=cli)
    assert done.stderr.startswith(f"engine: Pulumi v3.999.0 ({cli / 'pulumi'})\nplugin: ")
    assert done.stdout == ""


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
    assert state.of_host(urns, "web1") == [urns[1]]
    assert state.of_host(urns, "edge1") == [urns[4]]
    assert state.of_host(urns, "eu/web1") == [urns[1]]
    for unknown in ("web7", "us/web1"):
        with pytest.raises(Refused, match=f"Nothing in the state stands for the host {unknown}"):
            state.of_host(urns, unknown)


def test_of_two_hosts_with_one_name_none_is_forgotten_until_it_is_said_which() -> None:
    prefix = "urn:pulumi:s::slipway::slipway:index:"
    urns = [
        f"{prefix}Region::eu",
        f"{prefix}Region::us",
        f"{prefix}Region$slipway:index:Installation::eu-web1",
        f"{prefix}Region$slipway:index:Installation::us-web1",
        f"{prefix}NameServers::front-door",
        f"{prefix}NameServers$slipway:index:Installation::front-door-eu-ns1",
        f"{prefix}NameServers$slipway:index:Installation::front-door-us-ns1",
        f"{prefix}NameServers$slipway:index:Installation::front-door-us-ns2",
    ]
    with pytest.raises(Refused, match=r"Which web1[?] There are eu/web1, us/web1"):
        state.of_host(urns, "web1")
    assert state.of_host(urns, "us/web1") == [urns[3]]
    with pytest.raises(Refused, match="eu/ns1, us/ns1"):
        state.of_host(urns, "ns1")
    assert state.of_host(urns, "eu/ns1") == [urns[5]]
    assert state.of_host(urns, "ns2") == [urns[7]]


def test_an_instance_is_not_forgotten_but_looked_for() -> None:
    cloud = "urn:pulumi:s::slipway::slipway:index:CloudRegion$slipway:index:Fleet$aws:ec2/instance:Instance::eu-m7g-large-1"
    for name in ("m7g-large-1", "eu/m7g-large-1"):
        with pytest.raises(Refused, match="`make refresh` sees it") as told:
            state.of_host([cloud], name)
        assert "--replace **CopyToRemote::eu-m7g-large-1-bundle" in str(told.value)


def test_forget_asks_for_the_host(cli: Path) -> None:
    done = run("forget", path=cli)
    assert done.returncode == 2 and "--host" in done.stderr
