/*
 * Acts against a scripted cluster: what is sent, what is refused, and that the
 * journal knows first (design 8, rules 1, 2, 6, 7, 9, 12).
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/control_rig.h"

static void
ready(struct control_rig *r)
{
	rig_go(r);
	rig_until_live(r);
}

static void
test_cordon(void **state)
{
	struct control_rig r;
	struct reply p, done;

	(void)state;
	rig_small_world(&r);
	ready(&r);
	p = rig_preview(&r, "cordon", KIND_NODE, NULL, "n1", NULL);
	assert_int_equal(p.code, ERR_NONE);
	assert_int_equal(p.ask, ASK_YES);
	assert_text_contains(p.text, "n1  schedulable > cordoned");
	assert_text_contains(p.text, "1 job runs on it");
	assert_text_contains(p.text, "kubectl --context test cordon n1");
	assert_text_contains(p.text, "test");
	assert_int_equal(r.write_n, 0);
	done = rig_confirm(&r, p.ref, NULL);
	assert_int_equal(done.code, ERR_NONE);
	assert_text_contains(done.text, "n1: cordoned");
	assert_int_equal(r.write_n, 1);
	assert_int_equal(r.unjournalled, 0);
	assert_int_equal(rig_wrote(&r, "PATCH /api/v1/nodes/n1?"
				       "fieldManager=paddock-a-"), 1);
	assert_int_equal(rig_wrote(&r, "\"uid\":\"uid-n1\""), 1);
	assert_int_equal(rig_wrote(&r, "\"resourceVersion\":\"101\""), 1);
	assert_int_equal(rig_wrote(&r, "\"unschedulable\":true"), 1);
	assert_int_equal(rig_journalled(&r, "\"phase\":\"intent\""), 1);
	assert_int_equal(rig_journalled(&r, "\"phase\":\"outcome\""), 1);
	assert_int_equal(rig_journalled(&r, "because of a test"), 2);
	/* Confirmed once is confirmed: the same preview does not act twice. */
	reply_fini(&done);
	done = rig_confirm(&r, p.ref, NULL);
	assert_int_equal(done.code, ERR_GONE);
	assert_int_equal(r.write_n, 1);
	reply_fini(&done);
	reply_fini(&p);
	rig_end(&r);
}

static void
test_nothing_to_do(void **state)
{
	struct control_rig r;

	(void)state;
	rig_small_world(&r);
	rig_node(&r, "n1", "uid-n1", "i-1", true);
	ready(&r);
	assert_int_equal(rig_do(&r, "cordon", KIND_NODE, NULL, "n1", NULL,
				NULL), ERR_CONFLICT);
	assert_int_equal(rig_do(&r, "uncordon", KIND_NODE, NULL, "n1", NULL,
				NULL), ERR_NONE);
	assert_int_equal(rig_wrote(&r, "\"unschedulable\":false"), 1);
	assert_int_equal(rig_do(&r, "cordon", KIND_NODE, NULL, "nope", NULL,
				NULL), ERR_GONE);
	assert_int_equal(rig_do(&r, "fly", KIND_NODE, NULL, "n1", NULL, NULL),
			 ERR_USAGE);
	rig_end(&r);
}

static bool
nobody_leads(struct control_rig *r)
{
	const struct snapshot *s = rig_look(r);
	bool none = s->engine.lead == LEAD_NONE;

	snapshot_unref(s);
	return none;
}

/* What an autoscaler left behind comes off with the cordon, or no pod would
 * come; one that leads finishes its removals itself. */
static void
test_uncordon_takes_marks_off(void **state)
{
	struct control_rig r;
	struct reply p, done;

	(void)state;
	rig_small_world(&r);
	rig_tainted_node(&r, "n1", "uid-n1", "i-1",
			 "ToBeDeletedByClusterAutoscaler");
	rig_lease(&r, "");
	r.options.engine = true;
	ready(&r);
	rig_until(&r, nobody_leads(&r));
	p = rig_preview(&r, "uncordon", KIND_NODE, NULL, "n1", NULL);
	assert_int_equal(p.code, ERR_NONE);
	assert_text_contains(p.text, "n1  cordoned > schedulable, taint "
				     "ToBeDeletedByClusterAutoscaler off");
	assert_text_contains(p.text, "taint node n1 "
				     "ToBeDeletedByClusterAutoscaler-");
	done = rig_confirm(&r, p.ref, NULL);
	assert_int_equal(done.code, ERR_NONE);
	assert_int_equal(r.write_n, 1);
	assert_int_equal(rig_wrote(&r, "\"unschedulable\":false,\"taints\":[]"),
			 1);
	assert_int_equal(rig_journalled(&r, "ToBeDeletedByClusterAutoscaler"),
			 2);
	reply_fini(&p);
	reply_fini(&done);
	rig_end(&r);
}

static void
test_uncordon_leaves_a_leaders_marks(void **state)
{
	struct control_rig r;
	struct reply p, done;

	(void)state;
	rig_small_world(&r);
	rig_tainted_node(&r, "n1", "uid-n1", "i-1",
			 "ToBeDeletedByClusterAutoscaler");
	ready(&r);
	p = rig_preview(&r, "uncordon", KIND_NODE, NULL, "n1", NULL);
	assert_int_equal(p.code, ERR_NONE);
	assert_text_contains(p.text, "stays and keeps pods away");
	done = rig_confirm(&r, p.ref, NULL);
	assert_int_equal(done.code, ERR_NONE);
	assert_int_equal(rig_wrote(&r, "taints"), 0);
	reply_fini(&p);
	reply_fini(&done);
	rig_end(&r);
}

/* Rule 7: the name is the same, the object is not. */
static void
test_replaced_object_is_refused(void **state)
{
	struct control_rig r;
	struct reply p, done;
	struct command c = { .kind = COMMAND_PREVIEW, .verb = "cordon" };

	(void)state;
	rig_small_world(&r);
	ready(&r);
	/* Replaced before the preview: the row on screen was another node. */
	c.target.handle.kind = KIND_NODE;
	snprintf(c.target.name, sizeof(c.target.name), "n1");
	snprintf(c.target.uid, sizeof(c.target.uid), "uid-of-old");
	p = rig_ask(&r, c);
	assert_int_equal(p.code, ERR_REFUSED);
	assert_text_contains(p.text, "was replaced");
	reply_fini(&p);
	/* Replaced between preview and act. */
	p = rig_preview(&r, "cordon", KIND_NODE, NULL, "n1", NULL);
	assert_int_equal(p.code, ERR_NONE);
	free(r.nodes[0].json);
	r.nodes[0].json = NULL;
	rig_node(&r, "n1", "uid-new", "i-9", false);
	done = rig_confirm(&r, p.ref, NULL);
	assert_int_equal(done.code, ERR_REFUSED);
	assert_int_equal(r.write_n, 0);
	reply_fini(&p);
	reply_fini(&done);
	rig_end(&r);
}

static void
test_lost_race_is_run_again(void **state)
{
	struct control_rig r;

	(void)state;
	rig_small_world(&r);
	ready(&r);
	r.conflicts = 2;
	assert_int_equal(rig_do(&r, "cordon", KIND_NODE, NULL, "n1", NULL,
				NULL), ERR_NONE);
	assert_int_equal(r.write_n, 3);
	r.conflicts = 99;
	assert_int_equal(rig_do(&r, "cordon", KIND_NODE, NULL, "n2", NULL,
				NULL), ERR_CONFLICT);
	assert_int_equal(r.unjournalled, 0);
	rig_end(&r);
}

/* ---- rule 1: read-only ---- */

static void
test_read_only_by_default(void **state)
{
	struct control_rig r;
	struct reply p, done;
	struct command c = { .kind = COMMAND_UNLOCK, .number = 1800000 };

	(void)state;
	rig_small_world(&r);
	r.options.simulated = false;
	ready(&r);
	p = rig_preview(&r, "cordon", KIND_NODE, NULL, "n1", NULL);
	/* Looking is free. */
	assert_int_equal(p.code, ERR_REFUSED);
	assert_int_equal(p.ask, ASK_NOTHING);
	assert_text_contains(p.text, "schedulable > cordoned");
	assert_text_contains(p.text, "read-only");
	/* A forged yes changes nothing. */
	done = rig_confirm(&r, p.ref, "n1");
	assert_int_equal(done.code, ERR_REFUSED);
	reply_fini(&done);
	done = rig_confirm(&r, p.ref + 7, NULL);
	assert_int_equal(done.code, ERR_GONE);
	reply_fini(&done);
	reply_fini(&p);
	assert_int_equal(rig_do(&r, "scale", KIND_GROUP, NULL, "general",
				"+1", NULL), ERR_REFUSED);
	assert_int_equal(rig_do(&r, "delete", KIND_POD, "ci", "job", NULL,
				"job"), ERR_REFUSED);
	assert_int_equal(r.write_n, 0);
	/* :write needs a reason ... */
	done = rig_ask(&r, c);
	assert_int_equal(done.code, ERR_USAGE);
	reply_fini(&done);
	/* ... and with one it is journalled and counted down. */
	snprintf(c.text, sizeof(c.text), "incident 4711");
	done = rig_ask(&r, c);
	assert_int_equal(done.code, ERR_NONE);
	reply_fini(&done);
	assert_int_equal(rig_journalled(&r, "\"verb\":\"unlock\""), 1);
	assert_int_equal(rig_journalled(&r, "incident 4711"), 1);
	assert_int_equal(rig_do(&r, "cordon", KIND_NODE, NULL, "n1", NULL,
				NULL), ERR_NONE);
	{
		const struct snapshot *s = rig_look(&r);

		assert_true(s->place.may_write);
		assert_true(s->place.write_until_boot_ms > r.clock.boot);
		snapshot_unref(s);
	}
	/* It ends by itself. */
	fake_clock_move(&r.clock, 1800000);
	rig_until_live(&r);
	assert_int_equal(rig_do(&r, "cordon", KIND_NODE, NULL, "n2", NULL,
				NULL), ERR_REFUSED);
	assert_int_equal(r.write_n, 1);
	rig_end(&r);
}

static void
test_read_only_flag_wins(void **state)
{
	struct control_rig r;
	struct reply done;
	struct command c = { .kind = COMMAND_UNLOCK, .number = 1800000,
			     .text = "please" };

	(void)state;
	rig_small_world(&r);
	r.options.read_only = true;
	r.options.write_reason = "I insist";
	ready(&r);
	done = rig_ask(&r, c);
	assert_int_equal(done.code, ERR_REFUSED);
	reply_fini(&done);
	assert_int_equal(rig_do(&r, "cordon", KIND_NODE, NULL, "n1", NULL,
				NULL), ERR_REFUSED);
	assert_int_equal(r.write_n, 0);
	rig_end(&r);
}

static void
test_context_configured_for_writing(void **state)
{
	struct control_rig r;
	FILE *f;

	(void)state;
	rig_small_world(&r);
	f = fopen(r.config, "wb");
	fputs("contexts:\n  test:\n    access: write\n    production: true\n",
	      f);
	fclose(f);
	r.options.simulated = false;
	ready(&r);
	{
		const struct snapshot *s = rig_look(&r);

		assert_true(s->place.may_write);
		assert_true(s->place.production);
		assert_int_equal(s->place.write_until_boot_ms, 0);
		snapshot_unref(s);
	}
	assert_int_equal(rig_do(&r, "cordon", KIND_NODE, NULL, "n1", NULL,
				NULL), ERR_NONE);
	{
		struct reply done = rig_ask(&r, (struct command){
							.kind = COMMAND_LOCK });

		reply_fini(&done);
	}
	assert_int_equal(rig_do(&r, "cordon", KIND_NODE, NULL, "n2", NULL,
				NULL), ERR_REFUSED);
	rig_end(&r);
}

static void
test_lock_between_preview_and_act(void **state)
{
	struct control_rig r;
	struct reply p, done;

	(void)state;
	rig_small_world(&r);
	ready(&r);
	p = rig_preview(&r, "cordon", KIND_NODE, NULL, "n1", NULL);
	done = rig_ask(&r, (struct command){ .kind = COMMAND_LOCK });
	reply_fini(&done);
	done = rig_confirm(&r, p.ref, NULL);
	assert_int_equal(done.code, ERR_REFUSED);
	assert_int_equal(r.write_n, 0);
	reply_fini(&done);
	reply_fini(&p);
	rig_end(&r);
}

/* ---- rule 2: the journal ---- */

static void
test_without_journal_nothing_is_sent(void **state)
{
	struct control_rig r;

	(void)state;
	rig_small_world(&r);
	assert_int_equal(mkdir(r.journal, 0700), 0); /* not a file */
	ready(&r);
	assert_int_equal(rig_do(&r, "cordon", KIND_NODE, NULL, "n1", NULL,
				NULL), ERR_IO);
	assert_int_equal(rig_do(&r, "scale", KIND_GROUP, NULL, "general",
				"+1", NULL), ERR_IO);
	assert_int_equal(r.write_n, 0);
	rig_end(&r);
}

/* The program dies while the request is under way: the next start shows it,
 * and a person can close it. */
static void
test_orphan_is_shown_and_acknowledged(void **state)
{
	struct control_rig r;
	const struct snapshot *s;
	struct handle h = { 0 };
	const struct slot *slot;
	char *file, *pid, *end;
	const char *at;
	int64_t begun_ms = 0, since_ms = -1;
	char key[32];

	(void)state;
	rig_small_world(&r);
	ready(&r);
	r.hang_writes = true;
	{
		struct reply p = rig_preview(&r, "cordon", KIND_NODE, NULL,
					     "n1", NULL);
		struct command c = { .kind = COMMAND_CONFIRM, .ref = p.ref };

		assert_true(port_send(r.port, &c));
		reply_fini(&p);
	}
	rig_until(&r, r.write_n == 1);
	assert_int_equal(rig_journalled(&r, "\"phase\":\"intent\""), 1);
	assert_int_equal(rig_journalled(&r, "\"phase\":\"outcome\""), 0);
	backend_free(r.backend); /* forgets what is under way, as kill -9 */
	r.backend = NULL;
	/* Another process wrote it, and that one is dead. */
	file = read_fixture(r.journal, NULL);
	at = strstr(file, "\"time\":\"");
	assert_non_null(at);
	at += strlen("\"time\":\"");
	assert_true(time_parse_rfc3339(at, strcspn(at, "\""), &begun_ms));
	pid = strstr(file, "\"pid\":") + 6;
	end = pid + strspn(pid, "0123456789");
	{
		FILE *f = fopen(r.journal, "wb");

		fprintf(f, "%.*s1073741824%s", (int)(pid - file), file, end);
		fclose(f);
	}
	free(file);
	r.hang_writes = false;
	rig_restart(&r);
	rig_until_live(&r);
	s = rig_look(&r);
	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_ALARM, &i, NULL));)
		if (str_has_prefix(record_name(slot->rec), "orphan/a-")) {
			const struct alarm *a = (const void *)slot->rec;

			h = a->subject;
			since_ms = a->since_ms;
		}
	assert_false(handle_is_none(h));
	/* Since the act was begun, not since somebody looked. */
	assert_int_equal(since_ms, begun_ms);
	{
		const struct entry *e = snapshot_rec(s, h);

		assert_true(e->orphaned);
		assert_text_equal(e->target, "node n1");
		snprintf(key, sizeof(key), "%llu",
			 (unsigned long long)e->seq);
	}
	snapshot_unref(s);
	assert_int_equal(rig_do(&r, "acknowledge", KIND_ENTRY, NULL, key,
				"found cordoned", NULL), ERR_NONE);
	assert_int_equal(rig_journalled(&r, "found cordoned"), 1);
	rig_restart(&r);
	rig_until_live(&r);
	s = rig_look(&r);
	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_ALARM, &i, NULL));)
		assert_false(str_has_prefix(record_name(slot->rec), "orphan"));
	snapshot_unref(s);
	rig_end(&r);
}

/* ---- permission ---- */

static void
test_denied_is_said_before_anything_is_asked(void **state)
{
	struct control_rig r;
	struct reply p;

	(void)state;
	rig_small_world(&r);
	r.deny = "\"nodes\"";
	ready(&r);
	p = rig_preview(&r, "cordon", KIND_NODE, NULL, "n1", NULL);
	assert_int_equal(p.code, ERR_DENIED);
	assert_text_contains(p.text, "you may not patch nodes");
	reply_fini(&p);
	assert_int_equal(r.write_n, 0);
	rig_end(&r);
}

/* ---- rule 6: deleting pods ---- */

static void
test_delete_a_pod_without_a_job(void **state)
{
	struct control_rig r;
	struct reply p, done;

	(void)state;
	rig_small_world(&r);
	ready(&r);
	p = rig_preview(&r, "delete", KIND_POD, "ci", "web", NULL);
	assert_int_equal(p.ask, ASK_YES);
	assert_text_contains(p.text, "No CI job runs in it");
	assert_text_contains(p.text, "kubectl --context test -n ci delete pod "
				     "web");
	done = rig_confirm(&r, p.ref, NULL);
	assert_int_equal(done.code, ERR_NONE);
	assert_int_equal(rig_wrote(&r, "DELETE /api/v1/namespaces/ci/pods/web"),
			 1);
	assert_int_equal(rig_wrote(&r, "\"preconditions\":{\"uid\":"
				       "\"uid-web\"}"), 1);
	reply_fini(&p);
	reply_fini(&done);
	rig_end(&r);
}

static void
test_killing_a_job_is_typed(void **state)
{
	struct control_rig r;
	struct reply p, done;

	(void)state;
	rig_small_world(&r);
	ready(&r);
	p = rig_preview(&r, "delete", KIND_POD, "ci", "job", NULL);
	assert_int_equal(p.ask, ASK_TYPED);
	assert_text_equal(p.expect, "job");
	assert_text_contains(p.text, "KILLS 1 running CI job");
	assert_text_contains(p.text, "job 42");
	done = rig_confirm(&r, p.ref, "Job");
	assert_int_equal(done.code, ERR_REFUSED);
	reply_fini(&done);
	done = rig_confirm(&r, p.ref, "");
	assert_int_equal(done.code, ERR_REFUSED);
	reply_fini(&done);
	assert_int_equal(r.write_n, 0);
	done = rig_confirm(&r, p.ref, "job");
	assert_int_equal(done.code, ERR_NONE);
	assert_int_equal(r.write_n, 1);
	reply_fini(&p);
	reply_fini(&done);
	rig_end(&r);
}

/* A job came to the pod after the preview said there was none. */
static void
test_a_job_that_came_meanwhile(void **state)
{
	struct control_rig r;
	struct reply p, done;

	(void)state;
	rig_small_world(&r);
	ready(&r);
	p = rig_preview(&r, "delete", KIND_POD, "ci", "web", NULL);
	assert_int_equal(p.ask, ASK_YES);
	rig_pod(&r, "ci", "web", "uid-web", "n1", 77, NULL);
	rig_until(&r, rig_knows(&r, KIND_JOB, "77"));
	done = rig_confirm(&r, p.ref, NULL);
	assert_int_equal(done.code, ERR_REFUSED);
	assert_int_equal(r.write_n, 0);
	reply_fini(&p);
	reply_fini(&done);
	rig_end(&r);
}

static void
test_replaced_pod_survives(void **state)
{
	struct control_rig r;
	struct reply p, done;

	(void)state;
	rig_small_world(&r);
	ready(&r);
	p = rig_preview(&r, "delete", KIND_POD, "ci", "web", NULL);
	/* The server has a new one, our watch has not told yet. */
	snprintf(r.pods[0].uid, sizeof(r.pods[0].uid), "uid-new");
	done = rig_confirm(&r, p.ref, NULL);
	assert_int_equal(done.code, ERR_CONFLICT);
	reply_fini(&p);
	reply_fini(&done);
	rig_end(&r);
}

SUITE(control_acts,
	TEST(test_cordon),
	TEST(test_nothing_to_do),
	TEST(test_uncordon_takes_marks_off),
	TEST(test_uncordon_leaves_a_leaders_marks),
	TEST(test_replaced_object_is_refused),
	TEST(test_lost_race_is_run_again),
	TEST(test_read_only_by_default),
	TEST(test_read_only_flag_wins),
	TEST(test_context_configured_for_writing),
	TEST(test_lock_between_preview_and_act),
	TEST(test_without_journal_nothing_is_sent),
	TEST(test_orphan_is_shown_and_acknowledged),
	TEST(test_denied_is_said_before_anything_is_asked),
	TEST(test_delete_a_pod_without_a_job),
	TEST(test_killing_a_job_is_typed),
	TEST(test_a_job_that_came_meanwhile),
	TEST(test_replaced_pod_survives));
