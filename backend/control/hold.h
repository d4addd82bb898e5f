/*
 * Holds: a person keeps a group as it is for a time.
 *
 * What it holds: paddock's engine, in every mode, neither adds to the group
 * nor removes from it nor repairs it; a removal of one of its nodes that is
 * not terminated yet is given up.  The deployed autoscaler is told to remove
 * none of its nodes (scale-down-disabled on each), also of those that join
 * later; that it adds some cannot be forbidden this way, only by the group's
 * maximum. People, AWS itself and kubectl are not held.
 *
 * Where it is kept: in the journal (hold, unhold; design 8, rule 2), and on
 * each node as ANNOTATION_HOLD, whose JSON says which hold, since and until
 * when, why, and what scale-down-disabled was before, so that the end takes
 * away only what the hold brought, whoever ends it; other paddocks learn of it
 * from there.  Of two holds of a group the younger one counts.  A hold of
 * which no node carries the mark any more was ended by somebody else.
 *
 * Its end: our engine goes on by itself.  The marks come off when a console or
 * headless engine that may write runs next, or by unhold.
 *
 * Thread: the backend's.
 */
#ifndef CONTROL_HOLD_H
#define CONTROL_HOLD_H

#include "backend/control/act_run.h"

#define HOLD_LEAST_MS ((int64_t)60 * 1000)
#define HOLD_MOST_MS ((int64_t)7 * 24 * 3600 * 1000)
enum { HOLD_REASON = 160 };

struct hold {
	char group[RECORD_KEY];
	char id[ACT_ID_TEXT];	/* of the act that began it */
	char reason[HOLD_REASON];
	int64_t since_ms, until_ms; /* world */
	/* Nodes that were there at its beginning were marked at least once:
	 * that no one carries the mark any more has a meaning. */
	bool marked;
	bool fresh;		/* begun by this run: marks old nodes, too */
};

struct holds;
struct policy;

struct holds *holds_new(struct backend *b);
void holds_free(struct holds *h);

/* "1h REASON"; false with err (ERR_USAGE). */
bool hold_parse(const char *args, int64_t *for_ms, const char **reason,
		struct err *err);
/* The one in force, borrowed, or NULL. */
const struct hold *hold_of(const struct holds *h, const char *group);
/* Takes the journal, the nodes' marks and the time into account. */
void holds_refresh(struct backend *b, const struct snapshot *s);
/* Marks and unmarks what is due; on ticks. */
void holds_turn(struct backend *b);
bool holds_are_idle(const struct holds *h);
/* p with a key "hold" for each; new, one reference. */
const struct policy *holds_policy(const struct holds *h,
				  const struct policy *p);

/* For act_hold.c, once the journal has the line. */
void hold_begin(struct backend *b, const struct hold *taken);
void hold_end(struct backend *b, const char *group);
/* Writes or takes off the marks of the group's nodes now, by the person; done
 * comes once, also for none: how many are as they should be, how many failed
 * and why the first did.  The hold must have begun or ended before. */
void hold_mark(struct backend *b, const char *group,
	       void (*done)(void *ctx, uint32_t good, uint32_t bad,
			    const struct err *first),
	       void *ctx);

/* ---- hold_mark.c: one node ---- */

struct mark_spec {
	const struct target *target; /* name and uid */
	const struct hold *hold;     /* NULL: the mark comes off */
	const char *op;
	enum act_by by;
	const char *why;
	void (*done)(void *ctx, const struct err *err);
	void *ctx;
};
struct node_mark;
/* One done follows.  NULL: it came within this call. */
struct node_mark *node_mark_start(struct backend *b,
				  const struct mark_spec *spec);
void node_mark_drop(struct node_mark *m); /* NULL is fine */
/* What a mark says of its hold; false when it is none of ours. */
bool mark_read(const char *text, struct hold *out);

#endif
