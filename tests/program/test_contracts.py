"""What holds for every component, whichever stack declares it."""

import ast
from pathlib import Path

from tests.program.recorder import Recorder, run_program

COMPONENTS = Path(__file__).parent.parent.parent / "components"
TOKENS = {
    "Region": "slipway:index:Region",
    "CloudRegion": "slipway:index:CloudRegion",
    "Fleet": "slipway:index:Fleet",
    "Bastion": "slipway:index:Bastion",
    "Tunnel": "slipway:index:Tunnel",
    "Autoscaling": "slipway:index:Autoscaling",
    "ArtifactStore": "slipway:index:ArtifactStore",
    "Installation": "slipway:index:Installation",
    "Edge": "slipway:index:Edge",
    "Network": "slipway:index:Network",
    "GivenNetwork": "slipway:index:GivenNetwork",
    "FlowLog": "slipway:index:FlowLog",
    "Firewall": "slipway:index:Firewall",
    "LoadBalancer": "slipway:index:LoadBalancer",
    "AccessLogs": "slipway:index:AccessLogs",
    "SharedName": "slipway:index:SharedName",
    "FrontDoor": "slipway:index:FrontDoor",
    "LostRegion": "slipway:index:LostRegion",
    "Certificate": "slipway:index:Certificate",
    "WebAcl": "slipway:index:WebAcl",
    "Alarms": "slipway:index:Alarms",
    "Target": "slipway:index:Target",
    "ClusterRegion": "slipway:index:ClusterRegion",
    "Image": "slipway:index:Image",
    "Workload": "slipway:index:Workload",
    "EksRegion": "slipway:index:EksRegion",
    "Cluster": "slipway:index:Cluster",
    "Equipment": "slipway:index:Equipment",
    "Identity": "slipway:index:Identity",
    "Repository": "slipway:index:Repository",
    "Monitor": "slipway:index:Monitor",
    "NameServers": "slipway:index:NameServers",
}
"""Type tokens are identity: changing one replaces what stands under it unless an alias goes with it."""


def prod() -> Recorder:
    return run_program("prod", release={"uncommitted": "allow"})


def classes() -> dict[str, ast.ClassDef]:
    trees = [ast.parse(path.read_text()) for path in COMPONENTS.rglob("*.py")]
    found = [node for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)]
    return {
        node.name: node
        for node in found
        if "ComponentResource" in ast.unparse(ast.Tuple(elts=node.bases, ctx=ast.Load()))
    }


def test_type_tokens_are_pinned() -> None:
    assert set(classes()) == set(TOKENS), "pin the token of a new component here"
    for name, node in classes().items():
        assert f"'{TOKENS[name]}'" in ast.unparse(node), f"the type token of {name} changed"


def test_every_component_takes_a_name_its_arguments_and_options() -> None:
    for name, node in classes().items():
        constructor = next(
            item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"
        )
        words = [argument.arg for argument in constructor.args.args]
        assert words == ["self", "name", "args", "opts"], f"{name}.__init__ takes {words}"


def test_every_component_says_that_it_is_complete() -> None:
    recorder = prod()
    declared = {request.name for request in recorder.registered if request.type in TOKENS.values()}
    completed = {urn.split("::")[-1] for urn in recorder.completed}
    assert declared <= completed, "a component without register_outputs shows as still creating"


def test_every_child_has_a_parent_and_a_name_that_starts_with_its_parents() -> None:
    for request in prod().registered:
        parent = request.parent.split("::")[-1]
        assert parent, f"{request.name} has no parent"
        if request.type not in TOKENS.values() and "pulumi:pulumi:Stack" not in request.parent:
            assert request.name.startswith(parent), (
                f"{request.name} under {parent} could clash with a sibling's"
            )


def test_names_are_unique_within_a_type() -> None:
    recorder = prod()
    names = [(request.type, request.parent, request.name) for request in recorder.registered]
    assert len(names) == len(set(names))
