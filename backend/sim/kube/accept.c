/*
 * Accept headers: clauses in order of their q, then of writing; the first that
 * can be served wins.  Only JSON is spoken: a client that prefers protobuf gets
 * JSON when it allows it.
 */
#include "backend/sim/kube/accept.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define CLAUSES_MAX 32

struct clause {
	const char *at;
	size_t len;
	int q_milli, order;
};

static const char *
skip_blanks(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	return at;
}

/* The value of ;name=value in a clause: its length, or -1. */
static int
parameter(const struct clause *c, const char *name, const char **value)
{
	const char *end = c->at + c->len;
	const char *at = memchr(c->at, ';', c->len);

	while (at && at < end) {
		const char *key = skip_blanks(at + 1, end);
		const char *next = memchr(key, ';', (size_t)(end - key));
		const char *stop = next ? next : end;
		const char *eq = memchr(key, '=', (size_t)(stop - key));

		if (eq && (size_t)(eq - key) == strlen(name) &&
		    strncasecmp(key, name, (size_t)(eq - key)) == 0) {
			*value = eq + 1;
			while (stop > eq + 1 && stop[-1] == ' ')
				stop--;
			return (int)(stop - eq - 1);
		}
		at = next;
	}
	return -1;
}

static bool
parameter_is(const struct clause *c, const char *name, const char *want)
{
	const char *value;
	int len = parameter(c, name, &value);

	return len >= 0 && (size_t)len == strlen(want) &&
	       strncmp(value, want, (size_t)len) == 0;
}

static bool
type_is(const struct clause *c, const char *type)
{
	size_t len = strcspn(c->at, "; ,\t");

	if (len > c->len)
		len = c->len;
	return len == strlen(type) && strncasecmp(c->at, type, len) == 0;
}

static int
by_quality(const void *a, const void *b)
{
	const struct clause *x = a, *y = b;

	if (x->q_milli != y->q_milli)
		return x->q_milli > y->q_milli ? -1 : 1;
	return x->order - y->order;
}

/* Thousandths of q; 1 when absent or unreadable. */
static int
quality(const struct clause *c)
{
	const char *value;
	char text[8];
	char *end;
	double q;
	int len = parameter(c, "q", &value);

	if (len <= 0 || len >= (int)sizeof(text))
		return 1000;
	snprintf(text, sizeof(text), "%.*s", len, value);
	q = strtod(text, &end);
	return end == text || q < 0 || q > 1 ? 1000 : (int)(q * 1000);
}

static bool
serve(const struct clause *c, struct kube_accept *a)
{
	const char *as, *v;
	int as_len = parameter(c, "as", &as);
	int v_len = parameter(c, "v", &v);

	*a = (struct kube_accept){ .form = FORM_JSON };
	if (c->q_milli == 0)
		return false;
	if (!type_is(c, "application/json") && !type_is(c, "*/*") &&
	    !type_is(c, "application/*"))
		return false;
	if (as_len < 0)
		return true;
	if (v_len > 0)
		snprintf(a->version, sizeof(a->version), "%.*s", v_len, v);
	if (parameter_is(c, "as", "Table"))
		a->form = FORM_TABLE;
	else if (parameter_is(c, "as", "PartialObjectMetadata") ||
		 parameter_is(c, "as", "PartialObjectMetadataList"))
		a->form = FORM_METADATA;
	else if (parameter_is(c, "as", "APIGroupDiscoveryList"))
		a->form = FORM_DISCOVERY;
	else
		return false;
	if (a->form == FORM_DISCOVERY)
		return parameter_is(c, "g", "apidiscovery.k8s.io") &&
		       (parameter_is(c, "v", "v2") ||
			parameter_is(c, "v", "v2beta1"));
	return parameter_is(c, "g", "meta.k8s.io") &&
	       (parameter_is(c, "v", "v1") || parameter_is(c, "v", "v1beta1"));
}

bool
kube_accept_parse(const char *header, struct kube_accept *a)
{
	struct clause clauses[CLAUSES_MAX];
	const char *at = header ? header : "";
	const char *end = at + strlen(at);
	int n = 0;

	*a = (struct kube_accept){ .form = FORM_JSON };
	while (at < end && n < CLAUSES_MAX) {
		size_t len = strcspn(at, ",");
		struct clause c = { .at = skip_blanks(at, end), .order = n };

		c.len = (size_t)(at + len - c.at);
		if (c.at < at + len && c.len) {
			c.q_milli = quality(&c);
			clauses[n++] = c;
		}
		at += len;
		at += at < end;
	}
	if (!n)
		return true;
	qsort(clauses, (size_t)n, sizeof(clauses[0]), by_quality);
	for (int i = 0; i < n; i++)
		if (serve(&clauses[i], a))
			return true;
	return false;
}
