"""Odd and wrong parameters through boto3: what AWS says of them, and answers
that its own models judge.  Prints "ok NAME" or "not ok NAME: WHY" lines."""

import os

import boto3
import botocore.config
import botocore.exceptions

import aws_strict

CLUSTER = "ci-prod"


def check(name, good, why=""):
    print(("ok " if good else "not ok ") + name + ("" if good else f": {why}"))


def client(service):
    return aws_strict.watch(boto3.client(
        service, region_name=os.environ["AWS_REGION"],
        config=botocore.config.Config(parameter_validation=False)))


def refused(name, status, code, part, call):
    try:
        answer = call()
    except botocore.exceptions.ClientError as e:
        error = e.response["Error"]
        got = (e.response["ResponseMetadata"]["HTTPStatusCode"], error["Code"])
        check(name, got == (status, code) and part in error.get("Message", ""),
              (got, error))
        return
    check(name, False, answer)


asg, ec2, eks = client("autoscaling"), client("ec2"), client("eks")
cw, ssm = client("cloudwatch"), client("ssm")
groups = asg.describe_auto_scaling_groups()["AutoScalingGroups"]
first = groups[0]["Instances"][0]["InstanceId"]

# ---- EC2 ----

two = ["i-00000000000000000", "i-00000000000000001"]
refused("two instances that are none", 400, "InvalidInstanceID.NotFound",
        "The instance IDs 'i-00000000000000000, i-00000000000000001' do not",
        lambda: ec2.describe_instances(InstanceIds=[first] + two))


def filtered(name, *values):
    return [i["InstanceId"] for p in ec2.get_paginator(
        "describe_instances").paginate(
            Filters=[{"Name": name, "Values": list(values)}])
        for r in p["Reservations"] for i in r["Instances"]]


everything = filtered("instance-id", "*")
for name, value in (("hypervisor", "xen"), ("tenancy", "default"),
                    ("root-device-type", "ebs"),
                    ("virtualization-type", "hvm"),
                    ("monitoring-state", "disabled")):
    check(f"filter {name}", filtered(name, value) == everything
          and not filtered(name, "other"))
check("values of one filter are alternatives", sorted(filtered(
    "instance-state-name", "running", "terminated")) == sorted(everything))
check("wildcards", filtered("tag:eks:nodegroup-name", "manage*", "?") ==
      filtered("tag:eks:nodegroup-name", "management"))
ec2.terminate_instances(InstanceIds=[groups[-1]["Instances"][0]["InstanceId"]]
                        if groups[-1]["Instances"] else [first])
stopped = [s for s in ec2.describe_instance_status(IncludeAllInstances=True)[
    "InstanceStatuses"] if s["InstanceState"]["Name"] != "running"]
check("what does not run is not checked", stopped and all(
    s["InstanceStatus"] == {"Status": "not-applicable", "Details": []}
    for s in stopped), stopped)

# ---- Auto Scaling: what groups here have none of ----

for call, member in (("describe_policies", "ScalingPolicies"),
                     ("describe_scheduled_actions",
                      "ScheduledUpdateGroupActions"),
                     ("describe_notification_configurations",
                      "NotificationConfigurations")):
    check(call, getattr(asg, call)()[member] == [])
for call, member in (("describe_load_balancers", "LoadBalancers"),
                     ("describe_load_balancer_target_groups",
                      "LoadBalancerTargetGroups"),
                     ("describe_traffic_sources", "TrafficSources")):
    check(call, getattr(asg, call)(
        AutoScalingGroupName=groups[0]["AutoScalingGroupName"])[member] == [])
    refused(call + " of no group", 400, "ValidationError", "not found",
            lambda: getattr(asg, call)(AutoScalingGroupName="nobody"))
refused("rollback of no refresh", 400, "ActiveInstanceRefreshNotFound", "",
        lambda: asg.rollback_instance_refresh(
            AutoScalingGroupName=groups[0]["AutoScalingGroupName"]))
asg.start_instance_refresh(
    AutoScalingGroupName=groups[0]["AutoScalingGroupName"])
refused("rollback of one without a configuration", 400,
        "IrreversibleInstanceRefresh", "", lambda:
        asg.rollback_instance_refresh(
            AutoScalingGroupName=groups[0]["AutoScalingGroupName"]))
refused("an action that is none here", 400, "InvalidAction", "",
        lambda: asg.describe_adjustment_types())

# ---- EKS ----

insight = eks.list_insights(clusterName=CLUSTER)["insights"][0]
check("an insight", insight["category"] == "UPGRADE_READINESS"
      and insight["kubernetesVersion"] == "1.34"
      and insight["insightStatus"]["status"] == "PASSING", insight)
check("described", eks.describe_insight(
    clusterName=CLUSTER, id=insight["id"])["insight"]["name"]
    == insight["name"])
check("filtered away", eks.list_insights(clusterName=CLUSTER, filter={
    "statuses": ["ERROR"]})["insights"] == [])
refused("no such insight", 404, "ResourceNotFoundException", "nope",
        lambda: eks.describe_insight(clusterName=CLUSTER, id="nope"))
arn = eks.describe_cluster(name=CLUSTER)["cluster"]["arn"]
check("tags of the cluster", isinstance(
    eks.list_tags_for_resource(resourceArn=arn)["tags"], dict))
refused("tags of nothing", 404, "NotFoundException", "",
        lambda: eks.list_tags_for_resource(resourceArn=arn + "x"))
check("no Fargate profiles", eks.list_fargate_profiles(
    clusterName=CLUSTER)["fargateProfileNames"] == [])
check("no identity providers", eks.list_identity_provider_configs(
    clusterName=CLUSTER)["identityProviderConfigs"] == [])
refused("no such association", 404, "ResourceNotFoundException", "",
        lambda: eks.describe_pod_identity_association(
            clusterName=CLUSTER, associationId="a-1"))

# ---- SSM and CloudWatch ----

name = ("/aws/service/eks/optimized-ami/1.33/amazon-linux-2023/x86_64/standard"
        "/recommended/image_id")
check("a parameter's version", ssm.get_parameter(Name=name + ":1")[
    "Parameter"]["Value"].startswith("ami-"))
refused("a version that is none", 400, "ParameterNotFound", "",
        lambda: ssm.get_parameter(Name=name + ":2"))


def size(stat):
    return cw.get_metric_data(
        StartTime="2026-02-01T00:00:00Z", EndTime="2026-03-01T00:00:00Z",
        MetricDataQueries=[{"Id": "a", "MetricStat": {
            "Metric": {"Namespace": "AWS/AutoScaling",
                       "MetricName": "GroupDesiredCapacity",
                       "Dimensions": [{
                           "Name": "AutoScalingGroupName",
                           "Value": groups[0]["AutoScalingGroupName"]}]},
            "Period": 3600, "Stat": stat}}])["MetricDataResults"][0]["Values"]


check("percentiles", size("p99.9") and
      all(low <= high for low, high in zip(size("p10"), size("p90"))),
      size("p99.9"))
refused("a percentile that is none", 400, "ValidationError", "p101",
        lambda: size("p101"))

check("all answers are as AWS's models have them", not aws_strict.findings,
      aws_strict.findings[:20])
print("done")
