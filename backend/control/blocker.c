/*
 * What keeps a node, in words.
 */
#include "backend/control/blocker.h"

#include "backend/base/clock.h"

struct words {
	const char *name, *means, *clears;
};

/* Why a node stays (reference 5.12). */
static const struct words blockers[] = {
	{ "ScaleDownDisabledAnnotation", "an annotation forbids it",
	  "take cluster-autoscaler.kubernetes.io/scale-down-disabled off the "
	  "node" },
	{ "ScaleDownUnreadyDisabled", "not ready, and such nodes are kept",
	  "scale-down-unready-enabled in the policy" },
	{ "NotAutoscaled", "its group is not managed", "" },
	{ "NotUnneededLongEnough", "not needed for",
	  "time" },
	{ "NotUnreadyLongEnough", "not ready for",
	  "time" },
	{ "NodeGroupMinSizeReached", "its group is at its minimum",
	  "lower the group's minimum (m on the group: min=N)" },
	{ "NodeGroupMaxDeletionCountReached",
	  "other nodes of its group go first", "time" },
	{ "MinimalResourceLimitExceeded",
	  "the cluster would fall below its minimum of resources",
	  "the limits in the policy" },
	{ "CurrentlyBeingDeleted", "it is being removed already", "time" },
	{ "NotUnderutilized", "in use", "fewer or smaller pods on it" },
	{ "NotUnneededOtherReason", "something else keeps it", "" },
	{ "RecentlyUnremovable", "could not be removed a moment ago",
	  "time: it is tried again within minutes" },
	{ "NoPlaceToMovePods", "its pods fit nowhere else",
	  "room on other nodes" },
	{ "BlockedByPod", "a pod on it must not be moved",
	  "that pod's end, or its annotations" },
	{ "BlockedByOnCompletionPod", "a pod on it is left to finish",
	  "that pod's end" },
	{ "UnexpectedError", "an error stopped the decision", "" },
	{ "NoNodeInfo", "nothing is known of it yet", "time" },
	{ "Held", "its group is held by a person",
	  "the hold's end, or taking it off" },
	{ "Protected", "it carries what must not be moved",
	  "moving that elsewhere; by hand only after typing its name" },
};

/* Why a pod must not be moved: the drain rules' names (reference 5.6). */
static const struct words rules[] = {
	{ "NotSafeToEvictAnnotation", "its annotation says safe-to-evict "
	  "false", "take safe-to-evict=false off the pod" },
	{ "LocalStorageRequested", "it keeps data on the node",
	  "safe-to-evict-local-volumes on the pod, or "
	  "skip-nodes-with-local-storage=false in the policy" },
	{ "UnmovableKubeSystemPod", "a system pod without a disruption budget",
	  "a PodDisruptionBudget for it, or safe-to-evict=true on it" },
	{ "NotReplicated", "nothing would start it again",
	  "its end, or safe-to-evict=true on it" },
	{ "NotEnoughPdb", "its disruption budget allows none now",
	  "more ready replicas, or a wider PodDisruptionBudget" },
	{ "ControllerNotFound", "its controller is gone",
	  "delete the pod: nobody owns it" },
	{ "MinReplicasReached", "its controller has too few replicas",
	  "more replicas" },
	{ "JobRunning", "a CI job runs in it",
	  "the job's end; cordon the node and no other follows" },
};

static const struct words *
find(const struct words *at, size_t n, const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(at[i].name) == len &&
		    memcmp(at[i].name, name, len) == 0)
			return &at[i];
	return NULL;
}

static const struct words *
blocker_named(const char *name, size_t len)
{
	return find(blockers, ARRAY_LEN(blockers), name, len);
}

/* What a node's blocker is made of. */
struct parts {
	const struct words *blocker, *rule;
	const char *by;	    /* the rest: a pod, numbers */
	size_t by_len;	    /* without the rule's name */
	bool lately;	    /* found out at an earlier decision */
};

/* "ns/pod: NotEnoughPdb" or "ns/pod: JobRunning, up to 12m left". */
static void
split_rule(struct parts *p)
{
	const char *colon = strstr(p->by, ": ");
	size_t len;

	if (!colon)
		return;
	len = strcspn(colon + 2, ",");
	p->rule = find(rules, ARRAY_LEN(rules), colon + 2, len);
	if (p->rule)
		p->by_len = (size_t)(colon - p->by);
}

static struct parts
take_apart(const struct plan_node *n)
{
	struct parts p = { .by = str_or_empty(n->by) };
	const struct words *inner;
	size_t len;

	p.blocker = blocker_named(n->blocked, strlen(n->blocked));
	if (strcmp(n->blocked, "RecentlyUnremovable") == 0) {
		len = strcspn(p.by, ":");
		inner = blocker_named(p.by, len);
		if (inner) {
			p.lately = true;
			p.blocker = inner;
			p.by += len;
			p.by += strspn(p.by, ": ");
		}
	}
	p.by_len = strlen(p.by);
	split_rule(&p);
	return p;
}

/* "not needed for 4m of 10m": one phrase. */
static bool
is_a_time(const struct parts *p)
{
	return p->blocker && strstr(p->blocker->name, "LongEnough");
}

void
blocker_text(const struct plan_node *n, struct buf *out)
{
	struct parts p;

	if (!*str_or_empty(n->blocked))
		return;
	p = take_apart(n);
	if (p.rule)
		buf_printf(out, "%s: %.*s%s", p.rule->means, (int)p.by_len,
			   p.by, p.by + p.by_len + 2 + strlen(p.rule->name));
	else
		buf_printf(out, "%s%s%.*s",
			   p.blocker ? p.blocker->means : n->blocked,
			   !p.by_len	     ? ""
			   : is_a_time(&p) ? " "
					   : ": ",
			   (int)p.by_len, p.by);
	if (p.lately)
		buf_puts(out, " (found lately)");
}

/* "4m of 10m": when the rest is over. */
static bool
clears_at(const struct plan_node *n, struct buf *out)
{
	const char *of = strstr(str_or_empty(n->by), " of ");
	char at[TIME_TEXT];
	int64_t limit_ms;

	if (!n->unneeded_since_ms || !of || !duration_parse(of + 4, &limit_ms))
		return false;
	buf_printf(out, "time: at %s",
		   time_format_hms(n->unneeded_since_ms + limit_ms, at));
	return true;
}

void
blocker_clears(const struct plan_node *n, struct buf *out)
{
	struct parts p;

	if (!*str_or_empty(n->blocked))
		return;
	p = take_apart(n);
	if (is_a_time(&p) && clears_at(n, out))
		return;
	if (p.rule)
		buf_puts(out, p.rule->clears);
	else if (p.blocker)
		buf_puts(out, p.blocker->clears);
	if (p.lately && out->len)
		buf_puts(out, "; tried again within minutes");
}
