"""A run that is stopped, however, leaves a state from which the next one goes on. Real processes, real signals."""

import signal
import stat
from pathlib import Path

from tests.rehearsal.projects import Project, wait_until

SLOW = 'a = local.Command("a", create="touch a-done")\n' + (
    'local.Command("b", create="touch b-began; while [ ! -e release ]; do sleep 0.05; done; touch b-done", '
    "opts=ResourceOptions(depends_on=[a]))\n"
)


def test_killed_during_a_create_the_next_up_goes_on_and_names_what_was_interrupted(project: Project) -> None:
    project.program(SLOW)
    running = project.start("up")
    wait_until((project.directory / "b-began").exists)
    running.kill()
    running.wait()
    state = project.state()
    assert project.names() == ["a"], "what had ended must be recorded"
    assert [pending["operation"] for pending in state["pending"]] == ["create"]
    (project.directory / "release").touch()
    done = project.run("up")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "interrupted while it did create" in done.stdout
    assert "b [command:local:Command]" in done.stdout
    assert "1 created" in done.stdout, "a must not be made again"
    assert project.names() == ["a", "b"]
    assert project.state()["pending"] == []
    assert "0 changes" in project.run("up").stdout


def test_a_killed_engine_leaves_no_program_behind(project: Project) -> None:
    project.program("import os, pathlib\npathlib.Path('pid').write_text(str(os.getpid()))\n" + SLOW)
    running = project.start("up")
    wait_until((project.directory / "b-began").exists)
    program = int((project.directory / "pid").read_text())
    running.kill()
    running.wait()
    (project.directory / "release").touch()
    wait_until(lambda: not Path(f"/proc/{program}/stat").exists())


def test_ctrl_c_ends_what_runs_and_exits_130_with_a_usable_state(project: Project) -> None:
    project.program(SLOW)
    running = project.start("up")
    wait_until((project.directory / "b-began").exists)
    running.send_signal(signal.SIGINT)
    output, _ = running.communicate(timeout=60)
    assert running.returncode == 130, output
    assert "Interrupted" in output
    assert "Traceback" not in output
    assert project.names() == ["a"]
    (project.directory / "release").touch()
    assert project.run("up").returncode == 0
    assert project.names() == ["a", "b"]


def test_a_stack_in_use_is_refused_with_the_holders_process_and_a_dead_holder_does_not_count(
    project: Project,
) -> None:
    project.program(SLOW)
    running = project.start("up")
    wait_until((project.directory / "b-began").exists)
    refused = project.run("up")
    assert refused.returncode == 1
    assert f"process {running.pid} since " in refused.stderr
    (project.directory / "release").touch()
    running.communicate(timeout=60)
    assert running.returncode == 0
    lock = project.state_file.with_suffix(".lock")
    lock.write_text('{"pid": 1, "since": "long ago"}')
    assert project.run("up").returncode == 0


def test_only_the_owner_can_read_the_state_and_nothing_else_is_left_beside_it(project: Project) -> None:
    project.program('local.Command("a", create="true")')
    project.run("up")
    assert stat.S_IMODE(project.state_file.stat().st_mode) == 0o600
    assert sorted(path.name for path in project.state_file.parent.iterdir()) == ["dev.json", "dev.lock"]
