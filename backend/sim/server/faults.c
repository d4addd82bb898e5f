/*
 * Drawing from rows of faults.
 */
#include <fnmatch.h>
#include <stdlib.h>

#include "backend/sim/server/faults_rows.h"

struct faults *
faults_new(void)
{
	struct faults *f = xcalloc(1, sizeof(*f));

	f->arena = arena_new();
	return f;
}

void
faults_free(struct faults *f)
{
	if (!f)
		return;
	vec_free(&f->rows);
	arena_free(f->arena);
	free(f);
}

void
faults_clear(struct faults *f)
{
	vec_free(&f->rows);
	arena_reset(f->arena);
}

uint32_t
faults_count(const struct faults *f)
{
	return f->rows.n;
}

const char *
faults_row(const struct faults *f, uint32_t i, uint64_t *struck)
{
	*struck = f->rows.at[i].struck;
	return f->rows.at[i].text;
}

static bool
in_time(const struct fault_row *r, int64_t world_ms)
{
	return world_ms >= r->from_ms && (!r->to_ms || world_ms < r->to_ms);
}

/* The row's own dice, thrown for what matches only. */
static bool
strikes(struct fault_row *r)
{
	bool yes;

	r->seen++;
	if (r->every)
		yes = r->seen % (uint64_t)r->every == 0;
	else
		yes = r->rate >= 1 || rng_unit(&r->rng) < r->rate;
	r->struck += yes;
	return yes;
}

static bool
is_or_any(const char *wanted, const char *found)
{
	return !wanted || str_eq(wanted, found);
}

static bool
matches(const struct fault_row *r, enum fault_row_kind kind,
	const struct fault_request *q)
{
	return r->kind == kind && is_or_any(r->face, q->face) &&
	       is_or_any(r->method, q->method) &&
	       (!r->path || fnmatch(r->path, q->path, 0) == 0) &&
	       in_time(r, q->world_ms);
}

bool
faults_pick(struct faults *f, const struct fault_request *q,
	    struct fault *out)
{
	*out = (struct fault){ .truncate = -1 };
	for (uint32_t i = 0; i < f->rows.n; i++) {
		struct fault_row *r = &f->rows.at[i];

		if (!matches(r, ROW_REQUEST, q) || !strikes(r))
			continue;
		*out = r->fault;
		return true;
	}
	return false;
}

bool
faults_touch_watches(const struct faults *f)
{
	for (uint32_t i = 0; i < f->rows.n; i++)
		if (f->rows.at[i].kind == ROW_WATCH)
			return true;
	return false;
}

enum fault_event
faults_pick_event(struct faults *f, const struct fault_request *watch)
{
	for (uint32_t i = 0; i < f->rows.n; i++) {
		struct fault_row *r = &f->rows.at[i];

		if (matches(r, ROW_WATCH, watch) && strikes(r))
			return r->event;
	}
	return EVENT_PASSES;
}

bool
faults_refuse_launch(struct faults *f, const char *group, const char *type,
		     const char *zone, int64_t world_ms)
{
	for (uint32_t i = 0; i < f->rows.n; i++) {
		struct fault_row *r = &f->rows.at[i];

		if (r->kind == ROW_CAPACITY && is_or_any(r->group, group) &&
		    is_or_any(r->type, type) && is_or_any(r->zone, zone) &&
		    in_time(r, world_ms) && strikes(r))
			return true;
	}
	return false;
}
