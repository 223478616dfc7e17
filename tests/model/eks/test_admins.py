"""Who may ask a cluster, and whether that is who is asking."""

import pytest

from model.eks import admins

ROLE = "arn:aws:iam::123456789012:role/teams/deploy"
USER = "arn:aws:iam::123456789012:user/ann"


@pytest.mark.parametrize(
    ("caller", "among"),
    [
        ("arn:aws:sts::123456789012:assumed-role/deploy/ci-17", True),
        ("arn:aws:sts::210987654321:assumed-role/deploy/ci-17", False),
        ("arn:aws:sts::123456789012:assumed-role/ann/ci-17", False),
        (USER, True),
        ("arn:aws:iam::123456789012:user/bob", False),
        ("arn:aws:iam::123456789012:root", False),
    ],
)
def test_a_session_is_its_role_whatever_the_roles_path(caller: str, among: bool) -> None:
    assert admins.among(caller, [ROLE, USER]) is among


@pytest.mark.parametrize("value", [ROLE, USER, "arn:aws-cn:iam::123456789012:role/a"])
def test_roles_and_users_are_taken(value: str) -> None:
    assert admins.checked(value) == value


@pytest.mark.parametrize(
    "value", ["deploy", "arn:aws:iam::123456789012:root", "arn:aws:iam::1:role/a", f"{ROLE}/*"]
)
def test_others_are_not(value: str) -> None:
    with pytest.raises(ValueError, match="no IAM role or user"):
        admins.checked(value)
