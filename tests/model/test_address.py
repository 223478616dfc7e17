"""Addresses of machines, as people write them, and in a URL."""

import pytest
from pydantic import TypeAdapter, ValidationError

from model.door import authority
from model.setting import MachineAddress

ADDRESS: TypeAdapter[str] = TypeAdapter(MachineAddress)


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("192.0.2.11", "192.0.2.11"),
        ("web1.example.org", "web1.example.org"),
        ("2001:DB8::11", "2001:db8::11"),
        ("[2001:db8::11]", "2001:db8::11"),
        ("::1", "::1"),
    ],
)
def test_a_name_or_an_address_of_either_kind_is_taken(written: str, address: str) -> None:
    assert ADDRESS.validate_python(written) == address


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("192.0.2.11:2222", "write 192.0.2.11, and `port: 2222`"),
        ("[2001:db8::11]:2222", "write 2001:db8::11, and `port: 2222`"),
        ("deploy@web1", "into `login`"),
        ("2001:db8::zz", "no IP address"),
        ("fe80::1%eth0", "neither a name"),
        ("web 1", "neither a name"),
        ("", "at least 1"),
    ],
)
def test_what_is_more_than_an_address_or_none_is_refused(written: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        ADDRESS.validate_python(written)


def test_an_ipv6_address_stands_in_brackets_before_a_port() -> None:
    assert authority("2001:db8::11", 8080) == "[2001:db8::11]:8080"
    assert authority("web1", 80) == "web1:80"
