/*
 * Nodes and instances: what stands on a node, what it is part of, its sum.
 */
#include "backend/store/private.h"

#include <stdlib.h>

#include "backend/base/quantity.h"

/* A node that was never ready is booting for at most this long. */
#define BOOTING_MS (15 * MINUTE_MS)

static struct node_row *
node_row_of(struct row *r)
{
	return link_of(r, node_row, row);
}

/* ---- joins ---- */

static void
pods_dirty(struct store *s, struct host *h)
{
	list_each (pod_row, r, &h->pods, in_host)
		row_dirty(s, &r->row);
}

static void
leave_group(struct store *s, struct node_row *r)
{
	if (!r->group)
		return;
	link_off(&r->in_group);
	row_dirty(s, &r->group->row);
	r->group = NULL;
}

/* The instance's group, as the machine knows it now. */
static void
join_group(struct store *s, struct node_row *r)
{
	struct group_row *g = r->machine ? r->machine->group : NULL;

	if (r->group == g)
		return;
	leave_group(s, r);
	r->group = g;
	if (g) {
		list_push(&g->nodes, &r->in_group);
		row_dirty(s, &g->row);
	}
	row_dirty(s, &r->row);
	if (r->host)
		pods_dirty(s, r->host);
}

static void
leave_machine(struct store *s, struct node_row *r)
{
	struct machine *m = r->machine;

	r->machine = NULL;
	if (m && m->node == r)
		m->node = NULL;
	machine_release(s, m);
}

/* Two nodes that claim one instance: the later word counts. */
static void
take_machine(struct store *s, struct node_row *r, struct machine *m)
{
	struct node_row *other = m->node;

	m->node = r;
	m->joined = true;
	r->machine = m;
	if (other) {
		other->machine = NULL;
		join_group(s, other);
		row_dirty(s, &other->row);
	}
}

void
machine_changed(struct store *s, struct machine *m)
{
	if (m->node) {
		join_group(s, m->node);
		row_dirty(s, &m->node->row);
	}
}

static void
put_node(struct store *s, struct row *row, bool first)
{
	struct node_row *r = node_row_of(row);
	const struct node *n = row_rec(s, row);
	const char *id = str_or_empty(n->instance_id);

	if (first) {
		r->host = host_of(s, n->meta.name);
		r->host->node = r;
		list_each (pod_row, p, &r->host->pods, in_host) {
			p->node = row_handle(row);
			row_dirty(s, &p->row);
		}
	}
	if (r->machine && strcmp(r->machine->id, id) != 0)
		leave_machine(s, r);
	if (!r->machine && *id)
		take_machine(s, r, machine_of(s, id));
	join_group(s, r);
	if (r->group)
		row_dirty(s, &r->group->row);
}

/* The node object went: what still ran there was lost with it. */
static void
ended_node(struct store *s, struct row *row)
{
	struct node_row *r = node_row_of(row);
	bool spot = str_eq(node_capacity_type(row_rec(s, row)), "spot");

	list_each (pod_row, p, &r->host->pods, in_host) {
		const struct pod *pod = row_rec(s, &p->row);

		if (pod_is_finished(pod) || pod_is_daemon(pod) ||
		    pod_is_mirror(pod))
			continue;
		p->node_lost = true;
		p->spot_taken = p->spot_taken || spot;
		row_dirty(s, &p->row);
	}
	ops_of(KIND_NODE)->settle(s, row);
	r->host->node = NULL;
	host_release(s, r->host);
	r->host = NULL;
	leave_group(s, r);
	leave_machine(s, r);
	verdict_drop(&r->verdict);
}

static void
forget_node(struct store *s, struct row *row)
{
	struct node_row *r = node_row_of(row);

	if (r->host && r->host->node == r)
		r->host->node = NULL;
	host_release(s, r->host);
	leave_group(s, r);
	leave_machine(s, r);
	link_off(&r->in_ailing);
	verdict_drop(&r->verdict);
}

/* ---- the sum ---- */

static void
saturate(int64_t *sum, int64_t more)
{
	if (!add_checked(sum, more))
		*sum = INT64_MAX;
}

enum { EXT_SUMS = 16 }; /* extended resources of one node shown */

struct adding {
	struct resources total;
	struct resource ext[EXT_SUMS];
	int32_t pods, jobs;
	bool autoscaler, manager, paddock;
};

static void
add_ext(struct adding *a, const struct resource *more)
{
	uint32_t i;

	for (i = 0; i < a->total.ext_n; i++)
		if (strcmp(a->ext[i].name, more->name) == 0)
			break;
	if (i == EXT_SUMS)
		return;
	if (i == a->total.ext_n)
		a->ext[a->total.ext_n++].name = more->name;
	saturate(&a->ext[i].amount, more->amount);
}

static void
add_pod(struct adding *a, const struct pod *p)
{
	if (pod_is_finished(p))
		return;
	a->pods++;
	a->jobs += p->is_job && !p->is_pause;
	a->manager |= p->is_manager;
	a->autoscaler |= pod_is_autoscaler(p);
	a->paddock |= pod_is_paddock(p);
	saturate(&a->total.cpu_mcpu, p->requests.cpu_mcpu);
	saturate(&a->total.memory_bytes, p->requests.memory_bytes);
	saturate(&a->total.ephemeral_bytes, p->requests.ephemeral_bytes);
	for (uint32_t i = 0; i < p->requests.ext_n; i++)
		add_ext(a, &p->requests.ext[i]);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct resource *)a)->name,
		      ((const struct resource *)b)->name);
}

static int64_t
share_milli(int64_t part, int64_t whole)
{
	if (whole <= 0)
		return -1;
	return part > INT64_MAX / 1000 ? INT32_MAX : part * 1000 / whole;
}

static const char *
state_of(const struct store *s, const struct row *row, const struct node *n)
{
	if (row->ended)
		return "gone";
	if (node_taint(n, TAINT_TO_BE_DELETED))
		return "draining";
	if (n->meta.deleted_ms)
		return "deleting";
	/* Ready to Kubernetes, not to Cluster Autoscaler (reference 6.2). */
	if (n->disk_pressure == TRI_TRUE)
		return "disk pressure";
	if (n->memory_pressure == TRI_TRUE)
		return "memory pressure";
	if (n->pid_pressure == TRI_TRUE)
		return "pid pressure";
	if (!node_is_ready(n)) {
		int64_t age = store_world_ms(s) - n->meta.created_ms;

		return age < BOOTING_MS ? "booting" : "not ready";
	}
	return n->unschedulable ? "cordoned" : "ready";
}

static bool
has_user_taint(const struct node *n)
{
	for (uint32_t i = 0; i < n->taint_n; i++) {
		const struct taint *t = &n->taints[i];

		if ((t->effect == TAINT_NO_SCHEDULE ||
		     t->effect == TAINT_NO_EXECUTE) &&
		    !str_has_prefix(t->key, "node.kubernetes.io/") &&
		    !str_has_prefix(t->key, "node.cloudprovider.") &&
		    strcmp(t->key, TAINT_TO_BE_DELETED) != 0)
			return true;
	}
	return false;
}

/* How many more pods of the usual job's shape the node takes. */
static int64_t
room_for_jobs(const struct store *s, const struct node *n,
	      const struct adding *a)
{
	int64_t cpu = n->allocatable.cpu_mcpu - a->total.cpu_mcpu;
	int64_t memory = n->allocatable.memory_bytes - a->total.memory_bytes;
	int64_t fits = n->allocatable.pods - a->pods;

	if (s->shape_cpu_mcpu > 0 && cpu / s->shape_cpu_mcpu < fits)
		fits = cpu / s->shape_cpu_mcpu;
	if (s->shape_memory_bytes > 0 && memory / s->shape_memory_bytes < fits)
		fits = memory / s->shape_memory_bytes;
	return fits > 0 ? fits : 0;
}

static uint8_t
ailments_of(const struct node *n, const struct node_sum *sum)
{
	int ails = 0;

	if (strcmp(sum->state, "not ready") == 0)
		ails |= AILS_NOT_READY;
	if (n->disk_pressure == TRI_TRUE)
		ails |= AILS_DISK;
	if (n->memory_pressure == TRI_TRUE)
		ails |= AILS_MEMORY;
	if (node_taint(n, TAINT_TO_BE_DELETED))
		ails |= AILS_MARKED;
	return (uint8_t)ails;
}

/* Alarms look at those alone that ail. */
static void
note_ailments(struct store *s, struct node_row *r, uint8_t ails)
{
	r->ails = ails;
	if (!ails)
		link_off(&r->in_ailing);
	else if (!link_is_on(&r->in_ailing))
		list_push(&s->ailing, &r->in_ailing);
}

/* Keeps what the group adds up; true when any of it changed. */
static bool
remember(struct store *s, struct node_row *r, const struct node *n,
	 const struct adding *a)
{
	struct node_row was = *r;

	r->cpu_mcpu = a->total.cpu_mcpu;
	r->memory_bytes = a->total.memory_bytes;
	r->pods = a->pods;
	r->jobs = a->jobs;
	r->ready = node_is_ready(n);
	r->guarded = a->autoscaler || a->manager || a->paddock;
	r->guarded_tainted = r->guarded && has_user_taint(n);
	r->spot = str_eq(node_capacity_type(n), "spot");
	r->fits = r->ready && !n->unschedulable && !r->guarded_tainted
			  ? room_for_jobs(s, n, a)
			  : 0;
	return was.cpu_mcpu != r->cpu_mcpu ||
	       was.memory_bytes != r->memory_bytes || was.pods != r->pods ||
	       was.jobs != r->jobs || was.ready != r->ready ||
	       was.guarded != r->guarded || was.spot != r->spot ||
	       was.guarded_tainted != r->guarded_tainted ||
	       was.fits != r->fits;
}

static void
settle_node(struct store *s, struct row *row)
{
	struct node_row *r = node_row_of(row);
	const struct node *n = row_rec(s, row);
	const struct node_sum *before = row_sum(s, row);
	const struct verdict *v = said(r->verdict);
	struct adding a = { 0 };
	struct node_sum *sum;
	int64_t cpu, memory;

	if (row->ended && before && !r->host)
		return; /* its last sum is the evidence */
	if (r->host)
		list_each (pod_row, p, &r->host->pods, in_host)
			add_pod(&a, row_rec(s, &p->row));
	qsort(a.ext, a.total.ext_n, sizeof(*a.ext), by_name);
	if (remember(s, r, n, &a) && r->group)
		row_dirty(s, &r->group->row);

	sum = seal_begin(s->seal, sizeof(*sum));
	sum->instance = row_handle(r->machine ? r->machine->instance : NULL);
	sum->group = row_handle(r->group ? &r->group->row : NULL);
	sum->requests = a.total;
	if (a.total.ext_n) {
		struct resource *ext =
			seal_array(s->seal, &sum->requests.ext, a.total.ext_n,
				   sizeof(*ext));

		for (uint32_t i = 0; i < a.total.ext_n; i++) {
			ext[i].amount = a.ext[i].amount;
			seal_known(s->seal, &ext[i].name, a.ext[i].name,
				   strlen(a.ext[i].name));
		}
	}
	sum->requests.pods = a.pods;
	sum->requests.has = HAS_CPU | HAS_MEMORY | HAS_EPHEMERAL | HAS_PODS;
	sum->pods = a.pods;
	sum->jobs = a.jobs;
	cpu = share_milli(a.total.cpu_mcpu, n->allocatable.cpu_mcpu);
	memory = share_milli(a.total.memory_bytes, n->allocatable.memory_bytes);
	sum->util_milli = (int32_t)(cpu > memory ? cpu : memory);
	sum->cpu_used_mcpu = usage_mcpu(&r->usage);
	sum->memory_used_bytes = usage_bytes(&r->usage);
	sum->has_autoscaler = a.autoscaler;
	sum->has_manager = a.manager;
	sum->has_paddock = a.paddock;
	sum->state = state_of(s, row, n); /* static text needs no seal */
	note_ailments(s, r, row->ended ? 0 : ailments_of(n, sum));
	seal_text(s->seal, &sum->blocker, str_or_empty(v->reason));
	seal_text(s->seal, &sum->blocked_by, str_or_empty(v->detail));
	sum->unneeded_since_ms = v->since_ms;
	shelf_set_sum(&s->shelf[KIND_NODE], row,
		      record_seal(s->seal, KIND_NODE));
}

const struct row_ops node_ops = {
	.bytes = sizeof(struct node_row),
	.keeps_ended = true,
	.put = put_node,
	.ended = ended_node,
	.forget = forget_node,
	.settle = settle_node,
};

/* ---- instances ---- */

struct instance_row {
	struct row row;
	struct machine *machine;
};

static void
put_instance(struct store *s, struct row *row, bool first)
{
	struct instance_row *r = link_of(row, instance_row, row);
	const struct instance *i = row_rec(s, row);

	if (first) {
		r->machine = machine_of(s, i->id);
		r->machine->instance = row;
	}
	machine_changed(s, r->machine);
}

static void
forget_instance(struct store *s, struct row *row)
{
	struct instance_row *r = link_of(row, instance_row, row);

	r->machine->instance = NULL;
	machine_changed(s, r->machine);
	machine_release(s, r->machine);
}

const struct row_ops instance_ops = {
	.bytes = sizeof(struct instance_row),
	.put = put_instance,
	.forget = forget_instance,
};
