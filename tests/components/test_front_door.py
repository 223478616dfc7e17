"""What is said about a front door before anything is done."""

import pulumi
import pytest

from components import front_door
from tests.model.front_door.test_front_door_settings import dns, parsed, two


def test_a_mechanism_that_nothing_serves_is_refused_before_anything_is_made() -> None:
    with pytest.raises(pulumi.RunError, match=r"mechanism is dns, which can be computed but not served yet"):
        front_door.announced(parsed(dns(), two()).door, protected=False)


def test_without_a_front_door_nothing_is_said() -> None:
    front_door.announced(None, protected=True)
