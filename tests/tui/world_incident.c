/*
 * The fleets of the fixture: the night of design 1, and a large plain one.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/tui/world_fixture.h"

static const struct handle none;

static void
set_head(struct fixture *f)
{
	struct snapshot *s = &f->head;

	for (int i = 0; i < SOURCE_COUNT; i++)
		s->source[i].state = SOURCE_LIVE;
	s->source[SOURCE_KUBERNETES].good_boot_ms = f->boot_ms - 1000;
	s->source[SOURCE_AWS].good_boot_ms = f->boot_ms - 14000;
	s->source[SOURCE_GITLAB].good_boot_ms = f->boot_ms - 3000;
	s->source[SOURCE_PADDOCK].good_boot_ms = f->boot_ms;
	s->loaded_kinds = ~UINT64_C(0);
	s->place = (struct place){
		.context = "ci-prod", .cluster = "ci-prod",
		.account = "471100000090", .region = "eu-west-1",
		.user = "oncall", .production = true, .may_write = false,
		.aws_proven = true,
		.credentials_end_ms = f->wall_ms + MINUTES(41) + 5000,
	};
	s->engine = (struct engine_status){
		.mode = MODE_ADVISORY, .lead = LEAD_CA,
		.leader = "cluster-autoscaler-6d9f",
		.loop_ms = fixture_now(f) - 8000,
		.decided_ms = fixture_now(f) - 4000,
	};
	s->fleet = (struct fleet){
		.waiting = 143, .running = 214, .lost_30m = 9, .lost_spot = 6,
		.lost_watched_ms = MINUTES(30),
		.lost_image = 3, .oldest_wait_ms = fixture_now(f) - MINUTES(64),
		.start_p50_ms = 71000, .start_p90_ms = 362000,
		.free_slots = 0, .slots_runner = 86, .slots_quota = -1,
		.slots_nodes = 0, .slots_group = 0, .slots_addresses = 412,
		.slots_bound = "group max", .nodes = 23, .nodes_ready = 22,
		.pods = 431, .pods_pending = 124,
	};
}

static void
add_alarms(struct fixture *f, struct handle general, struct handle spot)
{
	fixture_put(f, KIND_ALARM,
		    make_alarm(f, "at-max/amd64-general", SEVERITY_CRIT, 22,
			       "amd64-general at max 20/20; 121 jobs wait, "
			       "engine would add 6",
			       general, "limits", "m=raise max"),
		    NULL);
	fixture_put(f, KIND_ALARM,
		    make_alarm(f, "refused/arm64-spot", SEVERITY_WARN, 11,
			       "arm64-spot 4 launches refused: m7g.xlarge 1a; "
			       "CA backoff 6m left",
			       spot, "", ""),
		    NULL);
	fixture_put(f, KIND_ALARM,
		    make_alarm(f, "no-runner/gpu", SEVERITY_WARN, 64,
			       "tag \"gpu\": 17 jobs wait, no online runner "
			       "carries the tag",
			       none, "", ""),
		    NULL);
}

static void
add_plan(struct fixture *f)
{
	static const char *const grow[] = {
		"grow/arm64-spot", "grow", "arm64-spot", "arm64-spot", "4>6",
		"5 waiting pods fit nowhere else (only option)", "", "",
		"For the pods:\nci/runner-arm-1\n",
	};
	static const char *const refuse[] = {
		"pod/ci/runner-abc-1", "refuse", "ci/runner-abc-1",
		"amd64-general", "121 pods", "group max: "
		"amd64-general 20/20", "raise amd64-general's maximum above "
		"20 (m on the group, or: paddock limits amd64-general "
		"--max N)", "pod didn't trigger scale-up", "Every group, and "
		"what it lacks:\n  not amd64-general: max node group size "
		"reached: 20 of 20\n",
	};
	static const char *const unneeded[] = {
		"node/ip-10-1-2-3.eu-west-1.compute.internal", "keep",
		"ip-10-1-2-3.eu-west-1.compute.internal", "arm64-spot", "4%",
		"not needed for 4m0s of 10m0s",
		"time: at 03:13:22", "NotUnneededLongEnough", "",
	};
	static const char *const used[] = {
		"node/ip-10-1-2-4.eu-west-1.compute.internal", "keep",
		"ip-10-1-2-4.eu-west-1.compute.internal", "amd64-general",
		"97%", "in use: 0.97 of requests, limit 0.5",
		"fewer or smaller pods on it", "NotUnderutilized", "",
	};

	fixture_put(f, KIND_STEP, make_step(f, STEP_ACT, 0, 2, grow), NULL);
	fixture_put(f, KIND_STEP, make_step(f, STEP_REFUSED, 1, 22, refuse),
		    NULL);
	fixture_put(f, KIND_STEP, make_step(f, STEP_NODE, 2, 4, unneeded),
		    NULL);
	fixture_put(f, KIND_STEP, make_step(f, STEP_NODE, 3, 0, used), NULL);
}

static void
add_journal_and_decisions(struct fixture *f)
{
	add_plan(f);
	fixture_put(f, KIND_DECISION,
		    make_decision(f, 1, 9, "CA", "scale up", "amd64-general",
				  "16>20", "121 pods pending", ""),
		    NULL);
	fixture_put(f, KIND_DECISION,
		    make_decision(f, 2, 4, "paddock would", "scale up",
				  "amd64-general", "20>26",
				  "max 20 is in the way: least-waste",
				  "amd64-general  chosen by least-waste\n"
				  "arm64-spot     node(s) didn't match Pod's "
				  "node affinity/selector\n"
				  "management     node(s) had untolerated "
				  "taint {dedicated: management}\n"),
		    NULL);
	fixture_put(f, KIND_DECISION,
		    make_decision(f, 3, 2, "paddock would", "refuse",
				  "ci/runner-abc-3", "",
				  "no group fits", "arm64-spot backed off\n"),
		    NULL);
	fixture_put(f, KIND_ENTRY,
		    make_entry(f, 1, 30, "limits", "group amd64-general",
			       "intent", ""),
		    NULL);
	fixture_put(f, KIND_ENTRY,
		    make_entry(f, 2, 30, "limits", "group amd64-general",
			       "outcome", "ok"),
		    NULL);
	fixture_put(f, KIND_EVENT,
		    make_event(f, "Warning", "FailedScheduling", "Pod",
			       "runner-abc-3", "0/23 nodes are available: 20 "
			       "Insufficient cpu, 3 had untolerated taint", 1),
		    NULL);
	fixture_put(f, KIND_EVENT,
		    make_event(f, "Normal", "Pulling", "Pod", "runner-abc-2",
			       "Pulling image \"registry.example/ci:1\"", 6),
		    NULL);
}

static void
add_jobs(struct fixture *f, struct handle general, const struct handle *nodes)
{
	struct handle job, pod;

	/* Running on the first node. */
	job = fixture_put(f, KIND_JOB,
			  make_job(f, 90001, "unit", "shop/api", "docker", 8),
			  NULL);
	pod = fixture_put(f, KIND_POD,
			  make_pod(f, "ci", "runner-abc-1",
				   "ip-10-0-1-10.eu-west-1.compute.internal",
				   POD_RUNNING, 7),
			  NULL);
	fixture_set(f, pod, NULL,
		    make_pod_sum(f, nodes[0], general, job, PHASE_RUNNING, 5,
				 ""));
	fixture_set(f, job, NULL,
		    make_job_sum(f, pod, nodes[0], general, PHASE_RUNNING, 5,
				 ""));
	/* Pulling for a long time on the second. */
	job = fixture_put(f, KIND_JOB,
			  make_job(f, 90002, "build", "shop/web", "docker",
				   27),
			  NULL);
	pod = fixture_put(f, KIND_POD,
			  make_pod(f, "ci", "runner-abc-2",
				   "ip-10-0-1-11.eu-west-1.compute.internal",
				   POD_PENDING, 26),
			  NULL);
	fixture_set(f, pod, NULL,
		    make_pod_sum(f, nodes[1], general, job, PHASE_PULLING, 6,
				 "pulling registry.example/ci:1"));
	fixture_set(f, job, NULL,
		    make_job_sum(f, pod, nodes[1], general, PHASE_PULLING, 6,
				 "pulling registry.example/ci:1"));
	/* Nowhere to go. */
	job = fixture_put(f, KIND_JOB,
			  make_job(f, 90003, "lint", "shop/web", "docker", 22),
			  NULL);
	pod = fixture_put(f, KIND_POD,
			  make_pod(f, "ci", "runner-abc-3", "", POD_PENDING,
				   22),
			  NULL);
	fixture_set(f, pod, NULL,
		    make_pod_sum(f, none, none, job, PHASE_UNSCHEDULED, 22,
				 "group max: amd64-general 20/20"));
	fixture_set(f, job, NULL,
		    make_job_sum(f, pod, none, none, PHASE_UNSCHEDULED, 22,
				 "group max: amd64-general 20/20"));
	/* No runner at all. */
	fixture_put(f, KIND_JOB,
		    make_job(f, 90004, "train", "ml/model", "gpu", 64),
		    make_job_sum(f, none, none, none, PHASE_QUEUED, 64,
				 "no online runner carries the tag gpu"));
	/* Ended a while ago, its pod too: evidence stays. */
	job = fixture_put(f, KIND_JOB,
			  make_job(f, 89990, "e2e", "shop/api", "docker", 40),
			  NULL);
	pod = fixture_put(f, KIND_POD,
			  make_pod(f, "ci", "runner-abc-0",
				   "ip-10-0-1-12.eu-west-1.compute.internal",
				   POD_RUNNING, 39),
			  NULL);
	fixture_set(f, pod, NULL,
		    make_pod_sum(f, nodes[2], none, job, PHASE_LOST, 12,
				 "spot interruption took its node"));
	fixture_set(f, job, NULL,
		    make_job_sum(f, pod, nodes[2], none, PHASE_LOST, 12,
				 "spot interruption took its node"));
	fixture_end(f, pod);
}

struct fixture *
fixture_incident(void)
{
	struct fixture *f = fixture_new();
	struct handle general, spot, management, nodes[3];

	set_head(f);
	general = fixture_put(f, KIND_GROUP,
			      make_group(f, "amd64-general", 1, 20, 20),
			      make_group_sum(f, 20, 20, 206, 970, "AT MAX"));
	spot = fixture_put(f, KIND_GROUP,
			   make_group(f, "arm64-spot", 0, 4, 6),
			   make_group_sum(f, 1, 1, 8, 880, "REFUSED 4x"));
	management = fixture_put(f, KIND_GROUP,
				 make_group(f, "management", 2, 2, 3),
				 make_group_sum(f, 2, 2, 0, 410, "protected"));
	nodes[0] = fixture_put(
		f, KIND_NODE,
		make_node(f, "ip-10-0-1-10.eu-west-1.compute.internal",
			  "m7i.2xlarge", "eu-west-1a", false, 400),
		make_node_sum(f, general, 11, 7700, "ready",
			      "NotUnderutilized", "97% requested"));
	nodes[1] = fixture_put(
		f, KIND_NODE,
		make_node(f, "ip-10-0-1-11.eu-west-1.compute.internal",
			  "m7i.2xlarge", "eu-west-1b", false, 90),
		make_node_sum(f, general, 10, 7200, "ready",
			      "NotUnderutilized", "91% requested"));
	nodes[2] = fixture_put(
		f, KIND_NODE,
		make_node(f, "ip-10-0-1-12.eu-west-1.compute.internal",
			  "m7g.xlarge", "eu-west-1a", true, 50),
		make_node_sum(f, spot, 0, 600, "gone", "", ""));
	fixture_end(f, nodes[2]);
	fixture_put(f, KIND_NODE,
		    make_node(f, "ip-10-0-9-4.eu-west-1.compute.internal",
			      "m7i.large", "eu-west-1c", false, 40000),
		    make_node_sum(f, management, 0, 3200, "ready",
				  "ScaleDownDisabled", "carries the "
				  "autoscaler"));
	add_jobs(f, general, nodes);
	fixture_put(f, KIND_QUEUE,
		    make_queue(f, "docker", 121, 22,
			       "group max: amd64-general 20/20"), NULL);
	fixture_put(f, KIND_QUEUE,
		    make_queue(f, "gpu", 17, 64,
			       "no online runner carries the tag"), NULL);
	fixture_put(f, KIND_QUEUE,
		    make_queue(f, "arm64", 5, 11,
			       "launches refused: m7g.xlarge 1a"), NULL);
	add_alarms(f, general, spot);
	add_journal_and_decisions(f);
	return f;
}

struct fixture *
fixture_large(uint32_t pods, uint32_t nodes)
{
	struct fixture *f = fixture_new();
	char name[64], node[64];

	set_head(f);
	for (uint32_t i = 0; i < nodes; i++) {
		snprintf(node, sizeof(node), "node-%u", i);
		fixture_put(f, KIND_NODE,
			    make_node(f, node, "m7i.2xlarge", "eu-west-1a",
				      false, 100),
			    make_node_sum(f, none, 4, 4000, "ready", "", ""));
	}
	for (uint32_t i = 0; i < pods; i++) {
		bool runs = i % 2 == 0;

		snprintf(name, sizeof(name), "runner-%u-%u", i * 7919 % 9973,
			 i);
		snprintf(node, sizeof(node), "node-%u",
			 nodes ? i % nodes : 0);
		fixture_put(f, KIND_POD,
			    make_pod(f, "ci", name, runs ? node : "",
				     runs ? POD_RUNNING : POD_PENDING,
				     (int)(i % 120)),
			    make_pod_sum(f, none, none, none,
					 runs ? PHASE_RUNNING
					      : PHASE_UNSCHEDULED,
					 (int)(i % 100),
					 runs ? "" : "Insufficient cpu"));
	}
	return f;
}
