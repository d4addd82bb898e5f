/*
 * The metrics of what was done since the start.
 */
#include "backend/control/monitor_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/engine/health.h"

#define NO_GPU "gpu_resource_name=\"\",gpu_name=\"\",dra_drivers=\"\""

static void
counter(struct buf *out, const char *name, const char *labels, uint64_t n)
{
	buf_printf(out, PREFIX "%s%s %llu\n", name, labels,
		   (unsigned long long)n);
}

static void
write_failed_launches(const struct done_counts *d, struct buf *out)
{
	monitor_head(out, PREFIX "failed_scale_ups_total", "counter",
		     "Scale-ups that failed.");
	counter(out, "failed_scale_ups_total",
		"{reason=\"cloudProviderError\"," NO_GPU "}",
		d->not_asked.times);
	counter(out, "failed_scale_ups_total",
		"{reason=\"timeout\"," NO_GPU "}", d->timed_out.times);
	counter(out, "failed_scale_ups_total",
		"{reason=\"" HEALTH_REFUSED "\"," NO_GPU "}",
		d->refused.times);
	monitor_head(out, PREFIX "failed_node_creations_total", "counter",
		     "Nodes those scale-ups were for.");
	counter(out, "failed_node_creations_total",
		"{reason=\"cloudProviderError\"}", d->not_asked.nodes);
	counter(out, "failed_node_creations_total", "{reason=\"timeout\"}",
		d->timed_out.nodes);
	counter(out, "failed_node_creations_total",
		"{reason=\"" HEALTH_REFUSED "\"}", d->refused.nodes);
}

static void
write_steps(const struct done_counts *d, struct buf *out)
{
	monitor_head(out, PREFIX "scaled_up_nodes_total", "counter",
		     "Nodes asked for.");
	counter(out, "scaled_up_nodes_total", "{" NO_GPU "}", d->added);
	write_failed_launches(d, out);
	monitor_head(out, PREFIX "scaled_down_nodes_total", "counter",
		     "Nodes terminated.");
	counter(out, "scaled_down_nodes_total",
		"{reason=\"empty\"," NO_GPU "}", d->removed_empty);
	counter(out, "scaled_down_nodes_total",
		"{reason=\"underutilized\"," NO_GPU "}", d->removed_drained);
	counter(out, "scaled_down_nodes_total",
		"{reason=\"unready\"," NO_GPU "}", d->removed_unready);
	monitor_head(out, PREFIX "evicted_pods_total", "counter",
		     "Pods evicted for removals.");
	counter(out, "evicted_pods_total",
		"{eviction_result=\"succeeded\"}", d->evicted);
	counter(out, "evicted_pods_total", "{eviction_result=\"failed\"}",
		d->not_evicted);
	monitor_head(out, PREFIX "old_unregistered_nodes_removed_count",
		     "counter", "Instances ended that never became nodes.");
	counter(out, "old_unregistered_nodes_removed_count", "",
		d->unregistered);
}

static void
write_errors(const struct done_counts *d, struct buf *out)
{
	monitor_head(out, PREFIX "errors_total", "counter",
		     "Steps that failed.");
	counter(out, "errors_total", "{type=\"cloudProviderError\"}",
		d->cloud_errors);
	counter(out, "errors_total", "{type=\"apiCallError\"}",
		d->api_errors);
	monitor_head(out, PREFIX "skipped_scale_events_count", "counter",
		     "Decisions in which a limit of the cluster kept a group "
		     "from growing.");
	counter(out, "skipped_scale_events_count",
		"{direction=\"up\",reason=\"CpuResourceLimit\"}",
		d->skipped_cpu);
	counter(out, "skipped_scale_events_count",
		"{direction=\"up\",reason=\"MemoryResourceLimit\"}",
		d->skipped_memory);
}

/* Exponential from 0.1 to 1800 seconds, as upstream. */
double
monitor_bucket_s(uint32_t i)
{
	return 0.1 * pow(18000.0, (double)i / (DURATION_BUCKETS - 1));
}

/* The shortest text that reads back, as Go's client writes bounds. */
static const char *
bound(double v, char out[static 32])
{
	for (int digits = 4; digits <= 17; digits++) { /* 1800 has four */
		snprintf(out, 32, "%.*g", digits, v);
		if (strtod(out, NULL) == v)
			break;
	}
	return out;
}

static void
write_durations(const struct done_counts *d, struct buf *out)
{
	uint64_t sum = 0;
	char le[32];

	monitor_head(out, PREFIX "function_duration_seconds", "histogram",
		     "How long a decision takes.");
	for (uint32_t i = 0; i < DURATION_BUCKETS; i++) {
		sum += d->lasted[i];
		buf_printf(out, PREFIX "function_duration_seconds_bucket{"
			   "function=\"main\",le=\"%s\"} %llu\n",
			   bound(monitor_bucket_s(i), le),
			   (unsigned long long)sum);
	}
	buf_printf(out,
		   PREFIX "function_duration_seconds_bucket{function=\"main\","
		   "le=\"+Inf\"} %llu\n"
		   PREFIX "function_duration_seconds_sum{function=\"main\"} "
		   "%.3f\n"
		   PREFIX "function_duration_seconds_count{function=\"main\"} "
		   "%llu\n",
		   (unsigned long long)d->loops,
		   (double)d->lasted_ms / 1000, (unsigned long long)d->loops);
	monitor_head(out, PREFIX "function_duration_quantile_seconds",
		     "summary", "How long a decision takes.");
	buf_printf(out,
		   PREFIX "function_duration_quantile_seconds_sum{function="
		   "\"main\"} %.3f\n"
		   PREFIX "function_duration_quantile_seconds_count{function="
		   "\"main\"} %llu\n",
		   (double)d->lasted_ms / 1000, (unsigned long long)d->loops);
}

void
monitor_write_done(const struct engine_run *e, struct buf *out)
{
	write_steps(&e->done, out);
	write_errors(&e->done, out);
	write_durations(&e->done, out);
}

/* ---- counting ---- */

void
monitor_decided(struct engine_run *e, int64_t lasted_ms)
{
	struct done_counts *d = &e->done;
	int64_t now = clock_wall_ms(e->backend->clock);
	bool cpu = false, memory = false;
	uint32_t i = 0;

	while (i < DURATION_BUCKETS &&
	       (double)lasted_ms / 1000 > monitor_bucket_s(i))
		i++;
	if (i < DURATION_BUCKETS)
		d->lasted[i]++;
	d->loops++;
	d->lasted_ms += (uint64_t)(lasted_ms > 0 ? lasted_ms : 0);
	d->scale_down_ms = now;
	if (e->plan->pending_n)
		d->scale_up_ms = now;
	for (uint32_t k = 0; k < e->plan->group_n; k++) {
		const char *why = str_or_empty(e->plan->groups[k].skipped);
		const char *of = strstr(why, "resources: ");

		cpu |= of && strstr(of, "cpu");
		memory |= of && strstr(of, "memory");
	}
	d->skipped_cpu += cpu;
	d->skipped_memory += memory;
}
