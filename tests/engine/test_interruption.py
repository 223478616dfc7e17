"""A run that is stopped, however, leaves a state from which the next one goes on. Real processes, real signals."""

import contextlib
import os
import pty
import signal
import sys
from pathlib import Path

import pytest

from tests.engine.projects import ROOT, Project, wait_until
from tests.engine.trial import trial

SLOW = 'a = local.Command("a", create="touch a-done")\n' + (
    'local.Command("b", create="echo $$ > pid; mv pid b-began; while [ ! -e release ]; do sleep 0.05; done; touch b-done", '
    "opts=ResourceOptions(depends_on=[a]))\n"
)


def children(pid: int) -> list[int]:
    """Processes that `pid` has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def engine_of(pid: int) -> int:
    """The Pulumi process of a run."""
    found = [child for child in children(pid) if Path(f"/proc/{child}/comm").read_text().strip() == "pulumi"]
    assert len(found) == 1
    return found[0]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def began(project: Project) -> int:
    """Waits until b runs; gives its process."""
    wait_until((project.directory / "b-began").exists)
    return int((project.directory / "b-began").read_text())


def goes_on(project: Project) -> None:
    """The next `up` finishes what was begun, by itself."""
    (project.directory / "release").touch()
    done = project.must("up")
    assert (project.directory / "b-done").exists()
    assert sorted(project.names()) == ["a", "b"]
    assert "1 created" in done.stdout and "2 unchanged" in done.stdout, "a must not be made again"
    again = project.must("up")
    assert "3 unchanged" in again.stdout
    assert "pending operations" not in again.stdout + again.stderr


@pytest.mark.parametrize("killed", ["engine", "both", "host"])
def test_after_a_kill_in_the_middle_of_a_create_the_next_up_goes_on_without_handwork(
    project: Project, killed: str
) -> None:
    project.program(SLOW)
    running = project.start("up")
    command = began(project)
    engine = engine_of(running.pid)
    if killed in ("engine", "both"):
        os.kill(engine, signal.SIGKILL)
    if killed in ("host", "both"):
        running.kill()
    running.communicate()
    assert running.returncode != 0
    if killed == "host":
        # Nothing is left that could end the command, as with a plugin that is killed.
        wait_until(lambda: not is_alive(engine))
        os.kill(command, signal.SIGKILL)
    elif killed == "engine":
        assert not is_alive(command), "what ran for an engine that is gone is ended"
    goes_on(project)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_what_runs_and_leaves_a_usable_state(project: Project, sent: signal.Signals) -> None:
    project.program(SLOW)
    running = project.start("up")
    command = began(project)
    os.kill(running.pid, sent)
    wait_until(lambda: not is_alive(command) or not is_alive(running.pid))
    (project.directory / "release").touch()
    output, _ = running.communicate(timeout=60)
    assert running.returncode != 0, output
    assert "Traceback" not in output
    goes_on(project)


def test_ctrl_c_in_a_terminal_reaches_the_engine_once(project: Project) -> None:
    """The terminal signals the whole group; a second signal would make the engine stop without waiting."""
    project.program(SLOW)
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(project.directory)
        os.environ["PYTHONPATH"] = str(ROOT)
        os.execv(sys.executable, project.command("up"))
    began(project)
    os.write(terminal, b"\x03")
    (project.directory / "release").touch()
    seen = b""
    with contextlib.suppress(OSError):  # the terminal's end
        while part := os.read(terminal, 65536):
            seen += part
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) != 0, seen.decode()
    assert b"Traceback" not in seen
    assert not trial(project.directory, project.state).has_unfinished(), (
        "the engine waited for what it had begun"
    )
    goes_on(project)


def test_a_stack_in_use_is_refused_with_the_holder_named(project: Project) -> None:
    project.program(SLOW)
    running = project.start("up")
    began(project)
    refused = project.run("up")
    assert refused.returncode != 0
    assert "the stack is currently locked" in refused.stderr
    assert f"(pid {engine_of(running.pid)})" in refused.stderr
    (project.directory / "release").touch()
    running.communicate(timeout=60)
    assert running.returncode == 0


@pytest.mark.parametrize("share", [0, 0.5])
def test_of_the_first_state_of_all_what_a_kill_left_is_no_state(project: Project, share: float) -> None:
    project.program('local.Command("a", create="touch a-done")\n')
    project.must("up")
    (file,) = (project.state / ".pulumi" / "stacks").rglob("dev.json")
    whole = file.read_bytes()
    for each in file.parent.iterdir():
        each.unlink()
    file.write_bytes(whole[: int(len(whole) * share)])
    done = project.must("up")
    assert "killed while it wrote its state, the first one" in done.stdout + done.stderr
    assert "2 created" in done.stdout


@pytest.mark.parametrize("left", ["none", "nothing in it", "its beginning"])
def test_a_state_that_a_kill_left_unwritten_is_taken_from_its_backup(project: Project, left: str) -> None:
    project.program('local.Command("a", create="touch a-done")\n')
    project.must("up")
    (file,) = (project.state / ".pulumi" / "stacks").rglob("dev.json")
    whole = file.read_bytes()
    file.with_name("dev.json.bak").write_bytes(whole)
    if left == "none":
        file.unlink()
    else:
        file.write_bytes(b"" if left == "nothing in it" else whole[: len(whole) // 2])
    done = project.must("up")
    assert "killed while it wrote its state" in done.stdout + done.stderr
    assert "2 unchanged" in done.stdout
    assert "killed while" not in (again := project.must("up")).stdout + again.stderr


@pytest.mark.parametrize("share", [0, 0.5])
def test_what_a_kill_left_of_a_file_beside_the_state_stops_nobody(project: Project, share: float) -> None:
    """The engine writes in place what each file's attributes are; the state itself it renames when it is whole."""
    project.program('local.Command("a", create="touch a-done")\n')
    project.must("up")
    beside = [*project.state.rglob("*.attrs")]
    assert {each.name for each in beside} >= {"dev.json.attrs", "meta.yaml.attrs"}
    for each in beside:
        whole = each.read_bytes()
        each.write_bytes(whole[: int(len(whole) * share)])
    assert "2 unchanged" in project.must("up").stdout
