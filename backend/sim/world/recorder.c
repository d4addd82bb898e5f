/*
 * Events as the real components write them: the same thing said again counts
 * up the event that is there.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/base/log.h"
#include "backend/base/text.h"
#include "backend/sim/world/parts.h"

/* An event that was not repeated for this long is gone from the store. */
#define FORGET_MS 3600000
#define SWEPT_AT_ONCE 4
#define DIGEST 33
#define TEXT_BYTES ((size_t)64 << 10)
/* events.k8s.io writes a series at its second event, then every 6 minutes. */
#define SERIES_WRITE_MS 360000

struct told {
	int64_t count, last_ms, written_ms;
	char event[]; /* the key of its object */
};

struct recorder {
	struct kubernetes *k;
	struct map *told; /* hash of who, about what, what -> struct told */
	struct buf text;
	uint64_t seq;
	uint32_t swept; /* cursor */
};

struct recorder *
recorder_new(struct kubernetes *k)
{
	struct recorder *r = xcalloc(1, sizeof(*r));

	r->k = k;
	r->told = map_new(free);
	buf_init(&r->text, TEXT_BYTES);
	return r;
}

void
recorder_free(struct recorder *r)
{
	if (!r)
		return;
	map_free(r->told);
	buf_fini(&r->text);
	free(r);
}

/* What was told about long ago is forgotten with its event, a few at a time. */
static void
sweep(struct recorder *r)
{
	int64_t now = sim_now_ms(r->k->sim);
	const char *key;
	void *value;

	for (int i = 0; i < SWEPT_AT_ONCE; i++) {
		const struct told *t;

		if (!map_next(r->told, &r->swept, &key, &value)) {
			r->swept = 0;
			return;
		}
		t = value;
		if (now - t->last_ms > FORGET_MS ||
		    !k8s_find_key(r->k, r->k->events, t->event))
			free(map_take(r->told, key));
	}
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

/* Two hashes: what is said is long, and said of thousands. */
static void
digest(const struct recorder *r, char key[static DIGEST])
{
	const char *said = buf_text(&r->text);

	snprintf(key, DIGEST, "%016llx%016llx",
		 (unsigned long long)hash_bytes(said, r->text.len, 1),
		 (unsigned long long)hash_bytes(said, r->text.len, 2));
}

/* Remembers that this was said, of which the event is about to be written. */
static struct told *
remember(struct recorder *r, const char *key, const char *ns,
	 const struct object *about)
{
	int64_t now = sim_now_ms(r->k->sim);
	/* Nanoseconds in hex; the count keeps them apart. */
	uint64_t stamp = (uint64_t)now * 1000000u + ++r->seq % 1000000u;
	char event[600];
	struct told *t;
	size_t len;

	len = (size_t)snprintf(event, sizeof(event), "%s/%.200s.%016llx", ns,
			       about->name, (unsigned long long)stamp);
	t = xcalloc(1, sizeof(*t) + len + 1);
	memcpy(t->event, event, len + 1);
	t->count = 1;
	t->last_ms = t->written_ms = now;
	free(map_take(r->told, key));
	sweep(r); /* before it: its own event is not there yet */
	map_put(r->told, key, t);
	return t;
}

/* ---- the event's text, in the order the real components write ---- */

static void
put(struct buf *out, const char *key, const char *value)
{
	buf_puts(out, key);
	buf_json_string(out, value, strlen(value));
}

struct telling {
	const struct object *about;
	const struct event_source *from;
	const char *field; /* fieldPath, "" */
	const char *reason, *message, *type;
};

/* Leaves version and api for the fields. */
static void
put_reference(struct buf *out, const struct telling *e, char version[static 24],
	      char api[static 160])
{
	const struct object *o = e->about;
	const char *group = o->type->group;

	snprintf(version, 24, "%llu", (unsigned long long)o->rv);
	snprintf(api, 160, "%s%s%s", group, *group ? "/" : "",
		 o->type->version);
	put(out, "\"involvedObject\":{\"kind\":", o->type->kind);
	put(out, ",\"name\":", o->name);
	put(out, ",\"uid\":", o->uid);
	put(out, ",\"apiVersion\":", api);
	put(out, ",\"resourceVersion\":", version);
	if (*o->ns)
		put(out, ",\"namespace\":", o->ns);
	if (*e->field)
		put(out, ",\"fieldPath\":", e->field);
	put(out, "},\"reason\":", e->reason);
	put(out, ",\"message\":", e->message);
}

static void
put_source(struct buf *out, const struct event_source *from)
{
	put(out, ",\"source\":{\"component\":", from->component);
	if (*from->host)
		put(out, ",\"host\":", from->host);
	buf_putc(out, '}');
}

static void
put_reporting(struct buf *out, const char *component, const char *instance)
{
	put(out, ",\"reportingComponent\":", component);
	put(out, ",\"reportingInstance\":", instance);
}

/* The text so far, as the object; source is the field's value. */
static void
write_event(struct recorder *r, const struct told *t, const struct telling *e,
	    const char *source, const char *version, const char *api)
{
	struct kubernetes *k = r->k;
	const char *name = strchr(t->event, '/') + 1;
	const struct object *o = e->about;
	/* As kinds.c lists an event's fields. */
	const char *const fields[] = { o->type->kind, o->ns, o->name, o->uid,
				       api, version, e->field, e->reason,
				       e->from->component, source, e->type };
	char *ns = xstrndup(t->event, (size_t)(name - 1 - t->event));

	if (!objects_create_text(k->objects, k->events, ns, name, &r->text,
				 fields))
		log_at(LOG_DEBUG, "sim", "event %s: not written", t->event);
	free(ns);
}

static void
write_plain(struct recorder *r, const struct told *t, const struct telling *e)
{
	char version[24], api[160], time[TIME_TEXT];

	buf_reset(&r->text);
	put_reference(&r->text, e, version, api);
	put_source(&r->text, e->from);
	time_format(t->last_ms, false, time);
	put(&r->text, ",\"firstTimestamp\":", time);
	put(&r->text, ",\"lastTimestamp\":", time);
	put(&r->text, ",\"count\":1,\"type\":", e->type);
	put_reporting(&r->text, e->from->component, e->from->host);
	write_event(r, t, e, e->from->component, version, api);
}

static void
write_scheduling(struct recorder *r, const struct told *t,
		 const struct telling *e, const char *action)
{
	char version[24], api[160], time[TIME_TEXT];

	buf_reset(&r->text);
	put_reference(&r->text, e, version, api);
	put(&r->text, ",\"source\":{},\"type\":", e->type);
	put(&r->text, ",\"eventTime\":", micro_time(t->last_ms, time));
	put(&r->text, ",\"action\":", action);
	put_reporting(&r->text, e->from->component, e->from->host);
	write_event(r, t, e, "", version, api);
}

void
k8s_tell(struct kubernetes *k, const struct object *about,
	 const struct event_source *from, bool warning, const char *reason,
	 const char *fmt, ...)
{
	struct recorder *r = k->recorder;
	const char *ns = *about->ns ? about->ns : "default";
	const struct object *event;
	char message[1024], key[DIGEST];
	struct telling e = { about, from, str_or_empty(from->field), reason,
			   message, warning ? "Warning" : "Normal" };
	struct told *t;
	int64_t now = sim_now_ms(k->sim);
	va_list args;

	if (sim_is_silent(k->sim))
		return;
	va_start(args, fmt);
	format(message, sizeof(message), fmt, args);
	va_end(args);
	buf_reset(&r->text);
	buf_printf(&r->text, "%s\n%s\n%s\n%s\n%s\n%s\n%s", from->component,
		   from->host, about->type->kind, about->uid, e.field, reason,
		   message);
	digest(r, key);
	t = map_get(r->told, key);
	event = t ? k8s_find_key(k, k->events, t->event) : NULL;
	if (!event) {
		write_plain(r, remember(r, key, ns, about), &e);
		return;
	}
	t->count++;
	t->last_ms = now;
	k8s_put_trusted(k, event,
			pack("{s:I, s:o}", "count", (json_int_t)t->count,
			     "lastTimestamp", pack_time(now)));
}

static const struct event_source scheduler = {
	"default-scheduler", "default-scheduler-ip-10-0-255-10.ec2.internal",
	NULL
};

void
k8s_tell_scheduling(struct kubernetes *k, const struct object *pod,
		    bool warning, const char *reason, const char *action,
		    const char *fmt, ...)
{
	struct recorder *r = k->recorder;
	const struct object *event;
	char message[1024], key[DIGEST];
	struct telling e = { pod, &scheduler, "", reason, message,
			   warning ? "Warning" : "Normal" };
	struct told *t;
	int64_t now = sim_now_ms(k->sim);
	va_list args;

	if (sim_is_silent(k->sim))
		return;
	va_start(args, fmt);
	format(message, sizeof(message), fmt, args);
	va_end(args);
	buf_reset(&r->text);
	buf_printf(&r->text, "scheduler\n%s\n%s\n%s", pod->uid, reason,
		   message);
	digest(r, key);
	t = map_get(r->told, key);
	event = t ? k8s_find_key(k, k->events, t->event) : NULL;
	if (!event) {
		write_scheduling(r, remember(r, key, pod->ns, pod), &e, action);
		return;
	}
	t->count++;
	t->last_ms = now;
	if (t->count != 2 && now - t->written_ms < SERIES_WRITE_MS)
		return;
	t->written_ms = now;
	k8s_put_trusted(k, event,
			pack("{s:{s:I, s:o}}", "series", "count",
			     (json_int_t)t->count, "lastObservedTime",
			     pack_micro_time(now)));
}
