/*
 * Pods: what they wait for, whose job they run, where.
 */
#include <stdio.h>

#include "views/phase.h"

#define POD(row) ((const struct pod *)(row)->rec)
#define SUM(row) ((const struct pod_sum *)(row)->sum)

static void
get_namespace(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, POD(row)->meta.ns);
}

static void
get_name(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, POD(row)->meta.name);
}

static void
get_ready(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	uint32_t total, ready = pod_ready_count(POD(row), &total);

	cell_format(c, x, "%u/%u", ready, total);
	if (ready < total && !pod_is_finished(POD(row)))
		c->tone = TONE_WARN;
}

static void
get_status(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	char text[CELL_TEXT];
	const struct pod *p = POD(row);

	cell_format(c, x, "%s", pod_status_text(p, text, sizeof(text)));
	if (p->phase == POD_FAILED || strstr(text, "BackOff") ||
	    strstr(text, "Err") || strstr(text, "OOM"))
		c->tone = TONE_BAD;
	else if (p->phase == POD_PENDING)
		c->tone = TONE_WARN;
	else if (p->phase == POD_SUCCEEDED)
		c->tone = TONE_DIM;
}

static void
get_restarts(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	int32_t n = pod_restarts(POD(row));

	cell_int(c, x, n);
	if (n > 0)
		c->tone = TONE_WARN;
}

static void
get_phase(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	const struct pod_sum *sum = SUM(row);

	cell_phase(c, x, sum ? (enum phase)sum->phase : PHASE_UNKNOWN,
		   sum ? sum->phase_since_ms : 0);
}

static void
get_wait(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	const struct pod_sum *sum = SUM(row);
	int64_t waited = sum ? sum->wait_ms : -1;

	/* A wait that goes on is as long as the clock says. */
	if (sum && phase_waits(sum->phase) && POD(row)->meta.created_ms)
		waited = x->now_ms - POD(row)->meta.created_ms;
	cell_poll(c, x, waited,
		  sum && phase_waits(sum->phase) ? sum->poll_timeout_ms : 0);
}

static void
get_job(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	char text[32];

	if (!POD(row)->job_id) {
		cell_blank(c);
		return;
	}
	snprintf(text, sizeof(text), "%lld", (long long)POD(row)->job_id);
	cell_label(c, x, POD(row)->job_id, text);
}

static void
get_node(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, POD(row)->node_name);
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
get_cpu(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_mcpu(c, x, POD(row)->requests.cpu_mcpu);
}

static void
get_memory(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_bytes(c, x, POD(row)->requests.memory_bytes);
}

static void
get_cpu_used(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_mcpu(c, x, SUM(row) ? SUM(row)->cpu_used_mcpu : -1);
}

static void
get_memory_used(const struct row *row, const struct view_ctx *x,
		struct cell *c)
{
	cell_bytes(c, x, SUM(row) ? SUM(row)->memory_used_bytes : -1);
}

static void
get_age(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_age(c, x, POD(row)->meta.created_ms);
}

static void
get_why(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	const char *why = SUM(row) ? SUM(row)->why : NULL;

	if ((!why || !*why) && POD(row)->unschedulable)
		why = POD(row)->scheduled_message;
	cell_text(c, x, why);
}

static void
get_address(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, POD(row)->pod_ip);
}

static void
get_owner(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	const struct meta *m = &POD(row)->meta;

	if (!m->owner_kind || !*m->owner_kind)
		cell_blank(c);
	else
		cell_format(c, x, "%s/%s", m->owner_kind,
			    str_or_empty(m->owner_name));
}

static bool
is_under(const struct row *row, const struct row *scope,
	 const struct view_ctx *x)
{
	const struct pod_sum *sum = SUM(row);

	(void)x;
	switch (scope->handle.kind) {
	case KIND_NODE:
		return str_eq(POD(row)->node_name,
			      ((const struct node *)scope->rec)->meta.name);
	case KIND_GROUP:
		return sum && handle_eq(sum->group, scope->handle);
	case KIND_RUNNER:
		return sum && handle_eq(sum->runner, scope->handle);
	case KIND_JOB:
		return sum && handle_eq(sum->job, scope->handle);
	case KIND_NAMESPACE:
		return str_eq(POD(row)->meta.ns,
			      ((const struct namespace *)scope->rec)
				      ->meta.name);
	default:
		return false;
	}
}

static bool
is_faulty(const struct row *row, const struct view_ctx *x)
{
	const struct pod *p = POD(row);
	uint32_t total;

	(void)x;
	if (row->slot->ended || p->phase == POD_SUCCEEDED)
		return false;
	return p->phase == POD_FAILED || p->phase == POD_PENDING ||
	       pod_ready_count(p, &total) < total || pod_restarts(p) > 0;
}

static const struct labels *
get_labels(const struct row *row)
{
	return &POD(row)->meta.labels;
}

static void
add_detail(const struct row *row, const struct view_ctx *x, struct buf *out)
{
	const struct pod *p = POD(row);
	static const char *const states[] = { "-", "waiting", "running",
					      "terminated" };
	char age[TIME_TEXT];

	for (uint32_t i = 0; i < p->container_n; i++) {
		const struct container *k = &p->containers[i];
		int64_t started_ms = pod_container_started_ms(p, k);

		buf_printf(out, "container %s  %s", k->name,
			   k->state < ARRAY_LEN(states) ? states[k->state]
							: "?");
		if (k->reason && *k->reason)
			buf_printf(out, "  %s", k->reason);
		if (k->state == CONTAINER_TERMINATED)
			buf_printf(out, "  exit %d", k->exit_code);
		if (started_ms)
			buf_printf(out, "  since %s",
				   age_format(x->now_ms - started_ms, age));
		buf_printf(out, "  %s\n", str_or_empty(k->image));
		if (k->message && *k->message)
			buf_printf(out, "          %s\n", k->message);
	}
	if (p->message && *p->message)
		buf_printf(out, "message   %s\n", p->message);
	if (p->scheduled_message && *p->scheduled_message)
		buf_printf(out, "scheduler %s\n", p->scheduled_message);
	for (uint32_t i = 0; i < p->meta.annotations.n; i++)
		buf_printf(out, "note      %s=%s\n",
			   p->meta.annotations.at[i].key,
			   p->meta.annotations.at[i].value);
}

/* clang-format off */
static const struct column columns[] = {
	{ "NAMESPACE", "namespace", "Namespace",
	  { .min = 11, .max = 20, .prio = 7 }, 0, get_namespace },
	{ "NAME", "name", "Name of the pod",
	  { .min = 16, .max = 63, .grow = 4 }, COLUMN_TAIL, get_name },
	{ "READY", "ready", "Containers that are ready",
	  { .min = 5, .max = 5, .prio = 4 }, COLUMN_RIGHT, get_ready },
	{ "STATUS", "status", "What kubectl prints under STATUS",
	  { .min = 9, .max = 22 }, 0, get_status },
	{ "RST", "restarts", "Restarts of its containers",
	  { .min = 3, .max = 5, .prio = 6 }, COLUMN_RIGHT | COLUMN_DESC,
	  get_restarts },
	{ "PHASE", "phase", "Where it stands on the way to running",
	  { .min = 9, .max = 12, .prio = 3 }, 0, get_phase },
	{ "WAIT", "waitSeconds",
	  "Created to running, or so far, against the runner's poll_timeout",
	  { .min = 7, .max = 9, .prio = 2 },
	  COLUMN_RIGHT | COLUMN_DESC | COLUMN_CLOCK, get_wait },
	{ "JOB", "jobId", "GitLab job it runs",
	  { .min = 6, .max = 12, .prio = 5 }, COLUMN_RIGHT, get_job },
	{ "NODE", "node", "Node it is on",
	  { .min = 12, .max = 44, .grow = 2, .prio = 5 }, COLUMN_HOST,
	  get_node },
	{ "GROUP", "group", "Auto Scaling group of its node",
	  { .min = 8, .max = 24, .prio = 8 }, 0, get_group },
	{ "CPU", "cpuRequestMillicores", "CPU it asks for",
	  { .min = 4, .max = 5, .prio = 7 }, COLUMN_RIGHT | COLUMN_DESC,
	  get_cpu },
	{ "MEM", "memoryRequestBytes", "Memory it asks for",
	  { .min = 5, .max = 6, .prio = 7 }, COLUMN_RIGHT | COLUMN_DESC,
	  get_memory },
	{ "AGE", "created", "Time since it was created",
	  { .min = 4, .max = 6, .prio = 1 }, COLUMN_RIGHT | COLUMN_CLOCK,
	  get_age },
	{ "WHY", "why", "What it waits for or died of",
	  { .min = 20, .max = 90, .grow = 6, .prio = 3 }, 0, get_why },
	{ "CPUuse", "cpuUsedMillicores", "CPU it uses (metrics)",
	  { .min = 6, .max = 6 }, COLUMN_WIDE | COLUMN_RIGHT, get_cpu_used },
	{ "MEMuse", "memoryUsedBytes", "Memory it uses (metrics)",
	  { .min = 6, .max = 6 }, COLUMN_WIDE | COLUMN_RIGHT,
	  get_memory_used },
	{ "ADDRESS", "address", "Address of the pod",
	  { .min = 7, .max = 15 }, COLUMN_WIDE, get_address },
	{ "OWNER", "owner", "Its controller",
	  { .min = 8, .max = 40 }, COLUMN_WIDE, get_owner },
	{ 0 },
};

static const struct action actions[] = {
	{ .verb = "logs", .key = "l", .hint = "logs",
	  .help = "Follow its logs",
	  .need = { "get", "", "pods", "log" } },
	{ .verb = "previous", .key = "p",
	  .help = "Logs of the container's last run",
	  .need = { "get", "", "pods", "log" } },
	{ .verb = "describe", .key = "d", .help = "Describe",
	  .hint = "describe" },
	{ .verb = "yaml", .key = "y", .help = "The pod as YAML",
	  .hint = "yaml" },
	{ .verb = "delete", .key = "ctrl-d", .hint = "delete",
	  .help = "Delete, honouring the grace period",
	  .need = { "delete", "", "pods", NULL },
	  .flags = ACTION_MARKED | ACTION_MUTATES },
	{ .verb = "open:nodes", .key = "o", .help = "Its node",
	  .hint = "node" },
	{ .verb = "open:events", .key = "e", .help = "Its events" },
	{ 0 },
};
/* clang-format on */

VIEW(pods) = {
	.name = "pods",
	.aliases = "po,pod",
	.title = "Pods",
	.help = "Pods with what they wait for, their job and node",
	.feed = KIND_POD,
	.columns = columns,
	.actions = actions,
	.sort = "name",
	.enter = "why",
	.under = is_under,
	.faulty = is_faulty,
	.labels = get_labels,
	.detail = add_detail,
	.empty = "no pods",
};
