"""The rules as a Pulumi policy pack. Not to be run by hand: the CLI does, with the packages of policy/requirements.txt."""

# pyright: reportMissingImports=false
# The program's own environment has no pulumi_policy, see policy/requirements.txt.

from __future__ import annotations

import sys
from pathlib import Path

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from policy.companions import COMPANIONS, Companion, Declared, missing
from policy.rule import Rule
from policy.rules import RULES


def _level(protected: bool) -> EnforcementLevel:
    """The pack is not told the stack's settings, so what only protected stacks must keep is advice, unless configured."""
    return EnforcementLevel.ADVISORY if protected else EnforcementLevel.MANDATORY


def _on_one(rule: Rule) -> ResourceValidationPolicy:
    def validate(resource: ResourceValidationArgs, report: ReportViolation) -> None:
        if resource.resource_type in rule.on and (reason := rule.check(resource.props)):
            report(reason)

    return ResourceValidationPolicy(
        name=rule.name, description=rule.what, validate=validate, enforcement_level=_level(rule.protected)
    )


def _on_stack(companion: Companion) -> StackValidationPolicy:
    def validate(stack: StackValidationArgs, report: ReportViolation) -> None:
        declared = [
            Declared(
                urn=each.urn,
                type=each.resource_type,
                references={
                    name: tuple(source.urn for source in sources)
                    for name, sources in each.property_dependencies.items()
                },
            )
            for each in stack.resources
        ]
        for urn, violation in missing(companion, declared).items():
            report(violation.reason, urn)

    return StackValidationPolicy(
        name=companion.name,
        description=companion.what,
        validate=validate,
        enforcement_level=_level(companion.protected),
    )


PolicyPack(
    name="slipway",
    policies=[*map(_on_one, RULES), *map(_on_stack, COMPANIONS)],
)
