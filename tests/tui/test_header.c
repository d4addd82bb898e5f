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

SUITE(tui_header,
      TEST(test_refused_credentials),
      TEST(test_context_is_an_arn));
