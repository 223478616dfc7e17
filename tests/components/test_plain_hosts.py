"""How machines that are there are reached: what each connection says. That it works is tested on real hosts."""

from pathlib import Path

import pulumi_command as command

from components.machines.plain_hosts import configured_host
from model.architecture import Architecture
from model.login import Jump, Login
from model.machines.region import PlainHost

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID2HRIAnDujLGCzBwPxHeFMeKfHW5O5Ydl7zGygH3JGM"


def connection(login: Login, address: str = "2001:db8::11") -> command.remote.ConnectionArgs:
    host = PlainHost.model_validate(
        {"name": "web1", "address": address, "architecture": Architecture.AMD64, "hostKey": KEY, "port": 2222}
    )
    return configured_host(host, login, Path()).connection


def test_a_refused_login_is_not_tried_often_enough_to_be_locked_out() -> None:
    made = connection(Login())
    # Debian 13: authfail:5s for each, and nobody is turned away below min:15s.
    assert isinstance(made.dial_error_limit, int) and 5 * (made.dial_error_limit + 1) < 15
    assert (made.port, made.host, made.proxy) == (2222, "2001:db8::11", None)


def test_a_jump_is_given_the_same_key_and_its_own_host_key_and_user() -> None:
    jump = Jump.model_validate({"address": "192.0.2.1", "hostKey": KEY, "port": 222})
    proxy = connection(Login(jump=jump)).proxy
    assert isinstance(proxy, command.remote.ProxyConnectionArgs)
    assert (proxy.host, proxy.port, proxy.user, proxy.host_key) == ("192.0.2.1", 222, "deploy", KEY)
    assert proxy.dial_error_limit == 1
    other = connection(Login(jump=jump.model_copy(update={"user": "way"}))).proxy
    assert isinstance(other, command.remote.ProxyConnectionArgs) and other.user == "way"
