/*
 * Expressions of GetMetricData: SEARCH, and arithmetic of series.
 *
 *	sum = product (("+" | "-") product)*
 *	product = value (("*" | "/") value)*
 *	value = number | id | "-" value | "(" sum ")"
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/aws/cloudwatch.h"

#define DEPTH_MAX 40
#define FOUND_MAX 500 /* series of one search, as CloudWatch has it */

struct parser {
	struct aws_context *c;
	const char *whole, *at;
	const struct cw_results *all;
	int depth;
};

static bool
wrong(struct aws_context *c, const char *text, const char *why)
{
	return cloud_fail(&c->fault, 400, "ValidationError",
			  "Error in expression '%.200s': %s", text, why);
}

static void
skip_blanks(struct parser *p)
{
	while (isspace((unsigned char)*p->at))
		p->at++;
}

/* ---- arithmetic ---- */

struct value { /* a number for all times, or a series */
	bool series;
	double number;
	struct cw_result r;
};

static void
value_fini(struct value *v)
{
	vec_free(&v->r.points);
}

static double
apply(char op, double a, double b)
{
	return op == '+'   ? a + b
	       : op == '-' ? a - b
	       : op == '*' ? a * b
			   : a / b;
}

/* Where both have a point; what is divided by nothing has none. */
static void
combine(struct value *a, char op, const struct value *b)
{
	uint32_t n = 0, k = 0;

	if (!a->series && !b->series) {
		a->number = apply(op, a->number, b->number);
		return;
	}
	if (!a->series) {
		for (uint32_t i = 0; i < b->r.points.n; i++)
			vec_push(&a->r.points,
				 ((struct cw_point){ b->r.points.at[i].at_ms,
						     a->number }));
		a->series = true;
	}
	for (uint32_t i = 0; i < a->r.points.n; i++) {
		struct cw_point p = a->r.points.at[i];
		double right = b->number;

		while (b->series && k < b->r.points.n &&
		       b->r.points.at[k].at_ms < p.at_ms)
			k++;
		if (b->series) {
			if (k == b->r.points.n ||
			    b->r.points.at[k].at_ms != p.at_ms)
				continue;
			right = b->r.points.at[k].value;
		}
		if (op == '/' && !(right > 0) && !(right < 0))
			continue;
		p.value = apply(op, p.value, right);
		a->r.points.at[n++] = p;
	}
	a->r.points.n = n;
}

static bool parse_sum(struct parser *p, struct value *out);

static bool
parse_id(struct parser *p, struct value *out)
{
	size_t len = 0;

	while (isalnum((unsigned char)p->at[len]) || p->at[len] == '_')
		len++;
	for (uint32_t i = 0; len && i < p->all->at.n; i++) {
		const struct cw_result *r = &p->all->at.at[i];

		if (strlen(r->id) != len || strncmp(r->id, p->at, len) != 0)
			continue;
		out->series = true;
		for (uint32_t k = 0; k < r->points.n; k++)
			vec_push(&out->r.points, r->points.at[k]);
		p->at += len;
		return true;
	}
	return wrong(p->c, p->whole,
		     len ? "it names an id that is not there"
			 : "a number or an id was expected");
}

static bool
parse_value(struct parser *p, struct value *out)
{
	struct value none = { 0 };
	char *end;
	bool ok;

	skip_blanks(p);
	if (++p->depth > DEPTH_MAX)
		return wrong(p->c, p->whole, "it is nested too deep");
	if (*p->at == '(') {
		p->at++;
		ok = parse_sum(p, out);
		skip_blanks(p);
		if (ok && *p->at++ != ')')
			ok = wrong(p->c, p->whole, "a ) is missing");
	} else if (*p->at == '-') {
		p->at++;
		ok = parse_value(p, out);
		if (ok && out->series) {
			none.number = -1;
			combine(out, '*', &none);
		} else {
			out->number = -out->number;
		}
	} else if (isdigit((unsigned char)*p->at)) {
		out->number = strtod(p->at, &end);
		p->at = end;
		ok = true;
	} else {
		ok = parse_id(p, out);
	}
	p->depth--;
	return ok;
}

static bool
parse_chain(struct parser *p, struct value *out, const char *ops,
	    bool (*next)(struct parser *p, struct value *out))
{
	if (!next(p, out))
		return false;
	for (;;) {
		struct value right = { 0 };
		char op;
		bool ok;

		skip_blanks(p);
		op = *p->at;
		if (!op || !strchr(ops, op))
			return true;
		p->at++;
		ok = next(p, &right);
		if (ok)
			combine(out, op, &right);
		value_fini(&right);
		if (!ok)
			return false;
	}
}

static bool
parse_product(struct parser *p, struct value *out)
{
	return parse_chain(p, out, "*/", parse_value);
}

static bool
parse_sum(struct parser *p, struct value *out)
{
	return parse_chain(p, out, "+-", parse_product);
}

static bool
arithmetic(struct aws_context *c, const struct cw_result *like,
	   const char *text, struct cw_results *all)
{
	struct parser p = { c, text, text, all, 0 };
	struct value v = { 0 };

	if (!parse_sum(&p, &v)) {
		value_fini(&v);
		return false;
	}
	skip_blanks(&p);
	if (*p.at || !v.series) {
		value_fini(&v);
		return wrong(c, text,
			     *p.at ? "something follows it"
				   : "it does not return a time series");
	}
	v.r.id = like->id;
	v.r.label = like->label ? like->label : like->id;
	v.r.shown = like->shown;
	vec_push(&all->at, v.r);
	return true;
}

/* ---- SEARCH ---- */

struct search {
	struct aws_context *c;
	char *schema; /* "Space,Dim,Dim", NULL: any */
	char *terms;  /* Name="value" or plain words, blanks between */
	const struct cw_result *like;
	struct cw_span span;
	struct cw_results *all;
	uint32_t found;
};

/* The next part up to the separator; NULL past the end. */
static char *
next_part(char **at, char separator)
{
	char *from = *at, *end;

	while (*from == ' ')
		from++;
	if (!*from)
		return NULL;
	end = from;
	while (*end && *end != separator)
		end++;
	*at = *end ? end + 1 : end;
	while (end > from && end[-1] == ' ')
		end--;
	*end = '\0';
	return from;
}

static const char *
value_of(const struct metric_series *s, const char *name)
{
	if (!strcmp(name, "MetricName"))
		return s->name;
	if (!strcmp(name, "Namespace"))
		return s->space;
	for (uint32_t i = 0; i < s->dim_n; i++)
		if (!strcmp(s->dims[i].name, name))
			return s->dims[i].value;
	return NULL;
}

static bool
schema_fits(const struct search *q, const struct metric_series *s)
{
	char *copy, *at, *part;
	uint32_t n = 0;

	if (!q->schema)
		return true;
	copy = at = arena_strdup(q->c->arena, q->schema);
	part = next_part(&at, ',');
	if (!part || strcmp(part, s->space) != 0)
		return false;
	while ((part = next_part(&at, ','))) {
		if (!value_of(s, part))
			return false;
		n++;
	}
	(void)copy;
	return n == s->dim_n;
}

/* A word fits a token of any of the names and values. */
static bool
word_fits(const struct metric_series *s, const char *word)
{
	if (strstr(s->name, word) || strstr(s->space, word))
		return true;
	for (uint32_t i = 0; i < s->dim_n; i++)
		if (strstr(s->dims[i].value, word))
			return true;
	return false;
}

static bool
terms_fit(const struct search *q, const struct metric_series *s)
{
	char *at = arena_strdup(q->c->arena, q->terms), *part, *equals;

	while ((part = next_part(&at, ' '))) {
		const char *have;
		size_t len;

		equals = strchr(part, '=');
		if (!equals) {
			if (strcmp(part, "AND") != 0 && !word_fits(s, part))
				return false;
			continue;
		}
		*equals++ = '\0';
		len = strlen(equals);
		if (len > 1 && *equals == '"' && equals[len - 1] == '"') {
			equals[len - 1] = '\0';
			equals++;
		}
		have = value_of(s, part);
		if (!have || strcmp(have, equals) != 0)
			return false;
	}
	return true;
}

static bool
take(void *ctx, const struct metric_series *s)
{
	struct search *q = ctx;
	struct cw_result r = *q->like;

	if (!schema_fits(q, s) || !terms_fit(q, s))
		return true;
	if (!r.label)
		r.label = arena_printf(q->c->arena, "%s%s%s",
				       s->dims[s->dim_n - 1].value,
				       s->dim_n ? " " : "", s->name);
	cw_gather(s, &q->span, &r);
	vec_push(&q->all->at, r);
	return ++q->found < FOUND_MAX;
}

/* 'text' at *at, new in the arena; NULL. */
static char *
quoted(struct parser *p)
{
	const char *end;
	char *out;

	skip_blanks(p);
	if (*p->at != '\'' || !(end = strchr(p->at + 1, '\'')))
		return NULL;
	out = arena_strndup(p->c->arena, p->at + 1,
			    (size_t)(end - p->at - 1));
	p->at = end + 1;
	skip_blanks(p);
	if (*p->at == ',')
		p->at++;
	return out;
}

static bool
search(struct aws_context *c, const struct cw_result *like, const char *text,
       const struct cw_span *span, struct cw_results *all)
{
	struct parser p = { c, text, text + strlen("SEARCH("), all, 0 };
	struct search q = { .c = c, .like = like, .span = *span, .all = all };
	char *what = quoted(&p), *close;
	const char *stat = what ? quoted(&p) : NULL;
	long period = 60;
	char *end;

	if (!cw_is_stat(stat))
		return wrong(c, text, "SEARCH wants a search and a statistic");
	q.span.stat = stat;
	skip_blanks(&p);
	if (isdigit((unsigned char)*p.at)) {
		period = strtol(p.at, &end, 10);
		p.at = end;
		skip_blanks(&p);
	}
	if (*p.at != ')' || period < 60 || period > 86400 || period % 60)
		return wrong(c, text, "the end of SEARCH is not as it should "
				      "be");
	q.span.period_ms = period * 1000;
	while (*what == ' ')
		what++;
	q.terms = what;
	if (*what == '{') {
		close = strchr(what, '}');
		if (!close)
			return wrong(c, text, "a } is missing");
		*close = '\0';
		q.schema = what + 1;
		q.terms = close + 1;
	}
	metrics_each(sim_metrics(c->w), take, &q);
	return true;
}

bool
cw_expression(struct aws_context *c, const struct cw_result *like,
	      const char *text, const struct cw_span *span,
	      struct cw_results *all)
{
	while (isspace((unsigned char)*text))
		text++;
	return str_has_prefix(text, "SEARCH(")
		       ? search(c, like, text, span, all)
		       : arithmetic(c, like, text, all);
}
