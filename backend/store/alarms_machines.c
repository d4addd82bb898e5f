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

static bool
is_not_ready(const struct node *n, const struct node_sum *sum)
{
	(void)n;
	return str_eq(sum->state, "not ready");
}

static bool
lacks_disk(const struct node *n, const struct node_sum *sum)
{
	(void)sum;
	return n->disk_pressure == TRI_TRUE;
}

static bool
lacks_memory(const struct node *n, const struct node_sum *sum)
{
	(void)sum;
	return n->memory_pressure == TRI_TRUE;
}

static const struct ailment {
	const char *id, *one, *many;
	const char *means; /* said of W before the nodes; "" for none */
	bool (*has)(const struct node *n, const struct node_sum *sum);
} ailments[] = {
	{ "not-ready", "is not ready", "are not ready", "", is_not_ready },
	{ "disk", "lacks disk space", "lack disk space",
	  "The kubelet evicts pods, running jobs too, and takes no new ones "
	  "until images are gone.  Larger volumes, or requests of "
	  "ephemeral-storage on the runner.\n",
	  lacks_disk },
	{ "memory", "lacks memory", "lack memory",
	  "The kubelet evicts pods that use more than they asked for.\n",
	  lacks_memory },
};

static void
about_ailment(struct store *s, const struct ailment *a)
{
	struct row *first = NULL;
	uint32_t n = 0;
	struct buf why;
	struct raising r = { .id = a->id, .severity = SEVERITY_WARN };
	const struct node *node;

	buf_init(&why, WHY_LIMIT);
	buf_puts(&why, a->means);
	list_each (row, row, &s->shelf[KIND_NODE].arrived, queue) {
		const struct node_sum *sum = row_sum(s, row);

		node = row_rec(s, row);
		if (!sum || !a->has(node, sum))
			continue;
		if (!n++)
			first = row;
		if (n <= NAMED)
			buf_printf(&why, "%s: %s %s\n", node->meta.name,
				   str_or_empty(node->ready_reason),
				   str_or_empty(node->ready_message));
	}
	if (n) {
		node = row_rec(s, first);
		r.subject = row_handle(first);
		r.why = buf_text(&why);
		if (n == 1)
			alarm_raise(s, &r, "node %s %s", node->meta.name,
				    a->one);
		else
			alarm_raise(s, &r, "%u nodes %s: %s and others", n,
				    a->many, node->meta.name);
	}
	buf_fini(&why);
}

/* ---- instances that are no nodes ---- */

/* Instances are asked for a few times a minute: in a simulation that runs fast
 * the answer is soon too old to say who is late. */
static bool
instances_are_news(const struct store *s)
{
	int64_t age_ms =
		clock_boot_ms(s->clock) - s->source[SOURCE_AWS].good_boot_ms;

	return age_ms * s->world.speed_milli / 1000 < JOIN_MS / 2;
}

static bool
should_be_a_node(const struct store *s, const struct machine *m)
{
	const struct instance *i =
		m->instance && !m->joined ? row_rec(s, m->instance) : NULL;

	return i && str_eq(i->state, "running") && i->launched_ms &&
	       store_world_ms(s) - i->launched_ms > JOIN_MS;
}

static void
about_nodeless(struct store *s, struct row *row)
{
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
			    .severity = SEVERITY_WARN,
			    .since_ms = since_ms,
			    .subject = row_handle(row),
			    .why = "They run and cost, but no kubelet joined: "
				   "look at one's console output, the node "
				   "role's access entry, the image, the way "
				   "to the API server.  The autoscaler "
				   "counts them as coming, then removes "
				   "them.",
		    },
		    "%s: %u of %d instances did not become %s", rec->name, n,
		    g->running, n == 1 ? "a node" : "nodes");
}

/* ---- subnets ---- */

static void
about_subnets(struct store *s)
{
	list_each (row, row, &s->shelf[KIND_SUBNET].arrived, queue) {
		const struct subnet *n = row_rec(s, row);
		char id[RECORD_KEY + 16];

		if (n->free_addresses >= SUBNET_LOW || n->free_addresses < 0)
			continue;
		snprintf(id, sizeof(id), "subnet/%s", n->id);
		alarm_raise(
			s,
			&(struct raising){ .id = id,
					   .severity = n->free_addresses
							       ? SEVERITY_WARN
							       : SEVERITY_CRIT,
					   .subject = row_handle(row) },
			"%s (%s): %d %s left", n->id, str_or_empty(n->zone),
			n->free_addresses,
			n->free_addresses == 1 ? "address" : "addresses");
	}
}

void
alarms_of_machines(struct store *s)
{
	for (size_t i = 0; i < ARRAY_LEN(ailments); i++)
		about_ailment(s, &ailments[i]);
	if (instances_are_news(s))
		list_each (row, g, &s->shelf[KIND_GROUP].arrived, queue)
			about_nodeless(s, g);
	about_subnets(s);
}
