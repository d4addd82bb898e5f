/*
 * Views as text: aligned table, CSV, pages; print_json.c has JSON.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/text.h"
#include "tui/print_private.h"

static const char *const format_names[] = {
	[PRINT_TABLE] = "table",
	[PRINT_WIDE] = "wide",
	[PRINT_JSON] = "json",
	[PRINT_CSV] = "csv",
};

bool
print_format_parse(const char *name, enum print_format *out)
{
	for (size_t i = 0; i < ARRAY_LEN(format_names); i++) {
		if (strcmp(format_names[i], name) == 0) {
			*out = (enum print_format)i;
			return true;
		}
	}
	return false;
}

bool
print_to_file(void *file, const char *bytes, size_t len)
{
	return fwrite(bytes, 1, len, file) == len;
}

void
print_send(struct printer *p, bool all)
{
	if (p->stopped || (!all && p->line.len < 16384))
		return;
	if (p->line.len &&
	    !p->o->sink(p->o->ctx, buf_text(&p->line), p->line.len))
		p->stopped = true;
	buf_reset(&p->line);
}

static bool
is_asked(const struct printer *p, const struct row *row)
{
	const char *name = p->o->name, *slash;
	char key[RECORD_KEY];

	if (!name || strcmp(record_name(row->rec), name) == 0)
		return true;
	slash = strchr(name, '/');
	if (slash && strcmp(record_name(row->rec), slash + 1) == 0 &&
	    strlen(record_ns(row->rec)) == (size_t)(slash - name) &&
	    memcmp(record_ns(row->rec), name, (size_t)(slash - name)) == 0)
		return true;
	return strcmp(record_key(row->rec, key), name) == 0;
}

/* The rows to print, in order; the name is a filter of its own. */
static uint32_t
pick(struct printer *p)
{
	struct index *ix = &p->index;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < ix->rows.n; i++) {
		struct row row = view_row(&p->x, ix->rows.at[i].handle);

		if (!is_asked(p, &row)) {
			free(ix->rows.at[i].text);
			continue;
		}
		ix->rows.at[kept++] = ix->rows.at[i];
	}
	return ix->rows.n = kept;
}

static bool
is_shown(const struct printer *p, const struct column *c)
{
	return p->o->format != PRINT_TABLE || !(c->flags & COLUMN_WIDE);
}

/* ---- table ---- */

enum { COLUMNS_MAX = 40, SAFE_TEXT = CELL_TEXT * 3 };

static void
safe_cell(const struct printer *p, const struct column *c, uint32_t row_at,
	  char out[static SAFE_TEXT])
{
	struct row row = view_row(&p->x, p->index.rows.at[row_at].handle);
	struct cell cell;

	c->get(&row, &p->x, &cell);
	text_clean_to(out, SAFE_TEXT, cell.text, strlen(cell.text));
}

static void
pad(struct buf *b, int cells)
{
	while (cells-- > 0)
		buf_putc(b, ' ');
}

static void
table_line(struct printer *p, const int *widths, uint32_t row_at, bool title)
{
	const struct view *v = p->view;
	char text[SAFE_TEXT];
	int owed = 0; /* blanks not yet written: none at a line's end */

	for (uint32_t i = 0; v->columns[i].title; i++) {
		const struct column *c = &v->columns[i];
		int cells;

		if (!is_shown(p, c))
			continue;
		if (title)
			snprintf(text, sizeof(text), "%s", c->title);
		else
			safe_cell(p, c, row_at, text);
		cells = text_width(text, strlen(text));
		if (c->flags & COLUMN_RIGHT)
			owed += widths[i] - cells;
		if (*text) {
			pad(&p->line, owed);
			buf_puts(&p->line, text);
			owed = 0;
		}
		if (!(c->flags & COLUMN_RIGHT))
			owed += widths[i] - cells;
		owed += 2;
	}
	buf_putc(&p->line, '\n');
	print_send(p, false);
}

static void
print_table(struct printer *p)
{
	const struct view *v = p->view;
	int widths[COLUMNS_MAX] = { 0 };
	char text[SAFE_TEXT];

	for (uint32_t i = 0; v->columns[i].title; i++) {
		const struct column *c = &v->columns[i];

		BUG_IF(i == COLUMNS_MAX);
		if (!is_shown(p, c))
			continue;
		widths[i] = text_width(c->title, strlen(c->title));
		for (uint32_t r = 0; r < p->index.rows.n; r++) {
			int cells;

			safe_cell(p, c, r, text);
			cells = text_width(text, strlen(text));
			if (cells > widths[i])
				widths[i] = cells;
		}
	}
	table_line(p, widths, 0, true);
	for (uint32_t r = 0; r < p->index.rows.n && !p->stopped; r++)
		table_line(p, widths, r, false);
}

/* ---- CSV ---- */

/* Machine-readable text of a value; "" when unknown. */
static void
plain_value(const struct cell *c, struct buf *out)
{
	char time[TIME_TEXT];

	switch (c->value_kind) {
	case VALUE_NONE:
		break;
	case VALUE_INT:
		buf_printf(out, "%lld", (long long)c->number);
		break;
	case VALUE_REAL:
		buf_printf(out, "%.10g", c->real);
		break;
	case VALUE_BOOL:
		buf_puts(out, c->number ? "true" : "false");
		break;
	case VALUE_TIME:
		buf_puts(out, time_format(c->number, false, time));
		break;
	default:
		text_clean(out, c->str, strlen(c->str), TEXT_ONE_LINE);
		break;
	}
}

/*
 * RFC 4180, and a text that a spreadsheet would take for a formula is quoted
 * with an apostrophe in front (design 8, rule 10).
 */
static void
csv_cell(struct buf *out, const struct cell *c)
{
	struct buf plain;
	const char *text;
	bool formula, quote;

	buf_init(&plain, SAFE_TEXT);
	plain_value(c, &plain);
	text = buf_text(&plain);
	formula = (c->value_kind == VALUE_TEXT ||
		   c->value_kind == VALUE_LIST) &&
		  *text && strchr("=+-@", *text);
	quote = formula || strpbrk(text, ",\"\n") || *text == ' ';
	if (quote)
		buf_putc(out, '"');
	if (formula)
		buf_putc(out, '\'');
	for (; *text; text++) {
		if (*text == '"')
			buf_putc(out, '"');
		buf_putc(out, *text);
	}
	if (quote)
		buf_putc(out, '"');
	buf_fini(&plain);
}

static void
print_csv(struct printer *p)
{
	const struct view *v = p->view;
	struct cell cell;

	for (uint32_t i = 0; v->columns[i].title; i++)
		buf_printf(&p->line, "%s%s", i ? "," : "", v->columns[i].json);
	buf_puts(&p->line, ",ended\r\n");
	for (uint32_t r = 0; r < p->index.rows.n && !p->stopped; r++) {
		struct row row =
			view_row(&p->x, p->index.rows.at[r].handle);

		for (uint32_t i = 0; v->columns[i].title; i++) {
			v->columns[i].get(&row, &p->x, &cell);
			if (i)
				buf_putc(&p->line, ',');
			csv_cell(&p->line, &cell);
		}
		buf_puts(&p->line, row.slot->ended ? ",true\r\n"
						   : ",false\r\n");
		print_send(p, false);
	}
}

/* ---- pages ---- */

static void
print_page(struct printer *p, const struct page_view *v, uint32_t *rows)
{
	struct page_out out;

	page_out_init(&out, p->o->width > 0 ? p->o->width : 80,
		      p->o->height > 0 ? p->o->height : INT16_MAX);
	v->paint(&p->x, &out);
	if (rows)
		*rows = out.lines.n;
	if (p->o->format == PRINT_JSON) {
		bool whole = print_json_page(p, v);

		BUG_IF(!whole && !p->stopped);
	} else {
		for (uint32_t i = 0; i < out.lines.n; i++) {
			page_text(&out.lines.at[i], &p->line);
			while (p->line.len &&
			       p->line.at[p->line.len - 1] == ' ')
				p->line.at[--p->line.len] = '\0';
			buf_putc(&p->line, '\n');
		}
	}
	page_out_fini(&out);
}

/* ---- entry ---- */

static bool
set_order(struct printer *p, struct err *err)
{
	const char *sort = p->o->sort;
	struct err bad = { .code = ERR_NONE };
	struct filter *f;

	if (sort) {
		bool down = *sort == '-';
		const struct column *c;

		sort += down;
		c = view_column(p->view, sort, strlen(sort));
		if (!c)
			return err_set(err, ERR_USAGE,
				       "sort: no column \"%s\" in %s", sort,
				       p->view->name);
		index_sort(&p->index, c, down);
	}
	if (p->o->filter) {
		f = filter_parse(p->view, p->o->filter, &bad);
		if (bad.code != ERR_NONE)
			return err_set(err, ERR_USAGE, "%s", bad.text);
		index_filter(&p->index, f);
	}
	if (p->o->ns)
		index_namespace(&p->index, p->o->ns);
	return true;
}

static bool
print_rows(struct printer *p, uint32_t *rows, struct err *err)
{
	uint32_t n;

	if (!set_order(p, err))
		return false;
	index_follow(&p->index, &p->x);
	n = pick(p);
	if (rows)
		*rows = n;
	if (!n && p->o->name)
		return err_set(err, ERR_GONE, "%s: no \"%s\" here",
			       p->view->name, p->o->name);
	switch (p->o->format) {
	case PRINT_JSON:
		if (!print_json_rows(p) && !p->stopped)
			return err_set(err, ERR_IO, "%s: JSON failed",
				       p->view->name);
		buf_putc(&p->line, '\n');
		return true;
	case PRINT_CSV:
		print_csv(p);
		return true;
	default:
		print_table(p);
		return true;
	}
}

bool
view_print(struct entry_view v, const struct snapshot *s,
	   const struct print_options *o, uint32_t *rows, struct err *err)
{
	struct printer p = {
		.o = o,
		.view = v.table,
		.x = {
			.snap = s,
			.now_ms = world_clock_at(&s->clock, o->boot_ms),
			.wall_ms = o->wall_ms,
			.want_text = true,
			.ascii = o->ascii,
		},
	};
	bool ok = true;

	BUG_IF(entry_view_none(v));
	buf_init(&p.line, SIZE_MAX / 2);
	if (v.table) {
		index_init(&p.index, v.table);
		ok = print_rows(&p, rows, err);
		index_fini(&p.index);
	} else if (o->format == PRINT_CSV) {
		ok = err_set(err, ERR_USAGE,
			     "%s is a page: -o table or json, or csv of "
			     "groups, jobs, nodes",
			     v.page->name);
	} else {
		print_page(&p, v.page, rows);
		if (o->format == PRINT_JSON)
			buf_putc(&p.line, '\n');
	}
	print_send(&p, true);
	buf_fini(&p.line);
	if (ok && p.stopped)
		return err_set(err, ERR_IO, "output stopped");
	return ok;
}
