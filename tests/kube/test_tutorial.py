"""The tutorial of docs/kubernetes.md: its commands, one after the other in a clone, print what the page says that they print."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.tutorials.pages import PROJECT, bare, blocks, clone, compare

pytestmark = [pytest.mark.lab, pytest.mark.timeout(3600)]
DOWN = "trap 'make kube-lab-down >/dev/null' EXIT\n"


def test_what_the_tutorial_says_is_what_happens(tmp_path: Path) -> None:
    page = (PROJECT / "docs" / "kubernetes.md").read_text()
    assert len(blocks(page)) > 3
    project = clone(tmp_path)
    # A port of this run's own, as the page says: another clone may be testing beside it.
    stack_file = project / "Pulumi.kube.yaml"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    stack_file.write_text(stack_file.read_text().replace("127.0.0.1:15055/", f"127.0.0.1:{port}/"))
    compare(page, project, bare(tmp_path), first=DOWN, seconds=900)
