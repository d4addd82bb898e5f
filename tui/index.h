/*
 * The rows of a table view in order: filtered, scoped, sorted.
 *
 * An index follows snapshots: it compares pages with the snapshot it saw last,
 * takes changed rows out and merges them back in, so that work is proportional
 * to what changed (plus one pass over the row array).  Equal sort keys keep a
 * fixed order by namespace, name, slot.  Unknown values sort last both ways.
 *
 * Thread: the UI's, or a one-shot command's.
 */
#ifndef TUI_INDEX_H
#define TUI_INDEX_H

#include "tui/filter.h"

struct index_row {
	struct handle handle;
	const struct record *rec; /* borrowed from the held snapshot */
	bool known, ended;
	double number;
	char *text; /* owned; NULL when the key is a number */
};

struct index {
	const struct view *view;
	const struct column *sort; /* NULL: by name */
	bool down;
	bool spans;		   /* the sort key grows with time */
	bool faulty_only;
	char ns[64];		   /* "": every namespace */
	struct filter *filter;	   /* owned */
	/* The row this table is scoped to (enter's drill-down), kept alive
	 * here so that the scope outlives its object. */
	struct handle scope;
	struct slot scope_slot;

	const struct snapshot *snap; /* the one last followed; a reference */
	VEC(struct index_row) rows;
	uint32_t total;		   /* rows before the filter, within scope */
	bool stale;		   /* order or filter changed: rebuild */
	int64_t clock_ms;	   /* world time of the last full rebuild */
	uint64_t rebuilds, merges; /* for tests and bench */
};

void index_init(struct index *ix, const struct view *view);
void index_fini(struct index *ix);

/* Each marks the index stale; the next index_follow rebuilds. */
void index_sort(struct index *ix, const struct column *column, bool down);
void index_filter(struct index *ix, struct filter *taken); /* NULL: none */
void index_scope(struct index *ix, const struct snapshot *s, struct handle h);
void index_namespace(struct index *ix, const char *ns);
void index_faulty(struct index *ix, bool only);

/* Brings the rows up to x->snap.  True when the order or the set of rows may
 * differ from before. */
bool index_follow(struct index *ix, const struct view_ctx *x);

/* Lets go of rows and snapshot while nobody looks, so that no old world is kept
 * alive; the next index_follow builds anew. */
void index_park(struct index *ix);

/* Position of a row, searched near `hint` first; UINT32_MAX when absent. */
uint32_t index_find(const struct index *ix, struct handle h, uint32_t hint);

/* The view's own first order. */
void view_default_sort(const struct view *v, const struct column **column,
		       bool *down);

#endif
