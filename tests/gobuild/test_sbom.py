"""The bill of materials holds what SPDX 2.3 requires, and depends on nothing but the binary."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from gobuild import sbom

_INFO = {
    "GoVersion": "go1.27.3",
    "Path": "example.com/svc/cmd/svc",
    "Main": {"Path": "example.com/svc", "Version": "v1.2.3", "Sum": "h1:main="},
    "Deps": [
        {"Path": "golang.org/x/net", "Version": "v0.40.0", "Sum": "h1:net="},
        {"Path": "example.com/old", "Version": "v1.0.0", "Replace": {"Path": "../new", "Version": "(devel)"}},
        {
            "Path": "example.com/a",
            "Version": "v1.0.0",
            "Replace": {"Path": "example.com/b_c", "Version": "v2.0.0+incompatible", "Sum": "h1:b="},
        },
    ],
}
_TIME = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


@pytest.fixture
def document():
    return sbom.document("svc", "v1.2.3", "ab" * 32, _INFO, _TIME)


def test_the_document_has_every_field_that_the_specification_requires(document):
    assert document["spdxVersion"] == "SPDX-2.3"
    assert document["dataLicense"] == "CC0-1.0"
    assert document["SPDXID"] == "SPDXRef-DOCUMENT"
    assert document["name"]
    assert re.fullmatch(r"https://[^#\s]+", document["documentNamespace"]), (
        "an absolute URI without a fragment"
    )
    assert document["creationInfo"]["created"] == "2024-05-06T07:08:09Z"
    assert all(
        re.match(r"(Tool|Organization|Person): .", each) for each in document["creationInfo"]["creators"]
    )
    for package in document["packages"]:
        assert package["name"]
        assert package["downloadLocation"] == "NOASSERTION"
        assert package["filesAnalyzed"] is False


def test_identifiers_are_unique_and_well_formed_and_relationships_refer_to_them(document):
    identities = [document["SPDXID"], *(package["SPDXID"] for package in document["packages"])]
    assert len(set(identities)) == len(identities)
    assert all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", each) for each in identities)
    for relationship in document["relationships"]:
        assert {relationship["spdxElementId"], relationship["relatedSpdxElement"]} <= set(identities)


def test_the_binary_is_described_with_its_digest_and_depends_on_every_module(document):
    binary, *modules = document["packages"]
    assert binary["checksums"] == [{"algorithm": "SHA256", "checksumValue": "ab" * 32}]
    assert [module["name"] for module in modules] == [
        "stdlib",
        "golang.org/x/net",
        "example.com/old",
        "example.com/b_c",
    ]
    kinds = [(each["relationshipType"], each["relatedSpdxElement"]) for each in document["relationships"]]
    assert kinds == [
        ("DESCRIBES", binary["SPDXID"]),
        *(("DEPENDS_ON", module["SPDXID"]) for module in modules),
    ]


def test_a_published_module_is_named_by_a_package_url_and_a_local_directory_is_not(document):
    urls = [p.get("externalRefs", [{}])[0].get("referenceLocator") for p in document["packages"]]
    assert urls == [
        None,
        "pkg:golang/stdlib@1.27.3",
        "pkg:golang/golang.org/x/net@v0.40.0",
        None,
        "pkg:golang/example.com/b_c@v2.0.0%2Bincompatible",
    ]


def test_the_same_moment_in_another_time_zone_gives_the_same_document(document):
    elsewhere = _TIME.astimezone(timezone(timedelta(hours=9)))
    assert sbom.document("svc", "v1.2.3", "ab" * 32, _INFO, elsewhere) == document


def test_another_binary_has_another_namespace(document):
    other = sbom.document("svc", "v1.2.3", "cd" * 32, _INFO, _TIME)
    assert other["documentNamespace"] != document["documentNamespace"]
