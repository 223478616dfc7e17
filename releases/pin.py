"""Which releases a rollback goes back to, and the line in the stack file that says so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from ruamel.yaml.comments import CommentedMap

from desk.stack_file import changed, setting, without
from model.refusal import Refusal
from releases.fleet import Answer

RELEASE, SERVICE = "release", "service"


def target(answers: Sequence[Answer], wanted: Sequence[str]) -> dict[str, str]:
    """The release that each host would go back to, by its name. `wanted` are ids; empty: the previous one of each host.

    Raises Refusal when a host has none of them, or cannot be asked: a rollback is for all hosts or none.
    """
    found: dict[str, str] = {}
    wrong: list[str] = []
    for answer in answers:
        name = f"{answer.region}/{answer.host}"
        kept = [one["release"] for one in answer.releases.get("kept", [])]
        here = [release for release in wanted if release in kept]
        previous: str | None = answer.releases.get("previous")
        if answer.error:
            wrong.append(f"{name}: {answer.error}")
        elif wanted and len(here) != 1:
            which = "more than one" if here else "none"
            wrong.append(f"{name} keeps {which} of {', '.join(wanted)}; it keeps {', '.join(kept)}.")
        elif chosen := here[0] if here else previous:
            found[name] = chosen
        else:
            wrong.append(f"{name} has no release to go back to; it keeps {', '.join(kept)}.")
    if wrong:
        raise Refusal(wrong)
    return found


def write_artifact(stack_file: Path, store: str, digest: str) -> None:
    """Names the artifact in the stack file's service; all else in it stays as it is."""
    with changed(stack_file) as config:
        service = setting(config, SERVICE)
        service.pop("artifact", None)
        # Not at the end, because a comment there belongs to the last key.
        service.insert(1, "artifact", CommentedMap(store=store, digest=digest))


def write(stack_file: Path, releases: Sequence[str] | Literal["previous"]) -> None:
    """Pins these releases in the stack file, all else in it stays as it is; none: takes the pin out."""
    with changed(stack_file) as config:
        policy = setting(config, RELEASE)
        policy.pop("pin", None)
        if releases:
            # First, because a comment at the end of the map belongs to its last key.
            policy.insert(0, "pin", releases if releases == "previous" else sorted(set(releases)))
        elif not policy:
            without(config, RELEASE)
