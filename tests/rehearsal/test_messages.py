"""What people see: tracebacks, warnings, refusals, progress, counts. The program runs as a user runs it."""

import json
from pathlib import Path

import pytest

from tests.rehearsal.projects import Project


def test_a_traceback_begins_with_the_programs_own_frame(project: Project) -> None:
    project.program("def fail():\n    raise ValueError('no such thing')\n\nfail()\n")
    done = project.run("up")
    assert done.returncode == 1
    assert "ValueError: no such thing" in done.stdout
    assert "in fail" in done.stdout
    assert 'File "' + str(project.directory / "__main__.py") in done.stdout
    for foreign in ("runpy", "launcher.py", "run_in_stack", "asyncio"):
        assert foreign not in done.stdout


def test_a_failure_inside_apply_is_shown_without_the_sdks_frames_before_it(project: Project) -> None:
    project.program(
        "def fail(value):\n    raise ValueError('bad ' + value)\n\n"
        'local.Command("a", create="echo x").stdout.apply(fail)\n'
    )
    done = project.run("up")
    assert done.returncode == 1
    assert "ValueError: bad x" in done.stdout
    assert "launcher.py" not in done.stdout
    assert "site-packages" not in done.stdout


def test_a_warning_of_the_program_reaches_the_user(project: Project) -> None:
    project.program(
        "import warnings\nwarnings.warn('this is old')\nprint('hello')\npulumi.log.warn('careful')\n"
    )
    output = project.run("up").stdout
    assert "UserWarning: this is old" in output
    assert "program: hello" in output
    assert "warning: careful" in output


def test_a_syntax_error_is_shown_as_python_shows_it(project: Project) -> None:
    project.program("def broken(:\n")
    done = project.run("up")
    assert done.returncode == 1
    assert "SyntaxError" in done.stdout
    assert "__main__.py" in done.stdout


def test_counts_say_what_happened_and_a_second_run_says_0_changes(project: Project) -> None:
    project.program('local.Command("a", create="echo one; echo two >&2")')
    first = project.run("up").stdout
    assert "+ a [command:local:Command] created" in first
    assert "a: one" in first
    assert "a: two" in first
    assert "Up: 2 changes (2 created), 0 unchanged" in first
    assert "Up: 0 changes, 2 unchanged" in project.run("up").stdout
    project.program('local.Command("a", create="echo three")')
    preview = project.run("preview")
    assert preview.returncode == 0
    assert "~ a [command:local:Command] update (create)" in preview.stdout
    assert "\x1b" not in preview.stdout, "no colours where the output is no terminal"


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ('local.Command("a", create="true", opts=ResourceOptions(import_="x"))', "uses import_"),
        (
            'local.Command("a", create="true", opts=ResourceOptions(replacement_trigger="x"))',
            "uses replacement_trigger",
        ),
        (
            "class Odd(pulumi.CustomResource):\n    pass\nOdd('acme:index:Thing', 'a', {})",
            "acme:index:Thing is not supported by the rehearsal",
        ),
        ('pulumi.ProviderResource("command", "p", {})', "pulumi:providers:command is not supported"),
        ('local.Command.get("a", "some-id")', "reading an existing command:local:Command is not supported"),
        ('local.Command("a", create="true")\nlocal.Command("a", create="true")', "registered twice"),
        ('pulumi.StackReference("other")', "has not been rehearsed here"),
        ('pulumi.StackReference("organization/elsewhere/dev")', "belongs to the project elsewhere"),
    ],
)
def test_what_the_rehearsal_lacks_is_refused_by_name(project: Project, program: str, words: str) -> None:
    project.program(program)
    done = project.run("up")
    assert done.returncode == 1
    assert words in done.stdout
    assert "the rehearsal itself failed" not in done.stdout


def test_another_stack_can_be_referred_to(project: Project) -> None:
    project.program('pulumi.export("url", "http://here")\npulumi.export("key", Output.secret("guarded"))')
    assert project.run("up").returncode == 0
    project.program(
        'other = pulumi.StackReference("organization/trial/dev")\n'
        'pulumi.export("seen", Output.concat(other.require_output("url"), "/"))\n'
    )
    path = project.state_file
    path.rename(path.with_name("kept.json"))
    path.with_name("kept.json").write_text(path.with_name("kept.json").read_text())
    (project.directory / "__main__.py").write_text(
        (project.directory / "__main__.py").read_text().replace("trial/dev", "trial/kept")
    )
    done = project.run("up")
    assert done.returncode == 0, done.stdout
    assert json.loads(project.run("outputs", "--json").stdout) == {"seen": "http://here/"}


def test_a_stack_of_the_project_around_this_one_can_be_referred_to(tmp_path: Path) -> None:
    outer = Project(tmp_path)
    outer.program('pulumi.export("url", "http://here")')
    assert outer.run("up").returncode == 0
    (tmp_path / "deep" / "inner").mkdir(parents=True)
    inner = Project(tmp_path / "deep" / "inner")
    (inner.directory / "Pulumi.yaml").write_text("name: other\nruntime: python\n")
    inner.program(
        'pulumi.export("seen", pulumi.StackReference("organization/trial/dev").require_output("url"))'
    )
    done = inner.run("up")
    assert done.returncode == 0, done.stdout
    assert json.loads(inner.run("outputs", "--json").stdout) == {"seen": "http://here"}
