"""What is refused, in which words, and that a refusal changes nothing on the host."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import threading
from collections.abc import Callable
from typing import IO

import pytest

from activator import cli
from activator.environment import environment_file
from activator.lock import held
from tests.activator import bundles
from tests.activator.fake_host import FakeHost
from tests.activator.machine import Machine

ONE, TWO = (bundles.service(f"healthy {number}") for number in (1, 2))


def refused(machine: Machine, do: Callable[[], int]) -> str:
    """Runs `do`, which must be refused and leave everything as it is; returns what was said."""
    before, states = machine.tree(), machine.states()
    machine.said.clear()
    assert do() == 1
    assert machine.tree() == before
    assert machine.states() == states
    assert "nothing was changed" in machine.said[-1]
    return machine.said[-1]


@pytest.fixture(params=["first release", "a release is live"])
def host(request: pytest.FixtureRequest, machine: Machine) -> Machine:
    if request.param == "a release is live":
        assert machine.apply(TWO) == 0
    return machine


def test_a_bundle_for_another_architecture(host: Machine):
    host.cpu = ("aarch64", set())
    said = refused(host, lambda: host.apply(ONE))
    assert "the release is for amd64, this host is arm64 (uname -m: aarch64)" in said


def test_a_cpu_below_the_level_that_the_release_was_built_for_is_told_what_it_lacks(host: Machine):
    said = refused(host, lambda: host.apply(bundles.service(level="v3")))
    assert "needs amd64 v3; this CPU lacks abm, avx, avx2" in said


def test_a_level_that_the_cpu_has_is_taken(machine: Machine):
    assert machine.apply(bundles.service(level="v2")) == 0


def test_an_unknown_level(host: Machine):
    assert "'v8.0' is no level of amd64 that is known here: v1, v2, v3, v4" in refused(
        host, lambda: host.apply(bundles.service(level="v8.0"))
    )


@pytest.mark.parametrize("position", [0, 40, -5])
def test_one_flipped_byte(host: Machine, position: int):
    data = bytearray(ONE.data)
    data[position] ^= 1
    path = host.upload(ONE)
    host.put(path, bytes(data))
    assert "the upload is damaged" in refused(host, lambda: host.apply_at(path, ONE.sha256))


def test_a_truncated_bundle_even_when_its_digest_was_taken_after_that(host: Machine):
    cut = bundles.Made(data=ONE.data[:-200], manifest=ONE.manifest)
    assert "is no readable bundle" in refused(host, lambda: host.apply(cut))


def test_a_member_that_is_not_what_the_manifest_says(host: Machine):
    files = {"manifest.json": bundles.canonical(ONE.manifest), "bin/greeter": b"another program"}
    for number, text in enumerate((bundles.UNIT, bundles.PROXY_UNIT, bundles.CONFIG)):
        files[f"files/{number}"] = text.encode()
    wrong = bundles.Made(data=bundles.pack(files), manifest=ONE.manifest)
    assert "bin/greeter has sha256" in refused(host, lambda: host.apply(wrong))


@pytest.mark.parametrize(
    "name", ["../escape", "files/../../escape", "/etc/passwd", "bin/../../escape", "files//x"]
)
def test_a_member_that_would_leave_the_release(host: Machine, name: str):
    members = {"manifest.json": bundles.canonical(ONE.manifest), name: b"x"}
    wrong = bundles.Made(data=bundles.pack(members), manifest=ONE.manifest)
    assert repr(name) in refused(host, lambda: host.apply(wrong))


def test_a_link_as_a_member(host: Machine):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        member = tarfile.TarInfo("files/link")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc"
        archive.addfile(member)
    wrong = bundles.Made(data=gzip.compress(stream.getvalue()), manifest=ONE.manifest)
    assert "no plain file inside the release" in refused(host, lambda: host.apply(wrong))


@pytest.mark.parametrize("target", ["etc/x", "/etc/../x", "/etc//x"])
def test_a_target_that_is_no_plain_absolute_path(host: Machine, target: str):
    wrong = bundles.service(more=(bundles.entry(target, "x", None),))
    assert repr(target) in refused(host, lambda: host.apply(wrong))


def test_another_format(host: Machine):
    assert "format 9; this activator reads 1" in refused(host, lambda: host.apply(bundles.service(format=9)))


def test_a_manifest_whose_release_is_not_its_own_digest(host: Machine):
    manifest = {**ONE.manifest, "version": "another"}
    wrong = bundles.Made(data=bundles.pack({"manifest.json": bundles.canonical(manifest)}), manifest=manifest)
    assert f"says it is release {ONE.release} but is " in refused(host, lambda: host.apply(wrong))


def test_a_full_disk_is_told_in_numbers(host: Machine):
    host.free = 3 << 20
    assert "/opt/greeter/app needs 16 MiB free and has 3" in refused(host, lambda: host.apply(ONE))


def test_a_missing_package_is_named(host: Machine):
    (host.root / "usr/sbin/haproxy").unlink()
    said = refused(host, lambda: host.apply(ONE))
    assert "not installed: haproxy; install them, or allow it with --install-packages" in said


def test_a_package_that_cannot_be_installed_is_named_with_the_package_managers_words(host: Machine):
    (host.root / "usr/sbin/haproxy").unlink()
    said = refused(host, lambda: host.apply(ONE, "--install-packages"))
    assert "could not install haproxy: E: Unable to locate package haproxy" in said


def test_packages_that_another_program_has_locked_are_waited_for_with_a_word(machine: Machine):
    (machine.root / "usr/sbin/haproxy").unlink()
    machine.installable["haproxy"] = "/usr/sbin/haproxy"
    machine.packages_locked_until = machine.time + 60
    assert machine.apply(ONE, "--install-packages") == 0
    told = [line for line in machine.said if "waiting for unattended-upgr (pid 812)" in line]
    assert len(told) == 1 and "300 s at the most" in told[0]


def test_packages_that_stay_locked_are_waited_for_within_a_bound(host: Machine):
    (host.root / "usr/sbin/haproxy").unlink()
    host.packages_locked_until = host.time + 10_000
    began = host.time
    said = refused(host, lambda: host.apply(ONE, "--install-packages"))
    assert "unattended-upgr (pid 812) has had the host's packages locked for 300 s" in said
    assert host.time - began < 310


def test_an_account_of_somebody_else_is_refused_and_one_from_before_is_taken(machine: Machine):
    machine.users.add("greeter")
    machine.homes["greeter"] = "/var/backups"
    said = refused(machine, lambda: machine.apply(ONE))
    assert (
        "the account greeter is there already" in said and "/var/backups" in said and "another name" in said
    )
    machine.homes.clear()
    assert machine.apply(ONE) == 0
    machine.homes["greeter"] = "/home/greeter"
    assert machine.apply(TWO) == 0, "where it is live, it is its own, whoever has moved it"


def test_a_service_that_was_renamed_is_refused_with_the_way(machine: Machine):
    machine.apply(ONE)
    state = machine.root / "var/lib/slipway"
    (state / "greeter").rename(state / "store")
    said = refused(machine, lambda: machine.apply(TWO))
    assert "me runs here as store" in said and "call it store again" in said and "`make destroy`" in said
    assert "/opt/store" in said


def test_a_stacks_own_edge_is_no_other_name(machine: Machine):
    machine.apply(ONE)
    assert machine.apply(bundles.edge("")) == 0
    assert machine.apply(TWO) == 0


def test_an_idle_slots_port_in_use_by_another_process_names_it(machine: Machine):
    machine.apply(TWO)
    machine.foreign = ['LISTEN 0 128 127.0.0.1:18082 0.0.0.0:* users:(("squatter",pid=33,fd=3))']
    said = refused(machine, lambda: machine.apply(ONE))
    assert (
        "port 18082, which greeter@green.service needs, is in use by pid 33 (/usr/bin/squatter --port 18082)"
        in said
    )


def test_the_proxys_port_in_use_by_another_process_names_it(machine: Machine):
    machine.foreign = ['LISTEN 0 128 [::]:8080 [::]:* users:(("squatter",pid=33,fd=3))']
    said = refused(machine, lambda: machine.apply(ONE))
    assert "port 8080, which greeter-proxy.service needs, is in use by pid 33" in said


@pytest.mark.parametrize(
    "made",
    [
        bundles.service(unit=bundles.UNIT + "# refused by its check\n"),
        bundles.service(config=bundles.CONFIG + "# refused by its check\n"),
        bundles.edge("# refused by its check\n"),
    ],
    ids=["systemd", "haproxy", "nginx"],
)
def test_a_file_that_its_program_refuses_is_never_put_in_place(host: Machine, made: bundles.Made):
    said = refused(host, lambda: host.apply(made))
    assert "line 1: refused" in said


def test_slots_that_change_their_ports_under_a_live_service(machine: Machine):
    machine.apply(ONE)
    said = refused(machine, lambda: machine.apply(bundles.service(slots={"blue": 1, "green": 2})))
    assert "keep the ports, or remove the service first" in said


def test_a_release_that_is_neither_uploaded_nor_kept_is_answered_with_those_that_are(machine: Machine):
    machine.apply(ONE)
    said = refused(
        machine, lambda: machine.apply_at("/home/deploy/.slipway/greeter-0123456789ab.tar.gz", "00")
    )
    assert f"this host holds no release 0123456789ab of greeter (it holds: {ONE.release})" in said


def test_whoever_is_not_root(host: Machine):
    said = refused(host, lambda: host.apply(ONE, host=FakeHost(host, root=False)))
    assert "sudo -n python3 activator.pyz" in said


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("hunter22", "no JSON object of texts"),
        ('["hunter22"]', "no JSON object of texts"),
        ('{"KEY": 5}', "no JSON object of texts"),
        ('{"MY-KEY": "hunter22"}', "'MY-KEY' has no usable name"),
        ('{"SLIPWAY_SLOT": "hunter22"}', "'SLIPWAY_SLOT' has no usable name"),
        ('{"KEY": "hunter22\\u0001"}', "KEY holds a control character"),
        ('{"KEY": "' + "hunter22" * 20_000 + '"}', "KEY has more than 131071 bytes"),
        (
            json.dumps({f"KEY{number}": "hunter22" * 12_500 for number in range(26)}),
            "more than 1900000 bytes",
        ),
    ],
)
def test_secrets_that_the_service_could_not_get_and_their_values_are_not_shown(
    host: Machine, text: str, reason: str
):
    said = refused(host, lambda: host.apply(ONE, secrets=text))
    assert reason in said
    assert "hunter22" not in said


def test_a_secrets_quotes_backslashes_and_dollars_are_written_as_systemd_reads_them():
    written = environment_file({"KEY": 'a"b\\c$d`e\nf'})
    assert written == b'KEY="a\\"b\\\\c\\$d\\`e\nf"\n'


def test_a_run_of_another_owner_in_progress_is_named(machine: Machine):
    machine.apply(ONE)
    host = FakeHost(machine)
    holder = {"pid": 4711, "owner": "another stack", "what": "apply 0123456789ab", "since": "09:00"}
    with held(host, "/var/lib/slipway/greeter/lock", holder, lambda _: 0):
        began = machine.time
        said = refused(machine, lambda: machine.apply(TWO))
        assert "pid 4711, apply 0123456789ab for another stack since 09:00" in said
        assert machine.time - began < 10


def test_a_run_of_the_same_owner_in_progress_is_waited_for(machine: Machine):
    machine.apply(ONE)
    host, released = FakeHost(machine), threading.Event()
    lock = held(host, "/var/lib/slipway/greeter/lock", {"owner": "me"}, lambda _: 0)
    lock.__enter__()

    class Patient(FakeHost):
        def sleep(self, seconds: float) -> None:
            if not released.is_set():
                lock.__exit__(None, None, None)
                released.set()
            super().sleep(seconds)

    assert machine.apply(TWO, host=Patient(machine)) == 0
    assert released.is_set()


def test_whoever_is_waited_for_is_named_at_once_with_the_bound(machine: Machine):
    host = FakeHost(machine)
    host.directory("/var/lib/slipway/greeter", 0o700)
    holder = {"pid": 4711, "owner": "me", "what": "apply 0123456789ab", "since": "09:00"}
    with held(host, "/var/lib/slipway/greeter/lock", holder, lambda _: 0):
        assert machine.apply(TWO) == 1
    told = [line for line in machine.said if "waiting for another run, 600 s at the most" in line]
    assert len(told) == 1 and "pid 4711, apply 0123456789ab for me since 09:00" in told[0]


def test_a_refusal_is_recorded_with_its_reason(machine: Machine):
    machine.apply(ONE)
    machine.free = 0
    machine.apply(TWO)
    event = machine.events()[-1]
    assert (event["event"], event["release"], event["owner"]) == ("refused", TWO.release, "me")
    assert "needs 16 MiB free" in event["why"]


@pytest.mark.parametrize("words", [[], ["apply"], ["apply", "--bundle", "x"], ["fly"]])
def test_wrong_usage_exits_with_2(machine: Machine, words: list[str]):
    with pytest.raises(SystemExit) as stopped:
        cli.main(words, FakeHost(machine), bytes)
    assert stopped.value.code == 2
    assert json.dumps(machine.answers) == "[]"


def test_a_read_only_directory_of_releases_is_a_refusal(machine: Machine):
    assert machine.apply(TWO) == 0

    class ReadOnly(FakeHost):
        def store(
            self, path: str, source: IO[bytes], mode: int, owner: str = "root", group: str = "root"
        ) -> None:
            self.writing(path)
            super().store(path, source, mode, owner, group)

        def remove(self, path: str) -> None:
            self.writing(path)
            super().remove(path)

        def writing(self, path: str) -> None:
            if "/releases/" in path:
                raise OSError(30, "Read-only file system", path)

    said = refused(machine, lambda: machine.apply(ONE, host=ReadOnly(machine)))
    assert "Read-only file system" in said
