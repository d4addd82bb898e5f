/*
 * Recording decisions (--record DIR): the worker writes, after the plan is out,
 * so that a slow disk delays nothing but the next recording.
 *
 * One write is under way at most: decisions that come meanwhile are counted and
 * left out, which a recording survives, since each record says what changed
 * since the last one that was written.
 */
#include <stdlib.h>

#include "backend/base/log.h"
#include "backend/control/engine_private.h"
#include "backend/world/recording.h"

#define RETRY_MS ((int64_t)60 * 1000)

struct engine_recorder {
	struct backend *backend;
	struct recording_writer *writer; /* the worker's while busy */
	bool busy, failing;
	uint64_t left_out; /* since the last word about it */
	int64_t retry_boot_ms;
};

struct recording { /* one decision on its way to the disk */
	struct engine_recorder *recorder;
	const struct world *world;
	const struct policy *policy;
	const struct memory *memory;
	const struct plan *plan;
	int64_t now_ms, wall_ms;
	struct err err;
};

static const char *
known(const char *text)
{
	return *text ? text : NULL;
}

struct engine_recorder *
engine_recorder_new(struct backend *b, struct err *err)
{
	const struct place *at = store_place(b->store);
	struct engine_recorder *r;
	struct recording_writer *w = recording_writer_new(
		&(struct recording_options){
			.dir = b->config.record_dir,
			.context = known(at->context),
			.cluster = known(at->cluster),
			.account = known(at->account),
			.region = known(at->region),
		},
		err);

	if (!w)
		return NULL;
	r = xcalloc(1, sizeof(*r));
	r->backend = b;
	r->writer = w;
	return r;
}

void
engine_recorder_free(struct engine_recorder *r)
{
	if (!r)
		return;
	BUG_IF(r->busy);
	recording_writer_free(r->writer);
	free(r);
}

static void
run_record(void *ctx)
{
	struct recording *d = ctx;

	d->err.code = ERR_NONE;
	if (!recording_add(d->recorder->writer,
			   &(struct engine_input){ .world = d->world,
						   .policy = d->policy,
						   .memory = d->memory,
						   .now_ms = d->now_ms },
			   d->plan, d->wall_ms, &d->err))
		log_at(LOG_WARN, "record", "%s", d->err.text);
}

/* Said once when it fails, and once when it goes on. */
static void
tell(struct engine_recorder *r, const struct err *err)
{
	if (err->code && !r->failing)
		backend_note(r->backend, SEVERITY_WARN, err->code,
			     "recording stopped: %s; tried again every %d s",
			     err->text, (int)(RETRY_MS / 1000));
	else if (!err->code && r->left_out)
		backend_note(r->backend, SEVERITY_INFO, ERR_NONE,
			     "recording goes on; %llu decisions were left out",
			     (unsigned long long)r->left_out);
	r->failing = err->code != ERR_NONE;
	if (!r->failing)
		r->left_out = 0;
}

static void
done_record(void *ctx)
{
	struct recording *d = ctx;
	struct engine_recorder *r = d->recorder;

	r->busy = false;
	if (d->err.code) {
		r->left_out++;
		r->retry_boot_ms = backend_boot_ms(r->backend) + RETRY_MS;
	}
	tell(r, &d->err);
	world_unref(d->world);
	policy_unref(d->policy);
	memory_unref(d->memory);
	plan_unref(d->plan);
	free(d);
}

void
engine_record(struct engine_recorder *r, const struct engine_input *in,
	      const struct plan *plan)
{
	struct recording *d;

	/* The worker takes nothing new once the backend is being freed. */
	if (!r || r->backend->closing)
		return;
	if (r->busy || (r->failing &&
			backend_boot_ms(r->backend) < r->retry_boot_ms)) {
		r->left_out++;
		return;
	}
	d = xcalloc(1, sizeof(*d));
	d->recorder = r;
	d->world = world_ref(in->world);
	d->policy = policy_ref(in->policy);
	d->memory = in->memory ? memory_ref(in->memory) : NULL;
	d->plan = plan_ref(plan);
	d->now_ms = in->now_ms;
	d->wall_ms = clock_wall_ms(r->backend->clock);
	r->busy = true;
	worker_do(r->backend->worker, &(struct task){ .run = run_record,
						      .done = done_record,
						      .ctx = d });
}
