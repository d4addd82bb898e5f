/*
 * An engine that leads in the rig: starting it, talking to it, waiting for it.
 */
#ifndef UNIT_CONTROL_LEAD_H
#define UNIT_CONTROL_LEAD_H

#include "tests/unit/control_rig.h"

/* Headless and active by the given policy (borrowed until rig_leave), with
 * nobody before it. */
void rig_lead(struct control_rig *r, struct policy *p);
/* Nothing was done without a durable intent; frees both. */
void rig_leave(struct control_rig *r, struct policy *p);

/* A live policy with these keys set; the caller's reference. */
struct policy *rig_policy(const char *const (*keys)[2], size_t n);
/* Ends as SIGTERM does; hand_backs: so many so far, with this one. */
void rig_quit(struct control_rig *r, int hand_backs);
/* The program anew, on the same journal; what was noted is forgotten. */
void rig_start_again(struct control_rig *r);
bool rig_noted(const struct control_rig *r, const char *text);

/* The small world with one pod that waits; general may grow to five. */
void rig_waiting_world(struct control_rig *r);
bool rig_decided(struct control_rig *r); /* there is a plan */
/* Connects, and until it has decided for the first time. */
void rig_until_decided(struct control_rig *r);
enum err_code rig_mode(struct control_rig *r, enum engine_mode mode);
/* shown: the step that the person saw, "" for any. */
enum err_code rig_approve(struct control_rig *r, const char *shown);
bool rig_awaits_approval(struct control_rig *r);
/* What it would do next. */
void rig_next_step(struct control_rig *r, char *out, size_t room);

/* Ten minutes of the world at most, all of it pumped. */
#define rig_pass_until(r, condition)                                        \
	do {                                                                \
		for (int i_ = 0; i_ < 3000 && !(condition); i_++)           \
			rig_pass(r, 200);                                   \
		assert_true(condition);                                     \
	} while (0)

#endif
