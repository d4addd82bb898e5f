/*
 * The metric of taints by what they mean to upstream (reference 6.3, 8.4).
 */
#include "backend/control/monitor_parts.h"

#include "backend/engine/nodes.h"
#include "backend/model/node.h"

#define IGNORED "ignore-taint.cluster-autoscaler.kubernetes.io/"

/* Those that pass are told by their own keys, the others by what they mean. */
enum { IS_IGNORED = PASSING_TAINTS, IS_STARTUP, IS_STATUS, IS_OTHER, TYPES };

static size_t
type_of(const struct policy *p, const char *key)
{
	if (str_has_prefix(key, IGNORED))
		return IS_IGNORED;
	for (size_t i = 0; i < PASSING_TAINTS; i++)
		if (strcmp(passing_taints[i], key) == 0)
			return i;
	return taint_is_startup(p, key)	 ? IS_STARTUP
	       : taint_is_status(p, key) ? IS_STATUS
					 : IS_OTHER;
}

static const char *
type_name(size_t type)
{
	static const char *const meant[] = { IGNORED, "startup-taint",
					     "status-taint", "other" };

	return type < PASSING_TAINTS ? passing_taints[type]
				     : meant[type - IS_IGNORED];
}

void
monitor_write_taints(const struct policy *p, const struct snapshot *s,
		     struct buf *out)
{
	uint32_t n[TYPES] = { 0 };
	const struct slot *slot;

	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_NODE, &i, NULL));) {
		const struct node *node = (const void *)slot->rec;

		for (uint32_t k = 0; !slot->ended && k < node->taint_n; k++)
			n[type_of(p, node->taints[k].key)]++;
	}
	monitor_head(out, PREFIX "node_taints_count", "gauge",
		     "Taints on nodes, by what they mean.");
	for (size_t i = 0; i < TYPES; i++)
		if (n[i])
			buf_printf(out, PREFIX "node_taints_count{type=\"%s\"}"
				   " %u\n", type_name(i), n[i]);
}
