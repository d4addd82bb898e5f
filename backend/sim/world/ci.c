/*
 * GitLab's own part: who is there, and the life of a job from pending to over.
 */
#include "backend/sim/world/ci.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/world/ids.h"

#define FIRST_JOB INT64_C(8412000)
#define FIRST_PIPELINE INT64_C(1907300)
#define FIRST_PROJECT INT64_C(1204)
#define MANAGER_KEPT_MS INT64_C(604800000)

static const char *const status_names[] = { "manual",	 "pending", "running",
					    "canceling", "success", "failed",
					    "canceled" };

static const struct ci_project *
project_of(const struct ci *c, const char *path)
{
	for (uint32_t i = 0; i < c->project_n; i++) {
		if (str_eq(c->projects[i].path, path))
			return &c->projects[i];
	}
	BUG("project %s", path);
}

static void
found_projects(struct ci *c, const struct scenario *s)
{
	c->projects = xcalloc(s->load_n + 1, sizeof(*c->projects));
	for (uint32_t l = 0; l < s->load_n; l++) {
		struct ci_project *p = &c->projects[c->project_n];
		const char *path = s->loads[l].project;
		const char *slash = strrchr(path, '/');
		uint32_t i = 0;

		while (i < c->project_n && !str_eq(c->projects[i].path, path))
			i++;
		if (i < c->project_n)
			continue;
		p->id = FIRST_PROJECT + 37 * (int64_t)c->project_n++;
		p->path = path;
		p->name = slash + 1;
		p->namespace =
			arena_strndup(c->arena, path, (size_t)(slash - path));
		p->root = arena_strndup(c->arena, path, strcspn(path, "/"));
		/* Projects of one group share its id. */
		p->namespace_id = 300 + (int64_t)(hash_text(p->namespace) % 97);
	}
}

struct ci *
ci_new(struct sim *w)
{
	const struct scenario *s = sim_scenario(w);
	struct ci *c = xcalloc(1, sizeof(*c));

	c->sim = w;
	c->arena = arena_new();
	c->next_job = FIRST_JOB;
	c->next_pipeline = FIRST_PIPELINE;
	c->next_manager = 90;
	found_projects(c, s);
	c->runner_n = s->runner_n;
	c->runners = xcalloc(s->runner_n + 1, sizeof(*c->runners));
	for (uint32_t i = 0; i < s->runner_n; i++)
		ci_runner_found(c, &c->runners[i], i, &s->runners[i]);
	c->loads = loads_new(c);
	c->pending.lines = xcalloc(s->load_n + 1, sizeof(*c->pending.lines));
	return c;
}

static void
job_free(struct ci_job *j)
{
	for (uint32_t i = 0; i < j->note_n; i++)
		free(j->notes[i].text);
	free(j->failure_text);
	free(j->host);
	free(j->machine);
	free(j->pod);
	free(j->node);
	free(j);
}

void
ci_free(struct ci *c)
{
	if (!c)
		return;
	loads_free(c->loads);
	for (uint32_t i = 0; i < c->jobs.n; i++)
		job_free(c->jobs.at[i]);
	for (uint32_t i = 0; i < c->runner_n; i++) {
		for (uint32_t m = 0; m < c->runners[i].managers.n; m++)
			free(c->runners[i].managers.at[m]);
		vec_free(&c->runners[i].managers);
	}
	vec_free(&c->jobs);
	free(c->pending.lines);
	vec_free(&c->on_cancel);
	free(c->runners);
	free(c->projects);
	arena_free(c->arena);
	free(c);
}

void
ci_begin(struct ci *c)
{
	loads_begin(c->loads);
}

/* ---- finding ---- */

struct ci_job *
ci_job(const struct ci *c, int64_t id)
{
	uint32_t low = 0, high = c->jobs.n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (c->jobs.at[mid]->id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low < c->jobs.n && c->jobs.at[low]->id == id ? c->jobs.at[low]
							    : NULL;
}

struct ci_project *
ci_project(struct ci *c, int64_t id)
{
	for (uint32_t i = 0; i < c->project_n; i++) {
		if (c->projects[i].id == id)
			return &c->projects[i];
	}
	return NULL;
}

struct ci_runner *
ci_runner(struct ci *c, int64_t id)
{
	for (uint32_t i = 0; i < c->runner_n; i++) {
		if (c->runners[i].id == id && !c->runners[i].deleted)
			return &c->runners[i];
	}
	return NULL;
}

const char *
ci_status_name(enum ci_status s)
{
	return status_names[s];
}

bool
ci_status_known(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(status_names); i++) {
		if (str_eq(status_names[i], name))
			return true;
	}
	return false;
}

int64_t
ci_queued_ms(const struct ci *c, const struct ci_job *j)
{
	int64_t until = j->started_ms	 ? j->started_ms
			: j->finished_ms ? j->finished_ms
					 : sim_now_ms(c->sim);

	return j->queued_ms ? until - j->queued_ms : 0;
}

/* ---- the life of a job ---- */

static void
enqueue(struct ci *c, struct ci_job *j)
{
	j->status = CI_PENDING;
	j->queued_ms = sim_now_ms(c->sim);
	ci_pending_add(c, j);
}

static struct ci_job *
job_new(struct ci *c, const struct scenario_load *l)
{
	struct ci_job *j = xcalloc(1, sizeof(*j));

	j->id = c->next_job++;
	j->load = l;
	j->timeout_ms = l->timeout_ms;
	j->created_ms = sim_now_ms(c->sim);
	vec_push(&c->jobs, j);
	return j;
}

struct ci_job *
ci_add(struct ci *c, const struct scenario_load *l, struct rng *rng)
{
	struct ci_job *j = job_new(c, l);
	char half[2][32];

	j->pipeline_id = c->next_pipeline++;
	j->project = project_of(c, l->project);
	j->seed = rng_next(rng);
	snprintf(j->sha, sizeof(j->sha), "%s%s", id_hex(rng, 20, half[0]),
		 id_hex(rng, 20, half[1]));
	if (l->manual)
		j->status = CI_MANUAL;
	else
		enqueue(c, j);
	return j;
}

struct ci_job *
ci_retry(struct ci *c, struct ci_job *j)
{
	struct ci_job *again;

	if (!ci_is_retryable(j))
		return NULL;
	again = job_new(c, j->load);
	again->pipeline_id = j->pipeline_id;
	again->project = j->project;
	again->seed = j->seed + 1;
	memcpy(again->sha, j->sha, sizeof(j->sha));
	j->retried_as = again->id;
	enqueue(c, again);
	return again;
}

bool
ci_play(struct ci *c, struct ci_job *j)
{
	if (j->status != CI_MANUAL)
		return false;
	enqueue(c, j);
	return true;
}

bool
ci_erase(struct ci *c, struct ci_job *j)
{
	if (!ci_is_over(j) || j->erased_ms)
		return false;
	j->erased_ms = sim_now_ms(c->sim);
	return true;
}

bool
ci_is_cancelable(const struct ci_job *j)
{
	return j->status == CI_MANUAL || j->status == CI_PENDING ||
	       j->status == CI_RUNNING;
}

bool
ci_is_retryable(const struct ci_job *j)
{
	return ci_is_over(j) && !j->retried_as;
}

struct ci_job *
ci_request(struct ci *c, struct ci_manager *m)
{
	struct ci_job *j;

	m->contacted_ms = m->runner->contacted_ms = sim_now_ms(c->sim);
	if (m->runner->paused || m->runner->deleted)
		return NULL;
	j = ci_pending_for(c, m->runner);
	if (!j)
		return NULL;
	ci_pending_drop(c, j);
	j->status = CI_RUNNING;
	j->runner = m->runner;
	j->manager = m;
	j->started_ms = j->step_ms[STEP_PREPARE] = sim_now_ms(c->sim);
	memcpy(j->short9, m->runner->short9, sizeof(j->short9));
	memcpy(j->system_id, m->system_id, sizeof(j->system_id));
	memcpy(j->version, m->version, sizeof(j->version));
	j->host = xstrdup(m->host);
	j->on_machines = m->runner->plan->on_machines;
	if (m->runner->timeout_s &&
	    m->runner->timeout_s * INT64_C(1000) < j->timeout_ms)
		j->timeout_ms = m->runner->timeout_s * INT64_C(1000);
	c->running++;
	m->running++;
	return j;
}

/* Lets the oldest finished jobs go, a tenth at a time. */
static void
prune(struct ci *c, const struct ci_job *keep)
{
	uint32_t drop = CI_FINISHED_KEPT / 10, kept = 0;

	if (c->finished <= CI_FINISHED_KEPT)
		return;
	for (uint32_t i = 0; i < c->jobs.n; i++) {
		struct ci_job *j = c->jobs.at[i];

		if (drop && j != keep && ci_is_over(j)) {
			job_free(j);
			drop--;
			c->finished--;
		} else {
			c->jobs.at[kept++] = j;
		}
	}
	c->jobs.n = kept;
}

void
ci_finish(struct ci *c, struct ci_job *j, enum ci_status status,
	  const char *failure_reason)
{
	if (ci_is_over(j))
		return;
	if (ci_is_taken(j)) {
		c->running--;
		j->manager->running--;
	} else if (j->status == CI_PENDING) {
		ci_pending_drop(c, j);
	}
	j->status = status;
	j->failure_reason = failure_reason;
	j->finished_ms = sim_now_ms(c->sim);
	c->finished++;
	prune(c, j);
}

bool
ci_cancel(struct ci *c, struct ci_job *j, bool force)
{
	bool running = ci_is_taken(j);

	if (!ci_is_cancelable(j) && !(force && j->status == CI_CANCELING))
		return false;
	if (!running || force)
		ci_finish(c, j, CI_CANCELED, NULL);
	else
		j->status = CI_CANCELING;
	for (uint32_t i = 0; running && i < c->on_cancel.n; i++)
		c->on_cancel.at[i].hear(c->on_cancel.at[i].ctx, j);
	return true;
}

void
ci_note(struct ci *c, struct ci_job *j, const char *text)
{
	struct ci_note *last = j->note_n ? &j->notes[j->note_n - 1] : NULL;

	if ((last && str_eq(last->text, text)) || j->note_n == CI_NOTES)
		return;
	j->notes[j->note_n].from_ms = sim_now_ms(c->sim);
	j->notes[j->note_n++].text = xstrdup(text);
}

struct ci_manager *
ci_manager_new(struct ci *c, struct ci_runner *r, const char *host, char kind,
	       const char *version, struct rng *rng)
{
	struct ci_manager *m = xcalloc(1, sizeof(*m));
	int64_t now = sim_now_ms(c->sim);
	char key[32];

	for (uint32_t i = 0; i < r->managers.n;) {
		struct ci_manager *old = r->managers.at[i];

		if (old->running || now - old->contacted_ms < MANAGER_KEPT_MS) {
			i++;
			continue;
		}
		for (uint32_t k = 0; k < c->jobs.n; k++) {
			if (c->jobs.at[k]->manager == old)
				c->jobs.at[k]->manager = NULL;
		}
		free(old);
		r->managers.n--;
		memmove(&r->managers.at[i], &r->managers.at[i + 1],
			(r->managers.n - i) * sizeof(old));
	}
	m->id = c->next_manager++;
	m->runner = r;
	m->created_ms = m->contacted_ms = now;
	snprintf(m->system_id, sizeof(m->system_id), "%c_%s", kind,
		 id_alnum(rng, 12, true, key));
	snprintf(m->version, sizeof(m->version), "%s", version);
	m->executor = kind == 's' ? "docker+machine" : "kubernetes";
	snprintf(m->host, sizeof(m->host), "%s", host);
	vec_push(&r->managers, m);
	return m;
}
