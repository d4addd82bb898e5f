/*
 * Managers of the docker+machine executor at work.
 *
 * A machine is created, idle, used and removed; a job is taken only when a
 * machine is idle, or with no idle ones wanted when there is room for one more.
 * Bounds: a manager has at most `concurrent` machines besides its idle ones.
 */
#include "backend/sim/world/machines.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/world/cloud.h"
#include "backend/sim/world/ids.h"
#include "backend/sim/world/manager.h"

#define CHECK_MS 3000
#define RUNNING_MS 24000   /* from the request to a running instance */
#define TAG_MS 6000	   /* then its tags come */
#define PROVISION_MS 75000 /* Docker installed, certificates made */
#define HEAR_MS 1500	   /* until it hears that a job was cancelled */
#define BACK_MS 90000	   /* a new host takes this long */
#define VERSION "16.11.4"
#define DAY_MS INT64_C(86400000)

enum machine_state { M_CREATING, M_IDLE, M_USED };

struct machine {
	struct legacy *of;
	struct cloud_instance *i;
	char id[24]; /* of the instance, whose record goes an hour after it */
	char *name;
	enum machine_state state;
	struct ci_job *job; /* USED, or CREATING for it */
	bool fails;
	int32_t builds;
	int64_t since_ms;
	uint64_t timer, cancel_timer;
};

struct legacy { /* one manager */
	struct machines *all;
	struct ci_runner *runner;
	struct ci_manager *ci;
	struct scenario_group plan; /* of its machines */
	VEC(struct machine *) machines;
	struct rng rng;
	uint64_t timer;
};

struct machines {
	struct sim *sim;
	struct legacy *at;
	uint32_t n;
};

static struct cloud *
cloud_of(const struct legacy *l)
{
	return sim_cloud(l->all->sim);
}

/* ---- machines come and go ---- */

/* "runner-<short>-gitlab-docker-machine-<unix>-<8 hex>", lower case. */
static char *
machine_name(struct legacy *l, int64_t at_ms)
{
	char hex[32], *name;

	name = xasprintf("runner-%s-gitlab-docker-machine-%lld-%s",
			 l->runner->short9, (long long)(at_ms / 1000),
			 id_hex(&l->rng, 8, hex));
	for (char *c = name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return name;
}

static void
machine_forget(struct machine *m)
{
	struct legacy *l = m->of;

	sim_cancel(l->all->sim, m->timer);
	sim_cancel(l->all->sim, m->cancel_timer);
	for (uint32_t i = 0; i < l->machines.n; i++) {
		if (l->machines.at[i] == m)
			l->machines.at[i] = l->machines.at[--l->machines.n];
	}
	free(m->name);
	free(m);
}

static void
machine_remove(struct machine *m)
{
	struct cloud_instance *i = cloud_instance(cloud_of(m->of), m->id);

	if (i)
		instance_stop(cloud_of(m->of), i,
			      "Client.UserInitiatedShutdown",
			      "Client.UserInitiatedShutdown: User initiated "
			      "shutdown");
	machine_drop_key(cloud_of(m->of), m->name);
	machine_forget(m);
}

static void begin_job(struct machine *m);

static void
on_provisioned(struct sim *w, void *ctx, uint64_t arg)
{
	struct machine *m = ctx;

	(void)arg;
	m->timer = 0;
	m->state = M_IDLE;
	m->since_ms = sim_now_ms(w);
	if (m->job)
		begin_job(m);
}

static void
on_tagged(struct sim *w, void *ctx, uint64_t arg)
{
	struct machine *m = ctx;

	(void)arg;
	m->i->tagged = true;
	m->timer = sim_after(w, sim_draw_ms(&m->of->rng, PROVISION_MS, 0.2),
			     on_provisioned, m, 0);
}

static void
on_machine_running(struct sim *w, void *ctx, uint64_t arg)
{
	struct machine *m = ctx;

	(void)arg;
	m->i->state = INSTANCE_RUNNING;
	m->timer = sim_after(w, sim_draw_ms(&m->of->rng, TAG_MS, 0.3),
			     on_tagged, m, 0);
}

/* NULL: EC2 refused. */
static struct machine *
machine_create(struct legacy *l)
{
	struct sim *w = l->all->sim;
	char *name = machine_name(l, sim_now_ms(w));
	struct cloud_instance *i =
		machine_rent(cloud_of(l), &l->plan, name, &l->rng);
	struct machine *m;

	if (!i) {
		free(name);
		return NULL;
	}
	m = xcalloc(1, sizeof(*m));
	m->of = l;
	m->i = i;
	m->name = name;
	snprintf(m->id, sizeof(m->id), "%s", i->id);
	m->since_ms = sim_now_ms(w);
	vec_push(&l->machines, m);
	m->timer = sim_after(w, sim_draw_ms(&l->rng, RUNNING_MS, 0.2),
			     on_machine_running, m, 0);
	return m;
}

/* ---- jobs ---- */

static void
end_job(struct machine *m, enum ci_status status, const char *reason,
	char *text)
{
	struct legacy *l = m->of;
	struct ci_job *j = m->job;
	int32_t most = l->runner->plan->machine_builds;

	sim_cancel(l->all->sim, m->timer);
	sim_cancel(l->all->sim, m->cancel_timer);
	m->timer = m->cancel_timer = 0;
	job_cut_steps(j, sim_now_ms(l->all->sim));
	j->failure_text = text;
	m->job = NULL;
	ci_finish(sim_ci(l->all->sim), j, status, reason);
	m->builds++;
	m->since_ms = sim_now_ms(l->all->sim);
	if (m->state == M_CREATING || (most && m->builds >= most))
		machine_remove(m);
	else
		m->state = M_IDLE;
}

static void
on_job_done(struct sim *w, void *ctx, uint64_t timed_out)
{
	struct machine *m = ctx;

	(void)w;
	m->timer = 0;
	if (timed_out) {
		end_job(m, CI_FAILED, "job_execution_timeout",
			xasprintf("Job failed: execution took longer than %lld "
				  "seconds",
				  (long long)(m->job->timeout_ms / 1000)));
	} else if (m->fails) {
		m->job->exit_code = 1;
		end_job(m, CI_FAILED, "script_failure",
			xstrdup("Job failed: exit code 1"));
	} else {
		end_job(m, CI_SUCCESS, NULL, NULL);
	}
}

static void
begin_job(struct machine *m)
{
	struct sim *w = m->of->all->sim;
	struct ci_job *j = m->job;
	int64_t now = sim_now_ms(w), pull, end, limit;

	m->state = M_USED;
	free(j->machine);
	j->machine = xstrdup(m->name);
	j->step_ms[STEP_POD] = now;
	/* A fresh machine has no image; later jobs find it. */
	pull = m->builds ? 900 : 2000 + j->load->image_bytes / (80 << 10);
	end = job_lay_steps(j, now + pull, &m->fails);
	limit = j->started_ms + j->timeout_ms;
	m->timer = sim_after(w, (end < limit ? end : limit) - now, on_job_done,
			     m, end >= limit);
}

static void
on_heard(struct sim *w, void *ctx, uint64_t arg)
{
	struct machine *m = ctx;

	(void)w;
	(void)arg;
	m->cancel_timer = 0;
	end_job(m, CI_CANCELED, NULL, xstrdup("Job canceled"));
}

static void
on_cancel(void *ctx, struct ci_job *j)
{
	struct machines *all = ctx;

	for (uint32_t i = 0; i < all->n; i++) {
		struct legacy *l = &all->at[i];

		for (uint32_t k = 0; k < l->machines.n; k++) {
			struct machine *m = l->machines.at[k];

			if (m->job == j && !m->cancel_timer)
				m->cancel_timer = sim_after(
					all->sim,
					1 + sim_draw_ms(&l->rng, HEAR_MS, 0.2),
					on_heard, m, 0);
		}
	}
}

/* ---- the manager's loop ---- */

/* Somebody else ended the instance. */
static bool
is_gone(const struct machine *m)
{
	const struct cloud_instance *i = cloud_instance(cloud_of(m->of), m->id);

	return !i || i->state >= INSTANCE_SHUTTING_DOWN;
}

static void
drop_gone(struct legacy *l)
{
	for (uint32_t i = 0; i < l->machines.n;) {
		struct machine *m = l->machines.at[i];

		if (!is_gone(m)) {
			i++;
			continue;
		}
		if (m->job) {
			/* It cannot be used again. */
			m->state = M_CREATING;
			end_job(m, CI_FAILED, "runner_system_failure",
				xstrdup("Job failed (system failure): error "
					"during connect: Cannot connect to the "
					"Docker daemon"));
		} else {
			machine_forget(m);
		}
	}
}

struct tally {
	uint32_t idle, creating, used;
	struct machine *free_one, *longest; /* idle */
};

static struct tally
count(const struct legacy *l)
{
	struct tally t = { 0 };

	for (uint32_t i = 0; i < l->machines.n; i++) {
		struct machine *m = l->machines.at[i];

		t.creating += m->state == M_CREATING && !m->job;
		t.used += m->job != NULL;
		if (m->state != M_IDLE || m->job)
			continue;
		t.idle++;
		if (!t.free_one || m->since_ms > t.free_one->since_ms)
			t.free_one = m;
		if (!t.longest || m->since_ms < t.longest->since_ms)
			t.longest = m;
	}
	return t;
}

static void
take_jobs(struct legacy *l)
{
	const struct scenario_runner *plan = l->runner->plan;
	uint32_t most = (uint32_t)(plan->limit && plan->limit < plan->concurrent
					   ? plan->limit
					   : plan->concurrent);

	for (;;) {
		struct tally t = count(l);
		struct machine *m = t.free_one;
		struct ci_job *j;

		if (t.used >= most || (!m && plan->machines_idle > 0))
			return;
		j = ci_request(sim_ci(l->all->sim), l->ci);
		if (!j)
			return;
		if (!m)
			m = machine_create(l);
		if (!m) {
			ci_finish(sim_ci(l->all->sim), j, CI_FAILED,
				  "runner_system_failure");
			return;
		}
		m->job = j;
		if (m->state == M_IDLE)
			begin_job(m);
	}
}

static void
keep_idle(struct legacy *l)
{
	const struct scenario_runner *plan = l->runner->plan;
	struct tally t = count(l);
	uint32_t wanted = (uint32_t)plan->machines_idle;

	while (t.idle + t.creating < wanted && machine_create(l))
		t.creating++;
	if (t.idle > wanted && sim_now_ms(l->all->sim) - t.longest->since_ms >=
				       plan->machine_idle_ms)
		machine_remove(t.longest);
}

static void
on_poll(struct sim *w, void *ctx, uint64_t arg)
{
	struct legacy *l = ctx;

	(void)arg;
	drop_gone(l);
	l->ci->contacted_ms = l->runner->contacted_ms = sim_now_ms(w);
	if (!l->runner->deleted)
		take_jobs(l);
	keep_idle(l);
	l->timer = sim_after(w, CHECK_MS, on_poll, l, 0);
}

/* ---- a host is lost ---- */

/* GitLab has not heard of the job for an hour. */
static void
on_stuck(struct sim *w, void *ctx, uint64_t id)
{
	struct ci *c = ctx;
	struct ci_job *j = ci_job(c, (int64_t)id);

	(void)w;
	if (j && ci_is_taken(j))
		ci_finish(c, j, CI_FAILED, "stuck_or_timeout_failure");
}

/* A new process on a new host: another system_id, no machine known. */
static void
on_back(struct sim *w, void *ctx, uint64_t arg)
{
	struct legacy *l = ctx;
	char host[160];

	(void)arg;
	snprintf(host, sizeof(host), "%s-manager", l->runner->name);
	l->ci = ci_manager_new(sim_ci(w), l->runner, host, 's', VERSION,
			       &l->rng);
	l->timer = sim_after(w, CHECK_MS, on_poll, l, 0);
}

/* Everything it rented runs on; only its own memory knew which. */
static void
on_host_lost(struct sim *w, void *ctx, uint64_t arg)
{
	struct legacy *l = ctx;

	(void)arg;
	sim_cancel(w, l->timer);
	while (l->machines.n) {
		struct machine *m = l->machines.at[0];

		if (m->i->state == INSTANCE_PENDING)
			m->i->state = INSTANCE_RUNNING;
		if (m->job) {
			job_cut_steps(m->job, sim_now_ms(w));
			sim_after(w, 3600000, on_stuck, sim_ci(w),
				  (uint64_t)m->job->id);
		}
		machine_forget(m);
	}
	l->timer = sim_after(w, BACK_MS, on_back, l, 0);
}

/* ---- founding ---- */

/* Left behind by managers before this one: every third was rented in the
 * moment before its tags. */
static void
found_orphans(struct legacy *l)
{
	const struct scenario *s = sim_scenario(l->all->sim);

	for (int32_t n = 0; n < l->runner->plan->machine_orphans; n++) {
		int64_t age = DAY_MS / 2 +
			      (int64_t)(rng_unit(&l->rng) * 9 * (double)DAY_MS);
		int64_t at = s->start_ms - age;
		char *name = machine_name(l, at);
		struct cloud_instance *i =
			machine_rent(cloud_of(l), &l->plan, name, &l->rng);

		if (i) {
			i->state = INSTANCE_RUNNING;
			i->launched_ms = at;
			i->tagged = n % 3 != 2;
		}
		free(name);
		/* Some key pairs outlived even their instance. */
		if (n % 8 == 0) {
			name = machine_name(l, at - DAY_MS);
			machine_add_key(cloud_of(l), name);
			free(name);
		}
	}
}

static void
found_legacy(struct machines *all, struct legacy *l, struct ci_runner *r)
{
	const struct scenario *s = sim_scenario(all->sim);
	const struct scenario_runner *plan = r->plan;
	char subject[96];

	l->all = all;
	l->runner = r;
	snprintf(subject, sizeof(subject), "machines/%s", plan->name);
	l->rng = sim_rng(all->sim, subject);
	l->plan = (struct scenario_group){
		.name = plan->name,
		.asg = plan->name,
		.arch = sim_type_find(plan->machine_type)->arch,
		.types = { &plan->machine_type, 1 },
		.zones = s->zones,
		.disk_gib = 40,
	};
	found_orphans(l);
}

struct machines *
machines_new(struct sim *w)
{
	struct machines *m = xcalloc(1, sizeof(*m));
	struct ci *c = sim_ci(w);

	m->sim = w;
	m->at = xcalloc(c->runner_n + 1, sizeof(*m->at));
	for (uint32_t i = 0; i < c->runner_n; i++) {
		if (c->runners[i].plan->on_machines)
			found_legacy(m, &m->at[m->n++], &c->runners[i]);
	}
	if (m->n)
		vec_push(&c->on_cancel, ((struct ci_listener){ on_cancel, m }));
	return m;
}

void
machines_free(struct machines *m)
{
	if (!m)
		return;
	for (uint32_t i = 0; i < m->n; i++) {
		struct legacy *l = &m->at[i];

		while (l->machines.n)
			machine_forget(l->machines.at[0]);
		vec_free(&l->machines);
	}
	free(m->at);
	free(m);
}

void
machines_wake(struct machines *m)
{
	const struct scenario *s = sim_scenario(m->sim);

	for (uint32_t i = 0; i < m->n; i++) {
		struct legacy *l = &m->at[i];
		int64_t lost = l->runner->plan->manager_lost_ms;

		on_back(m->sim, l, 0);
		if (lost)
			sim_after(m->sim,
				  s->start_ms + lost - sim_now_ms(m->sim),
				  on_host_lost, l, 0);
	}
}
