"""The units of tasks before a release, and of jobs by the clock with their timers."""

from collections.abc import Sequence

from model.host_files import HostFile, render, run_once, whole_seconds
from model.job import Job, Task
from model.release_policy import ReleasePolicy
from model.service import Service

UNITS = "/etc/systemd/system"


def service_jobs(service: Service, leads: bool) -> list[str]:
    """The names of those that run on a host; `leads` is the first of a region."""
    return [name for name, job in sorted(service.schedule.items()) if leads or job.hosts == "all"]


def task_files(service: Service, policy: ReleasePolicy, leads: bool) -> tuple[HostFile, ...]:
    """One unit for each task, in the slot of the release that it prepares for."""
    return tuple(
        HostFile(
            target=f"{UNITS}/slipway-{service.name}-task-{task.name}@{{slot}}.service",
            content=_unit(
                service,
                policy,
                task,
                what=f"{service.name}'s task {task.name}, which runs once before a release.",
                description=f"{service.name}'s task {task.name} (slot %i)",
                slot="%i",
            ),
            check="systemd",
        )
        for task in (service.tasks if leads else ())
    )


def job_files(service: Service, policy: ReleasePolicy, jobs: Sequence[str]) -> tuple[HostFile, ...]:
    """A timer and a unit for each; the host fills in which slot is live."""
    return tuple(file for name in jobs for file in _job(service, policy, name))


def _job(service: Service, policy: ReleasePolicy, name: str) -> tuple[HostFile, ...]:
    job, path = service.schedule[name], f"{UNITS}/slipway-{service.name}-job-{name}"
    unit = _unit(
        service,
        policy,
        job,
        what=f"{service.name}'s job {name}, which its timer starts.",
        description=f"{service.name}'s job {name}",
        slot="@live@",
    )
    timer = render("job.timer.j2", service=service, name=name, job=job)
    return (
        HostFile(target=f"{path}.service", content=unit, check="systemd"),
        HostFile(target=f"{path}.timer", content=timer, check="systemd"),
    )


def _unit(service: Service, policy: ReleasePolicy, one: Task | Job, **words: str) -> bytes:
    """It may take as long to stop as the service itself."""
    return run_once(
        service,
        arguments=one.arguments,
        seconds=one.timeout,
        stop_seconds=whole_seconds(service.stops_within(policy.drain)),
        quiet=False,
        **words,
    )
