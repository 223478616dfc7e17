"""At which port the registry of the control plane listens, and what is said where it cannot."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from kubelab import registry
from kubelab.place import STACK_FILE
from lab.errors import LabError


def test_it_is_the_one_to_which_the_stack_file_sends_images(tmp_path: Path) -> None:
    assert registry.port(STACK_FILE) == 15055
    other = tmp_path / "Pulumi.kube.yaml"
    other.write_text(STACK_FILE.read_text().replace(":15055/", ":15056/"))
    assert registry.port(other) == 15056
    other.write_text("config:\n  slipway:regions:\n    lab:\n      repository: registry.example.com/shop\n")
    with pytest.raises(LabError, match=r"Pulumi\.kube\.yaml sends images to no registry of this machine"):
        registry.port(other)


def test_a_port_that_another_has_is_named_with_where_to_write_a_free_one() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        other.listen()
        with pytest.raises(LabError, match=rf"127\.0\.0\.1:{port} .* into `repository`"):
            registry.refuse_taken(port, STACK_FILE)
    registry.refuse_taken(port, STACK_FILE)
