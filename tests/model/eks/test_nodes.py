"""Which instance types nodes may be. That EKS takes them all is AWS's word, see model/eks/nodes.py."""

import pytest
from pydantic import TypeAdapter, ValidationError

from model.eks.nodes import NodeTypes

TYPES = TypeAdapter(NodeTypes)


@pytest.mark.parametrize(
    "type",
    ["m7g.large", "m8g.xlarge", "c6gn.large", "r7iz.large", "t4g.medium", "t3a.large", "c7i-flex.large"],
)
def test_ordinary_types_are_taken(type: str) -> None:
    assert TYPES.validate_python((type,)) == (type,)


@pytest.mark.parametrize(
    ("type", "words"),
    [
        ("m7g.medium", "write m7g.large"),
        ("t3.micro", "too small"),
        ("a1.large", "family"),
        ("p5.48xlarge", "family"),
        ("m9z.large", "family"),
        ("large", "instance type"),
    ],
)
def test_others_are_refused_with_one_that_would_do(type: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        TYPES.validate_python((type,))
