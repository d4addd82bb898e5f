/*
 * One write, from intent to outcome: the only way by which anything is changed
 * (design 8, rules 1, 2, 9).
 *
 *	check access -> intent durable -> check again -> mint -> send ->
 *	answer -> outcome in the journal -> done
 *
 * A person's acts and the engine's come through here alike.  Nothing is sent
 * when the journal cannot be written, when access went away meanwhile, or, for
 * the engine, when the lease could end before the request's own deadline.
 */
#ifndef CONTROL_ACT_RUN_H
#define CONTROL_ACT_RUN_H

#include "backend/control/backend_private.h"

#define ACT_REQUEST_MS ((int64_t)30 * 1000)

struct act_run;

struct act_end {
	const char *id;		/* of the act */
	struct err err;		/* ERR_NONE: done */
	const char *result;	/* what the journal says */
	bool sent;		/* false: nothing left this machine */
};

struct act_spec {
	enum row_id row;
	const char *verb;	/* "cordon" */
	const char *op;		/* operation it belongs to, or "" */
	enum act_by by;		/* ACT_BY_PERSON or ACT_BY_PADDOCK */
	/* About the Lease itself, or a person's hold, which only forbids:
	 * needs no lease. */
	bool leaderless;
	enum kind kind;
	const struct target *target;
	const char *why, *before, *after;
	int64_t request_ms;	/* deadline of the request; 0: ACT_REQUEST_MS */
	/* For world.acts; what NULL: not listed there. */
	const char *what, *group, *node;
	int32_t from, to;
	/* Starts the request with the permit; false with err when it could not
	 * be started.  Must lead to one act_run_answer. */
	bool (*send)(void *ctx, struct act_run *a, struct permit *permit,
		     struct err *err);
	void (*done)(void *ctx, const struct act_end *o);
	void *ctx;
};

struct act_runs *act_runs_new(struct backend *b);
/* What is still under way is forgotten; done is not called. */
void act_runs_free(struct act_runs *a);
uint32_t act_runs_pending(const struct act_runs *a);
/* Those of them that need the lease. */
uint32_t act_runs_leased(const struct act_runs *a);

/* False with err when it is refused at once; done is then not called.  Texts
 * are copied. */
bool act_run_start(struct backend *b, const struct act_spec *spec,
		   struct err *err);
/* The request ended.  err ERR_NONE: done; result for people, or NULL. */
void act_run_answer(struct act_run *a, const struct err *err,
		    const char *result);
/* How long the request may take, for the sender. */
int64_t act_run_request_ms(const struct act_run *a);
const char *act_run_id(const struct act_run *a);
void *act_run_ctx(const struct act_run *a); /* the spec's */

/* One more permit under the act that took the Lease, to renew it and to tell
 * the status: a line every two seconds would bury the journal.  Refused as any
 * act is; not sent after deadline_boot_ms, 0: no limit. */
bool act_renewal_permit(struct backend *b, enum row_id row,
			const char *act_id, int64_t deadline_boot_ms,
			struct permit *out, struct err *err);

/* A new id, for an operation of several acts. */
void act_new_id(struct backend *b, char out[static ACT_ID_TEXT]);

/* One row of world.acts: what was asked of the cloud, as the engine reads it.
 * act_run_start shows its own when spec.what is given; who knows more of how
 * it ended (read back, several requests) shows it himself. */
struct act_shown {
	const char *id;
	const char *what, *group, *node, *code;
	int32_t from, to;
	int64_t started_ms;	/* world */
	int64_t ended_ms;	/* 0: it goes on */
	enum act_by by;
	uint8_t outcome;	/* enum act_outcome */
};
void act_show(struct backend *b, const struct act_shown *a);

/* A line without a request: unlock, mode changes, acknowledgements. */
struct act_note {
	const char *verb, *why, *before, *after, *result;
	enum act_by by;
	enum kind kind;
	const struct target *target;
	const char *id;		/* of an act it closes, or NULL */
	void (*done)(void *ctx, const struct err *err);
	void *ctx;
};
void act_note(struct backend *b, const struct act_note *n);

#endif
