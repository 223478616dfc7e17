"""Rendered host files: what must stand in them, and that no value of a service can break out of its line."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from activator import reach
from model import host_files
from model.aws.load_balancer import idle_timeout
from model.door import ANY_NAME, OPEN, EdgeDoor, HostDoor
from model.release_policy import ReleasePolicy
from model.sandbox import OPENINGS
from model.service import Health, Service

SERVICE = Service.model_validate(
    {
        "name": "shop",
        "source": "shop",
        "port": 8000,
        "slots": (8001, 8002),
        "arguments": ("-addr", "127.0.0.1:{port}", "100% $HOME"),
        "environment": {"GREETING": 'say "hi"\nto 50%', "URL": "http://127.0.0.1:{port}"},
    }
)


def rendered(target: str, service: Service = SERVICE) -> str:
    files = host_files.service_files(service, ReleasePolicy())
    return next(file.content.decode() for file in files if file.target == target)


def test_a_service_gets_unit_proxy_proxy_unit_and_log_rotation() -> None:
    files = host_files.service_files(SERVICE, ReleasePolicy())
    assert [(file.target, file.mode, file.check) for file in files] == [
        ("/etc/systemd/system/slipway-shop-watch@{slot}.service", "0644", "systemd"),
        ("/etc/systemd/system/shop@{slot}.service", "0644", "systemd"),
        ("/etc/systemd/system/shop-proxy.service", "0644", "systemd"),
        ("/opt/shop/conf/haproxy.cfg", "0640", "haproxy"),
        ("/etc/logrotate.d/shop", "0644", None),
    ]


def test_arguments_get_the_slots_port_and_nothing_else_is_expanded() -> None:
    unit = rendered("/etc/systemd/system/shop@{slot}.service")
    assert 'ExecStart=/opt/shop/app/%i/bin/shop "-addr" "127.0.0.1:${SLIPWAY_PORT}" "100%% $$HOME"\n' in unit


def test_environment_with_the_port_is_left_to_the_slot_and_the_rest_is_in_the_unit() -> None:
    unit = rendered("/etc/systemd/system/shop@{slot}.service")
    assert 'Environment="GREETING=say \\"hi\\"\\nto 50%%"\n' in unit
    assert "URL" not in unit
    assert host_files.slot_environment(SERVICE) == {"URL": "http://127.0.0.1:{port}"}


def test_the_service_runs_as_its_own_user_without_capabilities_and_restarts_with_growing_pauses() -> None:
    lines = rendered("/etc/systemd/system/shop@{slot}.service").splitlines()
    for line in (
        "User=shop",
        "CapabilityBoundingSet=",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "Restart=always",
        "RestartMaxDelaySec=30s",
        "StartLimitIntervalSec=0",
        "MemoryMax=75%",
    ):
        assert line in lines, f"the unit lacks {line}"


UNIT = "/etc/systemd/system/shop@{slot}.service"
CLOSED = {
    "devices": "PrivateDevices=yes",
    "jit": "MemoryDenyWriteExecute=yes",
    "metadata": "IPAddressDeny=169.254.169.254 fd00:ec2::254",
    "namespaces": "RestrictNamespaces=yes",
    "processes": "ProtectProc=invisible",
    "rawSockets": "PrivateUsers=yes",
}


@pytest.mark.parametrize("name", OPENINGS)
def test_each_thing_is_opened_by_its_name_alone_and_the_unit_says_why(name: str) -> None:
    opened = Service.model_validate(SERVICE.model_dump(by_alias=True) | {"sandbox": {name: "it compiles"}})
    lines = rendered(UNIT, opened).splitlines()
    assert f"# Opened: {name} (it compiles)" in lines
    assert {closed for closed in CLOSED if CLOSED[closed] not in lines} == {name} - {"trace"}
    assert ("SystemCallFilter=@debug" in lines) == (name == "trace")
    assert [closed for closed in CLOSED if CLOSED[closed] not in rendered(UNIT).splitlines()] == []


def test_credentials_are_asked_for_by_a_service_with_permissions_alone() -> None:
    allowed = {"policies": ("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",)}
    lines = rendered(
        UNIT, Service.model_validate(SERVICE.model_dump(by_alias=True) | {"permissions": allowed})
    )
    assert {closed for closed in CLOSED if CLOSED[closed] not in lines.splitlines()} == {"metadata"}


def changed(**settings: object) -> list[str]:
    """Lines that the settings add to the unit, and those that they take away with a minus."""
    service = Service.model_validate(SERVICE.model_dump(by_alias=True) | settings)
    before, after = rendered(UNIT).splitlines(), rendered(UNIT, service).splitlines()
    return [line for line in after if line not in before] + [
        f"-{line}" for line in before if line not in after
    ]


def test_how_it_starts_stops_and_starts_again_can_be_set() -> None:
    assert changed(notify=True) == ["Type=notify", "NotifyAccess=main", "TimeoutStartSec=60s", "-Type=exec"]
    assert changed(stopSignal="SIGINT") == ["KillSignal=SIGINT", "-KillSignal=SIGTERM"]
    assert changed(stopTimeout=90) == ["TimeoutStopSec=90s", "-TimeoutStopSec=30s"]
    assert changed(restart="on-failure") == ["Restart=on-failure", "-Restart=always"]
    assert changed(restart="never") == ["Restart=no", "-Restart=always"]


def test_a_limit_of_processors_is_one_that_go_follows() -> None:
    quota, _, debug = changed(limits={"cpu": "150%"})
    assert (quota, debug) == ("CPUQuota=150%", "Environment=GODEBUG=containermaxprocs=1,updatemaxprocs=1")
    own = changed(limits={"cpu": "150%"}, environment={"GODEBUG": "x=1", "PORT": "{port}"})
    assert not any("containermaxprocs" in line for line in own)


def test_what_is_forbidden_gives_an_error_and_kills_nobody() -> None:
    assert "SystemCallErrorNumber=EPERM" in rendered(UNIT).splitlines()


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines", "a line that goes on \\"])
def test_an_opening_without_a_reason_or_with_one_that_breaks_the_line_is_refused(reason: str) -> None:
    with pytest.raises(ValidationError):
        Service.model_validate(SERVICE.model_dump(by_alias=True) | {"sandbox": {"jit": reason}})


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze, of any version")
def test_this_machines_systemd_takes_the_unit(tmp_path: Path) -> None:
    """Debian 12 has version 252, which knows no RestartSteps and goes on without."""
    text = rendered(UNIT).replace("/opt/shop/app/%i/bin/shop", "/bin/true")
    path = tmp_path / "shop@blue.service"
    path.write_text(text)
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    unknown = re.findall(r"Unknown key name '(\w+)'", done.stderr)
    assert set(unknown) <= {"RestartSteps", "RestartMaxDelaySec"}, done.stderr


def test_the_proxy_knows_both_slots_and_sends_no_request_twice() -> None:
    text = rendered("/opt/shop/conf/haproxy.cfg")
    assert "bind *:8000" in text
    assert re.search(r"server blue 127\.0\.0\.1:8001 @blue@$", text, re.M)
    assert re.search(r"server green 127\.0\.0\.1:8002 @green@$", text, re.M)
    assert "retry-on conn-failure" in text


def test_the_proxy_keeps_idle_connections_longer_than_the_edge_does() -> None:
    kept_by_edge = re.search(r"keepalive_timeout (\d+)s", edge())
    kept_by_proxy = re.search(r"timeout http-keep-alive (\d+)s", rendered("/opt/shop/conf/haproxy.cfg"))
    assert kept_by_edge and kept_by_proxy
    assert int(kept_by_edge[1]) < int(kept_by_proxy[1]), "else the proxy closes what the edge is about to use"


def edge(door: EdgeDoor = ANY_NAME, listen: int = 80, service: Service = SERVICE) -> str:
    return host_files.edge_file(service, listen, ("10.0.0.1:8000", "[fd00::2]:8000"), door).content.decode()


def proxy(door: HostDoor, service: Service = SERVICE) -> str:
    files = host_files.service_files(service, ReleasePolicy(), door)
    return next(file.content.decode() for file in files if file.target.endswith("haproxy.cfg"))


def test_the_edge_spreads_over_all_hosts_and_repeats_nothing_that_was_answered() -> None:
    text = edge(listen=8080)
    assert "least_conn;" in text and "listen 8080 default_server;" in text
    assert re.findall(r"server (\S+) max_fails=1", text) == ["10.0.0.1:8000", "[fd00::2]:8000"]
    assert re.findall(r"proxy_next_upstream (.*);", text) == ["error timeout"]


def test_the_proxy_that_is_nearer_to_the_service_gives_up_first() -> None:
    assert "timeout server 60s" in rendered("/opt/shop/conf/haproxy.cfg")
    assert re.findall(r"proxy_(read|send)_timeout 75s", edge()) == ["send", "read"]


def test_an_edge_with_names_leaves_all_other_names_to_others() -> None:
    text = edge(EdgeDoor(names=("shop.example.com", "*.shop.example.com")))
    assert "server_name shop.example.com *.shop.example.com;" in text
    assert "default_server" not in text
    assert "server_name _;" in edge()


def test_both_families_are_listened_on_but_for_machines_without_ipv6() -> None:
    lines = ("listen 80 default_server;", "@ipv6@ listen [::]:80 default_server;")
    assert all(f"    {line}\n" in edge() for line in lines)
    assert "    bind *:8000\n    @ipv6@ bind :::8000 v6only\n" in proxy(OPEN)


def test_bind_names_the_addresses_that_are_listened_on() -> None:
    bound = ("192.0.2.1", "2001:db8::1")
    assert re.findall(r"listen (.*);", edge(EdgeDoor(bind=bound))) == [
        "192.0.2.1:80 default_server",
        "[2001:db8::1]:80 default_server",
    ]
    assert re.findall(r"^ *bind (.*)$", proxy(HostDoor(bind=bound)), re.M) == [
        "192.0.2.1:8000",
        "2001:db8::1:8000 v6only",
    ]


def test_closed_paths_are_closed_with_all_below_them() -> None:
    text = edge(EdgeDoor(closed=("/metrics", "/debug/", '/a"b\\')))
    for path in ("/metrics", "/debug"):
        assert f'location ^~ "{path}/" {{ return 404; }}' in text
    assert 'location = "/metrics" { return 404; }' in text
    assert 'location = "/a\\"b\\\\" { return 404; }' in text


def test_a_proxy_is_believed_only_where_it_is_named() -> None:
    assert "set_real_ip_from" not in edge()
    text = edge(EdgeDoor(trusted=("192.0.2.0/24",)))
    assert "set_real_ip_from 192.0.2.0/24;" in text and "    192.0.2.0/24 1;" in text
    assert "acl front src 10.0.0.0/8" in proxy(HostDoor(trusted=("10.0.0.0/8",)))
    assert "acl front src 255.255.255.255" in proxy(OPEN)


def test_a_host_behind_an_edge_answers_it_alone_and_whoever_is_accepted() -> None:
    denies = "unless { src 127.0.0.0/8 ::1"
    assert "deny" not in proxy(OPEN)
    assert reach.SHUT_OUT in proxy(HostDoor(accepted=())), "else an edge would not know that it is shut out"
    assert f"{denies} 10.0.0.9 }}" in proxy(HostDoor(accepted=(), edges=("10.0.0.9",)))
    assert f"{denies} 10.1.0.0/16 10.0.0.9 }}" in proxy(
        HostDoor(accepted=("10.1.0.0/16",), edges=("10.0.0.9",))
    )


def test_no_more_requests_run_at_a_time_than_are_allowed() -> None:
    limits = SERVICE.limits.model_copy(update={"connections": 100})
    text = proxy(OPEN, SERVICE.model_copy(update={"limits": limits}))
    assert "    default-server check inter 2s fastinter 1s fall 3 rise 1 maxconn 100\n" in text
    assert "maxconn" not in proxy(OPEN)


def test_the_proxy_asks_the_health_check_and_its_path_cannot_leave_its_word() -> None:
    health = Health.model_validate({"path": "/it's#a?b=$c", "timeout": 7.5})
    text = proxy(OPEN, SERVICE.model_copy(update={"health": health}))
    assert """http-check send meth GET uri '/it'"'"'s#a?b=$c' ver HTTP/1.1""" in text
    assert "timeout check 8s" in text


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), max_size=40))
def test_no_argument_can_leave_its_line_or_its_quotes(text: str) -> None:
    quoted = host_files.argument(text)
    assert "\n" not in quoted, "a new line would start another directive"
    read = shlex.split(quoted.replace("\\n", "\n"))[0].replace("%%", "%").replace("$$", "$")
    assert read == text.replace("{port}", "${SLIPWAY_PORT}") or "$" in text or "\\n" in text


def test_times_are_rounded_up_for_files_that_take_no_fraction() -> None:
    assert [host_files.whole_seconds(seconds) for seconds in (0.1, 1, 1.5)] == [1, 1, 2]


@given(st.floats(min_value=0.1, max_value=3600))
def test_times_are_written_in_whole_seconds_which_is_all_that_proxies_read(timeout: float) -> None:
    service = SERVICE.model_copy(update={"request_timeout": timeout})
    for text in (rendered("/opt/shop/conf/haproxy.cfg", service), edge(service=service)):
        times = re.findall(r"timeout(?: [a-z-]+)? +([0-9.]+)s", text)
        assert times and all(time.isdigit() for time in times), text


@given(st.floats(min_value=0.1, max_value=3600))
def test_a_host_keeps_an_idle_connection_longer_than_any_load_balancer_does(timeout: float) -> None:
    service = SERVICE.model_copy(update={"request_timeout": timeout})
    found = re.search(r"timeout http-keep-alive (\d+)s", rendered("/opt/shop/conf/haproxy.cfg", service))
    assert found and int(found[1]) > idle_timeout(timeout)
