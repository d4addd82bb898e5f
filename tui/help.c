/*
 * Help: printed from the tables that make the keys work.
 */
#include <stdio.h>

#include "tui/app_private.h"

enum { HELP_BYTES = 256 << 10, KEYS_TEXT = 80 };

static void
row(struct buf *out, const char *keys, const char *name, const char *help)
{
	buf_printf(out, "  %-18s %-11s %s\n", keys, name, help);
}

/* The actions of a view that keys lead to. */
static void
list_actions(const struct app *a, const char *const *chain,
	     const struct action *actions, struct buf *out)
{
	char keys[KEYS_TEXT];

	for (; actions && actions->verb; actions++) {
		keymap_keys(a->keymap, chain, actions->verb, NULL, keys,
			    sizeof(keys));
		if (*keys)
			row(out, keys, actions->verb, actions->help);
	}
}

static void
list_verbs(const struct app *a, const char *const *chain,
	   enum verb_layer layer, struct buf *out)
{
	char keys[KEYS_TEXT];

	for (int i = VERB_NONE + 1; i < VERB_COUNT; i++) {
		if (verbs[i].layer != layer)
			continue;
		keymap_keys(a->keymap, chain, verbs[i].name, NULL, keys,
			    sizeof(keys));
		if (*keys)
			row(out, keys, verbs[i].name, verbs[i].help);
	}
}

static void
list_bound_commands(const struct app *a, const char *const *chain,
		    struct buf *out)
{
	char key[KEY_TEXT];

	for (uint32_t i = 0; i < keymap_count(a->keymap); i++) {
		const struct binding *b = keymap_get(a->keymap, i);

		if (strcmp(b->verb, ":") == 0 &&
		    keymap_find(a->keymap, chain, b->key) == b)
			row(out, key_format(b->key, key), ":", b->args);
	}
}

static void
list_columns(const struct view *v, struct buf *out)
{
	buf_puts(out, "\nColumns (shift-LETTER sorts by the column that begins "
		      "with it)\n");
	for (const struct column *c = v->columns; c->title; c++)
		buf_printf(out, "  %-12s %s%s\n", c->title, c->help,
			   c->flags & COLUMN_WIDE ? " (ctrl-w)" : "");
}

static void
list_commands(struct buf *out)
{
	const char *name, *args, *help;

	buf_puts(out, "\nCommands\n");
	for (uint32_t i = 0; command_usage(i, &name, &args, &help); i++)
		buf_printf(out, "  :%-9s %-19s %s\n", name, args, help);
	for (uint32_t i = 0; i < registry_count(); i++) {
		const struct action *act =
			entry_view_actions(registry_at(i));

		if (!registry_at(i).table)
			continue;
		for (; act && act->verb; act++)
			if (act->flags & ACTION_MUTATES)
				buf_printf(out, "  :%-9s %-19s %s\n",
					   act->verb,
					   act->flags & ACTION_ASKS
						   ? "NAME ARGUMENT"
						   : "NAME",
					   act->help);
	}
}

static const char filters[] =
	"\nFilters (/): words are ANDed\n"
	"  web docker         both words, anywhere in the row\n"
	"  !spot              not in the row\n"
	"  ^ip-10-.*1a$       a regular expression\n"
	"  \"out of cpu\"       with its blanks\n"
	"  node:ip-10         in that column only\n"
	"  cpureq>80 wait>=10m  numbers, spans, quantities (mem<1Gi)\n"
	"  -l app=x,tier!=y   label selector\n";

void
app_help(struct app *a)
{
	const char *chain[CHAIN_MAX];
	const struct pane *p = app_pane(a);
	const struct view *v = p->kind == PANE_SHEET ? p->sheet.view : NULL;
	struct pager *pager;
	struct buf out;

	/* Help of help is a second press away from nowhere. */
	if (p->kind == PANE_PAGER && strcmp(p->pager.title, "help") == 0) {
		app_leave(a);
		return;
	}
	app_chain(a, chain);
	buf_init(&out, HELP_BYTES);
	if (v) {
		buf_printf(&out, "%s: %s\n", v->title, v->help);
		list_actions(a, chain, v->actions, &out);
		buf_puts(&out, "\nTable\n");
		list_verbs(a, chain, LAYER_TABLE, &out);
	} else if (p->kind == PANE_PAGE) {
		struct row at = app_target_row(a);
		const struct view *of =
			at.rec ? registry_view_of(at.handle.kind) : NULL;

		buf_printf(&out, "%s: %s\n", p->page.view->title,
			   p->page.view->help);
		if (of)
			list_actions(a, chain, of->actions, &out);
		list_verbs(a, chain, LAYER_PAGE, &out);
	} else {
		buf_puts(&out, "Text\n");
		list_verbs(a, chain, LAYER_PAGER, &out);
	}
	buf_puts(&out, "\nEverywhere\n");
	list_verbs(a, chain, LAYER_GLOBAL, &out);
	list_bound_commands(a, chain, &out);
	buf_puts(&out, filters);
	if (v)
		list_columns(v, &out);
	list_commands(&out);
	buf_puts(&out, "\nBefore a row: > cursor, * marked, x ended (kept an "
		       "hour as evidence).\n? in a cell: unknown.\n");
	pager = app_open_pager(a, "help");
	pager_text(pager, buf_text(&out), out.len);
	buf_fini(&out);
}
