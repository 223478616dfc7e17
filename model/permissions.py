"""What the service may do in its AWS account: policies that are there, and statements of its own."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from model.setting import Setting

MOST_POLICIES = 8
"""Of 10 that AWS lets a role have by default (IAM quota "Managed policies per role"); the others are left to the program."""
LONGEST = 10_240
"""Characters of a role's own policies together, white space left out (IAM quotas)."""
ADMINISTRATORS = {"AdministratorAccess", "PowerUserAccess", "IAMFullAccess"}


def _narrow(value: str) -> str:
    if value.rpartition("/")[2] in ADMINISTRATORS:
        raise ValueError("is for administrators; name a policy of what is needed")
    return value


def _named(value: str) -> str:
    if value.endswith(":*"):
        raise ValueError("is everything that a service of AWS does; name the actions, such as s3:GetObject")
    return value


def _told_apart(value: tuple[str, ...]) -> tuple[str, ...]:
    """Each is attached under the last part of its ARN."""
    called = [each.rpartition("/")[2] for each in value]
    if twice := next((each for each in called if called.count(each) > 1), None):
        raise ValueError(
            f"names {twice} twice; write it once, or give one of two that are called so another name"
        )
    return value


PolicyArn = Annotated[
    str,
    Field(pattern=r"^arn:aws:iam::(aws|\d{12}):policy/[\w+=,.@/-]+$", max_length=2048),
    AfterValidator(_narrow),
]
Action = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*:[A-Za-z*][A-Za-z0-9*]*$"), AfterValidator(_named)]
Resource = Annotated[
    str, Field(pattern=r"^(\*|arn:aws:[a-z0-9-]+:[a-z0-9-]*:(\d{12}|aws|\*)?:[^\s]+)$", max_length=2048)
]


class Statement(Setting):
    """What is allowed on what."""

    actions: Annotated[tuple[Action, ...], Field(min_length=1)]
    """Such as `s3:GetObject`; `s3:Get*` is taken, `s3:*` is not."""
    resources: Annotated[tuple[Resource, ...], Field(min_length=1)]
    """ARNs. `*` alone is for actions that know no resource, such as `cloudwatch:PutMetricData`."""
    conditions: dict[str, dict[str, tuple[str, ...]]] = Field(default={})
    """As IAM has them, each with a list of values: `{StringEquals: {"aws:ResourceTag/stack": [prod]}}`."""

    @property
    def told(self) -> dict[str, Any]:
        """As a policy's document has it."""
        found: dict[str, Any] = {
            "Effect": "Allow",
            "Action": list(self.actions),
            "Resource": list(self.resources),
        }
        conditions = {
            test: {key: list(each) for key, each in one.items()} for test, one in self.conditions.items()
        }
        return {**found, **({"Condition": conditions} if conditions else {})}


def _short(statements: tuple[Statement, ...]) -> tuple[Statement, ...]:
    length = len(str(document(statements)).replace(" ", ""))
    if length > LONGEST:
        raise ValueError(
            f"have {length} characters, but a role's own policies may have {LONGEST}; make policies of them and name those"
        )
    return statements


def document(statements: tuple[Statement, ...]) -> dict[str, Any]:
    """The policy that allows them."""
    return {"Version": "2012-10-17", "Statement": [each.told for each in statements]}


class Permissions(Setting):
    """Either or both; whatever neither allows stays forbidden."""

    policies: Annotated[
        tuple[PolicyArn, ...], Field(max_length=MOST_POLICIES), AfterValidator(_told_apart)
    ] = ()
    """ARNs of IAM policies that are there."""
    statements: Annotated[tuple[Statement, ...], AfterValidator(_short)] = ()
    """A policy of the service's own."""
