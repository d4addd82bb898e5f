/*
 * Pieces of the metrics, for monitor_text.c and monitor_taints.c (what is) and
 * monitor_done.c (what was done).  Names, labels and buckets are upstream's
 * (reference 8.4).
 *
 * Left out, because nothing here could fill them truthfully:
 *	created_/deleted_node_groups_total, inconsistent_instances_migs_count,
 *	dra_node_template_resources_mismatch: not on AWS, or not served here
 *	scaled_up_/scaled_down_gpu_nodes_total, failed_gpu_scale_ups_total:
 *	deprecated upstream
 *	max_node_skip_eval_duration_seconds, node_removal_latency_seconds:
 *	behind flags that have no effect here
 *	binpacking_heterogeneity, overflowing_controllers_count,
 *	aws_request_duration_seconds: not counted
 *	function_duration_seconds of any function but main: the decision is one
 *	call
 */
#ifndef CONTROL_MONITOR_PARTS_H
#define CONTROL_MONITOR_PARTS_H

#include "backend/control/monitor.h"

#define PREFIX "cluster_autoscaler_"

void monitor_head(struct buf *out, const char *name, const char *type,
		  const char *help);
void monitor_gauge(struct buf *out, const char *name, const char *help,
		   int64_t v);
/* A label's value: quotes, backslashes and newlines are escaped. */
void monitor_label(struct buf *out, const char *text);

/* monitor_taints.c */
void monitor_write_taints(const struct policy *p, const struct snapshot *s,
			  struct buf *out);
/* monitor_done.c */
void monitor_write_done(const struct engine_run *e, struct buf *out);

#endif
