"""After a release: a process that runs and answers nothing, for as long as its release allows, is started again."""

from __future__ import annotations

import json

from activator.failure import DONE, Interrupted, Refused
from activator.host import Host
from activator.ledger import Ledger
from activator.lock import held
from activator.manifest import STATE, Release
from activator.sign import silence
from activator.systemd import look, systemctl

TRIES = 3  # questions within the time that it may be silent


def watch(host: Host, service: str, slot: str) -> int:
    """Goes on until it is stopped."""
    text = host.read(f"/opt/{service}/app/{slot}/manifest.json")
    if text is None:
        raise Refused(f"there is no release in slot {slot} of {service}: nothing to watch")
    release = Release(json.loads(text))
    silent = release.health["restartAfter"] / TRIES
    bad, begin = 0, host.clock() + release.health["deadline"]  # a start may take that long
    try:
        while True:
            host.sleep(silent)
            said = silence(host, release, slot, silent)
            if not said:
                bad, begin = 0, 0.0
                continue
            bad += 1
            if bad >= TRIES and host.clock() >= begin and restart(host, release, slot, said):
                bad, begin = 0, host.clock() + release.health["deadline"]
    except Interrupted:
        return DONE


def restart(host: Host, release: Release, slot: str, said: str) -> bool:
    """Not while anybody releases, nor in a slot that is being left: what runs there is theirs."""
    unit, service = release.unit(slot), release.service
    note = {"owner": Ledger(host, service).owner, "what": f"restart of {unit}", "since": host.now()}
    try:
        with held(host, f"{STATE}/{service}/lock", note, lambda holder: -1):
            live, found = Ledger(host, service).live, look(host, unit)
            if live is None or live.slot != slot or not found.active:
                return False
            seconds = release.health["restartAfter"]
            host.say(
                f"{unit}, pid {found.pid}, answered nothing for {seconds:g} s (last: {said}): restarting it"
            )
            # Go prints what every goroutine does, and ends; a process that cannot do even that is stopped.
            host.run("systemctl", "kill", "--kill-who=main", "--signal=SIGQUIT", unit)
            for _ in range(50):
                if not host.runs(found.pid):
                    return True
                host.sleep(0.1)
            systemctl(
                host,
                "restart",
                unit,
                timeout=(release.manifest.get("stop") or release.manifest["drain"]) + 60,
            )
            return True
    except Refused:  # somebody is at work
        return False
