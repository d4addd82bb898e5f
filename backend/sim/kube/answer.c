/*
 * Answers: Status objects, single objects in the form asked for, plain text.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/map.h"
#include "backend/sim/kube/internal.h"

const char *
kube_query(struct kube_call *c, const char *name)
{
	return face_query(c->q, c->arena, name);
}

bool
kube_query_bool(struct kube_call *c, const char *name)
{
	const char *v = kube_query(c, name);

	return v && (strcmp(v, "true") == 0 || strcmp(v, "1") == 0 ||
		     strcmp(v, "True") == 0 || strcmp(v, "t") == 0);
}

static void
member(struct buf *out, const char *key, const char *value)
{
	if (!*value)
		return;
	if (out->at[out->len - 1] != '{')
		buf_putc(out, ',');
	buf_printf(out, "\"%s\":", key);
	buf_json_string(out, value, strlen(value));
}

static void
write_details(struct buf *out, const struct status *st)
{
	if (!*st->kind && !st->cause_n && !st->retry_after_s && !*st->name)
		return;
	buf_puts(out, ",\"details\":{");
	member(out, "name", st->name);
	member(out, "group", st->group);
	member(out, "kind", st->kind);
	member(out, "uid", st->uid);
	for (uint32_t i = 0; i < st->cause_n; i++) {
		buf_puts(out, i			      ? ","
			      : out->at[out->len - 1] == '{' ? "\"causes\":["
							     : ",\"causes\":[");
		buf_putc(out, '{');
		member(out, "reason", st->causes[i].reason);
		member(out, "message", st->causes[i].message);
		member(out, "field", st->causes[i].field);
		buf_putc(out, '}');
	}
	if (st->cause_n)
		buf_putc(out, ']');
	if (st->retry_after_s)
		buf_printf(out, "%s\"retryAfterSeconds\":%d",
			   out->at[out->len - 1] == '{' ? "" : ",",
			   (int)st->retry_after_s);
	buf_putc(out, '}');
}

void
status_write(struct buf *out, const struct status *st, const char *meta)
{
	buf_printf(out,
		   "{\"kind\":\"Status\",\"apiVersion\":\"v1\","
		   "\"metadata\":{%s},\"status\":\"Failure\",\"message\":",
		   meta);
	buf_json_string(out, st->message, strlen(st->message));
	if (*st->reason) {
		buf_puts(out, ",\"reason\":");
		buf_json_string(out, st->reason, strlen(st->reason));
	}
	write_details(out, st);
	buf_printf(out, ",\"code\":%d}", st->code);
}

void
kube_fail(struct kube_call *c)
{
	char seconds[16];

	buf_reset(&c->a->body);
	c->a->status = c->st.code;
	c->a->type = "application/json";
	if (c->st.retry_after_s) {
		snprintf(seconds, sizeof(seconds), "%d",
			 (int)c->st.retry_after_s);
		face_set_header(c->a, "Retry-After", seconds);
	}
	status_write(&c->a->body, &c->st, "");
	buf_putc(&c->a->body, '\n');
}

void
kube_failf(struct kube_call *c, int code, const char *reason, const char *fmt,
	   ...)
{
	char text[sizeof(c->st.message)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	status_fail(&c->st, code, reason, "%s", text);
	kube_fail(c);
}

/* Under the paths of a built-in group the router answers, else the plain
 * handler behind it. */
static bool
routed(const struct kube_call *c)
{
	if (!c->path.resource)
		return false;
	for (uint32_t i = 0; i < objects_type_count(c->k->o); i++) {
		const struct object_type *t = objects_type_at(c->k->o, i);

		if (!t->custom && strcmp(t->group, c->path.group) == 0)
			return true;
	}
	return false;
}

void
kube_not_found(struct kube_call *c)
{
	c->a->status = 404;
	if (routed(c)) {
		c->a->type = "application/json";
		buf_puts(&c->a->body,
			 "{\"kind\":\"Status\",\"apiVersion\":\"v1\","
			 "\"metadata\":{},\"status\":\"Failure\","
			 "\"message\":\"the server could not find the "
			 "requested resource\",\"reason\":\"NotFound\","
			 "\"details\":{},\"code\":404}\n");
		return;
	}
	c->a->type = "text/plain; charset=utf-8";
	face_set_header(c->a, "X-Content-Type-Options", "nosniff");
	buf_puts(&c->a->body, "404 page not found\n");
}

void
kube_method_not_allowed(struct kube_call *c)
{
	kube_failf(c, 405, "MethodNotAllowed",
		   "the server does not allow this method on the requested "
		   "resource");
}

void
kube_success(struct kube_call *c, int code, const struct object_type *t,
	     const char *name, const char *uid)
{
	struct buf *out = &c->a->body;

	c->a->status = code;
	c->a->type = "application/json";
	buf_puts(out, "{\"kind\":\"Status\",\"apiVersion\":\"v1\","
		      "\"metadata\":{},\"status\":\"Success\"");
	if (t) {
		buf_puts(out, ",\"details\":{");
		member(out, "name", name);
		member(out, "group", t->group);
		member(out, "kind", t->plural);
		member(out, "uid", uid);
		buf_puts(out, "}}\n");
	} else {
		buf_printf(out, ",\"code\":%d}\n", code);
	}
}

static int
piece(const char *bytes, size_t len, void *ctx)
{
	buf_add(ctx, bytes, len);
	return 0;
}

void
kube_json(struct kube_call *c, int code, json_t *tree)
{
	c->a->status = code;
	c->a->type = "application/json";
	json_dump_callback(tree, piece, &c->a->body,
			   JSON_COMPACT | JSON_REAL_PRECISION(15));
	buf_putc(&c->a->body, '\n');
	json_decref(tree);
}

void
audit_id(struct kube *k, char out[static 40])
{
	uint64_t n = k->audits++;
	uint64_t a = hash_bytes(&n, sizeof(n), 0x61756469);
	uint64_t b = hash_bytes(&n, sizeof(n), 0x74696421);

	snprintf(out, 40, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32),
		 (unsigned)(a >> 16) & 0xffff, (unsigned)a & 0xfff,
		 ((unsigned)(b >> 48) & 0x3fff) | 0x8000,
		 (unsigned long long)(b & 0xffffffffffffULL));
}

/* With managedFields, where somebody is known; lists and watches have none. */
static void
whole_object(struct kube_call *c, const struct object *obj)
{
	struct buf *out = &c->a->body, managed;

	buf_init(&managed, SIZE_MAX);
	if (!c->type->storage &&
	    objects_managed_fields(c->k->o, obj, &managed)) {
		buf_add(out, obj->json, obj->meta_end - 1);
		buf_printf(out, ",\"managedFields\":%s}", buf_text(&managed));
		buf_add(out, obj->json + obj->meta_end,
			obj->len - obj->meta_end);
	} else {
		item_whole(out, c->type, obj);
	}
	buf_fini(&managed);
}

void
kube_object(struct kube_call *c, int code, const struct object *obj)
{
	struct buf *out = &c->a->body;

	c->a->status = code;
	c->a->type = "application/json";
	switch (c->accept.form) {
	case FORM_TABLE:
		table_begin(out, c, c->type, true,
			    arena_printf(c->arena,
					 "\"resourceVersion\":\"%llu\"",
					 (unsigned long long)obj->rv));
		table_row(out, c, obj, table_include(c));
		table_end(out);
		break;
	case FORM_METADATA:
		item_metadata(out, obj);
		break;
	default:
		whole_object(c, obj);
		break;
	}
	buf_putc(out, '\n');
}
