"""Every action of the AWS face through boto3, judged by AWS's own models.

Prints "ok NAME" or "not ok NAME: WHY" lines, and "done" at its end.  World time
is moved by POST /sim/advance, so nothing waits for the clock.
"""

import datetime
import json
import os
import re
import ssl
import urllib.parse
import urllib.request

import boto3
import botocore.config
import botocore.exceptions

import aws_strict

REGION = os.environ["AWS_REGION"]
URL = os.environ["AWS_ENDPOINT_URL"]
GROUP, NODEGROUP, CLUSTER = "amd64-general", "amd64-general", "ci-prod"


def check(name, good, why=""):
    print(("ok " if good else "not ok ") + name + ("" if good else f": {why}"))


def client(service, **more):
    config = botocore.config.Config(
        retries={"total_max_attempts": more.pop("attempts", 3)})
    return aws_strict.watch(boto3.client(
        service, region_name=REGION, config=config, **more))


def refused(name, status, code, call, part=""):
    try:
        call()
    except botocore.exceptions.ClientError as e:
        got = (e.response["ResponseMetadata"]["HTTPStatusCode"],
               e.response["Error"]["Code"])
        text = e.response["Error"].get("Message", "")
        check(name, got == (status, code) and part in text, (got, text))
        return e
    check(name, False, "succeeded")


def sim(method, path):
    request = urllib.request.Request(URL + "/sim/" + path, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def advance(by):
    return sim("POST", "advance?by=" + by)


def now():
    return datetime.datetime.fromisoformat(
        sim("GET", "time")["time"].replace("Z", "+00:00"))


asg, ec2, eks = client("autoscaling"), client("ec2"), client("eks")
sts, cw, ssm = client("sts"), client("cloudwatch"), client("ssm")
sim("POST", "pause")


def group(name=GROUP):
    return asg.describe_auto_scaling_groups(
        AutoScalingGroupNames=[name])["AutoScalingGroups"][0]


def alive(name=GROUP):
    return [i for i in group(name)["Instances"]
            if i["LifecycleState"] == "InService"]


def activities(name=GROUP):
    return asg.describe_scaling_activities(
        AutoScalingGroupName=name)["Activities"]


# ---- Auto Scaling: processes, protection, standby, activities ----

asg.suspend_processes(AutoScalingGroupName=GROUP, ScalingProcesses=["Launch"])
asg.set_desired_capacity(AutoScalingGroupName=GROUP, DesiredCapacity=4)
advance("3m")
check("a suspended Launch launches nothing",
      (len(group()["Instances"]), group()["DesiredCapacity"]) == (3, 4),
      group()["Instances"])
asg.resume_processes(AutoScalingGroupName=GROUP, ScalingProcesses=["Launch"])
advance("3m")
check("resumed, it does", len(alive()) == 4, group()["Instances"])
check("the activity gives the cause",
      "a user request explicitly set group desired capacity changing the "
      "desired capacity from 3 to 4." in activities()[0]["Cause"] and
      "increasing the capacity from 3 to 4." in activities()[0]["Cause"],
      activities()[0])
check("and the subnet", json.loads(activities()[0]["Details"]).keys()
      == {"Subnet ID", "Availability Zone"}, activities()[0])

refused("desired within the cooldown", 400, "ScalingActivityInProgress",
        lambda: asg.set_desired_capacity(
            AutoScalingGroupName=GROUP, DesiredCapacity=5, HonorCooldown=True),
        "is in progress and blocking this action")

ids = [i["InstanceId"] for i in alive()]
asg.set_instance_protection(AutoScalingGroupName=GROUP, InstanceIds=ids,
                            ProtectedFromScaleIn=True)
asg.update_auto_scaling_group(AutoScalingGroupName=GROUP, DesiredCapacity=3)
advance("3m")
check("protected instances are not scaled in",
      len(alive()) == 4 and group()["DesiredCapacity"] == 3, alive())
asg.suspend_processes(AutoScalingGroupName=GROUP,
                      ScalingProcesses=["Terminate"])
asg.set_instance_protection(AutoScalingGroupName=GROUP, InstanceIds=ids[:1],
                            ProtectedFromScaleIn=False)
advance("3m")
check("nor is anything while Terminate is suspended", len(alive()) == 4)
asg.resume_processes(AutoScalingGroupName=GROUP)
asg.update_auto_scaling_group(AutoScalingGroupName=GROUP, MaxSize=21,
                              DesiredCapacity=3)
advance("20m")
check("then the unprotected one goes",
      {i["InstanceId"] for i in alive()} == set(ids[1:]), alive())
check("with Auto Scaling's own sentence",
      "was selected for termination." in activities()[0]["Cause"]
      and activities()[0]["StatusCode"] == "Successful", activities()[0])

aside = ids[1]
answer = asg.enter_standby(AutoScalingGroupName=GROUP, InstanceIds=[aside],
                           ShouldDecrementDesiredCapacity=True)
check("enter-standby", answer["Activities"][0]["Description"]
      == f"Moving EC2 instance to Standby: {aside}", answer)
advance("1m")
states = {i["InstanceId"]: i["LifecycleState"] for i in group()["Instances"]}
check("the instance stands by and does not count",
      (states[aside], group()["DesiredCapacity"], len(states))
      == ("Standby", 2, 3), states)
refused("standby twice", 400, "ValidationError", lambda: asg.enter_standby(
    AutoScalingGroupName=GROUP, InstanceIds=[aside],
    ShouldDecrementDesiredCapacity=True), "is not in InService")
refused("standby below the minimum", 400, "ValidationError",
        lambda: asg.enter_standby(
            AutoScalingGroupName=GROUP,
            InstanceIds=[i["InstanceId"] for i in alive()],
            ShouldDecrementDesiredCapacity=True), "min-size=1")
answer = asg.exit_standby(AutoScalingGroupName=GROUP, InstanceIds=[aside])
advance("1m")
check("exit-standby counts it again",
      (len(alive()), group()["DesiredCapacity"]) == (3, 3), group())

check("no decrement below the minimum", True)
asg.update_auto_scaling_group(AutoScalingGroupName=GROUP, MinSize=3)
refused("terminate-instance at the minimum", 400, "ValidationError",
        lambda: asg.terminate_instance_in_auto_scaling_group(
            InstanceId=aside, ShouldDecrementDesiredCapacity=True),
        "desiredSize equals minSize")
asg.update_auto_scaling_group(AutoScalingGroupName=GROUP, MinSize=1)
refused("MaxRecords of 101", 400, "ValidationError",
        lambda: asg.describe_auto_scaling_groups(MaxRecords=101),
        "less than or equal to 100")
refused("a filter that is none", 400, "ValidationError",
        lambda: asg.describe_auto_scaling_groups(
            Filters=[{"Name": "colour", "Values": ["red"]}]))
refused("a process that is none", 400, "ValidationError",
        lambda: asg.suspend_processes(AutoScalingGroupName=GROUP,
                                      ScalingProcesses=["Sleep"]))
for call in (asg.describe_launch_configurations,
             asg.describe_scaling_process_types, asg.describe_account_limits):
    call()
for call in (asg.describe_lifecycle_hooks, asg.describe_instance_refreshes,
             asg.describe_warm_pool):
    call(AutoScalingGroupName=GROUP)
found = asg.describe_scaling_activities(
    AutoScalingGroupName=GROUP,
    Filters=[{"Name": "Status", "Values": ["Successful"]}])["Activities"]
check("activities by status",
      found and {a["StatusCode"] for a in found} == {"Successful"})

# ---- EC2 ----

subnets = {s["SubnetId"]: s for s in ec2.describe_subnets()["Subnets"]}
private = [s for s in subnets.values() if not s["MapPublicIpOnLaunch"]]
before = sum(s["AvailableIpAddressCount"] for s in private)
asg.set_desired_capacity(AutoScalingGroupName=GROUP, DesiredCapacity=5)
advance("3m")
after = sum(s["AvailableIpAddressCount"]
            for s in ec2.describe_subnets(SubnetIds=[
                s["SubnetId"] for s in private])["Subnets"])
check("addresses go with instances and pods", after <= before - 2,
      (before, after))
interfaces = [e for p in ec2.get_paginator(
    "describe_network_interfaces").paginate(Filters=[
        {"Name": "subnet-id", "Values": [private[0]["SubnetId"]]}],
        PaginationConfig={"PageSize": 5}) for e in p["NetworkInterfaces"]]
held = sum(len(e["PrivateIpAddresses"]) for e in interfaces)
left = ec2.describe_subnets(SubnetIds=[private[0]["SubnetId"]])["Subnets"][0][
    "AvailableIpAddressCount"]
check("interfaces hold what the subnet lacks", left == 4096 - 5 - held,
      (left, held))
check("zones by name", [z["ZoneName"] for z in ec2.describe_availability_zones(
    ZoneNames=[REGION + "b"])["AvailabilityZones"]] == [REGION + "b"])
nat = ec2.describe_nat_gateways(
    Filter=[{"Name": "state", "Values": ["available"]}])["NatGateways"]
eips = {a["PublicIp"] for a in ec2.describe_addresses()["Addresses"]}
check("NAT gateways stand in public subnets with known addresses",
      nat and all(subnets[n["SubnetId"]]["MapPublicIpOnLaunch"] and
                  n["NatGatewayAddresses"][0]["PublicIp"] in eips
                  for n in nat), nat)
ec2.get_waiter("nat_gateway_available").wait(
    NatGatewayIds=[nat[0]["NatGatewayId"]])
routes = ec2.describe_route_tables(Filters=[
    {"Name": "association.subnet-id", "Values": [private[0]["SubnetId"]]}])
check("a private subnet's way out is its zone's NAT gateway", any(
    r.get("NatGatewayId") == n["NatGatewayId"]
    for r in routes["RouteTables"][0]["Routes"] for n in nat
    if subnets[n["SubnetId"]]["AvailabilityZone"]
    == private[0]["AvailabilityZone"]), routes)
for call in (ec2.describe_vpcs, ec2.describe_internet_gateways,
             ec2.describe_security_groups, ec2.describe_regions,
             ec2.describe_launch_templates, ec2.describe_instance_status,
             ec2.describe_spot_instance_requests):
    call()
ids = [i["InstanceId"] for i in group()["Instances"]]
ec2.get_waiter("instance_running").wait(InstanceIds=ids)
check("waiters know a running instance", True)
check("instances page", len([
    r for p in ec2.get_paginator("describe_instances").paginate(
        PaginationConfig={"PageSize": 5}) for r in p["Reservations"]])
    == len(ec2.describe_instances()["Reservations"]))
refused("ids and MaxResults", 400, "InvalidParameterCombination",
        lambda: ec2.describe_instances(InstanceIds=ids, MaxResults=5))
refused("a page of four", 400, "InvalidParameterValue",
        lambda: ec2.describe_instances(MaxResults=4),
        "greater than or equal to 5")
refused("a filter EC2 does not have", 400, "InvalidParameterValue",
        lambda: ec2.describe_instances(
            Filters=[{"Name": "colour", "Values": ["red"]}]),
        "The filter 'colour' is invalid")
refused("an id that is none", 400, "InvalidInstanceID.Malformed",
        lambda: ec2.describe_instances(InstanceIds=["i-xyz"]))
refused("no such subnet", 400, "InvalidSubnetID.NotFound",
        lambda: ec2.describe_subnets(SubnetIds=["subnet-0123"]))
refused("a dry run that would do", 412, "DryRunOperation",
        lambda: ec2.terminate_instances(InstanceIds=ids[:1], DryRun=True))

wanted = {"VCpuCount": {"Min": 4, "Max": 4}, "MemoryMiB": {"Min": 16384}}
types = [t["InstanceType"] for p in ec2.get_paginator(
    "get_instance_types_from_instance_requirements").paginate(
        ArchitectureTypes=["arm64"], VirtualizationTypes=["hvm"],
        InstanceRequirements=wanted, PaginationConfig={"PageSize": 2})
    for t in p["InstanceTypes"]]
catalogue = [t for p in ec2.get_paginator("describe_instance_types").paginate()
             for t in p["InstanceTypes"]]
same = [t["InstanceType"] for t in catalogue
        if t["ProcessorInfo"]["SupportedArchitectures"] == ["arm64"]
        and t["VCpuInfo"]["DefaultVCpus"] == 4
        and t["MemoryInfo"]["SizeInMiB"] >= 16384 and "GpuInfo" not in t
        and not t["BurstablePerformanceSupported"]]
check("types by requirements are the catalogue's", sorted(types)
      == sorted(same) and len(types) > 2, (types, same))
gpus = ec2.get_instance_types_from_instance_requirements(
    ArchitectureTypes=["x86_64"], VirtualizationTypes=["hvm"],
    InstanceRequirements={"VCpuCount": {"Min": 1}, "MemoryMiB": {"Min": 1},
                          "AcceleratorTypes": ["gpu"]})["InstanceTypes"]
check("GPUs when asked for", gpus and all(
    t["InstanceType"].startswith("g") for t in gpus), gpus)
check("offered in zones", {o["Location"] for o in
      ec2.describe_instance_type_offerings(
          LocationType="availability-zone", Filters=[
              {"Name": "instance-type", "Values": ["m6i.4xlarge"]}])[
          "InstanceTypeOfferings"]} == {REGION + "a", REGION + "b"})
try:
    import gzip
    import moto
    path = os.path.dirname(moto.__file__) + "/ec2/resources/instance_types.json"
    with (gzip.open(path + ".gz") if os.path.exists(path + ".gz")
          else open(path)) as f:
        theirs = json.load(f)
    wrong = []
    for t in catalogue:
        other = theirs.get(t["InstanceType"], {})
        for keys in (("VCpuInfo", "DefaultVCpus"), ("MemoryInfo", "SizeInMiB"),
                     ("NetworkInfo", "MaximumNetworkInterfaces"),
                     ("NetworkInfo", "Ipv4AddressesPerInterface")):
            if t[keys[0]][keys[1]] != other.get(keys[0], {}).get(keys[1]):
                wrong.append((t["InstanceType"], keys[1], t[keys[0]][keys[1]],
                              other.get(keys[0], {}).get(keys[1])))
    check(f"moto's copy of EC2's catalogue says the same of {len(catalogue)} "
          "types", not wrong, wrong)
except ImportError:
    print("skip the catalogue against moto's: moto is not installed")

prices = ec2.describe_spot_price_history(
    InstanceTypes=["m7g.2xlarge"], ProductDescriptions=["Linux/UNIX"],
    StartTime=now() - datetime.timedelta(days=1))["SpotPriceHistory"]
times = [p["Timestamp"] for p in prices if p["AvailabilityZone"] == REGION + "a"]
check("spot prices of a day, newest first", len(times) >= 4
      and times == sorted(times, reverse=True), times)
versions = ec2.describe_launch_template_versions(
    LaunchTemplateId=group()["MixedInstancesPolicy"]["LaunchTemplate"][
        "LaunchTemplateSpecification"]["LaunchTemplateId"])
check("a template has a first version",
      versions["LaunchTemplateVersions"][-1]["VersionNumber"] == 1)
refused("no such version", 400, "InvalidLaunchTemplateId.VersionNotFound",
        lambda: ec2.describe_launch_template_versions(
            LaunchTemplateId=versions["LaunchTemplateVersions"][0][
                "LaunchTemplateId"], Versions=["99"]))
images = ec2.describe_images(Owners=["amazon"], Filters=[
    {"Name": "name", "Values": ["*1.33*"]},
    {"Name": "architecture", "Values": ["arm64"]}])["Images"]
check("images by name", images and all("arm64" in i["Name"] for i in images))

key = ec2.create_key_pair(KeyName="breakglass")
check("create-key-pair gives the key once",
      key["KeyMaterial"].startswith("-----BEGIN RSA PRIVATE KEY-----"))
refused("twice the same name", 400, "InvalidKeyPair.Duplicate",
        lambda: ec2.create_key_pair(KeyName="breakglass"))
listed = ec2.describe_key_pairs(KeyNames=["breakglass"])["KeyPairs"][0]
check("describe-key-pairs", listed["KeyFingerprint"] == key["KeyFingerprint"]
      and listed["KeyPairId"] == key["KeyPairId"], listed)
blob = b"\0\0\0\7ssh-rsa" + bytes(range(40))
import base64
ec2.import_key_pair(KeyName="old", PublicKeyMaterial=b"ssh-rsa "
                    + base64.b64encode(blob) + b" ops")
refused("no public key", 400, "InvalidKey.Format", lambda: ec2.import_key_pair(
    KeyName="bad", PublicKeyMaterial=b"hello"))
for name in ("breakglass", "old", "never-was"):
    ec2.delete_key_pair(KeyName=name)
refused("a deleted key", 400, "InvalidKeyPair.NotFound",
        lambda: ec2.describe_key_pairs(KeyNames=["breakglass"]))

# ---- CloudWatch and SSM ----

end = now().replace(second=0, microsecond=0)
start = end - datetime.timedelta(minutes=30)


def series(metric, *dims, space="ContainerInsights", id="m1"):
    return {"Id": id, "MetricStat": {
        "Metric": {"Namespace": space, "MetricName": metric, "Dimensions": [
            {"Name": n, "Value": v} for n, v in dims]},
        "Period": 60, "Stat": "Average"}}


def data(c, *queries, **more):
    return c.get_metric_data(MetricDataQueries=list(queries), StartTime=start,
                             EndTime=end, **more)


answer = data(cw, series("cluster_node_count", ("ClusterName", CLUSTER)),
              series("GroupDesiredCapacity", ("AutoScalingGroupName", GROUP),
                     space="AWS/AutoScaling", id="m2"),
              {"Id": "e1", "Expression": "(m2 + m2) / 2", "Label": "half"},
              {"Id": "s1", "Expression":
               "SEARCH('{ContainerInsights,ClusterName,InstanceId,NodeName} "
               "MetricName=\"node_cpu_utilization\"', 'Average', 60)"})
by_id = {}
for r in answer["MetricDataResults"]:
    by_id.setdefault(r["Id"], []).append(r)
check("Container Insights counts the nodes",
      by_id["m1"][0]["Values"][0] >= 4, by_id["m1"])
check("Auto Scaling's metric is the group's desired capacity",
      by_id["m2"][0]["Values"][0] == group()["DesiredCapacity"], by_id["m2"])
check("arithmetic", by_id["e1"][0]["Values"] == by_id["m2"][0]["Values"])
check("SEARCH finds every node", len(by_id["s1"]) >= 4, len(by_id["s1"]))
pages, token = [], None
while True:
    page = data(cw, series("cluster_node_count", ("ClusterName", CLUSTER)),
                MaxDatapoints=10, **({"NextToken": token} if token else {}))
    pages += page["MetricDataResults"][0]["Values"]
    token = page.get("NextToken")
    if not token:
        break
check("points in pages", pages == by_id["m1"][0]["Values"], len(pages))
check("list-metrics", {m["MetricName"] for m in cw.list_metrics(
    Namespace="AWS/AutoScaling", Dimensions=[
        {"Name": "AutoScalingGroupName", "Value": GROUP}])["Metrics"]}
    >= {"GroupDesiredCapacity", "GroupInServiceInstances"})
cw.get_metric_statistics(
    Namespace="ContainerInsights", MetricName="node_memory_working_set",
    Dimensions=[{"Name": "ClusterName", "Value": CLUSTER}], StartTime=start,
    EndTime=end, Period=300, Statistics=["Average", "Maximum"])
refused("a start after the end", 400, "ValidationError",
        lambda: cw.get_metric_data(
            MetricDataQueries=[series("x", ("ClusterName", CLUSTER))],
            StartTime=end, EndTime=start), "StartTime")
refused("an expression that is none", 400, "ValidationError",
        lambda: data(cw, {"Id": "e", "Expression": "m7 +"}), "m7")


def signed(body, headers, path="/"):
    """What clients of CloudWatch's older protocols send."""
    import botocore.auth
    import botocore.awsrequest
    import botocore.session
    keys = botocore.session.get_session().get_credentials()
    request = botocore.awsrequest.AWSRequest(
        "POST", URL + path, data=body, headers=headers)
    botocore.auth.SigV4Auth(keys, "monitoring", REGION).add_auth(request)
    out = urllib.request.Request(URL + path, data=body.encode(),
                                 headers=dict(request.headers))
    with urllib.request.urlopen(out, timeout=60) as answer:
        return answer.read().decode()


body = json.dumps({
    "MetricDataQueries": [series("cluster_node_count",
                                 ("ClusterName", CLUSTER))],
    "StartTime": start.timestamp(), "EndTime": end.timestamp()})
answer = json.loads(signed(body, {
    "Content-Type": "application/x-amz-json-1.0",
    "X-Amz-Target": "GraniteServiceVersion20100801.GetMetricData"}))
check("the same as JSON 1.0",
      answer["MetricDataResults"][0]["Values"] == by_id["m1"][0]["Values"])
form = urllib.parse.urlencode({
    "Action": "GetMetricData", "Version": "2010-08-01",
    "StartTime": start.isoformat(), "EndTime": end.isoformat(),
    "MetricDataQueries.member.1.Id": "m1",
    "MetricDataQueries.member.1.MetricStat.Stat": "Average",
    "MetricDataQueries.member.1.MetricStat.Period": "60",
    "MetricDataQueries.member.1.MetricStat.Metric.Namespace":
        "ContainerInsights",
    "MetricDataQueries.member.1.MetricStat.Metric.MetricName":
        "cluster_node_count",
    "MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Name":
        "ClusterName",
    "MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Value":
        CLUSTER})
answer = signed(form, {"Content-Type": "application/x-www-form-urlencoded"})
check("and as a form", answer.count("<member>") > len(pages)
      and "<Timestamps><member>20" in answer, answer[:300])

ami = "/aws/service/eks/optimized-ami/1.33/amazon-linux-2023/x86_64/standard/"
names = [ami + "recommended/image_id", ami + "recommended/release_version",
         "/aws/nothing"]
answer = ssm.get_parameters(Names=names)
values = {p["Name"]: p["Value"] for p in answer["Parameters"]}
latest = values[names[1]]
check("the recommended image is one that EC2 lists", len(ec2.describe_images(
    ImageIds=[values[names[0]]])["Images"]) == 1, values)
check("unknown parameters are told apart",
      answer["InvalidParameters"] == names[2:])
whole = json.loads(ssm.get_parameter(Name=ami + "recommended")[
    "Parameter"]["Value"])
check("the whole recommendation",
      (whole["image_id"], whole["release_version"])
      == (values[names[0]], latest), whole)
refused("no such parameter", 400, "ParameterNotFound",
        lambda: ssm.get_parameter(Name="/aws/nothing"))
check("by path, in pages", len([
    p for page in ssm.get_paginator("get_parameters_by_path").paginate(
        Path="/aws/service/eks/optimized-ami/1.33", Recursive=True,
        PaginationConfig={"PageSize": 3}) for p in page["Parameters"]]) == 8)

# ---- STS ----

me = sts.get_caller_identity()
role = f"arn:aws:iam::{me['Account']}:role/"
session = sts.assume_role(RoleArn=role + "paddock-viewer",
                          RoleSessionName="night-shift")["Credentials"]


def as_session(service, keys, **change):
    keys = dict(keys, **change)
    return client(service, attempts=1, aws_access_key_id=keys["AccessKeyId"],
                  aws_secret_access_key=keys["SecretAccessKey"],
                  aws_session_token=keys["SessionToken"])


check("an assumed role is somebody else",
      as_session("sts", session).get_caller_identity()["Arn"].endswith(
          "assumed-role/paddock-viewer/night-shift"))
check("it may look", as_session(
    "autoscaling", session).describe_auto_scaling_groups())
refused("and not touch", 403, "AccessDenied",
        lambda: as_session("autoscaling", session).set_desired_capacity(
            AutoScalingGroupName=GROUP, DesiredCapacity=6),
        "because no identity-based policy allows the "
        "autoscaling:SetDesiredCapacity action")
denied = refused("nor end machines", 403, "UnauthorizedOperation",
                 lambda: as_session("ec2", session).terminate_instances(
                     InstanceIds=ids[:1]), "Encoded authorization failure")
encoded = denied.response["Error"]["Message"].rsplit(" ", 1)[-1]
decoded = json.loads(sts.decode_authorization_message(
    EncodedMessage=encoded)["DecodedMessage"])
check("what was missing can be decoded",
      decoded["context"]["action"] == "ec2:TerminateInstances", decoded)
refused("not even dry", 403, "UnauthorizedOperation",
        lambda: as_session("ec2", session).terminate_instances(
            InstanceIds=ids[:1], DryRun=True))
refused("nor roll a node group", 403, "AccessDeniedException",
        lambda: as_session("eks", session).update_nodegroup_version(
            clusterName=CLUSTER, nodegroupName=NODEGROUP))
bad = session["SessionToken"][:-4] + "AAAA"
refused("a token that was changed", 403, "InvalidClientTokenId",
        lambda: as_session("sts", session, SessionToken=bad
                           ).get_caller_identity())
refused("the same to EKS", 403, "UnrecognizedClientException",
        lambda: as_session("eks", session, SessionToken=bad).list_clusters())
refused("the same to SSM", 400, "UnrecognizedClientException",
        lambda: as_session("ssm", session, SessionToken=bad).get_parameter(
            Name="/x"))
refused("a role one is not trusted with", 403, "AccessDenied",
        lambda: as_session("sts", session).assume_role(
            RoleArn=role + "nobody", RoleSessionName="x-y"),
        "is not authorized to perform: sts:AssumeRole on resource")
refused("too long a session", 400, "ValidationError",
        lambda: sts.assume_role(RoleArn=role + "paddock-viewer",
                                RoleSessionName="long", DurationSeconds=43200),
        "MaxSessionDuration")
check("get-session-token", as_session("sts", sts.get_session_token()[
    "Credentials"]).get_caller_identity()["Arn"] == me["Arn"])
sts.get_access_key_info(AccessKeyId="AKIASIMULATEDADMIN00")
refused("a web identity that nobody vouches for", 400, "InvalidIdentityToken",
        lambda: sts.assume_role_with_web_identity(
            RoleArn=role + "cluster-autoscaler", RoleSessionName="irsa",
            WebIdentityToken="aaaa.bbbb.cccc"))



def kubernetes(path, body):
    """The cluster as its administrator; the certificate is the sim's own."""
    server = re.search(r"server: (\S+)", open(os.environ["KUBECONFIG"]).read())
    request = urllib.request.Request(
        server[1] + path, data=json.dumps(body).encode(), headers={
            "Authorization": "Bearer simulated-token-admin",
            "Content-Type": "application/json"})
    with urllib.request.urlopen(
            request, timeout=60,
            context=ssl._create_unverified_context()) as answer:
        return json.load(answer)


def identity(account, audience):
    return kubernetes(
        f"/api/v1/namespaces/kube-system/serviceaccounts/{account}/token", {
            "kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1",
            "spec": {"audiences": [audience]}})["status"]["token"]


autoscaler = {"RoleArn": role + "cluster-autoscaler", "RoleSessionName": "irsa"}
answer = sts.assume_role_with_web_identity(
    **autoscaler, WebIdentityToken=identity("cluster-autoscaler",
                                            "sts.amazonaws.com"))
check("a service account's token is a role's session",
      answer["SubjectFromWebIdentityToken"]
      == "system:serviceaccount:kube-system:cluster-autoscaler", answer)
robot = answer["Credentials"]
as_session("autoscaling", robot).set_desired_capacity(
    AutoScalingGroupName=GROUP, DesiredCapacity=5)
refused("which may only what the autoscaler needs", 403, "AccessDenied",
        lambda: as_session("autoscaling", robot).suspend_processes(
            AutoScalingGroupName=GROUP))
refused("a token for somebody else's ears", 400, "InvalidIdentityToken",
        lambda: sts.assume_role_with_web_identity(
            **autoscaler, WebIdentityToken=identity(
                "cluster-autoscaler", "vault")), "audience")
refused("another account's token", 403, "AccessDenied",
        lambda: sts.assume_role_with_web_identity(
            **autoscaler, WebIdentityToken=identity(
                "default", "sts.amazonaws.com")))

# ---- EKS ----

eks.get_waiter("cluster_active").wait(name=CLUSTER)
for call in (eks.list_access_policies, eks.describe_addon_versions,
             eks.describe_cluster_versions, eks.list_clusters):
    call()
eks.list_pod_identity_associations(clusterName=CLUSTER)
ng = {"clusterName": CLUSTER, "nodegroupName": NODEGROUP}
update = eks.update_nodegroup_config(
    **ng, scalingConfig={"minSize": 2, "maxSize": 22},
    labels={"addOrUpdateLabels": {"team": "ci"}},
    taints={"addOrUpdateTaints": [
        {"key": "slow", "value": "yes", "effect": "PREFER_NO_SCHEDULE"}]},
    updateConfig={"maxUnavailable": 2}, clientRequestToken="once")["update"]
check("update-nodegroup-config is under way",
      (update["status"], update["type"]) == ("InProgress", "ConfigUpdate"))
again = eks.update_nodegroup_config(**ng, clientRequestToken="once")["update"]
check("the same token is the same update", again["id"] == update["id"])
refused("one update at a time", 409, "ResourceInUseException",
        lambda: eks.update_nodegroup_config(
            **ng, scalingConfig={"maxSize": 23}))
advance("1m")
eks.get_waiter("nodegroup_active").wait(**ng)
done = eks.describe_update(name=CLUSTER, updateId=update["id"],
                           nodegroupName=NODEGROUP)["update"]
check("it succeeds", done["status"] == "Successful"
      and {"type": "MinSize", "value": "2"} in done["params"], done)
now_is = eks.describe_nodegroup(**ng)["nodegroup"]
check("the node group has changed",
      (now_is["scalingConfig"]["maxSize"], now_is["labels"]["team"],
       now_is["taints"], now_is["updateConfig"]["maxUnavailable"])
      == (22, "ci", [{"key": "slow", "value": "yes",
                      "effect": "PREFER_NO_SCHEDULE"}], 2), now_is)
check("and so has its Auto Scaling group",
      (group()["MinSize"], group()["MaxSize"]) == (2, 22))
refused("a minimum above the desired size", 400, "InvalidParameterException",
        lambda: eks.update_nodegroup_config(
            **ng, scalingConfig={"minSize": 9}), "Minimum capacity 9")
eks.update_nodegroup_config(**ng, taints={"removeTaints": [
    {"key": "slow", "value": "yes", "effect": "PREFER_NO_SCHEDULE"}]},
    labels={"removeLabels": ["team"]})
advance("1m")

me_arn = role + "visitor"
eks.create_access_entry(clusterName=CLUSTER, principalArn=me_arn,
                        kubernetesGroups=["readers"], tags={"a": "b"})
refused("twice the same entry", 409, "ResourceInUseException",
        lambda: eks.create_access_entry(clusterName=CLUSTER,
                                        principalArn=me_arn))
view = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
eks.associate_access_policy(
    clusterName=CLUSTER, principalArn=me_arn, policyArn=view,
    accessScope={"type": "namespace", "namespaces": ["gitlab-runner"]})
check("its policy is found", eks.list_access_entries(
    clusterName=CLUSTER, associatedPolicyArn=view)["accessEntries"] == [me_arn])
eks.update_access_entry(clusterName=CLUSTER, principalArn=me_arn,
                        kubernetesGroups=["writers"])
check("describe-access-entry", eks.describe_access_entry(
    clusterName=CLUSTER, principalArn=me_arn)["accessEntry"][
        "kubernetesGroups"] == ["writers"])
check("entries in pages", len([
    e for p in eks.get_paginator("list_access_entries").paginate(
        clusterName=CLUSTER, PaginationConfig={"PageSize": 3})
    for e in p["accessEntries"]]) >= 8)
check("associated policies", eks.list_associated_access_policies(
    clusterName=CLUSTER, principalArn=me_arn)["associatedAccessPolicies"][0][
        "policyArn"] == view)
eks.disassociate_access_policy(clusterName=CLUSTER, principalArn=me_arn,
                               policyArn=view)
eks.delete_access_entry(clusterName=CLUSTER, principalArn=me_arn)
refused("an entry that is gone", 404, "ResourceNotFoundException",
        lambda: eks.describe_access_entry(clusterName=CLUSTER,
                                          principalArn=me_arn))

addons = eks.list_addons(clusterName=CLUSTER)["addons"]
check("add-ons", {"coredns", "kube-proxy", "vpc-cni"} <= set(addons), addons)
offered = eks.describe_addon_versions(
    addonName="coredns", kubernetesVersion="1.33")["addons"][0][
        "addonVersions"]
update = eks.update_addon(clusterName=CLUSTER, addonName="coredns",
                          addonVersion=offered[0]["addonVersion"])["update"]
check("an add-on updates", eks.describe_addon(
    clusterName=CLUSTER, addonName="coredns")["addon"]["status"] == "UPDATING")
advance("3m")
eks.get_waiter("addon_active").wait(clusterName=CLUSTER, addonName="coredns")
check("its update is over", eks.describe_update(
    name=CLUSTER, updateId=update["id"], addonName="coredns")["update"][
        "status"] == "Successful")

# Nodes are replaced: new image, jobs' pods asked to go, nothing below.
old = {i["InstanceId"] for i in group("management")["Instances"]}
roll = {"clusterName": CLUSTER, "nodegroupName": "management"}
refused("no such release", 400, "InvalidParameterException",
        lambda: eks.update_nodegroup_version(
            **roll, releaseVersion="1.33.0-20200101"))
refused("a version ahead of the cluster", 400, "InvalidParameterException",
        lambda: eks.update_nodegroup_version(**roll, version="1.34"))


def rolled(**how):
    """Starts an update and waits in world time; how it ended, the least."""
    update = eks.update_nodegroup_version(**roll, **how)["update"]
    check("update-nodegroup-version, " + ("forced" if how else "as it is"),
          {"type": "ReleaseVersion", "value": latest} in update["params"],
          update)
    fewest = 99
    for _ in range(30):
        advance("120s")
        fewest = min(fewest, len(alive("management")))
        state = eks.describe_update(name=CLUSTER, updateId=update["id"],
                                    nodegroupName="management")["update"]
        if state["status"] != "InProgress":
            break
    return state, fewest


# A budget that lets nobody go: EKS tries for fifteen minutes.
kubernetes("/apis/policy/v1/namespaces/kube-system/poddisruptionbudgets", {
    "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
    "metadata": {"name": "nobody-goes"}, "spec": {
        "minAvailable": 2,
        "selector": {"matchLabels": {"k8s-app": "metrics-server"}}}})
state, fewest = rolled()
check("pods that do not go fail the update", state["status"] == "Failed" and
      state["errors"][0]["errorCode"] == "PodEvictionFailure", state)
check("and nothing was ended", old <= {
    i["InstanceId"] for i in alive("management")}, group("management"))
sizes = (group("management")["DesiredCapacity"],
         group("management")["MaxSize"])
state, fewest = rolled(force=True)
check("forced it succeeds", state["status"] == "Successful", state)
advance("3m")
new = {i["InstanceId"] for i in alive("management")}
check("every node is another", len(new) >= 2 and not new & old, (old, new))
check("never fewer than were wanted", fewest >= 2, fewest)
check("sizes are what they were before it",
      (group("management")["DesiredCapacity"], group("management")["MaxSize"])
      == sizes, (sizes, group("management")))
check("of the recommended release", eks.describe_nodegroup(**roll)[
    "nodegroup"]["releaseVersion"] == latest)
check("from later versions of the launch template",
      {i["LaunchTemplate"]["Version"] for i in alive("management")}
      <= {"2", "3"})
check("updates are listed, newest first", eks.list_updates(
    name=CLUSTER, nodegroupName="management")["updateIds"][0] == state["id"])
refused("an update under another name", 404, "ResourceNotFoundException",
        lambda: eks.describe_update(name=CLUSTER, updateId=state["id"]))

# ---- too often ----

impatient = client("ec2", attempts=1)
try:
    for _ in range(400):
        impatient.describe_regions()
    check("EC2 throttles", False, "400 calls at once all passed")
except botocore.exceptions.ClientError as e:
    check("EC2 throttles", (e.response["ResponseMetadata"]["HTTPStatusCode"],
                            e.response["Error"]["Code"])
          == (503, "RequestLimitExceeded"), e)
check("other callers are not held up", as_session(
    "ec2", session).describe_subnets()["Subnets"])

check("all answers are as AWS's models have them", not aws_strict.findings,
      aws_strict.findings[:20])
print(f"# {len(aws_strict.seen)} operations judged")
print("done")
