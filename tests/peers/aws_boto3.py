"""boto3 against paddock-sim: prints "ok NAME" or "not ok NAME: WHY" lines."""

import datetime

import boto3
import botocore.auth
import botocore.exceptions

REGION = "eu-west-1"


def check(name, good, why=""):
    print(("ok " if good else "not ok ") + name + ("" if good else f": {why}"))


def code_of(call):
    try:
        call()
    except botocore.exceptions.ClientError as e:
        error = e.response["Error"]
        return e.response["ResponseMetadata"]["HTTPStatusCode"], error["Code"]
    return 200, ""


asg = boto3.client("autoscaling", region_name=REGION)
ec2 = boto3.client("ec2", region_name=REGION)
eks = boto3.client("eks", region_name=REGION)

# Every page once, in whatever size.
for size in (1, 2, 50):
    names = [
        g["AutoScalingGroupName"]
        for page in asg.get_paginator("describe_auto_scaling_groups").paginate(
            PaginationConfig={"PageSize": size}
        )
        for g in page["AutoScalingGroups"]
    ]
    check(f"groups in pages of {size}", sorted(names) == [
        "amd64-general", "arm64-spot", "management"], names)
activities = [
    a
    for page in asg.get_paginator("describe_scaling_activities").paginate(
        AutoScalingGroupName="amd64-general",
        PaginationConfig={"PageSize": 2},
    )
    for a in page["Activities"]
]
ids = [a["ActivityId"] for a in activities]
check("activities in pages", len(ids) == len(set(ids)) and len(ids) > 3, ids)
starts = [a["StartTime"] for a in activities]
check("newest first", starts == sorted(starts, reverse=True), starts)
check("times are times", isinstance(starts[0], datetime.datetime), starts[0])

types = [
    t["InstanceType"]
    for page in ec2.get_paginator("describe_instance_types").paginate(
        PaginationConfig={"PageSize": 20}
    )
    for t in page["InstanceTypes"]
]
check("types in pages", len(types) == len(set(types)) >= 60, len(types))
gpu = ec2.describe_instance_types(InstanceTypes=["g5.xlarge"])
check("a GPU type",
      gpu["InstanceTypes"][0]["GpuInfo"]["Gpus"][0]["Name"] == "A10G", gpu)

group = asg.describe_auto_scaling_groups(
    AutoScalingGroupNames=["amd64-general"])["AutoScalingGroups"][0]
check("numbers are numbers", isinstance(group["DesiredCapacity"], int))
check("flags are flags",
      group["NewInstancesProtectedFromScaleIn"] is False)
check("tags keep their order and case", {
    "eks:cluster-name", "eks:nodegroup-name",
    "k8s.io/cluster-autoscaler/enabled",
} <= {t["Key"] for t in group["Tags"]})
instances = ec2.describe_instances(
    InstanceIds=[i["InstanceId"] for i in group["Instances"]])
found = [i for r in instances["Reservations"] for i in r["Instances"]]
check("EC2 knows the group's instances",
      {i["InstanceId"] for i in found}
      == {i["InstanceId"] for i in group["Instances"]})
check("and where they stand",
      {i["Placement"]["AvailabilityZone"] for i in found}
      <= {"eu-west-1a", "eu-west-1b"})

cluster = eks.describe_cluster(name="ci-prod")["cluster"]
check("a cluster's times are times",
      isinstance(cluster["createdAt"], datetime.datetime))

# Odd texts come back as they went.
text = "a b+c&d=e%20/é\u4e2d"
asg.create_or_update_tags(Tags=[{
    "ResourceId": "arm64-spot", "ResourceType": "auto-scaling-group",
    "Key": "odd", "Value": text, "PropagateAtLaunch": False}])
back = asg.describe_tags(Filters=[{"Name": "key", "Values": ["odd"]}])
check("odd texts survive", back["Tags"][0]["Value"] == text, back["Tags"])

# A clock that is an hour wrong.  (botocore corrects itself by the Date header
# for some services; here it is told not to try again.)
class Late(datetime.datetime):
    @classmethod
    def utcnow(cls):
        return super().utcnow() - datetime.timedelta(hours=1)

    @classmethod
    def now(cls, tz=None):
        return super().now(tz) - datetime.timedelta(hours=1)


def late_call(service, call):
    real = botocore.auth.datetime
    module = type("m", (), {"datetime": Late, "timezone": real.timezone}) \
        if hasattr(real, "datetime") else Late
    current = getattr(botocore.auth, "get_current_datetime", None)
    try:
        botocore.auth.datetime = module
        if current:
            botocore.auth.get_current_datetime = (
                lambda *a, **k: current(*a, **k)
                - datetime.timedelta(hours=1))
        client = boto3.client(
            service, region_name=REGION,
            config=botocore.config.Config(
                retries={"total_max_attempts": 1}))
        return code_of(lambda: call(client))
    finally:
        botocore.auth.datetime = real
        if current:
            botocore.auth.get_current_datetime = current


status, code = late_call(
    "autoscaling", lambda c: c.describe_auto_scaling_groups())
check("a late clock is refused", (status, code)
      == (403, "SignatureDoesNotMatch"), (status, code))
status, code = late_call("ec2", lambda c: c.describe_subnets())
check("by EC2 too", (status, code) == (400, "RequestExpired"),
      (status, code))

status, code = code_of(lambda: asg.set_desired_capacity(
    AutoScalingGroupName="amd64-general", DesiredCapacity=99))
check("a refusal is HTTP 400", (status, code) == (400, "ValidationError"),
      (status, code))
status, code = code_of(lambda: eks.describe_cluster(name="nobody"))
check("no such cluster is HTTP 404",
      (status, code) == (404, "ResourceNotFoundException"), (status, code))
status, code = code_of(lambda: asg.describe_auto_scaling_groups(
    NextToken="nonsense"))
check("a made-up token is refused", code == "InvalidNextToken",
      (status, code))
print("done")
