/*
 * Where a pod stands, since when, and why: from its conditions, its containers'
 * waiting reasons, and the events that alone tell of pulls and addresses.
 * Facts: reference integrations A5, H.
 */
#include "backend/store/private.h"

#include <stdio.h>

/* Waiting reasons with which an image never comes by itself. */
static const char *const image_faults[] = {
	"ErrImagePull", "ImagePullBackOff", "InvalidImageName",
	"ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable",
};

/* Pod reasons that mean "the cluster ended it". */
static const char *const cluster_reasons[] = {
	"Evicted", "NodeLost", "NodeShutdown", "Shutdown", "Terminated",
	"NodeAffinity", "Preempting", "Preempted", "UnexpectedAdmissionError",
	"OutOfcpu", "OutOfmemory", "OutOfpods",
};

static bool
is_one_of(const char *text, const char *const *list, size_t n)
{
	for (size_t i = 0; text && i < n; i++)
		if (strcmp(text, list[i]) == 0)
			return true;
	return false;
}

static const struct container *
image_fault(const struct pod *p)
{
	for (uint32_t i = 0; i < p->container_n; i++) {
		const struct container *c = &p->containers[i];

		if (c->state == CONTAINER_WAITING &&
		    is_one_of(c->reason, image_faults,
			      ARRAY_LEN(image_faults)))
			return c;
	}
	return NULL;
}

/* The first container that ended badly: the script's before a service's. */
static const struct container *
failed_container(const struct pod *p)
{
	const struct container *found = NULL;

	for (uint32_t i = 0; i < p->container_n; i++) {
		const struct container *c = &p->containers[i];

		if (c->state != CONTAINER_TERMINATED || c->exit_code == 0)
			continue;
		if (!found || str_eq(c->name, "build"))
			found = c;
	}
	return found;
}

static bool
any_container(const struct pod *p, enum container_state state,
	      bool apps_only)
{
	for (uint32_t i = 0; i < p->container_n; i++) {
		const struct container *c = &p->containers[i];

		if (c->state == state &&
		    (!apps_only || c->role == CONTAINER_APP))
			return true;
	}
	return false;
}

bool
pod_is_autoscaler(const struct pod *p)
{
	static const char *const keys[] = { "app.kubernetes.io/name", "app",
					    "k8s-app" };

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const char *v = labels_get(&p->meta.labels, keys[i]);

		if (str_eq(v, "cluster-autoscaler") ||
		    str_eq(v, "aws-cluster-autoscaler"))
			return true;
	}
	for (uint32_t i = 0; i < p->container_n; i++)
		if (p->containers[i].image &&
		    strstr(p->containers[i].image, "/cluster-autoscaler"))
			return true;
	return false;
}

bool
pod_is_paddock(const struct pod *p)
{
	return str_eq(labels_get(&p->meta.labels, "app.kubernetes.io/name"),
		      "paddock");
}

/* ---- phase ---- */

static enum phase
pending_phase(const struct pod *p, const struct pod_row *r)
{
	if (!*str_or_empty(p->node_name))
		return PHASE_UNSCHEDULED;
	if (image_fault(p))
		return PHASE_PULLING;
	/* The sandbox comes first: without an address nothing is pulled. */
	if (r->no_address_ms && !*str_or_empty(p->pod_ip) &&
	    r->no_address_ms >= r->pull_word_ms)
		return PHASE_NO_ADDRESS;
	if (r->pulling)
		return PHASE_PULLING;
	if (any_container(p, CONTAINER_RUNNING, false) ||
	    any_container(p, CONTAINER_TERMINATED, false) ||
	    (r->pull_word_ms && !r->pulling))
		return PHASE_STARTING;
	return PHASE_SCHEDULED;
}

/* How a pod that is no more ended, as far as it can be known. */
static enum phase
final_phase(const struct pod *p, const struct pod_row *r)
{
	if (r->lost != LOST_NOT)
		return PHASE_LOST;
	if (p->phase == POD_SUCCEEDED)
		return PHASE_SUCCEEDED;
	if (p->phase == POD_FAILED || failed_container(p))
		return PHASE_FAILED;
	/* Runners delete the pod of a finished job while it still runs; only
	 * GitLab knows how the job ended. */
	return PHASE_UNKNOWN;
}

enum phase
pod_phase_now(const struct pod *p, const struct pod_row *r)
{
	if (r->row.ended || pod_is_finished(p))
		return final_phase(p, r);
	if (p->meta.deleted_ms)
		return PHASE_ENDING;
	switch (p->phase) {
	case POD_PENDING:
		return pending_phase(p, r);
	case POD_RUNNING:
		return any_container(p, CONTAINER_RUNNING, true)
			       ? PHASE_RUNNING
			       : PHASE_STARTING;
	default:
		/* No status yet, or a kubelet that went silent. */
		return *str_or_empty(p->node_name) ? PHASE_UNKNOWN
						   : PHASE_UNSCHEDULED;
	}
}

static int64_t
apps_started_ms(const struct pod *p)
{
	int64_t last = 0;

	for (uint32_t i = 0; i < p->container_n; i++) {
		const struct container *c = &p->containers[i];

		int64_t at_ms = pod_container_started_ms(p, c);

		if (c->role == CONTAINER_APP && at_ms > last)
			last = at_ms;
	}
	return last;
}

/* deletionTimestamp is when the grace is over. */
static int64_t
asked_to_go_ms(const struct pod *p)
{
	int64_t at_ms = p->meta.deleted_ms -
			(p->grace_s > 0 ? p->grace_s * 1000 : 0);

	return at_ms > p->meta.created_ms ? at_ms : p->meta.created_ms;
}

int64_t
pod_phase_since(const struct pod *p, const struct pod_row *r,
		enum phase phase)
{
	switch (phase) {
	case PHASE_UNSCHEDULED:
		return p->meta.created_ms;
	case PHASE_SCHEDULED:
		return p->scheduled_ms;
	case PHASE_NO_ADDRESS:
		return p->scheduled_ms;
	case PHASE_PULLING:
		return r->pulling ? r->pull_word_ms : p->scheduled_ms;
	case PHASE_RUNNING:
		return p->ready_ms && p->ready ? p->ready_ms
					       : apps_started_ms(p);
	case PHASE_ENDING:
		return asked_to_go_ms(p);
	default:
		return 0;
	}
}

/* ---- lost, and by what ---- */

/* The runner's own patience when its configuration is not known (A5). */
#define POLL_TIMEOUT_MS ((int64_t)180 * 1000)

/* A job's pod that had to go before it ran: did the runner give up, or was the
 * job cancelled? */
static enum lost
gave_up(const struct pod_row *r, const struct pod *p, int64_t world_ms)
{
	const struct runner_row *runner = r->crew ? r->crew->runner : NULL;
	int64_t patience = runner && runner->poll_timeout_ms > 0
				   ? runner->poll_timeout_ms
				   : POLL_TIMEOUT_MS;
	int64_t waited = world_ms - p->meta.created_ms;

	if (waited < patience * 9 / 10)
		return LOST_NOT;
	return r->pulling ? LOST_IMAGE : LOST_OTHER;
}

/* GitLab calls it a failure of the script, so nobody looks at the limit. */
static bool
ran_out_of_memory(const struct pod *p)
{
	const struct container *c = failed_container(p);

	return c && str_eq(c->reason, "OOMKilled");
}

/* Nobody evicted it: its node was not there any more. */
static bool
node_went_away(const struct pod *p)
{
	return str_eq(p->disruption_reason, "DeletionByPodGC") ||
	       str_eq(p->disruption_reason, "DeletionByTaintManager");
}

enum lost
pod_lost(const struct pod *p, const struct pod_row *r, int64_t world_ms)
{
	bool over = r->row.ended || pod_is_finished(p) || p->meta.deleted_ms;

	if (!over)
		return LOST_NOT;
	/* Its job was running: also a container that ends well on SIGTERM has
	 * not done what it was for. */
	if (p->disruption_target && p->is_job && !p->is_pause)
		return r->spot_taken	   ? LOST_SPOT
		       : node_went_away(p) ? LOST_OTHER
					   : LOST_EVICTED;
	if (p->phase == POD_SUCCEEDED)
		return LOST_NOT;
	if (p->is_job && ran_out_of_memory(p))
		return LOST_MEMORY;
	if (str_eq(p->reason, "Evicted"))
		return LOST_EVICTED;
	if (r->node_lost || p->disruption_target ||
	    is_one_of(p->reason, cluster_reasons, ARRAY_LEN(cluster_reasons)))
		return r->spot_taken ? LOST_SPOT : LOST_OTHER;
	if (image_fault(p))
		return LOST_IMAGE;
	if (p->is_job && p->phase == POD_PENDING && !r->running_ms)
		return gave_up(r, p, world_ms);
	return LOST_NOT;
}

/* ---- why ---- */

static void
why_lost(const struct pod *p, const struct pod_row *r, char *out, size_t room)
{
	if (r->node_lost)
		snprintf(out, room, "%s node %s went away under it",
			 r->spot_taken ? "spot" : "its", p->node_name);
	else if (r->lost == LOST_MEMORY)
		snprintf(out, room, "over its memory limit: container %s",
			 failed_container(p)->name);
	else if (p->disruption_target && node_went_away(p))
		snprintf(out, room, "its node went away under it (%s)",
			 p->disruption_reason);
	else if (p->disruption_target)
		snprintf(out, room, "%s%s",
			 r->spot_taken ? "its spot node was wanted back: "
				       : "disrupted: ",
			 str_or_empty(p->disruption_reason));
	else if (*str_or_empty(p->reason))
		snprintf(out, room, "%s: %s", p->reason,
			 str_or_empty(p->message));
	else if (image_fault(p))
		snprintf(out, room, "the image never came: %s",
			 str_or_empty(image_fault(p)->reason));
	else
		snprintf(out, room, "deleted before it ran%s%s",
			 r->warning ? "; " : "", str_or_empty(r->warning));
}

static void
why_failed(const struct pod *p, char *out, size_t room)
{
	const struct container *c = failed_container(p);

	if (c && *str_or_empty(c->reason) &&
	    strcmp(c->reason, "Error") != 0)
		snprintf(out, room, "container %s: %s (exit %d)", c->name,
			 c->reason, c->exit_code);
	else if (c)
		snprintf(out, room, "container %s: exit %d", c->name,
			 c->exit_code);
	else
		snprintf(out, room, "%s%s%s", str_or_empty(p->reason),
			 *str_or_empty(p->message) ? ": " : "",
			 str_or_empty(p->message));
}

void
pod_why(const struct pod *p, const struct pod_row *r, enum phase phase,
	char *out, size_t room)
{
	const struct container *c;

	out[0] = '\0';
	switch (phase) {
	case PHASE_UNSCHEDULED:
		if (said(r->verdict)->reason)
			snprintf(out, room, "%s", said(r->verdict)->reason);
		else if (p->gated)
			snprintf(out, room, "held by a scheduling gate");
		else if (*str_or_empty(p->scheduled_message))
			snprintf(out, room, "%s", p->scheduled_message);
		else
			snprintf(out, room, "the scheduler has not seen it");
		break;
	case PHASE_NO_ADDRESS:
		snprintf(out, room, "no pod address: %s",
			 str_or_empty(r->warning));
		break;
	case PHASE_PULLING:
		c = image_fault(p);
		if (c)
			snprintf(out, room, "%s: %s", c->reason,
				 *str_or_empty(c->message) ? c->message
							   : c->image);
		else
			snprintf(out, room, "pulling its image");
		break;
	case PHASE_SCHEDULED:
	case PHASE_STARTING:
		snprintf(out, room, "%s", str_or_empty(r->warning));
		break;
	case PHASE_ENDING:
		if (r->lost != LOST_NOT)
			why_lost(p, r, out, room);
		else
			snprintf(out, room, "being deleted");
		break;
	case PHASE_FAILED:
		why_failed(p, out, room);
		break;
	case PHASE_LOST:
		why_lost(p, r, out, room);
		break;
	case PHASE_UNKNOWN:
		snprintf(out, room, "%s",
			 r->row.ended ? "deleted; its result is GitLab's to say"
				      : "its node does not report");
		break;
	default:
		break;
	}
}
