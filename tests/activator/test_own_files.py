"""The user's files and secrets as files: exactly back when a release fails, gone when no release wants them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.activator import bundles
from tests.activator.fake_host import FakeHost
from tests.activator.machine import Machine
from tests.activator.state import Crash
from tests.activator.test_reverts import put_back

OWN = tuple(
    {**bundles.entry(f"/opt/greeter/conf/{{slot}}.files/{name}", text, None, "greeter", "0640"), **more}
    for name, text, more in (
        ("app.yaml", "port {port} {port:metrics} {other}", {"template": True}),
        ("deep/er/plain", "port {port}", {}),
    )
)
PORTS = {"metrics": {"blue": 9101, "green": 9102}}
SECRETS = json.dumps({"PLAIN": "in the environment", "KEY": "swordfish, of a file"})


def release(words: str = "healthy 1", **changes: Any) -> bundles.Made:
    return bundles.service(
        words,
        **{"more": OWN, "ports": PORTS, "secretFiles": {"KEY": "text"}, "slotEnvironment": {}} | changes,
    )


def left(machine: Machine) -> list[str]:
    return [path for path in machine.tree() if ".files" in path or ".secrets.d" in path]


def test_templates_are_filled_in_for_the_slot_and_plain_files_are_left_alone(machine: Machine):
    assert machine.apply(release(), secrets=SECRETS) == 0, machine.said
    assert machine.text("/opt/greeter/conf/blue.files/app.yaml") == "port 18081 9101 {other}"
    assert machine.text("/opt/greeter/conf/blue.files/deep/er/plain") == "port {port}"
    assert machine.text("/opt/greeter/conf/blue.secrets.d/KEY") == "swordfish, of a file"
    assert "swordfish" not in machine.text("/opt/greeter/conf/blue.secrets")
    tree = machine.tree()
    assert tree["/opt/greeter/conf/blue.secrets.d/KEY"].startswith("600 ('root', 'root')")
    assert tree["/opt/greeter/conf/blue.files/deep"].startswith("750 ('root', 'greeter')")


def test_the_same_again_changes_nothing_and_another_file_goes_through_the_other_slot(machine: Machine):
    machine.apply(release(), secrets=SECRETS)
    assert machine.apply(release(), secrets=SECRETS) == 0
    assert machine.answers[-1]["changed"] is False
    other = json.dumps({**json.loads(SECRETS), "KEY": "another of a file"})
    assert machine.apply(release(), secrets=other) == 0
    assert machine.answers[-1]["slot"] == "green"
    assert machine.text("/opt/greeter/conf/green.secrets.d/KEY") == "another of a file"


@pytest.mark.parametrize("before", [bundles.service("healthy 0"), release("healthy 0")])
def test_a_failed_release_leaves_files_and_secrets_as_they_were(machine: Machine, before: bundles.Made):
    machine.ill_with = " swordfish, of a file"
    machine.apply(before, secrets=SECRETS)
    said = put_back(machine, release("ill at once"), secrets=SECRETS)
    assert "swordfish" not in said and "[KEY]" in said


def test_what_no_release_wants_any_more_goes(machine: Machine):
    machine.apply(release(), secrets=SECRETS)
    for number in (2, 3):
        machine.apply(bundles.service(f"healthy {number}"))
    assert left(machine) == []


def test_a_secret_that_is_no_base64_or_not_given_is_refused(machine: Machine):
    for form, given, reason in (
        ("base64", SECRETS, "KEY is said to be base64"),
        ("text", "{}", "wants the secret KEY"),
    ):
        assert machine.apply(release(secretFiles={"KEY": form}), secrets=given) == 1
        assert reason in machine.said[-1] and "swordfish" not in machine.said[-1]


def test_killed_at_any_effect_the_next_run_brings_files_and_secrets_of_one_release(machine: Machine):
    machine.apply(bundles.service("healthy 0"))
    whole = machine.clone()
    began = whole.effects
    assert whole.apply(release(), secrets=SECRETS) == 0
    for effect in range(began + 1, whole.effects, 3):
        cut = machine.clone()
        cut.crash_at = effect
        with pytest.raises(Crash):
            cut.apply(release(), secrets=SECRETS)
        cut.crash_at = None
        assert cut.apply(release(), secrets=SECRETS, host=FakeHost(cut)) == 0, cut.said
        slot = cut.answers[-1]["slot"]
        assert cut.text(f"/opt/greeter/conf/{slot}.secrets.d/KEY") == "swordfish, of a file"
        assert cut.text(f"/opt/greeter/conf/{slot}.files/deep/er/plain") == "port {port}"
        cut.close()
    whole.close()


@pytest.mark.parametrize(
    ("limit", "found"),
    [
        ("75%", "2752MiB"),
        ("1G", "921MiB"),
        ("512M", "460MiB"),
        ("100%", "3680MiB"),
        ("infinity", None),
        (None, None),
    ],
)
def test_go_is_told_to_use_nine_tenths_of_what_the_unit_may(
    machine: Machine, limit: str | None, found: str | None
):
    machine.apply(release(memory=limit), secrets=SECRETS)
    lines = machine.text("/opt/greeter/conf/blue.env").splitlines()
    assert [line for line in lines if "GOMEMLIMIT" in line] == ([f'GOMEMLIMIT="{found}"'] if found else [])


@pytest.mark.parametrize(("form", "given"), [("text", "s3cret"), ("base64", "AAH/")])
def test_a_restart_takes_secret_files_along(machine: Machine, form: str, given: str) -> None:
    assert machine.apply(release(secretFiles={"KEY": form}), secrets=json.dumps({"KEY": given})) == 0
    live = machine.status()["slot"]
    held = (machine.root / f"opt/greeter/conf/{live}.secrets.d/KEY").read_bytes()
    assert machine.main("restart", "--service", "greeter") == 0, machine.said
    now = machine.status()["slot"]
    assert now != live
    assert (machine.root / f"opt/greeter/conf/{now}.secrets.d/KEY").read_bytes() == held
