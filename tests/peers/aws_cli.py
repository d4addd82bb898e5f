"""The AWS CLI's own main(), run in one process for many command lines.

Prints "ok NAME" or "not ok NAME: WHY" lines, and "done" at its end.
"""

import contextlib
import io
import json
import os
import sys
import tempfile
import urllib.request

import awscli.clidriver

URL = os.environ["AWS_ENDPOINT_URL"]
GROUP, CLUSTER = "amd64-general", "ci-prod"


def aws(line, *more):
    """Exit status, standard output and standard error of a command line."""
    out, err = io.StringIO(), io.StringIO()
    args = ["--endpoint-url", URL, "--output", "json", *line.split(), *more]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = awscli.clidriver.create_clidriver().main(args)
        except SystemExit as e:
            status = e.code
    return status, out.getvalue(), err.getvalue()


def check(name, good, why=""):
    print(("ok " if good else "not ok ") + name + ("" if good else f": {why}"))


def does(line, *more, find=None):
    status, out, err = aws(line, *more)
    name = " ".join(line.split()[:2])
    good = status == 0
    value = json.loads(out) if good and out.strip() else {}
    if good and find:
        try:
            good = bool(find(value))
        except (KeyError, IndexError, TypeError) as e:
            good, err = False, repr(e)
    check(name, good, err.strip() or out[:300])
    return value


def fails(code, line, *more):
    status, out, err = aws(line, *more)
    check(f"{code} of {' '.join(line.split()[:2])}",
          status != 0 and f"({code})" in err, (status, err.strip()[:300]))


def advance(by):
    with urllib.request.urlopen(urllib.request.Request(
            URL + "/sim/advance?by=" + by, method="POST"), timeout=60):
        pass


asg = f"--auto-scaling-group-name {GROUP}"
groups = does("autoscaling describe-auto-scaling-groups --max-items 2",
              find=lambda v: len(v["AutoScalingGroups"]) == 2)
does("autoscaling describe-auto-scaling-groups --starting-token",
     groups["NextToken"], find=lambda v: len(v["AutoScalingGroups"]) == 1)
first = does("autoscaling describe-auto-scaling-instances",
             find=lambda v: v["AutoScalingInstances"])["AutoScalingInstances"]
one = next(i["InstanceId"] for i in first
           if i["AutoScalingGroupName"] == GROUP)
does(f"autoscaling describe-scaling-activities {asg} --max-items 1")
does("autoscaling describe-tags --filters Name=key,Values=eks:cluster-name",
     find=lambda v: len(v["Tags"]) == 3)
does("autoscaling describe-launch-configurations")
does(f"autoscaling describe-lifecycle-hooks {asg}",
     find=lambda v: v["LifecycleHooks"][0]["LifecycleHookName"])
does(f"autoscaling describe-warm-pool {asg}")
does(f"autoscaling describe-instance-refreshes {asg}")
does(f"autoscaling start-instance-refresh {asg} --preferences "
     "MinHealthyPercentage=90,SkipMatching=true",
     find=lambda v: v["InstanceRefreshId"])
fails("InstanceRefreshInProgress",
      f"autoscaling start-instance-refresh {asg}")
does(f"autoscaling cancel-instance-refresh {asg}")
advance("1m")
does(f"autoscaling set-instance-health --instance-id {one} "
     "--health-status Healthy")
does("autoscaling describe-account-limits")
does("autoscaling describe-scaling-process-types")
does(f"autoscaling enter-standby {asg} --instance-ids {one} "
     "--should-decrement-desired-capacity",
     find=lambda v: "Standby" in v["Activities"][0]["Description"])
advance("1m")
does(f"autoscaling exit-standby {asg} --instance-ids {one}",
     find=lambda v: v["Activities"][0]["StatusCode"] == "PreInService")
advance("1m")
does(f"autoscaling set-desired-capacity {asg} --desired-capacity 4")
does(f"autoscaling update-auto-scaling-group {asg} --max-size 19")
does(f"autoscaling suspend-processes {asg} --scaling-processes AZRebalance")
does(f"autoscaling resume-processes {asg}")
does(f"autoscaling set-instance-protection {asg} --instance-ids {one} "
     "--no-protected-from-scale-in")
tag = "ResourceId=arm64-spot,ResourceType=auto-scaling-group,Key=team"
does(f"autoscaling create-or-update-tags --tags {tag},Value=ci,"
     "PropagateAtLaunch=true")
does(f"autoscaling delete-tags --tags {tag}")
does("autoscaling terminate-instance-in-auto-scaling-group "
     f"--instance-id {one} --should-decrement-desired-capacity",
     find=lambda v: v["Activity"]["ActivityId"])
fails("ScalingActivityInProgress",
      f"autoscaling set-desired-capacity {asg} --desired-capacity 5 "
      "--honor-cooldown")

for line in ("describe-instances --max-items 1", "describe-instance-status",
             "describe-instance-types --instance-types m7g.large g5.xlarge",
             "describe-instance-type-offerings", "describe-vpcs",
             "describe-subnets", "describe-network-interfaces",
             "describe-nat-gateways", "describe-addresses",
             "describe-route-tables", "describe-internet-gateways",
             "describe-security-groups", "describe-images --owners amazon",
             "describe-launch-templates", "describe-availability-zones",
             "describe-regions", "describe-spot-instance-requests",
             "describe-spot-price-history --instance-types m7g.large "
             "--max-items 3", "describe-key-pairs"):
    does("ec2 " + line)
does("ec2 get-instance-types-from-instance-requirements --architecture-types "
     "x86_64 --virtualization-types hvm --instance-requirements",
     '{"VCpuCount":{"Min":16,"Max":16},"MemoryMiB":{"Min":65536}}',
     find=lambda v: {"InstanceType": "m6i.4xlarge"} in v["InstanceTypes"])
does("ec2 create-key-pair --key-name cli", find=lambda v: v["KeyMaterial"])
does("ec2 delete-key-pair --key-name cli")
does(f"ec2 terminate-instances --instance-ids {one}")
advance("3m")
does(f"ec2 wait instance-terminated --instance-ids {one}")
fails("DryRunOperation",
      f"ec2 terminate-instances --instance-ids {one} --dry-run")

c, ng = f"--cluster-name {CLUSTER}", "--nodegroup-name arm64-spot"
does("eks list-clusters")
does(f"eks describe-cluster --name {CLUSTER}")
does(f"eks list-nodegroups {c}")
does(f"eks describe-nodegroup {c} {ng}")
update = does(f"eks update-nodegroup-config {c} {ng} --scaling-config "
              "minSize=0,maxSize=7,desiredSize=0")["update"]["id"]
fails("ResourceInUseException",
      f"eks update-nodegroup-version {c} {ng}")
advance("1m")
does(f"eks wait nodegroup-active {c} {ng}")
does(f"eks describe-update --name {CLUSTER} {ng} --update-id {update}",
     find=lambda v: v["update"]["status"] == "Successful")
does(f"eks update-nodegroup-version {c} {ng} --force",
     find=lambda v: v["update"]["type"] == "VersionUpdate")
advance("2m")
does(f"eks list-updates --name {CLUSTER} {ng}",
     find=lambda v: len(v["updateIds"]) == 2)
does(f"eks list-addons {c}")
does(f"eks describe-addon {c} --addon-name vpc-cni")
does(f"eks update-addon {c} --addon-name vpc-cni --addon-version "
     "v1.20.5-eksbuild.1")
does("eks describe-addon-versions --addon-name coredns")
does("eks describe-cluster-versions")
who = "--principal-arn arn:aws:iam::471108253690:role/guest"
policy = ("--policy-arn arn:aws:eks::aws:cluster-access-policy/"
          "AmazonEKSViewPolicy")
does(f"eks create-access-entry {c} {who}")
does(f"eks associate-access-policy {c} {who} {policy} --access-scope "
     "type=cluster")
does(f"eks list-associated-access-policies {c} {who}")
does(f"eks disassociate-access-policy {c} {who} {policy}")
does(f"eks update-access-entry {c} {who} --kubernetes-groups readers")
does(f"eks describe-access-entry {c} {who}")
does(f"eks list-access-entries {c}")
does("eks list-access-policies")
does(f"eks delete-access-entry {c} {who}")
fails("ResourceNotFoundException", f"eks describe-access-entry {c} {who}")

role = "arn:aws:iam::471108253690:role/paddock-viewer"
does("sts get-caller-identity")
does(f"sts assume-role --role-arn {role} --role-session-name cli",
     find=lambda v: v["Credentials"]["SessionToken"])
does("sts get-session-token")
with tempfile.NamedTemporaryFile("w") as f:
    f.write("not.a.token")
    f.flush()
    fails("InvalidIdentityToken",
          f"sts assume-role-with-web-identity --role-arn {role} "
          f"--role-session-name cli --web-identity-token file://{f.name}")

span = "--start-time 2026-02-16T08:30:00Z --end-time 2026-02-16T09:30:00Z"
does(f"cloudwatch get-metric-data {span} --metric-data-queries", json.dumps([
    {"Id": "n", "MetricStat": {"Metric": {
        "Namespace": "ContainerInsights", "MetricName": "cluster_node_count",
        "Dimensions": [{"Name": "ClusterName", "Value": CLUSTER}]},
        "Period": 60, "Stat": "Maximum"}}]),
    find=lambda v: v["MetricDataResults"][0]["Values"])
does("cloudwatch list-metrics --namespace ContainerInsights",
     find=lambda v: v["Metrics"])
does(f"cloudwatch get-metric-statistics {span} --namespace AWS/AutoScaling "
     "--metric-name GroupMaxSize --period 300 --statistics Average "
     f"--dimensions Name=AutoScalingGroupName,Value={GROUP}",
     find=lambda v: v["Datapoints"])
ami = "/aws/service/eks/optimized-ami/1.33/amazon-linux-2023/arm64/standard/"
does(f"ssm get-parameter --name {ami}recommended/image_id",
     find=lambda v: v["Parameter"]["Value"].startswith("ami-"))
does(f"ssm get-parameters --names {ami}recommended /aws/none",
     find=lambda v: v["InvalidParameters"] == ["/aws/none"])
does(f"ssm get-parameters-by-path --path {ami}recommended",
     find=lambda v: len(v["Parameters"]) == 3)
fails("ParameterNotFound", "ssm get-parameter --name /aws/none")
print("done")
