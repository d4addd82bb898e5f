/*
 * Faults that were asked for: by file and by lever, on requests, watches and
 * launches.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/sim/server/faults.h"
#include "backend/sim/server/pace.h"
#include "backend/sim/server/private.h"
#include "backend/sim/world/cloud.h"
#include "tests/unit/sim_air.h"

#define YEAR_MS (365 * 86400 * INT64_C(1000))
#define GROUPS "/?Action=DescribeAutoScalingGroups&Version=2011-01-01"
#define INSTANCES "/?Action=DescribeInstances&Version=2016-11-15"

static const char every_fault[] =
	"faults:\n"
	"- {face: kubernetes, path: /api/v1/nodes, status: 429, "
	"retry-after: 2s}\n"
	"- {face: kubernetes, path: /api/v1/pods, truncate: 100}\n"
	"- {face: kubernetes, path: /version, delay: 300ms}\n"
	"- {face: kubernetes, path: /readyz, reset: true}\n"
	"- {face: kubernetes, path: /livez, drip: 4}\n"
	"- {face: sim, path: /sim/*, every: 2, status: 503}\n";

static void
test_faults(void **state)
{
	struct air c;
	struct air_reply r;

	(void)state;
	air_open(&c, every_fault);
	air_get(&c, "/api/v1/nodes", &r);
	assert_int_equal(r.status, 429);
	assert_text_contains(buf_text(&r.head), "Retry-After: 2");
	air_reply_fini(&r);
	air_get(&c, "/api/v1/pods", &r);
	assert_true(r.code == CURLE_PARTIAL_FILE || r.code == CURLE_RECV_ERROR);
	assert_int_equal(r.body.len, 100);
	air_reply_fini(&r);
	air_get(&c, "/version", &r);
	assert_int_equal(r.status, 200);
	assert_true(r.seconds >= 0.3);
	air_reply_fini(&r);
	air_get(&c, "/readyz", &r);
	assert_true(r.code == CURLE_RECV_ERROR ||
		    r.code == CURLE_GOT_NOTHING ||
		    r.code == CURLE_SEND_ERROR);
	assert_int_equal(r.status, 0);
	air_reply_fini(&r);
	air_get(&c, "/livez", &r);
	assert_int_equal(r.code, CURLE_OK);
	assert_text_equal(buf_text(&r.body), "ok");
	assert_true(r.seconds >= 0.2);
	air_reply_fini(&r);
	air_lever(&c, "GET", "/sim/time", &r);
	assert_int_equal(r.status, 200);
	air_reply_fini(&r);
	air_lever(&c, "GET", "/sim/time", &r);
	assert_int_equal(r.status, 503);
	air_reply_fini(&r);
	air_close(&c);
}

static void
test_fault_files_say_what_is_wrong(void **state)
{
	/* clang-format off */
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "faults: 7\n", "f: wanted a list under \"faults:\"" },
		{ "faults:\n- 7\n", "f:2: faults: wanted rows" },
		{ "faults:\n- status: 200\n", "f:2: status: wanted an HTTP "
		  "status from 400 to 599" },
		{ "faults:\n- face: azure\n", "f:2: face: wanted kubernetes, "
		  "aws, gitlab or sim" },
		{ "faults:\n- method: GET\n  rate: 2\n", "f:3: rate: wanted a "
		  "number from 0 to 1" },
		{ "faults:\n- delay: 5\n", "f:2: delay: wanted a duration" },
		{ "faults:\n- explode: true\n", "f:2: explode: wanted a key "
		  "that faults know" },
		{ "faults:\n- reset: maybe\n", "f:2: reset: wanted true or "
		  "false" },
		{ "faults: [\n", "f:" },
		{ "faults:\n- face: aws\n", "f:2: faults: wanted a row that "
		  "says what goes wrong" },
		{ "faults:\n- watch: never\n", "f:2: watch: wanted drop, "
		  "duplicate, silent, cut or gone" },
		{ "faults:\n- {gone: true, throttle: true}\n", "f:2: throttle"
		  ": wanted only one of" },
		{ "faults:\n- capacity: low\n", "f:2: capacity: wanted "
		  "refused" },
		{ "faults:\n- credentials: none\n", "wanted expired" },
	};
	/* clang-format on */
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct faults *f = faults_new();
		struct err err = { 0 };

		assert_false(faults_add(f, "f", cases[i].text,
					strlen(cases[i].text), 0, &err));
		assert_int_not_equal(err.code, ERR_NONE);
		assert_text_contains(err.text, cases[i].message);
		assert_int_equal(faults_count(f), 0);
		faults_free(f);
	}
}

static void
test_rates_repeat(void **state)
{
	static const char text[] = "faults:\n- {rate: 0.3, status: 500}\n"
				   "- {from: 10s, to: 20s, status: 501}\n";
	struct fault_request early = { "aws", "GET", "/", 5000 };
	struct fault_request late = { "aws", "GET", "/", 11000 };
	uint64_t first = 0;
	int hits = 0;

	(void)state;
	for (int round = 0; round < 2; round++) {
		struct faults *f = faults_new();
		struct err err = { 0 };
		struct fault got;
		uint64_t seen = 0;

		assert_false(faults_pick(f, &early, &got));
		assert_ok(faults_add(f, "f", text, strlen(text), 1000, &err),
			  &err);
		hits = 0;
		for (int i = 0; i < 64; i++) {
			bool hit = faults_pick(f, &early, &got);

			seen = seen << 1 | hit;
			hits += hit;
			assert_true(!hit || got.status == 500);
		}
		if (round)
			assert_true(seen == first);
		first = seen;
		/* The second row counts from when it came, at 1000. */
		while (faults_pick(f, &late, &got) && got.status == 500)
			;
		assert_int_equal(got.status, 501);
		faults_free(f);
	}
	assert_true(hits > 5 && hits < 40);
}

/* ---- refusals in each service's words ---- */

static const struct {
	const char *aws, *path, *rows; /* aws: service, or NULL */
	long status;
	const char *says;
} refusals[] = {
	{ NULL, "/api/v1/nodes", "throttle: true, retry-after: 3s", 429,
	  "\"reason\":\"TooManyRequests\",\"details\":{\"retryAfterSeconds\":"
	  "3},\"code\":429" },
	{ NULL, "/api/v1/nodes", "credentials: expired", 401,
	  "\"reason\":\"Unauthorized\"" },
	{ NULL, "/api/v1/nodes?limit=5", "gone: true", 410,
	  "\"reason\":\"Expired\",\"code\":410" },
	{ NULL, "/api/v1/nodes?watch=1", "gone: true", 200,
	  "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\"" },
	{ "autoscaling", GROUPS,
	  "throttle: true", 400, "<Code>Throttling</Code>" },
	{ "ec2", INSTANCES,
	  "throttle: true", 503, "<Code>RequestLimitExceeded</Code>" },
	{ "eks", "/clusters", "throttle: true", 429, "ThrottlingException" },
	{ "autoscaling", GROUPS,
	  "credentials: expired", 403, "<Code>ExpiredToken</Code>" },
	{ "ec2", INSTANCES,
	  "credentials: expired", 400, "<Code>RequestExpired</Code>" },
	{ "autoscaling", GROUPS,
	  "skew: 20m", 403, "Signature expired" },
	{ "ec2", INSTANCES,
	  "skew: -20m", 400, "RequestExpired" },
	{ "", "/api/v4/runners", "throttle: true", 429, "Retry later" },
	{ "", "/api/v4/runners", "credentials: expired", 401,
	  "\"error\":\"invalid_token\"" },
};

static void
put_fault(struct air *c, const char *row)
{
	struct air_reply r = { 0 };
	char body[300];

	air_lever(c, "DELETE", "/sim/faults", &r);
	assert_int_equal(r.status, 200);
	air_reply_fini(&r);
	snprintf(body, sizeof(body), "faults:\n- {%s}\n", row);
	r = (struct air_reply){ 0 };
	air_call(c, "POST", server_plain_url(c->server), "/sim/faults", body,
		 &r);
	assert_int_equal(r.status, 200);
	air_reply_fini(&r);
}

static void
test_each_service_refuses_in_its_words(void **state)
{
	struct air_reply r = { 0 };
	struct air c;
	char year[16], when[TIME_TEXT];

	(void)state;
	air_open(&c, NULL);
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		const char *aws = refusals[i].aws;
		char row[200];

		snprintf(row, sizeof(row), "face: %s, %s",
			 !aws ? "kubernetes" : *aws ? "aws" : "gitlab",
			 refusals[i].rows);
		put_fault(&c, row);
		c.aws = aws && *aws ? aws : NULL;
		c.token = aws ? "glpat-simulated-admin"
			      : "simulated-token-admin";
		if (aws)
			air_lever(&c, "GET", refusals[i].path, &r);
		else
			air_get(&c, refusals[i].path, &r);
		c.aws = NULL;
		if (!strstr(buf_text(&r.body), refusals[i].says))
			fprintf(stderr, "%s\n", refusals[i].rows);
		assert_text_contains(buf_text(&r.body), refusals[i].says);
		assert_int_equal(r.status, refusals[i].status);
		air_reply_fini(&r);
	}
	c.token = "simulated-token-admin";
	put_fault(&c, "face: kubernetes, skew: -8760h");
	air_get(&c, "/readyz", &r);
	assert_int_equal(r.status, 200);
	time_format(clock_wall_ms(&clock_system) - YEAR_MS, false, when);
	snprintf(year, sizeof(year), " %.4s ", when);
	assert_text_contains(buf_text(&r.head), year);
	air_reply_fini(&r);
	air_close(&c);
}

static void
test_bad_rows_change_nothing(void **state)
{
	struct air_reply r = { 0 };
	struct air c;

	(void)state;
	air_open(&c, NULL);
	put_fault(&c, "face: gitlab, status: 500");
	air_call(&c, "POST", server_plain_url(c.server), "/sim/faults",
		 "faults:\n- {status: 501}\n- {status: 200}\n", &r);
	assert_int_equal(r.status, 400);
	assert_text_contains(buf_text(&r.body), "body:3: status: wanted");
	air_reply_fini(&r);
	air_lever(&c, "GET", "/api/v4/runners", &r);
	assert_int_equal(r.status, 500);
	air_reply_fini(&r);
	air_lever(&c, "GET", "/sim/faults", &r);
	assert_text_contains(buf_text(&r.body), "\"struck\":1}]}");
	air_reply_fini(&r);
	air_close(&c);
}

/* ---- events of watches ---- */

static const char event_lines[] = "{\"type\":\"ADDED\",\"n\":1}\n"
				  "{\"type\":\"MODIFIED\",\"n\":2}\n"
				  "{\"type\":\"BOOKMARK\",\"n\":3}\n"
				  "{\"type\":\"DELETED\",\"n\":4}\n";

static void
test_events_are_struck(void **state)
{
	static const struct {
		const char *row, *gives;
		bool goes_on, broken;
	} cases[] = {
		{ "watch: drop", "{\"type\":\"BOOKMARK\",\"n\":3}\n", true },
		{ "watch: silent", "", true },
		{ "watch: duplicate",
		  "{\"type\":\"ADDED\",\"n\":1}\n{\"type\":\"ADDED\",\"n\":1}\n"
		  "{\"type\":\"MODIFIED\",\"n\":2}\n"
		  "{\"type\":\"MODIFIED\",\"n\":2}\n"
		  "{\"type\":\"BOOKMARK\",\"n\":3}\n"
		  "{\"type\":\"DELETED\",\"n\":4}\n"
		  "{\"type\":\"DELETED\",\"n\":4}\n", true },
		{ "watch: cut, every: 2",
		  "{\"type\":\"ADDED\",\"n\":1}\n{\"type\":\"MODI", false,
		  true },
		{ "watch: gone, path: /else", event_lines, true },
		{ "watch: drop, face: aws", event_lines, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct faults *f = faults_new();
		struct fault_request q = { "kubernetes", "GET",
					   "/api/v1/pods", 0 };
		struct err err = { 0 };
		char text[200];
		struct buf b;
		bool broken;

		snprintf(text, sizeof(text), "faults:\n- {%s}\n",
			 cases[i].row);
		assert_ok(faults_add(f, "f", text, strlen(text), 0, &err),
			  &err);
		assert_true(faults_touch_watches(f));
		buf_init(&b, 1 << 16);
		buf_puts(&b, event_lines);
		assert_int_equal(fault_events(f, &q, &b, &broken),
				 cases[i].goes_on);
		assert_int_equal(broken, cases[i].broken);
		assert_text_equal(buf_text(&b), cases[i].gives);
		buf_fini(&b);
		faults_free(f);
	}
}

static void
test_a_watch_is_cut_on_the_air(void **state)
{
	struct air_reply r = { 0 };
	struct air c;

	(void)state;
	air_open(&c, NULL);
	put_fault(&c, "watch: cut, path: /api/v1/nodes, every: 2");
	air_get(&c, "/api/v1/nodes?watch=true&timeoutSeconds=15", &r);
	assert_int_not_equal(r.code, CURLE_OK);
	assert_true(r.seconds < 10);
	assert_text_contains(buf_text(&r.body), "\"type\":\"ADDED\"");
	air_reply_fini(&r);
	put_fault(&c, "watch: gone, path: /api/v1/nodes, every: 2");
	air_get(&c, "/api/v1/nodes?watch=true&timeoutSeconds=15", &r);
	assert_int_equal(r.code, CURLE_OK);
	assert_text_contains(buf_text(&r.body),
			     "\"reason\":\"Expired\",\"code\":410}}\n");
	air_reply_fini(&r);
	air_close(&c);
}

/* ---- capacity ---- */

static void
test_launches_are_refused(void **state)
{
	struct cloud_fault fault = { 0 };
	struct cloud_group *g;
	struct air c;
	uint32_t alive;
	bool told = false;

	(void)state;
	/* Nobody else sets desired there. */
	air_open_with(&c, &(struct air_options){ .scenario = "monday-burst",
						 .paused = true });
	put_fault(&c, "capacity: refused, group: amd64-general, to: 10m");
	sim_lock(c.w);
	g = cloud_group(sim_cloud(c.w), "amd64-general");
	alive = group_alive(g);
	assert_true(cloud_set_desired(sim_cloud(c.w), g->name,
				      g->desired + 1, &fault));
	pace_advance(c.pace, 5 * 60 * 1000);
	assert_int_equal(group_alive(g), alive);
	for (uint32_t i = 0; i < g->activities.n; i++)
		told |= g->activities.at[i]->message &&
			strstr(g->activities.at[i]->message,
			       "sufficient") != NULL;
	assert_true(told);
	sim_unlock(c.w);
	put_fault(&c, "face: gitlab, status: 500");
	sim_lock(c.w);
	/* Auto Scaling tries again after a pause that grew. */
	for (int i = 0; i < 30 && group_alive(g) == alive; i++)
		pace_advance(c.pace, 60 * 1000);
	assert_true(group_alive(g) > alive);
	sim_unlock(c.w);
	air_close(&c);
}

SUITE(sim_faults,
	TEST(test_faults),
	TEST(test_fault_files_say_what_is_wrong),
	TEST(test_rates_repeat),
	TEST(test_each_service_refuses_in_its_words),
	TEST(test_bad_rows_change_nothing),
	TEST(test_events_are_struck),
	TEST(test_a_watch_is_cut_on_the_air),
	TEST(test_launches_are_refused));
