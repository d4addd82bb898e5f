/*
 * Bench: the store under 1,000 pod changes a second, published every 50 ms, at
 * 10,000 and 150,000 pods.  Yardstick: making and freeing the same records.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "backend/model/cloud.h"
#include "backend/model/node.h"
#include "backend/model/pod.h"
#include "backend/store/store.h"

enum { CHANGES = 20000, PER_PUBLISH = 50, POD_PER_NODE = 20, GROUPS = 10 };

static int64_t fake_boot_ms = 1000;

static int64_t
fake_wall(void *ctx)
{
	(void)ctx;
	return INT64_C(1771405200000) + fake_boot_ms;
}

static int64_t
fake_boot(void *ctx)
{
	(void)ctx;
	return fake_boot_ms;
}

static double
cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

PRINTF_LIKE(3, 4)
static void
sealf(struct seal *s, const char **slot, const char *fmt, ...)
{
	char text[128];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	seal_text(s, slot, text);
}

static const struct record *
make_pod(struct seal *s, uint32_t i, uint32_t version)
{
	struct pod *p = seal_begin(s, sizeof(*p));
	struct container *c = seal_array(s, &p->containers, 2, sizeof(*c));
	struct label *l = seal_array(s, &p->meta.labels.at, 2, sizeof(*l));

	p->container_n = 2;
	p->meta.labels.n = 2;
	seal_text(s, &p->meta.ns, "ci");
	sealf(s, &p->meta.name, "runner-abcdefgh-project-7-concurrent-%u", i);
	sealf(s, &p->meta.uid, "11111111-2222-3333-4444-%012u", i);
	sealf(s, &p->meta.rv, "%u", version);
	seal_known(s, &l[0].key, "app", 3);
	seal_text(s, &l[0].value, "job");
	seal_text(s, &l[1].key, "manager.runner.gitlab.com/id-short");
	seal_text(s, &l[1].value, "abcdefgh9");
	sealf(s, &p->node_name, "ip-10-0-0-%u.eu-west-1.compute.internal",
	      i / POD_PER_NODE);
	for (int k = 0; k < 2; k++) {
		seal_text(s, &c[k].name, k ? "helper" : "build");
		seal_text(s, &c[k].image, "registry.example/ci/golang:1.24");
		c[k].state = CONTAINER_RUNNING;
	}
	p->requests.cpu_mcpu = 250;
	p->requests.memory_bytes = INT64_C(512) << 20;
	p->meta.created_ms = fake_wall(NULL);
	p->phase = POD_RUNNING;
	p->ready = true;
	p->ready_ms = p->meta.created_ms;
	p->is_job = true;
	p->job_id = i + 1;
	return record_seal(s, KIND_POD);
}

static const struct record *
make_node(struct seal *s, uint32_t i)
{
	struct node *n = seal_begin(s, sizeof(*n));

	seal_text(s, &n->meta.ns, "");
	sealf(s, &n->meta.name, "ip-10-0-0-%u.eu-west-1.compute.internal", i);
	sealf(s, &n->meta.uid, "node-%u", i);
	sealf(s, &n->meta.rv, "%u", i);
	sealf(s, &n->instance_id, "i-%017u", i);
	n->allocatable.cpu_mcpu = 16000;
	n->allocatable.memory_bytes = INT64_C(64) << 30;
	n->allocatable.pods = 110;
	n->has_ready = true;
	n->ready = TRI_TRUE;
	return record_seal(s, KIND_NODE);
}

static const struct record *
make_group(struct seal *s, uint32_t i, uint32_t nodes)
{
	struct group *g = seal_begin(s, sizeof(*g));
	struct group_instance *at = seal_array(s, &g->instances,
					       nodes / GROUPS, sizeof(*at));

	sealf(s, &g->name, "group-%u", i);
	g->max = (int32_t)nodes;
	g->desired = (int32_t)(nodes / GROUPS);
	for (; g->instance_n < nodes / GROUPS; g->instance_n++) {
		sealf(s, &at[g->instance_n].id, "i-%017u",
		      g->instance_n * GROUPS + i);
		seal_text(s, &at[g->instance_n].lifecycle, "InService");
	}
	return record_seal(s, KIND_GROUP);
}

static void
fill(const struct sink *sink, struct seal *s, uint32_t pods)
{
	uint32_t nodes = pods / POD_PER_NODE;

	for (uint32_t i = 0; i < GROUPS; i++)
		sink->put(sink->ctx, make_group(s, i, nodes));
	for (uint32_t i = 0; i < nodes; i++)
		sink->put(sink->ctx, make_node(s, i));
	sink->list_begin(sink->ctx, KIND_POD);
	for (uint32_t i = 0; i < pods; i++)
		sink->put(sink->ctx, make_pod(s, i, 1));
	sink->list_end(sink->ctx, KIND_POD, true);
}

static void
run(uint32_t pods)
{
	const struct clockwork clock = { fake_wall, fake_boot, NULL };
	struct store *store = store_new(&clock);
	const struct sink *sink = store_sink(store);
	struct seal *s = seal_new();
	const struct snapshot *held;
	uint64_t state = 88172645463325252u;
	double from, fill_us, change_us, make_us;

	from = cpu_us();
	fill(sink, s, pods);
	held = store_publish(store);
	fill_us = cpu_us() - from;

	from = cpu_us();
	for (uint32_t i = 0; i < CHANGES; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		sink->put(sink->ctx, make_pod(s, (uint32_t)(state % pods),
					      i + 2));
		if (i % PER_PUBLISH == PER_PUBLISH - 1) {
			const struct snapshot *next;

			fake_boot_ms += 50;
			next = store_publish(store);
			snapshot_unref(held);
			held = next;
		}
	}
	change_us = (cpu_us() - from) / CHANGES;

	from = cpu_us();
	for (uint32_t i = 0; i < CHANGES; i++)
		record_unref(make_pod(s, i % pods, i));
	make_us = (cpu_us() - from) / CHANGES;

	printf("store_fill_%u_pods_ms %.1f - %.1f %.1f\n", pods,
	       fill_us / 1000, make_us * pods / 1000,
	       fill_us / (make_us * pods));
	/* The budget is the whole console's 10 %% of a core. */
	printf("store_1000_changes_s_at_%u_pods_percent_of_core %.2f 10 %.2f "
	       "%.1f\n",
	       pods, change_us / 10, make_us / 10, change_us / make_us);
	snapshot_unref(held);
	store_free(store);
	seal_free(s);
}

int
main(void)
{
	run(10000);
	run(150000);
	return 0;
}
