/*
 * The deployed autoscaler's process: flags, the loop, what it logs and tells.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/sim/world/autoscaler_run.h"

#define TELL_AGAIN_MS 300000
#define TOLD_MAX 8192

static struct sim *
sim_of(const struct ca *a)
{
	return a->k->sim;
}

void
ca_log(struct ca *a, const char *fmt, ...)
{
	int64_t now = sim_now_ms(sim_of(a));
	struct buf line;
	va_list args;
	char *text;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	buf_init(&line, (size_t)1 << 16);
	klog_header(&line, now);
	logbook_add(a->log, now, "%s%s", buf_text(&line), text);
	buf_fini(&line);
	free(text);
}

/* ---- events ---- */

static bool
may_tell(struct ca *a, const char *key)
{
	int64_t now = sim_now_ms(sim_of(a)), *when = map_get(a->told, key);

	if (when && now - *when < TELL_AGAIN_MS)
		return false;
	if (!when) {
		if (map_count(a->told) >= TOLD_MAX)
			map_clear(a->told);
		when = xmalloc(sizeof(*when));
		map_put(a->told, key, when);
	}
	*when = now;
	return true;
}

void
ca_tell(struct ca *a, const struct object *o, bool warning, const char *reason,
	const char *fmt, ...)
{
	struct event_source from = { CA_COMPONENT, "", NULL };
	char *key = xasprintf("%s/%s", o->uid, reason);
	va_list args;
	char *text;

	if (may_tell(a, key)) {
		va_start(args, fmt);
		text = xvasprintf(fmt, args);
		va_end(args);
		k8s_tell(a->k, o, &from, warning, reason, "%s", text);
		free(text);
	}
	free(key);
}

void
ca_tell_status(struct ca *a, bool warning, const char *reason, const char *fmt,
	       ...)
{
	struct event_source from = { CA_COMPONENT, "", NULL };
	const struct object *o =
		k8s_find(a->k, a->k->configmaps, CA_NS, CA_STATUS);
	va_list args;
	char *text, *key;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	ca_log(a,
	       "event_sink_logging_wrapper.go:48] Event(ConfigMap "
	       "kube-system/cluster-autoscaler-status): reason: '%s' %s",
	       reason, text);
	/* Events of the ConfigMap are kept apart by their message too. */
	key = xasprintf("status/%s/%s", reason, text);
	if (o && may_tell(a, key))
		k8s_tell(a->k, o, &from, warning, reason, "%s", text);
	free(key);
	free(text);
}

/* ---- acts ---- */

void
ca_act_begin(struct ca *a, const char *what, const char *group,
	     const char *node, int32_t from, int32_t to, char out[static 40])
{
	snprintf(out, 40, "ca-%lld-%llu",
		 (long long)sim_now_ms(sim_of(a)) / 1000,
		 (unsigned long long)++a->act_seq);
	json_array_append_new(
		a->acts,
		pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:o, s:n, s:s, s:s}",
		     "id", out, "by", "cluster-autoscaler", "kind", what,
		     "group", group, "node", node, "from", from, "to", to,
		     "started", pack_time(sim_now_ms(sim_of(a))), "ended",
		     "outcome", "running", "code", ""));
	if (json_array_size(a->acts) > CA_ACTS_KEPT)
		json_array_remove(a->acts, 0);
}

void
ca_act_end(struct ca *a, const char *id, bool ok, const char *code)
{
	json_t *act;
	size_t i;

	json_array_foreach(a->acts, i, act)
	{
		if (!str_eq(json_string_value(json_object_get(act, "id")), id))
			continue;
		json_object_set_new(act, "ended",
				    pack_time(sim_now_ms(sim_of(a))));
		json_object_set_new(act, "outcome",
				    json_string(ok ? "ok" : "failed"));
		json_object_set_new(act, "code", json_string(code));
	}
}

/* ---- the loop ---- */

struct name_list {
	VEC(char *) at;
};

static bool
add_name(void *ctx, const struct object *o)
{
	struct name_list *names = ctx;

	vec_push(&names->at, xstrdup(o->name));
	return true;
}

/* A new leader takes back what the last one had not finished. */
static void
clean_taints(struct ca *a)
{
	struct name_list names = { 0 };

	objects_each(a->k->objects, a->k->nodes, NULL, NULL, add_name, &names);
	for (uint32_t i = 0; i < names.at.n; i++) {
		char *name = names.at.at[i];
		const struct object *o = NULL;

		if (node_taint_drop(a->k, name, TAINT_TO_BE_DELETED))
			o = k8s_find(a->k, a->k->nodes, "", name);
		if (o)
			k8s_put_merge(
				a->k, o,
				pack("{s:{s:n}}", "spec", "unschedulable"));
		free(name);
	}
	vec_free(&names.at);
}

/* The scenario's fault: a loop that began before this moment never comes back
 * from its calls, while the lease's own thread goes on. */
static bool
hangs(const struct ca *a)
{
	const struct scenario *s = a->k->scenario;
	int64_t at = s->start_ms + s->autoscaler_hangs_ms;

	return s->autoscaler_hangs_ms && a->started_ms < at &&
	       sim_now_ms(sim_of(a)) >= at;
}

static void
decide(struct ca *a)
{
	struct sim *w = sim_of(a);
	const struct world *world =
		truth_world(a->k, TRUTH_KUBERNETES | TRUTH_AWS, a->acts);
	struct engine_input in = { .world = world,
				   .policy = a->policy,
				   .memory = a->memory,
				   .now_ms = sim_now_ms(w) };
	const struct plan *p;

	p = engine_decide(&in);
	world_unref(world);
	memory_unref(a->memory);
	a->memory = p->memory ? memory_ref(p->memory) : NULL;
	a->loop_ms = sim_now_ms(w);
	ca_carry_out(a, p);
	ca_write_status(a, p);
	plan_unref(p);
}

static void
on_loop(struct sim *w, void *ctx, uint64_t arg)
{
	struct ca *a = ctx;

	(void)w;
	(void)arg;
	if (!a->cleaned) {
		a->cleaned = true;
		clean_taints(a);
	}
	ca_log(a, "static_autoscaler.go:274] Starting main loop");
	if (hangs(a))
		return;
	decide(a);
	ca_begin_loop(a);
}

void
ca_begin_loop(struct ca *a)
{
	a->loop_timer = sim_after(sim_of(a), a->scan_ms, on_loop, a, 0);
}

/* ---- flags ---- */

static void
set_duration(int64_t *ms, const char *key, const char *want, const char *value)
{
	int64_t n;

	if (str_eq(key, want) && duration_parse(value, &n) && n >= 0)
		*ms = n;
}

static void
read_flag(struct ca *a, const char *flag)
{
	const char *eq = strchr(flag, '=');
	struct err err = { 0 };
	char *key;

	if (!str_has_prefix(flag, "--"))
		return;
	key = xstrndup(flag + 2,
		       eq ? (size_t)(eq - flag - 2) : strlen(flag + 2));
	flag = eq ? eq + 1 : "true";
	set_duration(&a->scan_ms, key, "scan-interval", flag);
	set_duration(&a->delay_ms, key, "node-delete-delay-after-taint", flag);
	set_duration(&a->max_evict_ms, key, "max-pod-eviction-time", flag);
	if (str_eq(key, "max-graceful-termination-sec"))
		a->grace_s = strtoll(flag, NULL, 10);
	/* Flags of logging and of the process are not the engine's. */
	if (!policy_set(a->policy, key, flag, NULL, &err))
		ca_log(a, "flags.go:64] FLAG: --%s=\"%s\"", key, flag);
	free(key);
}

static void
read_flags(struct ca *a)
{
	const struct object *o =
		k8s_find(a->k, a->k->pods, a->pod->ns, a->pod->name);
	static const char *const lists[] = { "command", "args" };
	json_t *tree, *c, *v;
	size_t i;

	if (!o)
		return;
	tree = object_tree(o);
	c = json_array_get(
		json_object_get(json_object_get(tree, "spec"), "containers"),
		0);
	for (size_t l = 0; l < ARRAY_LEN(lists); l++) {
		json_array_foreach(json_object_get(c, lists[l]), i, v)
		{
			if (json_is_string(v))
				read_flag(a, json_string_value(v));
		}
	}
	json_decref(tree);
	if (a->scan_ms < 1000)
		a->scan_ms = 1000;
}

/* ---- the process ---- */

static void
ca_free(struct ca *a)
{
	sim_cancel(sim_of(a), a->lease_timer);
	sim_cancel(sim_of(a), a->loop_timer);
	ca_removals_free(a);
	policy_unref(a->policy);
	memory_unref(a->memory);
	json_decref(a->acts);
	map_free(a->told);
	vec_free(&a->looks);
	free(a);
}

static void
ca_start(struct kubernetes *k, struct kpod *p)
{
	struct ca *a;

	/* One process leads; a second replica stands by in its own pod. */
	a = xcalloc(1, sizeof(*a));
	a->k = k;
	a->pod = p;
	a->started_ms = sim_now_ms(k->sim);
	a->policy = policy_new(POLICY_WORLD_FILE);
	a->scan_ms = 10000;
	a->grace_s = 600;
	a->max_evict_ms = 120000;
	a->delay_ms = 5000;
	a->acts = json_array();
	a->told = map_new(free);
	a->log = container_log_begin(p);
	p->process = a;
	ca_log(a, "main.go:688] Cluster Autoscaler 1.33.0");
	read_flags(a);
	ca_log(a, "leaderelection.go:257] attempting to acquire leader lease "
		  "kube-system/cluster-autoscaler...");
	vec_push(&k->autoscaler->processes, a);
	ca_begin_election(a);
}

static void
ca_term(struct kubernetes *k, struct kpod *p)
{
	struct ca *a = p->process;

	if (a)
		ca_release_lease(a);
	kubelet_stopped(k, p, 0);
}

static void
ca_stop(struct kubernetes *k, struct kpod *p)
{
	struct autoscaler *all = k->autoscaler;
	struct ca *a = p->process;

	p->process = NULL;
	for (uint32_t i = 0; i < all->processes.n; i++) {
		if (all->processes.at[i] != a)
			continue;
		all->processes.at[i] = all->processes.at[--all->processes.n];
		ca_free(a);
		return;
	}
}

const struct program program_autoscaler = {
	.name = "cluster-autoscaler",
	.image = "autoscaling/cluster-autoscaler:",
	.stop_ms = 300,
	.ready_in_ms = 1000,
	.cpu = 0.12,
	.memory = 0.14,
	.start = ca_start,
	.term = ca_term,
	.stop = ca_stop,
};

/* ---- the part ---- */

struct autoscaler *
autoscaler_new(struct kubernetes *k)
{
	struct autoscaler *a = xcalloc(1, sizeof(*a));

	a->k = k;
	return a;
}

void
autoscaler_free(struct autoscaler *a)
{
	if (!a)
		return;
	for (uint32_t i = 0; i < a->processes.n; i++)
		ca_free(a->processes.at[i]);
	vec_free(&a->processes);
	free(a);
}

void
autoscaler_wake(struct autoscaler *a)
{
	for (uint32_t i = 0; i < a->processes.n; i++)
		ca_begin_election(a->processes.at[i]);
}

static const struct ca *
leader(const struct autoscaler *a)
{
	for (uint32_t i = 0; i < a->processes.n; i++) {
		if (a->processes.at[i]->leads)
			return a->processes.at[i];
	}
	return NULL;
}

const json_t *
autoscaler_acts(const struct autoscaler *a)
{
	const struct ca *l = leader(a);

	return l ? l->acts : NULL;
}

const struct policy *
autoscaler_policy(const struct autoscaler *a)
{
	const struct ca *l = leader(a);

	return l ? l->policy : NULL;
}

const struct memory *
autoscaler_memory(const struct autoscaler *a)
{
	const struct ca *l = leader(a);

	return l ? l->memory : NULL;
}
