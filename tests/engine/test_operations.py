"""What Pulumi's engine brings: looking, naming targets, moving state, reading other stacks, keeping secrets. Real runs."""

import json
from pathlib import Path

from tests.engine.projects import Project

SECRET = "quite-unguessable"


def test_a_traceback_begins_with_the_programs_own_frame_and_comes_once(project: Project) -> None:
    project.program("def fail():\n    raise ValueError('no such thing')\n\nfail()\n")
    done = project.run("up")
    assert done.returncode != 0
    assert done.stdout.count("ValueError: no such thing") == 1
    assert "in fail" in done.stdout
    for foreign in ("runpy", "language.py", "run_in_stack", "asyncio"):
        assert foreign not in done.stdout


def test_a_failed_resource_is_the_last_that_is_told_however_many_wait_for_it(project: Project) -> None:
    project.program(
        'a = local.Command("a", create="echo the evidence; exit 3")\n'
        'for n in range(20):\n    local.Command(f"b{n}", create="true", opts=ResourceOptions(depends_on=[a]))\n'
    )
    done = project.run("up")
    assert done.returncode != 0
    diagnostics = done.stdout.partition("Diagnostics:")[2]
    assert "the evidence" in diagnostics
    assert "Traceback" not in done.stdout + done.stderr
    assert len(done.stderr.splitlines()) <= 2, done.stderr


def test_a_program_that_says_no_says_it_without_a_traceback(project: Project) -> None:
    project.program('raise pulumi.RunError("slipway:service is missing")')
    done = project.run("preview")
    assert done.returncode != 0
    assert done.stdout.count("error: slipway:service is missing") == 2, "as it happens, and at the end"
    assert "Traceback" not in done.stdout


def test_the_program_knows_whether_changes_follow(project: Project) -> None:
    project.program("import os\npulumi.log.info(f\"told {os.environ.get('SLIPWAY_CHANGING')}\")\n")
    assert "told None" in project.must("preview").stdout
    assert "told 1" in project.must("up").stdout


def test_what_the_sdk_has_to_tell_of_each_resource_is_told_to_who_asks_for_it(project: Project) -> None:
    """Each such message is a call that the program waits for, and that the engine drops."""
    project.program(
        'local.Command("a", create="true")\npulumi.log.info(f"told by {pulumi.log.debug.__module__}")\n'
    )
    assert "told by engine.language" in project.must("preview").stdout
    asked = project.must("preview", "--debug").stdout
    assert "told by pulumi.log" in asked
    assert "debug: " in asked


def test_an_up_ends_with_where_the_service_and_its_monitors_are_reached(project: Project) -> None:
    project.program(
        'pulumi.export("url", "http://shop/")\n'
        'pulumi.export("regions", {"eu": {"monitor": "http://eyes/"}, "us": {"hosts": {}}})\n'
    )
    assert project.must("up").stdout.endswith("\nhttp://shop/\nhttp://eyes/ watches eu\n")


def test_a_preview_changes_nothing_and_is_there_for_programs_too(project: Project) -> None:
    project.program(
        f'local.Command("a", create="touch {project.directory}/made")'.replace("a project", "a\\\\ project")
    )
    told = json.loads(project.must("preview", "--json").stdout)
    assert [step["op"] for step in told["steps"]] == ["create", "create"]
    assert "create: " in project.must("preview", "--diff").stdout
    assert not (project.directory / "made").exists()
    assert project.names() == []


def test_one_resource_can_be_named_and_the_others_are_left(project: Project) -> None:
    for word in ("one", "two"):
        project.program("".join(f'local.Command("{name}", create="echo {word}")\n' for name in "ab"))
        project.must("up", *(["--target", "**Command::a"] if word == "two" else []))
    outputs = {
        each["urn"][-1]: each.get("outputs", {}).get("stdout") for each in project.exported()["resources"]
    }
    assert (outputs["a"], outputs["b"]) == ("two", "one")


def test_a_refresh_keeps_what_nothing_can_look_at(project: Project) -> None:
    project.program('local.Command("a", create="echo one")')
    project.must("up")
    project.must("refresh")
    assert project.names() == ["a"]
    assert "2 unchanged" in project.must("up").stdout


def test_a_state_moves_by_export_and_import_and_a_resource_by_rename(project: Project) -> None:
    project.program('local.Command("web1", create="echo one")')
    project.must("up")
    kept = project.pulumi("stack", "export")
    urn = next(
        each["urn"] for each in json.loads(kept)["deployment"]["resources"] if each["urn"].endswith("web1")
    )
    project.pulumi("state", "rename", urn, "web2", "--yes")
    assert project.names() == ["web2"]
    project.program('local.Command("web2", create="echo one")')
    assert "2 unchanged" in project.must("up").stdout
    file = project.directory / "kept.json"
    file.write_text(kept)
    project.pulumi("stack", "import", "--file", str(file))
    assert project.names() == ["web1"]


def test_a_stack_reads_another_ones_outputs(tmp_path: Path) -> None:
    told, reader = Project(tmp_path / "told"), Project(tmp_path / "reader")
    told.program('pulumi.export("url", "http://here")')
    told.must("up")
    reader.state = told.state
    (reader.directory / "Pulumi.yaml").write_text("name: reader\nruntime: python\n")
    reader.program(
        'other = pulumi.StackReference("organization/trial/dev")\n'
        'pulumi.export("seen", Output.concat(other.require_output("url"), "/"))\n'
    )
    reader.must("up")
    assert reader.outputs() == {"seen": "http://here/"}


def test_another_stack_file_can_be_named(project: Project) -> None:
    project.program('pulumi.export("word", pulumi.Config("trial").require("word"))')
    other = project.directory / "other.yaml"
    other.write_text("config:\n  trial:word: there\n")
    project.must("up", "--config-file", str(other))
    assert project.outputs() == {"word": "there"}


def test_a_secret_is_in_no_output_no_file_and_no_log_and_a_delete_has_it(project: Project) -> None:
    project.program(
        f'a = local.Command("a", create="cat; echo $H", stdin=Output.secret("{SECRET}"), delete="cat > deleted-with",\n'
        f'    environment={{"H": Output.secret("{SECRET}")}}, logging="none",\n'
        '    opts=ResourceOptions(additional_secret_outputs=["stdout"]))\n'
        'pulumi.export("printed", a.stdout)\n'
    )
    done = project.must("up", "--logtostderr", "-v=9", "--debug")
    assert SECRET not in done.stdout + done.stderr
    files = [
        path
        for folder in ("state", "home")
        for path in (project.directory / folder).rglob("*")
        if path.is_file()
    ]
    assert files
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []
    assert "printed: [secret]" in done.stdout
    assert project.outputs() == {"printed": f"{SECRET}{SECRET}"}
    project.program("")
    project.must("up")
    assert (project.directory / "deleted-with").read_text() == SECRET


def test_a_refresh_that_only_shows_is_neither_answered_nor_refused(project: Project) -> None:
    project.program('local.Command("a", create="true")\n')
    project.must("up")
    shown = project.run("refresh", "--preview-only", "--expect-no-changes", "--diff")
    assert shown.returncode == 0, shown.stdout + shown.stderr


def test_a_hook_for_errors_is_asked_in_this_process_and_may_have_it_tried_again(project: Project) -> None:
    """What puts back a release on a cluster hangs on it."""
    made = project.directory / "made"
    program = (
        "import asyncio, pathlib\n\n"
        "async def failed(args):\n"
        "    await asyncio.to_thread(pathlib.Path({path!r}).touch)\n"
        "    known = await Output.from_input(pulumi.Output.from_input('known')).future()\n"
        "    pulumi.log.error(f'{{args.failed_operation}} of {{args.name}}: {{known}}')\n"
        "    return {again}\n\n"
        "hooks = pulumi.ResourceHookBinding(on_error=[pulumi.ErrorHook('back', failed)])\n"
        "local.Command('a', create='test -e \"{path}\"', opts=ResourceOptions(hooks=hooks))\n"
    )
    project.program(program.format(path=str(made), again=False))
    done = project.run("up")
    assert done.returncode != 0
    assert "error: create of a: known" in done.stdout.partition("Diagnostics:")[2], done.stdout
    made.unlink()
    project.program(program.format(path=str(made), again=True).replace("log.error", "log.info"))
    assert "create of a: known" in project.must("up").stdout
