"""Decisions of the planner, over many made-up stacks. Plain functions: nothing is run."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rehearsal import planner, property_path
from rehearsal.planner import Operation
from rehearsal.provider import Diff
from rehearsal.state import Resource
from rehearsal.values import UNKNOWN

BUSY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Other work on the machine must not fail a test."""


def urn(number: int) -> str:
    return f"urn:pulumi:dev::trial::command:local:Command::r{number}"


@st.composite
def stacks(draw: st.DrawFn) -> list[Resource]:
    """Resources that need only earlier ones, in one of four ways, given in any order."""
    resources = []
    for number in range(draw(st.integers(0, 12))):
        earlier = [urn(other) for other in range(number)]
        some = st.lists(st.sampled_from(earlier), max_size=3, unique=True) if earlier else st.just([])
        one = st.sampled_from(["", *earlier])
        fed = draw(some)
        resources.append(
            Resource(
                urn=urn(number),
                custom=True,
                inputs={"fed": 1, "other": 2},
                dependencies=[*draw(some), *fed],
                property_dependencies={"fed": fed},
                parent=draw(one),
                deleted_with=draw(one),
            )
        )
    return draw(st.permutations(resources))


@BUSY
@given(stacks())
def test_everything_is_deleted_once_and_after_all_that_needs_it(resources: list[Resource]) -> None:
    waves = planner.deletion_waves(resources)
    position = {resource.urn: number for number, wave in enumerate(waves) for resource in wave}
    assert sorted(position) == sorted(resource.urn for resource in resources)
    for resource in resources:
        for needed in resource.needs():
            assert position[resource.urn] < position[needed]


def test_a_circle_between_an_old_version_and_new_ones_does_not_stop_deletion() -> None:
    old = Resource(urn=urn(1), custom=True, dependencies=[urn(2)], delete=True)
    new = Resource(urn=urn(2), custom=True, dependencies=[urn(1)])
    assert [len(wave) for wave in planner.deletion_waves([old, new])] == [1, 1]


def replacing(resource: Resource, inputs: dict) -> Diff:
    return Diff(changed=("fed",), replace=("fed",)) if inputs["fed"] is UNKNOWN else Diff()


@BUSY
@given(stacks(), st.integers(0, 11))
def test_delete_before_replace_takes_exactly_those_that_are_fed_by_or_deleted_with_the_replaced(
    resources: list[Resource], number: int
) -> None:
    roots = [resource for resource in resources if resource.urn == urn(number)]
    if not roots:
        return
    found = planner.dependents_replaced(roots[0], resources, set(), replacing)
    expected = {urn(number)}
    for resource in sorted(resources, key=lambda r: int(r.name[1:])):
        if expected & set(resource.property_dependencies["fed"]) or resource.deleted_with in expected:
            expected.add(resource.urn)
    assert {resource.urn for resource in found} == expected - {urn(number)}
    assert roots[0] not in found


@BUSY
@given(stacks())
def test_what_has_been_registered_already_is_not_deleted_for_a_later_replacement(
    resources: list[Resource],
) -> None:
    everything = {resource.urn for resource in resources}
    for root in resources:
        assert planner.dependents_replaced(root, resources, everything, replacing) == []


def test_the_operation_follows_from_what_is_there_and_what_changed() -> None:
    old = Resource(urn=urn(1), custom=True)
    assert planner.decide(None, None).operation is Operation.CREATE
    assert planner.decide(old, Diff()).operation is Operation.SAME
    assert planner.decide(old, Diff(changed=("a",))).operation is Operation.UPDATE
    assert planner.decide(old, Diff(changed=("a",), replace=("a",))).operation is Operation.REPLACE


def test_replace_on_changes_takes_names_paths_and_a_star() -> None:
    old, new = {"a": {"x": 1, "y": 1}, "b": 1}, {"a": {"x": 2, "y": 1}, "b": 1}
    diff = Diff(changed=("a",))

    def replaced(path: str) -> tuple[str, ...]:
        return planner.with_replace_on_changes(diff, [path], old, new).replace

    assert replaced("a") == replaced("a.x") == replaced("*") == ("a",)
    assert replaced("a.y") == replaced("b") == ()


JSON = st.recursive(
    st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
    max_leaves=4,
)
PATHS = st.lists(st.sampled_from(["a", "b", "c", 0, 1]), min_size=1, max_size=3).map(tuple)


@BUSY
@given(st.dictionaries(st.sampled_from("abc"), JSON), st.dictionaries(st.sampled_from("abc"), JSON), PATHS)
def test_resetting_a_path_twice_is_resetting_it_once_and_touches_no_other_property(
    old: dict, new: dict, path: property_path.Path
) -> None:
    once = property_path.reset(old, new, path)
    assert property_path.reset(old, once, path) == once
    for name in new:
        if name != path[0]:
            assert once[name] == new[name]
    if len(path) == 1 and isinstance(path[0], str):
        assert property_path.get(once, path) == property_path.get(old, path)
