"""Who may import whom: `__main__` -> components -> model; what runs on a host imports the standard library alone."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
ROOMS = {path.name for path in PROJECT.iterdir() if (path / "__init__.py").exists()}
ALLOWED = {
    "model": {"model"},
    "clusters": {"clusters", "model"},
    "components": {
        "clusters",
        "components",
        "model",
        "pulumi",
        "pulumi_command",
        "pulumi_aws",
        "pulumi_kubernetes",
        "oci",
    },
    "reuse": {"reuse", "components", "model", "pulumi", "settings"},
    "logins": {"logins"},
    "settings": {"settings", "logins", "model", "pulumi"},
    "groups": {"groups"},
    "quotas": {"quotas"},
    "targets": {"targets"},
    "gobuild": {"gobuild", "model"},
    "oci": {"oci", "gobuild", "model", "tools"},
    "tools": {"tools", "gobuild", "lab"},
    "activator": {"activator"},
    "lab": {"lab", "model"},
    "engine": {"engine", "gobuild", "lab", "logins", "plugins", "pulumi", "tools"},
    "plugins": {"plugins", "groups", "lab", "pulumi"},
    "kubelab": {"kubelab", "gobuild", "lab", "tools"},
    "rehearsal": {"rehearsal", "engine", "lab", "plugins"},
    "releases": {"releases", "artifacts", "clusters", "desk", "engine", "gobuild", "model", "settings"},
    "artifacts": {"artifacts", "model"},
    "desk": {"desk", "engine", "lab", "model", "rehearsal", "settings"},
    "policy": {"policy"},
    "cost": {"cost", "model"},
    "drift": {"drift", "desk", "model"},
    "drill": {"drill", "desk", "model", "settings"},
    "report": {"report", "desk", "model", "settings"},
    "vulnerabilities": {"vulnerabilities", "gobuild", "tools"},
    "summary": {"summary", "cost", "engine", "gobuild", "model", "policy", "vulnerabilities"},
}
"""Besides the standard library and, in `model`, the libraries that settings and templates are made with."""
LIBRARIES = {
    "settings": {"pydantic"},
    "model": {"pydantic", "pydantic_core", "jinja2", "yaml"},
    "lab": {"asyncssh", "cryptography"},
    "clusters": {"yaml"},
    "kubelab": {"cryptography"},
    "oci": {"certifi"},
    "groups": {"boto3", "botocore"},
    "quotas": {"boto3", "botocore"},
    "targets": {"boto3", "botocore"},
    "engine": {"grpc", "google", "yaml"},
    "plugins": {"botocore", "grpc", "google", "asyncssh"},
    "rehearsal": {"yaml"},
    "releases": {"boto3", "botocore", "ruamel"},
    "desk": {"asyncssh", "ruamel"},
    "drill": {"dns"},
    "report": {"jinja2"},
    "policy": {"pulumi_policy"},
    "cost": {"yaml", "pydantic"},
    "summary": {"yaml"},
}


def sources(room: str) -> list[Path]:
    """The policy pack may have an environment of its own beside its sources."""
    return sorted(path for path in (PROJECT / room).rglob("*.py") if ".venv" not in path.parts)


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("room", sorted(ALLOWED))
def test_a_room_imports_only_what_lies_below_it(room: str) -> None:
    for path in sources(room):
        foreign = imports(path) - ALLOWED[room] - LIBRARIES.get(room, set()) - set(sys.stdlib_module_names)
        assert not foreign, f"{path.relative_to(PROJECT)} imports {sorted(foreign)}"


def modules(path: Path) -> set[str]:
    """Every dotted name that the file imports, or may import: `from a import b` gives a and a.b."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


MEETS = {"eks": {"aws", "kubernetes"}}
"""EKS is both, so it may use both; neither of them, nor anything else in their layer, knows of it."""


@pytest.mark.parametrize("layer", ["model", "components"])
def test_what_all_share_knows_no_kind_of_compute_and_no_kind_knows_another(layer: str) -> None:
    """Shared modules lie in the layer itself; each folder in it is one kind of place where a service can run."""
    kinds = {path.name for path in (PROJECT / layer).iterdir() if (path / "__init__.py").exists()}
    assert kinds >= {"machines", "aws"}
    for path in sources(layer):
        own = path.relative_to(PROJECT / layer).parts[0]
        for kind in kinds - {own} - MEETS.get(own, set()):
            reached = {
                each
                for each in modules(path)
                for room in ("model", "components")
                if f"{each}.".startswith(f"{room}.{kind}.")
            }
            assert not reached, f"{path.relative_to(PROJECT)} imports {sorted(reached)}"


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_no_two_modules_of_a_room_need_each_other(room: str) -> None:
    needs = {
        ".".join(path.relative_to(PROJECT).with_suffix("").parts): modules(path) for path in sources(room)
    }
    done: set[str] = set()

    def visit(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " needs ".join((*way[way.index(module) :], module))
        if module not in done:
            for other in needs[module] & needs.keys() - {module}:
                visit(other, (*way, module))
            done.add(module)

    for module in needs:
        visit(module, ())


def test_only_settings_reads_configuration() -> None:
    for room in ("components", "model"):
        for path in sources(room):
            source = path.read_text()
            assert "pulumi.Config(" not in source and "pulumi.get_stack(" not in source, (
                f"{path} reads its surroundings"
            )


def test_a_stack_of_plain_hosts_does_not_load_the_cloud_providers() -> None:
    program = (
        "import sys, components.machines.region; print([m for m in sys.modules if m.startswith('pulumi_')])"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout
    assert "pulumi_command" in loaded
    assert "pulumi_aws" not in loaded and "pulumi_kubernetes" not in loaded


def test_the_story_fits_on_a_page() -> None:
    assert len((PROJECT / "__main__.py").read_text().splitlines()) <= 60
