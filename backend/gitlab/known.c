/*
 * The jobs told so far, and the last word of those that left the lists.
 *
 * Only waiting and running jobs are listed.  One that is no longer there has
 * ended: how is asked once, one call a job, a few abreast; until the answer is
 * in, the job is delivered as it was last seen, so that it does not end without
 * its status.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/gitlab/private.h"

struct known {
	const struct job *job; /* one reference */
	uint32_t epoch;	       /* of the list it was last in */
	bool asked;
};

static void
known_free(void *value)
{
	struct known *k = value;

	record_unref(k->job);
	free(k);
}

static const char *
key_of(int64_t id, char out[static 24])
{
	snprintf(out, 24, "%" PRId64, id);
	return out;
}

static void
deliver(struct gitlab *g, const struct job *job)
{
	g->sink->put(g->sink->ctx, record_ref(job));
}

void
known_put(struct gitlab *g, const struct record *taken)
{
	const struct job *job = (const struct job *)(const void *)taken;
	struct known *k;
	char key[24];

	if (!g->known)
		g->known = map_new(known_free);
	k = map_get(g->known, key_of(job->id, key));
	if (!k) {
		k = xcalloc(1, sizeof(*k));
		map_put(g->known, key, k);
	} else if (k->epoch == g->epoch && !k->asked) {
		/* Pages move while they are read: the later word counts. */
		g->listed--;
	}
	record_unref(k->job);
	k->job = job;
	k->epoch = g->epoch;
	k->asked = false;
	g->listed++;
	deliver(g, job);
}

static void
forget(struct gitlab *g, const char *key)
{
	struct known *k = map_take(g->known, key);

	if (k)
		known_free(k);
	g->sink->gone(g->sink->ctx, KIND_JOB, key);
}

/* ---- asking how it ended ---- */

static void follow_some(struct gitlab *g);

static void
on_last_word(struct gitlab *g, void *ctx, const struct gitlab_answer *a)
{
	const int64_t *id = ctx;
	const struct record *r = NULL;
	const struct job *job;
	struct known *k;
	char key[24];

	key_of(*id, key);
	g->following--;
	k = map_get(g->known, key);
	/* A list brought it back meanwhile: it goes on. */
	if (!k || !k->asked) {
		follow_some(g);
		return;
	}
	if (!a->err.code)
		r = codec_of(KIND_JOB)->decode(g->seal, a->body, NULL);
	job = (const struct job *)(const void *)r;
	if (job && job->id == k->job->id) {
		record_unref(k->job);
		k->job = job;
		r = NULL;
		deliver(g, job);
	}
	record_unref(r);
	/* Not over yet: the next list has it, or asks again. */
	if (!a->err.code && !job_is_over(k->job))
		k->asked = false;
	else
		forget(g, key);
	follow_some(g);
}

static void
follow_some(struct gitlab *g)
{
	while (g->following < FOLLOW_ABREAST && g->follow_at < g->follow.n) {
		int64_t id = g->follow.at[g->follow_at++];
		char key[24], target[96];
		struct known *k = map_get(g->known, key_of(id, key));

		if (!k || !k->asked)
			continue;
		snprintf(target, sizeof(target),
			 "/api/v4/projects/%" PRId64 "/jobs/%" PRId64,
			 k->job->project_id, id);
		g->following++;
		gitlab_call(g, ROW_GITLAB_GET, target, NULL, on_last_word,
			    xmemdup(&id, sizeof(id)));
	}
	if (g->follow_at == g->follow.n) {
		vec_clear(&g->follow);
		g->follow_at = 0;
	}
}

void
known_settle(struct gitlab *g)
{
	const char *key;
	void *value;

	if (!g->known)
		return;
	for (uint32_t i = 0; map_next(g->known, &i, &key, &value);) {
		struct known *k = value;

		if (k->epoch == g->epoch)
			continue;
		if (k->asked) { /* its answer is under way */
			deliver(g, k->job);
			continue;
		}
		if (!k->job->project_id ||
		    g->follow.n - g->follow_at >= FOLLOW_MAX) {
			known_free(map_take(g->known, key));
			continue; /* the end of the list ends it */
		}
		k->asked = true;
		vec_push(&g->follow, k->job->id);
		deliver(g, k->job);
	}
	follow_some(g);
}

void
known_drop(struct gitlab *g)
{
	map_free(g->known);
	g->known = NULL;
	vec_free(&g->follow);
}
