/*
 * Runs every vector of tests/vectors.
 */
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "tests/unit/check.h"
#include "tests/vectors/vec.h"

#define START "2026-02-18T09:00:00Z"

void
vec_fail(struct vec *v, int line, const char *fmt, ...)
{
	va_list args;

	if (*v->fault)
		return; /* the first tells */
	v->fault_line = line;
	va_start(args, fmt);
	vsnprintf(v->fault, sizeof(v->fault), fmt, args);
	va_end(args);
}

const char *
word_of(const struct statement *s, const char *key)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (strcmp(s->word[i].key, key) == 0)
			return s->word[i].value;
	return NULL;
}

bool
vec_time(const struct vec *v, const char *text, int64_t *ms)
{
	int64_t d;

	if (*text != '-' && *text != '+' && *text != '0')
		return time_parse_rfc3339(text, strlen(text), ms);
	if (!duration_parse(*text == '+' ? text + 1 : text, &d))
		return false;
	*ms = v->time_ms + d;
	return true;
}

/* ---- reading ---- */

/* Cuts the next word off a line; quotes hold blanks together. */
static char *
next_word(char **line)
{
	char *p = *line, *start, *to;
	char quote = 0;

	p += strspn(p, " \t");
	if (!*p || *p == '#')
		return NULL;
	for (start = to = p; *p && (quote || !strchr(" \t", *p)); p++) {
		if (quote ? *p == quote : (*p == '"' || *p == '\''))
			quote = quote ? 0 : *p;
		else
			*to++ = *p;
	}
	*line = p + (*p != '\0');
	*to = '\0';
	return start;
}

static struct statement
parse(struct vec *v, const char *text, int line)
{
	struct statement s = { .verb = "", .name = "", .line = line };
	char *rest = arena_strdup(v->arena, text), *w;

	w = next_word(&rest);
	s.verb = w ? w : "";
	s.rest = arena_strdup(v->arena, rest);
	w = next_word(&rest);
	s.name = w ? w : "";
	while ((w = next_word(&rest)) && s.n < WORDS) {
		char *eq = strchr(w, '=');

		s.word[s.n].key = w;
		s.word[s.n++].value = eq ? eq + 1 : "";
		if (eq)
			*eq = '\0';
	}
	return s;
}

/* ---- running ---- */

static bool
to_buf(void *ctx, const char *bytes, size_t len)
{
	buf_add(ctx, bytes, len);
	return buf_ok(ctx);
}

/* Reads the world, decides, checks every want, keeps memory'. */
static void
decide(struct vec *v)
{
	struct buf world, out, memory;
	struct world_reader *r = world_reader_new();
	struct err err = { .code = ERR_NONE };
	struct world_file f = { NULL, NULL, NULL };
	const struct plan *p = NULL;
	const struct tree *plan;

	buf_init(&world, 64 << 20);
	buf_init(&out, 64 << 20);
	buf_init(&memory, 64 << 20);
	vec_world(v, &world);
	if (v->watch)
		v->watch(v->ctx, v->id, &world);
	if (!world_reader_feed(r, world.at, world.len, &err) ||
	    !world_reader_done(r, &f, &err)) {
		vec_fail(v, 0, "world: %s", err.text);
		goto out;
	}
	p = engine_decide(&(struct engine_input){
		.world = f.world,
		.policy = f.policy,
		.memory = f.memory,
		.now_ms = f.world->time_ms,
	});
	if (!plan_write_json(p, to_buf, &out)) {
		vec_fail(v, 0, "the plan cannot be written");
		goto out;
	}
	plan = json_parse(v->arena, out.at, out.len, &err);
	for (uint32_t i = 0; i < v->wants.n && plan; i++)
		vec_check(v, &v->wants.at[i], plan);
	if (plan) {
		struct jsonw *w = jsonw_new_buf(&memory, false);

		memory_write(w, p->memory);
		jsonw_done(w);
		v->memory = arena_strdup(v->arena, buf_text(&memory));
	}
	if (*v->fault && getenv("VEC_SHOW"))
		fprintf(stderr, "%s\n%s\n", buf_text(&world), buf_text(&out));
out:
	plan_unref(p);
	world_file_fini(&f);
	world_reader_free(r);
	buf_fini(&world);
	buf_fini(&out);
	buf_fini(&memory);
	vec_clear(&v->wants);
}

static void
replace_group(struct vec *v, const struct statement *s)
{
	for (uint32_t i = 0; i < v->groups.n; i++)
		if (strcmp(v->groups.at[i].name, s->name) == 0) {
			v->groups.at[i] = *s;
			return;
		}
	vec_push(&v->groups, *s);
}

static void
drop(struct vec *v, const char *name)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < v->objects.n; i++) {
		const char *n = v->objects.at[i].name;
		const char *slash = strrchr(n, '/');

		if (strcmp(n, name) != 0 &&
		    !(slash && strcmp(slash + 1, name) == 0))
			v->objects.at[kept++] = v->objects.at[i];
	}
	v->objects.n = kept;
}

/* json PATH NAME {...} */
static void
raw_object(struct vec *v, const struct statement *s)
{
	const char *brace = strchr(s->rest, '{');
	struct object o = { .path = s->name, .name = s->name };

	if (!brace) {
		vec_fail(v, s->line, "json wants an object");
		return;
	}
	o.name = arena_strdup(v->arena, brace);
	o.json = o.name;
	vec_push(&v->objects, o);
}

static void
obey(struct vec *v, const char *text, int line)
{
	struct statement s = parse(v, text, line), want;

	if (!*s.verb)
		return;
	if (strcmp(s.verb, "want") == 0) {
		want = parse(v, s.rest, line);
		vec_push(&v->wants, want);
	} else if (strcmp(s.verb, "group") == 0) {
		replace_group(v, &s);
	} else if (strcmp(s.verb, "policy") == 0) {
		want = parse(v, arena_printf(v->arena, "policy - %s", s.rest),
			     line);
		vec_push(&v->policy, want);
	} else if (strcmp(s.verb, "memory") == 0) {
		v->memory = s.rest;
	} else if (strcmp(s.verb, "json") == 0) {
		raw_object(v, &s);
	} else if (strcmp(s.verb, "drop") == 0) {
		drop(v, s.name);
	} else if (strcmp(s.verb, "then") == 0) {
		decide(v);
		if (!vec_time(v, s.name, &v->time_ms))
			vec_fail(v, line, "then wants a duration");
	} else if (!vec_object(v, &s)) {
		vec_fail(v, line, "%s: no such statement", s.verb);
	}
}

static void
begin(struct vec *v, const char *id)
{
	vec_clear(&v->objects);
	vec_clear(&v->groups);
	vec_clear(&v->policy);
	vec_clear(&v->wants);
	v->id = arena_strdup(v->arena, id);
	v->memory = NULL;
	*v->fault = '\0';
	time_parse_rfc3339(START, strlen(START), &v->time_ms);
}

struct tally {
	int good, bad;
};

static void
finish(struct vec *v, struct tally *t)
{
	if (!v->id)
		return;
	if (v->wants.n == 0 && !*v->fault)
		vec_fail(v, 0, "it wants nothing");
	else if (!*v->fault)
		decide(v);
	if (*v->fault) {
		print_error("%s:%d: %s: %s\n", v->file, v->fault_line, v->id,
			    v->fault);
		t->bad++;
	} else {
		t->good++;
	}
	v->id = NULL;
}

static void
run_file(const char *path, struct tally *t, const struct vec *like)
{
	struct vec v = { .arena = arena_new(), .file = path,
			 .watch = like->watch, .ctx = like->ctx };
	char *all = read_fixture(path, NULL), *rest = all, *line;
	const char *only = getenv("VEC_ONLY");
	int n = 0;

	while ((line = strsep(&rest, "\n"))) {
		n++;
		if (str_has_prefix(line, "== ")) {
			finish(&v, t);
			if (!only || str_has_prefix(line + 3, only))
				begin(&v, line + 3);
		} else if (v.id && !*v.fault) {
			obey(&v, line, n);
		}
	}
	finish(&v, t);
	vec_free(&v.objects);
	vec_free(&v.groups);
	vec_free(&v.policy);
	vec_free(&v.wants);
	arena_free(v.arena);
	free(all);
}

static struct tally
run_all(const struct vec *like)
{
	struct tally t = { 0, 0 };
	glob_t files;

	assert_int_equal(glob("tests/vectors/*.vec", 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++)
		run_file(files.gl_pathv[i], &t, like);
	globfree(&files);
	return t;
}

void
vec_worlds(void (*watch)(void *ctx, const char *id, const struct buf *world),
	   void *ctx)
{
	const struct vec like = { .watch = watch, .ctx = ctx };

	run_all(&like);
}

static void
test_vectors(void **state)
{
	const struct vec like = { .watch = NULL };
	struct tally t = run_all(&like);

	(void)state;
	print_message("# %d vectors passed, %d failed\n", t.good, t.bad);
	assert_int_equal(t.bad, 0);
	assert_true(t.good > 0 || getenv("VEC_ONLY"));
}

SUITE(vectors, TEST(test_vectors));
