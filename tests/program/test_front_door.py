"""The name before prod's two regions: exactly what is declared, with all inputs. That AWS moves users is not proven."""

import asyncio
import json
import logging
from typing import Any

import pulumi
import pytest

from tests.program.recorder import Recorder, inputs, run_program
from tests.program.stack_files import configuration

RECORD, CHECK = "aws:route53/record:Record", "aws:route53/healthCheck:HealthCheck"
ALARM, ENDPOINTS = (
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:globalaccelerator/endpointGroup:EndpointGroup",
)
EU, US = "eu-central-1", "us-east-1"
DOOR = {"name": "api.example.com", "zone": "example.com", "objective": 180, "stateless": True}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID2HRIAnDujLGCzBwPxHeFMeKfHW5O5Ydl7zGygH3JGM"
ROUTE53 = DOOR | {"mechanism": "route53", "alarmEmail": "alarms@example.com"}


def run(door: dict[str, Any], changes: dict[str, Any] | None = None, *, protected: bool = True) -> Recorder:
    """Prod with that front door; `changes` are keys of its regions, by `eu` and `us`."""
    written = json.loads(configuration("prod")["slipway:regions"])
    regions = {
        name: region | {"login": {"publicKey": KEY}} | (changes or {}).get(name[:2], {})
        for name, region in written.items()
    }
    return run_program(
        "prod",
        frontDoor=door,
        regions=regions,
        protected=str(protected).lower(),
        release={"uncommitted": "allow"},
    )


def shared(recorder: Recorder) -> dict[str, dict[str, Any]]:
    """The records of the shared name, by the name of the resource."""
    every = {name: inputs(request) for name, request in recorder.of(RECORD).items()}
    return {
        name: each
        for name, each in every.items()
        if each["name"] == "api.example.com" and each["type"] == "A"
    }


def alias(region: str, **policy: Any) -> dict[str, Any]:
    return {
        "zoneId": "zone of example.com",
        "name": "api.example.com",
        "type": "A",
        "aliases": [
            {
                "name": f"{region}.elb.amazonaws.com",
                "zoneId": "zone of load balancers",
                "evaluateTargetHealth": True,
            }
        ],
        **policy,
    }


def test_failover_is_a_primary_and_a_secondary_each_with_a_check_of_its_own() -> None:
    recorder = run(ROUTE53)
    assert shared(recorder) == {
        f"front-door-{role}": alias(
            region,
            setIdentifier=role,
            failoverRoutingPolicies=[{"type": role.upper()}],
            healthCheckId=f"front-door-{region}-id",
        )
        for role, region in (("primary", EU), ("secondary", US))
    }
    assert {name: inputs(request) for name, request in recorder.of(CHECK).items()} == {
        f"front-door-{region}": {
            "type": "HTTPS",
            "fqdn": domain,
            "port": 443,
            "resourcePath": "/healthz",
            "enableSni": True,
            "requestInterval": 10,
            "failureThreshold": 3,
            "tags": {"Name": f"front-door-{region}"},
        }
        for region, domain in ((EU, "eu.api.example.com"), (US, "us.api.example.com"))
    }


def test_a_lost_region_is_told_in_us_east_1() -> None:
    recorder = run(ROUTE53)
    for region in (EU, US):
        request = recorder.of(ALARM)[f"front-door-{region}-lost"]
        alarm = inputs(request)
        assert request.provider.split("::")[3] == "front-door"
        assert (alarm["namespace"], alarm["metricName"]) == ("AWS/Route53", "HealthCheckStatus")
        assert alarm["dimensions"] == {"HealthCheckId": f"front-door-{region}-id"}
        assert (alarm["comparisonOperator"], alarm["threshold"], alarm["statistic"]) == (
            "LessThanThreshold",
            1,
            "Minimum",
        )
        assert alarm["alarmActions"] == alarm["okActions"] == ["arn:front-door-alarms"]
    (provider,) = [
        inputs(request)
        for name, request in recorder.of("pulumi:providers:aws").items()
        if name == "front-door"
    ]
    assert provider["region"] == "us-east-1"


@pytest.mark.parametrize(
    ("routing", "policies"),
    [
        (
            "weighted",
            {
                EU: {"weightedRoutingPolicies": [{"weight": 3}]},
                US: {"weightedRoutingPolicies": [{"weight": 1}]},
            },
        ),
        (
            "latency",
            {
                EU: {"latencyRoutingPolicies": [{"region": EU}]},
                US: {"latencyRoutingPolicies": [{"region": US}]},
            },
        ),
    ],
)
def test_other_routings_have_a_record_for_each_region(routing: str, policies: dict[str, Any]) -> None:
    changes = {"eu": {"weight": 3}} if routing == "weighted" else {}
    recorder = run(ROUTE53 | {"routing": routing}, changes)
    assert shared(recorder) == {
        f"front-door-{region}": alias(
            region, setIdentifier=region, healthCheckId=f"front-door-{region}-id", **policy
        )
        for region, policy in policies.items()
    }


def test_a_drained_primary_gives_its_role_away_and_counts_as_lost_whatever_its_check_says() -> None:
    recorder = run(ROUTE53, {"eu": {"drained": True}})
    records = shared(recorder)
    assert records["front-door-primary"]["aliases"][0]["name"] == f"{US}.elb.amazonaws.com"
    assert records["front-door-secondary"]["healthCheckId"] == f"front-door-{EU}-drained-id"
    assert set(records) == {"front-door-primary", "front-door-secondary"}, (
        "no record is deleted or made to drain"
    )
    assert inputs(recorder.of(CHECK)[f"front-door-{EU}-drained"]) == {
        "type": "CALCULATED",
        "childHealthchecks": [f"front-door-{EU}-id"],
        "childHealthThreshold": 2,
        "tags": {"Name": f"front-door-{EU}-drained"},
    }


def test_certificates_are_valid_for_the_shared_name_which_is_proven_once() -> None:
    recorder = run(ROUTE53)
    certificates = recorder.of("aws:acm/certificate:Certificate")
    assert {name: inputs(each)["subjectAlternativeNames"] for name, each in certificates.items()} == {
        EU: ["api.example.com"],
        US: ["api.example.com"],
    }
    proofs = [inputs(each) for name, each in recorder.of(RECORD).items() if name.endswith("-proof")]
    assert sorted(each["name"] for each in proofs) == [
        "_proof.api.example.com.",
        "_proof.eu.api.example.com.",
        "_proof.us.api.example.com.",
    ]
    for name, request in recorder.of("aws:acm/certificateValidation:CertificateValidation").items():
        own = "eu" if name == EU else "us"
        assert inputs(request)["validationRecordFqdns"] == [
            f"_proof.{own}.api.example.com",
            "_proof.api.example.com",
        ]


def test_a_zone_of_its_own_is_made_with_a_caa_record_and_its_name_servers_are_told() -> None:
    regions = {
        "eu": {"loadBalancer": {"domain": "eu.example.com", "zone": "example.com"}},
        "us": {"loadBalancer": {"domain": "us.example.com", "zone": "example.com"}},
    }
    recorder = run(ROUTE53 | {"zone": "api.example.com", "makeZone": True, "caa": True}, regions)
    (zone,) = recorder.of("aws:route53/zone:Zone").values()
    assert inputs(zone)["name"] == "api.example.com"
    caa = inputs(recorder.of(RECORD)["front-door-caa"])
    assert (caa["zoneId"], caa["type"], caa["name"]) == (
        "made zone of api.example.com",
        "CAA",
        "api.example.com",
    )
    assert '0 issue "amazon.com"' in caa["records"]
    assert asyncio.run(told(recorder))["nameServers"] == ["ns-1.awsdns-01.org", "ns-2.awsdns-02.com"]


async def told(recorder: Recorder) -> dict[str, Any]:
    return await pulumi.Output.from_input(recorder.outputs["frontDoor"]).future()  # pyright: ignore


@pytest.mark.parametrize(
    ("routing", "changes", "dials", "weights"),
    [
        ("latency", {}, {EU: 100, US: 100}, {EU: 128, US: 128}),
        ("failover", {}, {EU: 100, US: 0}, {EU: 128, US: 128}),
        ("failover", {"eu": {"drained": True}}, {EU: 0, US: 100}, {EU: 0, US: 128}),
        ("latency", {"us": {"drained": True}}, {EU: 100, US: 100}, {EU: 128, US: 0}),
    ],
)
def test_global_accelerator_dials_for_routing_and_takes_the_weight_from_a_drained_region(
    routing: str, changes: Any, dials: dict[str, int], weights: dict[str, int]
) -> None:
    recorder = run(DOOR | {"mechanism": "globalAccelerator", "routing": routing}, changes)
    groups = {inputs(each)["endpointGroupRegion"]: inputs(each) for each in recorder.of(ENDPOINTS).values()}
    assert groups == {
        region: {
            "listenerArn": "arn:listener",
            "endpointGroupRegion": region,
            "trafficDialPercentage": dials[region],
            "endpointConfigurations": [
                {
                    "endpointId": f"arn:{region}",
                    "weight": weights[region],
                    "clientIpPreservationEnabled": True,
                }
            ],
        }
        for region in (EU, US)
    }
    assert not recorder.of(CHECK)


def test_global_accelerator_listens_where_the_load_balancers_do_and_the_name_is_its_alias() -> None:
    recorder = run(DOOR | {"mechanism": "globalAccelerator"})
    (listener,) = recorder.of("aws:globalaccelerator/listener:Listener").values()
    assert inputs(listener) == {
        "acceleratorArn": "arn:front-door",
        "protocol": "TCP",
        "portRanges": [{"fromPort": 80, "toPort": 80}, {"fromPort": 443, "toPort": 443}],
    }
    assert shared(recorder) == {
        "front-door": {
            "zoneId": "zone of example.com",
            "name": "api.example.com",
            "type": "A",
            "aliases": [
                {
                    "name": "front-door.awsglobalaccelerator.com",
                    "zoneId": "zone of accelerators",
                    "evaluateTargetHealth": True,
                }
            ],
        }
    }


def test_people_and_other_stacks_are_told_the_worst_case(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    recorder = run(ROUTE53, {"eu": {"drained": True}})
    said = [record.getMessage() for record in caplog.records]
    assert any(
        "https://api.example.com/ serves users of a lost region again within 173 s: 48 s" in each
        for each in said
    )
    assert any("eu-central-1 is drained: nobody is sent there after 120 s" in each for each in said)
    assert any(each.startswith("no-standby: ") for each in said)
    assert recorder.outputs["url"] == "https://api.example.com/"
    assert asyncio.run(told(recorder)) == {
        "name": "api.example.com",
        "url": "https://api.example.com/",
        "mechanism": "route53",
        "servedWithin": 173,
        "objective": 180,
        "drained": [EU],
        "nameServers": [],
        "delegation": [],
    }


def test_an_error_refuses_a_protected_stack_before_anything_is_declared_and_is_a_warning_elsewhere(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        run(ROUTE53 | {"stateless": False})
    assert "data-unnamed: " in str(caught.value) and "protected" in str(caught.value)
    caplog.clear()
    unprotected = run(ROUTE53 | {"stateless": False}, protected=False)
    assert any(record.getMessage().startswith("data-unnamed: ") for record in caplog.records)
    assert shared(unprotected)
