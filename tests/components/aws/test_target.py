"""When a host gets a load balancer's requests and when they end, as asked of the engine."""

from pathlib import Path

import pytest

from components.aws.target import ASK
from targets import __main__ as targets
from tests.components.aws.balancers import PROD, balanced

PROJECT = Path(__file__).parents[3]

WAIT, ATTACHMENT = "command:local:Command", "aws:lb/targetGroupAttachment:TargetGroupAttachment"


def test_a_host_gets_requests_only_once_its_release_is_installed() -> None:
    recording = balanced(hosts=("web1",))
    assert recording.inputs(ATTACHMENT, "eu-web1") == {
        "targetGroupArn": "arn:eu",
        "targetId": "web1-id",
        "port": 8080,
    }
    assert recording.waits_for(ATTACHMENT, "eu-web1") >= {"web1-installed", "eu-web1-drain"}


def test_a_target_is_added_once_listeners_have_hosts_checked() -> None:
    for settings, listeners in ((PROD, {"eu-https", "eu-http"}), ({}, {"eu-http"})):
        assert balanced(settings, hosts=("web1",)).waits_for(ATTACHMENT, "eu-web1") >= listeners


def test_an_instance_goes_only_after_requests_in_flight_had_their_time() -> None:
    recording = balanced(hosts=("web1",))
    drain = recording.inputs(WAIT, "eu-web1-drain")
    assert (drain["create"], drain["triggers"]) == ("true", ["web1-id"])
    asked, otherwise = drain["delete"].split(" || ")
    assert asked == f"{ASK} drained arn:eu web1-id:8080 --within 43"
    # Who cannot ask, waits for as long as it may take.
    assert otherwise == "sleep 13"
    # Deleted in the reverse order: attachment, wait, instance.
    assert "eu-web1-drain" in recording.waits_for(ATTACHMENT, "eu-web1")
    assert "web1" in recording.waits_for(WAIT, "eu-web1-drain")


def test_a_new_host_is_waited_for_until_the_balancer_says_that_it_is_healthy() -> None:
    recording = balanced(hosts=("web1",))
    serving = recording.inputs(WAIT, "eu-web1-serving")
    assert serving["create"] == f"{ASK} healthy arn:eu web1-id:8080 --within 60"
    assert "delete" not in serving and serving["triggers"] == ["web1-id"]
    assert "eu-web1" in recording.waits_for(WAIT, "eu-web1-serving")


def test_the_waits_understand_what_targets_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command's words are the program's own, and name nothing of this machine."""
    recording = balanced(hosts=("web1",))
    assert (PROJECT / ASK.split()[0]).exists()
    seen: list[tuple[targets.Target, int]] = []
    monkeypatch.setattr(targets, "healthy", lambda client, target, within: seen.append((target, within)))
    words = recording.inputs(WAIT, "eu-web1-serving")["create"].removeprefix(f"{ASK} ")
    words = words.replace("arn:eu", "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/eu/1")
    assert targets.main(words.split()) == 0
    ((target, within),) = seen
    assert (target.instance, target.port, within) == ("web1-id", 8080, 60)


def test_two_hosts_of_one_balancer_do_not_wait_for_each_other() -> None:
    recording = balanced(hosts=("web1", "web2"))
    for name in recording.names(ATTACHMENT):
        other = "web2" if name == "eu-web1" else "web1"
        assert not any(other in waited for waited in recording.waits_for(ATTACHMENT, name))
