"""The policies of a role that deploys: all that the program makes is in them, and a linter of policies has nothing against them.

That AWS lets such a role make every stack is not proven: no account was asked.
"""

from __future__ import annotations

import ast
import json
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import parliament
import pulumi
import pulumi_aws as aws
import pytest
import yaml

from groups.service import RIGHTS
from model.aws.preview_role import ACTIONS
from model.aws.rights.deploy import ROOMS, actions, policy
from model.aws.rights.scopes import DOOR, NAMED, OURS
from tests.program.api_calls import CALLS
from tests.program.test_aws_api import everything
from tests.program.test_cloud import prod

PROJECT = Path(__file__).parents[3]
MOST = 6144
"""Characters of a managed policy without white space (IAM User Guide, "IAM and AWS STS quotas")."""
PREFIXES = {"elbv2": "elasticloadbalancing"}
"""Services whose actions IAM calls otherwise than the API's model."""
NAMES = {
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
}
"""Calls that IAM has another name for (Service Authorization Reference, Amazon S3)."""
NETWORK_BALANCERS = "listener/net/"
"""The linter takes the two kinds of listeners for one; this program has no load balancer of that kind."""


def made() -> set[str]:
    """The type of every resource of AWS that any component names."""
    found: set[str] = set()
    for path in (PROJECT / "components").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            text = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
            if re.fullmatch(r"aws\.\w+\.[A-Z]\w+", text):
                module, name = text.split(".")[1:]
                named: Any = getattr(getattr(aws, module), name)
                if isinstance(named, type) and issubclass(named, pulumi.CustomResource):
                    found.add(str(vars(named)["pulumi_type"]))
    return found


def known() -> dict[str, set[str]]:
    """The actions of each type."""
    return {
        kind: {f"{service}:{name}" for service, names in services.items() for name in names.split()}
        for calls, _ in ROOMS.values()
        for kind, services in calls.items()
    }


def statements() -> list[dict[str, Any]]:
    return [each for room in ROOMS for each in json.loads(policy(room))["Statement"]]


def findings(text: str) -> list[str]:
    """What the linter says, but for what it says of each statement that is not bound to names."""
    return [
        f"{each.issue}: {each.detail}"
        for each in parliament.analyze_policy_string(text).findings
        if each.issue != "RESOURCE_STAR"
    ]


def test_every_type_that_the_program_makes_has_its_calls_and_no_other_has() -> None:
    assert known().keys() == made()


def test_each_type_may_be_made_as_the_api_map_says() -> None:
    for kind, (service, call, _) in CALLS.items():
        action = f"{PREFIXES.get(service, service)}:{call}"
        assert NAMES.get(action, action) in known()[kind], kind


def test_what_a_preview_and_a_groups_exchange_ask_is_allowed_as_well() -> None:
    everything = {action for room in ROOMS for action in actions(room)}
    assert everything >= ACTIONS
    scaling, balancers = RIGHTS.split(", and ")
    names = re.findall(r"[A-Z]\w+", scaling)
    assert len(names) == 6 and {f"autoscaling:{name}" for name in names} <= everything
    assert balancers in everything


@pytest.mark.parametrize("room", ROOMS)
def test_what_stands_in_docs_is_written_from_it_and_fits_into_one_policy(room: str) -> None:
    text = (PROJECT / f"docs/deploy-{room}.json").read_text()
    assert text == policy(room), "run `make docs`"
    assert len("".join(text.split())) <= MOST


@pytest.mark.parametrize("room", ROOMS)
def test_the_linter_knows_every_action_and_that_it_can_be_bound_as_it_is(room: str) -> None:
    document = json.loads(policy(room))
    rules = [each for each in document["Statement"] if each["Sid"].startswith("SlipwayRules")]
    assert len(rules) in (0, 2)
    if rules:  # both statements are needed for one call: each alone lacks the other's kind of resource
        document["Statement"] = [each for each in document["Statement"] if each not in rules]
        together = {key: value for key, value in rules[0].items() if key != "Condition"}
        together["Resource"] = [each["Resource"] for each in rules]
        document["Statement"].append(together)
    assert [each for each in findings(json.dumps(document)) if NETWORK_BALANCERS not in each] == []


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"Action": "ec2:MakeVpc"}, "UNKNOWN_ACTION"),
        ({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket"}, "RESOURCE_MISMATCH"),
        (
            {"Action": "iam:PassRole", "Condition": {"StringEquals": {"iam:PassedTo": "ec2.amazonaws.com"}}},
            "UNKNOWN_CONDITION_FOR_ACTION",
        ),
        ({"Action": "ec2:RunInstances", "Resource": "arn:aws:ec2:instance/*"}, "INVALID_ARN"),
    ],
)
def test_the_linter_finds_what_is_wrong(wrong: dict[str, Any], word: str) -> None:
    statement = {"Effect": "Allow", "Resource": "*"} | wrong
    (found, *_) = findings(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    assert found.startswith(word)


def test_only_what_reads_or_makes_is_bound_to_nothing() -> None:
    """All else is bound to names of this program's own, or to its tag."""
    free = {
        action
        for each in statements()
        if each["Resource"] == "*" and "Condition" not in each
        for action in each["Action"]
    }
    changes = {
        each for each in free if not re.fullmatch(r"[\w-]+:(Describe|List|Get|Create|Run|Allocate)\w+", each)
    }
    assert changes == {
        "acm:RequestCertificate",
        "ec2:AssociateAddress",  # an address, a machine, and its interface, which has no tag
        "ec2:DisassociateAddress",
        "ec2:ModifyVolume",  # disks of machines from before `slipway:tags` changed
        "elasticloadbalancing:SetWebAcl",
        "logs:DeleteLogDelivery",
        "logs:PutResourcePolicy",
        "sns:SetSubscriptionAttributes",
        "sns:Unsubscribe",
    }


def test_no_role_outside_this_program_can_be_changed_or_given_away() -> None:
    for each in statements():
        if any(action.startswith("iam:") for action in each["Action"]):
            resources = each["Resource"] if isinstance(each["Resource"], list) else [each["Resource"]]
            assert all(
                re.match(r"arn:aws:iam::\*:(role|instance-profile)/(\?\?-|aws-service-role/)", one)
                for one in resources
            )
    passed = [each for each in statements() if "iam:PassRole" in each["Action"]]
    assert passed and all(each["Condition"]["StringEquals"]["iam:PassedToService"] for each in passed)
    everything = {action for room in ROOMS for action in actions(room)}
    assert not everything & {
        "iam:CreateUser",
        "iam:CreateAccessKey",
        "iam:CreatePolicyVersion",
        "sts:AssumeRole",
    }


NAMED_TYPES = (
    "iam/role:Role",
    "iam/instanceProfile:InstanceProfile",
    "s3/bucket:Bucket",
    "lb/loadBalancer:LoadBalancer",
)
NAMED_TYPES += (
    "lb/targetGroup:TargetGroup",
    "cloudwatch/metricAlarm:MetricAlarm",
    "sns/topic:Topic",
    "wafv2/webAcl:WebAcl",
)


@pytest.mark.parametrize("kind", NAMED_TYPES)
def test_what_is_bound_by_its_name_is_called_so(kind: str) -> None:
    """Pulumi adds a hyphen and seven letters to these names."""
    names = [name for stack in (prod, everything) for name in stack().of(f"aws:{kind}")]
    assert names
    for name in names:
        assert any(fnmatchcase(f"{name}-1a2b3c4", pattern) for pattern in (NAMED, DOOR)), name


def test_the_tag_that_changes_are_bound_to_is_the_projects() -> None:
    project = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())["name"]
    assert {"StringEquals": {"aws:ResourceTag/project": project}} == OURS
