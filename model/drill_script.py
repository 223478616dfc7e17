"""What a machine is told in a drill, as text for any login shell."""

from collections.abc import Sequence

from model.remote_script import posix

TABLE, UNIT, CLOSED = "slipway_drill", "slipway-drill", "closed"
EARLY = -310
"""The chain's priority: before every other table's, so that no rule of theirs has let a packet in by then."""


def close(ports: Sequence[int], longest: int, refused: bool) -> str:
    """Drops what comes to `ports`, of connections that are open, too, or refuses it; not on the loopback.

    Undone after `longest` seconds.
    """
    verdict = "reject with tcp reset" if refused else "drop"
    listed = ", ".join(map(str, sorted(set(ports))))
    rules = (
        f"table inet {TABLE} {{ chain input {{ type filter hook input priority {EARLY}; "
        f'iifname != "lo" tcp dport {{ {listed} }} {verdict}; }}; }}'
    )
    return posix(
        # The way back first: whatever becomes of the one who closes, the machine opens again.
        f"set -e; nft=$(command -v nft || echo /usr/sbin/nft); {_stop()}; "
        f"sudo -n systemd-run --quiet --collect --unit={UNIT} --on-active={longest} --timer-property=AccuracySec=1s "
        f'"$nft" delete table inet {TABLE}; printf %s \'{rules}\' | sudo -n "$nft" -f -'
    )


def reopen() -> str:
    """Undoes `close`; does nothing where that is not so."""
    return posix(
        f"nft=$(command -v nft || echo /usr/sbin/nft); {_stop()}; {_there()} || exit 0; "
        f'sudo -n "$nft" delete table inet {TABLE}'
    )


def asked() -> str:
    """Prints `closed` where it is so."""
    return posix(f"nft=$(command -v nft || echo /usr/sbin/nft); {_there()} && echo {CLOSED}; true")


def _stop() -> str:
    return f"sudo -n systemctl stop {UNIT}.timer 2>/dev/null || true"


def _there() -> str:
    return f'sudo -n "$nft" list table inet {TABLE} >/dev/null 2>&1'
