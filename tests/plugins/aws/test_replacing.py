"""What is pretended to be replaced: said of every type that the program makes, in the SDK's own names."""

import pytest

from plugins.aws import schema
from plugins.aws.replacing import REPLACING, of
from tests.model.aws.test_deploy_role import made


def test_every_type_that_the_program_makes_is_in_the_table() -> None:
    assert made() == REPLACING.keys()


@pytest.mark.parametrize("type", REPLACING)
def test_what_replaces_a_resource_is_one_of_its_inputs(type: str) -> None:
    found = schema.failures(type, dict.fromkeys(REPLACING[type], "value"))
    assert not [each.property for each in found if "no such property" in each.reason]


def test_another_certificate_is_waited_for_anew() -> None:
    type = "aws:acm/certificateValidation:CertificateValidation"
    assert of(type, ("certificateArn",), {}) == ("certificateArn",)
    assert of("aws:acm/certificate:Certificate", ("tags",), {}) == ()
