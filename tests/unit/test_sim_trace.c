/*
 * Traces grow and nothing else: what was told of a job once is how every later
 * answer begins, however often and by whom it was asked, whatever became of
 * the job, its pod, its node, its manager or its runner.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/buf.h"
#include "tests/unit/sim_gitlab.h"

#define WATCHED 400

#define SMALL                                                                  \
	"title: t\nnotice: n\nremedy: r\ngroups:\n"                            \
	"  - {name: amd64-general, types: m6i.2xlarge, max: 3, desired: 2}\n"  \
	"runners:\n"                                                           \
	"  - {name: docker, tags: [x], concurrent: 12}\n"                      \
	"jobs:\n"                                                              \
	"  - {name: build, stage: build, project: a/b, tags: [x], at_once: "   \
	"6,\n"                                                                 \
	"     duration: 3m, from: -15m, per_minute: 2, failure_rate: 0.3}\n"   \
	"  - {name: test, project: a/c, tags: [x], at_once: 4,\n"              \
	"     duration: 5m, from: -15m, per_minute: 1, timeout: 6m}\n"

struct watched {
	int64_t id;
	char *told;
	size_t len;
};

struct watch {
	struct kit *k;
	struct watched at[WATCHED];
	uint32_t n;
	uint32_t grew;
};

static void
look_at(struct watch *w, struct watched *x)
{
	const struct ci_job *j = ci_job(w->k->ci, x->id);
	struct buf now;

	if (!j)
		return;
	buf_init(&now, (size_t)16 << 20);
	ci_trace(w->k->ci, j, &now);
	if (now.len < x->len || memcmp(buf_text(&now), x->told, x->len) != 0)
		fail_msg("job %lld (%s): what was told changed; %zu bytes, "
			 "then %zu:\n%s\n----\n%s",
			 (long long)x->id, ci_status_name(j->status), x->len,
			 now.len, x->told, buf_text(&now));
	w->grew += now.len > x->len;
	free(x->told);
	x->told = xstrdup(buf_text(&now));
	x->len = now.len;
	buf_fini(&now);
}

static void
look(struct watch *w)
{
	const struct ci *c = w->k->ci;

	for (uint32_t i = 0; i < c->jobs.n && w->n < WATCHED; i++) {
		uint32_t k = 0;

		while (k < w->n && w->at[k].id != c->jobs.at[i]->id)
			k++;
		if (k == w->n)
			w->at[w->n++] = (struct watched){ c->jobs.at[i]->id,
							  xstrdup(""), 0 };
	}
	for (uint32_t i = 0; i < w->n; i++)
		look_at(w, &w->at[i]);
}

static struct watch *
watch_new(struct kit *k)
{
	struct watch *w = xcalloc(1, sizeof(*w));

	w->k = k;
	return w;
}

static void
watch_free(struct watch *w)
{
	for (uint32_t i = 0; i < w->n; i++)
		free(w->at[i].told);
	free(w);
}

/* Everything that can end a job happens while somebody reads along. */
static void
disturb(struct kit *k, int round)
{
	struct ci_runner *r = &k->ci->runners[0];
	struct ci_job *j = k->ci->jobs.at[k->ci->jobs.n * 2 / 3];
	struct cloud_group *g = cloud_group(k->cloud, "amd64-general");

	if (round % 7 == 3)
		(void)ci_cancel(k->ci, j, false);
	if (round % 11 == 5)
		(void)ci_cancel(k->ci, j, true);
	if (round == 20 && g->instances.n)
		instance_stop(k->cloud, g->instances.at[0],
			      "Server.SpotInstanceTermination", "spot");
	if (round == 30)
		ci_runner_reset_token(k->ci, r);
	if (round == 35)
		r->description = "another name";
}

static void
test_traces_only_grow(void **state)
{
	/* Odd steps, so that questions fall between the lines' times. */
	static const int64_t steps_ms[] = { 1,	  999, 2999,  3000,
					    3001, 17,  10007, 1500 };
	struct kit k = kit_open_text(SMALL, 3);
	struct watch *w = watch_new(&k);

	(void)state;
	for (int round = 0; round < 100; round++) {
		sim_advance(k.w, sim_now_ms(k.w) + steps_ms[round % 8]);
		disturb(&k, round);
		look(w);
	}
	assert_true(w->n > 40);
	assert_true(w->grew > 300);
	watch_free(w);
	kit_close(&k);
}

/* Jobs on rented machines, whose manager loses its host. */
static void
test_traces_on_machines_only_grow(void **state)
{
	struct kit k = kit_open("orphans", 3);
	struct watch *w = watch_new(&k);

	(void)state;
	for (int round = 0; round < 50; round++) {
		kit_run(&k, 17);
		look(w);
	}
	assert_true(w->grew > 300);
	watch_free(w);
	kit_close(&k);
}

/* One who asks all the time and one who asks at the end read the same. */
static void
test_asking_changes_nothing(void **state)
{
	struct kit a = kit_open_text(SMALL, 5), b = kit_open_text(SMALL, 5);
	uint64_t hash[2] = { 0, 0 };
	struct buf text;

	(void)state;
	for (int i = 0; i < 60; i++) {
		kit_run(&a, 5);
		for (uint32_t n = 0; n < a.ci->jobs.n; n++) {
			buf_init(&text, (size_t)16 << 20);
			ci_trace(a.ci, a.ci->jobs.at[n], &text);
			buf_fini(&text);
		}
	}
	kit_run(&b, 300);
	for (int side = 0; side < 2; side++) {
		struct ci *c = side ? b.ci : a.ci;

		for (uint32_t n = 0; n < c->jobs.n; n++) {
			buf_init(&text, (size_t)16 << 20);
			ci_trace(c, c->jobs.at[n], &text);
			hash[side] = hash_bytes(buf_text(&text), text.len,
						hash[side]);
			buf_fini(&text);
		}
	}
	assert_true(hash[0] == hash[1]);
	kit_close(&a);
	kit_close(&b);
}

/* Stamps, streams, sections that open and close, colours that end. */
static void
test_what_a_trace_looks_like(void **state)
{
	struct kit k = kit_open_text(SMALL, 1);
	const struct ci_job *j = NULL;
	uint32_t open = 0, sections = 0;
	struct buf text;

	(void)state;
	for (uint32_t i = 0; i < k.ci->jobs.n; i++) {
		if (k.ci->jobs.at[i]->status == CI_SUCCESS)
			j = k.ci->jobs.at[i];
	}
	assert_non_null(j);
	buf_init(&text, (size_t)16 << 20);
	ci_trace(k.ci, j, &text);
	for (const char *line = buf_text(&text); *line;
	     line = strchr(line, '\n') + 1) {
		assert_true(strlen(line) > 32);
		assert_int_equal(line[4], '-');
		assert_int_equal(line[19], '.');
		assert_int_equal(line[26], 'Z');
		assert_int_equal(line[27], ' ');
		assert_true(line[30] == 'O' || line[30] == 'E');
		if (strncmp(line + 32, "section_start:", 14) == 0) {
			open++;
			sections++;
		} else if (strncmp(line + 32, "section_end:", 12) == 0) {
			assert_true(open-- > 0);
		}
	}
	assert_int_equal(open, 0);
	assert_true(sections >= 7);
	assert_text_contains(buf_text(&text), "Running on ");
	assert_text_contains(buf_text(&text), "\033[32;1m$ make ");
	buf_fini(&text);
	kit_close(&k);
}

/* clang-format off */
SUITE(sim_trace,
	TEST(test_traces_only_grow),
	TEST(test_traces_on_machines_only_grow),
	TEST(test_asking_changes_nothing),
	TEST(test_what_a_trace_looks_like));
