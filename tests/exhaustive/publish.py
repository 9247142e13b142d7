"""What the tests of exports need of Python: an HCL parser, and boto3 against moto, which stands for AWS."""
import json
import sys
import warnings


def hcl(path):
    import hcl2

    with open(path) as source:
        return hcl2.load(source)


def typed_load_balancers():
    """moto 5.2.5 forgets the type of a load balancer that a template makes, and takes it for an application one."""
    from moto.elbv2.models import FakeLoadBalancer, elbv2_backends

    def create(cls, resource_name, cloudformation_json, account_id, region_name, **_kwargs):
        properties = cloudformation_json["Properties"]
        return elbv2_backends[account_id][region_name].create_load_balancer(
            resource_name,
            properties.get("SecurityGroups"),
            properties.get("Subnets"),
            scheme=properties.get("Scheme", "internet-facing"),
            loadbalancer_type=properties.get("Type"),
        )

    FakeLoadBalancer.create_from_cloudformation_json = classmethod(create)


def deploy(path, region, moto):
    """Makes the network that a template names, then the template, and tells what is there afterwards."""
    import os

    from moto import mock_aws

    if moto == "mended":
        typed_load_balancers()
    os.environ.update(AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing", AWS_DEFAULT_REGION=region)
    with mock_aws(), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        told = deployed(path)
    told["skipped"] = sorted({str(one.message) for one in caught if "support" in str(one.message)})
    return told


def deployed(path):
    import boto3
    from botocore.exceptions import ClientError

    ec2, formation, balancing = boto3.client("ec2"), boto3.client("cloudformation"), boto3.client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.50.0.0/16")["Vpc"]["VpcId"]
    zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]]
    with open(path) as source:
        template = source.read().replace("vpc-0000000000000000a", vpc)
    for index, letter in enumerate("ab"):
        block = f"10.50.{index}.0/24"
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zones[index])["Subnet"]["SubnetId"]
        template = template.replace(f"subnet-0000000000000000{letter}", subnet)
    group = ec2.create_security_group(GroupName="targets", Description="targets", VpcId=vpc)["GroupId"]
    template = template.replace("sg-0000000000000000c", group)
    told = {}
    try:
        formation.create_stack(StackName="registry", TemplateBody=template)
        told["status"] = formation.describe_stacks(StackName="registry")["Stacks"][0]["StackStatus"]
    except ClientError as error:
        told["refused"] = error.response["Error"]["Message"]
    told["balancers"] = balancing.describe_load_balancers()["LoadBalancers"]
    told["groups"] = balancing.describe_target_groups()["TargetGroups"]
    told["listeners"] = [
        listener
        for balancer in told["balancers"]
        for listener in balancing.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    ]
    told["health"] = [
        target["Target"]
        for one in told["groups"]
        for target in balancing.describe_target_health(TargetGroupArn=one["TargetGroupArn"])["TargetHealthDescriptions"]
    ]
    names = [{"Name": "group-name", "Values": ["nlb-*"]}]
    told["securityGroups"] = ec2.describe_security_groups(Filters=names)["SecurityGroups"]
    told["services"] = ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"]
    told["alarms"] = len(boto3.client("cloudwatch").describe_alarms()["MetricAlarms"])
    return told


COMMANDS = {"hcl": hcl, "deploy": deploy}
print(json.dumps(COMMANDS[sys.argv[1]](*sys.argv[2:]), default=str))
