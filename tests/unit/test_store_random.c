/*
 * The joins under random life: sums equal what a count over the records gives.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/check.h"
#include "tests/unit/store_kit.h"

/* Random life of a small fleet; at every look the sums must equal what a
 * count over the records of the snapshot gives. */
static void
check_sums(struct kit *k)
{
	const struct slot *slot;
	struct handle h;
	int32_t waiting = 0, running = 0;

	for (uint32_t i = 0;
	     (slot = snapshot_next(k->snap, KIND_NODE, &i, &h));) {
		const struct node *n = (const void *)slot->rec;
		const struct node_sum *sum = (const void *)slot->sum;
		const struct slot *ps;
		int64_t cpu = 0;
		int32_t pods = 0, jobs = 0;

		assert_non_null(sum);
		if (slot->ended)
			continue;
		for (uint32_t p = 0;
		     (ps = snapshot_next(k->snap, KIND_POD, &p, NULL));) {
			const struct pod *pod = (const void *)ps->rec;

			if (ps->ended || pod_is_finished(pod) ||
			    !str_eq(pod->node_name, n->meta.name))
				continue;
			cpu += pod->requests.cpu_mcpu;
			pods++;
			jobs += pod->is_job;
		}
		assert_int_equal(sum->requests.cpu_mcpu, cpu);
		assert_int_equal(sum->pods, pods);
		assert_int_equal(sum->jobs, jobs);
	}
	for (uint32_t i = 0;
	     (slot = snapshot_next(k->snap, KIND_GROUP, &i, &h));) {
		const struct group_sum *sum = (const void *)slot->sum;
		const struct slot *ns;
		int32_t registered = 0, jobs = 0;

		for (uint32_t n = 0;
		     (ns = snapshot_next(k->snap, KIND_NODE, &n, NULL));) {
			const struct node_sum *node = (const void *)ns->sum;

			if (ns->ended || !handle_eq(node->group, h))
				continue;
			registered++;
			jobs += node->jobs;
		}
		assert_int_equal(sum->registered, registered);
		assert_int_equal(sum->jobs, jobs);
	}
	for (uint32_t i = 0;
	     (slot = snapshot_next(k->snap, KIND_JOB, &i, &h));) {
		const struct job_sum *sum = (const void *)slot->sum;

		if (slot->ended)
			continue;
		waiting += sum->phase >= PHASE_QUEUED &&
			   sum->phase < PHASE_RUNNING;
		running += sum->phase == PHASE_RUNNING;
	}
	assert_int_equal(k->snap->fleet.waiting, waiting);
	assert_int_equal(k->snap->fleet.running, running);
	waiting = running = 0;
	for (uint32_t i = 0;
	     (slot = snapshot_next(k->snap, KIND_QUEUE, &i, &h));) {
		const struct queue *q = (const void *)slot->rec;

		assert_true(q->waiting + q->running > 0);
		waiting += q->waiting;
		running += q->running;
	}
	assert_int_equal(k->snap->fleet.waiting, waiting);
	assert_int_equal(k->snap->fleet.running, running);
}

static void
random_pod(struct kit *k, struct dice *dice)
{
	static const char *const nodes[] = { NULL, "n0", "n1", "n2", "n3",
					     "n4" };
	static const char *const tokens[] = { NULL, "tokenAAA1", "tokenBBB1" };
	static const char *const waits[] = { NULL, "ImagePullBackOff" };
	struct kit_pod p = { 0 };
	char name[16];

	snprintf(name, sizeof(name), "p%u", dice_below(dice, 40));
	p.name = name;
	p.node = nodes[dice_below(dice, 6)];
	p.job_id = dice_below(dice, 3) ? dice_below(dice, 25) + 1 : 0;
	p.token = p.job_id ? tokens[dice_below(dice, 3)] : NULL;
	p.manager = !p.job_id && dice_below(dice, 6) == 0;
	p.app = p.manager ? "run1" : NULL;
	p.cpu_mcpu = 100 + dice_below(dice, 900);
	p.phase = (enum pod_phase)dice_below(dice, 5);
	p.uid = dice_below(dice, 2) ? "x" : "y";
	p.waiting = waits[dice_below(dice, 2)];
	p.disrupted = dice_below(dice, 20) == 0;
	p.deleted_ms = dice_below(dice, 10) == 0 ? 1 : 0;
	kit_put(k, kit_pod(k, &p));
}

static void
random_step(struct kit *k, struct dice *dice)
{
	static const char *const tags[] = { NULL, "docker", "arm", "gpu" };
	static const char *const states[] = { "online", "offline" };
	char a[16], b[32];
	uint32_t i = dice_below(dice, 5);

	switch (dice_below(dice, 14)) {
	case 0:
	case 1:
	case 2:
	case 3:
		random_pod(k, dice);
		break;
	case 4:
		snprintf(a, sizeof(a), "ci/p%u", dice_below(dice, 40));
		k->sink->gone(k->sink->ctx, KIND_POD, a);
		break;
	case 5:
	case 6:
		snprintf(a, sizeof(a), "n%u", i);
		snprintf(b, sizeof(b), "i-%u", dice_below(dice, 6));
		kit_put(k, kit_node(k, &(struct kit_node){
					       .name = a,
					       .uid = dice_below(dice, 2)
							      ? "x"
							      : "y",
					       .instance = b,
					       .spot = i == 1,
				       }));
		break;
	case 7:
		snprintf(a, sizeof(a), "n%u", i);
		k->sink->gone(k->sink->ctx, KIND_NODE, a);
		break;
	case 8:
		snprintf(b, sizeof(b), "i-%u,i-%u", i, (i + 1) % 6);
		kit_put(k, kit_group(k, i & 1 ? "g1" : "g2", 0, 2, 9, b));
		break;
	case 9:
		k->sink->gone(k->sink->ctx, KIND_GROUP,
			      i & 1 ? "g1" : "g2");
		break;
	case 10:
		kit_put(k, kit_job(k, dice_below(dice, 25) + 1,
				   (enum job_status)dice_below(dice, 10),
				   tags[dice_below(dice, 4)],
				   dice_below(dice, 3),
				   k->clock.wall_now_ms -
					   dice_below(dice, 100000)));
		break;
	case 11:
		snprintf(a, sizeof(a), "%u", dice_below(dice, 25) + 1);
		k->sink->gone(k->sink->ctx, KIND_JOB, a);
		break;
	case 12:
		kit_put(k, kit_runner(k, 1 + (i & 1),
				      i & 1 ? "tokenAAA" : "tokenBBB",
				      i & 1 ? "run1" : "run2", "docker",
				      states[dice_below(dice, 2)]));
		break;
	default:
		snprintf(a, sizeof(a), "%u", 1 + (i & 1));
		k->sink->gone(k->sink->ctx, KIND_RUNNER, a);
	}
}

static void
test_random_fleet_adds_up(void **state)
{
	struct dice dice = { 99 };

	(void)state;
	for (int round = 0; round < 20; round++) {
		struct kit k;

		kit_init(&k);
		for (int step = 0; step < 1500; step++) {
			random_step(&k, &dice);
			if (dice_below(&dice, 20) == 0) {
				hand_clock_step(&k.clock,
						dice_below(&dice, 120000));
							store_hurry(k.store);
				kit_look(&k);
				check_sums(&k);
			}
		}
		kit_fini(&k);
	}
}

SUITE(store_random, TEST(test_random_fleet_adds_up));
