/*
 * What is typed after ":": views, the console's commands, and acts by name.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tui/app_private.h"

struct command_row {
	const char *name, *args, *help;
	void (*run)(struct app *a, const char *args);
	/* Candidates for the first argument, one a call; NULL past the end. */
	const char *(*candidate)(const struct app *a, uint32_t i);
};

/* ---- commands ---- */

static void
run_quit(struct app *a, const char *args)
{
	(void)args;
	app_ask_quit(a);
}

static void
run_help(struct app *a, const char *args)
{
	(void)args;
	app_help(a);
}

static void
run_views(struct app *a, const char *args)
{
	(void)args;
	app_views(a);
}

static void
run_log(struct app *a, const char *args)
{
	(void)args;
	app_log(a);
}

/* "30m REASON": both are needed. */
static void
run_write(struct app *a, const char *args)
{
	struct command c = { .id = app_id(a), .kind = COMMAND_UNLOCK };
	char span[32];
	size_t len = strcspn(args, " ");
	const char *reason = args + len + strspn(args + len, " ");

	if (len == 0 || len >= sizeof(span) || !*reason)
		goto usage;
	memcpy(span, args, len);
	span[len] = '\0';
	if (!duration_parse(span, &c.number) || c.number <= 0)
		goto usage;
	snprintf(c.text, sizeof(c.text), "%s", reason);
	app_send(a, &c);
	return;
usage:
	app_toast(a, SEVERITY_WARN, ":write 30m REASON: how long, and why (it "
				    "goes to the journal)");
}

static void
run_readonly(struct app *a, const char *args)
{
	struct command c = { .id = app_id(a), .kind = COMMAND_LOCK };

	(void)args;
	app_send(a, &c);
}

static void
run_mode(struct app *a, const char *args)
{
	if (strcmp(args, "advisory") == 0)
		app_ask_mode(a, MODE_ADVISORY);
	else if (strcmp(args, "active") == 0 || strcmp(args, "approval") == 0)
		app_ask_mode(a, MODE_APPROVAL);
	else
		app_toast(a, SEVERITY_WARN, ":mode advisory or :mode active "
					    "(each step waits for approval)");
}

static const char *
mode_candidate(const struct app *a, uint32_t i)
{
	static const char *const modes[] = { "advisory", "active" };

	(void)a;
	return i < ARRAY_LEN(modes) ? modes[i] : NULL;
}

static void
run_scale_down(struct app *a, const char *args)
{
	struct command c = { .id = app_id(a), .kind = COMMAND_SCALE_DOWN };

	if (strcmp(args, "on") != 0 && strcmp(args, "off") != 0) {
		app_toast(a, SEVERITY_WARN, ":scale-down on or off, while the "
					    "engine is active");
		return;
	}
	c.number = strcmp(args, "on") == 0;
	app_send(a, &c);
}

static const char *
on_off_candidate(const struct app *a, uint32_t i)
{
	static const char *const words[] = { "on", "off" };

	(void)a;
	return i < ARRAY_LEN(words) ? words[i] : NULL;
}

static void
run_theme(struct app *a, const char *args)
{
	const struct theme *t = theme_find(args);

	if (!t)
		app_toast(a, SEVERITY_WARN, "no theme \"%s\"; tab goes through "
					    "them", args);
	else if (a->mono)
		app_toast(a, SEVERITY_INFO, "NO_COLOR or this terminal: the "
					    "screen stays mono");
	else
		a->theme = t;
}

static const char *
theme_candidate(const struct app *a, uint32_t i)
{
	(void)a;
	for (const struct theme *t = themes; t->name; t++)
		if (i-- == 0)
			return t->name;
	return NULL;
}

static void
run_ns(struct app *a, const char *args)
{
	app_namespace(a, strcmp(args, "all") == 0 ? "" : args);
	if (a->ns[0])
		app_toast(a, SEVERITY_INFO, "namespace %s (:ns all for all)",
			  a->ns);
	else
		app_toast(a, SEVERITY_INFO, "all namespaces");
}

static const char *
ns_candidate(const struct app *a, uint32_t i)
{
	const struct slot *slot;

	for (uint32_t at = 0;
	     (slot = snapshot_next(a->snap, KIND_NAMESPACE, &at, NULL));)
		if (i-- == 0)
			return record_name(slot->rec);
	return NULL;
}

static void
run_sort(struct app *a, const char *args)
{
	struct pane *p = app_top(a);
	bool down = *args == '-';
	const struct column *c;

	args += down;
	if (p->kind != PANE_SHEET) {
		app_toast(a, SEVERITY_INFO, "no table here");
		return;
	}
	c = view_column(p->sheet.view, args, strlen(args));
	if (!c)
		app_toast(a, SEVERITY_WARN, "no column \"%s\" in %s", args,
			  p->sheet.view->name);
	else
		index_sort(&p->sheet.index, c, down);
}

static void
run_save(struct app *a, const char *args)
{
	(void)args;
	app_save(a);
}

static void
run_panic(struct app *a, const char *args)
{
	(void)args;
	app_ask_panic(a);
}

/* clang-format off */
static const struct command_row rows[] = {
	{ "quit", "", "Quit (also :q, ctrl-c)", run_quit, NULL },
	{ "help", "", "Keys and commands that work here", run_help, NULL },
	{ "views", "", "List of all views", run_views, NULL },
	{ "write", "30m REASON", "Allow changes for a time, with a reason",
	  run_write, NULL },
	{ "readonly", "", "Back to read-only", run_readonly, NULL },
	{ "mode", "advisory|active", "What the engine may do", run_mode,
	  mode_candidate },
	{ "scale-down", "on|off", "May the active engine remove nodes",
	  run_scale_down, on_off_candidate },
	{ "panic", "", "Stop operations, go advisory, hand back", run_panic,
	  NULL },
	{ "ns", "NAME|all", "Only this namespace", run_ns, ns_candidate },
	{ "sort", "[-]COLUMN", "Sort this table", run_sort, NULL },
	{ "save", "", "Save the table as CSV, the text as it is", run_save,
	  NULL },
	{ "theme", "NAME", "Colours", run_theme, theme_candidate },
	{ "log", "", "What paddock itself logged", run_log, NULL },
};
/* clang-format on */

static const struct {
	const char *also, *name;
} short_names[] = {
	{ "q", "quit" },  { "q!", "quit" },	 { "exit", "quit" },
	{ "h", "help" },  { "?", "help" },	 { "ro", "readonly" },
	{ "w", "write" }, { "namespace", "ns" }, { "aliases", "views" },
};

bool
command_usage(uint32_t i, const char **name, const char **args,
	      const char **help)
{
	if (i >= ARRAY_LEN(rows))
		return false;
	*name = rows[i].name;
	*args = rows[i].args;
	*help = rows[i].help;
	return true;
}

static const struct command_row *
find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(short_names); i++)
		if (strcmp(short_names[i].also, name) == 0)
			name = short_names[i].name;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

/* ---- acts by name ---- */

/* "amd64-general +2", "ci/runner-abc-1", "pod ci/runner-abc-1" */
static void
run_act(struct app *a, const struct action *action, const struct view *v,
	const char *args)
{
	char name[320], arg[KEYMAP_ARGS];
	const char *rest, *slash;
	struct target target;
	struct handle h;
	size_t len = strcspn(args, " ");

	/* The kind may be said, as on the command line. */
	if (len == strlen(kind_name(v->feed)) &&
	    memcmp(args, kind_name(v->feed), len) == 0 && args[len] == ' ') {
		args += len + strspn(args + len, " ");
		len = strcspn(args, " ");
	}
	rest = args + len + strspn(args + len, " ");
	if (len == 0 || len >= sizeof(name)) {
		app_toast(a, SEVERITY_WARN, ":%s NAME%s", action->verb,
			  action->flags & ACTION_ASKS ? " ARGUMENT" : "");
		return;
	}
	memcpy(name, args, len);
	name[len] = '\0';
	slash = strchr(name, '/');
	if (slash) {
		name[slash - name] = '\0';
		h = snapshot_find(a->snap, v->feed, name, slash + 1);
		name[slash - name] = '/';
	} else {
		h = snapshot_find(a->snap, v->feed, NULL, name);
	}
	if (handle_is_none(h)) {
		app_toast(a, SEVERITY_WARN, "%s: no %s \"%s\" here",
			  action->verb, kind_name(v->feed), name);
		return;
	}
	app_fill_target(a, h, &target);
	if ((action->flags & ACTION_ASKS) && !*rest) {
		app_toast(a, SEVERITY_WARN, ":%s %s ARGUMENT (%s)",
			  action->verb, name, action->help);
		return;
	}
	snprintf(arg, sizeof(arg), "%s%s",
		 *rest && !strchr(rest, '=') ? str_or_empty(action->arg) : "",
		 rest);
	/* Named ones only: marks are for keys. */
	if (app_top(a)->kind == PANE_SHEET)
		sheet_unmark(&app_top(a)->sheet);
	app_preview(a, action, &target, arg);
}

static void
open_view(struct app *a, struct entry_view v, const char *args)
{
	struct sheet *s;

	app_go(a, v, true);
	if (!*args || app_top(a)->kind != PANE_SHEET)
		return;
	s = &app_top(a)->sheet;
	sheet_filter(s, *args == '/' ? args + 1 : args);
	if (s->filter_error[0])
		app_toast(a, SEVERITY_WARN, "%s", s->filter_error);
}

void
app_command(struct app *a, const char *line)
{
	char name[64];
	const char *args;
	const struct command_row *row;
	const struct action *action;
	const struct view *v = NULL;
	struct entry_view view;
	size_t len;

	line += strspn(line, " :");
	len = strcspn(line, " ");
	args = line + len + strspn(line + len, " ");
	if (len == 0)
		return;
	if (len >= sizeof(name))
		len = sizeof(name) - 1;
	memcpy(name, line, len);
	name[len] = '\0';
	view = registry_find(name);
	row = find_command(name);
	action = registry_action(name, true, &v);
	if (!entry_view_none(view))
		open_view(a, view, args);
	else if (row)
		row->run(a, args);
	else if (action)
		run_act(a, action, v, args);
	else
		app_toast(a, SEVERITY_WARN, "no view or command \"%s\"; :views "
					    "and :help list them", name);
}

/* ---- completion ---- */

/* Keeps the shortest, then first by letter: what is typed most. */
static void
consider(const char *candidate, const char *typed, size_t len,
	 const char **best)
{
	if (!candidate || strncmp(candidate, typed, len) != 0 ||
	    strlen(candidate) == len)
		return;
	if (!*best || strlen(candidate) < strlen(*best) ||
	    (strlen(candidate) == strlen(*best) &&
	     strcmp(candidate, *best) < 0))
		*best = candidate;
}

static const char *
complete_name(const char *typed, size_t len)
{
	const char *best = NULL;

	for (uint32_t i = 0; i < registry_count(); i++)
		consider(entry_view_name(registry_at(i)), typed, len, &best);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		consider(rows[i].name, typed, len, &best);
	for (uint32_t i = 0; i < registry_count(); i++) {
		const struct action *act =
			entry_view_actions(registry_at(i));

		for (; act && act->verb; act++)
			if (act->flags & ACTION_MUTATES)
				consider(act->verb, typed, len, &best);
	}
	return best;
}

/* The first argument: of a command, or the name of an act's object. */
static const char *
complete_argument(const struct app *a, const char *name, const char *typed,
		  size_t len)
{
	const struct command_row *row = find_command(name);
	const struct view *v = NULL;
	const char *best = NULL, *candidate;
	const struct slot *slot;

	if (row && row->candidate)
		for (uint32_t i = 0; (candidate = row->candidate(a, i)); i++)
			consider(candidate, typed, len, &best);
	if (!row && len && registry_action(name, true, &v))
		for (uint32_t i = 0;
		     (slot = snapshot_next(a->snap, v->feed, &i, NULL));)
			consider(slot->ended ? NULL : record_name(slot->rec),
				 typed, len, &best);
	return best;
}

void
app_suggest(struct app *a)
{
	struct prompt *p = &a->prompt;
	const char *text = p->text, *blank, *best;
	char name[64];
	size_t len;

	p->suggestion[0] = '\0';
	if (a->asking != ASKING_COMMAND || p->len == 0 || p->at != p->len)
		return;
	blank = strchr(text, ' ');
	if (!blank) {
		len = p->len;
		best = complete_name(text, len);
	} else {
		size_t name_len = (size_t)(blank - text);

		text = blank + strspn(blank, " ");
		len = strlen(text);
		if (name_len >= sizeof(name) || strchr(text, ' '))
			return;
		memcpy(name, p->text, name_len);
		name[name_len] = '\0';
		best = complete_argument(a, name, text, len);
	}
	if (best)
		snprintf(p->suggestion, sizeof(p->suggestion), "%s",
			 best + len);
}
