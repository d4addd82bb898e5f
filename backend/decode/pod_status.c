/*
 * The status of a pod: phase, conditions, and what each container does.
 */
#include "backend/decode/pod_parts.h"

/* ---- container statuses ---- */

#define OF struct container
static const struct field waiting_rows[] = {
	F_KNOWN("reason", reason),
	F_TEXT("message", message),
};
FIELDS(waiting);

static const struct field terminated_rows[] = {
	F_I32("exitCode", exit_code, 0),
	F_I32("signal", signal, 0),
	F_KNOWN("reason", reason),
	F_TEXT("message", message),
};
FIELDS(terminated);

static const struct fields no_fields;

static const struct field last_terminated_rows[] = {
	F_I32("exitCode", last_exit_code, 0),
	F_KNOWN("reason", last_reason),
};
FIELDS(last_terminated);

static const struct field last_state_rows[] = {
	F_INSIDE("terminated", last_terminated_fields),
};
FIELDS(last_state);

static const struct field actual_rows[] = {
	F_CUSTOM_AT("requests", actual, read_resources_maybe,
		    write_resources_maybe),
};
FIELDS(actual);

/* Before and after the state, which fills two structs. */
static const struct field status_head_rows[] = {
	F_BOOL("ready", ready),
	F_BOOL("started", started),
	F_I32("restartCount", restarts, 0),
};
FIELDS(status_head);

static const struct field status_tail_rows[] = {
	F_INSIDE("lastState", last_state_fields),
	F_CUSTOM_AT("allocatedResources", allocated, read_resources_maybe,
		    write_resources_maybe),
	F_INSIDE("resources", actual_fields),
};
FIELDS(status_tail);
#undef OF

#define OF struct container_times
static const struct field running_time_rows[] = {
	F_TIME("startedAt", started_ms),
};
FIELDS(running_time);

static const struct field terminated_time_rows[] = {
	F_TIME("startedAt", started_ms),
	F_TIME("finishedAt", finished_ms),
};
FIELDS(terminated_time);
#undef OF

static const struct state {
	const char *key;
	const struct fields *fields, *times;
	uint8_t state;
} states[] = {
	{ "waiting", &waiting_fields, &no_fields, CONTAINER_WAITING },
	{ "running", &no_fields, &running_time_fields, CONTAINER_RUNNING },
	{ "terminated", &terminated_fields, &terminated_time_fields,
	  CONTAINER_TERMINATED },
};

static bool
read_state(struct wire *w, struct container *c, struct container_times *times,
	   const struct tree *t)
{
	if (!wire_object(w, t))
		return false;
	/* One of them is set; if more are, the latest in a life counts. */
	for (size_t i = ARRAY_LEN(states); i-- > 0;) {
		const struct tree *s = tree_get(t, states[i].key);

		if (!s || s->kind == TREE_NULL)
			continue;
		c->state = states[i].state;
		return (wire_fields(w, c, s, states[i].fields) &&
			wire_fields(w, times, s, states[i].times)) ||
		       wire_under(w, states[i].key);
	}
	return true;
}

static void
write_state(struct out *o, const struct container *c,
	    const struct container_times *times)
{
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		if (states[i].state != c->state)
			continue;
		jsonw_object(out_key(o, "state"));
		jsonw_object(out_key(o, states[i].key));
		out_fields(o, c, states[i].fields);
		if (times)
			out_fields(o, times, states[i].times);
		jsonw_end_object(o->w);
		jsonw_end_object(o->w);
	}
}

static bool
read_status(struct wire *w, struct container *c, struct container_times *times,
	    const struct tree *t)
{
	if (!wire_fields(w, c, t, &status_head_fields) ||
	    !wire_fields(w, c, t, &status_tail_fields))
		return false;
	tree_each(member, t)
		if (strcmp(member->key, "state") == 0 &&
		    !read_state(w, c, times, member))
			return wire_under(w, "state");
	return true;
}

/* The container of that name and list, looked for from `from` on: statuses
 * mostly come in the order of the containers. */
static struct container *
container_named(const struct pod *p, const char *name, bool init,
		uint32_t from)
{
	for (uint32_t k = 0; k < p->container_n; k++) {
		uint32_t i = (from + k) % p->container_n;
		struct container *c =
			(struct container *)(uintptr_t)&p->containers[i];

		if ((c->role != CONTAINER_APP) == init &&
		    strcmp(c->name, name) == 0)
			return c;
	}
	return NULL;
}

static struct container_times *
times_of(const struct pod *p, const struct container *c)
{
	return (struct container_times *)(uintptr_t)&p->times[c -
							      p->containers];
}

static bool
read_statuses(struct wire *w, struct pod *p, const struct tree *t, bool init)
{
	uint32_t i = 0;

	if (!wire_list(w, t))
		return false;
	tree_each(s, t) {
		const struct tree *name = tree_get(s, "name");
		struct container *c = NULL;

		if (!wire_object(w, s))
			return wire_under_index(w, i);
		if (name && name->kind != TREE_STRING) {
			wire_wrong(w, "string", name);
			wire_under(w, "name");
			return wire_under_index(w, i);
		}
		if (name)
			c = container_named(p, name->text, init, i);
		/* One without a container of the spec says nothing, nor does
		 * a second one. */
		if (c && !c->status_at && i < UINT16_MAX) {
			c->status_at = (uint16_t)(i + 1);
			if (!read_status(w, c, times_of(p, c), s))
				return wire_under_index(w, i);
		}
		i++;
	}
	return true;
}

/* As they stand in the status, which need not be there. */
bool
read_container_statuses(struct wire *w, struct pod *p, const struct tree *t)
{
	static const char *const lists[] = { "containerStatuses",
					     "initContainerStatuses" };

	for (int init = 0; init < 2; init++)
		tree_each(member, t)
			if (strcmp(member->key, lists[init]) == 0 &&
			    !read_statuses(w, p, member, init))
				return wire_under(w, lists[init]);
	return true;
}

static const struct container *
status_number(const struct pod *p, uint32_t at, bool init)
{
	for (uint32_t i = 0; i < p->container_n; i++) {
		const struct container *c = &p->containers[i];

		if ((c->role != CONTAINER_APP) == init && c->status_at == at)
			return c;
	}
	return NULL;
}

/* In the order of the status list; a place whose container is unknown is held
 * by an empty object, so that the others keep theirs. */
static void
write_statuses(struct out *o, const char *key, const struct pod *p, bool init)
{
	uint32_t last = 0;

	for (uint32_t i = 0; i < p->container_n; i++) {
		const struct container *c = &p->containers[i];

		if ((c->role != CONTAINER_APP) == init && c->status_at > last)
			last = c->status_at;
	}
	if (!last)
		return;
	jsonw_array(out_key(o, key));
	for (uint32_t at = 1; at <= last; at++) {
		const struct container *c = status_number(p, at, init);

		jsonw_object(o->w);
		if (c) {
			jsonw_key(o->w, "name");
			jsonw_text(o->w, c->name);
			out_text(o, "image", c->image);
			out_fields(o, c, &status_head_fields);
			write_state(o, c, p->time_n ? times_of(p, c) : NULL);
			out_fields(o, c, &status_tail_fields);
		}
		jsonw_end_object(o->w);
	}
	jsonw_end_array(o->w);
}

static void
write_init_statuses(struct out *o, const char *key, const void *base)
{
	write_statuses(o, key, base, true);
}

static void
write_app_statuses(struct out *o, const char *key, const void *base)
{
	write_statuses(o, key, base, false);
}

/* ---- conditions ---- */

struct condition {
	const char *type, *reason, *message;
	size_t reason_len, message_len;
	bool is_true;
	bool is_false;
	int64_t since_ms;
};

/* Texts stay in the tree. */
static bool
condition_text(struct wire *w, const struct tree *t, const char *key,
	       const char **text, size_t *len)
{
	const struct tree *c = tree_get(t, key);

	*text = "";
	*len = 0;
	if (!c || c->kind == TREE_NULL)
		return true;
	if (c->kind != TREE_STRING)
		return wire_wrong(w, "string", c) || wire_under(w, key);
	*text = c->text;
	*len = c->len;
	return true;
}

static bool
read_condition(struct wire *w, struct condition *c, const struct tree *t)
{
	const struct tree *since = tree_get(t, "lastTransitionTime");
	const char *status;
	size_t len;

	*c = (struct condition){ 0 };
	if (!wire_object(w, t) ||
	    !condition_text(w, t, "type", &c->type, &len) ||
	    !condition_text(w, t, "status", &status, &len) ||
	    !condition_text(w, t, "reason", &c->reason, &c->reason_len) ||
	    !condition_text(w, t, "message", &c->message, &c->message_len))
		return false;
	c->is_true = strcmp(status, "True") == 0;
	c->is_false = strcmp(status, "False") == 0;
	return !since || wire_time(w, &c->since_ms, since) ||
	       wire_under(w, "lastTransitionTime");
}

static void
take_condition(struct wire *w, struct pod *p, const struct condition *c)
{
	if (strcmp(c->type, "PodScheduled") == 0) {
		p->has_scheduled = true;
		p->scheduled = c->is_true;
		p->scheduled_ms = c->since_ms;
		p->scheduled_reason = p->scheduled_message = "";
		p->unschedulable = false;
		if (!c->is_false)
			return;
		seal_known(w->seal, &p->scheduled_reason, c->reason,
			   c->reason_len);
		seal_textn(w->seal, &p->scheduled_message, c->message,
			   c->message_len);
		p->unschedulable = strcmp(c->reason, "Unschedulable") == 0;
	} else if (strcmp(c->type, "Initialized") == 0) {
		p->initialized = c->is_true;
		p->initialized_ms = c->since_ms;
	} else if (strcmp(c->type, "ContainersReady") == 0) {
		p->containers_ready = c->is_true;
	} else if (strcmp(c->type, "Ready") == 0) {
		p->ready = c->is_true;
		p->ready_ms = c->since_ms;
	} else if (strcmp(c->type, "DisruptionTarget") == 0 && c->is_true) {
		p->disruption_target = true;
		seal_known(w->seal, &p->disruption_reason, c->reason,
			   c->reason_len);
	} else if (strcmp(c->type, "PodResizePending") == 0 && c->is_true) {
		p->resize_infeasible = strcmp(c->reason, "Infeasible") == 0;
	}
}

static bool
read_conditions(struct wire *w, void *base, const struct tree *t)
{
	struct condition c;
	uint32_t i = 0;

	if (!wire_list(w, t))
		return false;
	tree_each(item, t) {
		if (!read_condition(w, &c, item))
			return wire_under_index(w, i);
		take_condition(w, base, &c);
		i++;
	}
	return true;
}

static void
write_condition(struct out *o, const char *type, bool is_true,
		const char *reason, const char *message, int64_t since_ms)
{
	jsonw_object(o->w);
	jsonw_key(o->w, "type");
	jsonw_text(o->w, type);
	jsonw_key(o->w, "status");
	jsonw_text(o->w, is_true ? "True" : "False");
	out_text(o, "reason", reason);
	out_text(o, "message", message);
	out_time(o, "lastTransitionTime", since_ms);
	jsonw_end_object(o->w);
}

static void
write_conditions(struct out *o, const char *key, const void *base)
{
	const struct pod *p = base;

	if (!p->has_scheduled && !p->initialized && !p->initialized_ms &&
	    !p->containers_ready && !p->ready && !p->ready_ms &&
	    !p->disruption_target && !p->resize_infeasible)
		return;
	jsonw_array(out_key(o, key));
	if (p->has_scheduled)
		write_condition(o, "PodScheduled", p->scheduled,
				p->scheduled_reason, p->scheduled_message,
				p->scheduled_ms);
	if (p->initialized || p->initialized_ms)
		write_condition(o, "Initialized", p->initialized, "", "",
				p->initialized_ms);
	if (p->containers_ready)
		write_condition(o, "ContainersReady", true, "", "", 0);
	if (p->ready || p->ready_ms)
		write_condition(o, "Ready", p->ready, "", "", p->ready_ms);
	if (p->disruption_target)
		write_condition(o, "DisruptionTarget", true,
				p->disruption_reason, "", 0);
	if (p->resize_infeasible)
		write_condition(o, "PodResizePending", true, "Infeasible", "",
				0);
	jsonw_end_array(o->w);
}

/* ---- the rest ---- */

static bool
read_phase(struct wire *w, void *base, const struct tree *t)
{
	uint8_t *phase = base;

	if (t->kind != TREE_STRING)
		return t->kind == TREE_NULL || wire_wrong(w, "string", t);
	*phase = POD_UNKNOWN;
	for (uint8_t i = POD_PENDING; i <= POD_FAILED; i++)
		if (strcmp(pod_phase_name((enum pod_phase)i), t->text) == 0)
			*phase = i;
	return true;
}

static void
write_phase(struct out *o, const char *key, const void *base)
{
	uint8_t phase = *(const uint8_t *)base;

	if (phase != POD_UNKNOWN)
		jsonw_text(out_key(o, key),
			   pod_phase_name((enum pod_phase)phase));
}

/* Before conditions existed for it (1.33), status.resize said Infeasible. */
static bool
read_resize(struct wire *w, void *base, const struct tree *t)
{
	struct pod *p = base;

	if (t->kind != TREE_STRING)
		return t->kind == TREE_NULL || wire_wrong(w, "string", t);
	if (strcmp(t->text, "Infeasible") == 0)
		p->resize_infeasible = true;
	return true;
}

/* With the containers. */
static bool
read_already(struct wire *w, void *base, const struct tree *t)
{
	(void)w;
	(void)base;
	(void)t;
	return true;
}

#define OF struct pod
static const struct field pod_status_rows[] = {
	F_CUSTOM_AT("phase", phase, read_phase, write_phase),
	F_KNOWN("reason", reason),
	F_TEXT("message", message),
	F_TEXT("nominatedNodeName", nominated_node),
	F_TEXT("podIP", pod_ip),
	F_TEXT("hostIP", host_ip),
	F_TIME("startTime", started_ms),
	F_CUSTOM("conditions", read_conditions, write_conditions),
	F_CUSTOM("resize", read_resize, NULL),
	F_CUSTOM("initContainerStatuses", read_already, write_init_statuses),
	F_CUSTOM("containerStatuses", read_already, write_app_statuses),
};
FIELDS(pod_status);
#undef OF

bool
read_pod_status(struct wire *w, struct pod *p, const struct tree *t)
{
	return wire_fields(w, p, t, &pod_status_fields);
}

void
write_pod_status(struct out *o, const struct pod *p)
{
	out_fields(o, p, &pod_status_fields);
}
