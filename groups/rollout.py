"""A group is brought to what is wanted, whatever it does at the moment; who is killed half way does the same again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from groups.service import Refused, Service
from groups.wanted import Wanted, same

EVERY = 10
"""Seconds between two questions."""
FAILURES = 2
"""Instances that may give up before all is taken back: one may have met a mirror that was away, or a zone without room."""
ROUNDS = 3
"""Refreshes in one run: instances that came meanwhile may have had the template before."""
LOG = "`aws ec2 get-console-output --latest --instance-id ID` has what an instance said at its first start."


class Rollout:
    """`say` gets lines of progress; `pause` sleeps for seconds, on a clock that `now` reads."""

    def __init__(
        self,
        service: Service,
        wanted: Wanted,
        say: Callable[[str], None],
        pause: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._service, self._wanted = service, wanted
        self._say, self._pause, self._now = say, pause, now
        self._before = service.failures()

    def bring(self) -> None:
        """Returns when all instances run what is wanted, and as many as there must be serve. Raises Refused."""
        for _ in range(ROUNDS):
            self._exchange()
            if self._there():
                break
        else:
            raise Refused(
                f"{self._wanted.group} still has instances of another template after {ROUNDS} refreshes"
            )
        self._serve()

    def _exchange(self) -> None:
        while True:
            active = self._service.active()
            if active is None:
                if self._there():
                    return
                active = self._started()
                if active is None:
                    continue
            elif not self._ours(active):
                self._end(active)
                continue
            else:
                self._say(f"{self._wanted.group}: a refresh to this release goes on already")
            self._watch(str(active["InstanceRefreshId"]))
            return

    def _started(self) -> Mapping[str, Any] | None:
        id = self._service.start()
        if id is None:
            self._pause(EVERY)
            return None
        self._say(
            f"{self._wanted.group}: its instances are exchanged for ones of version {self._wanted.version}"
        )
        return {"InstanceRefreshId": id}

    def _ours(self, active: Mapping[str, Any]) -> bool:
        ends = active["Status"] in ("Cancelling", "RollbackInProgress")
        return not ends and same(active.get("DesiredConfiguration") or {}, self._wanted.configuration)

    def _end(self, active: Mapping[str, Any]) -> None:
        """One that brings something else is taken back first, so that what this one goes back to is what was well before."""
        if active["Status"] not in ("Cancelling", "RollbackInProgress"):
            self._say(f"{self._wanted.group}: a refresh to something else goes on; it is taken back first")
            self._service.back()
        self._ended(str(active["InstanceRefreshId"]))

    def _ended(self, id: str) -> Mapping[str, Any]:
        """Waits until it is neither going on nor going back."""
        self._progress: Any = None
        while True:
            found = self._service.refresh(id)
            if found["Status"] in (
                "Successful",
                "Failed",
                "Cancelled",
                "RollbackSuccessful",
                "RollbackFailed",
            ):
                return found
            if self._stands(found):
                raise Refused(
                    f"{self._wanted.group}: a refresh is {found['Status']} and does not move: {found.get('StatusReason', '')}"
                )
            self._pause(EVERY)

    def _watch(self, id: str) -> None:
        """Until it is done. Raises Refused with the reason when it is not, after everything was taken back."""
        self._progress = None
        why = ""
        while True:
            found = self._service.refresh(id)
            status = found["Status"]
            if status == "Successful":
                return
            if status not in ("Pending", "InProgress", "Baking"):
                ended = self._ended(id)
                if ended["Status"] == "Successful":
                    return
                raise Refused(self._not_done(ended, why))
            why = self._wrong() or ("nothing moves any more" if self._stands(found) else "")
            if why:
                self._say(f"{self._wanted.group}: {why}; it goes back")
                self._service.back()
                raise Refused(self._not_done(self._ended(id), why))
            self._pause(EVERY)

    def _stands(self, found: Mapping[str, Any]) -> bool:
        """Whether nothing has changed for longer than patience lasts; tells what has."""
        told = (found["Status"], found.get("PercentageComplete", 0), found.get("InstancesToUpdate"))
        if self._progress is None or self._progress[0] != told:
            self._progress = (told, self._now())
            left = "" if told[2] is None else f", {told[2]} left"
            self._say(f"{self._wanted.group}: {told[0]}, {told[1]} %{left}")
        return self._now() - self._progress[1] > self._wanted.patience

    def _wrong(self) -> str:
        """What new instances died of, when it were enough of them."""
        found = {id: said for id, said in self._service.failures().items() if id not in self._before}
        return (
            f"{len(found)} new instances gave up: {next(iter(found.values()))}"
            if len(found) >= FAILURES
            else ""
        )

    def _not_done(self, ended: Mapping[str, Any], why: str) -> str:
        back = (ended.get("RollbackDetails") or {}).get("RollbackReason", "")
        said = "; ".join(dict.fromkeys(filter(None, (why, back, ended.get("StatusReason", "")))))
        after = {
            "RollbackSuccessful": "All instances run again what they ran before.",
            "Cancelled": "Auto Scaling could not take it back, so it was ended half way: some instances may run either release, "
            "and the next `up` goes on."
            if why
            else "Somebody ended it half way; the next `up` goes on.",
        }.get(ended["Status"], "It was not taken back whole: some instances may run either release.")
        said = said or "AWS gives no reason"
        return f"{self._wanted.group} did not take the release ({ended['Status']}): {said}. {after} {LOG}"

    def _there(self) -> bool:
        group = self._service.group()
        mixed = group.get("MixedInstancesPolicy")
        now = {"MixedInstancesPolicy": mixed} if mixed else {"LaunchTemplate": group.get("LaunchTemplate")}
        return same(now, self._wanted.configuration) and all(
            (each.get("LaunchTemplate") or {}).get("Version") == self._wanted.version
            for each in self._service.instances()
        )

    def _serve(self) -> None:
        until = self._now() + self._wanted.patience
        while (states := self._service.states()).count("healthy") < self._wanted.least:
            why = self._wrong()
            if why or self._now() > until:
                raise Refused(
                    f"the load balancer sends requests to {states.count('healthy')} instances of {self._wanted.group}, of "
                    f"{self._wanted.least} that are wanted; it says: {', '.join(sorted(states)) or 'there are none'}. "
                    f"{why or f'That is so after {self._wanted.patience} s'}. {LOG}"
                )
            self._pause(EVERY)
