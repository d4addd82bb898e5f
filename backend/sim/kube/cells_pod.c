/*
 * Cells of pods and of what has a pod template.
 */
#include <stdio.h>

#include "backend/base/clock.h"
#include "backend/sim/kube/cells.h"

/* Init containers with restartPolicy Always are sidecars. */
static bool
is_sidecar(const struct tree *spec, const char *name)
{
	tree_each(c, tree_get(spec, "initContainers"))
		if (str_eq(tree_text(tree_get(c, "name")), name))
			return str_eq(tree_text(tree_get(c,
							 "restartPolicy")),
				      "Always");
	return false;
}

struct pod_summary {
	int64_t ready, total, restarts;
	int64_t last_restart_ms;
	char reason[160];
};

static void
say(struct pod_summary *p, const char *text)
{
	snprintf(p->reason, sizeof(p->reason), "%s", str_or_empty(text));
}

static void
count_restarts(struct pod_summary *p, const struct tree *status)
{
	int64_t n = 0, at;

	(void)tree_int(tree_get(status, "restartCount"), &n);
	p->restarts += n;
	if (tree_time(tree_at(status, "lastState.terminated.finishedAt"),
		      &at) && at > p->last_restart_ms)
		p->last_restart_ms = at;
}

static void
say_terminated(struct pod_summary *p, const struct tree *ended,
	       const char *prefix)
{
	const char *reason = tree_text(tree_get(ended, "reason"));
	int64_t signal = 0, code = 0;

	(void)tree_int(tree_get(ended, "signal"), &signal);
	(void)tree_int(tree_get(ended, "exitCode"), &code);
	if (reason && *reason)
		snprintf(p->reason, sizeof(p->reason), "%s%.140s", prefix,
			 reason);
	else if (signal)
		snprintf(p->reason, sizeof(p->reason), "%sSignal:%lld",
			 prefix, (long long)signal);
	else
		snprintf(p->reason, sizeof(p->reason), "%sExitCode:%lld",
			 prefix, (long long)code);
}

/* True while an init container holds the pod back. */
static bool
summarise_init(struct pod_summary *p, const struct tree *t)
{
	const struct tree *spec = tree_get(t, "spec");
	uint32_t i = 0;

	tree_each(s, tree_at(t, "status.initContainerStatuses")) {
		const struct tree *ended = tree_at(s, "state.terminated");
		const char *name = tree_text(tree_get(s, "name"));
		const char *waits =
			tree_text(tree_at(s, "state.waiting.reason"));
		bool sidecar = is_sidecar(spec, name);
		int64_t code = -1;

		count_restarts(p, s);
		(void)tree_int(tree_get(ended, "exitCode"), &code);
		i++;
		if (ended && code == 0)
			continue;
		if (sidecar && tree_bool(tree_get(s, "started"), false)) {
			if (tree_bool(tree_get(s, "ready"), false))
				p->ready++;
			continue;
		}
		if (ended)
			say_terminated(p, ended, "Init:");
		else if (waits && *waits &&
			 strcmp(waits, "PodInitializing") != 0)
			snprintf(p->reason, sizeof(p->reason), "Init:%.140s",
				 waits);
		else
			snprintf(p->reason, sizeof(p->reason), "Init:%u/%u",
				 (unsigned)(i - 1),
				 (unsigned)cell_length(tree_get(spec,
							   "initContainers")));
		return true;
	}
	return false;
}

static bool
condition_is(const struct tree *t, const char *type, const char *want)
{
	tree_each(c, tree_at(t, "status.conditions"))
		if (str_eq(tree_text(tree_get(c, "type")), type))
			return str_eq(tree_text(tree_get(c, "status")), want);
	return false;
}

static void
summarise_containers(struct pod_summary *p, const struct tree *t)
{
	const struct tree *list = tree_at(t, "status.containerStatuses");
	bool running = false;

	/* The last that has something to say is the first of the list. */
	for (uint32_t i = cell_length(list); i-- > 0;) {
		const struct tree *s = tree_index(list, i);
		const struct tree *ended = tree_at(s, "state.terminated");
		const char *waits =
			tree_text(tree_at(s, "state.waiting.reason"));

		count_restarts(p, s);
		if (waits && *waits) {
			say(p, waits);
		} else if (ended) {
			say_terminated(p, ended, "");
		} else if (tree_bool(tree_get(s, "ready"), false) &&
			   tree_at(s, "state.running")) {
			running = true;
			p->ready++;
		}
	}
	if (running && strcmp(p->reason, "Completed") == 0)
		say(p, condition_is(t, "Ready", "True") ? "Running"
							: "NotReady");
}

static void
summarise(struct pod_summary *p, const struct tree *t)
{
	const char *phase = tree_text(tree_at(t, "status.phase"));
	const char *reason = tree_text(tree_at(t, "status.reason"));

	*p = (struct pod_summary){ 0 };
	p->total = cell_length(tree_at(t, "spec.containers"));
	tree_each(c, tree_at(t, "spec.initContainers"))
		p->total += str_eq(tree_text(tree_get(c, "restartPolicy")),
				   "Always");
	say(p, reason && *reason ? reason : phase);
	tree_each(c, tree_at(t, "status.conditions"))
		if (str_eq(tree_text(tree_get(c, "reason")),
			   "SchedulingGated"))
			say(p, "SchedulingGated");
	if (!summarise_init(p, t) || condition_is(t, "Initialized", "True")) {
		p->restarts = 0;
		summarise_containers(p, t);
	}
	if (!tree_text(tree_at(t, "metadata.deletionTimestamp")))
		return;
	if (str_eq(reason, "NodeLost"))
		say(p, "Unknown");
	else if (!str_eq(phase, "Succeeded") && !str_eq(phase, "Failed"))
		say(p, "Terminating");
}

void
cell_pod_ready(struct cell *x)
{
	struct pod_summary p;
	char text[64];

	summarise(&p, x->t);
	snprintf(text, sizeof(text), "%lld/%lld", (long long)p.ready,
		 (long long)p.total);
	kube_cell_text(x, text);
}

void
cell_pod_status(struct cell *x)
{
	struct pod_summary p;

	summarise(&p, x->t);
	kube_cell_text(x, p.reason);
}

void
cell_pod_restarts(struct cell *x)
{
	struct pod_summary p;
	char text[80], ago[40];

	summarise(&p, x->t);
	if (p.restarts && p.last_restart_ms)
		snprintf(text, sizeof(text), "%lld (%s ago)",
			 (long long)p.restarts,
			 human_duration(x->now_ms - p.last_restart_ms, ago));
	else
		snprintf(text, sizeof(text), "%lld", (long long)p.restarts);
	kube_cell_text(x, text);
}

void
cell_pod_ip(struct cell *x)
{
	const char *ip = tree_text(tree_at(x->t, "status.podIP"));

	kube_cell_text(x, ip && *ip ? ip : "<none>");
}

void
cell_pod_gates(struct cell *x)
{
	const struct tree *gates = tree_at(x->t, "spec.readinessGates");
	uint32_t yes = 0;
	char text[40];

	if (!cell_length(gates)) {
		kube_cell_text(x, "<none>");
		return;
	}
	tree_each(g, gates)
		yes += condition_is(x->t,
				    str_or_empty(tree_text(tree_get(
					    g, "conditionType"))),
				    "True");
	snprintf(text, sizeof(text), "%u/%u", yes, cell_length(gates));
	kube_cell_text(x, text);
}

/* ---- templates ---- */

/* Of a workload, of a cron job's jobs, or a PodTemplate's own. */
static const struct tree *
template_spec(const struct tree *t)
{
	const struct tree *job = tree_at(t, "spec.jobTemplate.spec");
	const struct tree *own = tree_at(t, "template.spec");

	if (own)
		return own;
	return tree_at(job ? job : tree_get(t, "spec"), "template.spec");
}

static void
join_containers(struct cell *x, const char *member)
{
	const char *all = "";

	tree_each(c, tree_get(template_spec(x->t), "containers")) {
		const char *one = str_or_empty(tree_text(tree_get(c, member)));

		all = *all ? arena_printf(x->arena, "%s,%s", all, one) : one;
	}
	kube_cell_text(x, all);
}

void
cell_containers(struct cell *x)
{
	join_containers(x, "name");
}

void
cell_images(struct cell *x)
{
	join_containers(x, "image");
}

static const char *
join_values(struct cell *x, const struct tree *list)
{
	const char *all = "";

	tree_each(v, list) {
		const char *one = str_or_empty(tree_text(v));

		all = *all ? arena_printf(x->arena, "%s,%s", all, one) : one;
	}
	return all;
}

static const char *
expression(struct cell *x, const struct tree *e)
{
	const char *key = str_or_empty(tree_text(tree_get(e, "key")));
	const char *op = str_or_empty(tree_text(tree_get(e, "operator")));
	const char *values = join_values(x, tree_get(e, "values"));

	if (strcmp(op, "In") == 0)
		return arena_printf(x->arena, "%s in (%s)", key, values);
	if (strcmp(op, "NotIn") == 0)
		return arena_printf(x->arena, "%s notin (%s)", key, values);
	if (strcmp(op, "DoesNotExist") == 0)
		return arena_printf(x->arena, "!%s", key);
	return key;
}

const char *
cell_selector_text(struct cell *x, const struct tree *s)
{
	const struct tree *labels = tree_get(s, "matchLabels");
	const struct tree *more = tree_get(s, "matchExpressions");
	const char *all = "";

	tree_each(v, labels || more ? labels : s)
		all = arena_printf(x->arena, "%s%s%s=%s", all,
				   *all ? "," : "", v->key,
				   str_or_empty(tree_text(v)));
	tree_each(e, more)
		all = arena_printf(x->arena, "%s%s%s", all, *all ? "," : "",
				   expression(x, e));
	return *all ? all : "<none>";
}

void
cell_selector(struct cell *x)
{
	kube_cell_text(x, cell_selector_text(x, tree_at(x->t,
							"spec.selector")));
}
