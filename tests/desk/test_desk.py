"""The desk without hosts: which machines a stack file names, how ssh is called, what a table shows, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from desk import __main__ as desk
from desk import shell, ssh, stack, status
from desk.table import table
from model import desk_script
from model.refusal import Refusal
from tests.program.clusters import kubeconfig
from tests.program.eks_regions import region as eks_region

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID2HRIAnDujLGCzBwPxHeFMeKfHW5O5Ydl7zGygH3JGM"
FILE = f"""
encryptionsalt: v1:a:b
config:
  slipway:service:
    name: shop
    source: shop
    arguments: ["{{port}}"]
    environment: {{SWITCH: on, AT: 1:30}}
  slipway:regions:
    eu:
      login: {{user: way, jump: {{address: 192.0.2.1, hostKey: "{KEY}", port: 222}}}}
      hosts:
        - {{name: web1, address: "2001:db8::11", architecture: arm64, hostKey: "{KEY}", port: 2222}}
        - {{name: web2, address: 192.0.2.12, architecture: amd64, hostKey: "{KEY}"}}
      edge: {{name: edge1, address: 192.0.2.10, architecture: amd64, hostKey: "{KEY}"}}
  slipway:secrets: {{TOKEN: {{secure: v1:a:b}}}}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Pulumi.mine.yaml").write_text(FILE)
    monkeypatch.setattr(desk, "PROJECT", tmp_path)
    return tmp_path


def test_a_stack_file_names_its_machines_and_yaml_is_read_as_the_cli_does(project: Path) -> None:
    wanted = stack.configured(project, "mine")
    assert [each.name for each in stack.hosts(wanted, project)] == ["eu/web1", "eu/web2"]
    assert [(each.name, each.service) for each in stack.edges(wanted, project)] == [("eu/edge1", "shop-edge")]
    assert wanted.service.environment == {"SWITCH": "on", "AT": "1:30"}
    assert wanted.secrets == {}


def test_secrets_that_are_files_and_what_other_stacks_tell_are_not_asked_for(project: Path) -> None:
    more = "SWITCH: on, DB: {stack: organization/db/prod, output: url}"
    text = FILE.replace("SWITCH: on", more).replace(
        "    environment", "    secretFiles: {TOKEN: text}\n    environment"
    )
    (project / "Pulumi.mine.yaml").write_text(text)
    assert stack.configured(project, "mine").service.texts["SWITCH"] == "on"


def test_what_pulumi_config_set_writes_is_read_as_the_program_reads_it(project: Path) -> None:
    told = FILE + '  slipway:protected: "true"\n  slipway:tags: \'{"owner": "team"}\'\n'
    (project / "Pulumi.mine.yaml").write_text(told)
    wanted = stack.configured(project, "mine")
    assert (wanted.protected, wanted.tags.owner) == (True, "team")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("SWITCH: on", "DAY: 2026-01-02", 'write it in quotes: DAY: "2026-01-02"'),
        ("SWITCH: on", "PIN: {secure: v1:a:b}", "slipway:service.environment.PIN is encrypted"),
        ("name: shop", "name: Shop", "slipway:service.name"),
        ("config:", "config: [", "cannot be read as YAML"),
    ],
)
def test_a_stack_file_is_refused_in_the_words_of_up(project: Path, old: str, new: str, words: str) -> None:
    (project / "Pulumi.mine.yaml").write_text(FILE.replace(old, new, 1))
    with pytest.raises(Refusal) as caught:
        stack.configured(project, "mine")
    assert all(line.startswith("Pulumi.mine.yaml") for line in caught.value.lines)
    assert words in str(caught.value)


def test_a_host_is_named_with_or_without_its_region(project: Path) -> None:
    machines = stack.hosts(stack.configured(project, "mine"), project)
    assert stack.named(machines, "web2") == stack.named(machines, "eu/web2") == machines[1:]
    assert stack.named(machines, "") == machines
    with pytest.raises(Refusal, match="there is no host web9; there are eu/web1, eu/web2"):
        stack.named(machines, "web9")


def test_ssh_is_called_with_pinned_keys_through_the_machine_on_the_way(project: Path) -> None:
    machine = stack.hosts(stack.configured(project, "mine"), project)[0]
    words = shell.words(machine, ["uptime"])
    assert words[:7] == ["ssh", "-F", "none", "-p", "2222", "-l", "way"]
    assert words[-2:] == ["2001:db8::11", "uptime"]
    assert f"KnownHostsCommand=/bin/echo %H {KEY}" in words and "StrictHostKeyChecking=yes" in words
    (way,) = (word for word in words if word.startswith("ProxyCommand="))
    assert "-p 222 -l way" in way and way.endswith("-W '[2001:db8::11]:2222' 192.0.2.1")
    assert f"%%H {KEY}" in way, "the outer ssh would put its own host there"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["status", "--stack", "none"], "there is no Pulumi.none.yaml"),
        (["shell", "--stack", "mine"], "which host? name one of eu/web1, eu/web2, eu/edge1"),
        (["profile", "--stack", "mine"], "which host? name one of eu/web1, eu/web2"),
        (["restart", "--stack", "mine", "--host", "edge1"], "there is no host edge1"),
    ],
)
def test_what_cannot_be_done_is_refused_before_any_connection(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert desk.main(words) == 1
    assert said in capsys.readouterr().err


def test_a_remark_in_a_short_row_widens_no_column() -> None:
    shown = table([("HOST", "A", "B"), ("web1", "x", "y"), ("web2", "(gave no answer within five seconds)")])
    assert shown.splitlines() == ["HOST  A  B", "web1  x  y", "web2  (gave no answer within five seconds)"]


def test_all_is_well_only_when_each_machine_answers_and_runs(project: Path) -> None:
    well = {"release": "a" * 12, "unit": {"active": True}, "unfinished": None}
    assert status._is_well(well)
    for ill in (
        ssh.Unreachable("gone"),
        {},
        {**well, "unit": {"active": False}},
        {**well, "unfinished": "apply"},
    ):
        assert not status._is_well(ill)


def test_commands_are_one_word_for_any_login_shell() -> None:
    logs = desk_script.logs("shop", "10 min ago", 50, True)
    assert logs.startswith("sh -c ") and "--unit=shop-proxy.service" in logs and "--follow" in logs
    assert "--unit=nginx.service" in desk_script.logs("shop-edge", "", 50, False)
    assert desk_script.restart("shop", 90).endswith("/current/activator.pyz restart --service shop'")


def test_a_stack_of_clusters_alone_is_refused_with_what_asks_them(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = kubeconfig(project / "config")
    region = f"""
    eu:
      cluster: {{kubeconfig: {made}, context: edge, architectures: [amd64]}}
      repository: registry.example.com/shop
"""
    start, end = FILE.index("    eu:"), FILE.index("  slipway:secrets")
    (project / "Pulumi.cluster.yaml").write_text(FILE[:start] + region + FILE[end:])
    assert desk.main(["status", "--stack", "cluster"]) == 1
    assert f"`kubectl --kubeconfig {made} --context edge --namespace" in capsys.readouterr().err


def test_a_stack_of_eks_alone_is_refused_with_what_asks_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service = {"name": "shop", "source": "shop", "arguments": ["{port}"]}
    config = {"slipway:service": service, "slipway:regions": {"eu-central-1": eks_region()}}
    (project / "Pulumi.eks.yaml").write_text(yaml.safe_dump({"config": config}))
    for command in ("status", "drift", "history", "restart"):
        assert desk.main([command, "--stack", "eks"]) == 1
        said = capsys.readouterr().err
        assert "aws eks update-kubeconfig --region eu-central-1" in said
        assert "kubectl --namespace shop" in said
