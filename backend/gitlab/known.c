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

#include "backend/base/map.h"
#include "backend/gitlab/private.h"

struct known {
	const struct job *job; /* one reference */
	uint32_t hash;	       /* of its number */
	uint32_t epoch;	       /* of the list it was last in */
	bool asked;
};

static bool
is_of_job(const void *known, const void *id)
{
	return ((const struct known *)known)->job->id == *(const int64_t *)id;
}

static const struct finder_sort known_sort = { offsetof(struct known, hash),
					       is_of_job };

void
known_init(struct gitlab *g)
{
	finder_init(&g->known, &known_sort);
}

static uint32_t
hash_of(int64_t id)
{
	return (uint32_t)hash_words(&id, sizeof(id));
}

static struct known *
find(const struct gitlab *g, int64_t id)
{
	return finder_get(&g->known, hash_of(id), &id);
}

static void
known_free(struct known *k)
{
	record_unref(k->job);
	free(k);
}

static void
take_out(struct gitlab *g, struct known *k)
{
	finder_remove(&g->known, k);
	known_free(k);
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
	struct known *k = find(g, job->id);

	if (!k) {
		k = xcalloc(1, sizeof(*k));
		k->hash = hash_of(job->id);
		finder_add(&g->known, k);
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
forget(struct gitlab *g, struct known *k)
{
	char key[24];

	key_of(k->job->id, key);
	take_out(g, k);
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
	struct known *k = find(g, *id);

	g->following--;
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
		forget(g, k);
	follow_some(g);
}

static void
follow_some(struct gitlab *g)
{
	while (g->following < FOLLOW_ABREAST && g->follow_at < g->follow.n) {
		int64_t id = g->follow.at[g->follow_at++];
		char target[96];
		struct known *k = find(g, id);

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

/* What becomes of one that the list did not name; true: it is known no more. */
static bool
left_the_list(struct gitlab *g, struct known *k)
{
	/* The end of the list ends those that nobody can ask for. */
	if (!k->asked && (!k->job->project_id ||
			  g->follow.n - g->follow_at >= FOLLOW_MAX))
		return true;
	if (!k->asked)
		vec_push(&g->follow, k->job->id);
	k->asked = true; /* or its answer is under way already */
	deliver(g, k->job);
	return false;
}

static int
by_number(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

void
known_settle(struct gitlab *g)
{
	VEC(struct known *) over = { 0 };
	uint32_t asked = g->follow.n;
	struct known *k;

	for (uint32_t i = 0; (k = finder_next(&g->known, &i));)
		if (k->epoch != g->epoch && left_the_list(g, k))
			vec_push(&over, k);
	for (uint32_t i = 0; i < over.n; i++)
		take_out(g, over.at[i]);
	vec_free(&over);
	if (g->follow.n > asked)
		qsort(g->follow.at + asked, g->follow.n - asked,
		      sizeof(*g->follow.at), by_number);
	follow_some(g);
}

void
known_drop(struct gitlab *g)
{
	struct known *k;

	for (uint32_t i = 0; (k = finder_next(&g->known, &i));)
		known_free(k);
	finder_fini(&g->known);
	vec_free(&g->follow);
}
