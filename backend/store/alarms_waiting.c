/*
 * Alarms of pods that wait, and of whoever should make room for them.
 */
#include "backend/store/alarms.h"

#include <stdio.h>
#include <string.h>

/* Of poll_timeout: later than this a job is about to fail waiting. */
#define LATE_PERCENT 66
enum { LOST_MANY = 3, WHY_TEXT = 700 };
/* A node needs a minute or two to come; jobs that wait longer are news, and a
 * matter of minutes later a breakdown. */
#define SHORT_WARN_MS (2 * MINUTE_MS)
#define SHORT_CRIT_MS (10 * MINUTE_MS)

/* What one look at the waiting pods found. */
struct waiting {
	uint32_t late, no_address;
	uint32_t late_phase[PHASE_RUNNING];
	int64_t first_late_ms, first_addressless_ms;
	const struct pod_row *first_late, *first_addressless;
	int64_t first_fails_ms, timeout_ms;
	/* Jobs without a node, for no limit of a group. */
	uint32_t without_node;
	const struct pod_row *oldest;
	int64_t oldest_ms;
	const struct pod_row *autoscaler; /* its own pod waits */
};

static void
count_without_node(struct waiting *w, const struct pod_row *r,
		   int64_t created_ms)
{
	if (w->without_node++ && w->oldest_ms <= created_ms)
		return;
	w->oldest = r;
	w->oldest_ms = created_ms;
}

static void
count_addressless(struct waiting *w, const struct pod_row *r)
{
	if (w->no_address++ &&
	    r->phase_since_ms >= w->first_addressless_ms)
		return;
	w->first_addressless = r;
	w->first_addressless_ms = r->phase_since_ms;
}

static void
count_late(struct waiting *w, const struct pod_row *r, int64_t created_ms,
	   int64_t patience_ms)
{
	int64_t since_ms = created_ms + patience_ms * LATE_PERCENT / 100;

	if (r->phase < PHASE_RUNNING)
		w->late_phase[r->phase]++;
	if (!w->late || since_ms < w->first_late_ms)
		w->first_late_ms = since_ms;
	if (!w->late++ || created_ms + patience_ms < w->first_fails_ms) {
		w->first_late = r;
		w->first_fails_ms = created_ms + patience_ms;
		w->timeout_ms = patience_ms;
	}
}

static void
count_blocked(struct group_row *g, int64_t created_ms)
{
	if (!g->blocks++ || created_ms < g->blocks_since_ms)
		g->blocks_since_ms = created_ms;
}

static void
look(struct store *s, struct waiting *w)
{
	int64_t now = store_world_ms(s);

	list_each (row, row, &s->shelf[KIND_GROUP].arrived, queue)
		link_of(row, group_row, row)->blocks = 0;
	list_each (pod_row, r, &s->waiting, in_waiting) {
		const struct pod *p = row_rec(s, &r->row);
		const struct pod_sum *sum = row_sum(s, &r->row);
		int64_t patience = sum ? sum->poll_timeout_ms : -1;
		struct row *g = said(r->verdict)->group
					? shelf_find(&s->shelf[KIND_GROUP],
						     said(r->verdict)->group)
					: NULL;

		if (g)
			count_blocked(link_of(g, group_row, row),
				      p->meta.created_ms);
		if (pod_is_autoscaler(p))
			w->autoscaler = r;
		if (r->phase == PHASE_NO_ADDRESS)
			count_addressless(w, r);
		if (p->is_job && r->phase == PHASE_UNSCHEDULED && !g)
			count_without_node(w, r, p->meta.created_ms);
		if (!p->is_job || patience <= 0 ||
		    now - p->meta.created_ms < patience * LATE_PERCENT / 100)
			continue;
		count_late(w, r, p->meta.created_ms, patience);
	}
}

/* What most of the late ones wait for, and what helps. */
static const struct {
	enum phase phase;
	const char *waits, *helps;
} late_causes[] = {
	{ PHASE_UNSCHEDULED, "a node", "" },
	{ PHASE_NO_ADDRESS, "an address", "" },
	{ PHASE_PULLING, "their image",
	  "  The image takes longer than that to come to a cold node: raise "
	  "poll_timeout to what boot and pull need, make the image smaller or "
	  "split its layers, pull it ahead with a DaemonSet, or keep a warm "
	  "node.  A retry helps only once some node has the image." },
	{ PHASE_STARTING, "their containers", "" },
	{ PHASE_SCHEDULED, "their containers", "" },
};

static void
about_late(struct store *s, const struct waiting *w)
{
	char patience[TIME_TEXT], at[TIME_TEXT], why[WHY_TEXT];
	size_t most = 0;

	for (size_t i = 1; i < ARRAY_LEN(late_causes); i++)
		if (w->late_phase[late_causes[i].phase] >
		    w->late_phase[late_causes[most].phase])
			most = i;
	snprintf(why, sizeof(why),
		 "A runner gives up on a pod that does not start within its "
		 "poll_timeout: the job then fails as "
		 "runner_system_failure.%s",
		 late_causes[most].helps);
	alarm_raise(s,
		    &(struct raising){
			    .id = "late",
			    .severity = SEVERITY_CRIT,
			    .follows = true,
			    .since_ms = w->first_late_ms,
			    .subject = row_handle(&w->first_late->row),
			    .why = why,
		    },
		    "%u %s near poll_timeout %s, %u for want of %s; the next "
		    "fails at %s",
		    w->late, w->late == 1 ? "job is" : "jobs are",
		    age_format(w->timeout_ms, patience),
		    w->late_phase[late_causes[most].phase],
		    late_causes[most].waits,
		    time_format_hms(w->first_fails_ms, at));
}

static void
about_pods(struct store *s, const struct waiting *w)
{
	if (w->late)
		about_late(s, w);
	if (w->no_address)
		alarm_raise(s,
			    &(struct raising){
				    .id = "no-address",
				    .severity = SEVERITY_CRIT,
				    .follows = true,
				    .since_ms = w->first_addressless_ms,
				    .subject = row_handle(
					    &w->first_addressless->row),
				    .why = "The CNI has no address to give: a "
					   "subnet ran dry, or its daemon on "
					   "the node (aws-node) is ill.",
			    },
			    "%u %s no address from the CNI", w->no_address,
			    w->no_address == 1 ? "pod gets" : "pods get");
}

/* The engine's word on the oldest, without what the alarm says anyway. */
static const char *
hope(const struct pod_row *r)
{
	static const char waits[] = "no node: ";
	const char *reason = str_or_empty(said(r->verdict)->reason);

	return str_has_prefix(reason, waits) ? reason + strlen(waits) : reason;
}

static void
about_room(struct store *s, const struct waiting *w)
{
	int64_t age_ms = store_world_ms(s) - w->oldest_ms;
	char age[TIME_TEXT];
	struct raising r = {
		.id = "no-node",
		.follows = true,
		.severity =
			age_ms < SHORT_CRIT_MS ? SEVERITY_WARN : SEVERITY_CRIT,
		.since_ms = w->oldest_ms,
		.why = "Their pods are pending and no node has room.  The "
		       "view decisions says which group should grow, and why "
		       "not the others.",
	};

	if (!w->without_node || age_ms < SHORT_WARN_MS)
		return;
	r.subject = row_handle(&w->oldest->row);
	alarm_raise(s, &r, "%u %s without a node, oldest %s%s%s",
		    w->without_node,
		    w->without_node == 1 ? "job waits" : "jobs wait",
		    age_format(age_ms, age), *hope(w->oldest) ? ": " : "",
		    hope(w->oldest));
}

static void
about_approval(struct store *s, const struct waiting *w)
{
	struct raising r = {
		.id = "approval",
		.severity = w->without_node ? SEVERITY_CRIT : SEVERITY_WARN,
		.fix_verb = "approve",
		.fix_text = "a=approve",
		.why = "Paddock leads and carries out no step that a person "
		       "has not approved.  The view decisions says why it "
		       "wants this one.",
	};

	if (w->oldest)
		r.subject = row_handle(&w->oldest->row);
	if (w->without_node)
		alarm_raise(s, &r, "%s: waits for you; %u %s without a node",
			    s->engine.next_step, w->without_node,
			    w->without_node == 1 ? "job waits" : "jobs wait");
	else
		alarm_raise(s, &r, "%s: waits for you", s->engine.next_step);
}

static void
nobody_leads(struct store *s, const struct waiting *w)
{
	struct raising r = {
		.id = "autoscaler",
		.severity = SEVERITY_CRIT,
		.fix_verb = "mode",
		.fix_text = "a=take over",
		.why = "Nobody grows or shrinks the groups.  Look at the "
		       "autoscaler's pod and its log, or take its place.",
	};
	char who[ALARM_TEXT], wait[80] = "";

	if (s->lease_stands_still || s->lease_found)
		r.since_ms = s->lease_world_ms;
	else
		r.since_ms = w->oldest_ms;
	if (s->lease_stands_still && *s->engine.leader)
		snprintf(who, sizeof(who),
			 "autoscaler dead: %s does not renew its lease",
			 s->engine.leader);
	else if (w->autoscaler)
		snprintf(who, sizeof(who), "no autoscaler leads, its pod is %s",
			 phase_name((enum phase)w->autoscaler->phase));
	else
		snprintf(who, sizeof(who), "no autoscaler leads");
	if (w->autoscaler)
		r.subject = row_handle(&w->autoscaler->row);
	if (w->without_node) {
		if (handle_is_none(r.subject))
			r.subject = row_handle(&w->oldest->row);
		snprintf(wait, sizeof(wait), "; %u %s without a node",
			 w->without_node,
			 w->without_node == 1 ? "job waits" : "jobs wait");
	}
	alarm_raise(s, &r, "%s%s", who, wait);
}

/* More than bad luck: several in half an hour. */
static void
about_lost(struct store *s)
{
	const struct fleet *f = &s->fleet;
	const struct {
		int32_t n;
		const char *cause, *means;
	} causes[] = {
		{ f->lost_spot, "spot nodes wanted back",
		  "Long jobs belong on on-demand nodes; let GitLab retry "
		  "runner_system_failure." },
		{ f->lost_image, "images that did not come in time",
		  "Raise the runner's poll_timeout to what a cold node needs, "
		  "or make the image smaller." },
		{ f->lost_memory, "memory limits",
		  "The container was killed over its limit (OOMKilled), which "
		  "GitLab calls a script failure: raise memory_limit and the "
		  "request of the runner." },
		{ f->lost_evicted, "evictions",
		  "Somebody drains their nodes (a person, a node group's "
		  "update, the warning of a spot interruption), or a node "
		  "ran short of disk or memory.  The view jobs, filtered by "
		  "/lost, says each." },
		{ f->lost_other, "nodes that went away, or runners",
		  "Nodes that went away under them, runners that gave up: the "
		  "view jobs, filtered by /lost, says each." },
	};
	size_t most = 0;

	if (f->lost_30m < LOST_MANY)
		return;
	for (size_t i = 1; i < ARRAY_LEN(causes); i++)
		if (causes[i].n > causes[most].n)
			most = i;
	alarm_raise(s,
		    &(struct raising){ .id = "lost",
				       .severity = SEVERITY_WARN,
				       .follows = true,
				       .since_ms = s->lost_first_ms,
				       .why = causes[most].means },
		    "%d jobs lost in 30m, %d to %s", f->lost_30m,
		    causes[most].n, causes[most].cause);
}

void
alarms_of_waiting(struct store *s)
{
	const struct engine_status *e = &s->engine;
	struct waiting w = { 0 };

	look(s, &w);
	s->jobs_without_node = w.without_node;
	about_pods(s, &w);
	about_lost(s);
	alarms_of_leader(s);
	if (e->lead == LEAD_NONE)
		nobody_leads(s, &w);
	else if (e->awaiting_approval)
		about_approval(s, &w);
	else
		about_room(s, &w);
}
