/*
 * The header: what it says of the place and of credentials is what servers say.
 */
#include <stdio.h>

#include "tests/tui/session.h"
#include "tests/unit/check.h"

static struct session *
open_fleet(struct fixture *f, int cols)
{
	struct app_config c = { .view = "home", .ascii = true };

	return session_new(f, &c, 24, cols);
}

static void
refuse(struct fixture *f, enum source source, enum err_code code)
{
	f->head.source[source].state = SOURCE_FAILED;
	f->head.source[source].trouble_code = (uint8_t)code;
	snprintf(f->head.source[source].trouble,
		 sizeof(f->head.source[source].trouble), "no");
}

/* Credentials that claim forty minutes more are no good when refused. */
static void
test_refused_credentials(void **state)
{
	struct fixture *f = fixture_incident();
	struct session *s = open_fleet(f, 80);

	(void)state;
	assert_screen(s, "creds 41m");
	refuse(f, SOURCE_AWS, ERR_AUTH);
	session_publish(s);
	assert_screen(s, "creds REFUSED");
	assert_no_screen(s, "41m");
	/* A server that is only away says nothing of them. */
	refuse(f, SOURCE_AWS, ERR_UNREACHABLE);
	session_publish(s);
	assert_screen(s, "creds 41m");
	refuse(f, SOURCE_KUBERNETES, ERR_AUTH);
	session_publish(s);
	assert_screen(s, "creds REFUSED");
	session_free(s);
}

/* The end of an ARN is the cluster's name. */
static void
test_context_is_an_arn(void **state)
{
	struct fixture *f = fixture_incident();
	struct session *s;

	(void)state;
	snprintf(f->head.place.context, sizeof(f->head.place.context),
		 "arn:aws:eks:eu-west-1:471100000090:cluster/ci-blue");
	s = open_fleet(f, 80);
	assert_screen(s, "*PROD* ci-blue acct 4711..90");
	snprintf(f->head.place.context, sizeof(f->head.place.context),
		 "team/ci-blue");
	session_publish(s);
	assert_screen(s, "team/ci-blue");
	session_free(s);
}

/* However long the way: what one reads, and how far. */
static void
test_long_way(void **state)
{
	struct session *s = open_fleet(fixture_incident(), 80);

	(void)state;
	session_keys(s, ": 'nodes' enter enter enter W");
	assert_screen(s, "-- nodes > pods[");
	assert_screen(s, " 0-0 of 0  opening ");
	session_free(s);
}

/* A kubelet says why at the very end, behind the pod's name twice. */
static void
test_why_a_text_failed(void **state)
{
	static const char pod[] = "runner-dgyfzzjst-project-1241-concurrent-1-"
				  "drylu8c9";
	struct app_config config = { .view = "pods", .ascii = true };
	struct session *s = session_new(fixture_incident(), &config, 24, 80);
	struct stream_view *v;
	struct command c;

	(void)state;
	session_keys(s, "l");
	assert_true(session_command(s, &c));
	assert_int_equal(c.kind, COMMAND_OPEN_STREAM);
	fixture_stream(s->f, c.ref, "", STREAM_FAILED);
	v = &s->f->streams.at[s->f->streams.n - 1];
	snprintf(v->note, sizeof(v->note),
		 "https://k8s.example.com: logs of gitlab-runner/%s: container "
		 "\"build\" in pod \"%s\" is waiting to start: "
		 "ContainerCreating (HTTP 400)", pod, pod);
	session_publish(s);
	session_frame(s);
	assert_screen(s, "ContainerCreating (HTTP 400)");
	assert_screen(s, "0-0 of 0  FAILED: ");
	session_free(s);
}

/* The hour of a take-over is one on the clock of this machine, however fast the
 * simulated world runs. */
static void
test_a_take_over_has_an_hour(void **state)
{
	struct fixture *f = fixture_incident();
	struct engine_status *e = &f->head.engine;
	struct session *s;

	(void)state;
	e->lead = LEAD_PADDOCK;
	e->mode = MODE_APPROVAL;
	e->takeover_ends_boot_ms = f->boot_ms + INT64_C(57) * 60 * 1000 + 30000;
	f->head.clock.speed_milli = 30000;
	s = open_fleet(f, 80);
	assert_screen(s, "PADDOCK leads, 57m left");
	f->boot_ms += INT64_C(7) * 60 * 1000;
	session_publish(s);
	assert_screen(s, "PADDOCK leads, 50m left");
	session_free(s);
}

SUITE(tui_header,
      TEST(test_refused_credentials),
      TEST(test_context_is_an_arn),
      TEST(test_long_way),
      TEST(test_a_take_over_has_an_hour),
      TEST(test_why_a_text_failed));
