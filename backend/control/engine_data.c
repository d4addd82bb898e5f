/*
 * May anything be decided on what is known now: complete, live, cluster-wide,
 * and not too old (design 8, rule 8)?
 */
#include "backend/control/engine_private.h"

/* Rule 8: older than this is not live. */
#define FRESH_MS ((int64_t)30 * 1000)
/* What advice may rest on: a quiet watch says nothing but a bookmark about
 * every minute, and is opened again after a hundred seconds without one.  In
 * active modes the watches are kept fresh (kube_keep_fresh). */
#define WATCH_FRESH_MS ((int64_t)130 * 1000)
/* After this much silence the API server is asked whether it is there. */
#define PROBE_MS ((int64_t)10 * 1000)

static bool
source_ok(const struct backend *b, enum source source, struct err *err)
{
	const struct source_status *is = store_source(b->store, source);
	int64_t age = backend_boot_ms(b) - is->good_boot_ms;

	if (is->state != SOURCE_LIVE)
		return err_set(err, ERR_REFUSED, "%s is %s%s%s",
			       source_name(source),
			       source_state_name((enum source_state)is->state),
			       *is->trouble ? ": " : "", is->trouble);
	if (age > FRESH_MS)
		return err_set(err, ERR_REFUSED,
			       "%s was last heard %lld s ago (rule 8)",
			       source_name(source), (long long)(age / 1000));
	return true;
}

static bool
kind_ok(const struct backend *b, enum kind kind, struct err *err)
{
	uint32_t lost = store_shrunk_percent(b->store, kind);
	bool acts = store_engine(b->store)->mode != MODE_ADVISORY;
	int64_t age = backend_boot_ms(b) - kube_heard_boot_ms(b->kube, kind);

	if (!kube_live(b->kube, kind))
		return err_set(err, ERR_REFUSED, "%s are not being watched",
			       kind_plural(kind));
	if (age > (acts ? FRESH_MS : WATCH_FRESH_MS))
		return err_set(err, ERR_REFUSED,
			       "%s were last heard %lld s ago (rule 8)",
			       kind_plural(kind), (long long)(age / 1000));
	if (lost && acts)
		return err_set(err, ERR_REFUSED,
			       "the list of %s lost %u%% at once; choose the "
			       "mode again if that is true (rule 8)",
			       kind_plural(kind), lost);
	return true;
}

static void
on_probed(void *ctx, const struct kube_answer *a)
{
	struct engine_run *e = ctx;
	const struct sink *sink = store_sink(e->backend->store);

	e->probing = false;
	/* What the streams say stands; that the server answers is a word. */
	if (!a->err.code && store_source(e->backend->store, SOURCE_KUBERNETES)
					    ->state == SOURCE_LIVE)
		sink->status(sink->ctx, SOURCE_KUBERNETES, SOURCE_LIVE, NULL);
}

void
engine_probe(struct engine_run *e)
{
	struct backend *b = e->backend;
	int64_t age;

	if (!b->kube || e->probing)
		return;
	age = backend_boot_ms(b) -
	      store_source(b->store, SOURCE_KUBERNETES)->good_boot_ms;
	if (age < PROBE_MS)
		return;
	e->probing = kube_call(b->kube,
			       &(struct kube_call){ .row = ROW_K8S_VERSION,
						    .method = "GET",
						    .path = "/version",
						    .deadline_ms = PROBE_MS,
						    .on_done = on_probed,
						    .ctx = e },
			       NULL);
}

bool
engine_data_ok(const struct backend *b, struct err *err)
{
	if (!b->kube)
		return true; /* a world file is complete and does not age */
	if (!b->aws)
		return err_set(err, ERR_REFUSED,
			       "without aws no group is known");
	if (b->config.ns && *b->config.ns)
		return err_set(err, ERR_REFUSED,
			       "only namespace %s is watched; deciding needs "
			       "the whole cluster (rule 8)",
			       b->config.ns);
	return source_ok(b, SOURCE_KUBERNETES, err) &&
	       source_ok(b, SOURCE_AWS, err) && kind_ok(b, KIND_POD, err) &&
	       kind_ok(b, KIND_NODE, err) && kind_ok(b, KIND_PDB, err);
}
