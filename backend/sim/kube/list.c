/*
 * Lists: options and their rules, paging by continue tokens that show the state
 * of the first page, and the answer in pieces of copied text.
 */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "backend/sim/kube/internal.h"

#define LINE_BYTES ((size_t)1 << 20) /* longer answers come as a stream */
#define TOKEN_BYTES 1000

enum rv_match { MATCH_UNSET, MATCH_EXACT, MATCH_NOT_OLDER };

struct list_options {
	uint64_t limit, rv;
	bool rv_given; /* and not "0" */
	bool rv_zero;
	enum rv_match match;
	const char *from; /* key after which a continued list goes on */
	bool continued, inconsistent;
};

struct listing {
	struct kube_call *c;
	const struct selector *sel;
	uint64_t limit, remaining;
	const char *last_key;
	VEC(const struct object *) items; /* references */
	size_t bytes;
	bool more, plain;
};

/* ---- options ---- */

bool
kube_invalid_option(struct kube_call *c, const char *field, const char *text)
{
	status_fail(&c->st, 422, "Invalid",
		    "ListOptions.meta.k8s.io \"\" is invalid: %s: Forbidden: "
		    "%s", field, text);
	snprintf(c->st.group, sizeof(c->st.group), "meta.k8s.io");
	snprintf(c->st.kind, sizeof(c->st.kind), "ListOptions");
	status_add_cause(&c->st, "FieldValueForbidden", field, "Forbidden: %s",
			 text);
	return false;
}

static bool
bad_number(struct kube_call *c, const char *what, const char *text)
{
	return status_fail(&c->st, 400, "BadRequest",
			   "Invalid value: \"%.100s\": %s: strconv.ParseUint: "
			   "parsing \"%.100s\": invalid syntax", text, what,
			   text);
}

static bool
parse_number(struct kube_call *c, const char *what, const char *text,
	     uint64_t *n)
{
	char *end;

	if (*text < '0' || *text > '9')
		return bad_number(c, what, text);
	*n = strtoull(text, &end, 10);
	return *end ? bad_number(c, what, text) : true;
}

static bool
decode_token(struct kube_call *c, const char *token, struct list_options *o)
{
	size_t len = strlen(token);
	unsigned char text[TOKEN_BYTES + 1];
	char *colon;
	int n;

	/* Unpadded URL alphabet to what OpenSSL reads. */
	if (len && len < TOKEN_BYTES) {
		char in[TOKEN_BYTES + 4];
		size_t pad = (4 - len % 4) % 4;

		snprintf(in, sizeof(in), "%s%.*s", token, (int)pad, "===");
		for (char *p = in; *p; p++)
			*p = *p == '-' ? '+' : *p == '_' ? '/' : *p;
		n = EVP_DecodeBlock(text, (unsigned char *)in,
				    (int)(len + pad));
		n -= (int)pad;
		if (n > 0) {
			text[n] = '\0';
			colon = strchr((char *)text, ':');
			if (colon) {
				*colon = '\0';
				o->inconsistent = text[0] == '-';
				o->from = arena_strdup(c->arena, colon + 1);
				o->continued = true;
				return o->inconsistent ||
				       parse_number(c, "continue",
						    (char *)text, &o->rv);
			}
		}
	}
	return status_fail(&c->st, 400, "BadRequest",
			   "continue key is not valid: %.100s", token);
}

static const char *
encode_token(struct kube_call *c, const char *rv, const char *key)
{
	const char *plain = arena_printf(c->arena, "%s:%s", rv, key);
	size_t len = strlen(plain);
	char *out = arena_alloc(c->arena, (len + 2) / 3 * 4 + 1);

	EVP_EncodeBlock((unsigned char *)out, (const unsigned char *)plain,
			(int)len);
	for (char *p = out; *p; p++)
		*p = *p == '+' ? '-' : *p == '/' ? '_' : *p == '=' ? '\0' : *p;
	return out;
}

static bool
parse_match(struct kube_call *c, struct list_options *o, bool rv_empty)
{
	const char *match = str_or_empty(kube_query(c, "resourceVersionMatch"));

	if (!*match)
		return true;
	if (rv_empty)
		return kube_invalid_option(
			c, "resourceVersionMatch",
			"resourceVersionMatch is forbidden "
			"unless resourceVersion is provided");
	if (o->continued)
		return kube_invalid_option(
			c, "resourceVersionMatch",
			"resourceVersionMatch is forbidden when "
			"continue is provided");
	if (strcmp(match, "Exact") == 0)
		o->match = MATCH_EXACT;
	else if (strcmp(match, "NotOlderThan") == 0)
		o->match = MATCH_NOT_OLDER;
	else
		return status_fail(&c->st, 422, "Invalid",
				   "ListOptions.meta.k8s.io \"\" is invalid: "
				   "resourceVersionMatch: Unsupported value: "
				   "\"%.60s\": supported values: \"Exact\", "
				   "\"NotOlderThan\", \"\"",
				   match);
	if (o->match == MATCH_EXACT && o->rv_zero)
		return kube_invalid_option(
			c, "resourceVersionMatch",
			"resourceVersionMatch \"Exact\" is "
			"forbidden for resourceVersion \"0\"");
	return true;
}

static bool
parse_options(struct kube_call *c, struct list_options *o)
{
	const char *limit = str_or_empty(kube_query(c, "limit"));
	const char *rv = str_or_empty(kube_query(c, "resourceVersion"));
	const char *token = str_or_empty(kube_query(c, "continue"));

	*o = (struct list_options){ 0 };
	if (*limit && !parse_number(c, "limit", limit, &o->limit))
		return false;
	o->rv_zero = strcmp(rv, "0") == 0;
	o->rv_given = *rv && !o->rv_zero;
	if (kube_query(c, "sendInitialEvents"))
		return kube_invalid_option(c, "sendInitialEvents",
					   "sendInitialEvents is forbidden for "
					   "list");
	if (*token) {
		if (o->rv_given)
			return status_fail(&c->st, 400, "BadRequest",
					   "specifying resource version is "
					   "not allowed when using continue");
		if (!decode_token(c, token, o))
			return false;
	} else if (o->rv_given &&
		   !parse_number(c, "resourceVersion", rv, &o->rv)) {
		return false;
	}
	if (!parse_match(c, o, !*rv))
		return false;
	/* Served from the watch cache: the limit does not count there. */
	if (o->rv_zero && o->match == MATCH_UNSET)
		o->limit = 0;
	return true;
}

/* ---- collecting ---- */

static bool
take(void *ctx, const struct object *obj)
{
	struct listing *l = ctx;

	if (!kube_selector_matches(l->sel, obj))
		return true;
	if (l->limit && l->items.n == l->limit) {
		l->more = true;
		l->remaining++;
		/* Only a list without selectors can say how many remain. */
		return l->plain;
	}
	vec_push(&l->items, object_ref(obj));
	l->bytes += obj->len + 1;
	l->last_key = obj->key;
	return true;
}

static void
drop_items(struct listing *l)
{
	for (uint32_t i = 0; i < l->items.n; i++)
		object_unref(l->items.at[i]);
	vec_free(&l->items);
}

static bool
too_large(struct kube_call *c, uint64_t rv)
{
	uint64_t now = objects_rv(c->k->o);

	if (rv <= now)
		return false;
	status_fail(&c->st, 504, "Timeout",
		    "Too large resource version: %llu, current: %llu",
		    (unsigned long long)rv, (unsigned long long)now);
	status_add_cause(&c->st, "ResourceVersionTooLarge", "",
			 "Too large resource version");
	c->st.retry_after_s = 1;
	return true;
}

static bool
expired(struct kube_call *c, const struct list_options *o)
{
	if (!o->continued)
		return status_fail(&c->st, 410, "Expired",
				   "The resourceVersion for the provided list "
				   "is too old.");
	status_fail(&c->st, 410, "Expired",
		    "The provided continue parameter is too old to display a "
		    "consistent list result. You can start a new list without "
		    "the continue parameter, or use the continue token in "
		    "this response to retrieve the remainder of the results. "
		    "Continuing with the provided token results in an "
		    "inconsistent list - objects that were created, modified, "
		    "or deleted between the time the first chunk was returned "
		    "and now may show up in the list.");
	return false;
}

/* rv is what the answer carries. */
static bool
collect(struct listing *l, const struct list_options *o, uint64_t *rv)
{
	struct kube_call *c = l->c;
	struct objects *store = c->k->o;
	bool exact = (o->continued && !o->inconsistent) ||
		     (o->rv_given &&
		      (o->match == MATCH_EXACT ||
		       (o->match == MATCH_UNSET && o->limit)));

	*rv = objects_rv(store);
	if ((o->rv_given || o->continued) && !o->inconsistent &&
	    too_large(c, o->rv))
		return false;
	if (!exact || o->rv == *rv) {
		objects_each(store, c->type, c->path.ns, o->from, take, l);
		return true;
	}
	*rv = o->rv;
	return objects_each_at(store, c->type, o->rv, c->path.ns, o->from,
			       take, l) ||
	       expired(c, o);
}

/* ---- printing ---- */

static const char *
list_meta(struct listing *l, uint64_t rv)
{
	struct kube_call *c = l->c;
	const char *text = arena_printf(c->arena,
					"\"resourceVersion\":\"%llu\"",
					(unsigned long long)rv);

	if (!l->more)
		return text;
	text = arena_printf(c->arena, "%s,\"continue\":\"%s\"", text,
			    encode_token(c,
					 arena_printf(c->arena, "%llu",
						      (unsigned long long)rv),
					 l->last_key));
	if (l->plain)
		text = arena_printf(c->arena, "%s,\"remainingItemCount\":%llu",
				    text, (unsigned long long)l->remaining);
	return text;
}

static void
begin(struct buf *out, struct kube_call *c, const char *meta)
{
	const struct object_type *t = c->type;

	switch (c->accept.form) {
	case FORM_TABLE:
		table_begin(out, c, t, true, meta);
		return;
	case FORM_METADATA:
		buf_printf(out,
			   "{\"kind\":\"PartialObjectMetadataList\","
			   "\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":"
			   "{%s},\"items\":[", meta);
		return;
	default:
		buf_printf(out,
			   "{\"kind\":\"%sList\",\"apiVersion\":\"%s%s%s\","
			   "\"metadata\":{%s},\"items\":[", t->kind, t->group,
			   *t->group ? "/" : "", t->version, meta);
	}
}

static void
item(struct buf *out, struct kube_call *c, const struct object *obj,
     bool first, enum include_object include)
{
	if (c->accept.form == FORM_TABLE) {
		table_row(out, c, obj, include);
		return;
	}
	if (!first)
		buf_putc(out, ',');
	if (c->accept.form == FORM_METADATA)
		item_metadata(out, obj);
	else
		item_bare(out, c->type, obj);
}

/* A long list is handed out piece by piece; its objects are held meanwhile. */
struct list_stream {
	struct kube_call c; /* only k, type, accept and arena live on */
	struct listing l;
	uint32_t at;
	enum include_object include;
	bool begun;
	const char *meta;
};

static bool
stream_pull(void *ctx, struct sim *w, struct buf *out)
{
	struct list_stream *s = ctx;

	(void)w;
	if (!s->begun) {
		begin(out, &s->c, s->meta);
		s->begun = true;
	}
	while (s->at < s->l.items.n) {
		if (out->len >= FACE_PIECE_BYTES)
			return true;
		item(out, &s->c, s->l.items.at[s->at], s->at == 0,
		     s->include);
		object_unref(s->l.items.at[s->at]);
		s->l.items.at[s->at++] = NULL;
	}
	buf_puts(out, "]}\n");
	return false;
}

static void
stream_close(void *ctx)
{
	struct list_stream *s = ctx;

	drop_items(&s->l);
	arena_free(s->c.arena);
	free(s);
}

static void
answer_stream(struct listing *l, const char *meta)
{
	struct list_stream *s = xcalloc(1, sizeof(*s));

	s->c = (struct kube_call){ .k = l->c->k, .type = l->c->type,
				   .accept = l->c->accept,
				   .arena = arena_new() };
	s->include = table_include(l->c);
	s->l = *l;
	s->meta = arena_strdup(s->c.arena, meta);
	l->c->a->stream = (struct face_stream){
		.ctx = s, .pull = stream_pull, .close = stream_close };
}

static void
answer(struct listing *l, uint64_t rv)
{
	struct kube_call *c = l->c;
	enum include_object include = table_include(c);
	const char *meta = list_meta(l, rv);
	struct buf *out = &c->a->body;

	c->a->status = 200;
	c->a->type = "application/json";
	if (l->bytes > LINE_BYTES) {
		answer_stream(l, meta);
		return;
	}
	begin(out, c, meta);
	for (uint32_t i = 0; i < l->items.n; i++)
		item(out, c, l->items.at[i], i == 0, include);
	buf_puts(out, "]}\n");
	drop_items(l);
}

static void
fail_expired(struct kube_call *c, const struct list_options *o)
{
	kube_fail(c);
	if (c->st.code != 410 || !o->continued)
		return;
	/* The Status offers a token for the inconsistent rest. */
	buf_reset(&c->a->body);
	status_write(&c->a->body, &c->st,
		     arena_printf(c->arena, "\"continue\":\"%s\"",
				  encode_token(c, "-1", o->from)));
}

static bool
parse_selectors(struct kube_call *c, struct selector *sel)
{
	const char *labels = kube_query(c, "labelSelector");
	const char *fields = kube_query(c, "fieldSelector");
	const struct object_type *t = c->type->storage ? c->type->storage
						       : c->type;

	return selector_labels(sel, c->arena, labels, &c->st) &&
	       selector_fields(sel, c->arena, fields, t, labels, &c->st);
}

void
kube_list(struct kube_call *c)
{
	struct list_options o;
	struct selector sel;
	struct listing l = { .c = c, .sel = &sel };
	uint64_t rv;

	selector_init(&sel);
	if (!parse_selectors(c, &sel)) {
		kube_fail(c);
	} else if (strcmp(c->verb, "watch") == 0) {
		kube_watch(c, &sel);
	} else if (!parse_options(c, &o)) {
		kube_fail(c);
	} else {
		l.limit = o.limit;
		l.plain = selector_is_empty(&sel);
		if (collect(&l, &o, &rv)) {
			answer(&l, rv);
		} else {
			drop_items(&l);
			fail_expired(c, &o);
		}
	}
	selector_fini(&sel);
}
