/*
 * What the commands share: failing with the right exit code, a backend that is
 * pumped by hand until it knows enough, and saying things on stdout safely.
 */
#ifndef TUI_CLI_H
#define TUI_CLI_H

#include "backend/control/backend.h"
#include "tui/cli_options.h"

/* One sentence on stderr, cleaned (rule 10); returns its exit code. */
int cli_fail(const struct err *err);

/* The live policy: configuration file, then --policy, then --set.  New. */
struct policy *cli_policy(const struct options *o, struct err *err);
/* --policy and --set on top of what p holds; checked as a whole. */
bool cli_policy_apply(struct policy *p, const struct options *o,
		      struct err *err);

/* Deprecated and ineffective keys that p was given, said on stderr. */
void cli_policy_notes(const struct policy *p);

/* $XDG_STATE_HOME/paddock/NAME, its folder made; new text, NULL without a
 * home. */
char *cli_state_path(const char *name);

/* The flags every command shares, as a backend reads them. */
void cli_backend_config(const struct options *o, struct backend_config *out);

/* A backend without a thread, with its port. */
struct cli_session {
	struct port *port;
	struct backend *backend;
	struct policy *policy;
	const struct snapshot *snap; /* the newest seen, or NULL */
};

bool cli_open(struct cli_session *s, const struct options *o,
	      const char *via, bool engine, struct err *err);
void cli_close(struct cli_session *s);
/* One turn; keeps s->snap the newest. */
void cli_turn(struct cli_session *s);
/* Pumps until the sources in `mask` (1 << SOURCE_x) are live or failed, at most
 * deadline_ms.  False: one that is needed did not come; err says which. */
bool cli_wait(struct cli_session *s, unsigned mask, int64_t deadline_ms,
	      struct err *err);
/* After cli_wait for what a command cannot do without: waits for everything
 * else that joins, queues and the engine's first word are made of, as long as
 * it comes within deadline_ms.  What is still missing says so itself. */
void cli_settle(struct cli_session *s, int64_t deadline_ms);
/* "ns/name" or "name" as the object the snapshot shows: identity and version
 * travel with the command, so that a replaced object is refused. */
bool cli_find_target(const struct snapshot *snap, enum kind kind,
		     const char *word, bool ended_too, struct target *t,
		     struct err *err);
/* Cleaned text to stdout. */
void cli_print(const char *text, size_t len);

#endif
