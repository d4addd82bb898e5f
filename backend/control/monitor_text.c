/*
 * The metrics as Prometheus reads them (text format 0.0.4): what is.
 */
#include "backend/control/monitor_parts.h"

#include <stdlib.h>

#include "backend/control/lease.h"
#include "backend/control/removal.h"
#include "backend/engine/policy_values.h"
#include "backend/model/cloud.h"
#include "backend/model/node.h"

void
monitor_head(struct buf *out, const char *name, const char *type,
	     const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
		   type);
}

void
monitor_gauge(struct buf *out, const char *name, const char *help, int64_t v)
{
	monitor_head(out, name, "gauge", help);
	buf_printf(out, "%s %lld\n", name, (long long)v);
}

void
monitor_label(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_putc(out, '\\');
		if (*text == '\n')
			buf_puts(out, "\\n");
		else
			buf_putc(out, *text);
	}
}

/* ---- the cluster ---- */

struct counts {
	int64_t ready, unready, not_started, suspended, unregistered,
		long_unregistered;
	int64_t max;
	int64_t cores, bytes; /* of nodes that stay */
};

static struct counts
count(const struct engine_run *e, const struct snapshot *s)
{
	const struct plan *p = e->plan;
	const struct slot *slot;
	struct counts c = { 0 };

	for (uint32_t i = 0; i < p->group_n; i++) {
		const struct plan_group *g = &p->groups[i];

		c.max += g->max;
		c.ready += g->ready;
		c.unready += g->unready;
		c.not_started += g->not_started;
		c.suspended += g->suspended;
		c.unregistered += g->unregistered;
		c.long_unregistered += g->long_unregistered;
	}
	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_NODE, &i, NULL));) {
		const struct node *n = (const void *)slot->rec;
		const struct node_sum *sum = (const void *)slot->sum;
		const struct group_sum *g =
			sum ? snapshot_sum(s, sum->group) : NULL;

		if (slot->ended || node_taint(n, TAINT_TO_BE_DELETED))
			continue;
		c.cores += n->capacity.cpu_mcpu / 1000;
		c.bytes += n->capacity.memory_bytes;
		/* Upstream counts those of no group, too. */
		if (!g || !g->managed) {
			c.ready += node_is_ready(n);
			c.unready += !node_is_ready(n);
		}
	}
	return c;
}

static void
write_nodes(const struct engine_run *e, const struct snapshot *s,
	    struct buf *out)
{
	struct counts c = count(e, s);
	int64_t most = policy_int(e->policy, POLICY_MAX_NODES_TOTAL);
	const struct {
		const char *state;
		int64_t n;
	} lines[] = {
		{ "ready", c.ready },
		{ "unready", c.unready },
		{ "notStarted", c.not_started },
		{ "suspended", c.suspended },
		{ "longUnregistered", c.long_unregistered },
		{ "unregistered", c.unregistered },
	};

	monitor_head(out, PREFIX "nodes_count", "gauge",
		     "Nodes in the cluster.");
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		buf_printf(out, PREFIX "nodes_count{state=\"%s\"} %lld\n",
			   lines[i].state, (long long)lines[i].n);
	monitor_head(out, PREFIX "node_groups_count", "gauge",
		     "Managed groups.");
	buf_printf(out,
		   PREFIX "node_groups_count{node_group_type=\"autoscaled\"} "
		   "%u\n"
		   PREFIX "node_groups_count{node_group_type="
		   "\"autoprovisioned\"} 0\n", e->plan->group_n);
	monitor_gauge(out, PREFIX "max_nodes_count",
		      "Most nodes there may be.",
		      most > 0 && most < c.max ? most : c.max);
	monitor_gauge(out, PREFIX "cluster_cpu_current_cores",
		      "Cores of the nodes that stay.", c.cores);
	monitor_gauge(out, PREFIX "cluster_memory_current_bytes",
		      "Memory of the nodes that stay.", c.bytes);
}

/* "0:320000", in units of `unit`. */
static void
write_limits(struct buf *out, const char *name, const char *help,
	     const char *range, int64_t unit)
{
	const char *colon = strchr(range, ':');

	if (!colon)
		return;
	monitor_head(out, name, "gauge", help);
	buf_printf(out, "%s{direction=\"minimum\"} %lld\n", name,
		   strtoll(range, NULL, 10) * unit);
	buf_printf(out, "%s{direction=\"maximum\"} %lld\n", name,
		   strtoll(colon + 1, NULL, 10) * unit);
}

/* Reference 5.12: the label is the number. */
static const char *const unremovable[] = {
	"NoReason", "ScaleDownDisabledAnnotation", "ScaleDownUnreadyDisabled",
	"NotAutoscaled", "NotUnneededLongEnough", "NotUnreadyLongEnough",
	"NodeGroupMinSizeReached", "NodeGroupMaxDeletionCountReached",
	"AtomicScaleDownFailed", "MinimalResourceLimitExceeded",
	"CurrentlyBeingDeleted", "NotUnderutilized", "NotUnneededOtherReason",
	"RecentlyUnremovable", "NoPlaceToMovePods", "BlockedByPod",
	"UnexpectedError", "NoNodeInfo", "BlockedByOnCompletionPod",
};

static void
write_unremovable(const struct plan *p, struct buf *out)
{
	uint32_t n[ARRAY_LEN(unremovable)] = { 0 }, ours = 0;

	for (uint32_t i = 0; i < p->node_n; i++) {
		const char *why = p->nodes[i].blocked;
		size_t k = 1;

		if (!*str_or_empty(why))
			continue;
		while (k < ARRAY_LEN(unremovable) &&
		       strcmp(unremovable[k], why) != 0)
			k++;
		if (k < ARRAY_LEN(unremovable))
			n[k]++;
		else
			ours++;
	}
	monitor_head(out, PREFIX "unremovable_nodes_count", "gauge",
		     "Nodes that stay, by the number of the reason.");
	for (size_t k = 1; k < ARRAY_LEN(unremovable); k++)
		if (n[k])
			buf_printf(out, PREFIX "unremovable_nodes_count{"
				   "reason=\"%zu\"} %u\n", k, n[k]);
	monitor_gauge(out, "paddock_kept_nodes_count",
		      "Nodes that stay by rules of paddock's own.", ours);
}

static void
write_plan(const struct engine_run *e, struct buf *out)
{
	const struct plan *p = e->plan;
	int64_t unneeded = 0, waiting = 0;

	for (uint32_t i = 0; i < p->node_n; i++)
		unneeded += p->nodes[i].unneeded_since_ms != 0;
	for (uint32_t i = 0; i < p->pending_n; i++)
		waiting += p->pending[i].fate == FATE_SCALE_UP ||
			   p->pending[i].fate == FATE_REFUSED;
	monitor_gauge(out, PREFIX "cluster_safe_to_autoscale",
		      "1 while the cluster is healthy enough.",
		      p->cluster_healthy);
	monitor_head(out, PREFIX "unschedulable_pods_count", "gauge",
		     "Pods that fit on no node.");
	buf_printf(out, PREFIX "unschedulable_pods_count{type="
		   "\"unschedulable\"} %lld\n", (long long)waiting);
	write_unremovable(p, out);
	write_limits(out, PREFIX "cpu_limits_cores",
		     "Least and most cores in the cluster.",
		     policy_text(e->policy, POLICY_CORES_TOTAL), 1);
	write_limits(out, PREFIX "memory_limits_bytes",
		     "Least and most memory in the cluster.",
		     policy_text(e->policy, POLICY_MEMORY_TOTAL),
		     (int64_t)1 << 30);
	monitor_gauge(out, PREFIX "unneeded_nodes_count",
		      "Nodes whose pods would fit elsewhere.", unneeded);
	monitor_gauge(out, PREFIX "scale_down_in_cooldown",
		      "1 while nothing may be removed yet.",
		      str_eq(p->scale_down_result, "ScaleDownInCooldown"));
	monitor_gauge(out, PREFIX "pending_node_deletions",
		      "Nodes being removed.",
		      removals_under_way(e->removals, NULL));
}

static void
write_groups(const struct engine_run *e, struct buf *out)
{
	static const struct {
		const char *name, *help;
	} columns[] = {
		{ PREFIX "node_group_min_count", "Minimum of the group." },
		{ PREFIX "node_group_max_count", "Maximum of the group." },
		{ PREFIX "node_group_target_count", "Desired capacity." },
		{ PREFIX "node_group_healthiness", "1: healthy." },
	};

	if (!policy_flag(e->policy, POLICY_EMIT_PER_NODEGROUP_METRICS))
		return;
	for (size_t k = 0; k < ARRAY_LEN(columns); k++) {
		monitor_head(out, columns[k].name, "gauge", columns[k].help);
		for (uint32_t i = 0; i < e->plan->group_n; i++) {
			const struct plan_group *g = &e->plan->groups[i];
			int32_t v[] = { g->min, g->max, g->desired,
					g->healthy };

			buf_printf(out, "%s{node_group=\"", columns[k].name);
			monitor_label(out, g->group);
			buf_printf(out, "\"} %d\n", v[k]);
		}
	}
	monitor_head(out, PREFIX "node_group_backoff_status", "gauge",
		     "1: left alone after failed launches.");
	for (uint32_t i = 0; i < e->plan->group_n; i++) {
		const struct plan_group *g = &e->plan->groups[i];
		const char *code = strstr(str_or_empty(g->detail), ": ");

		if (!g->backoff_until_ms)
			continue;
		buf_puts(out, PREFIX "node_group_backoff_status{node_group=\"");
		monitor_label(out, g->group);
		buf_puts(out, "\",reason=\"");
		monitor_label(out, code ? code + 2 : "cloudProviderError");
		buf_puts(out, "\"} 1\n");
	}
}

static void
write_ours(const struct engine_run *e, struct buf *out)
{
	const struct engine_status *s = store_engine(e->backend->store);

	monitor_gauge(out, "paddock_leading",
		      "1 while paddock holds the autoscaler's lease and acts.",
		      leading_acts(e->backend->leading));
	monitor_gauge(out, "paddock_mode",
		      "0 advisory, 1 with approval, 2 active.",
		      s->mode);
	monitor_gauge(out, "paddock_blocked",
		      "1 while it may not decide or act.",
		      *s->blocked != '\0');
	monitor_gauge(out, "paddock_failures_in_a_row", "Steps that failed.",
		      e->failures);
	monitor_head(out, "paddock_shadow_acts_total", "counter",
		     "Acts compared with the deployed autoscaler's.");
	buf_printf(out, "paddock_shadow_acts_total %u\n", s->shadow_acts);
	monitor_head(out, "paddock_shadow_agreed_total", "counter",
		     "Those that agreed.");
	buf_printf(out, "paddock_shadow_agreed_total %u\n",
		   s->shadow_agreed);
}

static void
write_activity(const struct engine_run *e, int64_t active_ms,
	       int64_t success_ms, struct buf *out)
{
	const struct {
		const char *name;
		int64_t at_ms;
	} lines[] = {
		{ "main", active_ms },
		{ "mainSuccessful", success_ms },
		{ "autoscaling", success_ms },
		{ "scaleUp", e->done.scale_up_ms },
		{ "scaleDown", e->done.scale_down_ms },
	};

	monitor_head(out, PREFIX "last_activity", "gauge",
		     "When that last ran, seconds since the epoch.");
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		buf_printf(out, PREFIX "last_activity{activity=\"%s\"} %lld\n",
			   lines[i].name, (long long)(lines[i].at_ms / 1000));
}

void
monitor_write(const struct engine_run *e, int64_t active_ms,
	      int64_t success_ms, struct buf *out)
{
	const struct snapshot *s = store_peek(e->backend->store);

	write_activity(e, active_ms, success_ms, out);
	if (e->policy && e->plan) {
		write_nodes(e, s, out);
		monitor_write_taints(e->policy, s, out);
		write_plan(e, out);
		write_groups(e, out);
	}
	monitor_write_done(e, out);
	write_ours(e, out);
	snapshot_unref(s);
}
