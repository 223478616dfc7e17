"""A group that follows the load, released by the program's own components under the real engine. AWS is pretended
(plugins/aws/group_life.py says by which pages), the deployer's part of it is the real one (groups/)."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.engine.projects import Project, wait_until

PROGRAM = """
from pathlib import Path
from types import SimpleNamespace
import pulumi_aws as aws
from components import bundle
from components.aws.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.aws.autoscaling import Autoscaling, AutoscalingArgs, Scaling
from components.aws.image import image
from components.installation import Kept
from model.architecture import Architecture
from model.aws.instances import InstanceGroup
from model.release import Binary, service_release
from model.release_policy import ReleasePolicy
from model.service import Service

service = Service(name="shop", source="shop", arguments=("{port}",))
policy = ReleasePolicy()
Path("binary").write_bytes(b"not run by anybody")
binary = Binary(path="binary", sha256="a" * 64, size=18, sbom="binary")
class Walls(pulumi.ComponentResource):  # what a network and its firewall are is told in test_protection.py
    def group(self, role):
        return aws.ec2.SecurityGroup(self.pulumi_resource_name, opts=ResourceOptions(parent=self))

after = []
for name in ("eu-central-1", "us-east-1"):
    provider = aws.Provider(name, region=name)
    parent = pulumi.ComponentResource("trial:index:Region", name, {}, ResourceOptions(providers=[provider]))
    child = ResourceOptions(parent=parent)
    subnet = aws.ec2.Subnet(name, vpc_id="vpc-1", cidr_block="10.20.0.0/24", availability_zone=f"{name}a", opts=child)
    group = InstanceGroup.model_validate({"type": "m7g.large", "autoscaling": SCALING})
    release = Kept(service="shop", ids=(PIN,), waits=60) if PIN else bundle.write(
        service_release(service, policy, Architecture.ARM64, VERSION, binary), Path("bundles")
    )
    made = Autoscaling(
        f"{name}-web",
        AutoscalingArgs(
            group=group,
            architecture=Architecture.ARM64,
            image=image("latest", Architecture.ARM64, pulumi.InvokeOptions(parent=parent)),
            roll_image=False,
            network=SimpleNamespace(private_subnets=[subnet], ready=[], security_groups=()),
            firewall=Walls("trial:index:Walls", name, {}, child),
            store=ArtifactStore(f"{name}-bundles", ArtifactStoreArgs(protected=False), child),
            scaling=Scaling(
                release=lambda _: release, service=service, policy=policy, owner="o",
                target_group=aws.lb.TargetGroup(f"{name}-hosts", port=80, protocol="HTTP", opts=child),
            ),
            user="deploy",
            public_keys=("ssh-ed25519 AAAA",),
            protected=False,
            after=after,
        ),
        child,
    )
    after = [made.serving]
    pulumi.export(name, made.report.apply(lambda said: __import__("json").loads(said)))
"""
THREE = {"min": 3, "max": 9}
EU, US = "eu-central-1", "us-east-1"


class Groups:
    """A project of one group in each region, and what it does at the moment."""

    def __init__(self, folder: Path) -> None:
        self.project = Project(folder / "trial", pretend=True)

    def say(self, version: str, *, pin: str = "", **scaling: Any) -> None:
        told = f"VERSION, PIN, SCALING = {version!r}, {pin!r}, {THREE | scaling!r}\n"
        self.project.program(told + PROGRAM)

    def fates(self, **fates: Any) -> None:
        (self.project.directory / "fates.json").write_text(json.dumps(fates))

    def up(self) -> str:
        return self.project.must("up").stdout

    def fails(self) -> str:
        done = self.project.run("up")
        assert done.returncode != 0, done.stdout
        return done.stdout

    def state(self, region: str = EU) -> dict[str, Any]:
        groups = json.loads((self.project.directory / "cloud.json").read_text())["groups"]
        return next(state for name, state in groups.items() if name.startswith(region))

    def versions(self, region: str = EU) -> set[str]:
        return {each["version"] for each in self.state(region)["instances"]}

    def ends(self, region: str = EU) -> list[str]:
        return [each["Status"] for each in self.state(region)["refreshes"][::-1]]


@pytest.fixture
def groups(tmp_path: Path) -> Groups:
    return Groups(tmp_path)


def test_groups_keep_the_promises_of_hosts(groups: Groups) -> None:
    """One after the other, since each run of the engine takes seconds."""
    groups.say("v1")
    groups.up()
    before = groups.project.outputs()
    assert groups.ends() == groups.ends(US) == [], "a new group is waited for, and not exchanged"

    # Never healthy: `up` fails with the reason, the next region has not begun, and outputs name what runs.
    groups.say("v2")
    groups.fates(**{"2": "never"})
    said = groups.fails()
    assert (
        "did not take the release (RollbackSuccessful): 2 new instances gave up" in said and "ABANDON" in said
    )
    assert groups.project.outputs() == before
    assert groups.versions() == {"1"} and groups.ends() == ["RollbackSuccessful"]
    assert groups.versions(US) == {"1"} and groups.ends(US) == []

    # Tried again by the next run; healthy on the canary alone is no release, either.
    groups.fates(**{"2": "first"})
    assert "33 %" in groups.fails()
    assert groups.versions() == {"1"} and groups.ends() == ["RollbackSuccessful"] * 2

    # Well at last, but killed half way; and the load brings two more meanwhile.
    groups.fates(hold=33, grow=2)
    running = groups.project.start("up")
    wait_until(
        lambda: (
            groups.ends()[2:] == ["InProgress"] and groups.state()["refreshes"][0]["PercentageComplete"] >= 33
        )
    )
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    groups.project.pulumi("cancel", "--yes")
    groups.fates(grow=2)
    begun = groups.state()["refreshes"][0]["InstanceRefreshId"]
    groups.up()
    assert begun in {
        each["InstanceRefreshId"] for each in groups.state()["refreshes"] if each["Status"] == "Successful"
    }
    told = groups.project.outputs()
    for region in (EU, US):
        assert told[region]["release"] != before[region]["release"] and told[region]["template"].endswith(
            ":2"
        )
        assert groups.versions(region) == {"2"} and len(groups.state(region)["instances"]) == 5

    # Back to the one before, which nobody builds, since the bucket has it; with other bounds, for which nobody waits.
    groups.say("", pin=before[EU]["release"], min=4)
    groups.up()
    assert groups.project.outputs()[EU]["release"] == before[EU]["release"]
    assert groups.versions() == {"3"} and groups.state()["least"] == 4
    assert groups.state()["fewest"] == groups.state(US)["fewest"] == 3, "fewer served than there must be"
    assert " updated" not in groups.up()
