/*
 * Runners: their jobs, their manager pod, and what its configuration allows.
 */
#include "backend/store/private.h"
#include "backend/store/runner_config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* The executor's own default (reference integrations A5). */
#define POLL_TIMEOUT_MS ((int64_t)180 * 1000)

static struct runner_row *
runner_row_of(struct row *r)
{
	return link_of(r, runner_row, row);
}

struct runner_row *
runner_by_id(const struct store *s, int64_t id)
{
	char key[24];
	struct row *r;

	snprintf(key, sizeof(key), "%" PRId64, id);
	r = shelf_find(&s->shelf[KIND_RUNNER], key);
	return r ? runner_row_of(r) : NULL;
}

static void
leave_crew(struct store *s, struct runner_row *r)
{
	struct crew *c = r->crew;

	r->crew = NULL;
	if (c && c->runner == r)
		c->runner = NULL;
	crew_release(s, c);
}

static void
put_runner(struct store *s, struct row *row, bool first)
{
	struct runner_row *r = runner_row_of(row);
	const struct runner *u = row_rec(s, row);
	const char *token = str_or_empty(u->short_token);

	if (first) {
		list_init(&r->jobs);
		r->concurrent = r->limit = r->took = -1;
		r->poll_timeout_ms = -1;
		/* Jobs may have named it before it was known. */
		list_each (row, j, &s->shelf[KIND_JOB].arrived, queue)
			row_dirty(s, j);
	}
	s->runner_epoch++;
	if (r->crew || !*token)
		return;
	r->crew = crew_of(s, token);
	if (r->crew->runner) /* of the same token: the later word counts */
		r->crew->runner->crew = NULL;
	r->crew->runner = r;
	list_each (pod_row, p, &r->crew->pods, in_crew)
		row_dirty(s, &p->row);
}

static void
forget_runner(struct store *s, struct row *row)
{
	struct runner_row *r = runner_row_of(row);

	list_each (job_row, j, &r->jobs, in_runner)
		job_unlink_runner(s, j);
	if (r->crew)
		list_each (pod_row, p, &r->crew->pods, in_crew)
			row_dirty(s, &p->row);
	leave_crew(s, r);
	s->runner_epoch++;
}

/* ---- manager pod and configuration ---- */

static const char *const name_labels[] = {
	"app", "release", "app.kubernetes.io/instance",
	"app.kubernetes.io/name",
};

/* How sure we are that the pod runs this runner: GitLab saw the manager at the
 * pod's address; or release and description agree; or there is no other. */
int
runner_manages(const struct store *s, const struct runner *u,
	       const struct pod *p)
{
	size_t len;

	list_each (row, row,
		   (struct link *)(uintptr_t)&s->shelf[KIND_MANAGER].arrived,
		   queue) {
		const struct manager *m = row_rec(s, row);

		if (m->runner_id == u->id && *str_or_empty(m->ip) &&
		    str_eq(m->ip, p->pod_ip))
			return 4;
	}
	if (!*str_or_empty(u->description))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(name_labels); i++)
		if (str_eq(labels_get(&p->meta.labels, name_labels[i]),
			   u->description))
			return 3;
	len = strlen(u->description);
	if (strncmp(p->meta.name, u->description, len) == 0 &&
	    (p->meta.name[len] == '-' || !p->meta.name[len]))
		return 2;
	return s->shelf[KIND_RUNNER].live == 1 ? 1 : 0;
}

/* The manager that takes jobs, or while `ending` one that terminates: after an
 * upgrade the old one lingers to finish its own. */
static struct pod_row *
find_manager(const struct store *s, const struct runner *u, bool ending)
{
	struct pod_row *best = NULL;
	int sure = 0;

	list_each (pod_row, p, (struct link *)(uintptr_t)&s->managers,
		   in_managers) {
		const struct pod *rec = row_rec(s, &p->row);
		int now = runner_manages(s, u, rec);

		if (now > sure && ending == (rec->meta.deleted_ms != 0)) {
			sure = now;
			best = p;
		}
	}
	return best;
}

/* Its jobs never have pods here: docker+machine, shell and their like. */
static bool
runs_elsewhere(const struct store *s, const struct runner *u)
{
	bool other = false;

	list_each (row, row,
		   (struct link *)(uintptr_t)&s->shelf[KIND_MANAGER].arrived,
		   queue) {
		const struct manager *m = row_rec(s, row);

		if (m->runner_id != u->id || !*str_or_empty(m->executor))
			continue;
		if (str_eq(m->executor, "kubernetes"))
			return false;
		other = true;
	}
	return other;
}

/* A change of what it takes is worth saying when it was seen happening. */
static void
note_limit(struct store *s, struct runner_row *r, int32_t before)
{
	int32_t now = r->limit > 0 ? r->limit : r->concurrent;

	if (before < 0 || now < 0 || before == now)
		return;
	r->took = before;
	r->took_until_ms = store_world_ms(s);
}

static const struct configmap *
config_of(const struct store *s, const struct pod *p)
{
	for (size_t i = 0; i < ARRAY_LEN(name_labels); i++) {
		const char *name = labels_get(&p->meta.labels, name_labels[i]);
		char key[RECORD_KEY];
		struct row *r;

		if (!name)
			continue;
		snprintf(key, sizeof(key), "%s/%s", p->meta.ns, name);
		r = shelf_find(&s->shelf[KIND_CONFIGMAP], key);
		if (r)
			return row_rec(s, r);
	}
	return NULL;
}

static void
configure(struct store *s, struct runner_row *r)
{
	const struct runner *u = row_rec(s, &r->row);
	struct runner_config c;
	const struct configmap *m;
	int64_t before = r->poll_timeout_ms;
	int32_t took = r->limit > 0 ? r->limit : r->concurrent;
	bool elsewhere = runs_elsewhere(s, u);

	if (elsewhere != r->elsewhere) {
		r->elsewhere = elsewhere;
		list_each (job_row, j, &r->jobs, in_runner)
			row_dirty(s, &j->row);
	}
	r->ending = find_manager(s, u, true);
	r->manager = find_manager(s, u, false);
	if (!r->manager) { /* nobody else: it is the manager still */
		r->manager = r->ending;
		r->ending = NULL;
	}
	runner_config_init(&c);
	m = r->manager ? config_of(s, row_rec(s, &r->manager->row)) : NULL;
	for (uint32_t i = 0; m && i < m->data.n; i++) {
		const char *key = m->data.at[i].key;
		size_t len = strlen(key);

		if (len > 5 && strcmp(key + len - 5, ".toml") == 0)
			runner_config_read(&c, m->data.at[i].value,
					   str_or_empty(u->description));
	}
	r->concurrent = c.concurrent;
	r->limit = c.limit;
	r->poll_timeout_ms = c.poll_timeout_ms;
	if (m)
		note_limit(s, r, took);
	if (m && r->poll_timeout_ms < 0)
		r->poll_timeout_ms = POLL_TIMEOUT_MS;
	if (before != r->poll_timeout_ms && r->crew)
		list_each (pod_row, p, &r->crew->pods, in_crew)
			row_dirty(s, &p->row);
	r->configured = s->runner_epoch;
}

/* ---- the sum ---- */

static const char *
blocker(const struct store *s, const struct runner_row *r,
	const struct runner *u)
{
	int32_t most = r->limit > 0 ? r->limit : r->concurrent;
	const struct pod *p =
		r->manager ? row_rec(s, &r->manager->row) : NULL;

	if (u->paused)
		return "paused";
	if (!str_eq(u->status, "online"))
		return "not online";
	if (p && !p->ready)
		return "manager pod is not ready";
	if (most > 0 && r->running + r->waiting >= most)
		return r->limit > 0 ? "at its limit" : "at concurrent";
	return "";
}

static void
settle_runner(struct store *s, struct row *row)
{
	struct runner_row *r = runner_row_of(row);
	const struct runner *u = row_rec(s, row);
	struct runner_sum *sum;

	if (r->configured != s->runner_epoch)
		configure(s, r);
	sum = seal_begin(s->seal, sizeof(*sum));
	sum->manager_pod = row_handle(r->manager ? &r->manager->row : NULL);
	sum->ending_pod = row_handle(r->ending ? &r->ending->row : NULL);
	if (r->ending)
		sum->ending_ms = ((const struct pod *)row_rec(
					  s, &r->ending->row))->meta.deleted_ms;
	sum->ending_jobs = r->ending_jobs;
	sum->lost_jobs = r->lost_jobs;
	sum->elsewhere = r->elsewhere;
	sum->concurrent = r->concurrent;
	sum->limit = r->limit;
	sum->running = r->running;
	sum->waiting = r->waiting;
	sum->poll_timeout_ms = r->poll_timeout_ms;
	sum->blocker = blocker(s, r, u);
	shelf_set_sum(&s->shelf[KIND_RUNNER], row,
		      record_seal(s->seal, KIND_RUNNER));
}

const struct row_ops runner_ops = {
	.bytes = sizeof(struct runner_row),
	.put = put_runner,
	.forget = forget_runner,
	.settle = settle_runner,
};

/* ---- what else tells about runners ---- */

void
runners_changed(struct store *s)
{
	s->runner_epoch++;
	list_each (row, row, &s->shelf[KIND_RUNNER].arrived, queue)
		row_dirty(s, row);
}

static void
put_manager(struct store *s, struct row *row, bool first)
{
	(void)row;
	if (first)
		runners_changed(s);
}

static void
forget_manager(struct store *s, struct row *row)
{
	(void)row;
	runners_changed(s);
}

const struct row_ops manager_ops = {
	.bytes = sizeof(struct row),
	.put = put_manager,
	.forget = forget_manager,
};

static void
put_configmap(struct store *s, struct row *row, bool first)
{
	const struct configmap *m = row_rec(s, row);

	(void)first;
	/* The autoscaler's status changes every loop and says nothing here. */
	if (!labels_get(&m->data, "status"))
		runners_changed(s);
}

const struct row_ops configmap_ops = {
	.bytes = sizeof(struct row),
	.put = put_configmap,
};
