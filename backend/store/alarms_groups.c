/*
 * Alarms of groups: at their maximum, refused, laid out dangerously, tagged
 * wrongly; and what an hour of scaling activities tells: somebody lowered the
 * desired capacity, EKS rolls the nodes, EC2 took instances back.
 * Facts: reference integrations D4, D7; cluster-autoscaler 4.4.
 */
#include "backend/store/alarms.h"

#include <stdio.h>

#include "backend/model/taint_tag.h"

#define TAINT_ROLL "eks.amazonaws.com/nodegroup"
/* Between two nodes of a roll there is a minute or two without any taint. */
#define ROLL_MS (5 * MINUTE_MS)
enum { ID_TEXT = RECORD_KEY + 16, WHY_TEXT = 1200, TAKEN_MANY = 3 };

/* ---- what keeps it from growing ---- */

static const char *
jobs_wait(int32_t n, char out[static 40])
{
	snprintf(out, 40, "%d %s", n, n == 1 ? "job waits" : "jobs wait");
	return out;
}

static void
about_max(struct store *s, struct row *row)
{
	struct group_row *r = link_of(row, group_row, row);
	const struct group *g = row_rec(s, row);
	char id[ID_TEXT], jobs[40];

	if (!r->at_max || r->blocks <= 0)
		return;
	snprintf(id, sizeof(id), "at-max/%s", g->name);
	alarm_raise(s,
		    &(struct raising){ .id = id,
				       .severity = SEVERITY_CRIT,
				       .since_ms = r->blocks_since_ms,
				       .subject = row_handle(row),
				       .fix_verb = "limits",
				       .fix_text = "m=raise max",
				       .why = "Raise its maximum: whoever "
					      "leads does the rest within a "
					      "minute.  Or wait: places come "
					      "free as jobs end." },
		    "%s at max %d/%d; %s", g->name, g->desired, g->max,
		    jobs_wait(r->blocks, jobs));
}

static const char *
avoided_text(const struct group_row *r, int64_t now_ms, char *out,
	     size_t room)
{
	char at[TIME_TEXT];

	out[0] = '\0';
	if (said(r->verdict)->since_ms > now_ms)
		snprintf(out, room, ", not tried before %.5s",
			 time_format_hms(said(r->verdict)->since_ms, at));
	return out;
}

/* Launches that fail, and the jobs that wait for them. */
static void
about_refused(struct store *s, struct row *row)
{
	struct group_row *r = link_of(row, group_row, row);
	const struct group *g = row_rec(s, row);
	int32_t blocks = r->at_max ? 0 : r->blocks;
	char id[ID_TEXT], jobs[40] = "", avoided[60];
	bool backoff = said(r->verdict)->since_ms > store_world_ms(s);
	struct raising raise = {
		.id = id,
		.severity = blocks ? SEVERITY_CRIT : SEVERITY_WARN,
		.since_ms = r->refused ? r->refused_since_ms
				       : r->blocks_since_ms,
		/* The group itself says the rest, and what helps. */
		.subject = row_handle(row),
	};

	if (!r->refused && !(backoff && blocks))
		return;
	snprintf(id, sizeof(id), "refused/%s", g->name);
	if (blocks) {
		jobs[0] = ',';
		jobs[1] = ' ';
		snprintf(jobs + 2, sizeof(jobs) - 2, "%d %s", blocks,
			 blocks == 1 ? "job waits" : "jobs wait");
	}
	avoided_text(r, store_world_ms(s), avoided, sizeof(avoided));
	if (r->refused)
		alarm_raise(s, &raise, "%s %d %s refused%s%s: %s", g->name,
			    r->refused, r->refused == 1 ? "launch" : "launches",
			    jobs, avoided, str_or_empty(r->refusal));
	else
		alarm_raise(s, &raise, "%s: launches failed%s%s", g->name,
			    jobs, avoided);
}

/* Any other limit of the group that jobs wait for. */
static void
about_stuck(struct store *s, struct row *row)
{
	struct group_row *r = link_of(row, group_row, row);
	const struct group *g = row_rec(s, row);
	char id[ID_TEXT], jobs[40];

	/* Instances that became no nodes are told of as such. */
	if (r->blocks <= 0 || r->at_max || r->refused ||
	    r->running > r->registered ||
	    said(r->verdict)->since_ms > store_world_ms(s))
		return;
	snprintf(id, sizeof(id), "stuck/%s", g->name);
	alarm_raise(s,
		    &(struct raising){ .id = id,
				       .severity = SEVERITY_CRIT,
				       .since_ms = r->blocks_since_ms,
				       .subject = row_handle(row),
				       .why = said(r->verdict)->detail },
		    "%s cannot grow; %s: %s%s%s", g->name,
		    jobs_wait(r->blocks, jobs),
		    str_or_empty(said(r->verdict)->reason),
		    *str_or_empty(said(r->verdict)->detail) ? ": " : "",
		    str_or_empty(said(r->verdict)->detail));
}

/* Rule 5: the seed's first layout, everything on one group.  An alarm, not a
 * freeze. */
static void
about_layout(struct store *s, struct row *row)
{
	struct group_row *r = link_of(row, group_row, row);
	const struct group *g = row_rec(s, row);
	bool autoscaler = false, manager = false;
	char id[ID_TEXT];

	if (g->max <= g->min || r->guarded)
		return;
	list_each (node_row, n, &r->nodes, in_group) {
		const struct node_sum *sum = row_sum(s, &n->row);

		if (n->guarded && sum) {
			autoscaler |= sum->has_autoscaler;
			manager |= sum->has_manager;
		}
	}
	if (!autoscaler && !manager)
		return;
	snprintf(id, sizeof(id), "layout/%s", g->name);
	alarm_raise(
		s,
		&(struct raising){
			.id = id,
			.severity = SEVERITY_WARN,
			.subject = row_handle(row),
			.why = "A scale-down may take the node under it: the "
			       "autoscaler then stops scaling, a manager takes "
			       "its running jobs along.  Move it to a small "
			       "tainted group of its own.",
		},
		"%s on %s, a group that is scaled down",
		autoscaler && manager ? "autoscaler and runner managers run"
		: autoscaler	      ? "the autoscaler runs"
				      : "runner managers run",
		g->name);
}

/* ---- tags that do not say what they mean ---- */

/* The effect its nodes have for that key, where there is a node. */
static const char *
effect_on_nodes(struct store *s, const struct group_row *r, const char *key)
{
	list_each (node_row, n, (struct link *)(uintptr_t)&r->nodes,
		   in_group) {
		const struct taint *t = node_taint(row_rec(s, &n->row), key);

		if (t)
			return taint_effect_name((enum taint_effect)t->effect);
	}
	return "NoSchedule";
}

/* eksctl writes a taint's tag without its effect; the autoscaler then knows of
 * no taint, and grows the group for pods that its nodes refuse. */
static void
about_taint_tags(struct store *s, struct row *row)
{
	struct group_row *r = link_of(row, group_row, row);
	const struct group *g = row_rec(s, row);

	for (uint32_t i = 0; i < g->tag_n; i++) {
		const char *tag = str_or_empty(g->tags[i].key);
		const char *value = str_or_empty(g->tags[i].value), *key;
		char id[ID_TEXT], why[WHY_TEXT];

		if (!str_has_prefix(tag, TAINT_TAG) ||
		    taint_tag_has_effect(value))
			continue;
		key = tag + strlen(TAINT_TAG);
		snprintf(id, sizeof(id), "taint-tag/%.300s", g->name);
		snprintf(why, sizeof(why),
			 "The autoscaler reads \"value:Effect\" only.  It "
			 "takes %s for a group without the taint %s and grows "
			 "it for pods that its nodes then refuse; they stand "
			 "idle and go again.  Correct the tag on the Auto "
			 "Scaling group (eksctl writes the short form each "
			 "time it propagates tags: set it in the group's own "
			 "tags):\n"
			 "aws autoscaling create-or-update-tags --tags "
			 "ResourceId=%s,ResourceType=auto-scaling-group,"
			 "PropagateAtLaunch=true,Key=%s,Value=%s:%s",
			 g->name, key, g->name, tag, value,
			 effect_on_nodes(s, r, key));
		alarm_raise(s,
			    &(struct raising){
				    .id = id,
				    .severity = s->jobs_without_node
							? SEVERITY_CRIT
							: SEVERITY_WARN,
				    .subject = row_handle(row),
				    .why = why },
			    "%s: tag taint/%s is \"%s\", must be \"%s:%s\": "
			    "the autoscaler sees no taint", g->name, key,
			    value, value, effect_on_nodes(s, r, key));
	}
}

/* ---- the last hour, by its scaling activities ---- */

struct told { /* of one sort */
	int32_t instances, times;
	int64_t first_ms, last_ms;
};

struct past {
	struct told taken;    /* by EC2: spot, or broken */
	struct told lowered;  /* desired set lower: Auto Scaling chose */
	struct told replaced; /* one by one, without lowering desired */
};

static void
note(struct told *t, int64_t at_ms)
{
	if (!t->instances++ || at_ms < t->first_ms)
		t->first_ms = at_ms;
	if (at_ms > t->last_ms)
		t->last_ms = at_ms;
}

/* Instances that ended in one second ended by one decision. */
static bool
is_another_time(struct store *s, const struct group_row *r,
		const struct activity *of, const char *cause)
{
	list_each (activity_row, a, (struct link *)(uintptr_t)&r->activities,
		   in_group) {
		const struct activity *b = row_rec(s, &a->row);

		if (b == of)
			return true;
		if (b->started_ms == of->started_ms &&
		    strstr(str_or_empty(b->cause), cause) &&
		    str_has_prefix(str_or_empty(b->description),
				   "Terminating"))
			return false;
	}
	return true;
}

static void
read_past(struct store *s, const struct group_row *r, struct past *p)
{
	static const char set[] = "explicitly set group desired capacity";
	int64_t now = store_world_ms(s);

	list_each (activity_row, row, (struct link *)(uintptr_t)&r->activities,
		   in_group) {
		const struct activity *a = row_rec(s, &row->row);
		const char *cause = str_or_empty(a->cause);

		if (now - a->started_ms > HOUR_MS ||
		    !str_has_prefix(str_or_empty(a->description),
				    "Terminating"))
			continue;
		if (strstr(cause, "EC2 health check")) {
			note(&p->taken, a->started_ms);
		} else if (strstr(cause, set) &&
			   strstr(cause, "shrinking the capacity")) {
			note(&p->lowered, a->started_ms);
			p->lowered.times += is_another_time(s, r, a, set);
		} else if (strstr(cause, "in response to a user request") &&
			   !strstr(cause, "shrinking the capacity")) {
			note(&p->replaced, a->started_ms);
		}
	}
}

static const char *
ago(const struct store *s, int64_t at_ms, char out[static TIME_TEXT])
{
	return age_format(store_world_ms(s) - at_ms, out);
}

static void
about_taken(struct store *s, struct row *row, const struct told *t)
{
	struct group_row *r = link_of(row, group_row, row);
	const struct group *g = row_rec(s, row);
	bool lately = store_world_ms(s) - t->last_ms < HOUR_MS / 2;
	char id[ID_TEXT], last[TIME_TEXT];

	if (t->instances < TAKEN_MANY)
		return;
	snprintf(id, sizeof(id), "taken/%s", g->name);
	alarm_raise(
		s,
		&(struct raising){
			.id = id,
			.severity = lately ? SEVERITY_WARN : SEVERITY_INFO,
			.since_ms = t->first_ms,
			.subject = row_handle(row),
			.why = r->spot
				? "EC2 wanted its spot instances back; the "
				  "group replaced each at once, so its size "
				  "looks well, but their jobs failed.  Long "
				  "jobs belong on on-demand nodes; let GitLab "
				  "retry runner_system_failure; more types "
				  "and zones are taken back less often."
				: "EC2 says they were terminated or stopped, "
				  "by nobody's order to the group: look at "
				  "the instances' state reason and at AWS "
				  "Health.",
		},
		"%s: %d %s in 1h, last %s ago; their jobs were lost", g->name,
		t->instances,
		r->spot ? "spot instances taken back"
			: "instances ended by themselves",
		ago(s, t->last_ms, last));
}

static void
about_lowered(struct store *s, struct row *row, const struct told *t)
{
	const struct group *g = row_rec(s, row);
	bool lately = store_world_ms(s) - t->last_ms < HOUR_MS / 2;
	char id[ID_TEXT], last[TIME_TEXT];

	if (!t->instances)
		return;
	snprintf(id, sizeof(id), "lowered/%s", g->name);
	alarm_raise(
		s,
		&(struct raising){
			.id = id,
			.severity = lately ? SEVERITY_WARN : SEVERITY_INFO,
			.since_ms = t->first_ms,
			.subject = row_handle(row),
			.fix_verb = "limits",
			.fix_text = "m=lower max instead",
			.why = "Auto Scaling chose the instances to end, "
			       "oldest first, and asked no job; the autoscaler "
			       "ends instances by name, so this was somebody "
			       "else.  Find who: CloudTrail, SetDesired"
			       "Capacity, userIdentity.  A lower max does what "
			       "they want without ending jobs: the autoscaler "
			       "keeps to it.  Suspend the process Terminate "
			       "while you search.",
		},
		"%s: somebody lowered desired %d %s in 1h, last %s ago; "
		"%d %s ended under their jobs", g->name, t->times,
		t->times == 1 ? "time" : "times", ago(s, t->last_ms, last),
		t->instances, t->instances == 1 ? "instance" : "instances");
}

/* ---- EKS rolls a node group ---- */

static void
about_roll(struct store *s, struct row *row, const struct told *t)
{
	struct group_row *r = link_of(row, group_row, row);
	const struct group *g = row_rec(s, row);
	int32_t nodes = 0, jobs = 0;
	bool rolls;
	char id[ID_TEXT], last[TIME_TEXT];
	struct raising raise = {
		.id = id,
		.since_ms = t->instances ? t->first_ms : 0,
		.subject = row_handle(row),
		.why = "EKS cordons a node, evicts its pods and ends it, one "
		       "after the other.  Job pods have no disruption budget, "
		       "so it asks no job.  Nothing stops an update that has "
		       "begun, but a PodDisruptionBudget over the job pods "
		       "holds it up.  Retry the jobs.  Next time: pause the "
		       "runner first, or bring up a second node group, cordon "
		       "the old nodes, and wait for their jobs.",
	};

	list_each (node_row, n, &r->nodes, in_group)
		if (node_taint(row_rec(s, &n->row), TAINT_ROLL)) {
			nodes++;
			jobs += n->jobs;
		}
	rolls = nodes || (t->instances > 1 &&
			  store_world_ms(s) - t->last_ms < ROLL_MS);
	if (!rolls && t->instances < 2)
		return;
	snprintf(id, sizeof(id), "roll/%s", g->name);
	raise.severity = !rolls ? SEVERITY_INFO
			 : jobs ? SEVERITY_CRIT
				: SEVERITY_WARN;
	if (rolls)
		alarm_raise(s, &raise,
			    "%s: EKS rolls the node group: %d replaced in 1h, "
			    "%d being drained with %d %s on it", g->name,
			    t->instances, nodes, jobs,
			    jobs == 1 ? "job" : "jobs");
	else
		alarm_raise(s, &raise,
			    "%s: %d instances were replaced one by one in 1h "
			    "(a node group update?), last %s ago", g->name,
			    t->instances, ago(s, t->last_ms, last));
}

void
alarms_of_groups(struct store *s)
{
	list_each (row, row, &s->shelf[KIND_GROUP].arrived, queue) {
		struct past past = { { 0 }, { 0 }, { 0 } };

		read_past(s, link_of(row, group_row, row), &past);
		about_max(s, row);
		about_refused(s, row);
		about_stuck(s, row);
		about_layout(s, row);
		about_taint_tags(s, row);
		about_taken(s, row, &past.taken);
		about_lowered(s, row, &past.lowered);
		about_roll(s, row, &past.replaced);
	}
}
