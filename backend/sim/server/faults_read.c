/*
 * Reading rows of faults.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/base/json.h"
#include "backend/base/tree.h"
#include "backend/net/yaml.h"
#include "backend/sim/server/faults_rows.h"

enum value {
	VALUE_FACE,
	VALUE_METHOD,
	VALUE_TEXT,
	VALUE_RATE,
	VALUE_COUNT, /* above 0 */
	VALUE_SIZE,  /* 0 too */
	VALUE_STATUS,
	VALUE_DURATION,
	VALUE_SIGNED, /* duration */
	VALUE_FLAG,
	VALUE_THROTTLE,
	VALUE_EXPIRED,
	VALUE_GONE,
	VALUE_WATCH,
	VALUE_REFUSED,
};

#define ROW(f) offsetof(struct fault_row, f)

/* clang-format off */
static const struct key {
	const char *name;
	enum value value;
	size_t offset;
	bool effect; /* of the rows that need one */
} keys[] = {
	{ "face",	 VALUE_FACE,	 ROW(face) },
	{ "path",	 VALUE_TEXT,	 ROW(path) },
	{ "method",	 VALUE_METHOD,	 ROW(method) },
	{ "rate",	 VALUE_RATE,	 ROW(rate) },
	{ "every",	 VALUE_COUNT,	 ROW(every) },
	{ "from",	 VALUE_DURATION, ROW(from_ms) },
	{ "to",		 VALUE_DURATION, ROW(to_ms) },
	{ "status",	 VALUE_STATUS,	 ROW(fault.status), true },
	{ "retry-after", VALUE_DURATION, ROW(fault.retry_after_ms) },
	{ "delay",	 VALUE_DURATION, ROW(fault.delay_ms), true },
	{ "throttle",	 VALUE_THROTTLE, ROW(fault.words), true },
	{ "credentials", VALUE_EXPIRED,	 ROW(fault.words), true },
	{ "gone",	 VALUE_GONE,	 ROW(fault.words), true },
	{ "reset",	 VALUE_FLAG,	 ROW(fault.reset), true },
	{ "hang",	 VALUE_FLAG,	 ROW(fault.hang), true },
	{ "truncate",	 VALUE_SIZE,	 ROW(fault.truncate), true },
	{ "drip",	 VALUE_COUNT,	 ROW(fault.drip_bytes), true },
	{ "skew",	 VALUE_SIGNED,	 ROW(fault.skew_ms), true },
	{ "watch",	 VALUE_WATCH,	 ROW(event), true },
	{ "capacity",	 VALUE_REFUSED,	 ROW(kind), true },
	{ "group",	 VALUE_TEXT,	 ROW(group) },
	{ "type",	 VALUE_TEXT,	 ROW(type) },
	{ "zone",	 VALUE_TEXT,	 ROW(zone) },
};

static const struct {
	const char *name;
	enum fault_event event;
} watch_words[] = {
	{ "drop", EVENT_DROPPED }, { "duplicate", EVENT_DOUBLED },
	{ "silent", EVENT_SILENT }, { "cut", EVENT_CUT },
	{ "gone", EVENT_GONE },
};
/* clang-format on */

struct reader {
	const char *name;
	struct faults *faults;
	struct err *err;
};

static bool
bad(const struct reader *r, const struct tree *at, const char *want)
{
	return err_set(r->err, ERR_CONFIG, "%s:%u: %s: wanted %s", r->name,
		       (unsigned)at->line, at->key ? at->key : "faults", want);
}

static bool
is_one_of(const char *word, const char *const *list)
{
	while (*list && !str_eq(word, *list))
		list++;
	return *list != NULL;
}

static bool
read_word(struct reader *r, const struct tree *t, enum value value,
	  const char **out)
{
	static const char *const faces[] = { "kubernetes", "aws", "gitlab",
					     "sim", NULL };
	static const char *const methods[] = { "GET", "POST", "PUT", "PATCH",
					       "DELETE", NULL };
	const char *word = tree_text(t);

	if (value == VALUE_FACE && !(word && is_one_of(word, faces)))
		return bad(r, t, "kubernetes, aws, gitlab or sim");
	if (value == VALUE_METHOD && !(word && is_one_of(word, methods)))
		return bad(r, t, "GET, POST, PUT, PATCH or DELETE");
	if (!word)
		return bad(r, t, "a text");
	*out = arena_strdup(r->faults->arena, word);
	return true;
}

static bool
read_number(struct reader *r, const struct tree *t, enum value value,
	    void *out)
{
	int64_t n = 0, *to = out;

	if (value == VALUE_RATE) {
		double *rate = out;

		return (tree_real(t, rate) && *rate >= 0 && *rate <= 1) ||
		       bad(r, t, "a number from 0 to 1");
	}
	if (value == VALUE_STATUS) {
		if (!tree_int(t, &n) || n < 400 || n > 599)
			return bad(r, t, "an HTTP status from 400 to 599");
		*(int *)out = (int)n;
		return true;
	}
	if (value == VALUE_DURATION || value == VALUE_SIGNED) {
		const char *text = tree_text(t);

		if (!text || !duration_parse(text, &n) ||
		    (n < 0 && value == VALUE_DURATION))
			return bad(r, t, "a duration like 500ms or 2m");
	} else if (!tree_int(t, &n) || n < (value == VALUE_COUNT)) {
		return bad(r, t, value == VALUE_COUNT ? "a number above 0"
						      : "a number");
	}
	*to = n;
	return true;
}

static bool
read_flag(struct reader *r, const struct tree *t, bool *out)
{
	*out = tree_bool(t, false);
	return tree_is(t, TREE_BOOL) || bad(r, t, "true or false");
}

static bool
read_words(struct reader *r, const struct tree *t, enum value value,
	   struct fault_row *row)
{
	bool yes;

	if (row->fault.words != FAULT_PLAIN)
		return bad(r, t, "only one of throttle, credentials, gone");
	if (value == VALUE_EXPIRED) {
		if (!str_eq(tree_text(t), "expired"))
			return bad(r, t, "expired");
		row->fault.words = FAULT_EXPIRED;
		return true;
	}
	if (!read_flag(r, t, &yes))
		return false;
	if (yes)
		row->fault.words = value == VALUE_GONE ? FAULT_GONE
						       : FAULT_THROTTLE;
	return true;
}

static bool
read_watch(struct reader *r, const struct tree *t, struct fault_row *row)
{
	const char *word = str_or_empty(tree_text(t));

	row->kind = ROW_WATCH;
	for (size_t i = 0; i < ARRAY_LEN(watch_words); i++) {
		if (!str_eq(watch_words[i].name, word))
			continue;
		row->event = watch_words[i].event;
		return true;
	}
	return bad(r, t, "drop, duplicate, silent, cut or gone");
}

static bool
read_value(struct reader *r, const struct key *k, const struct tree *t,
	   struct fault_row *row)
{
	void *at = (char *)row + k->offset;

	switch (k->value) {
	case VALUE_FACE:
	case VALUE_METHOD:
	case VALUE_TEXT:
		return read_word(r, t, k->value, at);
	case VALUE_FLAG:
		return read_flag(r, t, at);
	case VALUE_THROTTLE:
	case VALUE_EXPIRED:
	case VALUE_GONE:
		return read_words(r, t, k->value, row);
	case VALUE_WATCH:
		return read_watch(r, t, row);
	case VALUE_REFUSED:
		row->kind = ROW_CAPACITY;
		return str_eq(tree_text(t), "refused") ||
		       bad(r, t, "refused");
	default:
		return read_number(r, t, k->value, at);
	}
}

static const struct key *
find_key(struct reader *r, const struct tree *t)
{
	char want[400];
	size_t at;

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (str_eq(keys[i].name, t->key))
			return &keys[i];
	at = (size_t)snprintf(want, sizeof(want), "a key that faults know (");
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		at += (size_t)snprintf(want + at, sizeof(want) - at, "%s%s",
				       i ? ", " : "", keys[i].name);
	snprintf(want + at, sizeof(want) - at, ")");
	bad(r, t, want);
	return NULL;
}

static const char *
one_line(struct arena *a, const struct tree *t)
{
	struct buf out;
	struct jsonw *w;
	const char *text;

	buf_init(&out, SIZE_MAX);
	w = jsonw_new_buf(&out, false);
	jsonw_tree(w, t);
	(void)jsonw_done(w); /* a tree that was read can be written */
	text = arena_strdup(a, buf_text(&out));
	buf_fini(&out);
	return text;
}

static bool
read_row(struct reader *r, const struct tree *t, int64_t now_ms,
	 struct fault_row *row)
{
	bool effect = false;

	*row = (struct fault_row){ .rate = 1, .fault.truncate = -1 };
	if (!tree_is(t, TREE_OBJECT))
		return bad(r, t, "rows of keys and values");
	row->rng.state = 0x5eed + t->line;
	tree_each(c, t) {
		const struct key *k = find_key(r, c);

		if (!k || !read_value(r, k, c, row))
			return false;
		effect |= k->effect;
	}
	if (!effect)
		return bad(r, t, "a row that says what goes wrong");
	row->from_ms += now_ms;
	row->to_ms += row->to_ms ? now_ms : 0;
	row->text = one_line(r->faults->arena, t);
	return true;
}

bool
faults_add(struct faults *f, const char *name, const char *text, size_t len,
	   int64_t now_ms, struct err *err)
{
	struct reader r = { name, f, err };
	struct arena *a = arena_new();
	const struct tree *t = yaml_parse(a, name, text, len, err);
	const struct tree *list = t ? tree_get(t, "faults") : NULL;
	uint32_t before = f->rows.n;
	bool ok = t != NULL;

	if (t && !tree_is(list, TREE_ARRAY))
		ok = err_set(err, ERR_CONFIG,
			     "%s: wanted a list under \"faults:\"", name);
	if (ok) {
		tree_each(c, list) {
			struct fault_row row;

			ok = read_row(&r, c, now_ms, &row);
			if (!ok)
				break;
			vec_push(&f->rows, row);
		}
	}
	if (!ok)
		f->rows.n = before;
	arena_free(a);
	return ok;
}
