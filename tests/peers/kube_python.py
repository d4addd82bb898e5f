"""The Python Kubernetes client against paddock-sim: prints "ok NAME" or
"not ok NAME: WHY" lines."""

import json
import os
import urllib.request

from kubernetes import client, config, dynamic, watch
from kubernetes.client.exceptions import ApiException

NS = "python-trial"
LABEL = "run=informer"


def check(name, good, why=""):
    print(("ok " if good else "not ok ") + name + ("" if good else f": {why}"))


def refused(name, code, reason, call):
    try:
        call()
    except ApiException as e:
        status = json.loads(e.body)
        check(name, (e.status, status["reason"]) == (code, reason), status)
        return status
    check(name, False, "succeeded")
    return {}


def fault(row):
    """Adds one row of faults; NONE clears them all."""
    request = urllib.request.Request(
        os.environ["GITLAB_URL"] + "/sim/faults",
        data=row.encode() if row else None,
        method="POST" if row else "DELETE")
    urllib.request.urlopen(request, timeout=10).read()


class Informer:
    """List, then watch from there; again from the last version when the
    stream ends, from a new list when that version is gone."""

    def __init__(self, list_call, *scope, **selectors):
        self.list_call, self.scope = list_call, scope
        self.selectors = selectors
        self.objects, self.version = {}, None
        self.lists = self.streams = self.bookmarks = self.lost = 0

    def relist(self):
        answer = self.list_call(*self.scope, **self.selectors)
        self.objects = {o.metadata.name: o for o in answer.items}
        self.version = answer.metadata.resource_version
        self.lists += 1

    def handle(self, event):
        kind, raw = event["type"], event["raw_object"]
        self.version = raw["metadata"]["resourceVersion"]
        name = raw["metadata"].get("name")
        if kind == "BOOKMARK":
            self.bookmarks += 1
        elif kind == "DELETED":
            self.objects.pop(name, None)
        else:
            self.objects[name] = event["object"]

    def step(self, seconds=1):
        """One stream, until the server ends it."""
        if self.version is None:
            self.relist()
        try:
            self.streams += 1
            for event in watch.Watch().stream(
                    self.list_call, *self.scope,
                    resource_version=self.version, timeout_seconds=seconds,
                    allow_watch_bookmarks=True, **self.selectors):
                self.handle(event)
        except ApiException as e:
            if e.status != 410:
                raise
            self.lost += 1
            self.version = None

    def agrees(self):
        now = self.list_call(*self.scope, **self.selectors).items
        return {o.metadata.name: o.metadata.resource_version for o in now} == {
            n: o.metadata.resource_version for n, o in self.objects.items()}


config.load_kube_config()
core, apps = client.CoreV1Api(), client.AppsV1Api()
policy, auth = client.PolicyV1Api(), client.AuthorizationV1Api()
custom = client.CustomObjectsApi()

check("version", client.VersionApi().get_code().minor == "33")
core.create_namespace({"metadata": {"name": NS}})


def configmap(name, value="1"):
    return {"metadata": {"name": name, "labels": {"run": "informer"}},
            "data": {"value": value}}


# ---- paging ----

for i in range(7):
    core.create_namespaced_config_map(NS, configmap(f"c{i}"))
page = core.list_namespaced_config_map(NS, limit=3)
left = page.metadata.remaining_item_count
names = [o.metadata.name for o in page.items]
core.create_namespaced_config_map(NS, configmap("b-late"))
while page.metadata._continue:
    page = core.list_namespaced_config_map(
        NS, limit=3, _continue=page.metadata._continue)
    names += [o.metadata.name for o in page.items]
check("pages are of one moment", names == sorted(names) and
      [n for n in names if n.startswith("c")] == [f"c{i}" for i in range(7)],
      names)
check("the first page says how many remain", left and left >= 4, left)

# ---- the informer ----

informer = Informer(core.list_namespaced_config_map, NS, label_selector=LABEL)
informer.relist()
core.create_namespaced_config_map(NS, configmap("new"))
core.patch_namespaced_config_map("c1", NS, {"data": {"value": "2"}})
core.delete_namespaced_config_map("c2", NS)
core.patch_namespaced_config_map("c3", NS,
                                 {"metadata": {"labels": {"run": None}}})
informer.step()
check("informer: caught up", informer.agrees(), list(informer.objects))
check("informer: what left the selector is deleted",
      "c3" not in informer.objects and "c2" not in informer.objects)
check("informer: a bookmark before the server ends the stream",
      informer.bookmarks >= 1)
core.patch_namespaced_config_map("c4", NS, {"data": {"value": "3"}})
core.delete_namespaced_config_map("new", NS)
informer.step()
check("informer: reconnects where it was",
      informer.agrees() and informer.lists == 1, informer.lists)

# The stream ends with an ERROR event of code 410 in the middle.
fault("faults: [{watch: gone, rate: 1}]")
core.patch_namespaced_config_map("c5", NS, {"data": {"value": "4"}})
informer.step(5)
fault(None)
check("informer: 410 inside the stream", informer.lost == 1, informer.lost)
informer.step()
check("informer: lists again after it",
      informer.agrees() and informer.lists == 2, informer.lists)

# The connection breaks without a word.
fault("faults: [{watch: cut, rate: 1}]")
core.patch_namespaced_config_map("c5", NS, {"data": {"value": "5"}})
try:
    informer.step(5)
except Exception as e:  # urllib3's own
    check("informer: a cut is no answer", "ApiException" not in repr(e), e)
fault(None)
informer.step()
check("informer: nothing was lost in a cut", informer.agrees())

pods = Informer(core.list_pod_for_all_namespaces)
for _ in range(3):
    pods.step(2)
check("informer: every pod of a busy world",
      pods.lists == 1 and len(pods.objects) > 20, len(pods.objects))
seen = {n for n, p in pods.objects.items() if p.status.phase == "Running"}
check("informer: typed objects", seen)

refused("a version of the future", 504, "Timeout",
        lambda: core.list_node(resource_version="999999999999",
                               resource_version_match="NotOlderThan"))

# ---- a list as the first events of a watch ----

ended = None
stream = watch.Watch().stream(
    core.list_node, send_initial_events=True, allow_watch_bookmarks=True,
    resource_version_match="NotOlderThan", resource_version="0",
    timeout_seconds=2)
first = []
for event in stream:
    raw = event["raw_object"]
    if event["type"] == "BOOKMARK":
        ended = raw["metadata"].get("annotations", {}).get(
            "k8s.io/initial-events-end")
        break
    first.append(raw["metadata"]["name"])
stream.close()
check("sendInitialEvents ends with its bookmark",
      ended == "true" and
      set(first) == {n.metadata.name for n in core.list_node().items}, first)

# ---- acting ----

pod = core.create_namespaced_pod(NS, {
    "metadata": {"generateName": "p-"},
    "spec": {"nodeSelector": {"role": "jobs"}, "containers": [
        {"name": "c", "image": "registry.example.com/web:1"}]}})
name = pod.metadata.name
check("generateName", len(name) == len("p-") + 5, name)
for event in watch.Watch().stream(
        core.list_namespaced_pod, NS, timeout_seconds=20,
        field_selector=f"metadata.name={name}"):
    if event["object"].status.phase == "Running":
        break
check("the pod runs",
      core.read_namespaced_pod_status(name, NS).status.phase == "Running")
core.create_namespaced_pod_eviction(name, NS, {
    "metadata": {"name": name},
    "deleteOptions": {"gracePeriodSeconds": 0,
                      "preconditions": {"uid": pod.metadata.uid}}})
refused("evicted", 404, "NotFound", lambda: core.read_namespaced_pod(name, NS))
refused("created twice", 409, "AlreadyExists",
        lambda: core.create_namespaced_config_map(NS, configmap("c1")))
stale = core.read_namespaced_config_map("c1", NS)
core.patch_namespaced_config_map("c1", NS, {"data": {"value": "9"}})
refused("replaced with an old version", 409, "Conflict",
        lambda: core.replace_namespaced_config_map("c1", NS, stale))
status = refused("an invalid pod", 422, "Invalid",
                 lambda: core.create_namespaced_pod(
                     NS, {"metadata": {"name": "Bad_Name"}, "spec": {
                         "containers": [{"name": "c"}]}}))
check("with its causes", {c["field"] for c in status["details"]["causes"]} >=
      {"metadata.name"}, status)
dry = core.create_namespaced_config_map(NS, configmap("dry"), dry_run="All")
check("dry-run answers", dry.metadata.uid)
refused("and stores nothing", 404, "NotFound",
        lambda: core.read_namespaced_config_map("dry", NS))
scale = apps.patch_namespaced_deployment_scale(
    "coredns", "kube-system", {"spec": {"replicas": 3}})
check("scale", scale.spec.replicas == 3 and "k8s-app=kube-dns" in
      scale.status.selector, scale)
review = auth.create_self_subject_access_review(
    {"spec": {"resourceAttributes": {"verb": "delete", "resource": "nodes"}}})
check("access review", review.status.allowed)
manager = core.list_namespaced_pod(
    "gitlab-runner", label_selector="app=gitlab-runner-docker").items[0]
text = core.read_namespaced_pod_log(
    manager.metadata.name, "gitlab-runner", tail_lines=2,
    container="gitlab-runner-docker")
check("log", text.count("\n") == 2, text)
metrics = core.connect_get_namespaced_pod_proxy_with_path(
    f"{manager.metadata.name}:9252", "gitlab-runner", "metrics")
check("metrics through the pod proxy", "gitlab_runner_jobs" in metrics)
usage = custom.list_cluster_custom_object("metrics.k8s.io", "v1beta1", "nodes")
check("metrics.k8s.io", usage["items"][0]["usage"]["cpu"].endswith("n"),
      usage["items"][0])

# ---- custom kinds, found by discovery ----

HELM = ("helm.toolkit.fluxcd.io", "v2", NS, "helmreleases")
custom.create_namespaced_custom_object(*HELM, {
    "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
    "metadata": {"name": "h"}, "spec": {"interval": "5m"}})
custom.patch_namespaced_custom_object(*HELM, "h", {"spec": {"suspend": True}})
custom.patch_namespaced_custom_object_status(*HELM, "h", {
    "status": {"observedGeneration": 2}})
got = custom.get_namespaced_custom_object(*HELM, "h")
check("a HelmRelease", got["spec"]["suspend"] is True and
      got["metadata"]["generation"] == 2 and
      got["status"] == {"observedGeneration": 2}, got)
releases = dynamic.DynamicClient(client.ApiClient()).resources.get(
    api_version="helm.toolkit.fluxcd.io/v2", kind="HelmRelease")
check("found by the dynamic client",
      [r.metadata.name for r in releases.get(namespace=NS).items] == ["h"])

core.delete_namespace(NS)
informer.step(2)
check("informer: the namespace took all along", not informer.objects,
      list(informer.objects))
print("done")
