"""What a service may do in its account: named, and within what a role can have. IAM itself is not asked."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from model import permissions
from model.permissions import Permissions
from model.refusal import sentences

READ = {"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::shop/*"]}


def read(given: dict[str, Any]) -> Permissions:
    return Permissions.model_validate_json(json.dumps(given))


def test_statements_become_one_policy() -> None:
    one = READ | {"conditions": {"StringEquals": {"aws:ResourceTag/stack": ["prod"]}}}
    metrics = {"actions": ["cloudwatch:PutMetricData"], "resources": ["*"]}
    assert permissions.document(read({"statements": [one, metrics]}).statements) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject"],
                "Resource": ["arn:aws:s3:::shop/*"],
                "Condition": {"StringEquals": {"aws:ResourceTag/stack": ["prod"]}},
            },
            {"Effect": "Allow", "Action": ["cloudwatch:PutMetricData"], "Resource": ["*"]},
        ],
    }


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"policies": ["arn:aws:iam::aws:policy/AdministratorAccess"]}, "policies[0] ('arn"),
        ({"policies": ["ReadOnlyAccess"]}, "policies[0] is 'ReadOnlyAccess'"),
        ({"policies": ["arn:aws:iam::123456789012:policy/p"] * 9}, "at most 8 items"),
        ({"statements": [READ | {"actions": ["s3:*"]}]}, "name the actions, such as s3:GetObject"),
        ({"statements": [READ | {"actions": ["*"]}]}, "actions[0] is '*'"),
        ({"statements": [READ | {"actions": []}]}, "actions is []"),
        ({"statements": [READ | {"resources": ["shop/*"]}]}, "resources[0] is 'shop/*'"),
        ({"statements": [READ | {"actions": ["s3:GetObject"] * 900}]}, "10240"),
        ({"statement": [READ]}, "did you mean statements?"),
    ],
)
def test_what_is_too_wide_or_no_policy_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read(given)
    assert words in sentences(caught.value, Permissions, "slipway:service.permissions.")[0]
