"""Every rule by itself: seen passing and seen failing. Whether a real engine hands over such inputs: test_policy_pack.py."""

import importlib
import inspect
from pathlib import Path
from typing import Any

import pytest

from policy import page
from policy.companions import COMPANIONS, Companion, Declared
from policy.rule import Rule
from policy.rules import RULES, stack_violations, violations

PROJECT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # pulumi_aws of its own old names
FORGIVING = {
    "buckets-have-no-access-lists",
    "default-group-lets-nothing-through",
    "egress-to-the-world-names-its-port",
    "full-buckets-stay",
    "host-keys-are-pinned",
    "instances-recover-by-themselves",
    "plain-http-is-redirected",
    "processor-credits-are-stated",
    "roles-name-who-may-be-them",
    "rules-are-of-the-new-kind",
    "rules-stand-for-themselves",
    "subnets-give-no-public-addresses",
    "templates-give-no-public-address",
    "tls-is-of-today",
    "world-reaches-web-ports-only",
    "actions-are-named",
    "things-are-named",
    "nobody-is-administrator",
}
"""Rules against something that must be written to be wrong. All others refuse a resource that says nothing."""


def named(name: str) -> Rule:
    return next(rule for rule in RULES if rule.name == name)


def rules_broken(type: str, properties: dict[str, Any], **how: bool) -> set[str]:
    return {violation.rule for violation in violations(type, properties, **how)}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_has_been_seen_passing_and_failing(rule: Rule) -> None:
    for kind in rule.on:
        assert rule.name not in rules_broken(kind, dict(rule.passes), protected=True)
        broken = [each for each in violations(kind, rule.fails, protected=True) if each.rule == rule.name]
        assert len(broken) == 1
        assert str(broken[0]).endswith("."), "reasons are sentences"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_what_is_left_out_is_not_taken_for_safe(rule: Rule) -> None:
    assert (rule.check({}) is None) == (rule.name in FORGIVING)


def test_names_are_unique_and_every_rule_says_what_it_promises() -> None:
    names = [rule.name for rule in RULES] + [companion.name for companion in COMPANIONS]
    assert len(names) == len(set(names))
    assert all(each.what.endswith(".") for each in (*RULES, *COMPANIONS))


def classes_of_aws() -> dict[str, set[str]]:
    """The inputs of the provider's classes that the table speaks of, by type token, in camelCase."""
    kinds = {kind for rule in RULES for kind in rule.on}
    kinds |= {each for companion in COMPANIONS for each in (companion.of, companion.needs)}
    found = {}
    for kind in kinds:
        package, module, name = kind.split(":")
        place = "pulumi_" + package + "." + module.partition("/")[0]
        made = getattr(importlib.import_module(place), name)
        words = inspect.signature(made._internal_init).parameters
        found[kind] = {_camel(word) for word in words}
    return found


def _camel(word: str) -> str:
    first, *rest = word.split("_")
    return first + "".join(part.capitalize() for part in rest)


def test_types_and_inputs_are_the_providers_own() -> None:
    known = classes_of_aws()
    for rule in RULES:
        for kind in rule.on:
            strange = {*rule.passes, *rule.fails} - known[kind] - {"tags"}
            of_a_sibling = {key for key in strange if any(key in known[other] for other in rule.on)}
            assert strange <= of_a_sibling, f"{rule.name} on {kind}"
    for companion in COMPANIONS:
        assert companion.by in known[companion.needs], companion.name


@pytest.mark.parametrize("companion", COMPANIONS, ids=lambda companion: companion.name)
def test_a_resource_that_stands_alone_is_found(companion: Companion) -> None:
    alone = Declared(urn="urn:one", type=companion.of, references={})
    other = Declared(urn="urn:two", type=companion.of, references={})
    beside = Declared(urn="urn:three", type=companion.needs, references={companion.by: ("urn:two",)})

    def found(*declared: Declared) -> list[str]:
        return [
            urn for urn, each in stack_violations(declared, protected=True) if each.rule == companion.name
        ]

    assert found(alone, other, beside) == ["urn:one"]
    assert found(other, beside) == []


def test_what_only_protected_stacks_must_keep_is_asked_of_no_other() -> None:
    unprotected = {"disableApiTermination": False, "monitoring": False}
    kind = "aws:ec2/instance:Instance"
    asked = rules_broken(kind, unprotected, protected=True) - rules_broken(kind, unprotected)
    assert asked == {"instances-cannot-be-terminated-by-mistake", "instances-are-watched-every-minute"}


def test_a_secret_is_looked_into() -> None:
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
    pinned = {"connection": secret | {"value": {"host": "h", "hostKey": "ssh-ed25519 AAAA"}}}
    assert violations("command:remote:Command", pinned) == []
    bare = {"connection": secret | {"value": {"host": "h"}}}
    assert rules_broken("command:remote:Command", bare) == {"host-keys-are-pinned"}


@pytest.mark.parametrize(
    ("ingress", "allowed"),
    [
        ({"cidrIpv4": "0.0.0.0/0", "fromPort": 80, "toPort": 80}, True),
        ({"cidrIpv4": "0.0.0.0/0", "fromPort": 80.0, "toPort": 80.0}, True),
        ({"cidrIpv4": "0.0.0.0/1", "fromPort": 22, "toPort": 22}, False),
        ({"cidrIpv4": "0.0.0.0/0", "fromPort": 80, "toPort": 443}, False),
        ({"cidrIpv4": "0.0.0.0/0", "ipProtocol": "-1"}, False),
        ({"cidrIpv4": "203.0.113.0/24", "fromPort": 22, "toPort": 22}, True),
        ({"referencedSecurityGroupId": "sg-1", "fromPort": 22, "toPort": 22}, True),
    ],
)
def test_the_world_is_any_range_as_wide_as_a_continent(ingress: dict[str, Any], allowed: bool) -> None:
    assert (named("world-reaches-web-ports-only").check(ingress) is None) == allowed


def test_only_the_bastion_has_a_public_address() -> None:
    rule = named("hosts-have-no-public-address")
    public = {"associatePublicIpAddress": True}
    assert rule.check(public | {"tags": {"Name": "eu-central-1-bastion"}}) is None
    assert rule.check(public | {"tags": {"Name": "eu-central-1-bastion-2"}}) is not None
    assert rule.check(public) is not None


def test_of_the_types_only_burstable_ones_have_credits() -> None:
    rule = named("processor-credits-are-stated")
    assert {
        kind
        for kind in ("t3.micro", "t4g.nano", "m7g.large", "trn1.2xlarge")
        if rule.check({"instanceType": kind})
    } == {
        "t3.micro",
        "t4g.nano",
    }


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ('{"Effect": "Deny", "Action": "*", "Resource": "*"}', True),
        ('{"Effect": "Allow", "Action": "*", "Resource": "arn"}', False),
        ('{"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn"}', False),
        ('{"Effect": "Allow", "Action": ["s3:Get*"], "Resource": "arn"}', True),
    ],
)
def test_wildcards_count_where_something_is_allowed(statement: str, allowed: bool) -> None:
    policy = {"policy": f'{{"Statement": {statement}}}'}
    assert (named("actions-are-named").check(policy) is None) == allowed


def test_the_page_is_the_one_that_the_table_gives() -> None:
    assert (PROJECT / "docs" / "policies.md").read_text() == page.documentation(), "run `make docs`"
