/*
 * The grammar of a view: a table as data.
 *
 * A view is one file in views/: extractors, then const tables, then VIEW().
 * Header row, help, completion, sort menu, key hints, JSON, CSV, README's key
 * table and permission checks are derived from these tables and never written
 * twice.  Views include this header, model and port.h, nothing else.
 *
 * An extractor fills one cell from one row.  It may not pad, colour by number,
 * allocate, or know its column's width.  It must accept any record of its kind,
 * also a zeroed one, and a slot without a sum.
 */
#ifndef TUI_VIEW_H
#define TUI_VIEW_H

#include "backend/base/json.h"
#include "backend/model/cloud.h"
#include "backend/model/gitlab.h"
#include "backend/model/node.h"
#include "backend/model/workload.h"
#include "backend/port.h"

enum tone {
	TONE_NORMAL,
	TONE_DIM,
	TONE_GOOD,
	TONE_WARN,
	TONE_BAD,
	TONE_ACCENT,
	TONE_TITLE,
	TONE_ENDED,	/* evidence: gone but kept */
	TONE_COUNT
};

/* What an extractor reads besides the row. */
struct view_ctx {
	const struct snapshot *snap;
	int64_t now_ms;		/* world time */
	int64_t wall_ms;	/* for credentials and the journal */
	bool want_text;		/* false: only the value is needed (sorting) */
	bool ascii;		/* no characters beyond ASCII */
	uint8_t chart_cells;	/* cells a chart may take; 0: the default */
};

struct row {
	struct handle handle;
	const struct slot *slot;	/* rec, sum, ended */
	const void *rec;		/* slot->rec */
	const void *sum;		/* slot->sum, may be NULL */
};

enum value_kind { VALUE_NONE, VALUE_INT, VALUE_REAL, VALUE_BOOL, VALUE_TEXT,
		  VALUE_TIME, VALUE_LIST };

/* What a cell's number counts, so that `/mem>1Gi` and `/wait>10m` work. */
enum unit { UNIT_PLAIN, UNIT_SECONDS, UNIT_AGE, UNIT_CLOCK, UNIT_MCPU,
	    UNIT_BYTES, UNIT_PERCENT };

enum { CELL_TEXT = 240 };

/*
 * A cell has a value (sorting, JSON, filters by number) and a text (screen).
 * The cell_* helpers of view_cell.c set both.
 */
struct cell {
	uint8_t value_kind;
	uint8_t tone;
	uint8_t unit;		/* enum unit */
	bool ordered;		/* TEXT sorts by number, not by letters */
	int64_t number;		/* INT, BOOL, TIME (ms since the epoch) */
	double real;
	const char *str;	/* TEXT, LIST (comma separated); borrowed */
	char text[CELL_TEXT];	/* not yet cleaned: the painter does */
};

void cell_unknown(struct cell *c);		/* "?", JSON null */
void cell_blank(struct cell *c);		/* "-", JSON null */
void cell_text(struct cell *c, const struct view_ctx *x, const char *str);
/* A number with another text for the screen. */
void cell_label(struct cell *c, const struct view_ctx *x, int64_t number,
		const char *text);
/* A text that sorts by a number: states in the order of a life. */
void cell_ordered(struct cell *c, const struct view_ctx *x, const char *str,
		  int64_t order);
void cell_int(struct cell *c, const struct view_ctx *x, int64_t n);
/* -1 is unknown. */
void cell_count(struct cell *c, const struct view_ctx *x, int64_t n);
void cell_bool(struct cell *c, const struct view_ctx *x, bool v);
/* Age of a time: "22m"; 0 is unknown.  Sorts youngest first. */
void cell_age(struct cell *c, const struct view_ctx *x, int64_t since_ms);
/* A time of day, "03:07:22", with its date when it is not of these 20 hours;
 * 0 is unknown.  Sorts oldest first.  cell_wall: not world but wall time. */
void cell_clock(struct cell *c, const struct view_ctx *x, int64_t at_ms);
void cell_wall(struct cell *c, const struct view_ctx *x, int64_t at_ms);
/* A span: -1 is unknown.  Its number and its JSON are seconds. */
void cell_span(struct cell *c, const struct view_ctx *x, int64_t span_ms);
void cell_percent(struct cell *c, const struct view_ctx *x, int64_t milli);
void cell_mcpu(struct cell *c, const struct view_ctx *x, int64_t mcpu);
void cell_bytes(struct cell *c, const struct view_ctx *x, int64_t bytes);
/* Comma separated names; JSON prints an array.  "" is an empty list. */
void cell_list(struct cell *c, const struct view_ctx *x, const char *list);
PRINTF_LIKE(3, 4)
void cell_format(struct cell *c, const struct view_ctx *x, const char *fmt,
		 ...);
/* A chart of up to CHART_POINTS numbers as one line of characters. */
void cell_chart(struct cell *c, const struct view_ctx *x,
		const int16_t *points, uint32_t n, int32_t ceiling);

/* How a column claims screen cells; resolved once per layout, never per row. */
struct width {
	uint8_t min;	/* narrower than this and the column is dropped */
	uint8_t max;	/* 0: no ceiling */
	uint8_t grow;	/* share of what is left over */
	uint8_t prio;	/* 0: never dropped ... 9: first to go */
};

enum {
	COLUMN_RIGHT = 1,
	COLUMN_WIDE = 2,  /* only with -o wide or ctrl-w */
	COLUMN_DESC = 4,  /* sorts downward first */
	COLUMN_CLOCK = 8, /* changes with time alone */
	COLUMN_TAIL = 16, /* its end tells rows apart: cut in the middle */
	COLUMN_HOST = 32, /* node names: the screen leaves EC2's domain out */
};

struct column {
	const char *title;	/* "REQ%" */
	const char *json;	/* "cpuRequestPercent" */
	const char *help;
	struct width width;
	unsigned flags;
	void (*get)(const struct row *row, const struct view_ctx *x,
		    struct cell *c);
};

/* Asked of the API server before being offered; unknown is tried.  With group
 * "aws" the verb is an IAM action, with "paddock" the act stays local. */
struct permission {
	const char *verb, *group, *resource, *subresource;
};

enum {
	ACTION_MARKED = 1,  /* works on all marked rows */
	ACTION_MUTATES = 2, /* needs write access: preview and confirm */
	ACTION_ASKS = 4,    /* asks for an argument first: see prompt */
};

struct action {
	const char *verb;   /* what keymaps bind, :command runs, help prints;
			       mutating verbs are control/'s */
	const char *key;    /* default binding: "c", "ctrl-d" */
	const char *help;
	const char *hint;   /* short words for the key line */
	const char *prompt; /* ACTION_ASKS: "New maximum for {name}" */
	const char *arg;    /* prefix of args: "max=" */
	struct permission need; /* verb NULL: none asked */
	unsigned flags;
	/* Non-mutating verbs handled by the console itself: "logs", "yaml",
	 * "describe", "why", "open:VIEW" name them in verb; run is NULL. */
};

struct view {
	const char *name;	/* "nodes" */
	const char *aliases;	/* "no,node" */
	const char *title;	/* "Nodes" */
	const char *help;	/* one sentence */
	enum kind feed;
	const struct column *columns;	/* ends with title NULL */
	const struct action *actions;	/* ends with verb NULL; may be NULL */
	const char *sort;	/* json name of the first sort column, "-" in
				   front: downward */
	const char *enter;	/* view Enter opens, scoped to the row, or a
				   verb such as "why" */
	/* True when `row` belongs under `scope` (a row of another view): how
	 * enter's drill-down filters.  NULL: every row. */
	bool (*under)(const struct row *row, const struct row *scope,
		      const struct view_ctx *x);
	/* Leaves rows out altogether (e.g. pause pods).  NULL: none. */
	bool (*shows)(const struct row *row, const struct view_ctx *x);
	enum tone (*tone)(const struct row *row, const struct view_ctx *x);
	/* True: shown by ctrl-f ("only what is wrong"). */
	bool (*faulty)(const struct row *row, const struct view_ctx *x);
	const char *empty;	/* said when there are no rows */
	/* For label selectors in filters.  NULL: the kind has no labels. */
	const struct labels *(*labels)(const struct row *row);
	/* More lines for the verb "show", under the columns.  NULL: none. */
	void (*detail)(const struct row *row, const struct view_ctx *x,
		       struct buf *out);
	/* The object that logs, describe, yaml and why are about when it is not
	 * the row itself (a job's pod, an event's object).  NULL: the row. */
	struct handle (*subject)(const struct row *row, const char *verb,
				 const struct view_ctx *x);
};

/*
 * A page that is not a table (home).  Painted into lines of styled text by the
 * view itself; rows that can be selected carry a handle.
 */
struct page_line {
	struct handle subject;	/* identity; none: not selectable */
	struct handle target;	/* what its actions are about */
	char verb[24];		/* the commonest fix, for `a`; "": none */
	bool heading;		/* painted as a title */
	uint16_t span_n;
	struct span {
		uint8_t tone;
		bool bold;
		char text[CELL_TEXT];
	} spans[12];
};

struct page_out; /* tui/page.c collects lines */
struct page_line *page_add(struct page_out *out);
PRINTF_LIKE(3, 4)
void page_span(struct page_line *line, enum tone tone, const char *fmt, ...);
int page_width(const struct page_out *out);
int page_height(const struct page_out *out);
/* The line under the cursor (none: nothing is selected). */
struct handle page_selected(const struct page_out *out);
/* Words for the key line, when there is room. */
PRINTF_LIKE(2, 3) void page_footer(struct page_out *out, const char *fmt, ...);

struct page_view {
	const char *name, *aliases, *title, *help;
	const struct action *actions;
	void (*paint)(const struct view_ctx *x, struct page_out *out);
	/* `-o json`: members of one object.  NULL: the lines as texts. */
	void (*json)(const struct view_ctx *x, struct jsonw *w);
};

/* What the row's slot holds, read through the snapshot. */
struct row view_row(const struct view_ctx *x, struct handle h);
/* Name of the record a handle stands for, or `none` ("" or "-"). */
const char *view_name(const struct view_ctx *x, struct handle h,
		      const char *none);

/* Declares a view and enrols it; there is no list to edit elsewhere. */
#define VIEW(id)                                                            \
	static const struct view view_##id;                                 \
	static const struct view *const view_entry_##id                     \
		__attribute__((used, section("views"))) = &view_##id;       \
	static const struct view view_##id

#define PAGE_VIEW(id)                                                       \
	static const struct page_view page_##id;                            \
	static const struct page_view *const page_entry_##id                \
		__attribute__((used, section("pages"))) = &page_##id;       \
	static const struct page_view page_##id

#endif
