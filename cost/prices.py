"""List prices in US dollars, without tax, each with where it was read. What nobody could be found to state is not here.

AWS changes prices seldom and tells nobody: look at https://aws.amazon.com/ec2/pricing/on-demand/ before relying on them.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

READ = date(2026, 11, 21)
"""The day on which the sources were read; their own dates stand with them."""
HOURS_A_MONTH = 730
"""As AWS's own calculator has it."""


class Source(Enum):
    """Where a price was read."""

    CATALOG = "skypilot-org/skypilot-catalog, catalogs/v8/aws/vms.csv at 00148f2, made from AWS's price list"
    KARPENTER = (
        "aws/karpenter-provider-aws, pkg/providers/pricing/zz_generated.pricing_aws.go, made on 2026-01-19"
    )
    LIST_READ_FOR_LOAD_BALANCERS = "mattrobinsonsre/terrapod issue 977 of 2026-07-22, from AWS's price list"
    LIST_READ_FOR_GATEWAYS = "mattrobinsonsre/terrapod pull request 966 of 2026-07-22, from AWS's price list"
    COST_EXPORT = "a line of 2024-09-17 in an AWS cost export for eu-central-1, SKU UZQQFKE5Z4MCF9D5"
    LIST_READ_FOR_A_LESSON = (
        "ChiefGyk3D/Clouds-Against-Humanity, wiki page Provider-AWS-Cost-Lesson of 2026-10-16"
    )
    VOLUMES_IN_FRANKFURT = "https://hendric-jabs.de/2023/11/02/gp3-in-2-minuten/"
    ADDRESSES = (
        "https://github.com/cmbuckley/cmbuckley.github.io, post of 2024-01-28: the same in every region"
    )
    EKS = "https://aws.amazon.com/eks/pricing/ as others quoted it on 2026-07-08: the same in every region"
    AUTO_MODE = (
        "https://www.factualminds.com/blog/amazon-eks-pricing-control-plane-addons-auto-mode/ of 2026-06-13"
    )
    WEB_ACL = (
        "https://c3x.dev/blog/aws-waf-cost-explained/; the same in every region, says AWS's networking blog"
    )


class Item(Enum):
    """What is paid besides instances, by the unit for which it is."""

    LOAD_BALANCER = "application load balancer, an hour"
    NAT_GATEWAY = "NAT gateway, an hour"
    PUBLIC_ADDRESS = "public IPv4 address, an hour"
    VOLUME = "GiB of gp3, a month"
    CLUSTER = "cluster of EKS in standard support, an hour"
    WEB_ACL = "web ACL, a month"
    WEB_ACL_RULE = "rule of a web ACL, a month"


@dataclass(frozen=True)
class Price:
    """US dollars for one unit."""

    amount: Decimal
    source: Source


_CATALOG = {
    "eu-central-1": """
        m7g.medium 0.0489   m7g.large 0.0978
        m7i.large 0.12075   m7i.xlarge 0.2415
        t4g.nano 0.0048     t4g.micro 0.0096    t4g.small 0.0192
        t3.nano 0.006       t3.micro 0.012      t3.small 0.024      t3.medium 0.048
        t3.large 0.096      t3.xlarge 0.192""",
    "eu-west-1": """
        m7g.medium 0.0455   m7g.large 0.091
        m7i.large 0.11235   m7i.xlarge 0.2247
        t4g.nano 0.0046     t4g.micro 0.0092    t4g.small 0.0184    t4g.xlarge 0.1472
        t3.nano 0.0057      t3.micro 0.0114     t3.small 0.0228     t3.medium 0.0456
        t3.large 0.0912     t3.xlarge 0.1824""",
}
_KARPENTER = {
    "us-east-1": """
        c7g.medium 0.0363   c7g.large 0.0725    c7g.xlarge 0.145    c7g.2xlarge 0.29
        c7i.large 0.08925   c7i.xlarge 0.1785   c7i.2xlarge 0.357
        c8g.medium 0.03988  c8g.large 0.07976   c8g.xlarge 0.15952  c8g.2xlarge 0.31904
        c8i.large 0.09371   c8i.xlarge 0.18742  c8i.2xlarge 0.37484
        m7g.medium 0.0408   m7g.large 0.0816    m7g.xlarge 0.1632   m7g.2xlarge 0.3264
        m7i.large 0.1008    m7i.xlarge 0.2016   m7i.2xlarge 0.4032
        m8g.medium 0.04488  m8g.large 0.08976   m8g.xlarge 0.17952  m8g.2xlarge 0.35904
        m8i.large 0.10584   m8i.xlarge 0.21168  m8i.2xlarge 0.42336
        r7g.medium 0.0536   r7g.large 0.1071    r7g.xlarge 0.2142   r7g.2xlarge 0.4284
        r7i.large 0.1323    r7i.xlarge 0.2646   r7i.2xlarge 0.5292
        t4g.nano 0.0042     t4g.micro 0.0084    t4g.small 0.0168    t4g.medium 0.0336
        t4g.large 0.0672    t4g.xlarge 0.1344   t4g.2xlarge 0.2688
        t3.nano 0.0052      t3.micro 0.0104     t3.small 0.0208     t3.medium 0.0416
        t3.large 0.0832     t3.xlarge 0.1664    t3.2xlarge 0.3328""",
}


def _table(text: str, source: Source) -> dict[str, Price]:
    words = text.split()
    return {
        kind: Price(Decimal(amount), source) for kind, amount in zip(words[::2], words[1::2], strict=True)
    }


INSTANCES: dict[str, dict[str, Price]] = {
    **{region: _table(text, Source.CATALOG) for region, text in _CATALOG.items()},
    **{region: _table(text, Source.KARPENTER) for region, text in _KARPENTER.items()},
}
"""On demand, Linux, shared hardware, an hour; by region and type."""

_EVERYWHERE = {
    Item.PUBLIC_ADDRESS: Price(Decimal("0.005"), Source.ADDRESSES),
    Item.CLUSTER: Price(Decimal("0.10"), Source.EKS),
    Item.WEB_ACL: Price(Decimal(5), Source.WEB_ACL),
    Item.WEB_ACL_RULE: Price(Decimal(1), Source.WEB_ACL),
}
_ITEMS: dict[str, dict[Item, Price]] = {
    "us-east-1": {
        Item.LOAD_BALANCER: Price(Decimal("0.0225"), Source.LIST_READ_FOR_LOAD_BALANCERS),
        Item.NAT_GATEWAY: Price(Decimal("0.045"), Source.LIST_READ_FOR_GATEWAYS),
        Item.VOLUME: Price(Decimal("0.08"), Source.LIST_READ_FOR_A_LESSON),
    },
    "eu-central-1": {
        Item.LOAD_BALANCER: Price(Decimal("0.027"), Source.COST_EXPORT),
        Item.VOLUME: Price(Decimal("0.0952"), Source.VOLUMES_IN_FRANKFURT),
    },
}


def instance(region: str, kind: str) -> Price | None:
    """An instance type's price for an hour, None where none was found."""
    return INSTANCES.get(region, {}).get(kind)


def auto_mode(region: str, kind: str) -> Price | None:
    """What EKS takes for an hour of such a node, on top: about 12 % of the instance's price."""
    found = instance(region, kind)
    return Price(found.amount * Decimal("0.12"), Source.AUTO_MODE) if found else None


def item(region: str, what: Item) -> Price | None:
    """The price for one unit of `what`, None where none was found."""
    return _EVERYWHERE.get(what) or _ITEMS.get(region, {}).get(what)
