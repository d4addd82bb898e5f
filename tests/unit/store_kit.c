/*
 * Records for tests of the store.
 */
#include "tests/unit/store_kit.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/check.h"

/* ---- clock ---- */

static int64_t
hand_wall(void *ctx)
{
	return ((struct hand_clock *)ctx)->wall_now_ms;
}

static int64_t
hand_boot(void *ctx)
{
	return ((struct hand_clock *)ctx)->boot_now_ms;
}

void
hand_clock_init(struct hand_clock *c, int64_t wall_ms)
{
	c->work = (struct clockwork){ hand_wall, hand_boot, c };
	c->wall_now_ms = wall_ms;
	c->boot_now_ms = 1000000;
}

void
hand_clock_step(struct hand_clock *c, int64_t ms)
{
	c->wall_now_ms += ms;
	c->boot_now_ms += ms;
}

/* ---- kit ---- */

void
kit_init(struct kit *k)
{
	memset(k, 0, sizeof(*k));
	hand_clock_init(&k->clock, KIT_START_MS);
	k->store = store_new(&k->clock.work);
	k->sink = store_sink(k->store);
	k->seal = seal_new();
}

void
kit_fini(struct kit *k)
{
	snapshot_unref(k->snap);
	store_free(k->store);
	seal_free(k->seal);
}

const struct snapshot *
kit_look(struct kit *k)
{
	snapshot_unref(k->snap);
	k->snap = store_publish(k->store);
	return k->snap;
}

void
kit_watch(struct kit *k, int minutes)
{
	for (int i = 0; i < 2 * minutes; i++) {
		hand_clock_step(&k->clock, 30 * 1000);
		kit_look(k);
	}
}

void
kit_put(struct kit *k, const void *record)
{
	assert_non_null(record);
	k->sink->put(k->sink->ctx, record);
}

void
kit_load(struct kit *k, enum kind kind)
{
	k->sink->list_begin(k->sink->ctx, kind);
	k->sink->list_end(k->sink->ctx, kind, true);
}

/* ---- records ---- */

static void
text(struct kit *k, const char **slot, const char *value)
{
	seal_text(k->seal, slot, value ? value : "");
}

/* seal_array's slot keeps its address while more is sealed. */
static void
labels(struct kit *k, struct labels *l, const char *const *pairs)
{
	struct label *at;
	uint32_t n = 0;

	for (uint32_t i = 0; pairs[i]; i += 2)
		n += pairs[i + 1] != NULL && *pairs[i + 1];
	at = seal_array(k->seal, &l->at, n, sizeof(*at));
	for (uint32_t i = 0; pairs[i]; i += 2) {
		if (!pairs[i + 1] || !*pairs[i + 1])
			continue;
		seal_text(k->seal, &at[l->n].key, pairs[i]);
		seal_text(k->seal, &at[l->n++].value, pairs[i + 1]);
	}
}

static void
meta(struct kit *k, struct meta *m, const char *ns, const char *name,
     const char *uid, const char *rv)
{
	char made[300];

	text(k, &m->ns, ns);
	text(k, &m->name, name);
	snprintf(made, sizeof(made), "uid-%s", name);
	text(k, &m->uid, uid ? uid : made);
	text(k, &m->rv, rv);
	m->created_ms = k->clock.wall_now_ms;
}

static void
pod_status(struct kit *k, struct pod *p, const struct kit_pod *from)
{
	struct container *c =
		seal_array(k->seal, &p->containers, 1, sizeof(*c));

	p->container_n = 1;
	text(k, &c->name, "build");
	text(k, &c->image,
	     from->autoscaler
		     ? "registry.k8s.io/autoscaling/cluster-autoscaler:v1.36.0"
		     : "docker.io/library/golang:1.24");
	p->phase = (uint8_t)(from->phase ? from->phase
			     : from->node ? POD_RUNNING
					  : POD_PENDING);
	c->exit_code = from->exit_code;
	text(k, &c->reason, from->waiting);
	if (p->phase == POD_RUNNING) {
		c->state = CONTAINER_RUNNING;
		p->ready = c->ready = true;
		p->ready_ms = from->ready_ms ? from->ready_ms
					     : k->clock.wall_now_ms;
	} else if (p->phase == POD_PENDING) {
		c->state = from->node ? CONTAINER_WAITING : CONTAINER_NONE;
	} else {
		c->state = CONTAINER_TERMINATED;
	}
	text(k, &p->reason, from->reason);
	text(k, &p->message, from->message);
	p->disruption_target = from->disrupted;
	p->has_scheduled = true;
	p->scheduled = from->node != NULL;
	p->unschedulable = from->unschedulable;
	p->scheduled_ms = from->node ? k->clock.wall_now_ms : 0;
	text(k, &p->scheduled_message,
	     from->unschedulable ? "0/1 nodes are available: 1 Insufficient "
				   "cpu."
				 : "");
}

const void *
kit_pod(struct kit *k, const struct kit_pod *from)
{
	struct pod *p = seal_begin(k->seal, sizeof(*p));

	meta(k, &p->meta, "ci", from->name, from->uid, from->rv);
	if (from->created_ms)
		p->meta.created_ms = from->created_ms;
	p->meta.deleted_ms = from->deleted_ms;
	if (from->daemon)
		text(k, &p->meta.owner_kind, "DaemonSet");
	labels(k, &p->meta.labels,
	       (const char *const[]){ "app", from->app,
				      "manager.runner.gitlab.com/id-short",
				      from->token,
				      "manager.runner.gitlab.com/name",
				      from->manager_name, NULL });
	labels(k, &p->meta.annotations,
	       (const char *const[]){ "job.runner.gitlab.com/name",
				      from->job_id ? "compile" : NULL,
				      "job.runner.gitlab.com/timeout",
				      from->job_id ? "1h" : NULL, NULL });
	text(k, &p->node_name, from->node);
	text(k, &p->pod_ip, from->ip);
	p->requests.cpu_mcpu = from->cpu_mcpu ? from->cpu_mcpu : 1000;
	p->requests.memory_bytes =
		from->memory_bytes ? from->memory_bytes : INT64_C(2) << 30;
	p->job_id = from->job_id;
	p->project_id = from->job_id ? 7 : 0;
	p->is_job = from->job_id != 0;
	p->is_manager = from->manager;
	pod_status(k, p, from);
	return record_seal(k->seal, KIND_POD);
}

const void *
kit_node(struct kit *k, const struct kit_node *from)
{
	struct node *n = seal_begin(k->seal, sizeof(*n));
	char provider[128];

	meta(k, &n->meta, "", from->name, from->uid, from->rv);
	if (from->created_ms)
		n->meta.created_ms = from->created_ms;
	labels(k, &n->meta.labels,
	       (const char *const[]){ "eks.amazonaws.com/capacityType",
				      from->spot ? "SPOT" : "ON_DEMAND",
				      NULL });
	snprintf(provider, sizeof(provider), "aws:///eu-west-1a/%s",
		 str_or_empty(from->instance));
	text(k, &n->provider_id, from->instance ? provider : "");
	text(k, &n->instance_id, from->instance);
	n->allocatable.cpu_mcpu = from->cpu_mcpu ? from->cpu_mcpu : 8000;
	n->allocatable.memory_bytes =
		from->memory_bytes ? from->memory_bytes : INT64_C(32) << 30;
	n->allocatable.pods = from->pods ? from->pods : 58;
	n->unschedulable = from->cordoned;
	n->has_ready = true;
	n->disk_pressure = from->disk_pressure ? TRI_TRUE : TRI_FALSE;
	n->ready = from->not_ready ? TRI_FALSE : TRI_TRUE;
	text(k, &n->ready_reason,
	     from->not_ready ? "KubeletNotReady" : "KubeletReady");
	n->ready_ms = k->clock.wall_now_ms;
	if (from->taint) {
		struct taint *t =
			seal_array(k->seal, &n->taints, 1, sizeof(*t));

		n->taint_n = 1;
		text(k, &t->key, from->taint);
		text(k, &t->value, from->taint_value);
		t->effect = TAINT_NO_SCHEDULE;
	}
	return record_seal(k->seal, KIND_NODE);
}

const void *
kit_group(struct kit *k, const char *name, int32_t min, int32_t desired,
	  int32_t max, const char *instances)
{
	struct group *g = seal_begin(k->seal, sizeof(*g));
	struct group_instance *at;
	char *list = xstrdup(instances), *save = NULL;
	uint32_t n = *instances != '\0';

	text(k, &g->name, name);
	text(k, &g->arn, name);
	text(k, &g->status, "");
	g->min = min;
	g->max = max;
	g->desired = desired;
	g->on_demand_base = g->on_demand_percent = -1;
	for (const char *c = instances; *c; c++)
		n += *c == ',';
	at = seal_array(k->seal, &g->instances, n, sizeof(*at));
	for (char *id = strtok_r(list, ",", &save); id;
	     id = strtok_r(NULL, ",", &save)) {
		struct group_instance *i = &at[g->instance_n++];

		text(k, &i->id, id);
		text(k, &i->type, "m7i.2xlarge");
		text(k, &i->zone, "eu-west-1a");
		text(k, &i->lifecycle, "InService");
		text(k, &i->health, "Healthy");
	}
	free(list);
	return record_seal(k->seal, KIND_GROUP);
}

const void *
kit_subnet(struct kit *k, const char *id, const char *zone, int32_t left)
{
	struct subnet *n = seal_begin(k->seal, sizeof(*n));

	text(k, &n->id, id);
	text(k, &n->zone, zone);
	n->free_addresses = left;
	return record_seal(k->seal, KIND_SUBNET);
}

const void *
kit_instance(struct kit *k, const char *id, int64_t launched_ms)
{
	struct instance *i = seal_begin(k->seal, sizeof(*i));

	text(k, &i->id, id);
	text(k, &i->type, "m7i.2xlarge");
	text(k, &i->zone, "eu-west-1a");
	text(k, &i->state, "running");
	i->launched_ms = launched_ms;
	return record_seal(k->seal, KIND_INSTANCE);
}

/* Comma separated. */
static void
all_tags(struct kit *k, const char *const **slot, uint32_t *n,
	 const char *tags)
{
	const char **at;
	uint32_t many = 1;

	if (!tags)
		return;
	for (const char *p = tags; *p; p++)
		many += *p == ',';
	at = seal_array(k->seal, slot, many, sizeof(*at));
	for (*n = 0; *n < many; ++*n) {
		size_t len = strcspn(tags, ",");
		char *tag = xstrndup(tags, len);

		text(k, &at[*n], tag);
		free(tag);
		tags += len + (tags[len] == ',');
	}
}

const void *
kit_job(struct kit *k, int64_t id, enum job_status status, const char *tag,
	int64_t runner_id, int64_t queued_ms)
{
	struct job *j = seal_begin(k->seal, sizeof(*j));

	j->id = id;
	j->project_id = 7;
	j->runner_id = runner_id;
	j->status = (uint8_t)status;
	j->created_ms = j->queued_ms = queued_ms;
	text(k, &j->name, "compile");
	text(k, &j->project, "group/app");
	text(k, &j->failure_reason, "");
	all_tags(k, &j->tags, &j->tag_n, tag);
	return record_seal(k->seal, KIND_JOB);
}

const void *
kit_runner(struct kit *k, int64_t id, const char *token,
	   const char *description, const char *tag, const char *status)
{
	struct runner *u = seal_begin(k->seal, sizeof(*u));

	u->id = id;
	text(k, &u->short_token, token);
	text(k, &u->description, description);
	text(k, &u->status, status);
	u->tags_known = true;
	u->running_jobs = -1;
	all_tags(k, &u->tags, &u->tag_n, tag);
	return record_seal(k->seal, KIND_RUNNER);
}

const void *
kit_manager(struct kit *k, int64_t id, int64_t runner_id,
	    const char *system_id, const char *runs, int64_t created_ms,
	    int64_t contacted_ms)
{
	struct manager *m = seal_begin(k->seal, sizeof(*m));

	m->id = id;
	m->runner_id = runner_id;
	m->created_ms = created_ms;
	m->contacted_ms = contacted_ms;
	text(k, &m->system_id, system_id);
	text(k, &m->executor, runs);
	text(k, &m->ip, "");
	text(k, &m->status, "online");
	return record_seal(k->seal, KIND_MANAGER);
}

const void *
kit_activity(struct kit *k, const char *id, const char *group,
	     const char *description, const char *cause, int64_t at_ms)
{
	struct activity *a = seal_begin(k->seal, sizeof(*a));

	text(k, &a->id, id);
	text(k, &a->group, group);
	text(k, &a->status, "Successful");
	text(k, &a->description, description);
	text(k, &a->cause, cause);
	text(k, &a->message, "");
	a->started_ms = at_ms;
	return record_seal(k->seal, KIND_ACTIVITY);
}

const void *
kit_launch_failed(struct kit *k, const char *id, const char *group,
		  const char *message, int64_t at_ms)
{
	struct activity *a = seal_begin(k->seal, sizeof(*a));

	text(k, &a->id, id);
	text(k, &a->group, group);
	text(k, &a->status, "Failed");
	text(k, &a->description, "Launching a new EC2 instance");
	text(k, &a->cause, "");
	text(k, &a->message, message);
	a->started_ms = at_ms;
	return record_seal(k->seal, KIND_ACTIVITY);
}

const void *
kit_event(struct kit *k, const char *name, const char *pod, const char *type,
	  const char *reason, const char *message, int64_t at_ms)
{
	struct event *e = seal_begin(k->seal, sizeof(*e));
	char uid[300];

	meta(k, &e->meta, "ci", name, NULL, NULL);
	snprintf(uid, sizeof(uid), "uid-%s", pod);
	text(k, &e->type, type);
	text(k, &e->reason, reason);
	text(k, &e->message, message);
	text(k, &e->object_kind, "Pod");
	text(k, &e->object_ns, "ci");
	text(k, &e->object_name, pod);
	text(k, &e->object_uid, uid);
	e->last_ms = at_ms;
	e->count = 1;
	return record_seal(k->seal, KIND_EVENT);
}

const void *
kit_configmap(struct kit *k, const char *ns, const char *name,
	      const char *key, const char *value)
{
	struct configmap *m = seal_begin(k->seal, sizeof(*m));

	meta(k, &m->meta, ns, name, NULL, NULL);
	labels(k, &m->data, (const char *const[]){ key, value, NULL });
	return record_seal(k->seal, KIND_CONFIGMAP);
}

const void *
kit_lease(struct kit *k, const char *rv, const char *holder,
	  int64_t renewed_ms)
{
	struct lease *l = seal_begin(k->seal, sizeof(*l));

	meta(k, &l->meta, "kube-system", "cluster-autoscaler", NULL, rv);
	text(k, &l->holder, holder);
	l->duration_s = 15;
	l->renewed_ms = renewed_ms;
	return record_seal(k->seal, KIND_LEASE);
}

/* ---- looking ---- */

const struct slot *
kit_slot(struct kit *k, enum kind kind, const char *ns, const char *name)
{
	struct handle h = snapshot_find(k->snap, kind, ns, name);

	return snapshot_slot(k->snap, h);
}

const void *
kit_sum(struct kit *k, enum kind kind, const char *name)
{
	const struct slot *slot = kit_slot(k, kind, NULL, name);

	return slot ? slot->sum : NULL;
}

const struct alarm *
kit_alarm(struct kit *k, const char *id)
{
	const struct slot *slot = kit_slot(k, KIND_ALARM, NULL, id);

	return slot ? (const void *)slot->rec : NULL;
}
