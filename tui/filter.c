/*
 * Filters: parsing into terms and matching rows.
 */
#include "tui/filter.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/quantity.h"
#include "tui/pattern.h"

enum { TERM_MAX = 16 };

enum term_kind { TERM_TEXT, TERM_NUMBER, TERM_LABELS };
enum compare { CMP_LT, CMP_LE, CMP_GT, CMP_GE, CMP_EQ };

/* A number as typed, in every reading it has; the cell's unit picks one. */
struct amount {
	bool plain, span, milli, units;
	double number;
	int64_t span_ms, milli_units, whole_units;
};

struct label_test {
	char *key, *value; /* value NULL: only whether the key exists */
	bool negate;
};

struct term {
	uint8_t kind; /* enum term_kind */
	bool negate;
	const struct column *column; /* NULL: any */
	struct pattern pattern; /* TERM_TEXT */
	char *text;		/* TERM_NUMBER: what is compared with */
	enum compare compare;
	struct amount amount;
	struct label_test labels[TERM_MAX];
	uint32_t label_n;
};

struct filter {
	const struct view *view;
	struct term terms[TERM_MAX];
	uint32_t term_n;
	bool has_clock;
};

/* ---- columns by name ---- */

/* Letters and digits only, folded: "CPU%" and "cpu" are one name. */
static bool
name_eq(const char *title, const char *name, size_t len, bool prefix)
{
	size_t i = 0;

	for (;; title++) {
		while (*title && !isalnum((unsigned char)*title))
			title++;
		while (i < len && !isalnum((unsigned char)name[i]))
			i++;
		if (i == len)
			return prefix || !*title;
		if (tolower((unsigned char)*title) !=
		    tolower((unsigned char)name[i]))
			return false;
		i++;
	}
}

const struct column *
view_column(const struct view *v, const char *name, size_t len)
{
	const struct column *found = NULL;
	bool word = false;

	for (size_t i = 0; i < len; i++)
		word = word || isalnum((unsigned char)name[i]);
	if (!word)
		return NULL;
	for (const struct column *c = v->columns; c->title; c++)
		if (name_eq(c->title, name, len, false) ||
		    name_eq(c->json, name, len, false))
			return c;
	for (const struct column *c = v->columns; c->title; c++) {
		if (!name_eq(c->title, name, len, true))
			continue;
		if (found)
			return NULL;
		found = c;
	}
	return found;
}

/* ---- parsing ---- */

static bool
amount_parse(const char *text, struct amount *out)
{
	size_t len = strlen(text);
	char *end;

	memset(out, 0, sizeof(*out));
	if (!len || (!isdigit((unsigned char)*text) && *text != '.' &&
		     *text != '-'))
		return false;
	out->number = strtod(text, &end);
	out->plain = end != text && (*end == '\0' || !strcmp(end, "%"));
	out->span = duration_parse(text, &out->span_ms);
	out->milli = quantity_parse_milli(text, len, &out->milli_units);
	out->units = quantity_parse_units(text, len, &out->whole_units);
	return out->plain || out->span || out->milli || out->units;
}

static bool
labels_parse(struct term *t, const char *text, struct err *err)
{
	t->kind = TERM_LABELS;
	while (*text) {
		const char *end = strchrnul(text, ',');
		const char *eq = memchr(text, '=', (size_t)(end - text));
		struct label_test *l = &t->labels[t->label_n];
		const char *key_end = eq ? eq : end;

		if (t->label_n == TERM_MAX)
			return err_set(err, ERR_BAD,
				       "filter: more than %d labels", TERM_MAX);
		if (!eq && *text == '!') {
			l->negate = true;
			text++;
		} else if (eq && eq > text && eq[-1] == '!') {
			l->negate = true;
			key_end--;
		}
		if (key_end <= text)
			return err_set(err, ERR_BAD,
				       "filter: a label selector reads "
				       "key=value,key2!=value2");
		l->key = xstrndup(text, (size_t)(key_end - text));
		if (eq) {
			if (eq + 1 < end && eq[1] == '=') /* kubectl's == */
				eq++;
			l->value = xstrndup(eq + 1, (size_t)(end - eq - 1));
		}
		t->label_n++;
		text = *end ? end + 1 : end;
	}
	return true;
}

static bool
compare_find(const char *word, size_t *at, size_t *len, enum compare *out)
{
	const char *op = strpbrk(word, "<>=");

	if (!op || op == word)
		return false;
	*at = (size_t)(op - word);
	*len = op[0] != '=' && op[1] == '=' ? 2 : 1;
	*out = op[0] == '='   ? CMP_EQ
	       : op[0] == '<' ? (*len == 2 ? CMP_LE : CMP_LT)
			      : (*len == 2 ? CMP_GE : CMP_GT);
	return true;
}

static bool
text_parse(struct term *t, const char *text, bool quoted, struct err *err)
{
	t->kind = TERM_TEXT;
	return pattern_init(&t->pattern, text, quoted, err) ||
	       err_prefix(err, "filter");
}

static bool
term_parse(struct filter *f, struct term *t, const char *word, bool quoted,
	   struct err *err)
{
	const struct view *v = f->view;
	const struct column *col;
	const char *colon;
	size_t at, len;

	if (*word == '!' && word[1] && !quoted) {
		t->negate = true;
		word++;
	}
	if (!quoted && compare_find(word, &at, &len, &t->compare)) {
		col = view_column(v, word, at);
		/* "k!=v" is a selector, as "k=v" is when k is no column. */
		if (!col && (word[at] == '=') && v->labels)
			return labels_parse(t, word, err);
		if (!col && strpbrk(word, "*+?[](){}|^$\\"))
			return text_parse(t, word, false, err);
		if (!col)
			return err_set(err, ERR_BAD,
				       "filter: no column \"%.*s\" in %s",
				       (int)at, word, v->name);
		t->column = col;
		t->kind = TERM_NUMBER;
		t->text = xstrdup(word + at + len);
		if (!amount_parse(t->text, &t->amount) &&
		    t->compare != CMP_EQ)
			return err_set(err, ERR_BAD,
				       "filter: \"%s\" is no number",
				       t->text);
		f->has_clock |= (col->flags & COLUMN_CLOCK) != 0;
		return true;
	}
	colon = quoted ? NULL : strchr(word, ':');
	col = colon ? view_column(v, word, (size_t)(colon - word)) : NULL;
	if (col && colon[1]) {
		t->column = col;
		word = colon + 1;
	}
	return text_parse(t, word, quoted, err);
}

/* The next word into out; false at the end. */
static bool
next_word(const char **text, char out[static FILTER_MAX], bool *quoted)
{
	const char *p = *text;
	size_t n = 0;
	bool inside = false;

	while (isspace((unsigned char)*p))
		p++;
	*quoted = *p == '"';
	if (!*p)
		return false;
	for (; *p && (inside || !isspace((unsigned char)*p)); p++) {
		if (*p == '"')
			inside = !inside;
		else if (n + 1 < FILTER_MAX)
			out[n++] = *p;
	}
	out[n] = '\0';
	*text = p;
	return true;
}

struct filter *
filter_parse(const struct view *v, const char *text, struct err *err)
{
	struct filter *f = xcalloc(1, sizeof(*f));
	char word[FILTER_MAX];
	bool quoted, selector = false;

	f->view = v;
	if (strlen(text) >= FILTER_MAX) {
		err_set(err, ERR_BAD, "filter: longer than %d bytes",
			FILTER_MAX - 1);
		goto bad;
	}
	while (next_word(&text, word, &quoted)) {
		struct term *t = &f->terms[f->term_n];

		if (!*word || (!quoted && strcmp(word, "!") == 0))
			continue;
		if (!selector && strcmp(word, "-l") == 0) {
			selector = true;
			continue;
		}
		if (f->term_n == TERM_MAX) {
			err_set(err, ERR_BAD, "filter: more than %d terms",
				TERM_MAX);
			goto bad;
		}
		f->term_n++; /* so that a half-parsed term is freed too */
		if (selector ? !labels_parse(t, word, err)
			     : !term_parse(f, t, word, quoted, err))
			goto bad;
		if (t->kind == TERM_LABELS && !v->labels) {
			err_set(err, ERR_BAD, "filter: %s carry no labels",
				v->name);
			goto bad;
		}
		selector = false;
	}
	if (f->term_n)
		return f;
bad:
	filter_free(f);
	return NULL;
}

void
filter_free(struct filter *f)
{
	if (!f)
		return;
	for (uint32_t i = 0; i < f->term_n; i++) {
		struct term *t = &f->terms[i];

		pattern_fini(&t->pattern);
		free(t->text);
		for (uint32_t l = 0; l <= t->label_n && l < TERM_MAX; l++) {
			free(t->labels[l].key);
			free(t->labels[l].value);
		}
	}
	free(f);
}

bool
filter_has_clock(const struct filter *f)
{
	return f && f->has_clock;
}

/* ---- matching ---- */

static bool
cell_hits(const struct term *t, const struct column *col,
	  const struct row *row, struct view_ctx *x)
{
	struct cell c;

	/* Numbers are written out only for terms that could match one. */
	x->want_text = t->pattern.is_regex || t->column ||
		       isdigit((unsigned char)t->pattern.text[0]);
	col->get(row, x, &c);
	switch (c.value_kind) {
	case VALUE_TEXT:
	case VALUE_LIST:
		return pattern_hits(&t->pattern, c.str);
	default:
		return x->want_text && pattern_hits(&t->pattern, c.text);
	}
}

static bool
number_compare(enum compare how, double a, double b)
{
	switch (how) {
	case CMP_LT:
		return a < b;
	case CMP_LE:
		return a <= b;
	case CMP_GT:
		return a > b;
	case CMP_GE:
		return a >= b;
	case CMP_EQ:
		return a == b;
	}
	return false;
}

static bool
number_hits(const struct term *t, const struct row *row, struct view_ctx *x)
{
	const struct amount *a = &t->amount;
	struct cell c;
	double have, want = a->number;
	bool fits = a->plain;

	x->want_text = true;
	t->column->get(row, x, &c);
	switch (c.value_kind) {
	case VALUE_NONE:
		return false;
	case VALUE_TEXT:
	case VALUE_LIST:
		return t->compare == CMP_EQ && strcasecmp(c.str, t->text) == 0;
	case VALUE_REAL:
		have = c.real;
		break;
	default:
		have = (double)c.number;
		break;
	}
	if (c.unit == UNIT_AGE || c.unit == UNIT_CLOCK)
		have = ((double)x->now_ms - have) / 1000;
	switch (c.unit) {
	case UNIT_AGE:
	case UNIT_CLOCK:
	case UNIT_SECONDS:
		if (!a->plain && a->span) {
			want = (double)a->span_ms / 1000;
			fits = true;
		}
		break;
	case UNIT_MCPU:
		want = (double)a->milli_units;
		fits = a->milli;
		break;
	case UNIT_BYTES:
		want = (double)a->whole_units;
		fits = a->units;
		break;
	default:
		break;
	}
	if (!fits)
		return t->compare == CMP_EQ && strcasecmp(c.text, t->text) == 0;
	return number_compare(t->compare, have, want);
}

static bool
labels_hit(const struct term *t, const struct view *v, const struct row *row)
{
	const struct labels *have = v->labels(row);

	for (uint32_t i = 0; i < t->label_n; i++) {
		const struct label_test *l = &t->labels[i];
		const char *value = have ? labels_get(have, l->key) : NULL;
		bool hit = value && (!l->value || strcmp(value, l->value) == 0);

		if (hit == l->negate)
			return false;
	}
	return true;
}

static bool
term_hits(const struct filter *f, const struct term *t, const struct row *row,
	  struct view_ctx *x)
{
	if (t->kind == TERM_LABELS)
		return labels_hit(t, f->view, row);
	if (t->kind == TERM_NUMBER)
		return number_hits(t, row, x);
	if (t->column)
		return cell_hits(t, t->column, row, x);
	if (pattern_hits(&t->pattern, record_name(row->slot->rec)) ||
	    pattern_hits(&t->pattern, record_ns(row->slot->rec)))
		return true;
	for (const struct column *c = f->view->columns; c->title; c++)
		if (cell_hits(t, c, row, x))
			return true;
	return false;
}

bool
filter_match(const struct filter *f, const struct row *row,
	     const struct view_ctx *x)
{
	struct view_ctx mine = *x;

	if (!f)
		return true;
	for (uint32_t i = 0; i < f->term_n; i++)
		if (term_hits(f, &f->terms[i], row, &mine) ==
		    f->terms[i].negate)
			return false;
	return true;
}
