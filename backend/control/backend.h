/*
 * The backend assembled: reactor, clients, store, engine, control, behind one
 * port.  Runs on a thread of its own under the console, or is pumped by hand by
 * one-shot commands and tests.
 */
#ifndef CONTROL_BACKEND_H
#define CONTROL_BACKEND_H

#include "backend/engine/policy.h"
#include "backend/port.h"

struct backend;

struct backend_config {
	const char *kubeconfig, *context, *ns;	/* NULL: as kubectl would */
	const char *region;
	const char *world_file;		/* --world: no servers at all */
	const char *record_dir;		/* --record */
	const char *config_file;	/* NULL: the XDG place */
	bool no_aws, no_gitlab;
	bool read_only;			/* --read-only wins over everything */
	const char *write_reason;	/* --write REASON: unlocked */
	bool simulated;			/* started by `paddock demo` */
	bool loopback_only;
	const struct policy *policy;	/* live policy, borrowed */
	int64_t frozen_ms;		/* --now, 0: none */
	bool engine;			/* run decisions at all */
	enum engine_mode mode;
	const char *via;		/* "console", "command line" ... */
};

/* NULL with err for what makes starting pointless (kubeconfig broken: exit 3).
 * Unreachable servers are states, not errors. */
struct backend *backend_new(const struct backend_config *config,
			    struct port *port, struct err *err);
void backend_free(struct backend *b);

bool backend_start(struct backend *b, struct err *err); /* its own thread */
/* Asks it to finish (hand back, flush) and waits at most deadline_ms. */
bool backend_stop(struct backend *b, int64_t deadline_ms);
/* Without a thread: one turn of at most wait_ms. */
void backend_turn(struct backend *b, int64_t wait_ms);

/* Saved reset string and descriptor of the terminal, for a forced exit while
 * the UI thread is stuck in a write (design 4). */
void backend_set_terminal(struct backend *b, int fd, const char *reset);

#endif
