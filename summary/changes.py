"""Writes what a change of each setting of a region on AWS does: `python -m summary.changes docs/changes.md`.

A stack for each region that changes begin with is brought up on a pretended AWS under Pulumi's own engine, then previewed with
one setting after the other changed. What AWS makes by replacing is known for the types in plugins/aws/replacing.py.
"""

from __future__ import annotations

import copy
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from summary.change import CHANGES, FIRST, KEY, OTHER_KEY, PLAIN, REGION, SCALED, STACK, Change
from summary.events import Preview, Step, read
from summary.examples import copied

PROVIDER = "pulumi:providers:aws"
ATTACHMENT = "aws:lb/targetGroupAttachment:TargetGroupAttachment"
GROUP = "aws:autoscaling/group:Group"
INSTANCE, COMMANDS = "aws:ec2/instance:Instance", ("command:remote:", "command:local:")
TRAFFIC = ("aws:lb/loadBalancer:LoadBalancer", "aws:lb/targetGroup:TargetGroup", "aws:lb/listener:Listener")
"""Without one of these users reach nobody."""


def main(page: Path, changes: Sequence[Change] = CHANGES) -> int:
    """Writes the page."""
    page.write_text(written(rows(changes)))
    return 0


def rows(changes: Sequence[Change]) -> list[str]:
    """A line of the table for each, in their order."""
    found: dict[int, str] = {}
    for begun in (FIRST, PLAIN, SCALED):
        chosen = [number for number, change in enumerate(changes) if change.first is begun]
        if chosen:
            with tempfile.TemporaryDirectory(prefix="slipway-") as directory:
                first = copied(Path(directory) / "first")
                content = _made(first, begun)
                found |= {number: _row(first, changes[number], content) for number in chosen}
    return [found[number] for number in range(len(changes))]


def _made(first: Path, region: dict[str, Any]) -> dict[str, Any]:
    """The stack file of a stack that has this region and is up."""
    file = first / f"Pulumi.{STACK}.yaml"
    content = yaml.safe_load(file.read_text())
    config = content["config"]
    config["slipway:regions"] = {REGION: copy.deepcopy(region)}
    config |= {"slipway:protected": "loadBalancer" in region, "slipway:tags": {"owner": "web"}}
    config["slipway:release"] = {**config.get("slipway:release", {}), "uncommitted": "allow"}
    file.write_text(yaml.safe_dump(content, sort_keys=False))
    for key in (KEY, OTHER_KEY):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", first / key], check=True)
    done = _run(first, "up", "--hosts", "0")
    if done.returncode:
        raise SystemExit(f"the stack was not made:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return content


def _row(first: Path, change: Change, content: dict[str, Any]) -> str:
    project = first.parent / "changed"
    shutil.copytree(first, project, symlinks=True)
    try:
        file, log = project / f"Pulumi.{STACK}.yaml", project / "events"
        file.write_text(yaml.safe_dump(change.made(content), sort_keys=False))
        done = _run(
            project, "preview", "--kept", "--", "--event-log", str(log), rolls=change.by == "roll-images"
        )
        kind, what = judged(read(log))
        if change.by:
            what = f"by `make {change.by}`: {what}" if what else f"by `make {change.by}`"
        if done.returncode and kind != "refused":
            raise SystemExit(f"{change}:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    finally:
        shutil.rmtree(project)
    return f"| `{change.path}` | {change.words} | {kind} | {what} |"


def judged(preview: Preview) -> tuple[str, str]:
    """What kind of a change it is, and what becomes of which resources."""
    guarded = [each for each in preview.errors if "protect" in each]
    if guarded:
        return "refused", "protected: " + ", ".join(sorted({_guarded(each) for each in guarded}))
    if preview.errors:
        return "refused", preview.errors[0].splitlines()[-1].strip()
    steps = [step for step in preview.steps if step.op != "same" and step.type.startswith("aws:")]
    if lost := [step for step in steps if step.type in TRAFFIC and step.op in ("replace", "delete")]:
        return "users are cut off", _counted(lost)
    hosts = [step for step in steps if step.type == INSTANCE and not step.name.endswith("bastion")]
    moved = [step for step in hosts if step.op in ("replace", "delete")]
    kind = "rolling" if any(step.op == "replace" for step in moved) else "in place"
    grouped = any(step.type == GROUP and step.op == "create" for step in steps)  # waits for healthy instances
    left = any(step.type == GROUP and step.op == "delete" for step in steps)
    if {step.op for step in hosts} == {"create", "delete"} or (grouped and (moved or left)):
        kind = "rolling"
    attached = [step for step in steps if step.type == ATTACHMENT and step.op == "replace"]
    if attached and not moved:
        kind = "with errors"
    if not steps:
        if any(step.type == PROVIDER and step.op == "update" for step in preview.steps):
            return "in place", "tags of everything"
        commands = [step for step in preview.steps if step.op != "same" and step.type.startswith(COMMANDS)]
        told = {step.name.endswith("-ready") for step in commands}
        return (
            ("in place", "machines are told" if told == {True} else "a release") if told else ("nothing", "")
        )
    return kind, _counted(steps)


def _guarded(text: str) -> str:
    return f"`{text.partition(':')[0]}`"


def _counted(steps: Sequence[Step]) -> str:
    found: dict[str, list[str]] = {}
    for step in steps:
        found.setdefault(step.op, []).append(step.type.rpartition(":")[2])
    return "; ".join(
        f"{op} {', '.join(f'{kinds.count(kind)} {kind}' for kind in sorted(set(kinds)))}"
        for op, kinds in sorted(found.items())
    )


def written(lines: Sequence[str]) -> str:
    """The page."""
    return "\n".join(
        [
            "# What a change of a region on AWS does",
            "",
            "What `up` plans when one setting of a protected region with three machines and a bastion is changed: previews of",
            "Pulumi's own engine on a pretended AWS, written by `make changes`. `make preview` says it of your own stack. Lines",
            "of `autoscaling`, of a group, of a region without a domain and of three zones begin with such a region.",
            "",
            "* **in place**: nothing is replaced that requests go through.",
            "* **rolling**: machines are replaced in the order of a release: a new one serves before an old one goes.",
            "* **with errors**: some requests fail for seconds; [limits.md](limits.md#on-aws) says which.",
            "* **refused**: the preview ends and nothing is changed; [aws.md](aws.md#what-cannot-go-by-mistake) has the way.",
            "",
            "| setting | changed to | | what is done |",
            "|---|---|---|---|",
            *lines,
            "",
        ]
    )


def _run(project: Path, action: str, *more: str, rolls: bool = False) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rehearsal", action, "--stack", STACK, *more],
        cwd=project,
        env={**os.environ, **({"SLIPWAY_ROLL_IMAGES": "1"} if rolls else {})},
        capture_output=True,
        text=True,
        check=False,
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
