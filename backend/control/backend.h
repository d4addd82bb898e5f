/*
 * The backend assembled: reactor, clients, store, engine, control, behind one
 * port.  Runs on a thread of its own under the console, or is pumped by hand by
 * one-shot commands and tests.
 *
 * One-shot: backend_new(config, NULL, &err), backend_wait_live, then either
 * backend_look / backend_plan, or port commands through a port of its own and
 * backend_turn until the reply comes; backend_finish, backend_free.
 */
#ifndef CONTROL_BACKEND_H
#define CONTROL_BACKEND_H

#include "backend/engine/plan.h"
#include "backend/engine/policy.h"
#include "backend/port.h"

struct backend;
struct config;

struct backend_config {
	const char *kubeconfig, *context, *ns;	/* NULL: as kubectl would */
	const char *region;
	const char *world_file;		/* --world: no servers at all */
	const char *record_dir;		/* --record: decisions go there */
	const char *config_file;	/* NULL: the XDG place */
	const char *journal_file;	/* NULL: the XDG place */
	bool no_aws, no_gitlab;
	bool read_only;			/* --read-only wins over everything */
	const char *write_reason;	/* --write REASON: unlocked at start */
	bool simulated;			/* started by `paddock demo` */
	bool loopback_only;
	const struct policy *policy;	/* live policy, borrowed; NULL: made
					   from the configuration file, or the
					   world file's own */
	/* A person's keys on top of a world file's policy; NULL: none. */
	bool (*adjust)(const void *ctx, struct policy *p, struct err *err);
	const void *adjust_ctx;
	int64_t frozen_ms;		/* --now, 0: none */
	bool engine;			/* run decisions at all */
	enum engine_mode mode;		/* taken up once data is live */
	const char *metrics_listen;	/* "127.0.0.1:9090"; NULL: not */
	const char *via;		/* "console", "command line",
					   "headless" */
	const struct clockwork *clock;	/* NULL: the system's; tests */
};

/* NULL with err for what makes starting pointless (kubeconfig broken: exit 3).
 * Unreachable servers are states, not errors.  Call http_global_init first. */
struct backend *backend_new(const struct backend_config *config,
			    struct port *port, struct err *err);
void backend_free(struct backend *b);

bool backend_start(struct backend *b, struct err *err); /* its own thread */
/* Asks it to finish (hand back, flush) and waits at most deadline_ms.  False:
 * it was still busy; a request under way shows as orphaned next time. */
bool backend_stop(struct backend *b, int64_t deadline_ms);
/* Any thread and signal handlers: finish, and when nobody calls backend_stop
 * within two seconds after that, reset the terminal and _exit (143). */
void backend_terminate(struct backend *b);

/* ---- without a thread ---- */

/* One turn of at most wait_ms. */
void backend_turn(struct backend *b, int64_t wait_ms);
/* Pumps until each source of the bit set (1 << SOURCE_...) is live or switched
 * off, and the first plan is there when the engine runs.  False with err naming
 * the first that is not: its trouble, with the code that is the exit code. */
bool backend_wait_live(struct backend *b, unsigned sources,
		       int64_t deadline_ms, struct err *err);
/* Pumps until nothing is under way; what backend_stop does on a thread. */
bool backend_finish(struct backend *b, int64_t deadline_ms);
/* Nothing more is to be expected soon: each source is live, off or in trouble,
 * also with what data asks for in turn (runner managers name their ConfigMaps),
 * and the engine has decided once, or cannot. */
bool backend_is_settled(struct backend *b);
/* As COMMAND_WANT: what nodes and pods use is asked only for whoever shows it;
 * true when the answer came (or none can: no cluster), for either kind. */
bool backend_want_usage(struct backend *b, enum kind kind);
/* A snapshot of now: one reference. */
const struct snapshot *backend_look(struct backend *b);
/* The last plan, one reference (plan_unref); NULL: nothing was decided. */
const struct plan *backend_plan(struct backend *b);
/* Why nothing is decided, in err; true when it could be. */
bool backend_can_decide(struct backend *b, struct err *err);
/* The policy decisions are made with: one reference; NULL without engine. */
const struct policy *backend_policy(struct backend *b);
/* The configuration file, borrowed. */
const struct config *backend_file(const struct backend *b);

/* Saved reset string and descriptor of the terminal, for a forced exit while
 * the UI thread is stuck in a write (design 4).  Call before curses changes
 * the terminal's modes: they are saved too. */
void backend_set_terminal(struct backend *b, int fd, const char *reset);

#endif
