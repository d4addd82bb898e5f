/*
 * Pods and nodes described.
 */
#include "backend/control/describe.h"

#include <inttypes.h>
#include <stdio.h>

#include "backend/base/quantity.h"
#include "backend/model/cloud.h"
#include "backend/model/gitlab.h"
#include "backend/model/node.h"
#include "backend/model/pod.h"

static const char *const state_names[] = { "<none>", "Waiting", "Running",
					   "Terminated" };
static const char *const role_names[] = { "container", "init container",
					  "sidecar" };

static void
write_resources(const struct describing *d, const char *name,
		const struct resources *r)
{
	char cpu[QUANTITY_TEXT], memory[QUANTITY_TEXT];

	if (!r->has && !r->ext_n)
		return;
	buf_printf(d->out, "    %s:", name);
	if (r->has & HAS_CPU)
		buf_printf(d->out, " cpu %s",
			   quantity_format_mcpu(r->cpu_mcpu, cpu));
	if (r->has & HAS_MEMORY)
		buf_printf(d->out, " memory %s",
			   quantity_format_bytes(r->memory_bytes, memory));
	for (uint32_t i = 0; i < r->ext_n; i++)
		buf_printf(d->out, " %s %" PRId64, r->ext[i].name,
			   r->ext[i].amount);
	buf_putc(d->out, '\n');
}

static void
write_container(const struct describing *d, const struct pod *p,
		const struct container *c)
{
	int64_t started_ms = pod_container_started_ms(p, c);
	char age[TIME_TEXT];

	buf_printf(d->out, "  %s (%s)\n    Image: %s\n    State: %s",
		   c->name, role_names[c->role % 3], str_or_empty(c->image),
		   state_names[c->state % 4]);
	if (*str_or_empty(c->reason))
		buf_printf(d->out, ", %s", c->reason);
	if (*str_or_empty(c->message))
		buf_printf(d->out, ": %s", c->message);
	if (c->state == CONTAINER_TERMINATED)
		buf_printf(d->out, ", exit code %d", c->exit_code);
	if (started_ms)
		buf_printf(d->out, ", started %s ago",
			   age_format(d->now_ms - started_ms, age));
	buf_printf(d->out, "\n    Ready: %s, %d restarts",
		   c->ready ? "yes" : "no", c->restarts);
	if (*str_or_empty(c->last_reason))
		buf_printf(d->out, ", before that: %s, exit code %d",
			   c->last_reason, c->last_exit_code);
	buf_putc(d->out, '\n');
	write_resources(d, "Requests", &c->requests);
	if (c->limits)
		write_resources(d, "Limits", c->limits);
}

static void
pod_joins(const struct describing *d, const struct pod_sum *sum)
{
	const struct job *j = snapshot_rec(d->snap, sum->job);
	const struct group *g = snapshot_rec(d->snap, sum->group);
	const struct runner *u = snapshot_rec(d->snap, sum->runner);
	char age[TIME_TEXT];

	describe_field(d, "Phase", "%s for %s%s%s",
		       phase_name((enum phase)sum->phase),
		       age_format(d->now_ms - sum->phase_since_ms, age),
		       *str_or_empty(sum->why) ? ": " : "",
		       str_or_empty(sum->why));
	if (j)
		describe_field(d, "Job", "%" PRId64 " %s %s", j->id,
			       str_or_empty(j->project),
			       str_or_empty(j->name));
	if (u)
		describe_field(d, "Runner", "%s",
			       str_or_empty(u->description));
	if (g)
		describe_field(d, "Group", "%s", g->name);
}

static void
write_tolerations(const struct describing *d, const struct pod *p)
{
	for (uint32_t i = 0; i < p->toleration_n; i++) {
		const struct toleration *t = &p->tolerations[i];

		describe_field(d, i ? " " : "Tolerations", "%s%s%s:%s%s",
			       *str_or_empty(t->key) ? t->key : "<any>",
			       t->exists ? " exists" : "=",
			       t->exists ? "" : str_or_empty(t->value),
			       t->effect == TAINT_ANY
				       ? "<any>"
				       : taint_effect_name(
						 (enum taint_effect)t->effect),
			       t->seconds >= 0 ? " for a time" : "");
	}
}

void
describe_pod(const struct describing *d)
{
	const struct pod *p = (const void *)d->slot->rec;
	char status[64];

	describe_meta(d, &p->meta);
	if (d->slot->sum)
		pod_joins(d, (const void *)d->slot->sum);
	describe_field(d, "Status", "%s",
		       pod_status_text(p, status, sizeof(status)));
	if (*str_or_empty(p->reason))
		describe_field(d, "Reason", "%s: %s", p->reason,
			       str_or_empty(p->message));
	describe_field(d, "Node", "%s", str_or_empty(p->node_name));
	describe_field(d, "IP", "%s", str_or_empty(p->pod_ip));
	describe_time(d, "Started", p->started_ms);
	describe_field(d, "Priority", "%d %s", p->priority,
		       str_or_empty(p->priority_class));
	describe_field(d, "Service Account", "%s",
		       str_or_empty(p->service_account));
	describe_labels(d, "Node-Selectors", &p->node_selector);
	write_tolerations(d, p);
	describe_field(d, "Conditions", "%s%s%s%s",
		       p->scheduled ? "PodScheduled " : "",
		       p->initialized ? "Initialized " : "",
		       p->containers_ready ? "ContainersReady " : "",
		       p->ready ? "Ready" : "");
	if (*str_or_empty(p->scheduled_message))
		describe_field(d, "Scheduler", "%s: %s",
			       str_or_empty(p->scheduled_reason),
			       p->scheduled_message);
	buf_puts(d->out, "Containers:\n");
	for (uint32_t i = 0; i < p->container_n; i++)
		write_container(d, p, &p->containers[i]);
	describe_events(d, "Pod", &p->meta);
}

/* ---- nodes ---- */

static const char *
tri(uint8_t value)
{
	return value == TRI_TRUE ? "True" : value == TRI_FALSE ? "False"
							       : "Unknown";
}

static void
node_conditions(const struct describing *d, const struct node *n)
{
	describe_field(d, "Ready", "%s  %s: %s", tri(n->ready),
		       str_or_empty(n->ready_reason),
		       str_or_empty(n->ready_message));
	describe_time(d, "  since", n->ready_ms);
	describe_field(d, "MemoryPressure", "%s", tri(n->memory_pressure));
	describe_field(d, "DiskPressure", "%s", tri(n->disk_pressure));
	describe_field(d, "PIDPressure", "%s", tri(n->pid_pressure));
}

static void
node_amounts(const struct describing *d, const struct node *n,
	     const struct node_sum *sum)
{
	char a[QUANTITY_TEXT], b[QUANTITY_TEXT], c[QUANTITY_TEXT];

	describe_field(d, "Capacity", "cpu %s, memory %s, pods %" PRId64,
		       quantity_format_mcpu(n->capacity.cpu_mcpu, a),
		       quantity_format_bytes(n->capacity.memory_bytes, b),
		       n->capacity.pods);
	describe_field(d, "Allocatable", "cpu %s, memory %s, pods %" PRId64,
		       quantity_format_mcpu(n->allocatable.cpu_mcpu, a),
		       quantity_format_bytes(n->allocatable.memory_bytes, b),
		       n->allocatable.pods);
	if (sum)
		describe_field(d, "Requested",
			       "cpu %s, memory %s, pods %d (%s%%)",
			       quantity_format_mcpu(sum->requests.cpu_mcpu, a),
			       quantity_format_bytes(
				       sum->requests.memory_bytes, b),
			       sum->pods,
			       sum->util_milli < 0
				       ? "?"
				       : (snprintf(c, sizeof(c), "%d",
						   sum->util_milli / 10),
					  c));
}

static void
node_pods(const struct describing *d)
{
	const struct slot *slot;
	char cpu[QUANTITY_TEXT], memory[QUANTITY_TEXT], status[64];

	buf_puts(d->out, "Pods:\n");
	for (uint32_t i = 0;
	     (slot = snapshot_next(d->snap, KIND_POD, &i, NULL));) {
		const struct pod *p = (const void *)slot->rec;
		const struct pod_sum *sum = (const void *)slot->sum;

		if (slot->ended || !sum || !handle_eq(sum->node, d->handle))
			continue;
		buf_printf(d->out, "  %s/%s  cpu %s, memory %s  %s\n",
			   p->meta.ns, p->meta.name,
			   quantity_format_mcpu(p->requests.cpu_mcpu, cpu),
			   quantity_format_bytes(p->requests.memory_bytes,
						 memory),
			   pod_status_text(p, status, sizeof(status)));
	}
}

void
describe_node(const struct describing *d)
{
	const struct node *n = (const void *)d->slot->rec;
	const struct node_sum *sum = (const void *)d->slot->sum;
	const struct group *g = sum ? snapshot_rec(d->snap, sum->group) : NULL;

	describe_meta(d, &n->meta);
	if (sum)
		describe_field(d, "State", "%s, %d jobs", sum->state,
			       sum->jobs);
	describe_field(d, "Group", "%s", g ? g->name : "");
	describe_field(d, "Provider ID", "%s", str_or_empty(n->provider_id));
	describe_field(d, "Type", "%s, %s, %s", node_instance_type(n),
		       node_zone(n), node_capacity_type(n));
	for (uint32_t i = 0; i < n->taint_n; i++)
		describe_field(d, i ? " " : "Taints", "%s=%s:%s",
			       n->taints[i].key,
			       str_or_empty(n->taints[i].value),
			       taint_effect_name(
				       (enum taint_effect)n->taints[i].effect));
	describe_field(d, "Unschedulable", "%s",
		       n->unschedulable ? "true" : "false");
	node_conditions(d, n);
	describe_field(d, "Addresses", "%s %s %s",
		       str_or_empty(n->internal_ip),
		       str_or_empty(n->external_ip),
		       str_or_empty(n->hostname));
	node_amounts(d, n, sum);
	if (sum && *str_or_empty(sum->blocker))
		describe_field(d, "Scale-down", "blocked: %s %s",
			       sum->blocker, str_or_empty(sum->blocked_by));
	describe_field(d, "System", "%s, %s, kubelet %s, %s",
		       str_or_empty(n->os_image), str_or_empty(n->kernel),
		       str_or_empty(n->kubelet_version),
		       str_or_empty(n->runtime));
	node_pods(d);
	describe_events(d, "Node", &n->meta);
}
