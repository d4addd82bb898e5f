/*
 * The metrics as Prometheus reads them (text format 0.0.4).
 */
#include "backend/control/monitor.h"

#include "backend/control/lease.h"
#include "backend/control/removal.h"
#include "backend/engine/policy_values.h"
#include "backend/model/cloud.h"

#define PREFIX "cluster_autoscaler_"

static void
head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
		   type);
}

static void
gauge(struct buf *out, const char *name, const char *help, int64_t v)
{
	head(out, name, "gauge", help);
	buf_printf(out, "%s %lld\n", name, (long long)v);
}

/* A label's value: quotes, backslashes and newlines are escaped. */
static void
label(struct buf *out, const char *text)
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
	int64_t ready, unready, unregistered, max, groups;
};

static struct counts
count(const struct snapshot *s)
{
	const struct slot *slot;
	struct counts c = { 0 };

	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_GROUP, &i, NULL));) {
		const struct group *g = (const void *)slot->rec;
		const struct group_sum *sum = (const void *)slot->sum;

		if (slot->ended || !sum || !sum->managed)
			continue;
		c.groups++;
		c.max += g->max;
		c.ready += sum->ready;
		c.unready += sum->registered - sum->ready;
		if (sum->running > sum->registered)
			c.unregistered += sum->running - sum->registered;
	}
	return c;
}

static void
write_nodes(const struct engine_run *e, const struct snapshot *s,
	    struct buf *out)
{
	struct counts c = count(s);
	int64_t most = policy_int(e->policy, POLICY_MAX_NODES_TOTAL);

	head(out, PREFIX "nodes_count", "gauge", "Nodes in managed groups.");
	buf_printf(out,
		   PREFIX "nodes_count{state=\"ready\"} %lld\n"
		   PREFIX "nodes_count{state=\"unready\"} %lld\n"
		   PREFIX "nodes_count{state=\"unregistered\"} %lld\n",
		   (long long)c.ready, (long long)c.unready,
		   (long long)c.unregistered);
	head(out, PREFIX "node_groups_count", "gauge", "Managed groups.");
	buf_printf(out, PREFIX "node_groups_count{node_group_type="
		   "\"autoscaled\"} %lld\n", (long long)c.groups);
	gauge(out, PREFIX "max_nodes_count",
	      "Most nodes there may be.",
	      most > 0 && most < c.max ? most : c.max);
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
	gauge(out, PREFIX "cluster_safe_to_autoscale",
	      "1 while the cluster is healthy enough.", p->cluster_healthy);
	head(out, PREFIX "unschedulable_pods_count", "gauge",
	     "Pods that fit on no node.");
	buf_printf(out, PREFIX "unschedulable_pods_count{type="
		   "\"unschedulable\"} %lld\n", (long long)waiting);
	gauge(out, PREFIX "unneeded_nodes_count",
	      "Nodes whose pods would fit elsewhere.", unneeded);
	gauge(out, PREFIX "scale_down_in_cooldown",
	      "1 while nothing may be removed yet.",
	      str_eq(p->scale_down_result, "ScaleDownInCooldown"));
	gauge(out, PREFIX "pending_node_deletions",
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
		head(out, columns[k].name, "gauge", columns[k].help);
		for (uint32_t i = 0; i < e->plan->group_n; i++) {
			const struct plan_group *g = &e->plan->groups[i];
			int32_t v[] = { g->min, g->max, g->desired,
					g->healthy };

			buf_printf(out, "%s{node_group=\"", columns[k].name);
			label(out, g->group);
			buf_printf(out, "\"} %d\n", v[k]);
		}
	}
}

/* ---- what was done ---- */

static void
write_done(const struct engine_run *e, struct buf *out)
{
	const struct done_counts *d = &e->done;

	head(out, PREFIX "scaled_up_nodes_total", "counter",
	     "Nodes asked for.");
	buf_printf(out, PREFIX "scaled_up_nodes_total{gpu_resource_name=\"\","
		   "gpu_name=\"\",dra_drivers=\"\"} %llu\n",
		   (unsigned long long)d->added);
	head(out, PREFIX "failed_scale_ups_total", "counter",
	     "Scale-ups that failed.");
	buf_printf(out, PREFIX "failed_scale_ups_total{reason="
		   "\"cloudProviderError\",gpu_resource_name=\"\",gpu_name="
		   "\"\",dra_drivers=\"\"} %llu\n",
		   (unsigned long long)d->add_failures);
	head(out, PREFIX "scaled_down_nodes_total", "counter",
	     "Nodes terminated.");
	buf_printf(out, PREFIX "scaled_down_nodes_total{reason=\"empty\","
		   "gpu_resource_name=\"\",gpu_name=\"\",dra_drivers=\"\"} "
		   "%llu\n"
		   PREFIX "scaled_down_nodes_total{reason=\"underutilized\","
		   "gpu_resource_name=\"\",gpu_name=\"\",dra_drivers=\"\"} "
		   "%llu\n",
		   (unsigned long long)d->removed_empty,
		   (unsigned long long)d->removed_drained);
}

static void
write_ours(const struct engine_run *e, struct buf *out)
{
	const struct engine_status *s = store_engine(e->backend->store);

	gauge(out, "paddock_leading",
	      "1 while paddock holds the autoscaler's lease and acts.",
	      leading_acts(e->backend->leading));
	gauge(out, "paddock_mode", "0 advisory, 1 with approval, 2 active.",
	      s->mode);
	gauge(out, "paddock_blocked", "1 while it may not decide or act.",
	      *s->blocked != '\0');
	gauge(out, "paddock_failures_in_a_row", "Steps that failed.",
	      e->failures);
	head(out, "paddock_shadow_acts_total", "counter",
	     "Acts compared with the deployed autoscaler's.");
	buf_printf(out, "paddock_shadow_acts_total %u\n", s->shadow_acts);
	head(out, "paddock_shadow_agreed_total", "counter",
	     "Those that agreed.");
	buf_printf(out, "paddock_shadow_agreed_total %u\n",
		   s->shadow_agreed);
}

static void
write_activity(int64_t active_ms, int64_t success_ms, struct buf *out)
{
	head(out, PREFIX "last_activity", "gauge",
	     "When the loop last ran, seconds since the epoch.");
	buf_printf(out,
		   PREFIX "last_activity{activity=\"main\"} %lld\n"
		   PREFIX "last_activity{activity=\"mainSuccessful\"} %lld\n",
		   (long long)(active_ms / 1000),
		   (long long)(success_ms / 1000));
}

void
monitor_write(const struct engine_run *e, int64_t active_ms,
	      int64_t success_ms, struct buf *out)
{
	const struct snapshot *s = store_peek(e->backend->store);

	write_activity(active_ms, success_ms, out);
	if (e->policy)
		write_nodes(e, s, out);
	if (e->plan) {
		write_plan(e, out);
		write_groups(e, out);
	}
	write_done(e, out);
	write_ours(e, out);
	snapshot_unref(s);
}
