/*
 * The small Kubernetes kinds: budgets, namespaces, priority classes, leases,
 * config maps, events.
 */
#include "backend/decode/codecs.h"
#include "backend/decode/parts.h"
#include "backend/model/workload.h"

/* clang-format off */

/* ---- budgets ---- */

#define OF struct pdb
static const struct field pdb_spec_rows[] = {
	F_CUSTOM_AT("selector", selector, read_selector, write_selector),
	F_CUSTOM_AT("minAvailable", min_available, read_int_or_text,
		    write_int_or_text),
	F_CUSTOM_AT("maxUnavailable", max_unavailable, read_int_or_text,
		    write_int_or_text),
};
FIELDS(pdb_spec);

static const struct field pdb_status_rows[] = {
	F_I32("disruptionsAllowed", disruptions_allowed, 0),
	F_I32("currentHealthy", current_healthy, 0),
	F_I32("desiredHealthy", desired_healthy, 0),
	F_I32("expectedPods", expected, 0),
};
FIELDS(pdb_status);

static const struct field pdb_rows[] = {
	F_META,
	F_INSIDE("spec", pdb_spec_fields),
	F_INSIDE("status", pdb_status_fields),
};
FIELDS(pdb);
#undef OF

/* ---- namespaces ---- */

#define OF struct namespace
static const struct field namespace_status_rows[] = { F_KNOWN("phase", phase) };
FIELDS(namespace_status);

static const struct field namespace_rows[] = {
	F_META,
	F_INSIDE("status", namespace_status_fields),
};
FIELDS(namespace);
#undef OF

/* ---- priority classes ---- */

static bool
read_preemption(struct wire *w, void *base, const struct tree *t)
{
	bool *never = base;

	if (t->kind != TREE_STRING)
		return t->kind == TREE_NULL || wire_wrong(w, "string", t);
	*never = strcmp(t->text, "Never") == 0;
	return true;
}

static void
write_preemption(struct out *o, const char *key, const void *base)
{
	if (*(const bool *)base)
		jsonw_text(out_key(o, key), "Never");
}

#define OF struct priority_class
static const struct field priority_class_rows[] = {
	F_META,
	F_I32("value", value, 0),
	F_BOOL("globalDefault", global_default),
	F_CUSTOM_AT("preemptionPolicy", preempt_never, read_preemption,
		    write_preemption),
};
FIELDS(priority_class);
#undef OF

/* ---- leases ---- */

#define OF struct lease
static const struct field lease_spec_rows[] = {
	F_TEXT("holderIdentity", holder),
	F_I32("leaseDurationSeconds", duration_s, 0),
	F_I32("leaseTransitions", transitions, 0),
	F_TIME("acquireTime", acquired_ms),
	F_TIME("renewTime", renewed_ms),
};
FIELDS(lease_spec);

static const struct field lease_rows[] = {
	F_META,
	F_INSIDE("spec", lease_spec_fields),
};
FIELDS(lease);
#undef OF

/* ---- config maps ---- */

#define OF struct configmap
static const struct field configmap_rows[] = {
	F_META,
	F_CUSTOM_AT("data", data, read_labels, write_labels),
};
FIELDS(configmap);
#undef OF

/* ---- events ---- */

/* core/v1 and events.k8s.io/v1 name the same things differently; core's names
 * are what we write. */
#define OF struct event
static const struct field involved_rows[] = {
	F_KNOWN("kind", object_kind),
	F_KNOWN("namespace", object_ns),
	F_COMMON("name", object_name),
	F_COMMON("uid", object_uid),
};
FIELDS(involved);

static bool
read_regarding(struct wire *w, void *base, const struct tree *t)
{
	return wire_fields(w, base, t, &involved_fields);
}

static bool
read_note(struct wire *w, void *base, const struct tree *t)
{
	return wire_common(w, base, t);
}

static bool
read_source(struct wire *w, void *base, const struct tree *t)
{
	struct event *e = base;
	const struct tree *component = tree_get(t, "component");

	if (!wire_object(w, t))
		return false;
	/* reportingComponent, when there, has the same or says more. */
	if (!component || (component->kind == TREE_STRING && *e->source))
		return true;
	return wire_known(w, &e->source, component) ||
	       wire_under(w, "component");
}

static void
write_source(struct out *o, const char *key, const void *base)
{
	const struct event *e = base;

	if (!*e->source)
		return;
	jsonw_object(out_key(o, key));
	out_text(o, "component", e->source);
	jsonw_end_object(o->w);
}

static bool
read_reporter(struct wire *w, void *base, const struct tree *t)
{
	struct event *e = base;

	if (tree_is(t, TREE_STRING) && !t->len)
		return true;
	return wire_known(w, &e->source, t);
}

static bool
read_last(struct wire *w, void *base, const struct tree *t)
{
	struct event *e = base;
	int64_t ms = 0;

	if (!wire_time(w, &ms, t))
		return false;
	if (ms > e->last_ms)
		e->last_ms = ms;
	return true;
}

static void
write_last(struct out *o, const char *key, const void *base)
{
	out_time(o, key, ((const struct event *)base)->last_ms);
}

static bool
read_series(struct wire *w, void *base, const struct tree *t)
{
	struct event *e = base;
	const struct tree *count = tree_get(t, "count");
	const struct tree *last = tree_get(t, "lastObservedTime");

	if (!wire_object(w, t))
		return false;
	if (count && !wire_i32(w, &e->count, count))
		return wire_under(w, "count");
	return !last || read_last(w, e, last) ||
	       wire_under(w, "lastObservedTime");
}

static const struct field event_rows[] = {
	F_META,
	F_KNOWN("type", type),
	F_KNOWN("reason", reason),
	F_COMMON("message", message),
	F_CUSTOM_AT("note", message, read_note, NULL),
	F_INSIDE("involvedObject", involved_fields),
	F_CUSTOM("regarding", read_regarding, NULL),
	F_CUSTOM("reportingComponent", read_reporter, NULL),
	F_CUSTOM("reportingController", read_reporter, NULL),
	F_CUSTOM("source", read_source, write_source),
	F_I32("count", count, 0),
	F_CUSTOM("series", read_series, NULL),
	F_TIME("firstTimestamp", first_ms),
	F_CUSTOM("lastTimestamp", read_last, write_last),
	F_CUSTOM("eventTime", read_last, NULL),
};
FIELDS(event);
#undef OF
/* clang-format on */

const struct record *
decode_event(struct seal *s, const struct tree *t, struct err *err)
{
	struct event *e = seal_begin(s, sizeof(*e));
	struct wire w;
	bool ok;

	wire_init(&w, s, false);
	shape_blank(&shape_event, e);
	ok = wire_fields(&w, e, t, &event_fields);
	/* One event, not yet counted by anybody, is one. */
	if (ok && e->count == 0)
		e->count = 1;
	if (ok && !e->first_ms)
		e->first_ms = e->last_ms;
	if (ok && !e->last_ms)
		e->last_ms = e->first_ms;
	return wire_done(&w, ok, KIND_EVENT, err);
}

void
encode_event(struct out *o, const struct record *r)
{
	out_fields(o, r, &event_fields);
}

PLAIN_CODEC(pdb, struct pdb, KIND_PDB, false);
PLAIN_CODEC(namespace, struct namespace, KIND_NAMESPACE, false);
PLAIN_CODEC(priority_class, struct priority_class, KIND_PRIORITYCLASS, false);
PLAIN_CODEC(lease, struct lease, KIND_LEASE, false);
PLAIN_CODEC(configmap, struct configmap, KIND_CONFIGMAP, false);
