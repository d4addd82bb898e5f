/*
 * Nodes: group, market, what is asked of them, what keeps them.
 */
#include <stdio.h>

#include "tui/view.h"

#define NODE(row) ((const struct node *)(row)->rec)
#define SUM(row) ((const struct node_sum *)(row)->sum)

static void
get_name(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, NODE(row)->meta.name);
}

static void
get_group(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	if (!SUM(row))
		cell_unknown(c);
	else
		cell_text(c, x, view_name(x, SUM(row)->group, ""));
}

static void
get_type(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, node_instance_type(NODE(row)));
}

static void
get_zone(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	const char *zone = node_zone(NODE(row));
	const char *tail = strrchr(zone, '-');

	/* The region stands in the header. */
	cell_text(c, x, zone);
	if (tail && tail[1] && x->want_text)
		snprintf(c->text, sizeof(c->text), "%s", tail + 1);
}

static void
get_market(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, node_capacity_type(NODE(row)));
	if (x->want_text && strcmp(c->text, "on-demand") == 0)
		snprintf(c->text, sizeof(c->text), "od");
}

static int64_t
share(int64_t part, int64_t whole)
{
	return whole > 0 && part >= 0 ? part * 1000 / whole : -1;
}

static void
share_cell(struct cell *c, const struct view_ctx *x, int64_t part,
	   int64_t whole)
{
	int64_t milli = share(part, whole);

	cell_percent(c, x, milli);
	if (milli >= 950)
		c->tone = TONE_WARN;
}

static void
get_cpu_requests(const struct row *row, const struct view_ctx *x,
		 struct cell *c)
{
	if (!SUM(row))
		cell_unknown(c);
	else
		share_cell(c, x, SUM(row)->requests.cpu_mcpu,
			   NODE(row)->allocatable.cpu_mcpu);
}

static void
get_memory_requests(const struct row *row, const struct view_ctx *x,
		    struct cell *c)
{
	if (!SUM(row))
		cell_unknown(c);
	else
		share_cell(c, x, SUM(row)->requests.memory_bytes,
			   NODE(row)->allocatable.memory_bytes);
}

static void
get_cpu_usage(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	if (!SUM(row))
		cell_unknown(c);
	else
		share_cell(c, x, SUM(row)->cpu_used_mcpu,
			   NODE(row)->allocatable.cpu_mcpu);
}

static void
get_memory_usage(const struct row *row, const struct view_ctx *x,
		 struct cell *c)
{
	if (!SUM(row))
		cell_unknown(c);
	else
		share_cell(c, x, SUM(row)->memory_used_bytes,
			   NODE(row)->allocatable.memory_bytes);
}

static void
get_jobs(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_count(c, x, SUM(row) ? SUM(row)->jobs : -1);
}

static void
get_pods(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_count(c, x, SUM(row) ? SUM(row)->pods : -1);
}

static void
get_state(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	char text[CELL_TEXT];
	const char *state = SUM(row) ? SUM(row)->state : NULL;

	if (state && *state)
		cell_text(c, x, state);
	else
		cell_format(c, x, "%s",
			    node_status_text(NODE(row), text, sizeof(text)));
	if (!node_is_ready(NODE(row)))
		c->tone = TONE_BAD;
	else if (NODE(row)->unschedulable)
		c->tone = TONE_WARN;
}

static void
get_reason(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	const struct node_sum *sum = SUM(row);

	if (sum && !row->slot->ended && *str_or_empty(sum->blocker))
		cell_text(c, x, sum->blocker);
	else
		cell_blank(c);
}

/* What keeps the node from being scaled down, or how long it was idle. */
static void
get_blocker(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	const struct node_sum *sum = SUM(row);
	const char *by = sum ? str_or_empty(sum->blocked_by) : "";
	char age[TIME_TEXT];

	if (!sum) {
		cell_unknown(c);
	} else if (row->slot->ended) {
		cell_blank(c);
	} else if (sum->blocker && *sum->blocker) {
		cell_format(c, x, "%s", *by ? by : sum->blocker);
	} else if (sum->unneeded_since_ms) {
		cell_format(c, x, "unneeded %s",
			    age_format(x->now_ms - sum->unneeded_since_ms,
				       age));
	} else {
		cell_blank(c);
	}
}

static void
get_age(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_age(c, x, NODE(row)->meta.created_ms);
}

static void
get_guards(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	const struct node_sum *sum = SUM(row);

	if (!sum)
		cell_unknown(c);
	else if (!sum->has_autoscaler && !sum->has_manager &&
		 !sum->has_paddock)
		cell_blank(c);
	else
		cell_format(c, x, "%s%s%s",
			    sum->has_autoscaler ? "autoscaler " : "",
			    sum->has_manager ? "manager " : "",
			    sum->has_paddock ? "paddock" : "");
}

static void
get_instance(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, NODE(row)->instance_id);
}

static void
get_address(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, NODE(row)->internal_ip);
}

static void
get_cpu(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_mcpu(c, x, NODE(row)->allocatable.cpu_mcpu);
}

static void
get_memory(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_bytes(c, x, NODE(row)->allocatable.memory_bytes);
}

static void
get_taints(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_int(c, x, NODE(row)->taint_n);
}

static void
get_version(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, NODE(row)->kubelet_version);
}

static bool
is_under(const struct row *row, const struct row *scope,
	 const struct view_ctx *x)
{
	(void)x;
	switch (scope->handle.kind) {
	case KIND_GROUP:
		return SUM(row) && handle_eq(SUM(row)->group, scope->handle);
	case KIND_POD:
		return str_eq(NODE(row)->meta.name,
			      ((const struct pod *)scope->rec)->node_name);
	case KIND_JOB: {
		const struct job_sum *job = scope->sum;

		return job && handle_eq(job->node, row->handle);
	}
	default:
		return false;
	}
}

static bool
is_faulty(const struct row *row, const struct view_ctx *x)
{
	const struct node *n = NODE(row);

	(void)x;
	return !node_is_ready(n) || n->unschedulable ||
	       n->memory_pressure == TRI_TRUE || n->disk_pressure == TRI_TRUE;
}

static const struct labels *
get_labels(const struct row *row)
{
	return &NODE(row)->meta.labels;
}

static void
add_detail(const struct row *row, const struct view_ctx *x, struct buf *out)
{
	const struct node *n = NODE(row);

	(void)x;
	for (uint32_t i = 0; i < n->taint_n; i++)
		buf_printf(out, "taint    %s%s%s:%s\n", n->taints[i].key,
			   *str_or_empty(n->taints[i].value) ? "=" : "",
			   str_or_empty(n->taints[i].value),
			   taint_effect_name(n->taints[i].effect));
	for (uint32_t i = 0; i < n->meta.labels.n; i++)
		buf_printf(out, "label    %s=%s\n", n->meta.labels.at[i].key,
			   n->meta.labels.at[i].value);
	if (n->ready_message && *n->ready_message)
		buf_printf(out, "ready    %s: %s\n",
			   str_or_empty(n->ready_reason), n->ready_message);
}

/* clang-format off */
static const struct column columns[] = {
	{ "NAME", "name", "Name of the node",
	  { .min = 14, .max = 48, .grow = 3 }, COLUMN_HOST, get_name },
	{ "GROUP", "group", "Auto Scaling group it belongs to",
	  { .min = 8, .max = 24, .grow = 1, .prio = 4 }, 0, get_group },
	{ "STATE", "state", "Ready, cordoned, booting, draining ...",
	  { .min = 8, .max = 22 }, 0, get_state },
	{ "JOBS", "jobs", "CI jobs running on it",
	  { .min = 4, .max = 5 }, COLUMN_RIGHT | COLUMN_DESC, get_jobs },
	{ "PODS", "pods", "Pods on it",
	  { .min = 4, .max = 5, .prio = 7 }, COLUMN_RIGHT | COLUMN_DESC,
	  get_pods },
	{ "CPUreq", "cpuRequestPercent",
	  "Requested share of the allocatable CPU",
	  { .min = 6, .max = 6, .prio = 1 }, COLUMN_RIGHT | COLUMN_DESC,
	  get_cpu_requests },
	{ "MEMreq", "memoryRequestPercent",
	  "Requested share of the allocatable memory",
	  { .min = 6, .max = 6, .prio = 2 }, COLUMN_RIGHT | COLUMN_DESC,
	  get_memory_requests },
	{ "CPUuse", "cpuUsagePercent", "Used share of the CPU (metrics)",
	  { .min = 6, .max = 6, .prio = 6 }, COLUMN_RIGHT | COLUMN_DESC,
	  get_cpu_usage },
	{ "MEMuse", "memoryUsagePercent", "Used share of the memory (metrics)",
	  { .min = 6, .max = 6, .prio = 6 }, COLUMN_RIGHT | COLUMN_DESC,
	  get_memory_usage },
	{ "TYPE", "instanceType", "Instance type",
	  { .min = 9, .max = 14, .prio = 5 }, 0, get_type },
	{ "ZONE", "zone", "Availability zone",
	  { .min = 4, .max = 14, .prio = 8 }, 0, get_zone },
	{ "MARKET", "capacityType", "spot or od (on-demand)",
	  { .min = 4, .max = 9, .prio = 5 }, 0, get_market },
	{ "AGE", "created", "Time since it joined",
	  { .min = 4, .max = 6, .prio = 3 }, COLUMN_RIGHT | COLUMN_CLOCK,
	  get_age },
	{ "SCALE-DOWN", "scaleDownBlocker",
	  "What keeps it from being scaled down, or since when it is unneeded",
	  { .min = 10, .max = 60, .grow = 2, .prio = 3 }, COLUMN_CLOCK,
	  get_blocker },
	{ "UPSTREAM", "scaleDownReason",
	  "The name of that in Cluster Autoscaler",
	  { .min = 10, .max = 34 }, COLUMN_WIDE, get_reason },
	{ "GUARDS", "guards",
	  "Carries the autoscaler, a runner manager or paddock: protected",
	  { .min = 7, .max = 20 }, COLUMN_WIDE, get_guards },
	{ "INSTANCE", "instanceId", "EC2 instance",
	  { .min = 10, .max = 19 }, COLUMN_WIDE, get_instance },
	{ "ADDRESS", "internalAddress", "Internal address",
	  { .min = 7, .max = 15 }, COLUMN_WIDE, get_address },
	{ "CPU", "allocatableMillicores", "Allocatable CPU",
	  { .min = 4, .max = 6 }, COLUMN_WIDE | COLUMN_RIGHT, get_cpu },
	{ "MEM", "allocatableBytes", "Allocatable memory",
	  { .min = 5, .max = 6 }, COLUMN_WIDE | COLUMN_RIGHT, get_memory },
	{ "TAINTS", "taints", "How many taints",
	  { .min = 6, .max = 6 }, COLUMN_WIDE | COLUMN_RIGHT, get_taints },
	{ "VERSION", "kubeletVersion", "Version of the kubelet",
	  { .min = 7, .max = 20 }, COLUMN_WIDE, get_version },
	{ 0 },
};

static const struct action actions[] = {
	{ .verb = "describe", .key = "d", .help = "Describe",
	  .hint = "describe" },
	{ .verb = "yaml", .key = "y", .help = "The node as YAML",
	  .hint = "yaml" },
	{ .verb = "cordon", .key = "c", .hint = "cordon",
	  .help = "Cordon: no new pods on the node",
	  .need = { "patch", "", "nodes", NULL },
	  .flags = ACTION_MARKED | ACTION_MUTATES },
	{ .verb = "uncordon", .key = "u", .hint = "uncordon",
	  .help = "Uncordon: pods may come again",
	  .need = { "patch", "", "nodes", NULL },
	  .flags = ACTION_MARKED | ACTION_MUTATES },
	{ .verb = "open:jobs", .key = "J", .help = "Jobs on the node",
	  .hint = "jobs" },
	{ .verb = "open:events", .key = "e", .help = "Events of the node" },
	{ 0 },
};
/* clang-format on */

VIEW(nodes) = {
	.name = "nodes",
	.aliases = "no,node",
	.title = "Nodes",
	.help = "Nodes with their group, requests, jobs and what keeps them",
	.feed = KIND_NODE,
	.columns = columns,
	.actions = actions,
	.sort = "name",
	.enter = "pods",
	.under = is_under,
	.faulty = is_faulty,
	.labels = get_labels,
	.detail = add_detail,
	.empty = "no nodes",
};
