"""A site of nginx beside others: the package's own makes way and comes back, whatever else clashes is refused by name."""

from __future__ import annotations

import pytest

from tests.activator import bundles
from tests.activator.machine import Machine
from tests.activator.test_refusals import refused

LINK, SITE = "/etc/nginx/sites-enabled/default", "/etc/nginx/sites-available/default"
PACKAGED = "server { listen 80 default_server; }\n"
OURS = "server { listen 80 default_server; }\n"
TAKES_80 = bundles.edge(OURS, displaces={LINK: SITE})
NAMED = bundles.edge("server { listen 80; server_name shop.example; }\n")
BARE = {key: value for key, value in NAMED.manifest.items() if key != "release"}
CONFIG = "http {\n\tinclude /etc/nginx/conf.d/*.conf;\n\tinclude /etc/nginx/sites-enabled/*;\n}\n"


@pytest.fixture
def stock(machine: Machine) -> Machine:
    """nginx as Debian's package leaves it."""
    machine.put("/etc/nginx/nginx.conf", CONFIG)
    machine.put(SITE, PACKAGED)
    machine.packaged[SITE] = PACKAGED
    link = machine.root / LINK.lstrip("/")
    link.parent.mkdir()
    link.symlink_to(SITE)
    return machine


def linked(machine: Machine) -> bool:
    return (machine.root / LINK.lstrip("/")).is_symlink()


def removed(machine: Machine) -> int:
    return machine.remove(service="edge")


def test_the_packages_own_site_makes_way_and_is_back_when_the_edge_is_removed(stock: Machine) -> None:
    assert stock.apply(TAKES_80) == 0
    assert not linked(stock)
    assert stock.apply(TAKES_80) == 0
    assert stock.answers[-1]["changed"] is False
    assert removed(stock) == 0
    assert linked(stock)


def test_it_is_back_when_the_reload_fails(stock: Machine) -> None:
    broken = bundles.edge(OURS + "# breaks the reload\n", displaces={LINK: SITE})
    before = stock.tree()
    assert stock.apply(broken) in (3, 4)
    assert linked(stock)
    assert stock.tree()[LINK] == before[LINK]


def test_it_is_back_when_the_next_release_has_names_of_its_own(stock: Machine) -> None:
    assert stock.apply(TAKES_80) == 0
    assert stock.apply(NAMED) == 0
    assert linked(stock)


def test_a_name_of_its_own_stands_beside_it(stock: Machine) -> None:
    assert stock.apply(NAMED) == 0
    assert linked(stock)


def test_a_site_that_somebody_has_made_his_own_stays_and_is_named_in_nginxs_words(stock: Machine) -> None:
    stock.put(SITE, PACKAGED + "# mine\n")
    said = refused(stock, lambda: stock.apply(TAKES_80))
    assert f"a duplicate default server for 0.0.0.0:80 in {stock.root}{LINK}:1" in said
    assert "take that `default_server` away, or give the edge another `listen`, or `names`" in said


def test_two_edges_that_a_monitor_asks_at_the_same_port_are_told_which_setting(stock: Machine) -> None:
    named = "server {{ listen 80; server_name {}.example; }}\nserver {{ listen 9180 default_server; }}\n"
    other = BARE | {"service": "other"}
    file = bundles.entry("/etc/nginx/conf.d/other.conf", named.format("other"), "nginx")
    assert stock.apply(bundles.bundle(other, (file,), None, listens=[80, 9180]), owner="they") == 0
    said = refused(stock, lambda: stock.apply(bundles.edge(named.format("shop"), listens=[80, 9180])))
    assert "/etc/nginx/conf.d/other.conf belongs to other, which Slipway installed" in said
    assert "give another `monitor.metrics` to one of both" in said
    assert "edge.listen" not in said


def test_a_site_that_was_put_there_since_is_not_taken_off_with_the_edge(stock: Machine) -> None:
    assert stock.apply(TAKES_80) == 0
    stock.put(LINK, "server { listen 81; }\n")
    assert removed(stock) == 0
    assert stock.text(LINK) == "server { listen 81; }\n"


def test_the_site_of_another_service_is_named_with_what_can_be_done(stock: Machine) -> None:
    assert stock.apply(TAKES_80) == 0
    other = bundles.bundle(
        {**BARE, "service": "site-edge"},
        (bundles.entry("/etc/nginx/conf.d/a-site.conf", OURS, "nginx"),),
        None,
    )
    said = refused(stock, lambda: stock.apply(other, owner="another stack"))
    assert (
        "edge.conf belongs to edge, which Slipway installed: give both `edge.names`, or another `edge.listen`"
        in said
    )


def test_a_name_that_another_site_has_is_refused(stock: Machine) -> None:
    assert stock.apply(NAMED) == 0
    other = bundles.bundle(
        {**BARE, "service": "site-edge"},
        (
            bundles.entry(
                "/etc/nginx/conf.d/z.conf", "server { listen 80; server_name shop.example; }\n", "nginx"
            ),
        ),
        None,
    )
    said = refused(stock, lambda: stock.apply(other, owner="another stack"))
    assert "/etc/nginx/conf.d/edge.conf has the name shop.example already" in said
    assert "belongs to edge" in said


def test_an_nginx_that_would_never_read_the_site_is_refused(stock: Machine) -> None:
    stock.put("/etc/nginx/nginx.conf", "http { include /etc/nginx/sites-enabled/*; }\n")
    assert "includes no /etc/nginx/conf.d/edge.conf" in refused(stock, lambda: stock.apply(NAMED))


def test_what_clashes_is_found_by_a_check_that_changes_nothing(stock: Machine) -> None:
    def check(made: bundles.Made) -> int:
        path = stock.upload(made)
        return stock.main("check", "--bundle", path, "--sha256", made.sha256, "--owner", "me")

    before, states = stock.tree(), stock.states()
    assert check(TAKES_80) == 0
    assert (stock.tree(), stock.states()) == (before, states)
    stock.put(SITE, PACKAGED + "# mine\n")
    assert "a duplicate default server" in refused(stock, lambda: check(TAKES_80))


def test_a_reload_that_fails_is_told_with_the_units_own_words(stock: Machine) -> None:
    stock.journal = "nginx: [emerg] bind() to 0.0.0.0:80 failed"
    stock.units["nginx.service"].active = False
    stock.units["nginx.service"].starts = [stock.time] * 6
    assert stock.apply(NAMED) in (3, 4)
    assert any("  its journal:\n  nginx: [emerg] bind() to 0.0.0.0:80 failed" in line for line in stock.said)


def asking(*hosts: str) -> bundles.Made:
    return bundles.edge(
        "server { listen 80; server_name shop.example; }\n", asks={"hosts": hosts, "path": "/healthz"}
    )


def test_an_edge_that_a_host_shuts_out_is_told_by_which_address_it_is_seen(stock: Machine) -> None:
    said = "403 192.0.2.99 may not ask: it is neither the edge's address nor in the region's accept\n"
    stock.elsewhere = {("10.0.0.1", 8080): (200, "ok"), ("fd00::2", 8080): (403, said)}
    shut_out = refused(stock, lambda: stock.apply(asking("10.0.0.1:8080", "[fd00::2]:8080")))
    assert "[fd00::2]:8080 does not let this edge ask, which it sees as 192.0.2.99" in shut_out
    assert "`asksFrom: [192.0.2.99]`" in shut_out


def test_a_host_that_is_away_or_says_403_by_itself_keeps_no_edge_from_opening(stock: Machine) -> None:
    stock.elsewhere = {("10.0.0.1", 8080): (403, "the service's own")}
    assert stock.apply(asking("10.0.0.1:8080", "10.0.0.2:8080")) == 0


def test_an_nginx_that_goes_on_as_before_after_its_reload_is_a_failure_told_in_its_own_words(
    stock: Machine,
) -> None:
    """For want of a port it keeps its workers, and systemd hears nothing of it."""
    stock.put("/sys/fs/cgroup/system.slice/nginx.service/cgroup.procs", "7\n8\n9\n")
    stock.groups["nginx.service"] = "/system.slice/nginx.service"
    stock.put("/proc/8/cmdline", "nginx: worker process")
    stock.put("/proc/9/cmdline", "nginx: worker process is shutting down")
    stock.put("/var/log/nginx/error.log", "bind() to 0.0.0.0:80 failed (98: Address already in use)\n")
    assert stock.apply(NAMED) == 3
    said = "nginx.service went on with its old configuration after its reload: bind() to 0.0.0.0:80 failed"
    assert any(said in line for line in stock.said)
    (stock.root / "proc/8/cmdline").unlink()
    assert stock.apply(NAMED) == 0
