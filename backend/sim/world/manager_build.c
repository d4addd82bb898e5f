/*
 * One job in its manager: a pod for it, patience until the pod runs, the job's
 * steps, and the end, whoever brings it about.
 */
#include "backend/sim/world/manager_build.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"

#define AGAIN_MS 250   /* room again: ask at once for another */
#define CREATE_MS 350  /* from the job to its pod */
#define NOTICE_MS 1500 /* until the executor sees its pod lost */
#define UPDATE_MS 1500 /* until the trace's next piece is sent */

static struct sim *
sim_of(const struct build *b)
{
	return b->m->k->sim;
}

/* ---- the end of a build ---- */

void
build_free(struct build *b)
{
	struct process *m = b->m;

	sim_cancel(m->k->sim, b->timer);
	sim_cancel(m->k->sim, b->cancel_timer);
	sim_cancel(m->k->sim, b->memory_timer);
	if (b->uid)
		map_take(m->k->managers->by_pod, b->uid);
	for (uint32_t i = 0; i < m->builds.n; i++) {
		if (m->builds.at[i] != b)
			continue;
		m->builds.n--;
		memmove(&m->builds.at[i], &m->builds.at[i + 1],
			(m->builds.n - i) * sizeof(b));
		break;
	}
	free(b->ns);
	free(b->pod);
	free(b->uid);
	free(b);
}

static void
delete_pod(struct build *b)
{
	struct kubernetes *k = b->m->k;
	const struct object *o;

	if (!b->uid)
		return;
	o = k8s_find(k, k->pods, b->ns, b->pod);
	/* What is deleted on purpose is not lost. */
	map_take(k->managers->by_pod, b->uid);
	if (o && str_eq(o->uid, b->uid) && !o->deleted_ms)
		k8s_delete(k, o, -1);
}

void
job_cut_steps(struct ci_job *j, int64_t now)
{
	for (int s = 0; s < STEP_COUNT; s++) {
		if (j->step_ms[s] > now)
			j->step_ms[s] = 0;
	}
}

static void
build_end(struct build *b, enum ci_status status, const char *reason,
	  char *text)
{
	struct process *m = b->m;
	struct ci_job *j = b->job;
	int64_t now = sim_now_ms(m->k->sim);

	job_cut_steps(j, now);
	j->failure_text = text;
	logbook_add(m->log, now,
		    "%s  duration_s=%.1f job=%lld project=%lld "
		    "runner=%s",
		    status == CI_SUCCESS ? "Job succeeded"
					 : "WARNING: Job "
					   "failed",
		    (double)(now - j->started_ms) / 1000.0, (long long)j->id,
		    (long long)j->project->id, m->short9);
	ci_finish(sim_ci(m->k->sim), j, status, reason);
	process_count_end(m, j);
	delete_pod(b);
	build_free(b);
	if (m->quitting && m->builds.n == 0 && m->pod)
		kubelet_stopped(m->k, m->pod, 0);
	else
		process_poll_in(m, AGAIN_MS);
}

static void
fail_system(struct build *b, char *what)
{
	char *text = xasprintf("Job failed (system failure): %s", what);

	free(what);
	build_end(b, CI_FAILED, "runner_system_failure", text);
}

static void
on_lost(struct sim *w, void *ctx, uint64_t arg)
{
	struct build *b = ctx;
	char *text = NULL;

	(void)w;
	(void)arg;
	b->timer = 0;
	switch (b->lost) {
	case LOSS_NONE:
	case LOSS_NOT_FOUND:
		text = xasprintf("pods \"%s/%s\" not found", b->ns, b->pod);
		break;
	case LOSS_NEVER_THERE:
		text = xasprintf("prepare environment: waiting for pod "
				 "running: pods \"%s/%s\" not found",
				 b->ns, b->pod);
		break;
	case LOSS_DELETED:
		text = xasprintf("pod \"%s/%s\" is being deleted", b->ns,
				 b->pod);
		break;
	case LOSS_FAILED:
		text = xasprintf("pod \"%s/%s\" is disrupted: its phase is "
				 "Failed",
				 b->ns, b->pod);
		break;
	}
	fail_system(b, text);
}

void
build_lost(struct build *b, enum loss how)
{
	if (b->lost)
		return;
	b->lost = how;
	sim_cancel(sim_of(b), b->timer);
	b->timer = sim_after(sim_of(b), sim_draw_ms(&b->m->rng, NOTICE_MS, 0.3),
			     on_lost, b, 0);
}

/* ---- the steps of a job ---- */

static void
on_steps_done(struct sim *w, void *ctx, uint64_t timed_out)
{
	struct build *b = ctx;
	char limit[TIME_TEXT];

	(void)w;
	b->timer = 0;
	if (timed_out) {
		duration_format(b->job->timeout_ms, limit);
		build_end(b, CI_FAILED, "job_execution_timeout",
			  xasprintf("Job failed: execution took longer than "
				    "%s seconds",
				    limit));
	} else if (b->fails) {
		b->job->exit_code = 1;
		build_end(b, CI_FAILED, "script_failure",
			  xstrdup("Job failed: command terminated with exit "
				  "code 1"));
	} else {
		build_end(b, CI_SUCCESS, NULL, NULL);
	}
}

static void
on_killed(struct sim *w, void *ctx, uint64_t code)
{
	struct build *b = ctx;

	(void)w;
	b->timer = 0;
	b->job->exit_code = (int32_t)code;
	build_end(b, CI_FAILED, "script_failure",
		  xasprintf("Job failed: command terminated with exit code %d",
			    (int)code));
}

/* The kernel kills what takes more than its cgroup may; the executor hears of
 * it from the script's exit code. */
static void
on_out_of_memory(struct sim *w, void *ctx, uint64_t arg)
{
	struct build *b = ctx;
	struct kpod *p = kubelet_pod(b->m->k, b->ns, b->pod, b->uid);

	(void)arg;
	b->memory_timer = 0;
	if (!p || b->lost)
		return;
	for (uint32_t i = 0; i < p->containers.n; i++) {
		if (str_eq(p->containers.at[i].name, "build"))
			kubelet_exited(b->m->k, p, i, 137, "OOMKilled");
	}
	sim_cancel(w, b->timer);
	b->timer = sim_after(w, sim_draw_ms(&b->m->rng, NOTICE_MS, 0.3),
			     on_killed, b, 137);
}

static void
watch_memory(struct build *b)
{
	const struct ci_job *j = b->job;
	int64_t limit = b->m->runner->plan->memory_limit_bytes;
	int64_t now = sim_now_ms(sim_of(b)), peak = job_memory_peak(j);
	int64_t begin = j->step_ms[STEP_SCRIPT], end = j->step_ms[STEP_AFTER];

	if (limit <= 0 || peak <= limit || end <= begin)
		return;
	/* It grows evenly up to its peak (job_memory). */
	b->memory_timer = sim_after(
		sim_of(b),
		begin - now +
			(int64_t)((double)(end - begin) * JOB_MEMORY_GROWS *
				  (double)limit / (double)peak),
		on_out_of_memory, b, 0);
}

int64_t
job_lay_steps(struct ci_job *j, int64_t at, bool *fails)
{
	/* clang-format off */
	static const int64_t medians[STEP_COUNT] = {
		[STEP_SOURCES] = 900, [STEP_CACHE] = 3000,
		[STEP_SCRIPT] = 1800, [STEP_ARCHIVE] = 400,
		[STEP_UPLOAD] = 1900, [STEP_CLEANUP] = 1100,
	};
	/* clang-format on */
	struct rng rng = { j->seed };

	*fails = rng_unit(&rng) < j->load->failure_rate;
	j->step_ms[STEP_RUNNING] = at;
	for (int s = STEP_SOURCES; s < STEP_COUNT; s++) {
		if (s == STEP_AFTER)
			at += sim_draw_ms(&rng, j->load->duration_ms,
					  j->load->spread);
		else
			at += sim_draw_ms(&rng, medians[s], 0.4);
		/* A failed script leaves no cache behind. */
		if (s == STEP_ARCHIVE && *fails)
			continue;
		j->step_ms[s] = at;
	}
	return at + 300;
}

static void
begin_steps(struct build *b)
{
	struct ci_job *j = b->job;
	int64_t now = sim_now_ms(sim_of(b));
	int64_t end = job_lay_steps(j, now, &b->fails);
	int64_t limit = j->started_ms + j->timeout_ms;

	b->timer = sim_after(
		sim_of(b), (end < limit ? end : limit) - sim_now_ms(sim_of(b)),
		on_steps_done, b, end >= limit);
	watch_memory(b);
}

/* ---- waiting for the pod ---- */

/* What the executor prints below "Waiting for pod". */
static void
note_conditions(struct build *b, const struct pod *p)
{
	char text[1200];

	if (p->has_scheduled && !p->scheduled)
		snprintf(text, sizeof(text), "\t%s: \"%s\"\n",
			 str_or_empty(p->scheduled_reason),
			 str_or_empty(p->scheduled_message));
	else if (*str_or_empty(p->node_name))
		snprintf(text, sizeof(text),
			 "\tContainersNotReady: \"containers with unready "
			 "status: [build helper]\"\n"
			 "\tContainersNotReady: \"containers with unready "
			 "status: [build helper]\"\n");
	else
		text[0] = '\0';
	ci_note(sim_ci(sim_of(b)), b->job, text);
}

/* The executor does not wait for images that cannot be pulled. */
static bool
fail_on_image(struct build *b, const struct pod *p)
{
	for (uint32_t i = 0; i < p->container_n; i++) {
		const struct container *c = &p->containers[i];

		if (c->state != CONTAINER_WAITING ||
		    (!str_eq(c->reason, "ErrImagePull") &&
		     !str_eq(c->reason, "ImagePullBackOff") &&
		     !str_eq(c->reason, "InvalidImageName")))
			continue;
		build_end(b, CI_FAILED, "image_pull_failure",
			  xasprintf("Job failed: prepare environment: waiting "
				    "for pod running: pulling image \"%s\": "
				    "image pull failed: %s",
				    c->image, str_or_empty(c->message)));
		return true;
	}
	return false;
}

static void
on_wait(struct sim *w, void *ctx, uint64_t arg)
{
	struct build *b = ctx;
	struct kubernetes *k = b->m->k;
	const struct object *o = k8s_find(k, k->pods, b->ns, b->pod);
	const struct pod *p = o ? mirror_of(k, KIND_POD, o) : NULL;
	int64_t waited = sim_now_ms(w) - b->job->step_ms[STEP_POD];

	(void)arg;
	b->timer = 0;
	if (!p || !str_eq(o->uid, b->uid)) {
		build_lost(b, LOSS_NEVER_THERE);
		return;
	}
	if (!b->job->node && *o->node)
		b->job->node = xstrdup(o->node);
	if (p->phase == POD_RUNNING && p->ready) {
		begin_steps(b);
		return;
	}
	if (fail_on_image(b, p))
		return;
	if (waited >= b->m->runner->plan->poll_timeout_ms) {
		fail_system(b, xstrdup("prepare environment: waiting for pod "
				       "running: timed out waiting for pod to "
				       "start. Check https://docs.gitlab.com/"
				       "runner/shells/#shell-profile-loading "
				       "for more information"));
		return;
	}
	note_conditions(b, p);
	b->timer = sim_after(w, CHECK_MS, on_wait, b, 0);
}

/* Credentials first, then the pod, which then owns them. */
static bool
create_objects(struct build *b)
{
	struct kubernetes *k = b->m->k;
	char base[64], suffix[32], *secret;
	const struct object *o, *s;

	job_pod_base(b->job, b->slot, base, sizeof(base));
	b->pod = xasprintf("%s-%s", base,
			   id_alnum(&b->m->rng, 8, false, suffix));
	secret = xasprintf("%s-%s", base,
			   id_alnum(&b->m->rng, 8, false, suffix));
	s = k8s_put(k, k->secrets, b->ns,
		    pack("{s:{s:s}, s:s, s:{s:s}}", "metadata", "name", secret,
			 "type", "kubernetes.io/dockercfg", "data",
			 ".dockercfg", "e30="));
	o = k8s_put(k, k->pods, b->ns,
		    job_pod_body(k, b->job, base, b->pod, secret));
	if (o) {
		b->uid = xstrdup(o->uid);
		map_put(k->managers->by_pod, b->uid, b);
		s = s ? k8s_find(k, k->secrets, b->ns, secret) : NULL;
		if (s)
			k8s_put_merge(k, s,
				      pack("{s:{s:[{s:s, s:s, s:s, s:s}]}}",
					   "metadata", "ownerReferences",
					   "apiVersion", "v1", "kind", "Pod",
					   "name", b->pod, "uid", b->uid));
	}
	free(secret);
	return o != NULL;
}

static void
on_create(struct sim *w, void *ctx, uint64_t arg)
{
	struct build *b = ctx;

	(void)arg;
	b->timer = 0;
	if (!create_objects(b)) {
		fail_system(b, xasprintf("prepare environment: setting up "
					 "build pod: pods \"%s\" could not be "
					 "created",
					 b->pod));
		return;
	}
	b->job->pod = xstrdup(b->pod);
	b->job->step_ms[STEP_POD] = sim_now_ms(w);
	b->timer = sim_after(w, CHECK_MS, on_wait, b, 0);
}

/* ---- beginning, and being cancelled ---- */

/* The lowest number no other job of this project has in this manager. */
static uint32_t
free_slot(const struct process *m, const struct ci_project *project)
{
	/* Among n + 1 numbers one is free. */
	bool *taken = xcalloc(m->builds.n + 1, sizeof(*taken));
	uint32_t slot = 0;

	for (uint32_t i = 0; i < m->builds.n; i++) {
		const struct build *b = m->builds.at[i];

		if (b->job->project == project && b->slot <= m->builds.n)
			taken[b->slot] = true;
	}
	while (taken[slot])
		slot++;
	free(taken);
	return slot;
}

void
build_new(struct process *m, struct ci_job *j)
{
	struct build *b = xcalloc(1, sizeof(*b));

	b->m = m;
	b->job = j;
	b->ns = xstrdup(m->k->scenario->namespace);
	b->slot = free_slot(m, j->project);
	vec_push(&m->builds, b);
	m->counts.taken++;
	logbook_add(m->log, sim_now_ms(m->k->sim),
		    "Checking for jobs... received                        "
		    "job=%lld repo_url=https://gitlab.example.com/%s.git "
		    "runner=%s",
		    (long long)j->id, j->project->path, m->short9);
	b->timer = sim_after(m->k->sim, sim_draw_ms(&m->rng, CREATE_MS, 0.3),
			     on_create, b, 0);
}

/* The answer to the next piece of trace says that the job was cancelled. */
static void
on_heard(struct sim *w, void *ctx, uint64_t arg)
{
	struct build *b = ctx;

	(void)w;
	(void)arg;
	b->cancel_timer = 0;
	build_end(b, CI_CANCELED, NULL, xstrdup("Job canceled"));
}

void
build_cancel(struct build *b)
{
	if (!b->cancel_timer)
		b->cancel_timer = sim_after(
			sim_of(b), 1 + sim_draw_ms(&b->m->rng, UPDATE_MS, 0.2),
			on_heard, b, 0);
}
