"""What a unit said when it refused stands in what `up` prints: nobody is sent to look into a journal."""

from __future__ import annotations

import pytest

from tests.lab.acceptance.conftest import Stack
from tests.lab.project import greeter, region

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


def test_nginxs_own_words_are_in_the_failure(native: Stack) -> None:
    foreign = "/etc/nginx/conf.d/of-somebody-else.conf"
    native.edge.run(f"echo 'nonsense on;' | sudo tee {foreign}")
    native.project.configure(greeter(region(native.hosts, native.edge), requestTimeout=77))
    try:
        done = native.project.up()
    finally:
        native.edge.run(f"sudo rm {foreign}")
    assert done.code != 0
    assert 'unknown directive "nonsense"' in done.text, done.text
    assert "journalctl" not in done.text.partition("Diagnostics:")[2]
