/*
 * Reading fault rows and drawing from them.
 */
#include "backend/sim/server/faults.h"

#include <fnmatch.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/base/tree.h"
#include "backend/net/retry.h" /* struct rng */
#include "backend/net/yaml.h"

struct fault_row {
	const char *face, *path, *method;
	double rate;	/* 1: always */
	int64_t every;	/* 0: rate counts */
	int64_t from_ms, to_ms; /* world time; to_ms 0: for ever */
	struct fault fault;
	struct rng rng;
	uint64_t seen;
};

struct faults {
	struct arena *arena;
	struct fault_row *rows;
	uint32_t n;
	int64_t start_ms;
};

struct reader {
	const char *name;
	const struct tree *at;
	struct err *err;
	int64_t start_ms;
};

static bool
bad(const struct reader *r, const char *key, const char *want)
{
	return err_set(r->err, ERR_CONFIG, "%s:%u: %s: wanted %s", r->name,
		       (unsigned)r->at->line, key, want);
}

static bool
read_time(const struct reader *r, int64_t *ms)
{
	const char *text = tree_text(r->at);

	if (text && duration_parse(text, ms) && *ms >= 0)
		return true;
	return bad(r, r->at->key, "a duration like 500ms or 2m");
}

static bool
read_count(const struct reader *r, int64_t least, int64_t *n)
{
	if (tree_int(r->at, n) && *n >= least)
		return true;
	return bad(r, r->at->key, least ? "a number above 0" : "a number");
}

static bool
read_flag(const struct reader *r, bool *flag)
{
	*flag = tree_bool(r->at, false);
	return tree_is(r->at, TREE_BOOL) ? true
					 : bad(r, r->at->key,
					       "true or false");
}

static bool
read_word(const struct reader *r, const char *const *allowed,
	  const char *list, const char **word)
{
	*word = tree_text(r->at);
	for (; allowed && *word && *allowed; allowed++)
		if (strcmp(*allowed, *word) == 0)
			return true;
	if (*word && !list)
		return true;
	return bad(r, r->at->key, list ? list : "a text");
}

static bool
read_match(const struct reader *r, const char *key, struct fault_row *row,
	   bool *known)
{
	static const char *const faces[] = { "kubernetes", "aws", "gitlab",
					     "sim", NULL };
	static const char *const methods[] = { "GET", "POST", "PUT", "PATCH",
					       "DELETE", NULL };

	*known = true;
	if (strcmp(key, "face") == 0)
		return read_word(r, faces, "kubernetes, aws, gitlab or sim",
				 &row->face);
	if (strcmp(key, "method") == 0)
		return read_word(r, methods,
				 "GET, POST, PUT, PATCH or DELETE",
				 &row->method);
	if (strcmp(key, "path") == 0)
		return read_word(r, NULL, NULL, &row->path);
	if (strcmp(key, "rate") == 0)
		return (tree_real(r->at, &row->rate) && row->rate >= 0 &&
			row->rate <= 1) ||
		       bad(r, key, "a number from 0 to 1");
	if (strcmp(key, "every") == 0)
		return read_count(r, 1, &row->every);
	if (strcmp(key, "from") == 0) {
		bool ok = read_time(r, &row->from_ms);

		row->from_ms += r->start_ms;
		return ok;
	}
	if (strcmp(key, "to") == 0) {
		bool ok = read_time(r, &row->to_ms);

		row->to_ms += r->start_ms;
		return ok;
	}
	*known = false;
	return true;
}

static bool
read_effect(const struct reader *r, const char *key, struct fault *f)
{
	int64_t n = 0;

	if (strcmp(key, "status") == 0) {
		if (!read_count(r, 1, &n) || n < 400 || n > 599)
			return bad(r, key, "an HTTP status from 400 to 599");
		f->status = (int)n;
		return true;
	}
	if (strcmp(key, "retry-after") == 0)
		return read_time(r, &f->retry_after_ms);
	if (strcmp(key, "delay") == 0)
		return read_time(r, &f->delay_ms);
	if (strcmp(key, "reset") == 0)
		return read_flag(r, &f->reset);
	if (strcmp(key, "hang") == 0)
		return read_flag(r, &f->hang);
	if (strcmp(key, "truncate") == 0)
		return read_count(r, 0, &f->truncate) &&
		       (f->truncate >= 0 || bad(r, key, "a number"));
	if (strcmp(key, "drip") == 0)
		return read_count(r, 1, &f->drip_bytes);
	return bad(r, key, "a key that faults know (face, path, method, rate, "
		   "every, from, to, status, retry-after, delay, reset, hang, "
		   "truncate, drip)");
}

static bool
read_row(const struct reader *outer, const struct tree *from,
	 struct fault_row *row)
{
	struct reader r = *outer;
	bool known;

	*row = (struct fault_row){ .rate = 1, .fault.truncate = -1 };
	r.at = from;
	if (!tree_is(from, TREE_OBJECT))
		return bad(&r, "faults", "rows of keys and values");
	row->rng.state = 0x5eed + from->line;
	tree_each(child, from) {
		r.at = child;
		if (!read_match(&r, child->key, row, &known))
			return false;
		if (!known && !read_effect(&r, child->key, &row->fault))
			return false;
	}
	return true;
}

static bool
read_rows(struct faults *f, const struct reader *r)
{
	const struct tree *list = tree_get(r->at, "faults");
	struct reader at = *r;

	if (!tree_is(list, TREE_ARRAY))
		return err_set(r->err, ERR_CONFIG,
			       "%s: wanted a list under \"faults:\"", r->name);
	f->rows = xcalloc(list->len + 1, sizeof(*f->rows));
	tree_each(child, list) {
		at.at = child;
		if (!read_row(&at, child, &f->rows[f->n]))
			return false;
		f->n++;
	}
	return true;
}

static struct faults *
finish(struct faults *f, const char *name, const struct tree *tree,
       int64_t start_ms, struct err *err)
{
	struct reader r = { .name = name, .at = tree, .err = err,
			    .start_ms = start_ms };

	f->start_ms = start_ms;
	if (tree && read_rows(f, &r))
		return f;
	faults_free(f);
	return NULL;
}

struct faults *
faults_parse(const char *name, const char *text, size_t len, int64_t start_ms,
	     struct err *err)
{
	struct faults *f = xcalloc(1, sizeof(*f));

	f->arena = arena_new();
	return finish(f, name, yaml_parse(f->arena, name, text, len, err),
		      start_ms, err);
}

struct faults *
faults_read(const char *path, int64_t start_ms, struct err *err)
{
	struct faults *f = xcalloc(1, sizeof(*f));

	f->arena = arena_new();
	return finish(f, path, yaml_read(f->arena, path, err), start_ms, err);
}

void
faults_free(struct faults *f)
{
	if (!f)
		return;
	free(f->rows);
	arena_free(f->arena);
	free(f);
}

static bool
applies(struct fault_row *r, const char *face, const char *method,
	const char *path, int64_t world_ms)
{
	if ((r->face && strcmp(r->face, face) != 0) ||
	    (r->method && strcmp(r->method, method) != 0) ||
	    (r->path && fnmatch(r->path, path, 0) != 0) ||
	    world_ms < r->from_ms || (r->to_ms && world_ms >= r->to_ms))
		return false;
	r->seen++;
	if (r->every)
		return r->seen % (uint64_t)r->every == 0;
	return r->rate >= 1 || rng_unit(&r->rng) < r->rate;
}

bool
faults_pick(struct faults *f, const char *face, const char *method,
	    const char *path, int64_t world_ms, struct fault *out)
{
	*out = (struct fault){ .truncate = -1 };
	for (uint32_t i = 0; f && i < f->n; i++) {
		if (!applies(&f->rows[i], face, method, path, world_ms))
			continue;
		*out = f->rows[i].fault;
		return true;
	}
	return false;
}
