/*
 * Events as the real components write them: the same thing said again counts
 * up the event that is there.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/text.h"
#include "backend/sim/world/parts.h"

/* An event that was not repeated for this long is gone from the store. */
#define FORGET_MS 3600000
#define SWEEP_EVERY 512 /* events told */
/* events.k8s.io writes a series at its second event, then every 6 minutes. */
#define SERIES_WRITE_MS 360000

struct told {
	char *ns, *name;
	int64_t count, last_ms, written_ms;
};

struct recorder {
	struct kubernetes *k;
	struct map *told; /* who, about what, what -> struct told */
	uint64_t seq;
};

static void
told_free(void *value)
{
	struct told *t = value;

	free(t->ns);
	free(t->name);
	free(t);
}

struct recorder *
recorder_new(struct kubernetes *k)
{
	struct recorder *r = xcalloc(1, sizeof(*r));

	r->k = k;
	r->told = map_new(told_free);
	return r;
}

void
recorder_free(struct recorder *r)
{
	if (!r)
		return;
	map_free(r->told);
	free(r);
}

static void
sweep(struct recorder *r)
{
	int64_t now = sim_now_ms(r->k->sim);
	const char *key;
	void *value;

	for (uint32_t at = 0; map_next(r->told, &at, &key, &value);) {
		struct told *t = value;

		if (now - t->last_ms > FORGET_MS) {
			map_take(r->told, key);
			told_free(t);
		}
	}
}

static json_t *
reference(const struct object *o)
{
	const char *group = o->type->group;
	json_t *ref =
		pack("{s:s, s:s, s:s, s:o, s:o}", "kind", o->type->kind, "name",
		     o->name, "uid", o->uid, "apiVersion",
		     *group ? json_sprintf("%s/%s", group, o->type->version)
			    : json_string(o->type->version),
		     "resourceVersion",
		     json_sprintf("%llu", (unsigned long long)o->rv));

	pack_set(ref, "namespace", o->ns);
	return ref;
}

/* The API's limit, and never half a character. */
PRINTF_LIKE(3, 0)
static void
format(char *out, size_t room, const char *fmt, va_list args)
{
	char *whole = xvasprintf(fmt, args);

	text_clean_to(out, room, whole, strlen(whole));
	free(whole);
}

static struct told *
remember(struct recorder *r, const char *key, const char *ns)
{
	struct told *t = xcalloc(1, sizeof(*t));

	t->ns = xstrdup(ns);
	t->last_ms = sim_now_ms(r->k->sim);
	map_put(r->told, key, t);
	if (++r->seq % SWEEP_EVERY == 0)
		sweep(r);
	return t;
}

static char *
event_name(struct recorder *r, const struct object *about)
{
	/* Nanoseconds in hex; the count keeps them apart. */
	uint64_t ns =
		(uint64_t)sim_now_ms(r->k->sim) * 1000000u + r->seq % 1000000u;

	return xasprintf("%.200s.%016llx", about->name, (unsigned long long)ns);
}

void
k8s_tell(struct kubernetes *k, const struct object *about,
	 const struct event_source *from, bool warning, const char *reason,
	 const char *fmt, ...)
{
	struct recorder *r = k->recorder;
	const char *ns = *about->ns ? about->ns : "default";
	const struct object *event;
	char message[1024], *key;
	struct told *t;
	json_t *source, *ref;
	int64_t now = sim_now_ms(k->sim);
	va_list args;

	va_start(args, fmt);
	format(message, sizeof(message), fmt, args);
	va_end(args);
	key = xasprintf("%s\n%s\n%s\n%s\n%s\n%s\n%s", from->component,
			from->host, about->type->kind, about->uid,
			str_or_empty(from->field), reason, message);
	t = map_get(r->told, key);
	event = t ? k8s_find(k, k->events, t->ns, t->name) : NULL;
	if (event) {
		t->count++;
		t->last_ms = now;
		k8s_put_merge(k, event,
			      pack("{s:I, s:o}", "count", (json_int_t)t->count,
				   "lastTimestamp", pack_time(now)));
		free(key);
		return;
	}
	if (t)
		told_free(map_take(r->told, key));
	t = remember(r, key, ns);
	free(key);
	t->name = event_name(r, about);
	t->count = 1;
	t->last_ms = now;
	source = pack("{s:s}", "component", from->component);
	pack_set(source, "host", from->host);
	ref = reference(about);
	pack_set(ref, "fieldPath", from->field);
	k8s_put(k, k->events, ns,
		pack("{s:{s:s, s:s}, s:o, s:s, s:s, s:o, s:o, s:o, s:i, s:s, "
		     "s:n, "
		     "s:s, s:s}",
		     "metadata", "name", t->name, "namespace", ns,
		     "involvedObject", ref, "reason", reason, "message",
		     message, "source", source, "firstTimestamp",
		     pack_time(now), "lastTimestamp", pack_time(now), "count",
		     1, "type", warning ? "Warning" : "Normal", "eventTime",
		     "reportingComponent", from->component, "reportingInstance",
		     from->host));
}

void
k8s_tell_scheduling(struct kubernetes *k, const struct object *pod,
		    bool warning, const char *reason, const char *action,
		    const char *fmt, ...)
{
	struct recorder *r = k->recorder;
	const struct object *event;
	char message[1024], *key;
	struct told *t;
	int64_t now = sim_now_ms(k->sim);
	va_list args;

	va_start(args, fmt);
	format(message, sizeof(message), fmt, args);
	va_end(args);
	key = xasprintf("scheduler\n%s\n%s\n%s", pod->uid, reason, message);
	t = map_get(r->told, key);
	event = t ? k8s_find(k, k->events, t->ns, t->name) : NULL;
	if (event) {
		t->count++;
		t->last_ms = now;
		if (t->count == 2 || now - t->written_ms >= SERIES_WRITE_MS) {
			t->written_ms = now;
			k8s_put_merge(k, event,
				      pack("{s:{s:I, s:o}}", "series", "count",
					   (json_int_t)t->count,
					   "lastObservedTime",
					   pack_micro_time(now)));
		}
		free(key);
		return;
	}
	if (t)
		told_free(map_take(r->told, key));
	t = remember(r, key, pod->ns);
	free(key);
	t->name = event_name(r, pod);
	t->count = 1;
	t->last_ms = t->written_ms = now;
	k8s_put(k, k->events, pod->ns,
		pack("{s:{s:s, s:s}, s:o, s:s, s:s, s:{}, s:n, s:n, s:s, s:o, "
		     "s:s, s:s, s:s}",
		     "metadata", "name", t->name, "namespace", pod->ns,
		     "involvedObject", reference(pod), "reason", reason,
		     "message", message, "source", "firstTimestamp",
		     "lastTimestamp", "type", warning ? "Warning" : "Normal",
		     "eventTime", pack_micro_time(now), "action", action,
		     "reportingComponent", "default-scheduler",
		     "reportingInstance",
		     "default-scheduler-ip-10-0-255-10.ec2.internal"));
}
