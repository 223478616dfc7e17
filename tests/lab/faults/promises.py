"""Which tests would fail if a promise were broken."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Promise:
    """`tests` are `file::name`, the file as seen from tests/; `faults` are rows of the table, by their ids."""

    words: str
    faults: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()


PROMISES = (
    Promise(
        words="What is built for a host runs on that host, or nothing is changed and the message says why.",
        faults=("wrong-architecture", "truncated", "flipped-byte"),
        tests=("lab/acceptance/test_refusals.py::test_a_host_of_another_architecture_than_declared",),
    ),
    Promise(
        words="A release loses no request.",
        faults=("five-releases", "health-needs-20-s"),
        tests=(
            "lab/acceptance/test_release_under_load.py::test_one_changed_line_changes_the_hosts_alone_and_loses_no_request",
            "lab/test_activator.py::test_releases_under_load_lose_no_request",
            "lab/test_no_lost_request.py::test_ten_releases_lose_none_of_20000_requests_on_kept_and_new_connections",
        ),
    ),
    Promise(
        words="A broken release never serves a user; the old one keeps serving, and the command shows the evidence.",
        faults=(
            "service-exits",
            "dies-after-3-s",
            "never-listens",
            "health-flaps",
            "health-slow",
            "proxy-refused",
        ),
        tests=(
            "lab/acceptance/test_broken_release.py::test_a_service_that_never_becomes_healthy_leaves_the_old_release_and_shows_its_journal",
        ),
    ),
    Promise(
        words="Kill it anywhere, run it again: it converges, with no hand work.",
        faults=(
            "killed-mid-copy",
            "killed-in-gate",
            "killed-after-switch",
            "killed-before-confirm",
            "cut-for-long",
        ),
        tests=(
            "activator/test_crashes.py::test_killed_at_any_effect_of_a_release_one_always_answers_and_the_next_run_converges",
            "activator/test_crashes.py::test_killed_at_any_effect_of_the_way_back_the_next_run_ends_it",
        ),
    ),
    Promise(
        words="A second `up` changes nothing and opens no connection.",
        faults=("killed-before-confirm", "disk-full"),
        tests=("lab/test_rollout.py::test_a_second_up_opens_no_connection",),
    ),
    Promise(
        words="A secret appears in no state file, log, process list, unit file, or shell history.",
        tests=(
            "lab/acceptance/test_secrets.py::test_a_secret_reaches_the_service_and_nothing_else",
            "lab/acceptance/test_secrets.py::test_a_release_that_fails_shows_its_journal_and_health_answer_without_the_secret",
            "lab/acceptance/test_secrets.py::test_a_secret_is_found_wherever_it_is_put_on_purpose",
        ),
    ),
    Promise(
        words="Nothing but the load balancer's ports is open to the world.",
        tests=(
            "program/test_cloud.py::test_nothing_but_the_load_balancers_ports_is_open_to_the_world",
            "model/aws/test_firewall.py::test_nothing_but_the_load_balancers_web_ports_is_open_to_the_world",
        ),
    ),
    Promise(
        words="Outputs only grow: a field is never removed or retyped without a new contract version.",
        tests=("contract/test_contract.py::test_no_published_field_is_gone_or_has_another_type",),
    ),
    Promise(
        words="When the one edge of a region dies, another region behind the same name serves its users and gets releases.",
        faults=("edge-dead",),
        tests=(
            "lab/failover/test_failover.py::test_when_nothing_listens_any_more_users_are_moved_also_through_a_resolver",
            "lab/failover/test_failover.py::test_a_release_while_the_primary_is_away_reaches_the_standby_and_the_primary_when_it_is_back",
        ),
    ),
    Promise(
        words="What stands around a service stops no release; where it is to change itself and cannot, nothing is changed.",
        faults=(
            "firewall-refused",
            "sysctl-refused",
            "sink-away",
            "monitor-away",
            "certificate-ended",
            "renewal-refused",
        ),
        tests=(
            "lab/hosts/test_firewall.py::test_a_table_that_would_lock_out_whoever_deploys_is_refused_and_changes_nothing",
            "lab/hosts/test_acme.py::test_a_certificate_that_the_ca_refuses_leaves_http_as_it_was_and_says_why",
        ),
    ),
)
