/*
 * The pieces the predicates are made of, shared by the engine's cluster and by
 * prefilter.c.
 */
#ifndef ENGINE_FILTERS_H
#define ENGINE_FILTERS_H

#include "backend/engine/predicates.h"

/* why may be NULL everywhere. */
void verdict_begin(struct verdict *v, enum plugin plugin);
PRINTF_LIKE(3, 4)
void verdict_add(struct verdict *v, const char *text, const char *fmt, ...);

/* NodeUnschedulable, NodeName (when by_name: a pod looked at anew must forget
 * where it stands), TaintToleration, NodeAffinity. */
enum plugin filter_static(const struct pod *pod, const struct node *node,
			  bool by_name, struct verdict *why);
bool node_term_matches(const struct node_term *t, const struct node *node);

/* Does the pod go beside this one? */
bool filter_ports(const struct pod *pod, const struct pod *other,
		  struct verdict *why);
bool pod_has_ports(const struct pod *pod);

/* One resource: appends "Insufficient NAME" unless want fits into free. */
bool filter_amount(struct verdict *why, const char *name, int64_t want,
		   int64_t free);
/* "Too many pods". */
void filter_pods(struct verdict *why, int64_t allowed, int64_t used);

#endif
