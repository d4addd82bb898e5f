/*
 * The bottom line: a question, else what was just said, else which keys may be
 * pressed here.
 */
#include "backend/base/text.h"
#include "tui/app_private.h"

struct hints {
	struct grid *g;
	int row, col, end;
};

/* "l logs", "?help": false when there is no room. */
static bool
hint(struct hints *h, const char *key, const char *words)
{
	bool sign = strlen(key) == 1 && !(key[0] >= 'a' && key[0] <= 'z') &&
		    !(key[0] >= 'A' && key[0] <= 'Z');
	int width = text_width(key, strlen(key)) + !sign +
		    text_width(words, strlen(words));

	if (h->col + width > h->end)
		return false;
	h->col += grid_text(h->g, h->row, h->col, h->end - h->col,
			    (struct style){ TONE_ACCENT, 0 }, key, 0);
	h->col += !sign;
	h->col += grid_text(h->g, h->row, h->col, h->end - h->col,
			    (struct style){ TONE_DIM, 0 }, words, 0);
	h->col += 2;
	return true;
}

static void
hint_verb(const struct app *a, const char *const *chain, struct hints *h,
	  const char *verb, const char *words)
{
	char keys[64];

	if (!words || !*words)
		return;
	keymap_keys(a->keymap, chain, verb, NULL, keys, sizeof(keys));
	keys[strcspn(keys, ",")] = '\0'; /* the first will do */
	if (*keys)
		hint(h, keys, words);
}

static void
paint_hints(struct app *a, struct grid *g, int row)
{
	const char *chain[CHAIN_MAX];
	const struct pane *p = app_pane(a);
	const struct action *act =
		p->kind == PANE_SHEET ? p->sheet.view->actions : NULL;
	struct hints h = { g, row, 0, g->cols };
	const char *footer = p->kind == PANE_PAGE ? p->page.out.footer : "";

	app_chain(a, chain);
	hint_verb(a, chain, &h, "help", "help");
	hint_verb(a, chain, &h, "prompt", "view");
	hint_verb(a, chain, &h, "filter",
		  p->kind == PANE_PAGER ? "search" : "filter");
	hint_verb(a, chain, &h, "why", p->kind == PANE_PAGER ? "" : "why");
	for (; act && act->verb; act++)
		hint_verb(a, chain, &h, act->verb, act->hint);
	if (p->kind == PANE_PAGER)
		for (int i = VERB_NONE + 1; i < VERB_COUNT; i++)
			if (verbs[i].layer == LAYER_PAGER)
				hint_verb(a, chain, &h, verbs[i].name,
					  verbs[i].hint);
	if (*footer && h.col + 20 < g->cols)
		grid_text(g, row, h.col + 1, g->cols - h.col - 1,
			  (struct style){ TONE_NORMAL, 0 }, footer,
			  a->ascii ? '~' : 0x2026);
}

void
chrome_bottom(struct app *a, struct grid *g)
{
	const struct toast *t = app_toast_now(a);
	int row = g->rows - 1;

	if (g->rows < 2)
		return;
	grid_blank(g, row, 0, 1, g->cols);
	if (a->asking != ASKING_NOTHING) {
		prompt_paint(&a->prompt, g, row, 0, g->cols);
	} else if (t) {
		enum tone tone = t->severity == SEVERITY_CRIT	? TONE_BAD
				 : t->severity == SEVERITY_WARN ? TONE_WARN
								: TONE_ACCENT;

		grid_text(g, row, 0, g->cols, (struct style){ tone, 0 },
			  t->text, a->ascii ? '~' : 0x2026);
	} else {
		paint_hints(a, g, row);
	}
}
