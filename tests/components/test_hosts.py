"""Connections of a preview that has no private key keep the one that the state has."""

from pathlib import Path

import pulumi
import pytest

from components import hosts


def transformed(type: str) -> pulumi.ResourceTransformationResult | None:
    opts = pulumi.ResourceOptions(ignore_changes=["create"])
    return hosts.keeping_keys(
        pulumi.ResourceTransformationArgs(pulumi.Resource.__new__(pulumi.Resource), type, "here", {}, opts)
    )


def test_without_the_key_a_connection_shows_no_change() -> None:
    for kind in ("Command", "CopyToRemote"):
        made = transformed(f"command:remote:{kind}")
        assert made
        assert made.opts.ignore_changes
        assert set(made.opts.ignore_changes) == {"create", *hosts.KEYS_OF_A_CONNECTION}
    assert transformed("command:local:Command") is None


@pytest.mark.parametrize("missing", [{}, {"eu": Path("no/key")}])
def test_only_a_run_without_a_key_takes_it_for_unchanged(
    missing: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    registered: list[object] = []
    monkeypatch.setattr(pulumi.runtime, "register_stack_transformation", registered.append)
    hosts.keep_keys(missing)
    assert registered == ([hosts.keeping_keys] if missing else [])
