/*
 * Steps that fail, and stopping after three in a row (design 8, rule 4), also
 * when the program is started anew between them.
 */
#include "tests/unit/control_lead.h"

#define MINUTE ((int64_t)60 * 1000)
#define SENT "=SetDesiredCapacity"

/* Failed groups are tried again at once. */
static struct policy *
eager_policy(void)
{
	static const char *const keys[][2] = {
		{ "initial-node-group-backoff-duration", "1s" },
		{ "max-node-group-backoff-duration", "1s" },
	};

	return rig_policy(keys, ARRAY_LEN(keys));
}

/* It hands back, and asks for nothing more. */
static void
test_three_failures_end_it(void **state)
{
	struct control_rig r;
	struct policy *p = eager_policy();

	(void)state;
	rig_waiting_world(&r);
	r.fail_aws = true;
	rig_lead(&r, p);
	rig_pass_until(&r, rig_noted(&r, "3 failures in a row"));
	assert_int_equal(rig_wrote(&r, SENT), 3);
	rig_pass_until(&r, rig_journalled(&r, "\"verb\":\"hand back\"") == 2);
	rig_pass(&r, MINUTE);
	assert_int_equal(rig_wrote(&r, SENT), 3);
	rig_leave(&r, p);
}

/* Two, a restart, a third: that is three in a row.  Started again it does not
 * even take over, until the window of rule 4 has passed. */
static void
test_failures_survive_restarts(void **state)
{
	struct control_rig r;
	struct policy *p = eager_policy();

	(void)state;
	rig_waiting_world(&r);
	r.fail_aws = true;
	rig_lead(&r, p);
	rig_pass_until(&r, rig_wrote(&r, SENT) == 2);
	rig_until(&r, rig_journalled(&r, "\"after\":\"2 failed in a row\""));
	rig_quit(&r, 1);
	rig_start_again(&r);
	rig_pass_until(&r, rig_noted(&r, "3 failures in a row"));
	assert_int_equal(rig_wrote(&r, SENT), 3);
	rig_pass_until(&r, rig_journalled(&r, "\"verb\":\"hand back\"") == 4);
	for (int i = 0; i < 2; i++) {
		rig_quit(&r, 2);
		rig_start_again(&r);
		rig_pass_until(&r, rig_noted(&r, "3 steps failed in a row "
						 "before this start"));
		rig_pass(&r, MINUTE);
		assert_int_equal(rig_wrote(&r, SENT), 3);
	}
	rig_pass(&r, 10 * MINUTE);
	rig_quit(&r, 2);
	r.fail_aws = false;
	rig_start_again(&r);
	rig_pass_until(&r, r.groups[0].desired == 3);
	rig_leave(&r, p);
}

/* What succeeds ends the row, for later starts, too. */
static void
test_success_ends_the_row(void **state)
{
	struct control_rig r;
	struct policy *p = eager_policy();

	(void)state;
	rig_waiting_world(&r);
	r.fail_aws = true;
	rig_lead(&r, p);
	rig_pass_until(&r, rig_wrote(&r, SENT) == 2);
	rig_until(&r, rig_journalled(&r, "\"after\":\"2 failed in a row\""));
	r.fail_aws = false;
	rig_pass_until(&r, r.groups[0].desired == 3);
	rig_until(&r, rig_journalled(&r, "\"after\":\"0 failed in a row\""));
	/* The new machine runs, and more than it can carry waits. */
	rig_group(&r, "general", 1, 3, 5, "i-1,i-2,i-3");
	rig_node(&r, "n3", "uid-n3", "i-3", false);
	rig_pod(&r, "ci", "fills", "uid-fills", "n3", 80, NULL);
	r.fail_aws = true;
	rig_quit(&r, 1);
	rig_start_again(&r);
	rig_pass_until(&r, rig_wrote(&r, SENT) == 5);
	rig_until(&r, rig_journalled(&r, "\"after\":\"2 failed in a row\"") ==
			      2);
	assert_false(rig_noted(&r, "failures in a row"));
	rig_leave(&r, p);
}

/* A person who takes over begins anew, and is told of each failure. */
static void
test_a_person_begins_anew(void **state)
{
	struct control_rig r;
	struct policy *p = eager_policy();

	(void)state;
	rig_waiting_world(&r);
	r.fail_aws = true;
	rig_lead(&r, p);
	rig_pass_until(&r, rig_noted(&r, "3 failures in a row"));
	rig_pass_until(&r, rig_journalled(&r, "\"verb\":\"hand back\"") == 2);
	rig_quit(&r, 1);
	r.options.via = "console";
	r.options.mode = MODE_ADVISORY;
	rig_start_again(&r);
	rig_pass(&r, 1000);
	assert_int_equal(rig_mode(&r, MODE_APPROVAL), ERR_NONE);
	rig_until(&r, rig_journalled(&r, "\"why\":\"a mode was chosen\""));
	rig_pass_until(&r, rig_awaits_approval(&r));
	assert_int_equal(rig_approve(&r, ""), ERR_NONE);
	rig_pass_until(&r, rig_wrote(&r, SENT) == 4);
	rig_until(&r, rig_journalled(&r, "\"after\":\"1 failed in a row\"") ==
			      2);
	assert_false(rig_noted(&r, "failures in a row"));
	rig_leave(&r, p);
}

SUITE(control_failures,
	TEST(test_three_failures_end_it),
	TEST(test_failures_survive_restarts),
	TEST(test_success_ends_the_row),
	TEST(test_a_person_begins_anew));
