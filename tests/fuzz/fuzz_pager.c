/*
 * The pager over any bytes: what it paints and saves is safe, moving to the end
 * and back by screen lines comes back, wrapped or not.
 */
#include <locale.h>

#include "backend/base/text.h"
#include "tests/fuzz/fuzz.h"
#include "tui/pager.h"

static void
check(const struct grid *g)
{
	for (int i = 0; i < g->rows * g->cols; i++)
		must(!code_is_unsafe(g->at[i].code));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	struct pager p;
	struct grid g;
	struct buf saved;

	if (!ready)
		setlocale(LC_CTYPE, "C.UTF-8");
	ready = true;
	if (size < 3)
		return 0;
	grid_init(&g, 1 + data[0] % 20, 1 + data[1] % 60);
	pager_init(&p, "fuzz");
	p.wrap = data[2] & 1;
	p.times = data[2] & 2;
	p.has_times = data[2] & 4;
	pager_text(&p, (const char *)data + 3, size - 3);
	pager_paint(&p, &g, 0, g.rows, g.cols);
	check(&g);
	pager_bottom(&p);
	grid_clear(&g);
	pager_paint(&p, &g, 0, g.rows, g.cols);
	check(&g);
	must(p.seen == p.lines.end);
	/* The top is as many screen lines away as it takes to go there. */
	/* A tab on a screen of one column is eight of them. */
	for (size_t i = 0; i < size * 8 + 2; i++)
		pager_move(&p, -1);
	must(p.top == p.lines.first && p.top_part == 0);
	if (pager_search(&p, "a"))
		pager_find(&p, 1);
	grid_clear(&g);
	pager_paint(&p, &g, 0, g.rows, g.cols);
	check(&g);
	buf_init(&saved, 1 << 20);
	pager_save(&p, &saved);
	must(text_is_clean(buf_text(&saved), saved.len, TEXT_LINES));
	buf_fini(&saved);
	pager_fini(&p);
	grid_fini(&g);
	return 0;
}
