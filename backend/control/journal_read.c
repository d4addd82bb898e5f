/*
 * Reading the journal: rows for the view, intents without an outcome, and
 * whether the chain holds.
 */
#include "backend/control/journal_private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/base/clock.h"
#include "backend/base/json.h"
#include "backend/base/map.h"
#include "backend/model/snapshot.h"

struct reading {
	struct journal_history *out;
	uint32_t keep;
	struct seal *seal;
	struct arena *arena;
	struct map *open; /* id -> struct journal_intent, owned */
	char hash[JOURNAL_HASH]; /* of the line before; "" at the start */
};

void
journal_target_text(enum kind kind, const char *ns, const char *name,
		    char *out, size_t room)
{
	if (kind >= KIND_COUNT || !*str_or_empty(name))
		out[0] = '\0';
	else
		snprintf(out, room, "%s %s%s%s", kind_name(kind),
			 str_or_empty(ns), *str_or_empty(ns) ? "/" : "", name);
}

/* ---- rows ---- */

static void
change_text(const char *before, const char *after, char *out, size_t room)
{
	before = str_or_empty(before);
	after = str_or_empty(after);
	snprintf(out, room, "%s%s%s", before, *before || *after ? ">" : "",
		 after);
}

const struct record *
journal_record(const struct journal_line *l, uint64_t seq, bool orphaned)
{
	struct seal *s = seal_new();
	struct entry *e = seal_begin(s, sizeof(*e));
	char text[RECORD_KEY + 32];
	const struct record *r;

	e->seq = seq;
	e->at_ms = l->time_ms;
	e->orphaned = orphaned;
	seal_text(s, &e->id, str_or_empty(l->id));
	seal_text(s, &e->op, str_or_empty(l->op));
	seal_text(s, &e->phase,
		  l->phase == JOURNAL_INTENT ? "intent" : "outcome");
	seal_text(s, &e->by, str_or_empty(l->by));
	seal_text(s, &e->via, str_or_empty(l->via));
	seal_text(s, &e->context, str_or_empty(l->context));
	seal_text(s, &e->verb, str_or_empty(l->verb));
	if (l->target)
		journal_target_text(l->kind, l->target->ns, l->target->name,
				    text, sizeof(text));
	else
		text[0] = '\0';
	seal_text(s, &e->target, text);
	seal_text(s, &e->why, str_or_empty(l->why));
	change_text(l->before, l->after, text, sizeof(text));
	seal_text(s, &e->change, text);
	seal_text(s, &e->result, str_or_empty(l->result));
	r = record_seal(s, KIND_ENTRY);
	seal_free(s);
	return r;
}

static const char *
text_of(const struct tree *t, const char *path)
{
	return str_or_empty(tree_text(tree_at(t, path)));
}

static const struct record *
record_of(struct reading *r, const struct tree *t, bool orphaned)
{
	struct entry *e = seal_begin(r->seal, sizeof(*e));
	const char *kind = text_of(t, "target.kind");
	char text[RECORD_KEY + 32];
	int64_t seq = 0;

	tree_int(tree_get(t, "seq"), &seq);
	e->seq = (uint64_t)seq;
	tree_time(tree_get(t, "time"), &e->at_ms);
	e->orphaned = orphaned;
	seal_text(r->seal, &e->id, text_of(t, "id"));
	seal_text(r->seal, &e->op, text_of(t, "op"));
	seal_text(r->seal, &e->phase, text_of(t, "phase"));
	seal_text(r->seal, &e->by, text_of(t, "by"));
	seal_text(r->seal, &e->via, text_of(t, "via"));
	seal_text(r->seal, &e->context, text_of(t, "context"));
	seal_text(r->seal, &e->verb, text_of(t, "verb"));
	journal_target_text(*kind ? kind_by_name(kind) : KIND_COUNT,
			    text_of(t, "target.namespace"),
			    text_of(t, "target.name"), text, sizeof(text));
	seal_text(r->seal, &e->target, text);
	seal_text(r->seal, &e->why, text_of(t, "why"));
	change_text(text_of(t, "before"), text_of(t, "after"), text,
		    sizeof(text));
	seal_text(r->seal, &e->change, text);
	seal_text(r->seal, &e->result, text_of(t, "result"));
	return record_seal(r->seal, KIND_ENTRY);
}

static void
keep_record(struct reading *r, const struct record *taken)
{
	struct journal_history *h = r->out;

	/* Twice the room before moving: each record moves once. */
	if (h->entries.n >= 2 * r->keep && h->entries.n) {
		uint32_t drop = h->entries.n - r->keep;

		for (uint32_t i = 0; i < drop; i++)
			record_unref(h->entries.at[i]);
		memmove(h->entries.at, h->entries.at + drop,
			r->keep * sizeof(*h->entries.at));
		h->entries.n = r->keep;
	}
	vec_push(&h->entries, taken);
}

/* ---- intents ---- */

static void
drop_intent(void *value)
{
	struct journal_intent *i = value;

	free(i->text);
	free(i);
}

static void
note_intent(struct reading *r, const struct tree *t, uint64_t seq)
{
	struct journal_intent *i = xcalloc(1, sizeof(*i));
	const struct entry *e;
	void *before;

	snprintf(i->id, sizeof(i->id), "%s", text_of(t, "id"));
	i->seq = seq;
	snprintf(i->writer.boot, sizeof(i->writer.boot), "%s",
		 text_of(t, "writer.boot"));
	tree_int(tree_at(t, "writer.pid"), &i->writer.pid);
	tree_int(tree_at(t, "writer.start"), &i->writer.start);
	if (!tree_time(tree_get(t, "worldTime"), &i->world_ms) ||
	    !i->world_ms)
		tree_time(tree_get(t, "time"), &i->world_ms);
	e = (const struct entry *)(const void *)
		    r->out->entries.at[r->out->entries.n - 1];
	i->text = xasprintf("%s %s %s", e->verb, e->target, e->change);
	before = map_put(r->open, i->id, i);
	if (before)
		drop_intent(before);
}

static void
read_line(struct reading *r, const char *line, size_t len)
{
	const struct tree *t;
	const char *prev;
	uint64_t seq;
	int64_t n = 0;

	arena_reset(r->arena);
	t = json_parse(r->arena, line, len, NULL);
	if (!t || !tree_int(tree_get(t, "seq"), &n) || n <= 0) {
		r->out->skipped++;
		journal_hash(line, len, r->hash);
		return;
	}
	seq = (uint64_t)n;
	prev = text_of(t, "prev");
	if (seq == 1 && !*r->hash)
		memcpy(r->hash, JOURNAL_FIRST, sizeof(JOURNAL_FIRST));
	if (*r->hash && strcmp(r->hash, prev) != 0 && !r->out->broken_seq)
		r->out->broken_seq = seq;
	journal_hash(line, len, r->hash);
	r->out->last_seq = seq;
	keep_record(r, record_of(r, t, false));
	journal_fold(r->out, t);
	if (strcmp(text_of(t, "phase"), "intent") == 0) {
		note_intent(r, t, seq);
	} else {
		struct journal_intent *i = map_take(r->open, text_of(t, "id"));

		if (i)
			drop_intent(i);
	}
}

/* ---- files ---- */

static bool
read_file(struct reading *r, const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	char *text = NULL;
	size_t len = 0, room;
	ssize_t n = 1;

	if (fd < 0)
		return errno == ENOENT ||
		       err_set(err, ERR_IO, "journal %s: cannot read it: %s",
			       path, strerror(errno));
	/* A rotated file is at most the limit and one line long. */
	room = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
			       st.st_size < 8 * JOURNAL_FILE_BYTES
		       ? (size_t)st.st_size
		       : 0;
	text = xmalloc(room + 1);
	while (len < room && n > 0) {
		n = read(fd, text + len, room - len);
		if (n > 0)
			len += (size_t)n;
	}
	close(fd);
	for (size_t at = 0; at < len;) {
		char *end = memchr(text + at, '\n', len - at);
		size_t size = end ? (size_t)(end - text) - at : len - at;

		if (end || size)
			read_line(r, text + at, size);
		at += size + 1;
	}
	free(text);
	return true;
}

/* Marks the rows of orphaned intents: their writer can not finish them. */
static void
judge_open(struct reading *r)
{
	struct journal_history *h = r->out;
	const char *key;
	void *value;

	for (uint32_t c = 0; map_next(r->open, &c, &key, &value);) {
		struct journal_intent *i = value;

		map_take(r->open, key);
		if (writer_is_alive(&i->writer)) {
			drop_intent(i);
			continue;
		}
		vec_push(&h->open, *i);
		free(i);
	}
}

static void
mark_orphans(struct journal_history *h)
{
	for (uint32_t i = 0; i < h->open.n; i++) {
		for (uint32_t e = 0; e < h->entries.n; e++) {
			struct entry *row = (struct entry *)(uintptr_t)
						    h->entries.at[e];

			/* Nobody else has seen the record yet. */
			if (row->seq == h->open.at[i].seq)
				row->orphaned = true;
		}
	}
}

bool
journal_read(const struct journal *j, uint32_t keep,
	     struct journal_history *out, struct err *err)
{
	struct reading r = { .out = out, .keep = keep ? keep : 1 };
	bool ok = true;

	memset(out, 0, sizeof(*out));
	r.seal = seal_new();
	r.arena = arena_new();
	r.open = map_new(drop_intent);
	for (int i = 1; ok && i >= 0; i--) {
		char *path = journal_file(j, i);

		ok = read_file(&r, path, err);
		free(path);
	}
	judge_open(&r);
	if (out->entries.n > r.keep) {
		uint32_t drop = out->entries.n - r.keep;

		for (uint32_t i = 0; i < drop; i++)
			record_unref(out->entries.at[i]);
		memmove(out->entries.at, out->entries.at + drop,
			r.keep * sizeof(*out->entries.at));
		out->entries.n = r.keep;
	}
	mark_orphans(out);
	journal_fold_end(out);
	map_free(r.open);
	arena_free(r.arena);
	seal_free(r.seal);
	return ok;
}

void
journal_history_fini(struct journal_history *h)
{
	for (uint32_t i = 0; i < h->entries.n; i++)
		record_unref(h->entries.at[i]);
	for (uint32_t i = 0; i < h->open.n; i++)
		free(h->open.at[i].text);
	vec_free(&h->entries);
	vec_free(&h->open);
	journal_fold_fini(h);
}
