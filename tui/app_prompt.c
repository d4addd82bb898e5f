/*
 * The app: what is typed at the bottom, and what becomes of it.
 */
#include <stdio.h>

#include "tui/app_private.h"

void
app_prompt(struct app *a, enum prompt_about about, const char *label,
	    const char *text, struct history *history)
{
	a->asking = (uint8_t)about;
	prompt_open(&a->prompt, label, text, history);
	app_suggest(a);
}

void
app_prompt_filter(struct app *a)
{
	struct pane *p = app_top(a);

	switch (p->kind) {
	case PANE_SHEET:
		snprintf(a->before_filter, sizeof(a->before_filter), "%s",
			 p->sheet.filter_text);
		app_prompt(a, ASKING_FILTER, "/", p->sheet.filter_text,
			   &a->filters);
		break;
	case PANE_PAGER:
		app_prompt(a, ASKING_SEARCH, "/", "", &a->filters);
		break;
	default:
		app_toast(a, SEVERITY_INFO, "nothing to filter here; try "
					    ":jobs /TEXT");
		break;
	}
}

static void
remember(struct app *a, struct history *h)
{
	struct err err = { .code = ERR_NONE };

	if (!history_add(h, a->prompt.text, &err))
		app_toast(a, SEVERITY_WARN, "%s", err.text);
}

static void
prompt_changed(struct app *a)
{
	if (a->asking == ASKING_FILTER && app_top(a)->kind == PANE_SHEET)
		sheet_filter(&app_top(a)->sheet, a->prompt.text);
	app_suggest(a);
}

static void
prompt_left(struct app *a)
{
	if (a->asking == ASKING_FILTER && app_top(a)->kind == PANE_SHEET)
		sheet_filter(&app_top(a)->sheet, a->before_filter);
	a->asking = ASKING_NOTHING;
	a->action = NULL;
}

static void
search(struct app *a, const char *pattern)
{
	struct pager *p = &app_top(a)->pager;

	if (!pager_search(p, pattern))
		app_toast(a, SEVERITY_WARN, "search: %s", p->pattern_error);
	else if (*pattern && !pager_find(p, 1))
		app_toast(a, SEVERITY_INFO, "no match for \"%s\"", pattern);
}

static void
prompt_done(struct app *a)
{
	uint8_t asking = a->asking;
	char text[PROMPT_BYTES];
	char args[PROMPT_BYTES + 32];
	const struct action *action = a->action;

	memcpy(text, a->prompt.text, sizeof(text));
	a->asking = ASKING_NOTHING;
	a->action = NULL;
	switch (asking) {
	case ASKING_COMMAND:
		remember(a, &a->commands);
		app_command(a, text);
		break;
	case ASKING_FILTER:
		remember(a, &a->filters);
		if (app_top(a)->kind == PANE_SHEET &&
		    app_top(a)->sheet.filter_error[0])
			app_toast(a, SEVERITY_WARN, "%s",
				  app_top(a)->sheet.filter_error);
		break;
	case ASKING_SEARCH:
		remember(a, &a->filters);
		if (app_top(a)->kind == PANE_PAGER)
			search(a, text);
		break;
	case ASKING_ARGUMENT:
		if (!*text)
			break;
		/* "min=2" says for itself what it is. */
		snprintf(args, sizeof(args), "%s%s",
			 strchr(text, '=') ? "" : str_or_empty(action->arg),
			 text);
		app_preview(a, action, &a->target, args);
		break;
	default:
		break;
	}
}

void
app_prompt_event(struct app *a, enum prompt_end end)
{
	switch (end) {
	case PROMPT_CHANGED:
		prompt_changed(a);
		break;
	case PROMPT_DONE:
		prompt_done(a);
		break;
	case PROMPT_LEFT:
		prompt_left(a);
		break;
	case PROMPT_GOES_ON:
		break;
	}
}
