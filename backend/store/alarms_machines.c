/*
 * Alarms of machines: nodes that are ill, instances that never become nodes,
 * subnets that run out of addresses.
 */
#include "backend/store/alarms.h"

#include <stdio.h>

#include "backend/base/buf.h"

#define SUBNET_LOW 16
/* An instance is a node after two to four minutes. */
#define JOIN_MS (8 * MINUTE_MS)
enum { WHY_LIMIT = 8192, NAMED = 8 };

/* ---- nodes: all that share an ailment are one line ---- */

static int64_t
not_ready_since(const struct node *n)
{
	return n->ready_ms;
}

static int64_t
tainted_since(const struct node *n, const char *key)
{
	const struct taint *t = node_taint(n, key);

	return t ? t->added_ms : 0;
}

static int64_t
disk_since(const struct node *n)
{
	return tainted_since(n, "node.kubernetes.io/disk-pressure");
}

static int64_t
memory_since(const struct node *n)
{
	return tainted_since(n, "node.kubernetes.io/memory-pressure");
}

static const struct ailment {
	const char *id, *one, *many;
	const char *means; /* said of W before the nodes; "" for none */
	enum ailing ails;
	int64_t (*since_ms)(const struct node *n); /* 0: not told */
} ailments[] = {
	{ "not-ready", "is not ready", "are not ready", "",
	  AILS_NOT_READY, not_ready_since },
	{ "disk", "lacks disk space", "lack disk space",
	  "The kubelet evicts pods, running jobs too, and takes no new ones "
	  "until images are gone.  Larger volumes, or requests of "
	  "ephemeral-storage on the runner.\n",
	  AILS_DISK, disk_since },
	{ "memory", "lacks memory", "lack memory",
	  "The kubelet evicts pods that use more than they asked for.\n",
	  AILS_MEMORY, memory_since },
};

static void
about_ailment(struct store *s, const struct ailment *a)
{
	char host[RECORD_KEY];
	const struct node_row *first = NULL;
	int64_t since_ms;
	uint32_t n = 0;
	struct buf why;
	struct raising r = { .id = a->id, .severity = SEVERITY_WARN };
	const struct node *node;

	buf_init(&why, WHY_LIMIT);
	buf_puts(&why, a->means);
	list_each (node_row, row, &s->ailing, in_ailing) {
		if (!(row->ails & a->ails))
			continue;
		node = row_rec(s, &row->row);
		if (!n++)
			first = row;
		since_ms = a->since_ms(node);
		if (since_ms && (!r.since_ms || since_ms < r.since_ms))
			r.since_ms = since_ms;
		if (n <= NAMED)
			buf_printf(&why, "%s: %s %s\n", node->meta.name,
				   str_or_empty(node->ready_reason),
				   str_or_empty(node->ready_message));
	}
	if (n) {
		node = row_rec(s, &first->row);
		r.subject = row_handle(&first->row);
		r.why = buf_text(&why);
		if (n == 1)
			alarm_raise(s, &r, "node %s %s",
				    alarm_host(node->meta.name, host), a->one);
		else
			alarm_raise(s, &r, "%u nodes %s: %s and others", n,
				    a->many,
				    alarm_host(node->meta.name, host));
	}
	buf_fini(&why);
}

/* ---- instances that are no nodes ---- */

/* Instances are asked for a few times a minute: in a simulation that runs fast
 * the answer is soon too old to say who is late.  Nor is anybody late who may
 * have joined unseen. */
static bool
instances_are_news(const struct store *s)
{
	return !source_is_silent(s, SOURCE_KUBERNETES) &&
	       store_world_ms(s) - source_seen_ms(s, SOURCE_AWS) < JOIN_MS / 2;
}

static bool
should_be_a_node(const struct store *s, const struct machine *m)
{
	const struct instance *i =
		m->instance && !m->joined ? row_rec(s, m->instance) : NULL;

	return i && str_eq(i->state, "running") && i->launched_ms &&
	       store_world_ms(s) - i->launched_ms > JOIN_MS;
}

/* "; 45 jobs wait" when the group keeps them waiting. */
static const char *
blocked_jobs(const struct group_row *g, char out[static 40])
{
	out[0] = '\0';
	if (g->blocks > 0)
		snprintf(out, 40, "; %d %s", g->blocks,
			 g->blocks == 1 ? "job waits" : "jobs wait");
	return out;
}

static void
about_nodeless(struct store *s, struct row *row)
{
	char jobs[40];
	struct group_row *g = link_of(row, group_row, row);
	const struct group *rec = row_rec(s, row);
	char id[RECORD_KEY + 16];
	int64_t since_ms = 0;
	uint32_t n = 0;

	list_each (machine, m, &g->machines, in_group) {
		const struct instance *i;

		if (!should_be_a_node(s, m))
			continue;
		i = row_rec(s, m->instance);
		if (!n++ || i->launched_ms < since_ms)
			since_ms = i->launched_ms;
	}
	if (!n)
		return;
	snprintf(id, sizeof(id), "nodeless/%s", rec->name);
	alarm_raise(s,
		    &(struct raising){
			    .id = id,
			    .severity = g->blocks > 0 ? SEVERITY_CRIT
						      : SEVERITY_WARN,
			    .since_ms = since_ms,
			    .subject = row_handle(row),
			    .why = "They run and cost, but no kubelet joined: "
				   "look at one's console output, the node "
				   "role's access entry, the image, the way "
				   "to the API server.  The autoscaler "
				   "counts them as coming, then removes "
				   "them.",
		    },
		    "%s: %u of %d instances did not become %s%s", rec->name,
		    n, g->running, n == 1 ? "a node" : "nodes",
		    blocked_jobs(g, jobs));
}

/* ---- nodes that somebody began to remove ---- */

/* The autoscaler writes the second it put the taint on as its value. */
static int64_t
marked_for_removal_ms(const struct node *n)
{
	const struct taint *t = node_taint(n, TAINT_TO_BE_DELETED);
	long long seconds;
	char rest;

	if (!t || t->added_ms)
		return t ? t->added_ms : 0;
	return sscanf(str_or_empty(t->value), "%lld%c", &seconds, &rest) == 1 &&
			       seconds > 0 && seconds < INT64_MAX / 1000
		       ? (int64_t)seconds * 1000
		       : 0;
}

/* Cordoned and marked, and whoever did it leads no more: nothing will finish
 * it, and nothing new comes on it. */
static void
about_left_behind(struct store *s)
{
	const struct node_row *first = NULL;
	const struct node *n;
	char host[RECORD_KEY];
	uint32_t count = 0;
	int32_t jobs = 0;
	int64_t marked_ms, since_ms = 0;

	if (s->engine.lead != LEAD_NONE)
		return;
	list_each (node_row, row, &s->ailing, in_ailing) {
		if (!(row->ails & AILS_MARKED))
			continue;
		n = row_rec(s, &row->row);
		marked_ms = marked_for_removal_ms(n);
		if (marked_ms && (!since_ms || marked_ms < since_ms))
			since_ms = marked_ms;
		jobs += row->jobs;
		if (!count++)
			first = row;
	}
	if (!count)
		return;
	n = row_rec(s, &first->row);
	alarm_raise(s,
		    &(struct raising){
			    .id = "left-behind",
			    .severity = s->jobs_without_node ? SEVERITY_CRIT
							     : SEVERITY_WARN,
			    .since_ms = since_ms,
			    .subject = row_handle(&first->row),
			    .fix_verb = "uncordon",
			    .fix_text = "a=uncordon",
			    .why = "An autoscaler marked it for removal and "
				   "leads no more, so nobody finishes it and "
				   "no pod may use its room.  Uncordon takes "
				   "the mark off, too.  If the autoscaler "
				   "stood on it, give it a tainted group of "
				   "its own.",
		    },
		    "node %s%s marked for removal by an autoscaler that is "
		    "gone; %d %s on %s", alarm_host(n->meta.name, host),
		    count > 1 ? " and others are" : " is", jobs,
		    jobs == 1 ? "job" : "jobs", count > 1 ? "them" : "it");
}

/* ---- evictions by kubelets ---- */

#define EVICTED_MS (30 * MINUTE_MS)

/* Their pods are gone soon; the events stay an hour. */
static void
about_evictions(struct store *s)
{
	int64_t now = store_world_ms(s), first_ms = 0;
	const char *says = "";
	uint32_t n = 0;

	list_each (event_row, row, &s->evictions, in_sort) {
		const struct event *e = row_rec(s, &row->row);
		int64_t at_ms = e->last_ms ? e->last_ms : e->first_ms;

		if (now - at_ms > EVICTED_MS)
			continue;
		n++;
		says = str_or_empty(e->message);
		if (!first_ms || at_ms < first_ms)
			first_ms = at_ms;
	}
	if (!n)
		return;
	alarm_raise(s,
		    &(struct raising){
			    .id = "evicted",
			    .severity = SEVERITY_WARN,
			    .since_ms = first_ms,
			    .why = "The kubelet ends pods when its node runs "
				   "short, running jobs too: GitLab calls that "
				   "runner_system_failure.  Disk: a larger "
				   "root volume, and requests and limits of "
				   "ephemeral-storage on the runner, so that "
				   "the scheduler counts disk as it counts "
				   "cpu.  Now: fewer of these jobs at a time.",
		    },
		    "%u %s evicted by kubelets in 30m: %s", n,
		    n == 1 ? "pod" : "pods", says);
}

/* ---- subnets ---- */

static const char addresses_help[] =
	"Pods and instances get no address there.  Fewer spare ones: kubectl "
	"-n kube-system set env daemonset/aws-node WARM_IP_TARGET=2, or prefix "
	"delegation.  Now: a lower maximum of the group keeps the rest "
	"working; fewer, larger nodes need fewer interfaces.  For good: "
	"larger subnets, or a secondary CIDR.";

/* Of subnets that run dry: those without any address are one line, so are those
 * that have a few left. */
static void
about_subnets(struct store *s, bool empty)
{
	struct buf names;
	struct row *first = NULL;
	int32_t left = 0;
	uint32_t n = 0;

	buf_init(&names, ALARM_TEXT);
	list_each (row, row, &s->shelf[KIND_SUBNET].arrived, queue) {
		const struct subnet *t = row_rec(s, row);

		if (t->free_addresses < 0 || t->free_addresses >= SUBNET_LOW ||
		    (t->free_addresses == 0) != empty)
			continue;
		if (!n++)
			first = row;
		left += t->free_addresses;
		buf_printf(&names, "%s%s (%s)", n > 1 ? ", " : "", t->id,
			   str_or_empty(t->zone));
	}
	if (n)
		alarm_raise(s,
			    &(struct raising){
				    .id = empty ? "addresses/none"
						: "addresses/few",
				    .severity = empty ? SEVERITY_CRIT
						      : SEVERITY_WARN,
				    .why = addresses_help,
				    .subject = row_handle(first) },
			    "%d %s left in %s", left,
			    left == 1 ? "address" : "addresses",
			    buf_text(&names));
	buf_fini(&names);
}

void
alarms_of_machines(struct store *s)
{
	for (size_t i = 0; i < ARRAY_LEN(ailments); i++)
		about_ailment(s, &ailments[i]);
	if (instances_are_news(s))
		list_each (row, g, &s->shelf[KIND_GROUP].arrived, queue)
			about_nodeless(s, g);
	about_left_behind(s);
	about_evictions(s);
	about_subnets(s, true);
	about_subnets(s, false);
}
