/*
 * The closed loop judged by the world's truth.
 */
#include "tests/unit/loop_truth.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/sim/world/eks.h"

#define WINDOW_MS ((int64_t)10 * 60 * 1000) /* rule 4 */
/* A request arrives at the step after the one it was decided in. */
#define SLACK_MS ((int64_t)3 * LOOP_STEP_MS)

enum { STEP_ADD = 10, STEP_ADD_PERCENT = 50, STEP_REMOVE = 3 };

const char *const loss_names[LOST_COUNT] = {
	"spot",	      "machine",      "roll",	 "manager", "preemption",
	"not served", "own time-out", "paddock", "unknown",
};

static const char *
now_text(const struct loop_truth *t)
{
	static char text[TIME_TEXT];

	time_format(loop_now_ms(t->loop), false, text);
	return text;
}

/* ---- what stands on a node ---- */

static const struct ci_job *
job_on(const struct loop_truth *t, const char *node, const char *pod)
{
	const struct ci *ci = t->loop->kit.ci;

	for (uint32_t i = 0; i < ci->jobs.n; i++) {
		const struct ci_job *j = ci->jobs.at[i];

		if (ci_is_taken(j) && ((node && str_eq(j->node, node)) ||
				       (pod && str_eq(j->pod, pod))))
			return j;
	}
	return NULL;
}

static bool
is_going(const struct cloud_instance *i)
{
	return i->notice_ms || i->state >= INSTANCE_SHUTTING_DOWN ||
	       i->lifecycle >= LIFECYCLE_TERMINATING;
}

/* ---- acts on groups ---- */

static struct loop_act
lately(const struct loop_truth *t, const struct cloud_group *g, int64_t at_ms)
{
	struct loop_act sum = { .group = g };
	int32_t more = 0, fewer = 0;

	for (uint32_t i = 0; i < t->acts.n; i++) {
		const struct loop_act *a = &t->acts.at[i];

		if (a->group != g || a->at_ms > at_ms ||
		    at_ms - a->at_ms >= WINDOW_MS - SLACK_MS)
			continue;
		more += a->by > 0 ? a->by : 0;
		fewer += a->by < 0 ? -a->by : 0;
	}
	sum.by = more;
	sum.at_ms = fewer;
	return sum;
}

static void
did(struct loop_truth *t, const struct cloud_group *g, int64_t at_ms,
    int32_t by)
{
	struct loop_act a = { at_ms, g, by };

	if (by > 0 && lately(t, g, at_ms).at_ms > 0)
		t->flips++; /* it grows again what it has just let go */
	t->ups += by > 0;
	t->downs += by < 0;
	vec_push(&t->acts, a);
}

/* The value of a form's key; "" when absent; ours need no decoding. */
static void
form_value(const struct face_request *q, const char *key, char out[static 128])
{
	char *want = xasprintf("%s=", key);
	const char *at = strstr(q->body, want);

	*out = '\0';
	if (at && (at == q->body || at[-1] == '&'))
		snprintf(out, 128, "%.*s", (int)strcspn(at + strlen(want), "&"),
			 at + strlen(want));
	free(want);
}

static void
judge_desired(struct loop_truth *t, const struct face_request *q, int status)
{
	char name[128], number[128];
	struct cloud_group *g;
	int32_t to, added, base, most;

	form_value(q, "AutoScalingGroupName", name);
	form_value(q, "DesiredCapacity", number);
	g = cloud_group(t->loop->kit.cloud, name);
	to = (int32_t)strtol(number, NULL, 10);
	if (!g)
		fail_msg("%s: desired of an unknown group %s", now_text(t),
			 name);
	if (status) {
		if (status < 300)
			did(t, g, loop_now_ms(t->loop), t->pending_by);
		return;
	}
	t->pending_by = to - g->desired;
	if (to < g->min || to > g->max)
		fail_msg("%s: %s set to %d, outside %d..%d (rule 4)",
			 now_text(t), name, to, g->min, g->max);
	if (to < g->desired && to < (int32_t)group_alive(g))
		fail_msg("%s: %s set to %d below %u live instances (rule 7)",
			 now_text(t), name, to, group_alive(g));
	added = lately(t, g, loop_now_ms(t->loop)).by;
	base = g->desired - added;
	most = base * STEP_ADD_PERCENT / 100;
	most = most > STEP_ADD ? most : STEP_ADD;
	if (to > g->desired && added + to - g->desired > most)
		fail_msg("%s: %s grows by %d after %d in ten minutes, %d are "
			 "allowed (rule 4)",
			 now_text(t), name, to - g->desired, added, most);
}

/* When the removal of the node began: what rule 4 counts. */
static int64_t
marked_ms(const struct loop_truth *t, const char *node)
{
	for (uint32_t i = t->marks.n; i-- > 0;)
		if (strcmp(t->marks.at[i].name, node) == 0)
			return t->marks.at[i].at_ms;
	return loop_now_ms(t->loop);
}

static void
judge_end(struct loop_truth *t, const struct face_request *q, int status)
{
	char id[128], decrement[128];
	struct cloud_instance *i;
	const struct ci_job *j;
	int64_t began;

	form_value(q, "InstanceId", id);
	form_value(q, "ShouldDecrementDesiredCapacity", decrement);
	i = cloud_instance(t->loop->kit.cloud, id);
	if (!i || !i->group)
		return; /* gone already: the cloud refuses it */
	began = marked_ms(t, i->dns);
	if (status) {
		if (status < 300) {
			did(t, i->group, began, -1);
			vec_push(&t->ended, xstrdup(id));
		}
		return;
	}
	if (strcmp(decrement, "true") != 0)
		fail_msg("%s: %s is ended without decrement (rule 7)",
			 now_text(t), id);
	j = is_going(i) ? NULL : job_on(t, i->dns, NULL);
	if (j)
		fail_msg("%s: %s is ended under job %lld (rule 6)", now_text(t),
			 i->dns, (long long)j->id);
	if (!is_going(i) && i->group->desired - 1 < i->group->min)
		fail_msg("%s: %s falls below its minimum (rule 4)", now_text(t),
			 i->group->name);
	if (lately(t, i->group, began).at_ms >= STEP_REMOVE)
		fail_msg("%s: a fourth node of %s goes in ten minutes "
			 "(rule 4)",
			 now_text(t), i->group->name);
}

static void
judge_aws(struct loop_truth *t, const struct face_request *q, int status)
{
	if (strstr(q->body, "Action=SetDesiredCapacity"))
		judge_desired(t, q, status);
	else if (strstr(q->body, "Action=TerminateInstanceInAutoScalingGroup"))
		judge_end(t, q, status);
	else
		fail_msg("%s: paddock asks AWS for %s", now_text(t), q->body);
}

/* ---- acts on pods and nodes ---- */

static bool
pod_of_path(const char *path, char out[static 128])
{
	const char *at = strstr(path, "/pods/");

	if (!at)
		return false;
	snprintf(out, 128, "%.*s", (int)strcspn(at + 6, "/"), at + 6);
	return true;
}

/* An eviction or a deletion. */
static void
judge_pod(struct loop_truth *t, const struct face_request *q)
{
	const char *ns = t->loop->kit.scenario->namespace;
	char pod[128], *place = xasprintf("/namespaces/%s/", ns);
	const struct ci_job *j;

	if (pod_of_path(q->path, pod)) {
		j = job_on(t, NULL, pod);
		if (j)
			fail_msg("%s: the pod of job %lld is ended (rule 6)",
				 now_text(t), (long long)j->id);
		if (strstr(q->path, place) && !str_has_prefix(pod, "runner-"))
			fail_msg("%s: the manager %s is ended (rule 5)",
				 now_text(t), pod);
		t->evictions++;
	}
	free(place);
}

static void
note_mark(struct loop_truth *t, const struct face_request *q)
{
	struct loop_mark m = { .at_ms = loop_now_ms(t->loop) };
	const char *at = strstr(q->path, "/nodes/");
	const struct object *o;

	if (!at)
		return;
	t->taints++;
	snprintf(m.name, sizeof(m.name), "%s", at + 7);
	o = objects_get(t->loop->kit.objects, t->loop->kit.nodes, "", m.name);
	if (strstr(q->body, "ToBeDeletedByClusterAutoscaler") && o &&
	    !memmem(o->json, o->len, "ToBeDeletedByCl", 15))
		vec_push(&t->marks, m);
}

static void
judge(void *ctx, const struct loop_request *r, int status)
{
	struct loop_truth *t = ctx;
	const struct face_request *q = r->q;
	bool is_pod = strstr(q->path, "/pods/") != NULL;

	if (r->aws)
		judge_aws(t, q, status);
	else if (!status && is_pod &&
		 (strcmp(q->method, "DELETE") == 0 ||
		  strstr(q->path, "/eviction")))
		judge_pod(t, q);
	else if (!status)
		note_mark(t, q);
}

/* ---- jobs ---- */

/* Addresses come again: the one that was there when the job's pod ran. */
static const struct cloud_instance *
instance_of(const struct loop_truth *t, const struct ci_job *j)
{
	int64_t ran = j->step_ms[STEP_RUNNING];
	int64_t before = ran ? ran : j->finished_ms;
	const struct cloud_instance *found = NULL;
	const char *id;
	void *value;

	for (uint32_t at = 0;
	     map_next(t->loop->kit.cloud->instances, &at, &id, &value);) {
		const struct cloud_instance *i = value;

		if (str_eq(i->dns, j->node) && i->launched_ms < before &&
		    (!found || i->launched_ms > found->launched_ms))
			found = i;
	}
	return found;
}

/* EKS replaces the nodes of its group: those of an older image it drains, one
 * of the newer it takes back by a smaller group at the end. */
static bool
is_rolled(const struct loop_truth *t, const struct cloud_instance *i)
{
	const struct cloud *c = t->loop->kit.cloud;

	for (uint32_t k = 0; k < c->group_n; k++) { /* it may have left */
		const struct cloud_group *g = &c->groups[k];

		if (g->plan == i->plan && g->nodegroup && g->templates.n > 1)
			return is_going(i) ||
			       g->templates.at[g->templates.n - 1].release !=
				       i->release;
	}
	return false;
}

struct victim {
	const char *pod;
	bool found;
};

static bool
match_victim(void *ctx, const struct object *o)
{
	struct victim *v = ctx;

	if (memmem(o->json, o->len, "\"Preempted\"", 11) &&
	    memmem(o->json, o->len, v->pod, strlen(v->pod)))
		v->found = true;
	return !v->found;
}

/* The scheduler made room for a pod of higher priority, a DaemonSet's. */
static bool
is_preempted(const struct loop_truth *t, const struct ci_job *j)
{
	struct victim v = { str_or_empty(j->pod), false };

	if (*v.pod)
		objects_each(t->loop->kit.objects, t->loop->kit.events, NULL,
			     NULL, match_victim, &v);
	return v.found;
}

static bool
is_named(char *const *list, uint32_t n, const char *name)
{
	for (uint32_t i = 0; i < n; i++)
		if (str_eq(list[i], name))
			return true;
	return false;
}

static enum loss
loss_of(const struct loop_truth *t, const struct ci_job *j)
{
	const struct cloud_instance *i = j->node ? instance_of(t, j) : NULL;
	const char *why = i ? str_or_empty(i->reason_code) : "";

	if (str_eq(j->failure_reason, "job_execution_timeout"))
		return LOST_OWN;
	if (is_named(t->killed.at, t->killed.n, j->host))
		return LOST_MANAGER;
	if (i && i->notice_ms && i->notice_ms <= j->finished_ms)
		return LOST_SPOT;
	if (i && is_named(t->ended.at, t->ended.n, i->id))
		return LOST_PADDOCK;
	if (strstr(why, "InternalError"))
		return LOST_MACHINE;
	if (i && is_rolled(t, i))
		return LOST_ROLL;
	if (strstr(str_or_empty(j->failure_text), "timed out waiting for pod"))
		return LOST_PATIENCE;
	if (is_preempted(t, j))
		return LOST_PREEMPTED;
	return LOST_UNKNOWN;
}

static void
fail_lost(const struct loop_truth *t, const struct ci_job *j, enum loss loss)
{
	const struct cloud_instance *i = j->node ? instance_of(t, j) : NULL;

	fail_msg("job %lld was lost by %s: %s %s; pod %s made at %lld, ran "
		 "at %lld, over at %lld; on %s of %s, %s, launched at %lld, "
		 "ended at %lld: %s (seconds)",
		 (long long)j->id, loss_names[loss],
		 str_or_empty(j->failure_reason), str_or_empty(j->failure_text),
		 str_or_empty(j->pod), (long long)j->step_ms[STEP_POD] / 1000,
		 (long long)j->step_ms[STEP_RUNNING] / 1000,
		 (long long)j->finished_ms / 1000, str_or_empty(j->node),
		 i ? i->plan->name : "?", i ? i->id : "no instance",
		 i ? (long long)i->launched_ms / 1000 : 0,
		 i ? (long long)i->ended_ms / 1000 : 0,
		 i ? str_or_empty(i->reason_code) : "");
}

static void
judge_job(struct loop_truth *t, const struct ci_job *j)
{
	int64_t ran = j->step_ms[STEP_RUNNING], made = j->step_ms[STEP_POD];
	enum loss loss;

	if (ran && made && ran - made > t->longest_wait_ms)
		t->longest_wait_ms = ran - made;
	t->succeeded += j->status == CI_SUCCESS;
	t->canceled += j->status == CI_CANCELED;
	if (j->status != CI_FAILED)
		return;
	if (str_eq(j->failure_reason, "script_failure")) {
		t->failed++;
		return;
	}
	loss = loss_of(t, j);
	t->lost[loss]++;
	if (loss >= LOST_PADDOCK)
		fail_lost(t, j, loss);
}

void
truth_look(struct loop_truth *t)
{
	const struct ci *ci = t->loop->kit.ci;
	uint32_t n = 0;

	for (uint32_t i = 0; i < ci->jobs.n; i++) {
		const struct ci_job *j = ci->jobs.at[i];

		if (j->id < t->next_job)
			continue;
		t->next_job = j->id + 1;
		t->jobs++;
		vec_push(&t->open, j->id);
	}
	for (uint32_t i = 0; i < t->open.n; i++) {
		const struct ci_job *j = ci_job(ci, t->open.at[i]);

		if (!j)
			fail_msg("job %lld is forgotten before it was judged",
				 (long long)t->open.at[i]);
		if (ci_is_over(j))
			judge_job(t, j);
		else
			t->open.at[n++] = t->open.at[i];
	}
	t->open.n = n;
}

void
truth_killed_manager(struct loop_truth *t, const char *pod)
{
	vec_push(&t->killed, xstrdup(pod));
}

/* ---- the whole ---- */

uint32_t
truth_acts_since(const struct loop_truth *t, int64_t ms)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->acts.n; i++)
		n += t->acts.at[i].at_ms >= ms;
	return n;
}

bool
truth_at_rest(const struct loop_truth *t)
{
	const struct cloud *c = t->loop->kit.cloud;

	for (uint32_t i = 0; i < c->group_n; i++) {
		const struct cloud_group *g = &c->groups[i];

		/* What the system stands on is nobody's to take. */
		if (str_eq(g->name, "management"))
			continue;
		if (g->desired != g->min || group_alive(g) != (uint32_t)g->min)
			return false;
	}
	return t->open.n == 0 && t->loop->kit.ci->pending.n == 0;
}

void
truth_all_served(const struct loop_truth *t)
{
	for (uint32_t i = 0; i < t->open.n; i++) {
		const struct ci_job *j = ci_job(t->loop->kit.ci, t->open.at[i]);

		fail_msg("job %lld is %s still, pod %s on %s", (long long)j->id,
			 ci_status_name(j->status), str_or_empty(j->pod),
			 str_or_empty(j->node));
	}
	assert_int_equal(t->lost[LOST_PATIENCE], 0);
	assert_int_equal(kit_count(&t->loop->kit).unscheduled, 0);
}

void
truth_print(const struct loop_truth *t, const char *name)
{
	struct buf lost;

	buf_init(&lost, 4096);
	for (int i = 0; i < LOST_COUNT; i++)
		if (t->lost[i])
			buf_printf(&lost, "%s%s %u", lost.len ? ", " : "",
				   loss_names[i], t->lost[i]);
	print_message("%s: %u jobs (%u ok, %u scripts failed, lost: %s), "
		      "longest wait for a node %lld s; %u growths, %u nodes "
		      "removed, %u flips, %u evictions; %llu requests\n",
		      name, t->jobs, t->succeeded, t->failed,
		      lost.len ? buf_text(&lost) : "none",
		      (long long)t->longest_wait_ms / 1000, t->ups, t->downs,
		      t->flips, t->evictions,
		      (unsigned long long)t->loop->requests);
	buf_fini(&lost);
}

void
truth_open(struct loop_truth *t, struct loop *l)
{
	const struct ci *ci = l->kit.ci;

	*t = (struct loop_truth){ .loop = l };
	l->on_write = judge;
	l->ctx = t;
	/* What was over before is nobody's. */
	for (uint32_t i = 0; i < ci->jobs.n; i++) {
		const struct ci_job *j = ci->jobs.at[i];

		t->next_job = j->id + 1;
		if (ci_is_over(j))
			continue;
		t->jobs++;
		vec_push(&t->open, j->id);
	}
}

void
truth_close(struct loop_truth *t)
{
	for (uint32_t i = 0; i < t->ended.n; i++)
		free(t->ended.at[i]);
	for (uint32_t i = 0; i < t->killed.n; i++)
		free(t->killed.at[i]);
	vec_free(&t->ended);
	vec_free(&t->killed);
	vec_free(&t->acts);
	vec_free(&t->marks);
	vec_free(&t->open);
}
