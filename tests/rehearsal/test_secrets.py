"""Secrets: never readable, and found again for a delete. Real runs; cannot show what a provider writes elsewhere."""

from tests.rehearsal.projects import Project

SECRET = "quite-unguessable"


def everything(project: Project) -> str:
    """All that was written, but for the program."""
    files = [path for path in (project.directory / ".slipway").rglob("*") if path.is_file()]
    return "".join(path.read_text() for path in files)


def test_a_secret_that_a_command_prints_is_masked_and_not_recorded(project: Project) -> None:
    project.program(
        f'a = local.Command("a", create="cat; echo $H", stdin=Output.secret("{SECRET}"))\n'
        'pulumi.export("printed", a.stdout)\n'
    )
    done = project.run("up")
    assert done.returncode == 0, done.stdout
    assert "a: [secret]" in done.stdout
    assert "printed : [secret]" in done.stdout
    assert SECRET not in done.stdout + done.stderr + everything(project)


def test_an_error_that_shows_a_secret_is_masked(project: Project) -> None:
    project.program(
        f'local.Command("a", create=Output.secret("echo {SECRET}; exit 3"))\n'
        f'local.Command("b", create=Output.concat("echo ", Output.secret("{SECRET}"), "; exit 3"))\n'
    )
    done = project.run("up")
    assert done.returncode == 1
    assert "[secret]" in done.stdout
    assert f"echo {SECRET}" not in done.stdout


def test_a_delete_finds_its_secret_in_the_program_and_runs_with_it(project: Project) -> None:
    project.program(
        f'local.Command("a", create="true", delete="cat > deleted-with", stdin=Output.secret("{SECRET}"))'
    )
    assert project.run("up").returncode == 0
    done = project.run("destroy")
    assert done.returncode == 0, done.stdout
    assert (project.directory / "deleted-with").read_text() == SECRET
    assert project.state()["resources"] == []


def test_a_delete_whose_secret_is_gone_is_refused_and_forget_is_the_way_out(project: Project) -> None:
    project.program(
        f'a = local.Command("a", create="true", delete="true", stdin=Output.secret("{SECRET}"))\n'
        'local.Command("b", create="true", opts=ResourceOptions(depends_on=[a]))\n'
    )
    assert project.run("up").returncode == 0
    project.program("")
    done = project.run("up")
    assert done.returncode == 1
    assert "deleting it needs stdin" in done.stdout
    assert "python -m rehearsal forget a" in done.stdout
    assert "a" in project.names()
    assert project.run("forget", "nobody").returncode == 1
    assert project.run("forget", "a").returncode == 0
    assert project.names() == []
    assert project.run("up").returncode == 0


def test_a_secret_output_of_an_earlier_run_is_unchanged_but_cannot_be_used_anew(project: Project) -> None:
    first = 'a = local.Command("a", create="echo made", opts=ResourceOptions(additional_secret_outputs=["stdout"]))\n'
    project.program(first + 'local.Command("b", create="true", environment={"X": a.stdout})\n')
    assert project.run("up").returncode == 0
    assert "0 changes" in project.run("up").stdout
    project.program(first + 'local.Command("b", create="echo", environment={"X": a.stdout})\n')
    done = project.run("up")
    assert done.returncode == 1
    assert "only a digest" in done.stdout
