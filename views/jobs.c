/*
 * CI jobs: job, runner, pod, node and group in one row.
 */
#include <stdio.h>

#include "views/phase.h"

#define JOB(row) ((const struct job *)(row)->rec)
#define SUM(row) ((const struct job_sum *)(row)->sum)

static void
get_id(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_int(c, x, JOB(row)->id);
}

static void
get_name(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, JOB(row)->name);
}

static void
get_project(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, JOB(row)->project);
}

static void
get_ref(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, JOB(row)->ref);
}

static void
join(const char *const *tags, uint32_t n, char out[static CELL_TEXT])
{
	size_t at = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < n && at < CELL_TEXT - 1; i++)
		at += (size_t)snprintf(out + at, CELL_TEXT - at, "%s%s",
				       i ? "," : "", tags[i]);
}

static void
get_tags(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	const struct job *j = JOB(row);
	char list[CELL_TEXT];

	/* Only the pod is known: its annotations do not tell tags. */
	if (j->from_pod && j->tag_n == 0) {
		cell_unknown(c);
		return;
	}
	join(j->tags, j->tag_n, list);
	cell_format(c, x, "%s", list);
	c->value_kind = VALUE_LIST;
	if (!*list && x->want_text)
		snprintf(c->text, sizeof(c->text), "-");
	if (!*list)
		c->str = "";
}

static void
get_runner(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	const struct runner *r =
		SUM(row) ? snapshot_rec(x->snap, SUM(row)->runner) : NULL;

	if (r && r->description && *r->description)
		cell_text(c, x, r->description);
	else if (JOB(row)->runner_id)
		cell_format(c, x, "#%lld", (long long)JOB(row)->runner_id);
	else
		cell_blank(c);
}

static enum phase
phase_of(const struct row *row)
{
	return SUM(row) ? (enum phase)SUM(row)->phase : PHASE_UNKNOWN;
}

static void
get_phase(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_phase(c, x, phase_of(row),
		   SUM(row) ? SUM(row)->phase_since_ms : 0);
	if (phase_of(row) == PHASE_UNKNOWN)
		cell_text(c, x, JOB(row)->status_text);
}

static void
get_in_phase(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	if (!SUM(row))
		cell_unknown(c);
	else
		cell_age(c, x, SUM(row)->phase_since_ms);
}

static void
get_wait(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	const struct job_sum *sum = SUM(row);

	if (sum && phase_waits(sum->phase) && JOB(row)->queued_ms)
		cell_span(c, x, x->now_ms - JOB(row)->queued_ms);
	else
		cell_span(c, x, sum ? sum->wait_ms : -1);
}

/* How long its pod has been waited for, against the runner's patience. */
static void
get_poll(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	const struct job_sum *sum = SUM(row);
	const struct pod *p = sum ? snapshot_rec(x->snap, sum->pod) : NULL;

	if (!sum) {
		cell_unknown(c);
	} else if (!p || !phase_waits(sum->phase) ||
		   sum->phase < PHASE_UNSCHEDULED) {
		cell_blank(c);
	} else {
		cell_poll(c, x, x->now_ms - p->meta.created_ms,
			  sum->poll_timeout_ms);
	}
}

static void
get_pod(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, SUM(row) ? view_name(x, SUM(row)->pod, "") : NULL);
}

static void
get_node(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, SUM(row) ? view_name(x, SUM(row)->node, "") : NULL);
}

static void
get_group(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, SUM(row) ? view_name(x, SUM(row)->group, "") : NULL);
}

static void
get_why(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	const char *why = SUM(row) ? SUM(row)->why : NULL;

	if (!why || !*why)
		why = JOB(row)->failure_reason;
	cell_text(c, x, why);
}

static void
get_stage(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, JOB(row)->stage);
}

static void
get_user(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, JOB(row)->user);
}

static void
get_status(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, JOB(row)->status_text);
}

static void
get_timeout(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_span(c, x, JOB(row)->timeout_ms > 0 ? JOB(row)->timeout_ms : -1);
}

static void
get_url(const struct row *row, const struct view_ctx *x, struct cell *c)
{
	cell_text(c, x, JOB(row)->web_url);
}

/* The queue a job stands in, named as the store names it: by its tags; known
 * only through its pod, by its runner's. */
static void
queue_name(const struct row *row, const struct view_ctx *x,
	   char out[static CELL_TEXT])
{
	const struct job *j = JOB(row);
	const struct job_sum *sum = SUM(row);
	const struct runner *r = sum ? snapshot_rec(x->snap, sum->runner)
				     : NULL;
	const struct pod *p = sum ? snapshot_rec(x->snap, sum->pod) : NULL;
	const char *name = p ? labels_get(&p->meta.labels,
					  "manager.runner.gitlab.com/name")
			     : NULL;

	if (j->tag_n)
		join(j->tags, j->tag_n, out);
	else if (!j->from_pod)
		snprintf(out, CELL_TEXT, "(none)");
	else if (r && r->tags_known && r->tag_n)
		join(r->tags, r->tag_n, out);
	else
		snprintf(out, CELL_TEXT, "(runner %s)",
			 name && *name ? name : "unknown");
}

static bool
is_under(const struct row *row, const struct row *scope,
	 const struct view_ctx *x)
{
	const struct job_sum *sum = SUM(row);

	switch (scope->handle.kind) {
	case KIND_NODE:
		return sum && handle_eq(sum->node, scope->handle);
	case KIND_GROUP:
		return sum && handle_eq(sum->group, scope->handle);
	case KIND_POD:
		return sum && handle_eq(sum->pod, scope->handle);
	case KIND_RUNNER:
		return sum && handle_eq(sum->runner, scope->handle);
	case KIND_QUEUE: {
		char name[CELL_TEXT];

		if (!phase_waits(phase_of(row)))
			return false;
		queue_name(row, x, name);
		return str_eq(name, ((const struct queue *)scope->rec)->tags);
	}
	default:
		return false;
	}
}

static bool
is_faulty(const struct row *row, const struct view_ctx *x)
{
	enum phase phase = phase_of(row);

	(void)x;
	return phase_waits(phase) || phase == PHASE_LOST ||
	       phase == PHASE_FAILED || JOB(row)->stuck;
}

/* What kubectl knows of is the pod. */
static struct handle
get_subject(const struct row *row, const char *verb, const struct view_ctx *x)
{
	(void)x;
	if (strcmp(verb, "why") == 0 || !SUM(row))
		return row->handle;
	return SUM(row)->pod;
}

static void
add_detail(const struct row *row, const struct view_ctx *x, struct buf *out)
{
	const struct job *j = JOB(row);
	char at[TIME_TEXT];

	(void)x;
	if (j->created_ms)
		buf_printf(out, "created  %s\n",
			   time_format(j->created_ms, false, at));
	if (j->queued_ms)
		buf_printf(out, "queued   %s\n",
			   time_format(j->queued_ms, false, at));
	if (j->started_ms)
		buf_printf(out, "started  %s\n",
			   time_format(j->started_ms, false, at));
	if (j->finished_ms)
		buf_printf(out, "finished %s\n",
			   time_format(j->finished_ms, false, at));
	if (j->from_pod)
		buf_puts(out, "known only through its pod: GitLab did not "
			      "tell of it\n");
}

/* clang-format off */
static const struct column columns[] = {
	{ "JOB", "id", "Number of the job",
	  { .min = 6, .max = 12 }, COLUMN_RIGHT | COLUMN_DESC, get_id },
	{ "NAME", "name", "Name of the job",
	  { .min = 10, .max = 30, .grow = 2, .prio = 5 }, 0, get_name },
	{ "PROJECT", "project", "Project it belongs to",
	  { .min = 10, .max = 36, .grow = 2, .prio = 4 }, 0, get_project },
	{ "REF", "ref", "Branch or tag",
	  { .min = 6, .max = 20, .grow = 1, .prio = 8 }, 0, get_ref },
	{ "TAGS", "tags", "Runner tags it asks for",
	  { .min = 7, .max = 24, .grow = 1, .prio = 3 }, 0, get_tags },
	{ "RUNNER", "runner", "Runner that took it",
	  { .min = 8, .max = 20, .grow = 1, .prio = 7 }, 0, get_runner },
	{ "PHASE", "phase", "Where it stands on the way to running",
	  { .min = 11, .max = 12 }, 0, get_phase },
	{ "FOR", "phaseSince", "Time in this phase",
	  { .min = 4, .max = 6, .prio = 6 }, COLUMN_RIGHT | COLUMN_CLOCK,
	  get_in_phase },
	{ "WAIT", "waitSeconds", "Queued to running, or so far",
	  { .min = 5, .max = 6 }, COLUMN_RIGHT | COLUMN_DESC | COLUMN_CLOCK,
	  get_wait },
	{ "POLL", "podWaitSeconds",
	  "Time its pod is waited for against the runner's poll_timeout",
	  { .min = 4, .max = 10, .prio = 2 }, COLUMN_RIGHT | COLUMN_CLOCK,
	  get_poll },
	{ "POD", "pod", "Pod that runs it",
	  { .min = 16, .max = 44, .grow = 1, .prio = 8 }, COLUMN_TAIL,
	  get_pod },
	{ "NODE", "node", "Node of its pod",
	  { .min = 10, .max = 44, .grow = 1, .prio = 6 }, COLUMN_HOST,
	  get_node },
	{ "GROUP", "group", "Auto Scaling group of that node",
	  { .min = 8, .max = 24, .grow = 1, .prio = 6 }, 0, get_group },
	{ "WHY", "why", "What it waits for or died of",
	  { .min = 26, .max = 90, .grow = 8, .prio = 1 }, 0, get_why },
	{ "STAGE", "stage", "Stage of the pipeline",
	  { .min = 6, .max = 16 }, COLUMN_WIDE, get_stage },
	{ "USER", "user", "Who started it",
	  { .min = 6, .max = 16 }, COLUMN_WIDE, get_user },
	{ "STATUS", "status", "What GitLab says",
	  { .min = 8, .max = 12 }, COLUMN_WIDE, get_status },
	{ "TIMEOUT", "timeoutSeconds", "Longest time it may run",
	  { .min = 7, .max = 7 }, COLUMN_WIDE | COLUMN_RIGHT, get_timeout },
	{ "URL", "webUrl", "Its page in GitLab",
	  { .min = 12, .max = 90 }, COLUMN_WIDE, get_url },
	{ 0 },
};

static const struct action actions[] = {
	{ .verb = "logs", .key = "l", .hint = "logs",
	  .help = "Follow the logs of its pod",
	  .need = { "get", "", "pods", "log" } },
	{ .verb = "previous", .key = "p",
	  .help = "Logs of the container's last run",
	  .need = { "get", "", "pods", "log" } },
	{ .verb = "describe", .key = "d", .help = "Describe its pod",
	  .hint = "describe" },
	{ .verb = "yaml", .key = "y", .help = "Its pod as YAML",
	  .hint = "yaml" },
	{ .verb = "open:pods", .key = "P", .help = "Its pod", .hint = "pod" },
	{ .verb = "open:nodes", .key = "o", .help = "Its node",
	  .hint = "node" },
	{ .verb = "open:groups", .key = "O", .help = "Its group" },
	{ 0 },
};
/* clang-format on */

VIEW(jobs) = {
	.name = "jobs",
	.aliases = "job,j,ci",
	.title = "Jobs",
	.help = "CI jobs: what waits on what; job, pod, node, group in one row",
	.feed = KIND_JOB,
	.columns = columns,
	.actions = actions,
	.sort = "phase",
	.enter = "why",
	.under = is_under,
	.faulty = is_faulty,
	.subject = get_subject,
	.detail = add_detail,
	.empty = "no CI jobs",
};
