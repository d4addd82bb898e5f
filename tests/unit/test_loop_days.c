/*
 * Days of a fleet under the engine in active mode: load by the time of day, a
 * burst at night, quiet hours, and all the while launches that are refused,
 * machines that never become nodes or break, spot interruptions, killed
 * managers, lost requests and lost answers.
 *
 * make test lives through one short day; a soak ($ROUNDS of a hundred and more)
 * through a week of whole ones.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "tests/unit/loop_truth.h"
#include "tests/unit/sim_story.h"

enum { GROUPS = 8, REST_MIN = 90, WEEK_ROUNDS = 100 };

struct days {
	struct loop l;
	struct loop_truth t;
	struct dice dice;
	int32_t day_min; /* minutes of one day */
	int64_t refuse_to_ms[GROUPS], cut_to_ms, mute_to_ms;
	struct { /* what was done to it */
		uint32_t refusals, never, unready, broken, reclaimed, killed,
			cuts, mutes;
	} faults;
	uint32_t takes; /* how often paddock came to lead */
	bool led;
	uint64_t seen; /* instances up to this launch time had their fate */
};

/* ---- the fleet and its days ---- */

static void
add_load(struct buf *out, const char *name, const char *tag, double from,
	 double to, const char *arrivals, const char *duration, int32_t day_min,
	 int day)
{
	double start = day * (double)day_min;

	buf_printf(out,
		   "  - {name: %s, project: shop/checkout, tags: [%s], image: "
		   "registry.example.com/shop/ci:7, image_size: 640Mi, "
		   "from: %dm, to: %dm, %s, duration: %s, timeout: 8h}\n",
		   name, tag, (int)(start + from * day_min),
		   (int)(start + to * day_min), arrivals, duration);
}

static char *
fleet(int days, int32_t day_min)
{
	static const char head[] =
		"title: days\nnotice: none\nremedy: none\n"
		"start: 2026-02-16T06:00:00Z\nwarm_up: 10m\nautoscaler: on\n"
		"system:\n  node_selector: {role: management}\n"
		"  tolerations: [dedicated=management:NoSchedule]\n"
		"groups:\n"
		"  - {name: management, types: [m6i.large], labels: {role: "
		"management}, taints: [dedicated=management:NoSchedule], "
		"min: 2, max: 3, desired: 2, age: 216h}\n"
		"  - {name: general, types: [m6i.2xlarge, m5.2xlarge], labels: "
		"{role: jobs}, min: 1, max: 10, desired: 1, age: 30h}\n"
		"  - {name: spot, types: [m6i.xlarge, m5.xlarge], spot: true, "
		"labels: {role: jobs-spot}, min: 0, max: 8}\n"
		"runners:\n"
		"  - {name: docker, tags: [docker], concurrent: 80, "
		"poll_timeout: 4h, cpu: 900m, memory: 2Gi, node_selector: "
		"{role: jobs}}\n"
		"  - {name: spotty, tags: [spot], concurrent: 40, "
		"poll_timeout: 4h, cpu: 900m, memory: 2Gi, node_selector: "
		"{role: jobs-spot}}\n"
		"jobs:\n";
	struct buf out;

	buf_init(&out, SIZE_MAX);
	buf_puts(&out, head);
	for (int d = 0; d < days; d++) {
		bool weekend = d % 7 >= 5;

		add_load(&out, "nightly", "docker", 0.52, 0.53,
			 "at_once: 40, per_minute: 0", "9m", day_min, d);
		add_load(&out, "noon", "spot", 0.30, 0.34, "per_minute: 1",
			 "6m", day_min, d);
		if (weekend)
			continue;
		add_load(&out, "unit", "docker", 0.03, 0.5, "per_minute: 1.6",
			 "4m", day_min, d);
		add_load(&out, "compile", "docker", 0.1, 0.45,
			 "per_minute: 0.5", "11m", day_min, d);
		add_load(&out, "image", "spot", 0.05, 0.5, "per_minute: 0.4",
			 "9m", day_min, d);
	}
	return buf_take(&out, NULL);
}

/* ---- faults ---- */

static bool
refuses(void *ctx, const struct cloud_group *g, const struct sim_type *type,
	const char *zone)
{
	const struct days *d = ctx;

	(void)type;
	(void)zone;
	return loop_now_ms(&d->l) < d->refuse_to_ms[g - d->l.kit.cloud->groups];
}

/* So many times a day, while there is load. */
static bool
strikes(struct days *d, uint32_t a_day)
{
	return dice_below(&d->dice, (uint32_t)d->day_min * 2 / 3) < a_day;
}

static struct cloud_group *
some_group(struct days *d)
{
	return cloud_group(d->l.kit.cloud,
			   dice_below(&d->dice, 2) ? "general" : "spot");
}

static struct cloud_instance *
some_instance(struct days *d, const char *group)
{
	const struct cloud_group *g = cloud_group(d->l.kit.cloud, group);
	struct cloud_instance *i;

	if (!g->instances.n)
		return NULL;
	i = g->instances.at[dice_below(&d->dice, g->instances.n)];
	return i->state == INSTANCE_RUNNING && !i->notice_ms ? i : NULL;
}

/* Machines that were just launched: some never join, some stay NotReady. */
static void
spoil_launches(struct days *d)
{
	struct cloud *c = d->l.kit.cloud;
	uint64_t newest = d->seen;

	for (uint32_t k = 0; k < c->group_n; k++) {
		for (uint32_t n = 0; n < c->groups[k].instances.n; n++) {
			struct cloud_instance *i = c->groups[k].instances.at[n];
			uint32_t fate;

			if ((uint64_t)i->launched_ms <= d->seen ||
			    i->state != INSTANCE_PENDING)
				continue;
			if ((uint64_t)i->launched_ms > newest)
				newest = (uint64_t)i->launched_ms;
			fate = dice_below(&d->dice, 20);
			if (fate > 1)
				continue;
			i->boot = fate ? BOOT_NEVER_JOINS : BOOT_NOT_READY;
			d->faults.never += fate == 1;
			d->faults.unready += fate == 0;
		}
	}
	d->seen = newest;
}

static void
kill_manager(struct days *d)
{
	const char *ns = d->l.kit.scenario->namespace;
	const char *pod = story_pod(&d->l.kit, ns, "gitlab-runner-docker");

	if (!pod)
		return;
	truth_killed_manager(&d->t, pod);
	story_delete_pod(&d->l.kit, ns, "gitlab-runner-docker");
	d->faults.killed++;
}

static void
one_minute_of_faults(struct days *d)
{
	int64_t now = loop_now_ms(&d->l);
	struct cloud *c = d->l.kit.cloud;
	struct cloud_instance *i;

	if (strikes(d, 3)) {
		d->refuse_to_ms[some_group(d) - c->groups] =
			now + 60000 * (3 + dice_below(&d->dice, 25));
		d->faults.refusals++;
	}
	if (strikes(d, 3) && (i = some_instance(d, "general"))) {
		instance_stop(c, i, "Server.InternalError",
			      "Server.InternalError: Internal error on the "
			      "host");
		d->faults.broken++;
	}
	if (strikes(d, 4) && (i = some_instance(d, "spot"))) {
		spot_notice(c, i);
		d->faults.reclaimed++;
	}
	if (strikes(d, 2))
		kill_manager(d);
	if (strikes(d, 3)) {
		d->cut_to_ms = now + 1000 * (5 + dice_below(&d->dice, 100));
		d->faults.cuts++;
	}
	if (strikes(d, 3)) {
		d->mute_to_ms = now + 1000 * (5 + dice_below(&d->dice, 100));
		d->faults.mutes++;
	}
}

/* ---- living through it ---- */

static void
one_second(struct days *d)
{
	int64_t now = loop_now_ms(&d->l);
	bool leads;

	d->l.cut = now < d->cut_to_ms;
	d->l.mute = now < d->mute_to_ms;
	spoil_launches(d);
	loop_pass(&d->l, 1);
	leads = loop_leads(&d->l);
	d->takes += leads && !d->led;
	d->led = leads;
}

static void
one_minute(struct days *d, int n)
{
	for (int s = 0; s < 60; s++)
		one_second(d);
	if (n % 20 != 19)
		return;
	kit_check_placements(&d->l.kit);
	truth_look(&d->t);
}

/* The last jobs may have begun late; then nothing more is done. */
static void
until_rest(struct days *d)
{
	int64_t rest_ms;

	truth_look(&d->t);
	for (int m = 0; m < REST_MIN && !truth_at_rest(&d->t); m++) {
		one_minute(d, m);
		truth_look(&d->t);
	}
	truth_all_served(&d->t);
	if (!truth_at_rest(&d->t))
		fail_msg("the fleet does not come back to its minimum");
	rest_ms = loop_now_ms(&d->l);
	for (int m = 0; m < 10; m++)
		one_minute(d, m);
	assert_int_equal(truth_acts_since(&d->t, rest_ms), 0);
	if (!loop_leads(&d->l))
		fail_msg("it does not lead any more: %s; took the lead %u "
			 "times", d->l.worst, d->takes);
}

static void
one_day(struct days *d)
{
	int busy = d->day_min * 2 / 3;

	for (int m = 0; m < d->day_min - 10; m++) {
		if (m < busy)
			one_minute_of_faults(d);
		one_minute(d, m);
	}
	until_rest(d);
	truth_print(&d->t, "so far");
}

static void
test_days_with_faults(void **state)
{
	static struct days d;
	bool week = rounds(1) >= WEEK_ROUNDS;
	int days = week ? 7 : 1;
	char *text;

	(void)state;
	memset(&d, 0, sizeof(d));
	d.dice = dice_new(4711);
	d.day_min = week ? 24 * 60 : 120;
	text = fleet(days, d.day_min);
	loop_open(&d.l, kit_open_text(text, dice_roll(&d.dice)), NULL);
	free(text);
	truth_open(&d.t, &d.l);
	d.l.kit.cloud->refuses = refuses;
	d.l.kit.cloud->refuses_ctx = &d;
	loop_until_leads(&d.l, 60);
	for (int i = 0; i < days; i++)
		one_day(&d);
	print_message("%d days of %d h: %u refusals, %u never joined, %u not "
		      "ready, %u broke, %u reclaimed, %u managers killed, %u "
		      "cuts, %u mute; took the lead %u times\n",
		      days, d.day_min / 60, d.faults.refusals, d.faults.never,
		      d.faults.unready, d.faults.broken, d.faults.reclaimed,
		      d.faults.killed, d.faults.cuts, d.faults.mutes, d.takes);
	assert_int_equal(d.t.lost[LOST_OWN], 0);
	/* What waited was served by growing, what idled went: no more than the
	 * load and the faults account for. */
	assert_true(d.t.ups > 3 && d.t.downs > 3);
	assert_true(d.t.ups <= (uint32_t)days * 60);
	assert_true(d.t.flips <= (uint32_t)days * 12);
	truth_close(&d.t);
	loop_close(&d.l);
}

SUITE(loop_days, TEST(test_days_with_faults));
