/*
 * The containers of a job pod: they run what the job's manager sends them, so
 * their logs and their hunger follow the job.
 */
#include "backend/sim/world/manager.h"

const struct ci_job *
job_of_pod(struct kubernetes *k, const struct kpod *p)
{
	return p->job_id ? ci_job(sim_ci(k->sim), p->job_id) : NULL;
}

static uint64_t
job_log_end(struct kubernetes *k, const struct kpod *p,
	    const struct kcontainer *c)
{
	const struct ci_job *j = job_of_pod(k, p);

	return j ? ci_log_end(sim_ci(k->sim), j, c->name) : 0;
}

static bool
job_log_line(struct kubernetes *k, const struct kpod *p,
	     const struct kcontainer *c, uint64_t n, int64_t *at_ms,
	     struct buf *text)
{
	const struct ci_job *j = job_of_pod(k, p);

	return j && ci_log_line(sim_ci(k->sim), j, c->name, n, at_ms, text);
}

double
job_usage(struct kubernetes *k, const struct kpod *p,
	  const struct kcontainer *c)
{
	const struct ci_job *j = job_of_pod(k, p);
	int64_t now = sim_now_ms(k->sim);

	if (!j || !j->step_ms[STEP_SCRIPT])
		return 0;
	if (str_eq(c->name, "build"))
		return now >= j->step_ms[STEP_SCRIPT] &&
				       (!j->step_ms[STEP_AFTER] ||
					now < j->step_ms[STEP_AFTER])
			       ? j->load->usage
			       : 0.01;
	if (str_eq(c->name, "helper"))
		return now < j->step_ms[STEP_SCRIPT] ||
				       (j->step_ms[STEP_AFTER] &&
					now >= j->step_ms[STEP_AFTER])
			       ? 0.9
			       : 0.01;
	return j->load->usage / 2;
}

int64_t
job_memory_peak(const struct ci_job *j)
{
	struct rng rng = { j->seed ^ UINT64_C(0x6d656d6f7279) };

	return (int64_t)((double)j->load->memory_bytes *
			 (0.7 + 0.6 * rng_unit(&rng)));
}

int64_t
job_memory(struct kubernetes *k, const struct kpod *p,
	   const struct kcontainer *c)
{
	const struct ci_job *j = job_of_pod(k, p);
	int64_t now = sim_now_ms(k->sim), begin, end;
	double grown;

	if (!j || !j->load->memory_bytes || !str_eq(c->name, "build"))
		return -1;
	begin = j->step_ms[STEP_SCRIPT];
	end = j->step_ms[STEP_AFTER];
	if (!begin || now <= begin || end <= begin)
		return 0;
	grown = (double)(now - begin) /
		((double)(end - begin) * JOB_MEMORY_GROWS);
	return (int64_t)((double)job_memory_peak(j) * (grown < 1 ? grown : 1));
}

int64_t
job_written(struct kubernetes *k, const struct kpod *p)
{
	const struct ci_job *j = job_of_pod(k, p);
	int64_t now = sim_now_ms(k->sim), ran, whole;

	if (!j || !j->load->disk_bytes || !j->step_ms[STEP_SCRIPT] ||
	    now <= j->step_ms[STEP_SCRIPT])
		return 0;
	ran = now - j->step_ms[STEP_SCRIPT];
	whole = j->load->duration_ms > 0 ? j->load->duration_ms : 1;
	return ran >= whole ? j->load->disk_bytes
			    : (int64_t)((double)j->load->disk_bytes *
					(double)ran / (double)whole);
}

/* 128 + SIGTERM from a script that was cut off; after the job the shell has
 * nothing left to do. */
static int32_t
job_stop_code(struct kubernetes *k, struct kpod *p)
{
	const struct ci_job *j = job_of_pod(k, p);

	return j && j->step_ms[STEP_SCRIPT] && !j->finished_ms ? 143 : 0;
}

const struct program program_job = {
	.name = "job",
	.image = "",
	.stop_ms = 1500,
	.stop_code = job_stop_code,
	.memory = 0.45,
	.idle_bytes = (int64_t)20 << 20,
	.log_end = job_log_end,
	.log_line = job_log_line,
};
