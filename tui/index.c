/*
 * Ordered rows that follow snapshots.
 */
#include "tui/index.h"

#include <stdio.h>
#include <stdlib.h>

/* Ages and waits change with time alone: such orders are renewed this often. */
enum { CLOCK_RENEW_MS = 5000 };

void
view_default_sort(const struct view *v, const struct column **column,
		  bool *down)
{
	const char *name = str_or_empty(v->sort);

	*down = *name == '-';
	name += *down;
	*column = NULL;
	for (const struct column *c = v->columns; c->title; c++)
		if (strcmp(c->json, name) == 0)
			*column = c;
}

void
index_init(struct index *ix, const struct view *view)
{
	memset(ix, 0, sizeof(*ix));
	ix->view = view;
	ix->stale = true;
	view_default_sort(view, &ix->sort, &ix->down);
}

static void
drop_rows(struct index *ix)
{
	for (uint32_t i = 0; i < ix->rows.n; i++)
		free(ix->rows.at[i].text);
	vec_clear(&ix->rows);
}

void
index_fini(struct index *ix)
{
	drop_rows(ix);
	vec_free(&ix->rows);
	filter_free(ix->filter);
	record_unref(ix->scope_slot.rec);
	record_unref(ix->scope_slot.sum);
	snapshot_unref(ix->snap);
	memset(ix, 0, sizeof(*ix));
}

void
index_park(struct index *ix)
{
	drop_rows(ix);
	vec_free(&ix->rows);
	snapshot_unref(ix->snap);
	ix->snap = NULL;
	ix->stale = true;
}

void
index_sort(struct index *ix, const struct column *column, bool down)
{
	ix->sort = column;
	ix->down = down;
	ix->stale = true;
}

void
index_filter(struct index *ix, struct filter *taken)
{
	filter_free(ix->filter);
	ix->filter = taken;
	ix->stale = true;
}

void
index_namespace(struct index *ix, const char *ns)
{
	snprintf(ix->ns, sizeof(ix->ns), "%s", ns);
	ix->stale = true;
}

void
index_faulty(struct index *ix, bool only)
{
	ix->faulty_only = only;
	ix->stale = true;
}

/* Keeps the newest known state of the scope row.  True when it changed. */
static bool
scope_refresh(struct index *ix, const struct snapshot *s)
{
	const struct slot *slot = snapshot_slot(s, ix->scope);

	if (!slot || (slot->rec == ix->scope_slot.rec &&
		      slot->sum == ix->scope_slot.sum))
		return false;
	if (slot->rec)
		record_ref(slot->rec);
	if (slot->sum)
		record_ref(slot->sum);
	record_unref(ix->scope_slot.rec);
	record_unref(ix->scope_slot.sum);
	ix->scope_slot = *slot;
	return true;
}

void
index_scope(struct index *ix, const struct snapshot *s, struct handle h)
{
	ix->scope = h;
	ix->stale = true;
	if (s)
		scope_refresh(ix, s);
}

/* ---- one row ---- */

static bool
in_scope(const struct index *ix, const struct row *row,
	 const struct view_ctx *x)
{
	const struct view *v = ix->view;

	if (v->shows && !v->shows(row, x))
		return false;
	if (ix->ns[0]) {
		const char *ns = record_ns(row->rec);

		if (*ns && strcmp(ns, ix->ns) != 0)
			return false;
	}
	if (!handle_is_none(ix->scope) && v->under) {
		struct row scope = {
			.handle = ix->scope,
			.slot = &ix->scope_slot,
			.rec = ix->scope_slot.rec,
			.sum = ix->scope_slot.sum,
		};

		if (!scope.rec || !v->under(row, &scope, x))
			return false;
	}
	return true;
}

static bool
is_wanted(const struct index *ix, const struct row *row,
	  const struct view_ctx *x)
{
	if (ix->faulty_only && ix->view->faulty && !ix->view->faulty(row, x))
		return false;
	return filter_match(ix->filter, row, x);
}

static struct index_row
make_row(struct index *ix, const struct row *row, const struct view_ctx *x)
{
	struct index_row out = { .handle = row->handle,
				 .rec = row->rec,
				 .ended = row->slot->ended };
	struct cell c;

	if (!ix->sort)
		return out;
	ix->sort->get(row, x, &c);
	out.known = true;
	if (c.unit == UNIT_SECONDS && (ix->sort->flags & COLUMN_CLOCK))
		ix->spans = true;
	switch (c.value_kind) {
	case VALUE_TEXT:
	case VALUE_LIST:
		if (c.ordered)
			out.number = (double)c.number;
		else
			out.text = xstrdup(c.str);
		break;
	case VALUE_REAL:
		out.number = c.real;
		break;
	case VALUE_TIME:
		/* An age grows as its time lies further back. */
		out.number = c.unit == UNIT_AGE ? -(double)c.number
						: (double)c.number;
		break;
	case VALUE_INT:
	case VALUE_BOOL:
		out.number = (double)c.number;
		break;
	default:
		out.known = false;
		break;
	}
	return out;
}

static int
compare_identity(const struct index_row *a, const struct index_row *b)
{
	int d = strcmp(record_ns(a->rec), record_ns(b->rec));

	if (!d)
		d = strverscmp(record_name(a->rec), record_name(b->rec));
	if (!d)
		d = (a->handle.slot > b->handle.slot) -
		    (a->handle.slot < b->handle.slot);
	return d;
}

static int
compare_rows(const void *pa, const void *pb, void *ctx)
{
	const struct index_row *a = pa, *b = pb;
	const struct index *ix = ctx;
	int d = 0;

	/* Evidence stands behind what lives, whatever the order. */
	if (a->ended != b->ended)
		return a->ended ? 1 : -1;
	if (a->known != b->known)
		return a->known ? -1 : 1;
	if (a->known) {
		if (a->text && b->text)
			d = strverscmp(a->text, b->text);
		else if (a->text || b->text)
			d = a->text ? 1 : -1;
		else
			d = (a->number > b->number) - (a->number < b->number);
		if (d)
			return ix->down ? -d : d;
	}
	return compare_identity(a, b);
}

/* ---- all rows ---- */

static void
rebuild(struct index *ix, const struct view_ctx *x)
{
	const struct slot *slot;
	struct handle h;

	drop_rows(ix);
	ix->total = 0;
	ix->spans = false;
	for (uint32_t i = 0;
	     (slot = snapshot_next(x->snap, ix->view->feed, &i, &h));) {
		struct row row = { h, slot, slot->rec, slot->sum };

		if (!in_scope(ix, &row, x))
			continue;
		ix->total++;
		if (is_wanted(ix, &row, x))
			vec_push(&ix->rows, make_row(ix, &row, x));
	}
	if (ix->rows.n)
		qsort_r(ix->rows.at, ix->rows.n, sizeof(ix->rows.at[0]),
			compare_rows, ix);
	ix->stale = false;
	ix->clock_ms = x->now_ms;
	ix->rebuilds++;
}

/* ---- what changed ---- */

struct change {
	uint64_t *bits; /* per slot index */
	uint32_t slots; /* rounded up to whole pages */
	uint32_t count;
};

static bool
slot_differs(const struct slot *a, const struct slot *b)
{
	return a->rec != b->rec || a->sum != b->sum || a->gen != b->gen ||
	       a->ended != b->ended;
}

/* Slots whose content differs between two tables of the same kind. */
static void
find_changes(const struct table *old, const struct table *new,
	     struct change *out)
{
	static const struct page nothing;
	uint32_t pages = old->page_n > new->page_n ? old->page_n : new->page_n;

	_Static_assert(SLOT_PAGE == 64, "one word of bits is one page");
	out->slots = pages * SLOT_PAGE;
	out->count = 0;
	out->bits = xcalloc(pages ? pages : 1, sizeof(*out->bits));
	for (uint32_t p = 0; p < pages; p++) {
		const struct page *a = p < old->page_n ? old->pages[p]
						       : &nothing;
		const struct page *b = p < new->page_n ? new->pages[p]
						       : &nothing;

		if (a == b)
			continue;
		for (uint32_t s = 0; s < SLOT_PAGE; s++) {
			if (!slot_differs(&a->slots[s], &b->slots[s]))
				continue;
			out->bits[p] |= UINT64_C(1) << s;
			out->count++;
		}
	}
}

static bool
change_has(const struct change *c, struct handle h)
{
	uint32_t i = h.slot - 1;

	return i < c->slots && (c->bits[i / 64] >> (i % 64) & 1);
}

/* Puts sorted `more` into the sorted rows, from the back, in place. */
static void
merge_rows(struct index *ix, struct index_row *more, uint32_t n)
{
	uint32_t left = ix->rows.n, to;

	for (uint32_t i = 0; i < n; i++)
		vec_push(&ix->rows, more[i]);
	to = ix->rows.n;
	while (n > 0) {
		if (left > 0 && compare_rows(&ix->rows.at[left - 1],
					     &more[n - 1], ix) > 0)
			ix->rows.at[--to] = ix->rows.at[--left];
		else
			ix->rows.at[--to] = more[--n];
	}
}

/* One row of the old or the new snapshot stands in scope? */
static bool
slot_in_scope(const struct index *ix, const struct snapshot *s,
	      uint32_t index, const struct view_ctx *x)
{
	const struct table *t = &s->table[ix->view->feed];
	const struct slot *slot;
	struct row row;

	if (index / SLOT_PAGE >= t->page_n)
		return false;
	slot = &t->pages[index / SLOT_PAGE]->slots[index % SLOT_PAGE];
	if (!slot->rec)
		return false;
	row = (struct row){ snapshot_handle(ix->view->feed, index, slot->gen),
			    slot, slot->rec, slot->sum };
	return in_scope(ix, &row, x);
}

static void
apply_changes(struct index *ix, const struct view_ctx *x,
	      const struct change *change)
{
	const struct table *t = &x->snap->table[ix->view->feed];
	struct view_ctx before = *x;
	VEC(struct index_row) more = { 0 };
	uint32_t kept = 0;

	before.snap = ix->snap;
	for (uint32_t i = 0; i < ix->rows.n; i++) {
		if (change_has(change, ix->rows.at[i].handle))
			free(ix->rows.at[i].text);
		else
			ix->rows.at[kept++] = ix->rows.at[i];
	}
	ix->rows.n = kept;
	for (uint32_t p = 0; p < change->slots / SLOT_PAGE; p++) {
		for (uint64_t bits = change->bits[p]; bits; bits &= bits - 1) {
			uint32_t s = (uint32_t)__builtin_ctzll(bits);
			uint32_t index = p * SLOT_PAGE + s;
			const struct slot *slot;
			struct row row;

			if (slot_in_scope(ix, ix->snap, index, &before))
				ix->total--;
			if (p >= t->page_n || !t->pages[p]->slots[s].rec)
				continue;
			slot = &t->pages[p]->slots[s];
			row = (struct row){ snapshot_handle(ix->view->feed,
							    index, slot->gen),
					    slot, slot->rec, slot->sum };
			if (!in_scope(ix, &row, x))
				continue;
			ix->total++;
			if (is_wanted(ix, &row, x))
				vec_push(&more, make_row(ix, &row, x));
		}
	}
	if (more.n) {
		qsort_r(more.at, more.n, sizeof(more.at[0]), compare_rows, ix);
		merge_rows(ix, more.at, more.n);
	}
	vec_free(&more);
	ix->merges++;
}

static bool
needs_clock(const struct index *ix)
{
	/* Ages all grow at one rate: their order needs no renewal.  Waits do
	 * not: some have ended. */
	return ix->spans || filter_has_clock(ix->filter) || ix->faulty_only;
}

bool
index_follow(struct index *ix, const struct view_ctx *x)
{
	struct change change;
	bool changed = true;

	if (!handle_is_none(ix->scope) && scope_refresh(ix, x->snap))
		ix->stale = true;
	if (needs_clock(ix) && llabs(x->now_ms - ix->clock_ms) >=
				       CLOCK_RENEW_MS)
		ix->stale = true;
	if (!ix->snap || ix->stale) {
		rebuild(ix, x);
	} else if (ix->snap == x->snap) {
		return false;
	} else {
		find_changes(&ix->snap->table[ix->view->feed],
			     &x->snap->table[ix->view->feed], &change);
		changed = change.count > 0;
		/* Past a quarter, sorting anew is cheaper than merging. */
		if (change.count > 64 && change.count > ix->total / 4)
			rebuild(ix, x);
		else if (changed)
			apply_changes(ix, x, &change);
		free(change.bits);
	}
	if (ix->snap != x->snap) {
		snapshot_unref(ix->snap);
		ix->snap = snapshot_ref(x->snap);
	}
	return changed;
}

uint32_t
index_find(const struct index *ix, struct handle h, uint32_t hint)
{
	uint32_t n = ix->rows.n;

	if (hint < n && handle_eq(ix->rows.at[hint].handle, h))
		return hint;
	for (uint32_t i = 0; i < n; i++)
		if (handle_eq(ix->rows.at[i].handle, h))
			return i;
	return UINT32_MAX;
}
