/*
 * Acts on Auto Scaling groups (design 8, rules 4, 7, 9).
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/control_rig.h"

static void
ready(struct control_rig *r)
{
	rig_go(r);
	rig_until_live(r);
}

static void
test_scale_up(void **state)
{
	struct control_rig r;
	struct reply p, done;

	(void)state;
	rig_small_world(&r);
	ready(&r);
	p = rig_preview(&r, "scale", KIND_GROUP, NULL, "general", "+2");
	assert_int_equal(p.code, ERR_NONE);
	assert_text_contains(p.title, "Scale general 2 > 4?");
	assert_text_contains(p.text, "desired 2 > 4");
	assert_text_contains(p.text, "AWS launches 2 more instances");
	assert_text_contains(p.text, "aws autoscaling set-desired-capacity "
				     "--auto-scaling-group-name general "
				     "--desired-capacity 4");
	assert_text_contains(p.text, "--region eu-west-1");
	done = rig_confirm(&r, p.ref, NULL);
	assert_int_equal(done.code, ERR_NONE);
	assert_int_equal(r.groups[0].desired, 4);
	assert_int_equal(rig_wrote(&r, "Action=SetDesiredCapacity"), 1);
	assert_int_equal(r.unjournalled, 0);
	assert_int_equal(rig_journalled(&r, "desired=4"), 2);
	assert_int_equal(rig_journalled(&r, "471112345690"), 2);
	reply_fini(&p);
	reply_fini(&done);
	assert_int_equal(rig_do(&r, "scale", KIND_GROUP, NULL, "general", "5",
				NULL), ERR_NONE);
	assert_int_equal(r.groups[0].desired, 5);
	rig_end(&r);
}

static void
test_scale_refusals(void **state)
{
	static const struct {
		const char *args;
		enum err_code code;
	} bad[] = {
		{ "-1", ERR_REFUSED },	/* down names nodes */
		{ "1", ERR_REFUSED },	/* below the live instances */
		{ "6", ERR_REFUSED },	/* above max */
		{ "+4", ERR_REFUSED },
		{ "0", ERR_REFUSED },	/* below min */
		{ "2", ERR_CONFLICT },	/* already */
		{ "", ERR_USAGE },     { "many", ERR_USAGE },
		{ "+", ERR_USAGE },    { "3x", ERR_USAGE },
		{ "+-3", ERR_USAGE },  { "99999999999", ERR_USAGE },
	};
	struct control_rig r;

	(void)state;
	rig_small_world(&r);
	ready(&r);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(rig_do(&r, "scale", KIND_GROUP, NULL,
					"general", bad[i].args, NULL),
				 bad[i].code);
	assert_int_equal(err_exit_code(ERR_REFUSED), 7);
	assert_int_equal(r.write_n, 0);
	rig_end(&r);
}

/* Rule 7: the value is read again, and is not the previewed one. */
static void
test_changed_desired_is_refused(void **state)
{
	struct control_rig r;
	struct reply p, done;

	(void)state;
	rig_small_world(&r);
	ready(&r);
	p = rig_preview(&r, "scale", KIND_GROUP, NULL, "general", "+1");
	assert_int_equal(p.code, ERR_NONE);
	r.groups[0].desired = 3;
	done = rig_confirm(&r, p.ref, NULL);
	assert_int_equal(done.code, ERR_REFUSED);
	assert_text_contains(done.text, "changed since the preview");
	reply_fini(&p);
	reply_fini(&done);
	p = rig_preview(&r, "limits", KIND_GROUP, NULL, "general", "max=9");
	assert_int_equal(p.code, ERR_NONE);
	r.groups[0].max = 6;
	done = rig_confirm(&r, p.ref, NULL);
	assert_int_equal(done.code, ERR_REFUSED);
	assert_int_equal(r.write_n, 0);
	reply_fini(&p);
	reply_fini(&done);
	rig_end(&r);
}

static void
test_limits(void **state)
{
	struct control_rig r;
	struct reply p;

	(void)state;
	rig_small_world(&r);
	ready(&r);
	p = rig_preview(&r, "limits", KIND_GROUP, NULL, "general",
			"min=0,max=9");
	assert_int_equal(p.code, ERR_NONE);
	assert_text_contains(p.text, "min 1 > 0, desired 2, max 5 > 9");
	assert_text_contains(p.text, "--min-size 0 --max-size 9");
	reply_fini(&p);
	assert_int_equal(rig_do(&r, "limits", KIND_GROUP, NULL, "general",
				"max=9", NULL), ERR_NONE);
	assert_int_equal(r.groups[0].max, 9);
	assert_int_equal(r.groups[0].min, 1);
	assert_int_equal(rig_wrote(&r, "MinSize"), 0);
	/* Lowering the maximum below what runs would kill. */
	assert_int_equal(rig_do(&r, "limits", KIND_GROUP, NULL, "general",
				"max=1", NULL), ERR_REFUSED);
	assert_int_equal(rig_do(&r, "limits", KIND_GROUP, NULL, "general",
				"min=10", NULL), ERR_REFUSED);
	assert_int_equal(rig_do(&r, "limits", KIND_GROUP, NULL, "general",
				"max=9", NULL), ERR_CONFLICT);
	assert_int_equal(rig_do(&r, "limits", KIND_GROUP, NULL, "general",
				"max=9,", NULL), ERR_USAGE);
	assert_int_equal(rig_do(&r, "limits", KIND_GROUP, NULL, "general",
				"max=9,max=8", NULL), ERR_USAGE);
	assert_int_equal(r.write_n, 1);
	rig_end(&r);
}

/* Rule 9: groups of an account that holds another fleet. */
static void
test_unproven_account_is_refused(void **state)
{
	struct control_rig r;

	(void)state;
	rig_small_world(&r);
	rig_group(&r, "general", 1, 2, 5, "i-77,i-78"); /* not our nodes */
	ready(&r);
	assert_int_equal(rig_do(&r, "scale", KIND_GROUP, NULL, "general", "+1",
				NULL), ERR_REFUSED);
	assert_int_equal(rig_do(&r, "limits", KIND_GROUP, NULL, "general",
				"max=9", NULL), ERR_REFUSED);
	assert_int_equal(r.write_n, 0);
	/* Nothing was written to the journal either: refused at once. */
	assert_int_equal(rig_journalled(&r, "intent"), 0);
	rig_end(&r);
}

SUITE(control_groups,
	TEST(test_scale_up),
	TEST(test_scale_refusals),
	TEST(test_changed_desired_is_refused),
	TEST(test_limits),
	TEST(test_unproven_account_is_refused));
