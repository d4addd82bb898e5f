/*
 * The drain rules, in upstream's order; the first that has an opinion decides.
 */
#include "backend/engine/drain.h"

#include "backend/engine/utilization.h"

#define ANNOTATION "cluster-autoscaler.kubernetes.io/"
#define SAFE_TO_EVICT ANNOTATION "safe-to-evict"
#define SAFE_VOLUMES ANNOTATION "safe-to-evict-local-volumes"

static const char *
evict_wish(const struct pod *p)
{
	return str_or_empty(labels_get(&p->meta.annotations, SAFE_TO_EVICT));
}

/* ---- controllers ---- */

static const struct workload *
find_workload(const struct run *r, enum kind kind, const char *ns,
	      const char *name)
{
	const struct records *all = &r->world->of[kind];
	uint32_t low = 0, high = all->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		const struct workload *w = (const void *)all->at[mid];
		int order = strcmp(w->meta.ns, ns);

		if (order == 0)
			order = strcmp(w->meta.name, name);
		if (order == 0)
			return w;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

/* "apps/v1" is of group apps. */
static bool
owned_by_group(const struct pod *p, const char *group)
{
	const char *api = str_or_empty(p->meta.owner_api);
	size_t len = strlen(group);

	return strncmp(api, group, len) == 0 && api[len] == '/';
}

/* Kinds of controllers that are looked up; others are not asked for. */
static enum kind
controller_kind(const struct pod *p)
{
	const char *kind = str_or_empty(p->meta.owner_kind);

	if (strcmp(kind, "ReplicationController") == 0)
		return KIND_RC;
	if (pod_is_daemon(p))
		return strcmp(kind, "DaemonSet") == 0 &&
				       owned_by_group(p, "apps")
			       ? KIND_DAEMONSET
			       : KIND_COUNT;
	if (strcmp(kind, "Job") == 0)
		return KIND_BATCHJOB;
	if (strcmp(kind, "ReplicaSet") == 0)
		return KIND_REPLICASET;
	if (strcmp(kind, "StatefulSet") == 0 && owned_by_group(p, "apps"))
		return KIND_STATEFULSET;
	return KIND_COUNT;
}

static bool
rule_replica_count(const struct drain_rules *d, const struct pod *p,
		   const char **reason)
{
	enum kind kind = controller_kind(p);
	const struct workload *w;

	if (kind == KIND_COUNT)
		return false;
	w = find_workload(d->run, kind, p->meta.ns,
			  str_or_empty(p->meta.owner_name));
	if (!w) {
		*reason = "ControllerNotFound";
		return true;
	}
	if ((kind == KIND_RC || kind == KIND_REPLICASET) &&
	    w->replicas < policy_int(d->run->policy,
				     POLICY_MIN_REPLICA_COUNT)) {
		*reason = "MinReplicasReached";
		return true;
	}
	return false;
}

static bool
is_replicated(const struct drain_rules *d, const struct pod *p)
{
	static const char *const kinds[] = { "ReplicationController", "Job",
					     "ReplicaSet", "StatefulSet" };

	if (!p->meta.owner_kind)
		return false;
	if (!policy_flag(d->run->policy, POLICY_SKIP_CUSTOM_CONTROLLERS))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(p->meta.owner_kind, kinds[i]) == 0)
			return true;
	return false;
}

/* ---- system pods, local storage, budgets ---- */

static bool
is_blocking_system(const struct drain_rules *d, const struct pod *p)
{
	return strcmp(p->meta.ns, "kube-system") == 0 &&
	       (!d->budgets || budgets_first(d->budgets, p) == NONE);
}

static bool
system_pod_is_old(const struct drain_rules *d, const struct pod *p)
{
	return p->meta.created_ms != 0 &&
	       d->run->now_ms - p->meta.created_ms >
		       policy_ms(d->run->policy, POLICY_SYSTEM_POD_TIMEOUT);
}

/* A comma list without blanks around its names. */
static bool
names_volume(const char *list, const char *name)
{
	size_t len = strlen(name);

	while (*list) {
		size_t n = strcspn(list, ",");

		if (n == len && memcmp(list, name, n) == 0)
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

static bool
has_local_storage(const struct pod *p)
{
	const char *safe = str_or_empty(labels_get(&p->meta.annotations,
						   SAFE_VOLUMES));

	for (uint32_t i = 0; i < p->volume_n; i++) {
		const struct volume *v = &p->volumes[i];

		if ((v->kind == VOLUME_EMPTY_DIR ||
		     v->kind == VOLUME_HOST_PATH) &&
		    !names_volume(safe, v->name))
			return true;
	}
	return false;
}

static bool
budget_is_spent(const struct drain_rules *d, const struct pod *p)
{
	if (!d->budgets)
		return false;
	for (uint32_t i = budgets_first(d->budgets, p); i != NONE;
	     i = budgets_next(d->budgets, p, i))
		if (d->budgets->at[i].left < 1)
			return true;
	return false;
}

/* ---- the chain ---- */

static bool
is_terminal(const struct pod *p)
{
	return p->phase == POD_FAILED ||
	       (p->phase == POD_SUCCEEDED &&
		(p->restart_never || p->restart_on_failure));
}

/* Rules 8 to 12. */
static enum verdict_drain
judge_movable(const struct drain_rules *d, const struct pod *p,
	      const char **reason)
{
	const struct policy *policy = d->run->policy;

	*reason = "NotReplicated";
	if (!is_replicated(d, p))
		return DRAIN_BLOCK;
	if (policy_flag(policy, POLICY_SKIP_SYSTEM_PODS) &&
	    is_blocking_system(d, p)) {
		*reason = "UnmovableKubeSystemPod";
		return system_pod_is_old(d, p) ? DRAIN_MOVE : DRAIN_BLOCK;
	}
	*reason = "NotSafeToEvictAnnotation";
	if (strcmp(evict_wish(p), "false") == 0)
		return DRAIN_BLOCK;
	*reason = "LocalStorageRequested";
	if (policy_flag(policy, POLICY_SKIP_LOCAL_STORAGE) &&
	    has_local_storage(p))
		return DRAIN_BLOCK;
	*reason = "NotEnoughPdb";
	return budget_is_spent(d, p) ? DRAIN_BLOCK : DRAIN_MOVE;
}

enum verdict_drain
drain_judge(const struct drain_rules *d, const struct pod *p,
	    const char **reason)
{
	enum verdict_drain verdict;

	*reason = "";
	if (pod_is_mirror(p) || pod_is_long_terminating(p, d->run->now_ms))
		return DRAIN_SKIP;
	if (d->controllers &&
	    policy_flag(d->run->policy, POLICY_SKIP_CUSTOM_CONTROLLERS) &&
	    rule_replica_count(d, p, reason))
		return DRAIN_BLOCK;
	if (pod_is_daemon(p) || strcmp(evict_wish(p), "true") == 0 ||
	    is_terminal(p))
		return DRAIN_MOVE;
	if (strcmp(evict_wish(p), "on-completion") == 0)
		return DRAIN_WAIT;
	if (job_judge(d->run, p, &verdict, reason))
		return verdict;
	return judge_movable(d, p, reason);
}

void
drain_node(const struct drain_rules *d, uint32_t node, struct drain *out)
{
	const struct cluster *c = d->run->cluster;
	const char *reason;

	*out = (struct drain){ .reason = "", .note = "" };
	out->move = arena_alloc(d->run->scratch,
				c->nodes.at[node].pod_n * sizeof(*out->move) +
					1);
	for (uint32_t i = cluster_first(c, node); i != NONE;
	     i = cluster_next(c, i)) {
		const struct pod *p = c->pods.at[i].pod;

		switch (drain_judge(d, p, &reason)) {
		case DRAIN_SKIP:
			break;
		case DRAIN_WAIT:
			out->waiting++;
			if (!out->waits_for)
				out->waits_for = p;
			break;
		case DRAIN_BLOCK:
			out->blocker = p;
			out->reason = reason;
			return;
		case DRAIN_MOVE:
			if (pod_is_daemon(p))
				out->daemons++;
			else
				out->move[out->move_n++] = i;
			break;
		}
	}
}
