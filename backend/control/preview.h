/*
 * Previews: an act worked out, shown, answered, carried out.
 *
 *	COMMAND_PREVIEW -> permission asked -> planned (reads fresh) ->
 *	REPLY_PREVIEW -> COMMAND_CONFIRM -> read again -> acts -> REPLY_DONE
 *
 * Each action family is one file with a struct action_ops.  A preview belongs
 * to this file until it is dropped; a family's callbacks may come after the
 * person dropped it, so it lives until its last callback.
 */
#ifndef CONTROL_PREVIEW_H
#define CONTROL_PREVIEW_H

#include "backend/control/act_run.h"
#include "backend/control/action.h"

enum { PREVIEW_TARGETS = 200 }; /* marked rows of one act */

struct preview {
	struct backend *backend;
	const struct action_ops *ops;
	struct command command;	/* owned */
	struct target *targets;	/* owned copies, resolved */
	uint32_t target_n;
	uint64_t ref;
	const struct snapshot *world; /* planned on; NULL once shown */
	struct buf text;	/* lines of the preview, then of the result */
	enum ask ask;
	char title[160];
	char expect[TARGET_NAME];
	struct err err;		/* first thing that went wrong */
	uint32_t failed, succeeded; /* targets */
	uint32_t waiting;	/* callbacks still to come */
	uint32_t next;		/* target under way */
	int tries;		/* of the current target */
	bool ready, confirmed, dropped, stopped;
	int64_t made_boot_ms;
	void *plan;		/* the family's own, freed by free() */
};

/* RBAC words of an action, asked for before it is offered; verb NULL: AWS has
 * no such question, it is tried. */
struct action_need {
	const char *verb, *group, *resource, *sub;
};

struct action_ops {
	const struct action_row *row;
	struct action_need need;
	/* Works out the preview from p->world and p->targets, at once or after
	 * reading; ends in one preview_ready or preview_fail. */
	void (*plan)(struct preview *p);
	/* Confirmed: carries it out on target p->next; ends in one
	 * preview_step_done. */
	void (*step)(struct preview *p);
};

extern const struct action_ops action_cordon, action_uncordon,
	action_delete_pod, action_scale, action_limits, action_acknowledge,
	action_hold, action_unhold;

struct previews *previews_new(struct backend *b);
void previews_free(struct previews *p);
bool previews_busy(const struct previews *p); /* something is carried out */

/* The commands; each takes the command over. */
void preview_open(struct backend *b, struct command *moved);
void preview_confirm(struct backend *b, const struct command *c);
void preview_drop(struct backend *b, uint64_t ref);
/* Rule 13: what has not been sent yet is not sent. */
void previews_stop(struct backend *b);

/* ---- for the families ---- */

PRINTF_LIKE(2, 3)
void preview_title(struct preview *p, const char *fmt, ...);
void preview_ready(struct preview *p);
void preview_fail(struct preview *p, const struct err *err);
/* How the step on target p->next ended; goes on to the next one. */
void preview_step_done(struct preview *p, const struct err *err,
		       const char *what);
/* "Same as:" and the equivalent command. */
void preview_same_as(struct preview *p, const char *command);
/* "CONTEXT (account A, REGION)" */
void preview_where(const struct preview *p, char *out, size_t room);
/* Texts from outside may stand in shell commands: quotes what needs it. */
void preview_shell_word(struct buf *out, const char *word);

/* ---- victims.c: jobs that end with something (rule 6) ---- */

struct victim {
	struct handle job, pod;
	int64_t id;
	const char *name, *project; /* from the snapshot */
	int64_t running_ms;	    /* how long it has been at it */
	const char *because;	    /* "" or "its manager pod goes" */
};

struct victims {
	VEC(struct victim) list;
};

/* Jobs killed when this pod goes: its own, and those of its runners when it is
 * a manager.  Texts live as long as the snapshot. */
void victims_of_pod(const struct snapshot *s, struct handle pod,
		    struct victims *out);
/* Jobs that run on the node, for previews that only mention them. */
void victims_of_node(const struct snapshot *s, struct handle node,
		     struct victims *out);
void victims_write(const struct victims *v, const struct snapshot *s,
		   struct buf *out);
void victims_fini(struct victims *v);

#endif
