/*
 * What describes share, and kinds without a page of their own.
 */
#include "backend/control/describe.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/model/workload.h"

enum { NAME_CELLS = 20, EVENTS_SHOWN = 40 };

void
describe_field(const struct describing *d, const char *name, const char *fmt,
	       ...)
{
	char text[2048];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	/* " " goes on with the field before. */
	buf_printf(d->out, "%s%s", name, *name == ' ' ? " " : ":");
	for (size_t i = strlen(name) + 1; i < NAME_CELLS; i++)
		buf_putc(d->out, ' ');
	buf_printf(d->out, "%s\n", *text ? text : "<none>");
}

void
describe_time(const struct describing *d, const char *name, int64_t ms)
{
	char at[TIME_TEXT], age[TIME_TEXT];

	if (ms)
		describe_field(d, name, "%s (%s ago)",
			       time_format(ms, false, at),
			       age_format(d->now_ms - ms, age));
}

void
describe_labels(const struct describing *d, const char *name,
		const struct labels *l)
{
	if (!l->n)
		describe_field(d, name, "%s", "");
	for (uint32_t i = 0; i < l->n; i++)
		describe_field(d, i ? " " : name, "%s=%s", l->at[i].key,
			       l->at[i].value);
}

void
describe_meta(const struct describing *d, const struct meta *m)
{
	describe_field(d, "Name", "%s", m->name);
	if (*str_or_empty(m->ns))
		describe_field(d, "Namespace", "%s", m->ns);
	describe_time(d, "Created", m->created_ms);
	describe_time(d, "Deleted", m->deleted_ms);
	if (d->slot->ended)
		describe_time(d, "Gone", d->slot->ended_ms);
	describe_labels(d, "Labels", &m->labels);
	describe_labels(d, "Annotations", &m->annotations);
	if (m->owner_kind)
		describe_field(d, "Controlled By", "%s/%s", m->owner_kind,
			       str_or_empty(m->owner_name));
	if (m->finalizers)
		describe_field(d, "Finalizers", "%u", m->finalizers);
}

static int
oldest_first(const void *a, const void *b)
{
	const struct event *left = *(const struct event *const *)a;
	const struct event *right = *(const struct event *const *)b;

	return (left->last_ms > right->last_ms) -
	       (left->last_ms < right->last_ms);
}

void
describe_events(const struct describing *d, const char *kind,
		const struct meta *m)
{
	VEC(const struct event *) found = { 0 };
	const struct slot *slot;
	uint32_t from;

	for (uint32_t i = 0;
	     (slot = snapshot_next(d->snap, KIND_EVENT, &i, NULL));) {
		const struct event *e = (const void *)slot->rec;

		if (str_eq(e->object_kind, kind) &&
		    str_eq(e->object_name, m->name) &&
		    str_eq(e->object_ns, m->ns))
			vec_push(&found, e);
	}
	if (!found.n) {
		describe_field(d, "Events", "%s", "");
		return;
	}
	qsort(found.at, found.n, sizeof(*found.at), oldest_first);
	buf_puts(d->out, "Events:\n  Type     Age     Reason\n");
	from = found.n > EVENTS_SHOWN ? found.n - EVENTS_SHOWN : 0;
	for (uint32_t i = from; i < found.n; i++) {
		const struct event *e = found.at[i];
		char age[TIME_TEXT], times[24] = "";

		if (e->count > 1)
			snprintf(times, sizeof(times), " (x%d)", e->count);
		buf_printf(d->out, "  %-8s %-7s %s: %s%s  [%s]\n",
			   str_or_empty(e->type),
			   age_format(d->now_ms - e->last_ms, age),
			   str_or_empty(e->reason), str_or_empty(e->message),
			   times, str_or_empty(e->source));
	}
	vec_free(&found);
}

/* Kinds that nobody drills into yet: who they are, and what is said of them. */
static void
describe_other(const struct describing *d)
{
	const struct record *r = d->slot->rec;

	describe_field(d, "Kind", "%s", kind_name((enum kind)r->kind));
	if (kind_source((enum kind)r->kind) == SOURCE_KUBERNETES) {
		/* Every Kubernetes record has its meta in the same place. */
		describe_meta(d, &((const struct namespace *)(const void *)r)
					  ->meta);
		return;
	}
	describe_field(d, "Name", "%s", record_name(r));
}

bool
describe_write(const struct snapshot *s, struct handle h, struct buf *out)
{
	struct describing d = { .snap = s,
				.slot = snapshot_slot(s, h),
				.handle = h,
				.out = out,
				.now_ms = s->clock.world_ms };

	if (!d.slot)
		return false;
	switch (h.kind) {
	case KIND_POD:
		describe_pod(&d);
		break;
	case KIND_NODE:
		describe_node(&d);
		break;
	case KIND_GROUP:
		describe_group(&d);
		break;
	case KIND_JOB:
		describe_job(&d);
		break;
	case KIND_RUNNER:
		describe_runner(&d);
		break;
	default:
		describe_other(&d);
	}
	return true;
}
