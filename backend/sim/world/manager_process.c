/*
 * The gitlab-runner process: its beginning, its graceful and its sudden end,
 * and what it logs.
 */
#include "backend/sim/world/manager_build.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#define STUCK_MS 3600000 /* GitLab gives up on a silent job */

static struct ci_runner *
runner_of(struct kubernetes *k, const struct kpod *p)
{
	const struct object *o = k8s_find(k, k->pods, p->ns, p->name);
	const char *app = o ? object_label(o, "app") : NULL;
	struct ci *c = sim_ci(k->sim);

	for (uint32_t i = 0; app && i < c->runner_n; i++) {
		if (str_eq(c->runners[i].name, app))
			return &c->runners[i];
	}
	return NULL;
}

/* The runner's authentication token, as the chart's Secret brings it. */
static void
read_token(struct kubernetes *k, const struct kpod *p, struct process *m)
{
	const struct object *o =
		k8s_find(k, k->secrets, p->ns, m->runner->name);
	json_t *tree = o ? object_tree(o) : NULL;
	const char *text = json_string_value(
		json_object_get(json_object_get(tree, "data"), "runner-token"));
	size_t len = text ? strlen(text) : 0;
	unsigned char raw[96];
	int n = -1;

	if (len && len <= sizeof(raw) / 3 * 4)
		n = EVP_DecodeBlock(raw, (const unsigned char *)text, (int)len);
	for (size_t i = len; n > 0 && i-- > 0 && text[i] == '=';)
		n--;
	if (n > 0)
		snprintf(m->token, sizeof(m->token), "%.*s", n, (char *)raw);
	/* glrt-t1_ and then what names it. */
	text = strchr(m->token, '_');
	snprintf(m->short9, sizeof(m->short9), "%.9s", text ? text + 1 : "");
	json_decref(tree);
}

/* ".../gitlab-runner:alpine-v18.8.0" */
static const char *
version_of(const struct kpod *p)
{
	const char *image = p->containers.at[p->containers.n - 1].image;
	const char *colon = strrchr(image, ':');
	const char *v = colon ? strrchr(colon, 'v') : NULL;

	return v && v[1] >= '0' && v[1] <= '9' ? v + 1 : RUNNER_VERSION;
}

static void
manager_start(struct kubernetes *k, struct kpod *p)
{
	struct ci_runner *r = runner_of(k, p);
	struct process *m;
	char subject[128];

	if (!r)
		return;
	m = xcalloc(1, sizeof(*m));
	m->k = k;
	m->pod = p;
	m->runner = r;
	m->started_ms = sim_now_ms(k->sim);
	read_token(k, p, m);
	m->concurrent = manager_concurrent(k, r);
	snprintf(subject, sizeof(subject), "manager/%s/%d", p->name,
		 p->containers.at[p->containers.n - 1].restarts);
	m->rng = sim_rng(k->sim, subject);
	m->ci = ci_manager_new(sim_ci(k->sim), r, p->name, 'r', version_of(p),
			       &m->rng);
	m->log = container_log_begin(p);
	p->process = m;
	vec_push(&k->managers->running, m);
	logbook_add(m->log, sim_now_ms(k->sim),
		    "Starting multi-runner from /home/gitlab-runner/"
		    ".gitlab-runner/config.toml...  builds=0 max_builds=%d",
		    m->concurrent);
	logbook_add(m->log, sim_now_ms(k->sim),
		    "Configuration loaded                                "
		    "builds=0 max_builds=%d",
		    m->concurrent);
	process_poll_in(m, CHECK_MS);
}

static void
manager_term(struct kubernetes *k, struct kpod *p)
{
	struct process *m = p->process;

	if (!m) {
		kubelet_stopped(k, p, 0);
		return;
	}
	m->quitting = true;
	sim_cancel(k->sim, m->timer);
	m->timer = 0;
	logbook_add(m->log, sim_now_ms(k->sim),
		    "WARNING: Starting graceful shutdown, waiting for builds "
		    "to finish  StopSignal=quit builds=%u max_builds=%d",
		    m->builds.n, m->concurrent);
	if (m->builds.n == 0)
		kubelet_stopped(k, p, 0);
}

/* GitLab has not heard of the job for an hour. */
static void
on_stuck(struct sim *w, void *ctx, uint64_t id)
{
	struct ci *c = ctx;
	struct ci_job *j = ci_job(c, (int64_t)id);

	(void)w;
	if (j && j->status == CI_CANCELING)
		ci_finish(c, j, CI_CANCELED, NULL);
	else if (j && j->status == CI_RUNNING)
		ci_finish(c, j, CI_FAILED, "stuck_or_timeout_failure");
}

void
process_free(struct process *m)
{
	sim_cancel(m->k->sim, m->timer);
	while (m->builds.n)
		build_free(m->builds.at[m->builds.n - 1]);
	vec_free(&m->builds);
	free(m);
}

static void
manager_stop(struct kubernetes *k, struct kpod *p)
{
	struct process *m = p->process;
	struct managers *all = k->managers;
	int64_t now = sim_now_ms(k->sim);

	if (!m)
		return;
	p->process = NULL;
	for (uint32_t i = 0; i < m->builds.n; i++) {
		job_cut_steps(m->builds.at[i]->job, now);
		sim_after(k->sim, STUCK_MS, on_stuck, sim_ci(k->sim),
			  (uint64_t)m->builds.at[i]->job->id);
	}
	for (uint32_t i = 0; i < all->running.n; i++) {
		if (all->running.at[i] == m)
			all->running.at[i] = all->running.at[--all->running.n];
	}
	process_free(m);
}

const struct program program_manager = {
	.name = "gitlab-runner",
	.image = "gitlab-org/gitlab-runner:",
	.stop_ms = 800,
	.ready_in_ms = 6000,
	.cpu = 0.25,
	.memory = 0.5,
	.start = manager_start,
	.term = manager_term,
	.stop = manager_stop,
};
