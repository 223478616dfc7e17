"""Calls for networks and who reaches what in them: by type, the actions of IAM in each AWS service.

Each line reads: make, change, read, delete. From the source of the provider's resources (hashicorp/terraform-provider-aws,
internal/service) and from the actions that AWS's Service Authorization Reference names as required by them. No account was asked.
"""

from collections.abc import Mapping

TAGS = "CreateTags DeleteTags"

CALLS: Mapping[str, Mapping[str, str]] = {
    "aws:ec2/vpc:Vpc": {
        "ec2": f"CreateVpc {TAGS} ModifyVpcAttribute DescribeVpcs DescribeVpcAttribute DescribeNetworkAcls DescribeRouteTables "
        "DescribeSecurityGroups DeleteVpc"
    },
    "aws:ec2/subnet:Subnet": {
        "ec2": f"CreateSubnet {TAGS} ModifySubnetAttribute DescribeSubnets DescribeNetworkInterfaces DeleteSubnet"
    },
    "aws:ec2/internetGateway:InternetGateway": {
        "ec2": f"CreateInternetGateway {TAGS} AttachInternetGateway DescribeInternetGateways DetachInternetGateway "
        "DeleteInternetGateway"
    },
    "aws:ec2/eip:Eip": {
        "ec2": f"AllocateAddress {TAGS} AssociateAddress DescribeAddresses DescribeAddressesAttribute DisassociateAddress "
        "ReleaseAddress"
    },
    "aws:ec2/natGateway:NatGateway": {"ec2": f"CreateNatGateway {TAGS} DescribeNatGateways DeleteNatGateway"},
    "aws:ec2/routeTable:RouteTable": {
        "ec2": f"CreateRouteTable {TAGS} DescribeRouteTables DisassociateRouteTable DeleteRouteTable"
    },
    "aws:ec2/route:Route": {"ec2": "CreateRoute ReplaceRoute DescribeRouteTables DeleteRoute"},
    "aws:ec2/routeTableAssociation:RouteTableAssociation": {
        "ec2": "AssociateRouteTable ReplaceRouteTableAssociation DescribeRouteTables DisassociateRouteTable"
    },
    "aws:ec2/vpcEndpoint:VpcEndpoint": {
        "ec2": f"CreateVpcEndpoint {TAGS} ModifyVpcEndpoint DescribeVpcEndpoints DescribePrefixLists DeleteVpcEndpoints"
    },
    "aws:ec2/flowLog:FlowLog": {
        "ec2": f"CreateFlowLogs {TAGS} DescribeFlowLogs DeleteFlowLogs",
        "iam": "PassRole",
    },
    "aws:ec2/securityGroup:SecurityGroup": {
        "ec2": f"CreateSecurityGroup {TAGS} RevokeSecurityGroupEgress RevokeSecurityGroupIngress DescribeSecurityGroups "
        "DescribeNetworkInterfaces DeleteSecurityGroup"
    },
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {
        "ec2": f"{TAGS} RevokeSecurityGroupEgress RevokeSecurityGroupIngress DescribeSecurityGroups"
    },
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {
        "ec2": f"AuthorizeSecurityGroupEgress {TAGS} ModifySecurityGroupRules DescribeSecurityGroupRules "
        "RevokeSecurityGroupEgress"
    },
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
        "ec2": f"AuthorizeSecurityGroupIngress {TAGS} ModifySecurityGroupRules DescribeSecurityGroupRules "
        "RevokeSecurityGroupIngress"
    },
    "aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint": {
        "ec2": f"CreateInstanceConnectEndpoint CreateNetworkInterface {TAGS} DescribeInstanceConnectEndpoints "
        "DeleteInstanceConnectEndpoint",
        "iam": "CreateServiceLinkedRole",
    },
}
OWN: Mapping[str, Mapping[str, str]] = {
    "a tunnel to a host (components/aws/tunnel.py)": {
        "ec2": "DescribeInstances DescribeInstanceConnectEndpoints",
        "ec2-instance-connect": "OpenTunnel",
    },
}
"""What the deployer asks for itself, beside the provider."""
