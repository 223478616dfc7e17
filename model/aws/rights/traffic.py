"""Calls for what stands before machines and looks after them: see network.py, which reads the same way."""

from collections.abc import Mapping

TAGS = "AddTags RemoveTags DescribeTags"
MARKS = "TagResource UntagResource ListTagsForResource"

CALLS: Mapping[str, Mapping[str, str]] = {
    "aws:lb/loadBalancer:LoadBalancer": {
        "elasticloadbalancing": f"CreateLoadBalancer {TAGS} ModifyLoadBalancerAttributes SetSecurityGroups SetSubnets "
        "SetIpAddressType DescribeLoadBalancers DescribeLoadBalancerAttributes DescribeCapacityReservation DeleteLoadBalancer",
        "ec2": "DescribeNetworkInterfaces",
        "iam": "CreateServiceLinkedRole",
    },
    "aws:lb/targetGroup:TargetGroup": {
        "elasticloadbalancing": f"CreateTargetGroup {TAGS} ModifyTargetGroup ModifyTargetGroupAttributes DescribeTargetGroups "
        "DescribeTargetGroupAttributes DeleteTargetGroup"
    },
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": {
        "elasticloadbalancing": "RegisterTargets DescribeTargetHealth DeregisterTargets"
    },
    "aws:lb/listener:Listener": {
        "elasticloadbalancing": f"CreateListener {TAGS} ModifyListener ModifyListenerAttributes DescribeListeners "
        "DescribeListenerAttributes DeleteListener"
    },
    "aws:acm/certificate:Certificate": {
        "acm": "RequestCertificate AddTagsToCertificate UpdateCertificateOptions RemoveTagsFromCertificate DescribeCertificate "
        "ListTagsForCertificate DeleteCertificate"
    },
    "aws:acm/certificateValidation:CertificateValidation": {"acm": "DescribeCertificate"},
    "aws:route53/record:Record": {
        "route53": "ChangeResourceRecordSets GetChange GetHostedZone ListResourceRecordSets"
    },
    "aws:route53/zone:Zone": {
        "route53": "CreateHostedZone ChangeTagsForResource UpdateHostedZoneComment GetChange GetHostedZone "
        "ListResourceRecordSets ListTagsForResource GetDNSSEC ChangeResourceRecordSets DeleteHostedZone"
    },
    "aws:route53/healthCheck:HealthCheck": {
        "route53": "CreateHealthCheck ChangeTagsForResource UpdateHealthCheck GetHealthCheck ListTagsForResource "
        "DeleteHealthCheck"
    },
    "aws:globalaccelerator/accelerator:Accelerator": {
        "globalaccelerator": f"CreateAccelerator {MARKS} UpdateAccelerator UpdateAcceleratorAttributes DescribeAccelerator "
        "DescribeAcceleratorAttributes DeleteAccelerator",
        "iam": "CreateServiceLinkedRole",
    },
    "aws:globalaccelerator/listener:Listener": {
        "globalaccelerator": "CreateListener UpdateListener DescribeListener DescribeAccelerator DeleteListener"
    },
    "aws:globalaccelerator/endpointGroup:EndpointGroup": {
        "globalaccelerator": "CreateEndpointGroup UpdateEndpointGroup DescribeEndpointGroup DescribeAccelerator "
        "DeleteEndpointGroup",
        "elasticloadbalancing": "DescribeLoadBalancers",
    },
    "aws:wafv2/webAcl:WebAcl": {
        "wafv2": f"CreateWebACL {MARKS} UpdateWebACL GetWebACL DeleteWebACL",
    },
    "aws:wafv2/webAclAssociation:WebAclAssociation": {
        "wafv2": "AssociateWebACL GetWebACL GetWebACLForResource DisassociateWebACL",
        "elasticloadbalancing": "SetWebAcl",
    },
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": {
        "wafv2": "PutLoggingConfiguration GetLoggingConfiguration DeleteLoggingConfiguration",
        "logs": "CreateLogDelivery PutResourcePolicy DescribeResourcePolicies DescribeLogGroups DeleteLogDelivery",
        "iam": "CreateServiceLinkedRole",
    },
    "aws:cloudwatch/logGroup:LogGroup": {
        "logs": f"CreateLogGroup {MARKS} PutRetentionPolicy DeleteRetentionPolicy DescribeLogGroups DeleteLogGroup"
    },
    "aws:cloudwatch/metricAlarm:MetricAlarm": {
        "cloudwatch": f"PutMetricAlarm {MARKS} DescribeAlarms DeleteAlarms"
    },
    "aws:cloudwatch/dashboard:Dashboard": {"cloudwatch": "PutDashboard GetDashboard DeleteDashboards"},
    "aws:sns/topic:Topic": {"sns": f"CreateTopic {MARKS} SetTopicAttributes GetTopicAttributes DeleteTopic"},
    "aws:sns/topicSubscription:TopicSubscription": {
        "sns": "Subscribe SetSubscriptionAttributes GetSubscriptionAttributes ListSubscriptionsByTopic Unsubscribe"
    },
}
OWN: Mapping[str, Mapping[str, str]] = {
    "whether a load balancer trusts a machine (targets/waits.py)": {
        "elasticloadbalancing": "DescribeTargetHealth"
    },
    "alarms that stop a release (targets/alarms.py)": {"cloudwatch": "DescribeAlarms"},
}
"""What the deployer asks for itself, beside the provider."""
