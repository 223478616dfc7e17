"""Asks the bucket of every group of a stack what it keeps. Not for changing anything there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from model.aws.stored import StoredRelease
from releases.fleet import Answer
from settings import Settings


def ask(wanted: Settings, outputs: Mapping[str, Any]) -> list[Answer]:
    """Each group's answer, in the order of the stack file, of those that the stack's outputs name."""
    regions = outputs.get("regions") or {}
    return [
        _answer(name, group, facts, wanted.service.name, pinned=bool(wanted.release.pin))
        for name in wanted.cloud_regions
        for group, facts in (regions.get(name, {}).get("groups") or {}).items()
    ]


def _answer(region: str, group: str, facts: Mapping[str, str], service: str, pinned: bool) -> Answer:
    architecture, current = facts["architecture"], facts["release"]
    about = {"region": region, "host": group, "architecture": architecture}
    try:
        found = sorted(_kept(region, facts["bundles"], service), key=lambda each: each[0], reverse=True)
    except (BotoCoreError, ClientError) as error:
        return Answer(**about, releases={}, error=f"its bucket could not be asked: {error}")
    # One release may have been stored with several activators; the last one is what a pin takes.
    kept = {each.release: (when, each) for when, each in found[::-1] if each.architecture == architecture}
    ids = sorted(kept, key=lambda id: kept[id][0], reverse=True)
    older = ids[ids.index(current) + 1 :] if current in ids else []
    if pinned:
        # Turned on from what is kept, it was not stored anew: what ran before is the newest of the others, as on a host. Without
        # a pin one that is newer has failed.
        older = [id for id in ids if id != current]
    said = {
        "current": current,
        "previous": older[0] if older else None,
        "kept": [
            {"release": id, "version": kept[id][1].version, "sha256": kept[id][1].binary, "when": kept[id][0]}
            for id in ids
        ],
    }
    return Answer(**about, releases=said)


def _kept(region: str, bucket: str, service: str) -> Iterator[tuple[str, StoredRelease]]:
    """When it was stored, and what is known of it."""
    client = boto3.client("s3", region_name=region)
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{service}-"):
        for each in page.get("Contents", ()):
            metadata = client.head_object(Bucket=bucket, Key=each["Key"])["Metadata"]
            if (release := StoredRelease.read(metadata)) and release.service == service:
                yield each["LastModified"].strftime("%Y-%m-%dT%H:%M:%SZ"), release
