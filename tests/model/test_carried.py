"""What a process cannot be told is refused beforehand, by name; a secret's value is never in the sentence."""

from hypothesis import given
from hypothesis import strategies as st

from model import carried
from model.service import Service


def told(*arguments: str, **environment: str) -> Service:
    return Service(name="shop", source="-", arguments=(*arguments, "{port}"), environment={**environment})


def refused(**secrets: str) -> list[str]:
    return carried.refusals(told(), secrets)


def test_a_value_of_128_kib_is_refused_by_name_with_its_size_and_what_to_do() -> None:
    (line,) = refused(KEY="private" * 40_000)
    assert line.startswith(
        "slipway:secrets.KEY has 280004 bytes with its name; Linux hands 131071 to a process"
    )
    assert "private" not in line
    assert refused(KEY="x" * (131_071 - len("KEY="))) == []
    assert len(refused(KEY="x" * (131_072 - len("KEY=")))) == 1


def test_characters_count_by_their_bytes() -> None:
    assert len(refused(KEY="€" * 50_000)) == 1


def test_environment_and_arguments_are_held_to_the_same() -> None:
    lines = carried.refusals(told("ok", "x" * 140_000, LONG="x" * 140_000), {})
    assert [line.split()[0] for line in lines] == [
        "slipway:service.arguments[1]",
        "slipway:service.environment.LONG",
    ]


def test_many_values_that_are_too_much_together_are_refused_naming_the_largest() -> None:
    (line,) = refused(**{f"KEY{number}": "x" * (100_000 + number) for number in range(26)})
    assert "2600" in line and "secrets.KEY25" in line


def test_arguments_that_make_too_long_a_line_are_refused() -> None:
    (line,) = carried.refusals(told(*["\\" * 120_000] * 9), {})
    assert line.startswith("slipway:service.arguments take more than 1000000 bytes")


def test_names_that_slipway_sets_itself_are_refused() -> None:
    assert "name that is taken" in carried.refusals(told(SLIPWAY_PORT="1"), {})[0]


@given(st.characters(exclude_categories=[]) | st.sampled_from("\r\t\n\x1b\x7f\ufdd0\uffff\U0001fffe"))
def test_a_character_that_systemd_drops_is_refused_by_its_number(character: str) -> None:
    number = ord(character)
    control = (number < 32 and character not in "\t\n") or number == 127
    none = 0xFDD0 <= number <= 0xFDEF or number & 0xFFFE == 0xFFFE or 0xD800 <= number < 0xE000
    lines = refused(KEY=f"a{character}b")
    assert bool(lines) == (control or none)
    assert all(f"secrets.KEY holds U+{number:04X}" in line for line in lines)
