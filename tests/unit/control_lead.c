/*
 * An engine that leads in the rig.
 */
#include "tests/unit/control_lead.h"

#include <stdio.h>

#include "backend/engine/policy.h"

void
rig_lead(struct control_rig *r, struct policy *p)
{
	r->options.engine = true;
	r->options.via = "headless";
	r->options.mode = MODE_ACTIVE;
	r->options.policy = p;
	rig_lease(r, "");
	rig_go(r);
	rig_until_live(r);
}

void
rig_leave(struct control_rig *r, struct policy *p)
{
	assert_int_equal(r->unjournalled, 0);
	rig_end(r);
	policy_unref(p);
}

struct policy *
rig_policy(const char *const (*keys)[2], size_t n)
{
	struct policy *p = policy_new(POLICY_LIVE);

	for (size_t i = 0; i < n; i++)
		assert_true(policy_set(p, keys[i][0], keys[i][1], NULL,
				       NULL));
	return p;
}

void
rig_quit(struct control_rig *r, int hand_backs)
{
	struct command c = { .kind = COMMAND_QUIT };

	assert_true(port_send(r->port, &c));
	rig_until(r, rig_journalled(r, "\"verb\":\"hand back\"") ==
			     2 * (uint32_t)hand_backs);
	assert_true(backend_finish(r->backend, 5000));
}

void
rig_start_again(struct control_rig *r)
{
	buf_reset(&r->notes);
	rig_restart(r);
	rig_until_live(r);
}

bool
rig_noted(const struct control_rig *r, const char *text)
{
	return strstr(buf_text(&r->notes), text) != NULL;
}

void
rig_waiting_world(struct control_rig *r)
{
	rig_small_world(r);
	rig_pod(r, "ci", "waits", "uid-waits", NULL, 77, NULL);
	rig_pod(r, "ci", "also", "uid-also", "n2", 78, NULL);
	r->options.engine = true;
}

bool
rig_decided(struct control_rig *r)
{
	const struct plan *p = backend_plan(r->backend);

	plan_unref(p);
	return p != NULL;
}

void
rig_until_decided(struct control_rig *r)
{
	rig_go(r);
	rig_until_live(r);
	rig_until(r, rig_decided(r));
}

static enum err_code
code_of(struct control_rig *r, struct command c)
{
	struct reply done = rig_ask(r, c);
	enum err_code code = (enum err_code)done.code;

	reply_fini(&done);
	return code;
}

enum err_code
rig_mode(struct control_rig *r, enum engine_mode mode)
{
	return code_of(
		r, (struct command){ .kind = COMMAND_MODE, .number = mode });
}

enum err_code
rig_approve(struct control_rig *r, const char *shown)
{
	struct command c = { .kind = COMMAND_APPROVE };

	snprintf(c.text, sizeof(c.text), "%s", shown);
	return code_of(r, c);
}

bool
rig_awaits_approval(struct control_rig *r)
{
	const struct snapshot *s = rig_look(r);
	bool yes = s->engine.awaiting_approval;

	snapshot_unref(s);
	return yes;
}

void
rig_next_step(struct control_rig *r, char *out, size_t room)
{
	const struct snapshot *s = rig_look(r);

	snprintf(out, room, "%s", s->engine.next_step);
	snapshot_unref(s);
}
