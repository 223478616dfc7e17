"""Rules for load balancers, their listeners and certificates."""

from __future__ import annotations

from policy.rule import Properties, count, is_true, listed, rule

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
TLS_POLICIES = (
    "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-FIPS-PQ-2025-09",
)
"""Those of AWS's that refuse TLS before 1.2 and ciphers without forward secrecy, and have a post-quantum key exchange."""


@rule(
    BALANCER,
    ids=("ELB.4", "CKV_AWS_131"),
    passes={"dropInvalidHeaderFields": True},
    fails={"loadBalancerType": "application"},
)
def invalid_headers_are_dropped(balancer: Properties) -> str | None:
    """Headers that are no HTTP headers do not reach the service."""
    return (
        None
        if balancer.get("dropInvalidHeaderFields") is True
        else "dropInvalidHeaderFields is not set; it must be true."
    )


@rule(
    BALANCER,
    ids=("ELB.12", "CKV_AWS_328"),
    passes={"desyncMitigationMode": "defensive"},
    fails={"desyncMitigationMode": "monitor"},
)
def ambiguous_requests_are_refused(balancer: Properties) -> str | None:
    """Requests that two servers could read in two ways are stopped (request smuggling)."""
    mode = balancer.get("desyncMitigationMode")
    return (
        None
        if mode in ("defensive", "strictest")
        else f"desyncMitigationMode is {mode}; state 'defensive' or 'strictest'."
    )


@rule(
    BALANCER,
    ids=("ELB.5", "CKV_AWS_91"),
    passes={"accessLogs": {"bucket": "logs", "enabled": True}},
    fails={"accessLogs": {"bucket": "logs"}},
)
def requests_are_logged(balancer: Properties) -> str | None:
    """Every request is in an access log."""
    enabled = is_true((balancer.get("accessLogs") or {}).get("enabled"))
    return None if enabled else "accessLogs.enabled is not set; it must be true, with a bucket."


@rule(
    BALANCER, ids=("ELB.13",), passes={"subnets": ["subnet-1", "subnet-2"]}, fails={"subnets": ["subnet-1"]}
)
def load_balancers_span_zones(balancer: Properties) -> str | None:
    """A load balancer stands in at least two zones."""
    zones = count(balancer.get("subnets")) + count(balancer.get("subnetMappings"))
    return None if zones > 1 else f"subnets has {zones}; at least 2 are needed."


@rule(
    BALANCER,
    ids=("ELB.6", "CKV_AWS_150"),
    passes={"enableDeletionProtection": True},
    fails={"enableDeletionProtection": False},
    protected=True,
)
def load_balancers_cannot_be_deleted_by_mistake(balancer: Properties) -> str | None:
    """Deleting a load balancer takes two steps."""
    return (
        None
        if balancer.get("enableDeletionProtection") is True
        else "enableDeletionProtection is not set; it must be true."
    )


@rule(
    LISTENER,
    ids=("ELB.1", "CKV_AWS_2", "CKV2_AWS_20"),
    passes={
        "protocol": "HTTP",
        "defaultActions": [{"type": "redirect", "redirect": {"protocol": "HTTPS", "statusCode": "HTTP_301"}}],
    },
    fails={"protocol": "HTTP", "defaultActions": [{"type": "forward", "targetGroupArn": "arn"}]},
    protected=True,
)
def plain_http_is_redirected(listener: Properties) -> str | None:
    """Who comes by plain HTTP is sent to HTTPS."""
    if listener.get("protocol") != "HTTP":
        return None
    actions = listed(listener.get("defaultActions"))
    redirected = [action for action in actions if (action.get("redirect") or {}).get("protocol") == "HTTPS"]
    return (
        None
        if redirected and len(redirected) == len(actions)
        else "Its default action is no redirect to HTTPS."
    )


@rule(
    LISTENER,
    ids=("CKV_AWS_103",),
    passes={"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"},
    fails={"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-2016-08"},
)
def tls_is_of_today(listener: Properties) -> str | None:
    """TLS 1.2 or later, ciphers with forward secrecy, and a key exchange that quantum computers do not break."""
    policy = listener.get("sslPolicy")
    if listener.get("protocol") not in ("HTTPS", "TLS") or policy in TLS_POLICIES:
        return None
    return f"sslPolicy is {policy}; allowed are {', '.join(TLS_POLICIES)}."


@rule(
    "aws:acm/certificate:Certificate",
    ids=("ACM.1", "ACM.2"),
    passes={"domainName": "api.example.com", "validationMethod": "DNS"},
    fails={"domainName": "api.example.com", "validationMethod": "EMAIL"},
)
def certificates_renew_themselves(certificate: Properties) -> str | None:
    """Certificates are validated in DNS, so they renew themselves, and have no key shorter than 2048 bits."""
    if certificate.get("keyAlgorithm") == "RSA_1024":
        return "keyAlgorithm is RSA_1024; leave it out or choose a longer one."
    method = certificate.get("validationMethod")
    return None if method == "DNS" else f"validationMethod is {method}; it must be 'DNS'."
