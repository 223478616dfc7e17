"""What is said about a front door before anything is done."""

import pulumi
import pytest

from components import front_door
from tests.model.front_door.test_front_door_settings import dns, parsed, two


def test_a_single_dns_host_refuses_a_protected_stack() -> None:
    one = dns(hosts={"eu": dns()["hosts"]["eu"]}, objective=30, stateless=True)
    with pytest.raises(pulumi.RunError, match="single-dns-host"):
        front_door.announced(parsed(one, two()).door, protected=True)


def test_without_a_front_door_nothing_is_said() -> None:
    front_door.announced(None, protected=True)
