/*
 * What a removal asks of the servers: the pods on its node (uncached), its
 * group, evictions, the end of its instance.
 */
#include "backend/control/removal_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/json.h"
#include "backend/model/cloud.h"
#include "backend/model/pod.h"

#define READ_MS ((int64_t)10 * 1000)
#define EVICT_AGAIN_MS ((int64_t)10 * 1000)
#define DEFAULT_GRACE_S 30

/* ---- the pods on the node ---- */

static bool
may_be_moved(const struct removal *r, const struct pod *p)
{
	char key[RECORD_KEY];

	record_key(&p->record, key);
	for (uint32_t i = 0; i < r->planned.n; i++)
		if (strcmp(r->planned.at[i], key) == 0)
			return true;
	return false;
}

/* Pods that are nobody's loss, or that come along (reference 5.6). */
static bool
is_nothing(const struct removal *r, const struct pod *p)
{
	return pod_is_finished(p) || pod_is_daemon(p) || pod_is_mirror(p) ||
	       (p->has_priority && p->priority < r->expendable_below &&
		!p->is_job);
}

static bool
carries_the_fleet(const struct pod *p)
{
	static const char *const apps[] = { "cluster-autoscaler",
					    "aws-cluster-autoscaler",
					    "paddock" };
	const char *app = labels_get(&p->meta.labels,
				     "app.kubernetes.io/name");

	if (!app)
		app = labels_get(&p->meta.labels, "app");
	if (p->is_manager)
		return true;
	for (size_t i = 0; app && i < ARRAY_LEN(apps); i++)
		if (strcmp(app, apps[i]) == 0)
			return true;
	for (uint32_t i = 0; i < p->container_n; i++)
		if (strstr(str_or_empty(p->containers[i].image),
			   "/cluster-autoscaler"))
			return true;
	return false;
}

/* What forbids the removal, found on the node now. */
static bool
pod_allows(const struct removal *r, const struct pod *p, struct err *err)
{
	if (p->is_job && !p->is_pause && !pod_is_finished(p))
		return err_set(err, ERR_CONFLICT,
			       "%s: a CI job came to it, %s/%s (rule 6)",
			       r->node.name, p->meta.ns, p->meta.name);
	if (carries_the_fleet(p))
		return err_set(err, ERR_CONFLICT,
			       "%s: %s/%s came to it (rule 5)", r->node.name,
			       p->meta.ns, p->meta.name);
	if (is_nothing(r, p) || may_be_moved(r, p))
		return true;
	return err_set(err, ERR_CONFLICT, "%s: a pod came to it, %s/%s",
		       r->node.name, p->meta.ns, p->meta.name);
}

static void
remember(struct removal *r, const struct pod *p)
{
	struct removal_pod one = { .grace_s = p->grace_s };

	for (uint32_t i = 0; i < r->pods.n; i++)
		if (strcmp(r->pods.at[i].uid, p->meta.uid) == 0)
			return;
	one.ns = xstrdup(p->meta.ns);
	one.name = xstrdup(p->meta.name);
	one.uid = xstrdup(p->meta.uid);
	one.evicted = p->meta.deleted_ms != 0; /* on its way already */
	vec_push(&r->pods, one);
}

/* False with err: given up.  *left counts pods that have to go first. */
static bool
take_pods(struct removal *r, const struct tree *list, uint32_t *left,
	  struct err *err)
{
	struct seal *s = seal_new();
	bool ok = true;

	*left = 0;
	if (!tree_is(tree_get(list, "items"), TREE_ARRAY) ||
	    *str_or_empty(tree_text(tree_at(list, "metadata.continue"))))
		ok = err_set(err, ERR_BAD,
			     "%s: its pods could not be listed completely",
			     r->node.name);
	tree_each (t, tree_get(list, "items")) {
		const struct record *rec;
		const struct pod *p;

		if (!ok)
			break;
		rec = codec_of(KIND_POD)->decode(s, t, err);
		p = (const void *)rec;
		ok = rec && pod_allows(r, p, err);
		if (ok && !is_nothing(r, p)) {
			remember(r, p);
			(*left)++;
		}
		if (rec)
			record_unref(rec);
	}
	seal_free(s);
	return ok;
}

static void
go_on_with(struct removal *r, uint32_t left)
{
	struct err err;

	if (r->stopped) {
		err_set(&err, ERR_CONFLICT, "stopped");
		removal_give_up(r, "aborted", &err);
	} else if (r->state == REMOVAL_LAST_LOOK && !left) {
		removal_terminate(r);
	} else if (!left) {
		removal_enter(r, REMOVAL_READING);
		removal_read_group(r);
	} else if (!r->drain || r->state == REMOVAL_LAST_LOOK) {
		err_set(&err, ERR_CONFLICT, "%s is not empty any more",
			r->node.name);
		removal_give_up(r, "aborted", &err);
	} else if (r->state == REMOVAL_LOOKING) {
		removal_enter(r, REMOVAL_EVICTING);
	}
}

static void
on_pods(void *ctx, const struct kube_answer *a)
{
	struct removal *r = ctx;
	struct err err = a->err;
	uint32_t left;

	if (!removal_back(r) || r->state >= REMOVAL_CLEANING)
		return;
	r->listed_ms = store_world_ms(removal_backend(r)->store);
	if (err.code || !take_pods(r, a->body, &left, &err))
		removal_give_up(r, err.code == ERR_CONFLICT ? "aborted"
							    : "FailedToDelete",
				&err);
	else
		go_on_with(r, left);
}

void
removal_look(struct removal *r)
{
	struct err err;
	struct buf path;
	bool started;

	buf_init(&path, 4096);
	/* No resourceVersion: the server asks etcd, not its cache. */
	buf_printf(&path, "/api/v1/pods?fieldSelector=spec.nodeName%%3D%s",
		   r->node.name);
	r->busy++;
	started = kube_call(removal_backend(r)->kube,
			    &(struct kube_call){ .row = ROW_K8S_LIST,
						 .method = "GET",
						 .path = buf_text(&path),
						 .deadline_ms = READ_MS,
						 .on_done = on_pods,
						 .ctx = r },
			    &err);
	buf_fini(&path);
	if (started)
		return;
	r->busy--;
	removal_give_up(r, "FailedToDelete", &err);
}

/* ---- evictions ---- */

struct eviction {
	struct removal *removal;
	uint32_t pod;
	struct target target;
};

static void
on_evict_done(void *ctx, const struct act_end *o)
{
	struct eviction *e = ctx;
	struct removal *r = e->removal;
	struct removal_pod *p = &r->pods.at[e->pod];
	bool live = removal_back(r);

	free(e);
	p->asked = false;
	if (!live || r->state != REMOVAL_EVICTING)
		return;
	if (!o->err.code || o->err.code == ERR_GONE ||
	    o->err.code == ERR_CONFLICT) /* another pod of that name now */
		p->evicted = true;
	else
		p->next_ms = store_world_ms(removal_backend(r)->store) +
			     EVICT_AGAIN_MS;
}

static void
on_evicted(void *ctx, const struct kube_answer *a)
{
	act_run_answer(ctx, &a->err, NULL);
}

static int64_t
grace_of(const struct removal *r, const struct removal_pod *p)
{
	int64_t grace = p->grace_s >= 0 ? p->grace_s : DEFAULT_GRACE_S;
	int64_t most = r->grace_ms / 1000;

	return most > 0 && grace > most ? most : grace;
}

static bool
send_eviction(void *ctx, struct act_run *a, struct permit *permit,
	      struct err *err)
{
	struct eviction *e = ctx;
	const struct removal_pod *p = &e->removal->pods.at[e->pod];
	struct buf path, body;
	bool started;

	buf_init(&path, 4096);
	kube_path(&path, KIND_POD, p->ns, p->name, "eviction");
	buf_init(&body, 4096);
	buf_puts(&body, "{\"apiVersion\":\"policy/v1\",\"kind\":\"Eviction\","
			"\"metadata\":{\"name\":");
	buf_json_string(&body, p->name, strlen(p->name));
	buf_puts(&body, ",\"namespace\":");
	buf_json_string(&body, p->ns, strlen(p->ns));
	buf_printf(&body, "},\"deleteOptions\":{\"gracePeriodSeconds\":%lld,"
		   "\"preconditions\":{\"uid\":",
		   (long long)grace_of(e->removal, p));
	buf_json_string(&body, p->uid, strlen(p->uid));
	buf_puts(&body, "}}}");
	started = kube_call(removal_backend(e->removal)->kube,
			    &(struct kube_call){
				    .row = ROW_K8S_EVICT,
				    .permit = permit,
				    .method = "POST",
				    .path = buf_text(&path),
				    .body = buf_text(&body),
				    .deadline_ms = act_run_request_ms(a),
				    .on_done = on_evicted,
				    .ctx = a,
			    },
			    err);
	buf_fini(&path);
	buf_fini(&body);
	return started;
}

void
removal_evict(struct removal *r, uint32_t pod)
{
	struct removal_pod *p = &r->pods.at[pod];
	struct eviction *e = xcalloc(1, sizeof(*e));
	struct err err;
	char why[320];

	e->removal = r;
	e->pod = pod;
	snprintf(e->target.ns, sizeof(e->target.ns), "%s", p->ns);
	snprintf(e->target.name, sizeof(e->target.name), "%s", p->name);
	snprintf(e->target.uid, sizeof(e->target.uid), "%s", p->uid);
	snprintf(why, sizeof(why), "%s is removed", r->node.name);
	r->busy++;
	p->asked = true;
	if (act_run_start(removal_backend(r),
			  &(struct act_spec){
				  .row = ROW_K8S_EVICT,
				  .verb = "evict",
				  .op = r->op,
				  .by = ACT_BY_PADDOCK,
				  .kind = KIND_POD,
				  .target = &e->target,
				  .why = why,
				  .before = "there",
				  .after = "evicted",
				  .request_ms = PERMIT_LEASED_MS,
				  .send = send_eviction,
				  .done = on_evict_done,
				  .ctx = e,
			  },
			  &err))
		return;
	r->busy--;
	p->asked = false;
	p->next_ms = store_world_ms(removal_backend(r)->store) +
		     EVICT_AGAIN_MS;
	free(e);
}

/* ---- the end ---- */

/* The instance as the group has it now. */
enum found { FOUND_NOT, FOUND_LIVE, FOUND_GOING };

static bool
read_group(struct removal *r, const struct aws_answer *a, enum found *found,
	   bool *at_min, struct err *err)
{
	struct seal *s;
	bool ok = false;

	if (a->err.code) {
		*err = a->err;
		return false;
	}
	s = seal_new();
	*found = FOUND_NOT;
	tree_each (one, tree_get(a->body, "AutoScalingGroups")) {
		const struct record *rec =
			codec_of(KIND_GROUP)->decode(s, one, err);
		const struct group *g = (const void *)rec;

		if (!rec)
			break;
		ok = str_eq(g->name, r->group);
		*at_min = g->desired <= g->min;
		for (uint32_t i = 0; i < g->instance_n; i++) {
			const struct group_instance *at = &g->instances[i];

			if (!str_eq(at->id, r->instance))
				continue;
			*found = str_has_prefix(str_or_empty(at->lifecycle),
						"Terminat")
					 ? FOUND_GOING
					 : FOUND_LIVE;
		}
		record_unref(rec);
	}
	seal_free(s);
	return ok || err_set(err, ERR_GONE, "aws says: there is no group %s",
			     r->group);
}

static void
on_group(void *ctx, const struct aws_answer *a)
{
	struct removal *r = ctx;
	struct err err = { .code = ERR_NONE };
	enum found found;
	bool at_min;

	if (!removal_back(r) || r->state >= REMOVAL_CLEANING)
		return;
	if (!read_group(r, a, &found, &at_min, &err)) {
		removal_give_up(r, "FailedToDelete", &err);
	} else if (found == FOUND_GOING) {
		removal_terminated(r); /* by another hand */
	} else if (found == FOUND_NOT) {
		err_set(&err, ERR_REFUSED, "%s: instance %s is not in group "
			"%s (rule 7)", r->node.name, r->instance, r->group);
		removal_give_up(r, "FailedToDelete", &err);
	} else if (at_min) {
		err_set(&err, ERR_CONFLICT, "min size reached, nodes will not "
			"be deleted (rule 4)");
		removal_give_up(r, "aborted", &err);
	} else if (!r->no_node) {
		removal_enter(r, REMOVAL_LAST_LOOK);
		removal_look(r);
	} else if (removal_registered(r)) {
		err_set(&err, ERR_CONFLICT, "%s registered after all",
			r->instance);
		removal_give_up(r, "aborted", &err);
	} else {
		removal_terminate(r);
	}
}

void
removal_read_group(struct removal *r)
{
	struct err err;

	r->busy++;
	if (aws_describe_group(removal_backend(r)->aws, r->group, on_group, r,
			       &err))
		return;
	r->busy--;
	removal_give_up(r, "FailedToDelete", &err);
}

/* The answer was lost: is it going? */
static void
on_read_back(void *ctx, const struct aws_answer *a)
{
	struct removal *r = ctx;
	struct err err = { .code = ERR_NONE };
	enum found found;
	bool at_min;

	if (!removal_back(r))
		return;
	if (!read_group(r, a, &found, &at_min, &err)) {
		removal_unknown(r, &err);
	} else if (found == FOUND_LIVE) {
		err_set(&err, ERR_LIMIT,
			"%s: read back: it was not terminated",
			r->node.name);
		removal_give_up(r, "FailedToDelete", &err);
	} else {
		removal_terminated(r);
	}
}

static void
on_terminate_done(void *ctx, const struct act_end *o)
{
	struct removal *r = ctx;
	struct err err = o->err;

	if (!removal_back(r))
		return;
	aws_refresh(removal_backend(r)->aws);
	if (!err.code) {
		removal_terminated(r);
	} else if (o->sent && err.code == ERR_RETRY) {
		r->busy++;
		if (aws_describe_group(removal_backend(r)->aws, r->group,
				       on_read_back, r, &err))
			return;
		r->busy--;
		removal_unknown(r, &o->err);
	} else {
		removal_give_up(r, "FailedToDelete", &err);
	}
}

static void
on_terminated(void *ctx, const struct aws_answer *a)
{
	act_run_answer(ctx, &a->err, NULL);
}

static bool
send_terminate(void *ctx, struct act_run *a, struct permit *permit,
	       struct err *err)
{
	struct removal *r = ctx;

	return aws_terminate(removal_backend(r)->aws, permit, r->instance,
			     on_terminated, a, err);
}

void
removal_terminate(struct removal *r)
{
	struct err err;
	char before[RECORD_KEY + 80];

	/* The group counts this one against its limits after a restart, too:
	 * engine_past.c reads it back. */
	snprintf(before, sizeof(before), "%s of %s", r->instance, r->group);
	removal_enter(r, REMOVAL_ENDING);
	r->busy++;
	if (act_run_start(removal_backend(r),
			  &(struct act_spec){
				  .row = ROW_AWS_TERMINATE,
				  .verb = "terminate",
				  .op = r->op,
				  .by = ACT_BY_PADDOCK,
				  .kind = KIND_NODE,
				  .target = &r->node,
				  .why = r->drain ? "its pods fit elsewhere"
						  : "empty",
				  .before = before,
				  .after = "terminated, desired -1",
				  .request_ms = PERMIT_LEASED_MS,
				  .send = send_terminate,
				  .done = on_terminate_done,
				  .ctx = r,
			  },
			  &err))
		return;
	r->busy--;
	removal_give_up(r, "FailedToDelete", &err);
}
