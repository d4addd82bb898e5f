/*
 * The fixture's records.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/tui/world_fixture.h"

static int64_t
ago(const struct fixture *f, int minutes)
{
	return minutes < 0 ? 0 : fixture_now(f) - MINUTES(minutes);
}

static void
fill_meta(struct fixture *f, struct meta *m, const char *ns, const char *name,
	  int64_t created_ms)
{
	char uid[300];

	snprintf(uid, sizeof(uid), "uid-%s", name);
	seal_text(f->seal, &m->ns, ns);
	seal_text(f->seal, &m->name, name);
	seal_text(f->seal, &m->uid, uid);
	seal_text(f->seal, &m->rv, "100");
	m->created_ms = created_ms;
}

static void
add_labels(struct fixture *f, struct labels *out, uint32_t n,
	   const char *const (*pairs)[2])
{
	struct label *at = seal_array(f->seal, &out->at, n, sizeof(*at));

	for (uint32_t i = 0; i < n; i++) {
		seal_text(f->seal, &at[i].key, pairs[i][0]);
		seal_text(f->seal, &at[i].value, pairs[i][1]);
	}
	out->n = n;
}

struct node *
make_node(struct fixture *f, const char *name, const char *type,
	  const char *zone, bool spot, int age_min)
{
	struct node *n = seal_begin(f->seal, sizeof(*n));
	const char *const labels[][2] = {
		{ "eks.amazonaws.com/capacityType",
		  spot ? "SPOT" : "ON_DEMAND" },
		{ "kubernetes.io/arch",
		  strstr(type, "g.") ? "arm64" : "amd64" },
		{ "node.kubernetes.io/instance-type", type },
		{ "topology.kubernetes.io/zone", zone },
	};
	char id[80];

	fill_meta(f, &n->meta, "", name, ago(f, age_min));
	add_labels(f, &n->meta.labels, ARRAY_LEN(labels), labels);
	snprintf(id, sizeof(id), "i-%s", name);
	seal_text(f->seal, &n->instance_id, id);
	seal_text(f->seal, &n->provider_id, id);
	n->allocatable.cpu_mcpu = n->capacity.cpu_mcpu = 7910;
	n->allocatable.memory_bytes = n->capacity.memory_bytes =
		INT64_C(30) << 30;
	n->allocatable.pods = n->capacity.pods = 58;
	n->ready = TRI_TRUE;
	n->has_ready = true;
	n->memory_pressure = n->disk_pressure = n->pid_pressure = TRI_FALSE;
	n->ready_ms = n->heartbeat_ms = fixture_now(f);
	seal_text(f->seal, &n->kubelet_version, "v1.33.4-eks-99d6cc0");
	seal_text(f->seal, &n->internal_ip, "10.0.12.7");
	return record_seal(f->seal, KIND_NODE);
}

struct node_sum *
make_node_sum(struct fixture *f, struct handle group, int32_t jobs,
	      int64_t cpu_mcpu, const char *state, const char *blocker,
	      const char *by)
{
	struct node_sum *s = seal_begin(f->seal, sizeof(*s));

	s->group = group;
	s->jobs = jobs;
	s->pods = jobs + 4;
	s->requests.cpu_mcpu = cpu_mcpu;
	s->requests.memory_bytes = cpu_mcpu * (INT64_C(2) << 20);
	s->util_milli = (int32_t)(cpu_mcpu * 1000 / 7910);
	s->cpu_used_mcpu = s->memory_used_bytes = -1;
	seal_text(f->seal, &s->state, state);
	seal_text(f->seal, &s->blocker, blocker);
	seal_text(f->seal, &s->blocked_by, by);
	return record_seal(f->seal, KIND_NODE);
}

struct pod *
make_pod(struct fixture *f, const char *ns, const char *name,
	 const char *node, enum pod_phase phase, int age_min)
{
	struct pod *p = seal_begin(f->seal, sizeof(*p));
	struct container_times *times;
	struct container *c;
	const char *const labels[][2] = {
		{ "job.runner.gitlab.com/pod", name },
		{ "pod", name },
	};

	fill_meta(f, &p->meta, ns, name, ago(f, age_min));
	add_labels(f, &p->meta.labels, ARRAY_LEN(labels), labels);
	seal_text(f->seal, &p->node_name, node);
	p->phase = (uint8_t)phase;
	p->grace_s = -1;
	p->requests.cpu_mcpu = 500;
	p->requests.memory_bytes = INT64_C(1) << 30;
	p->is_job = true;
	c = seal_array(f->seal, &p->containers, 2, sizeof(*c));
	times = seal_array(f->seal, &p->times, 2, sizeof(*times));
	p->container_n = p->time_n = 2;
	for (uint32_t i = 0; i < 2; i++) {
		seal_text(f->seal, &c[i].name, i ? "helper" : "build");
		seal_text(f->seal, &c[i].image, "registry.example/ci:1");
		c[i].state = phase == POD_RUNNING ? CONTAINER_RUNNING
						  : CONTAINER_WAITING;
		c[i].ready = c[i].started = phase == POD_RUNNING;
		c[i].status_at = i + 1;
		if (c[i].ready)
			times[i].started_ms = ago(f, age_min - 1);
	}
	return record_seal(f->seal, KIND_POD);
}

struct pod_sum *
make_pod_sum(struct fixture *f, struct handle node, struct handle group,
	     struct handle job, enum phase phase, int since_min,
	     const char *why)
{
	struct pod_sum *s = seal_begin(f->seal, sizeof(*s));

	s->node = node;
	s->group = group;
	s->job = job;
	s->phase = (uint8_t)phase;
	s->phase_since_ms = ago(f, since_min);
	s->wait_ms = phase == PHASE_RUNNING ? 95000 : MINUTES(since_min);
	s->poll_timeout_ms = MINUTES(30);
	s->cpu_used_mcpu = s->memory_used_bytes = -1;
	seal_text(f->seal, &s->why, why);
	return record_seal(f->seal, KIND_POD);
}

struct group *
make_group(struct fixture *f, const char *name, int min, int desired, int max)
{
	struct group *g = seal_begin(f->seal, sizeof(*g));
	struct group_tag *tags;

	seal_text(f->seal, &g->name, name);
	seal_text(f->seal, &g->arn,
		  "arn:aws:autoscaling:eu-west-1:471100000090:"
		  "autoScalingGroup:x");
	seal_text(f->seal, &g->status, "");
	g->min = min;
	g->desired = desired;
	g->max = max;
	g->on_demand_base = g->on_demand_percent = -1;
	tags = seal_array(f->seal, &g->tags, 1, sizeof(*tags));
	g->tag_n = 1;
	seal_text(f->seal, &tags[0].key, "k8s.io/cluster-autoscaler/enabled");
	seal_text(f->seal, &tags[0].value, "true");
	return record_seal(f->seal, KIND_GROUP);
}

struct group_sum *
make_group_sum(struct fixture *f, int running, int ready, int jobs,
	       int cpu_milli, const char *state)
{
	struct group_sum *s = seal_begin(f->seal, sizeof(*s));

	s->running = running;
	s->registered = s->ready = ready;
	s->jobs = jobs;
	s->pods = jobs < 0 ? -1 : jobs + ready * 4;
	s->cpu_request_milli = cpu_milli;
	s->memory_request_milli = cpu_milli < 0 ? -1 : cpu_milli / 2;
	s->managed = strcmp(state, "protected") != 0;
	s->protected_group = !s->managed;
	s->at_max = strcmp(state, "AT MAX") == 0;
	s->refused = str_has_prefix(state, "REFUSED") ? 4 : 0;
	s->spot = s->refused > 0;
	seal_text(f->seal, &s->state, state);
	seal_text(f->seal, &s->why, "desired equals running");
	s->chart_n = CHART_POINTS;
	for (int i = 0; i < CHART_POINTS; i++) {
		s->chart_desired[i] = (int16_t)(running * i / CHART_POINTS);
		s->chart_running[i] =
			(int16_t)(running * (i > 4 ? i - 4 : 0) /
				  CHART_POINTS);
	}
	return record_seal(f->seal, KIND_GROUP);
}

struct job *
make_job(struct fixture *f, int64_t id, const char *name, const char *project,
	 const char *tags, int queued_min)
{
	struct job *j = seal_begin(f->seal, sizeof(*j));
	const char **list;

	j->id = id;
	j->project_id = 7;
	seal_text(f->seal, &j->name, name);
	seal_text(f->seal, &j->stage, "test");
	seal_text(f->seal, &j->ref, "main");
	seal_text(f->seal, &j->project, project);
	seal_text(f->seal, &j->user, "ci");
	seal_text(f->seal, &j->status_text, "pending");
	list = seal_array(f->seal, &j->tags, 1, sizeof(*list));
	j->tag_n = 1;
	seal_text(f->seal, &list[0], tags);
	j->status = JOB_PENDING;
	j->created_ms = j->queued_ms = ago(f, queued_min);
	return record_seal(f->seal, KIND_JOB);
}

struct job_sum *
make_job_sum(struct fixture *f, struct handle pod, struct handle node,
	     struct handle group, enum phase phase, int since_min,
	     const char *why)
{
	struct job_sum *s = seal_begin(f->seal, sizeof(*s));

	s->pod = pod;
	s->node = node;
	s->group = group;
	s->phase = (uint8_t)phase;
	s->phase_since_ms = ago(f, since_min);
	s->wait_ms = phase == PHASE_RUNNING ? 95000 : MINUTES(since_min);
	s->poll_timeout_ms = MINUTES(30);
	seal_text(f->seal, &s->why, why);
	return record_seal(f->seal, KIND_JOB);
}

struct queue *
make_queue(struct fixture *f, const char *tags, int waiting, int oldest_min,
	   const char *blocked_by)
{
	struct queue *q = seal_begin(f->seal, sizeof(*q));

	seal_text(f->seal, &q->tags, tags);
	q->waiting = waiting;
	q->running = 3;
	q->oldest_ms = ago(f, oldest_min);
	seal_text(f->seal, &q->blocked_by, blocked_by);
	return record_seal(f->seal, KIND_QUEUE);
}

struct alarm *
make_alarm(struct fixture *f, const char *id, int severity, int since_min,
	   const char *text, struct handle about, const char *fix_verb,
	   const char *fix_text)
{
	struct alarm *a = seal_begin(f->seal, sizeof(*a));

	seal_text(f->seal, &a->id, id);
	a->severity = (uint8_t)severity;
	a->since_ms = ago(f, since_min);
	seal_text(f->seal, &a->text, text);
	seal_text(f->seal, &a->why, "first reason\nsecond reason\n");
	a->subject = about;
	seal_text(f->seal, &a->fix_verb, fix_verb);
	seal_text(f->seal, &a->fix_text, fix_text);
	return record_seal(f->seal, KIND_ALARM);
}

struct decision *
make_decision(struct fixture *f, uint64_t number, int ago_min, const char *by,
	      const char *what, const char *subject, const char *change,
	      const char *reason, const char *detail)
{
	struct decision *d = seal_begin(f->seal, sizeof(*d));

	d->number = number;
	d->at_ms = ago(f, ago_min);
	seal_text(f->seal, &d->by, by);
	seal_text(f->seal, &d->what, what);
	seal_text(f->seal, &d->subject, subject);
	seal_text(f->seal, &d->change, change);
	seal_text(f->seal, &d->reason, reason);
	seal_text(f->seal, &d->detail, detail);
	return record_seal(f->seal, KIND_DECISION);
}

/* t: id, what, subject, group, change, reason, clears, upstream, detail. */
struct plan_step *
make_step(struct fixture *f, enum step_sort sort, int order, int since_min,
	  const char *const *t)
{
	struct plan_step *s = seal_begin(f->seal, sizeof(*s));
	const char **const slots[] = {
		&s->id,	    &s->what,	&s->subject,  &s->group,  &s->change,
		&s->reason, &s->clears, &s->upstream, &s->detail,
	};

	s->sort = (uint8_t)sort;
	s->order = order;
	if (since_min)
		s->since_ms = ago(f, since_min);
	for (size_t i = 0; i < ARRAY_LEN(slots); i++)
		seal_text(f->seal, slots[i], t[i]);
	seal_text(f->seal, &s->pods, "");
	return record_seal(f->seal, KIND_STEP);
}

struct event *
make_event(struct fixture *f, const char *type, const char *reason,
	   const char *kind, const char *name, const char *message,
	   int ago_min)
{
	struct event *e = seal_begin(f->seal, sizeof(*e));
	char own[300];

	snprintf(own, sizeof(own), "%s.%d", name, ago_min);
	fill_meta(f, &e->meta, "ci", own, ago(f, ago_min));
	seal_text(f->seal, &e->type, type);
	seal_text(f->seal, &e->reason, reason);
	seal_text(f->seal, &e->message, message);
	seal_text(f->seal, &e->object_kind, kind);
	seal_text(f->seal, &e->object_ns, "ci");
	seal_text(f->seal, &e->object_name, name);
	snprintf(own, sizeof(own), "uid-%s", name);
	seal_text(f->seal, &e->object_uid, own);
	seal_text(f->seal, &e->source, "kubelet");
	e->count = 3;
	e->first_ms = ago(f, ago_min + 2);
	e->last_ms = ago(f, ago_min);
	return record_seal(f->seal, KIND_EVENT);
}

struct entry *
make_entry(struct fixture *f, uint64_t seq, int ago_min, const char *verb,
	   const char *target, const char *phase, const char *result)
{
	struct entry *e = seal_begin(f->seal, sizeof(*e));

	e->seq = seq;
	e->at_ms = f->wall_ms - MINUTES(ago_min);
	seal_text(f->seal, &e->id, "a-66f0c1e2-1");
	seal_text(f->seal, &e->op, "o-1");
	seal_text(f->seal, &e->phase, phase);
	seal_text(f->seal, &e->by, "oncall");
	seal_text(f->seal, &e->via, "console");
	seal_text(f->seal, &e->context, "ci-prod");
	seal_text(f->seal, &e->verb, verb);
	seal_text(f->seal, &e->target, target);
	seal_text(f->seal, &e->why, "jobs wait");
	seal_text(f->seal, &e->change, "20>25");
	seal_text(f->seal, &e->result, result);
	return record_seal(f->seal, KIND_ENTRY);
}
