"""Which names of regions this program can make something in."""

import pytest

from model.aws.cloud_region import name_refusal


@pytest.mark.parametrize(
    "name", ["eu-central-1", "us-east-1", "ap-southeast-2", "il-central-1", "mx-central-1"]
)
def test_regions_of_the_commercial_partition_are_taken(name: str) -> None:
    assert name_refusal(name) is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("frankfurt", "no region of AWS"),
        ("eu-central-1a", "no region of AWS"),
        ("cn-north-1", "partition"),
        ("cn-northwest-1", "partition"),
        ("us-gov-west-1", "partition"),
        ("us-iso-east-1", "partition"),
        ("us-isob-east-1", "partition"),
        ("eu-isoe-west-1", "partition"),
    ],
)
def test_what_has_no_such_region_or_other_accounts_and_images_is_refused(name: str, said: str) -> None:
    assert said in (name_refusal(name) or "")
