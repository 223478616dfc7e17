"""What instances of a pretended auto-scaling group are made from, as AWS tells it."""

from plugins.values import Values


def configuration(inputs: Values) -> Values:
    """As AWS tells it, from what the provider takes."""
    if mixed := inputs.get("mixedInstancesPolicy"):
        template, spread = mixed["launchTemplate"], mixed.get("instancesDistribution") or {}
        named = template["launchTemplateSpecification"]
        return {
            "MixedInstancesPolicy": {
                "LaunchTemplate": {
                    "LaunchTemplateSpecification": {
                        "LaunchTemplateId": named["launchTemplateId"],
                        "Version": named["version"],
                    },
                    "Overrides": [
                        {"InstanceType": each["instanceType"]} for each in template.get("overrides") or []
                    ],
                },
                "InstancesDistribution": {
                    "OnDemandBaseCapacity": spread.get("onDemandBaseCapacity", 0),
                    "OnDemandPercentageAboveBaseCapacity": spread.get(
                        "onDemandPercentageAboveBaseCapacity", 100
                    ),
                },
            }
        }
    return {
        "LaunchTemplate": {
            "LaunchTemplateId": inputs["launchTemplate"]["id"],
            "Version": inputs["launchTemplate"]["version"],
        }
    }


def version_of(configuration: Values) -> str:
    """Of its launch template."""
    if mixed := configuration.get("MixedInstancesPolicy"):
        return str(mixed["LaunchTemplate"]["LaunchTemplateSpecification"]["Version"])
    return str(configuration["LaunchTemplate"]["Version"])
