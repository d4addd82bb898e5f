"""Instances replaced in a planned way, through boto3: instance refreshes,
health said by hand, a node group's update without surplus.

Prints "ok NAME" or "not ok NAME: WHY" lines, and "done" at its end.
"""

import json
import os
import urllib.request

import boto3
import botocore.exceptions

import aws_strict

REGION = os.environ["AWS_REGION"]
URL = os.environ["AWS_ENDPOINT_URL"]
GROUP, CLUSTER = "amd64-general", "ci-prod"


def check(name, good, why=""):
    print(("ok " if good else "not ok ") + name + ("" if good else f": {why}"))


def refused(name, code, call, part=""):
    try:
        call()
    except botocore.exceptions.ClientError as e:
        error = e.response["Error"]
        check(name, error["Code"] == code and part in error["Message"], error)
        return
    check(name, False, "succeeded")


def sim(path):
    request = urllib.request.Request(URL + "/sim/" + path, method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


asg, eks, cw = (aws_strict.watch(boto3.client(s, region_name=REGION))
                for s in ("autoscaling", "eks", "cloudwatch"))
sim("pause")


def alive(name=GROUP):
    group = asg.describe_auto_scaling_groups(
        AutoScalingGroupNames=[name])["AutoScalingGroups"][0]
    return {i["InstanceId"] for i in group["Instances"]
            if i["LifecycleState"] == "InService"}


def refreshes(**more):
    return asg.describe_instance_refreshes(
        AutoScalingGroupName=GROUP, **more)["InstanceRefreshes"]


# ---- instance refreshes ----

check("none yet", refreshes() == [])
refused("cancel what does not go on", "ActiveInstanceRefreshNotFound",
        lambda: asg.cancel_instance_refresh(AutoScalingGroupName=GROUP))
old = alive()
first = asg.start_instance_refresh(
    AutoScalingGroupName=GROUP,
    Preferences={"MinHealthyPercentage": 60, "InstanceWarmup": 30})[
        "InstanceRefreshId"]
refused("one at a time", "InstanceRefreshInProgress",
        lambda: asg.start_instance_refresh(AutoScalingGroupName=GROUP),
        "already in progress and blocks")
refused("a percentage there is not", "ValidationError",
        lambda: asg.start_instance_refresh(
            AutoScalingGroupName="arm64-spot",
            Preferences={"MinHealthyPercentage": 101}))
refused("of no group", "ValidationError",
        lambda: asg.start_instance_refresh(AutoScalingGroupName="nobody"),
        "AutoScalingGroup name not found")
fewest, seen = 99, set()
for _ in range(240):
    sim("advance?by=30s")
    fewest = min(fewest, len(alive()))
    now = refreshes()[0]
    seen.add(now["Status"])
    if now["Status"] not in ("Pending", "InProgress"):
        break
check("it succeeds", now["Status"] == "Successful"
      and now["PercentageComplete"] == 100, now)
check("having been under way", "InProgress" in seen, seen)
check("every instance is another", not alive() & old and len(alive()) == 3,
      (old, alive()))
check("as many in service as were to stay", fewest >= 2, fewest)
check("activities say why", any(
    "in response to an instance refresh." in a["Cause"]
    for a in asg.describe_scaling_activities(
        AutoScalingGroupName=GROUP)["Activities"]))
second = asg.start_instance_refresh(
    AutoScalingGroupName=GROUP, Preferences={"SkipMatching": True})[
        "InstanceRefreshId"]
sim("advance?by=30s")
check("nothing to do is done at once", refreshes()[0]["Status"]
      == "Successful" and refreshes()[0]["InstanceRefreshId"] == second,
      refreshes())
check("by id", [r["InstanceRefreshId"] for r in refreshes(
    InstanceRefreshIds=[first])] == [first])
check("in pages", [r["InstanceRefreshId"] for p in (
    refreshes(MaxRecords=1),) for r in p] == [second])
asg.start_instance_refresh(AutoScalingGroupName=GROUP)
asg.cancel_instance_refresh(AutoScalingGroupName=GROUP)
sim("advance?by=30s")
check("cancelled", refreshes()[0]["Status"] == "Cancelled", refreshes()[0])
sim("advance?by=10m")

# ---- health ----

sick = sorted(alive())[0]
asg.set_instance_health(InstanceId=sick, HealthStatus="Unhealthy")
sim("advance?by=40m")
check("an instance called unhealthy is replaced",
      sick not in alive() and len(alive()) == 3, alive())
refused("a health there is not", "ValidationError",
        lambda: asg.set_instance_health(InstanceId=sick, HealthStatus="Odd"))

# ---- EKS: MINIMAL takes nodes down before it brings others up ----

ng = {"clusterName": CLUSTER, "nodegroupName": "management"}
eks.update_nodegroup_config(**ng, updateConfig={
    "maxUnavailable": 1, "updateStrategy": "MINIMAL"})
sim("advance?by=2m")
check("the strategy is kept", eks.describe_nodegroup(**ng)["nodegroup"][
    "updateConfig"]["updateStrategy"] == "MINIMAL")
old, most = alive("management"), 0
update = eks.update_nodegroup_version(**ng, force=True)["update"]["id"]
for _ in range(60):
    sim("advance?by=60s")
    most = max(most, len(alive("management")))
    state = eks.describe_update(name=CLUSTER, updateId=update,
                                nodegroupName="management")["update"]
    if state["status"] != "InProgress":
        break
check("it succeeds without surplus", state["status"] == "Successful"
      and most <= len(old), (state, most))
sim("advance?by=5m")
check("every node is another", not alive("management") & old
      and len(alive("management")) == len(old), (old, alive("management")))

# ---- disks ----

now = sim("pause")["time"]
found = cw.get_metric_data(
    MetricDataQueries=[{"Id": "d", "Expression":
                        "SEARCH('{ContainerInsights,ClusterName,InstanceId,"
                        "NodeName} MetricName=\"node_filesystem_utilization\""
                        "', 'Maximum', 60)"}],
    StartTime=now[:14] + "00:00Z", EndTime=now)["MetricDataResults"]
check("every node's disk is measured", len(found) >= 5 and all(
    0 < v < 100 for r in found for v in r["Values"]), found)

check("all answers are as AWS's models have them", not aws_strict.findings,
      aws_strict.findings[:20])
print("done")
