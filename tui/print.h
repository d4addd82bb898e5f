/*
 * One view, once, as text: `paddock get`.  Needs no terminal.
 */
#ifndef TUI_PRINT_H
#define TUI_PRINT_H

#include "tui/registry.h"

enum print_format { PRINT_TABLE, PRINT_WIDE, PRINT_JSON, PRINT_CSV };

/* "table", "wide", "json", "csv". */
bool print_format_parse(const char *name, enum print_format *out);

struct print_options {
	enum print_format format;
	const char *name;   /* only rows of this name, or "ns/name"; or NULL */
	const char *ns;	    /* only this namespace, or NULL */
	const char *filter; /* tui/filter.h, or NULL */
	const char *sort;   /* column, "-" in front: downward; or NULL */
	int64_t boot_ms, wall_ms; /* now */
	int width, height;  /* of a page (home); 0: 80 and all its lines */
	bool ascii;
	/* Gets the text in order, already safe for a terminal; returns false
	 * to stop. */
	bool (*sink)(void *ctx, const char *bytes, size_t len);
	void *ctx;
};

/* Sink for a stdio stream: ctx is the FILE. */
bool print_to_file(void *file, const char *bytes, size_t len);

/*
 * Prints the view of a snapshot and says in *rows (may be NULL) how many rows
 * it had.  False with err: bad filter or sort (ERR_USAGE), a NAME that is not
 * there (ERR_GONE), or a sink that stopped (ERR_IO).
 */
bool view_print(struct entry_view v, const struct snapshot *s,
		const struct print_options *o, uint32_t *rows,
		struct err *err);

#endif
