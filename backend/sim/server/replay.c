/*
 * Reading a log of writes, to do them again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "backend/base/clock.h"
#include "backend/base/json.h"
#include "backend/sim/server/write_log.h"

struct replay {
	struct arena *arena; /* of all lines */
	char *path;
	struct write_log_head head;
	VEC(struct write) writes;
	uint32_t next;
	uint32_t differ, first; /* counted, and which one came first */
	int first_status;
};

struct line { /* one being read */
	struct replay *r;
	const struct tree *at;
	uint32_t number;
	struct err *err;
};

static bool
bad(const struct line *l, const char *key, const char *want)
{
	return err_set(l->err, ERR_CONFIG, "%s:%u: %s: wanted %s", l->r->path,
		       l->number, key, want);
}

static const char *
text_at(const struct line *l, const char *key)
{
	const struct tree *t = tree_get(l->at, key);

	return t ? str_or_empty(tree_text(t)) : "";
}

static bool
read_head(struct line *l)
{
	const struct tree *seed = tree_get(l->at, "seed");
	struct write_log_head *head = &l->r->head;
	const char *start = text_at(l, "start");
	int64_t n = 0;

	if (!str_eq(text_at(l, "apiVersion"), "paddock/v1") ||
	    !str_eq(text_at(l, "kind"), "WriteLog"))
		return bad(l, "kind", "WriteLog of paddock/v1: this is no log "
			   "of writes");
	head->scenario = text_at(l, "scenario");
	if (!*head->scenario)
		return bad(l, "scenario", "a name");
	if (!seed || !tree_int(seed, &n) || n < 0)
		return bad(l, "seed", "a number");
	head->seed = (uint64_t)n;
	if (*start && !time_parse_rfc3339(start, strlen(start),
					  &head->start_ms))
		return bad(l, "start", "a time");
	if (*text_at(l, "autoscaler"))
		head->autoscaler = text_at(l, "autoscaler");
	return true;
}

static const struct face_pair *
read_headers(struct line *l)
{
	const struct tree *t = tree_get(l->at, "headers");
	struct face_pair *at;
	uint32_t n = 0;

	if (!tree_is(t, TREE_OBJECT))
		t = NULL;
	at = arena_alloc(l->r->arena,
			 ((t ? t->len : 0) + 1) * sizeof(*at));
	tree_each(c, t) {
		at[n].name = c->key;
		at[n++].value = str_or_empty(tree_text(c));
	}
	at[n] = (struct face_pair){ 0 };
	return at;
}

static bool
read_body(struct line *l, struct write *w)
{
	const char *coded = text_at(l, "body64");
	size_t len = strlen(coded);
	unsigned char *out;
	int n;

	w->body = text_at(l, "body");
	w->body_len = strlen(w->body);
	if (!len)
		return true;
	out = arena_alloc(l->r->arena, len / 4 * 3 + 4);
	n = EVP_DecodeBlock(out, (const unsigned char *)coded, (int)len);
	if (n < 0)
		return bad(l, "body64", "base64");
	/* It counts the padding as zeros. */
	n -= coded[len - 1] == '=';
	n -= len > 1 && coded[len - 2] == '=';
	w->body = (const char *)out;
	w->body_len = (size_t)n;
	return true;
}

static bool
copy_text(struct line *l, const char *key, char *out, size_t room)
{
	if (strlen(text_at(l, key)) >= room)
		return bad(l, key, "a shorter text");
	snprintf(out, room, "%s", text_at(l, key));
	return true;
}

static bool
read_write(struct line *l)
{
	static const char *const faces[] = { "kubernetes", "aws", "gitlab",
					     "sim" };
	struct replay *r = l->r;
	struct write w = { .face = NULL };
	const char *at = text_at(l, "at"), *face = text_at(l, "face");
	const struct tree *status = tree_get(l->at, "status");
	int64_t code = 0;

	if (!time_parse_rfc3339(at, strlen(at), &w.at_ms))
		return bad(l, "at", "a time");
	if (r->writes.n && w.at_ms < r->writes.at[r->writes.n - 1].at_ms)
		return bad(l, "at", "no time before the last line's");
	for (size_t i = 0; i < ARRAY_LEN(faces); i++)
		if (str_eq(faces[i], face))
			w.face = faces[i];
	if (!w.face)
		return bad(l, "face", "kubernetes, aws, gitlab or sim");
	w.method = text_at(l, "method");
	w.path = text_at(l, "path");
	w.query = text_at(l, "query");
	if (!*w.method || *w.path != '/')
		return bad(l, "path", "a method and a path");
	if (!status || !tree_int(status, &code) || code < 100 || code > 599)
		return bad(l, "status", "an HTTP status");
	w.status = (int)code;
	w.headers = read_headers(l);
	if (!copy_text(l, "caller", w.caller.name, sizeof(w.caller.name)) ||
	    !copy_text(l, "groups", w.caller.groups,
		       sizeof(w.caller.groups)) ||
	    !copy_text(l, "service", w.caller.service,
		       sizeof(w.caller.service)) ||
	    !read_body(l, &w))
		return false;
	vec_push(&r->writes, w);
	return true;
}

static bool
read_line(struct line *l, const char *text, size_t len)
{
	struct err why = { 0 };

	l->number++;
	l->at = json_parse(l->r->arena, text, len, &why);
	if (!tree_is(l->at, TREE_OBJECT))
		return err_set(l->err, ERR_CONFIG, "%s:%u: no JSON object: %s",
			       l->r->path, l->number, why.text);
	return l->number == 1 ? read_head(l) : read_write(l);
}

struct replay *
replay_read(const char *path, struct err *err)
{
	struct replay *r = xcalloc(1, sizeof(*r));
	struct line l = { .r = r, .err = err };
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t room = 0;
	ssize_t n = 0;
	bool ok = f != NULL;

	r->arena = arena_new();
	r->path = xstrdup(path);
	while (ok && (n = getline(&text, &room, f)) > 0)
		ok = read_line(&l, text, (size_t)n);
	if (!f || ferror(f))
		ok = err_set(err, ERR_IO, "cannot read the log %s: %s", path,
			     strerror(errno));
	else if (ok && !l.number)
		ok = err_set(err, ERR_CONFIG, "%s: is empty", path);
	free(text);
	if (f)
		fclose(f);
	if (ok)
		return r;
	replay_free(r);
	return NULL;
}

void
replay_free(struct replay *r)
{
	if (!r)
		return;
	vec_free(&r->writes);
	arena_free(r->arena);
	free(r->path);
	free(r);
}

const struct write_log_head *
replay_head(const struct replay *r)
{
	return &r->head;
}

const struct write *
replay_next(const struct replay *r)
{
	return r->next < r->writes.n ? &r->writes.at[r->next] : NULL;
}

void
replay_took(struct replay *r, int status)
{
	if (status != r->writes.at[r->next].status && r->differ++ == 0) {
		r->first = r->next;
		r->first_status = status;
	}
	r->next++;
}

bool
replay_verdict(const struct replay *r, struct err *err)
{
	const struct write *w;

	if (r->differ) {
		w = &r->writes.at[r->first];
		/* The head is line 1. */
		return err_set(err, ERR_BAD,
			       "%s:%u: %s %.200s ended with %d, the log says "
			       "%d; %u of %u writes differ: not the same "
			       "scenario, seed or program",
			       r->path, r->first + 2, w->method, w->path,
			       r->first_status, w->status, r->differ,
			       r->writes.n);
	}
	if (r->next < r->writes.n)
		return err_set(err, ERR_BAD,
			       "%s:%u: ended before this write; %u of %u were "
			       "not reached",
			       r->path, r->next + 2, r->writes.n - r->next,
			       r->writes.n);
	return true;
}
