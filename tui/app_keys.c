/*
 * The app: from keys to verbs, and the verbs of the console itself.
 */
#include "tui/app_private.h"

/* ---- back, enter ---- */

static void
go_back(struct app *a)
{
	struct pane *p = app_top(a);

	if (p->kind == PANE_SHEET && p->sheet.filter_text[0]) {
		sheet_filter(&p->sheet, "");
		return;
	}
	if (p->kind == PANE_SHEET && p->sheet.marks.n) {
		sheet_unmark(&p->sheet);
		return;
	}
	if (p->kind == PANE_PAGER && p->pager.has_pattern) {
		pager_search(&p->pager, "");
		return;
	}
	if (app_leave(a))
		return;
	if (p->kind == PANE_PAGE)
		app_toast(a, SEVERITY_INFO, "this is the first page; :q or "
					    "ctrl-c quits");
	else
		app_go(a, registry_find("home"), true);
}

static void
enter(struct app *a)
{
	struct pane *p = app_top(a);
	const struct view *v = p->kind == PANE_SHEET ? p->sheet.view : NULL;
	struct row row = app_row(a);

	if (p->kind == PANE_PAGER || !row.rec)
		return;
	if (p->kind == PANE_PAGE)
		v = registry_view_of(row.handle.kind);
	if (!v || !v->enter) {
		app_why(a);
		return;
	}
	if (verb_find(v->enter) != VERB_NONE)
		app_do(a, v->enter, "");
	else
		app_open(a, registry_find(v->enter), row.handle, true);
}

static void
open_scoped(struct app *a, const char *name)
{
	struct row row = app_target_row(a);
	struct entry_view v = registry_find(name);

	if (!row.rec)
		app_toast(a, SEVERITY_INFO, "no row is selected");
	else if (!entry_view_none(v))
		app_open(a, v, row.handle, true);
}

/* ---- the sheet's own verbs ---- */

static void
say_sort(struct app *a, const struct sheet *s)
{
	app_toast(a, SEVERITY_INFO, "sorted by %s, %s",
		  s->index.sort ? s->index.sort->title : "name",
		  s->index.down ? "downward" : "upward");
}

static bool
sheet_verb(struct app *a, struct sheet *s, enum verb_id verb,
	   const char *args)
{
	switch (verb) {
	case VERB_MARK:
		sheet_mark(s);
		sheet_move(s, 1);
		return true;
	case VERB_MARK_RANGE:
		sheet_mark_range(s);
		return true;
	case VERB_UNMARK:
		sheet_unmark(s);
		return true;
	case VERB_WIDE:
		s->wide = !s->wide;
		return true;
	case VERB_FAULTY:
		if (!s->view->faulty)
			app_toast(a, SEVERITY_INFO, "%s has no faulty rows",
				  s->view->name);
		else
			index_faulty(&s->index, !s->index.faulty_only);
		return true;
	case VERB_SORT_LEFT:
	case VERB_SORT_RIGHT:
		sheet_sort_step(s, verb == VERB_SORT_LEFT ? -1 : 1);
		say_sort(a, s);
		return true;
	case VERB_SORT_TURN:
		sheet_sort_turn(s);
		say_sort(a, s);
		return true;
	case VERB_NAMESPACE:
		app_pick_namespace(a, s, args);
		return true;
	default:
		return false;
	}
}

static bool
pager_verb(struct app *a, struct pager *p, enum verb_id verb)
{
	switch (verb) {
	case VERB_NEXT:
	case VERB_PREV:
		if (!pager_find(p, verb == VERB_NEXT ? 1 : -1))
			app_toast(a, SEVERITY_INFO, "no match");
		return true;
	case VERB_FOLLOW:
		pager_toggle_follow(p);
		return true;
	case VERB_WRAP:
		p->wrap = !p->wrap;
		p->left = 0;
		p->top_part = 0;
		return true;
	case VERB_TIMES:
		p->times = !p->times;
		return true;
	default:
		return false;
	}
}

/* ---- verbs ---- */

static void
refresh(struct app *a)
{
	struct command c = { .id = app_id(a), .kind = COMMAND_REFRESH };

	if (app_send(a, &c))
		app_toast(a, SEVERITY_INFO, "asking AWS and GitLab now");
}

static void
suspend(struct app *a)
{
	/* It would stop the engine in the middle of its lease. */
	if (app_engine_leads(a))
		app_toast(a, SEVERITY_WARN, "paddock leads: a suspended engine "
					    "decides nothing; :mode advisory "
					    "first");
	else
		a->suspend = true;
}

static void
global_verb(struct app *a, enum verb_id verb, const char *args)
{
	switch (verb) {
	case VERB_PROMPT:
		app_prompt(a, ASKING_COMMAND, ":", args, &a->commands);
		break;
	case VERB_FILTER:
		app_prompt_filter(a);
		break;
	case VERB_HELP:
		app_help(a);
		break;
	case VERB_BACK:
		go_back(a);
		break;
	case VERB_WHY:
		app_why(a);
		break;
	case VERB_APPROVE:
		app_ask_approve(a);
		break;
	case VERB_PANIC:
		app_ask_panic(a);
		break;
	case VERB_QUIT:
		app_ask_quit(a);
		break;
	case VERB_SUSPEND:
		suspend(a);
		break;
	case VERB_REFRESH:
		refresh(a);
		break;
	case VERB_OLDER:
		app_walk(a, -1);
		break;
	case VERB_NEWER:
		app_walk(a, 1);
		break;
	case VERB_LAST:
		app_walk(a, 0);
		break;
	case VERB_VIEWS:
		app_views(a);
		break;
	case VERB_HOME:
		app_go(a, registry_find("home"), true);
		break;
	case VERB_ENTER:
		enter(a);
		break;
	case VERB_SHOW:
		app_show(a);
		break;
	case VERB_SAVE:
		app_save(a);
		break;
	case VERB_PICK:
		if (app_top(a)->kind == PANE_PAGE)
			app_pick(app_top(a), args);
		break;
	case VERB_UP:
	case VERB_DOWN:
	case VERB_PAGE_UP:
	case VERB_PAGE_DOWN:
	case VERB_TOP:
	case VERB_BOTTOM:
	case VERB_LEFT:
	case VERB_RIGHT:
		app_move(a, verb);
		break;
	default:
		break;
	}
}

/* Streams about the object the row stands for. */
static bool
stream_verb(struct app *a, enum verb_id verb)
{
	static const struct {
		enum verb_id verb;
		enum stream_what what;
		const char *args;
	} streams[] = {
		{ VERB_DESCRIBE, STREAM_DESCRIBE, "" },
		{ VERB_YAML, STREAM_YAML, "" },
		{ VERB_LOGS, STREAM_LOGS, "follow timestamps" },
		{ VERB_PREVIOUS, STREAM_LOGS, "timestamps previous" },
	};

	for (size_t i = 0; i < ARRAY_LEN(streams); i++) {
		if (streams[i].verb != verb)
			continue;
		app_stream_of_row(a, streams[i].what, verbs[verb].name,
				  streams[i].args);
		return true;
	}
	return false;
}

void
app_do(struct app *a, const char *verb, const char *args)
{
	struct pane *p = app_top(a);
	enum verb_id id = verb_find(verb);
	const struct action *action;

	if (strcmp(verb, ":") == 0) {
		app_command(a, args);
		return;
	}
	if (str_has_prefix(verb, "open:")) {
		open_scoped(a, verb + 5);
		return;
	}
	if (id == VERB_NONE) {
		action = app_action(a, verb);
		if (action)
			app_act(a, action);
		return;
	}
	if (p->kind == PANE_SHEET && sheet_verb(a, &p->sheet, id, args))
		return;
	if (p->kind == PANE_PAGER && pager_verb(a, &p->pager, id))
		return;
	if (!stream_verb(a, id))
		global_verb(a, id, args);
}

/* ---- keys ---- */

void
app_key(struct app *a, uint32_t key)
{
	const char *chain[CHAIN_MAX];
	const struct binding *b;
	struct pane *p = app_top(a);

	a->dirty = true;
	if (dialog_is_open(&a->dialog)) {
		app_dialog_answer(a, dialog_key(&a->dialog, key));
		return;
	}
	if (a->asking != ASKING_NOTHING) {
		app_prompt_event(a, prompt_key(&a->prompt, key));
		return;
	}
	app_chain(a, chain);
	b = keymap_find(a->keymap, chain, key);
	if (b) {
		/* A copy: what the verb does may rebind. */
		struct binding copy = *b;

		app_do(a, copy.verb, copy.args);
	} else if (p->kind == PANE_SHEET && key >= 'A' && key <= 'Z') {
		if (sheet_sort_letter(&p->sheet, key))
			say_sort(a, &p->sheet);
	}
}

void
app_paste(struct app *a, const char *text, size_t len)
{
	a->dirty = true;
	if (dialog_is_open(&a->dialog)) {
		if (a->dialog.armed && a->dialog.ask == ASK_TYPED)
			prompt_paste(&a->dialog.typed, text, len);
	} else if (a->asking != ASKING_NOTHING) {
		app_prompt_event(a, prompt_paste(&a->prompt, text, len));
	} else {
		app_toast(a, SEVERITY_INFO, "pasted text is not taken for "
					    "keys");
	}
}
