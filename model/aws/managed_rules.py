"""AWS's managed rules that may stand before a load balancer, by their groups; AWS keeps adding to them and renames none."""

from typing import Annotated

from pydantic import AfterValidator

IP_REPUTATION = ("AWSManagedIPReputationList", "AWSManagedReconnaissanceList", "AWSManagedIPDDoSList")
COMMON = (
    "NoUserAgent_HEADER",
    "UserAgent_BadBots_HEADER",
    "SizeRestrictions_QUERYSTRING",
    "SizeRestrictions_Cookie_HEADER",
    "SizeRestrictions_BODY",
    "SizeRestrictions_URIPATH",
    "EC2MetaDataSSRF_BODY",
    "EC2MetaDataSSRF_COOKIE",
    "EC2MetaDataSSRF_URIPATH",
    "EC2MetaDataSSRF_QUERYARGUMENTS",
    "GenericLFI_QUERYARGUMENTS",
    "GenericLFI_URIPATH",
    "GenericLFI_BODY",
    "RestrictedExtensions_URIPATH",
    "RestrictedExtensions_QUERYARGUMENTS",
    "GenericRFI_QUERYARGUMENTS",
    "GenericRFI_BODY",
    "GenericRFI_URIPATH",
    "CrossSiteScripting_COOKIE",
    "CrossSiteScripting_QUERYARGUMENTS",
    "CrossSiteScripting_BODY",
    "CrossSiteScripting_URIPATH",
)
KNOWN_BAD_INPUTS = (
    "JavaDeserializationRCE_HEADER",
    "JavaDeserializationRCE_BODY",
    "JavaDeserializationRCE_URIPATH",
    "JavaDeserializationRCE_QUERYSTRING",
    "Host_localhost_HEADER",
    "PROPFIND_METHOD",
    "ExploitablePaths_URIPATH",
    "Log4JRCE_HEADER",
    "Log4JRCE_QUERYSTRING",
    "Log4JRCE_BODY",
    "Log4JRCE_URIPATH",
    "ReactJSRCE_BODY",
)
GROUPS = {
    "AWSManagedRulesAmazonIpReputationList": IP_REPUTATION,
    "AWSManagedRulesCommonRuleSet": COMMON,
    "AWSManagedRulesKnownBadInputsRuleSet": KNOWN_BAD_INPUTS,
}
"""In their order, each with its rules (AWS WAF Developer Guide, "AWS Managed Rules rule groups list")."""
ALWAYS_COUNTED = "SizeRestrictions_BODY"
"""Its limit is 8 KB for any body, which would refuse ordinary uploads."""


def _known(value: str) -> str:
    every = [rule for rules in GROUPS.values() for rule in rules]
    if value not in every:
        raise ValueError(f"is no rule of the managed groups; allowed are {', '.join(every)}")
    return value


ManagedRule = Annotated[str, AfterValidator(_known)]


def counted(group: str, more: tuple[str, ...]) -> list[str]:
    """Those of the group's rules that count and turn nobody away, `more` among them, in the group's order."""
    return [rule for rule in GROUPS[group] if rule == ALWAYS_COUNTED or rule in more]
