/*
 * The journal: audit trail and operation store in one append-only file of JSON
 * lines (design 8, rule 2), 0600, shared by all paddocks of a user through
 * flock.
 *
 * A line is one object: v, seq, time (wall), worldTime where the world's clock
 * is another, id, op, phase (intent|outcome), by, via, context, account, verb,
 * target{kind, namespace, name, uid, resourceVersion}, why, before, after,
 * result, writer{boot, pid, start}, prev.  seq counts lines, prev is the
 * SHA-256 of the line before (64 zeros in front of the first), so that a line
 * changed or taken out later shows.  A line cut short by a crash stays where
 * it is; the next one starts on a line of its own.
 *
 * At JOURNAL_FILE_BYTES the file is renamed to journal.1.jsonl (older ones move
 * up, JOURNAL_FILES are kept) and the chain goes on in a new one.
 *
 * Thread: one at a time; appending blocks on the disk, so the worker does it.
 */
#ifndef CONTROL_JOURNAL_H
#define CONTROL_JOURNAL_H

#include "backend/control/alive.h"
#include "backend/model/derived.h"
#include "backend/port.h"

#define JOURNAL_FILE_BYTES ((int64_t)8 << 20)
enum { JOURNAL_FILES = 8, JOURNAL_LINE_BYTES = 16384 };

enum journal_phase { JOURNAL_INTENT, JOURNAL_OUTCOME };

struct journal_line {
	int64_t time_ms;	/* wall */
	int64_t world_ms;	/* world; 0: the same, and not written */
	const char *id, *op;	/* of the act; of its operation or "" */
	enum journal_phase phase;
	const char *by;		/* "person" or "engine" */
	const char *via;	/* "console", "command line", "headless" */
	const char *context, *account;
	const char *verb;
	enum kind kind;		/* of the target; KIND_COUNT: none */
	const struct target *target; /* or NULL */
	const char *why, *before, *after;
	const char *result;	/* outcomes: "ok" or what happened */
};

struct journal;

/* Nothing is opened yet.  path NULL: $XDG_STATE_HOME/paddock/journal.jsonl. */
struct journal *journal_new(const char *path);
void journal_free(struct journal *j);
const char *journal_path(const struct journal *j);

/* Returns when the line is on the disk; false when it is not, and then the
 * act must not be sent.  seq gets the line's number. */
NODISCARD bool journal_append(struct journal *j, const struct journal_line *l,
			      uint64_t *seq, struct err *err);
/* For tests: another limit of the file's size. */
void journal_set_limit(struct journal *j, int64_t bytes);

/* ---- reading ---- */

struct journal_intent { /* one without an outcome */
	char id[32];
	uint64_t seq;
	struct writer writer;
	int64_t world_ms; /* when it was written; 0: not told */
	char *text; /* owned: "cordon node ip-10-0-1-9" */
};

/* What a new run still has to know of earlier ones: steps that count against
 * its limits, and operations that outlive the program that began them.  One per
 * act, as its newest line says. */
enum { JOURNAL_DEEDS = 2000, JOURNAL_ID = 32 };
struct journal_deed {
	char id[JOURNAL_ID], op[JOURNAL_ID], verb[24];
	bool by_engine;
	bool over;		/* it has an outcome */
	int64_t world_ms;	/* of its first line */
	char *context, *name, *before, *after, *why, *result; /* owned */
};

struct journal_history {
	VEC(const struct record *) entries; /* newest last, bounded */
	/* Of the verbs scale, terminate, hold, unhold, annotate and step;
	 * oldest first, the newest JOURNAL_DEEDS. */
	VEC(struct journal_deed) deeds;
	VEC(struct journal_intent) open;
	uint32_t skipped;	/* lines that could not be read */
	uint64_t broken_seq;	/* first line whose prev is wrong; 0: none */
	uint64_t last_seq;
};

/* What the files hold; no file is an empty history.  At most `keep` entries,
 * the newest.  Entries of dead writers without an outcome are orphaned. */
bool journal_read(const struct journal *j, uint32_t keep,
		  struct journal_history *out, struct err *err);
void journal_history_fini(struct journal_history *h);
/* The texts of n of them. */
void journal_deeds_free(struct journal_deed *at, uint32_t n);

/* The line as a row of the journal view; new. */
const struct record *journal_record(const struct journal_line *l, uint64_t seq,
				    bool orphaned);
/* "node ip-10-0-1-9", "pod ci/web-1"; "" without a target. */
void journal_target_text(enum kind kind, const char *ns, const char *name,
			 char *out, size_t room);

#endif
