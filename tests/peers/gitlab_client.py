"""python-gitlab against paddock-sim: prints "ok NAME" or "not ok NAME: WHY"."""

import os
import time

import gitlab


def check(name, good, why=""):
    print(("ok " if good else "not ok ") + name + ("" if good else f": {why}"))


def code_of(call):
    try:
        call()
    except gitlab.exceptions.GitlabError as e:
        return e.response_code
    return 200


def until(good, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if good():
            return True
        time.sleep(0.2)
    return False


url = os.environ["GITLAB_URL"]
gl = gitlab.Gitlab(url, private_token=os.environ["GITLAB_TOKEN"])
gl.auth()
check("who", gl.user.username == "admin", gl.user)
check("version", gl.version()[0].startswith("18."), gl.version())
check("its own token",
      "api" in gl.personal_access_tokens.get("self").scopes)

runners = gl.runners_all.list(get_all=True, per_page=1)
check("all runners, in pages of one",
      [r.id for r in runners] == [44, 41], runners)
page = gl.runners_all.list(per_page=1, page=2, iterator=True)
check("the last page says where it is",
      (page.current_page, page.prev_page, page.next_page, page.total,
       page.total_pages) == (2, 1, None, 2, 2), vars(page))
runner = gl.runners.get(41)
check("one runner", runner.tag_list == ["docker", "linux"], runner.tag_list)
check("its jobs", len(runner.jobs.list(per_page=20, get_all=False)) == 20)
newest = runner.jobs.list(order_by="id", sort="desc", per_page=5,
                          status="success", get_all=False)
check("by status, newest first", {j.status for j in newest} == {"success"}
      and [j.id for j in newest]
      == sorted((j.id for j in newest), reverse=True), newest)
check("in an order there is not", code_of(
    lambda: runner.jobs.list(order_by="name", get_all=False)) == 400)
keyset = [j.id for j in runner.jobs.list(
    pagination="keyset", order_by="id", per_page=50, iterator=True)]
check("all of them by keyset, each once",
      len(keyset) > 100 and len(keyset) == len(set(keyset)), len(keyset))
for name, path, code in (
        ("a page that is no number", "/runners/all?page=x", 400),
        ("a runner that is no number", "/runners/all7", 400),
        ("a job that is no number", "/projects/1278/jobs/x", 400),
        ("keyset by name",
         "/projects/1278/jobs?pagination=keyset&order_by=name", 405)):
    check(name, code_of(lambda: gl.http_get(path)) == code)
check("a token in the query", gitlab.Gitlab(url).http_get(
    "/user", private_token=os.environ["GITLAB_TOKEN"])["username"] == "admin")
runner.paused = True
runner.maintenance_note = "held for a test"
runner.save()
check("paused by save", gl.runners.get(41).paused)
runner.paused = False
runner.save()
check("and resumed", not gl.runners.get(41).paused)

project = gl.projects.get("shop/checkout")
check("a project by its path", project.path_with_namespace == "shop/checkout")
check("groups", {g.full_path for g in gl.groups.list(get_all=True)} >=
      {"shop", "platform"})
ids = [j.id for j in project.jobs.list(iterator=True, per_page=5)]
check("jobs by iterator, each once",
      len(ids) > 40 and len(ids) == len(set(ids)), len(ids))
running = project.jobs.list(scope=["running"], get_all=True)
check("by scope", running and {j.status for j in running} == {"running"})
job = project.jobs.get(running[-1].id)
before = job.trace()
check("a trace", b"Running with gitlab-runner" in before, before[:80])
check("it only grows", job.trace().startswith(before))
check("no artifacts", code_of(job.artifacts) == 404)
check("numbers are short", len(str(job.queued_duration)) < 12,
      job.queued_duration)
job.cancel()
check("cancelled", until(
    lambda: project.jobs.get(job.id).status == "canceled"))
new = job.retry()
check("retried", new["id"] > job.id, new)
check("play refused", code_of(project.jobs.get(new["id"]).play) == 400)
job.erase()
check("erased", project.jobs.get(job.id).trace() == b"")
pipeline = project.pipelines.get(new["pipeline"]["id"])
check("a pipeline's jobs",
      [j.id for j in pipeline.jobs.list(get_all=True)] == [new["id"]])
check("its bridges", pipeline.bridges.list(get_all=True) == [])

viewer = gitlab.Gitlab(url, private_token="glpat-simulated-viewer")
viewer.auth()
mine = viewer.projects.get("shop/checkout")
check("a viewer reads",
      mine.jobs.list(scope="running", get_all=False) != [])
check("and cannot write", code_of(
    mine.jobs.get(new["id"], lazy=True).cancel) == 403)
bad = gitlab.Gitlab(url, private_token="glpat-simulated-revoked")
check("a revoked token", code_of(bad.auth) == 401)

graphql = getattr(gitlab, "GraphQL", None)
if graphql:
    try:
        with graphql(url, token=os.environ["GITLAB_TOKEN"]) as q:
            data = q.execute("{ runners { nodes { description } } }")
            check("GraphQL", len(data["runners"]["nodes"]) == 2, data)
    except ImportError:
        pass  # its own GraphQL needs another package
print("done")
