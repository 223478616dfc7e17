"""Resource names as Pulumi writes them: urn:pulumi:STACK::PROJECT::TYPE$TYPE::NAME. Not for what a resource is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

ROOT_TYPE = "pulumi:pulumi:Stack"


def create(stack: str, project: str, type: str, name: str, parent: str = "") -> str:
    """The URN of a resource; the types of its parents, without the stack's, become part of its own."""
    prefix = ""
    if parent and qualified_type(parent) != ROOT_TYPE:
        prefix = f"{qualified_type(parent)}$"
    return f"urn:pulumi:{stack}::{project}::{prefix}{type}::{name}"


def qualified_type(urn: str) -> str:
    """The resource's type with its parents' before it, joined by `$`."""
    return urn.split("::", 3)[2]


def type_of(urn: str) -> str:
    """The resource's own type."""
    return qualified_type(urn).rpartition("$")[2]


def name_of(urn: str) -> str:
    """The name that the program gave it."""
    return urn.split("::", 3)[3]


@dataclass(frozen=True, kw_only=True)
class Alias:
    """A former identity: a whole URN, or what differed (None: nothing; `no_parent`: it was at the top)."""

    urn: str | None = None
    name: str | None = None
    type: str | None = None
    stack: str | None = None
    project: str | None = None
    parent: str | None = None
    no_parent: bool = False


def former(
    urn: str, parent: str, aliases: Iterable[Alias], renamed: dict[str, str], stack: str, project: str
) -> list[str]:
    """The URNs under which the state may know `urn`, in the order in which to look.

    `renamed` maps the URN of each resource of this run that was found under another one to that one: children of
    a renamed parent are renamed with it, and so is the parent's name at the start of theirs.
    """
    type, name = type_of(urn), name_of(urn)
    found: dict[str, None] = {}
    own = []
    for alias in aliases:
        if alias.urn:
            own.append(alias.urn)
            continue
        old_parent = renamed.get(alias.parent, alias.parent) if alias.parent else parent
        own.append(
            create(
                alias.stack or stack,
                alias.project or project,
                alias.type or type,
                alias.name or name,
                "" if alias.no_parent else old_parent,
            )
        )
    found.update(dict.fromkeys(own))
    if parent in renamed:
        for child in [urn, *own]:
            child_name = name_of(child)
            if child_name.startswith(name_of(parent)):
                child_name = name_of(renamed[parent]) + child_name.removeprefix(name_of(parent))
            found[create(stack, project, type_of(child), child_name, renamed[parent])] = None
    return list(found)
