"""Look-ups of what lies in a pretended bucket: what was put there, and not taken away."""

from __future__ import annotations

from collections.abc import Callable

from plugins.aws.record import Record
from plugins.provider import ProviderError
from plugins.values import Values

OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"


def _objects(record: Record, args: Values) -> Values:
    keys = [key for key in _in(record, args) if key.startswith(str(args.get("prefix", "")))]
    return {"id": args["bucket"], "bucket": args["bucket"], "keys": sorted(keys)}


def _object(record: Record, args: Values) -> Values:
    found = _in(record, args).get(str(args["key"]))
    if found is None:
        raise ProviderError(f"there is no {args['key']} in {args['bucket']}")
    told = {"bucket": args["bucket"], "key": args["key"], "metadata": found.get("metadata") or {}}
    return {"id": f"{args['bucket']}/{args['key']}", "lastModified": "Thu, 01 Jan 2026 00:00:00 GMT", **told}


def _in(record: Record, args: Values) -> dict[str, Values]:
    there = record.of(OBJECT).values()
    return {str(each["key"]): each for each in there if each.get("bucket") == args["bucket"]}


LOOKUPS: dict[str, Callable[[Record, Values], Values]] = {
    "aws:s3/getObject:getObject": _object,
    "aws:s3/getObjects:getObjects": _objects,
}
