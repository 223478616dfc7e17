"""Rules for roles: nobody may do more than its work needs."""

from __future__ import annotations

import json
from typing import Any

from policy.rule import Properties, listed, rule, statements

POLICIES = ("aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy")


def _allowing(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


@rule(
    *POLICIES,
    ids=("IAM.1", "IAM.21", "CKV_AWS_62", "CKV_AWS_63"),
    passes={"policy": _allowing({"Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b/*"]})},
    fails={"policy": _allowing({"Action": "s3:*", "Resource": ["arn:aws:s3:::b/*"]})},
)
def actions_are_named(granted: Properties) -> str | None:
    """A policy names what it allows, without a wildcard for all or for a whole service."""
    for statement in statements(granted.get("policy"), "Allow"):
        if "NotAction" in statement:
            return "It allows everything except NotAction; name the actions."
        for action in listed(statement.get("Action")):
            if action == "*" or action.endswith(":*"):
                return f"It allows {action}; name the actions."
    return None


@rule(
    *POLICIES,
    ids=("CKV_AWS_355",),
    passes={"policy": _allowing({"Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b/*"]})},
    fails={"policy": _allowing({"Action": ["s3:GetObject"], "Resource": "*"})},
)
def things_are_named(granted: Properties) -> str | None:
    """A policy names the things on which it allows something."""
    for statement in statements(granted.get("policy"), "Allow"):
        if "*" in listed(statement.get("Resource")) or "NotResource" in statement:
            return f"It allows {', '.join(listed(statement.get('Action')))} on everything; name the ARNs."
    return None


@rule(
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    ids=("CKV_AWS_274",),
    passes={"policyArn": "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"},
    fails={"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
)
def nobody_is_administrator(attachment: Properties) -> str | None:
    """No role has AWS's policies for administrators."""
    name = str(attachment.get("policyArn")).rpartition("/")[2]
    refused = name in ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess")
    return f"policyArn is {name}; write a policy of what is needed." if refused else None


@rule(
    "aws:iam/role:Role",
    ids=("CKV_AWS_60",),
    passes={
        "assumeRolePolicy": _allowing(
            {"Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
        )
    },
    fails={"assumeRolePolicy": _allowing({"Action": "sts:AssumeRole", "Principal": "*"})},
)
def roles_name_who_may_be_them(role: Properties) -> str | None:
    """A role names who may take it on."""
    for statement in statements(role.get("assumeRolePolicy"), "Allow"):
        principal = statement.get("Principal")
        named = principal.values() if isinstance(principal, dict) else [principal]
        if any("*" in listed(each) for each in named):
            return "assumeRolePolicy lets everybody take it on; name a service or an account."
    return None
