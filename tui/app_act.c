/*
 * The app: acting.  Verb -> preview -> question -> confirm -> toast; and the
 * questions the console asks for itself.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tui/app_private.h"

enum { TARGETS_MAX = 500, DIFFERENCES = 6 };

void
app_fill_target(const struct app *a, struct handle h, struct target *t)
{
	const struct slot *slot = snapshot_slot(a->snap, h);

	memset(t, 0, sizeof(*t));
	t->handle = h;
	if (!slot)
		return;
	snprintf(t->ns, sizeof(t->ns), "%s", record_ns(slot->rec));
	snprintf(t->name, sizeof(t->name), "%s", record_name(slot->rec));
	snprintf(t->uid, sizeof(t->uid), "%s", record_uid(slot->rec));
	snprintf(t->rv, sizeof(t->rv), "%s", record_rv(slot->rec));
}

static const struct action *
find_in(const struct action *actions, const char *verb)
{
	for (; actions && actions->verb; actions++)
		if (strcmp(actions->verb, verb) == 0)
			return actions;
	return NULL;
}

const struct action *
app_action(const struct app *a, const char *verb)
{
	const struct pane *p = app_pane(a);
	const struct action *found = NULL;
	const struct view *v;
	struct row row;

	switch (p->kind) {
	case PANE_SHEET:
		return find_in(p->sheet.view->actions, verb);
	case PANE_PAGE:
		row = app_target_row(a);
		v = row.rec ? registry_view_of(row.handle.kind) : NULL;
		found = v ? find_in(v->actions, verb) : NULL;
		return found ? found : find_in(p->page.view->actions, verb);
	default:
		return NULL;
	}
}

/* ---- previews ---- */

/* Where it would happen (rule 9). */
static void
say_where(const struct app *a, struct dialog *d)
{
	const struct place *p = &a->snap->place;

	snprintf(d->where, sizeof(d->where), "%s%s%s%s%s%s%s",
		 p->production ? "PROD  " : p->simulated ? "SIM  " : "",
		 p->context[0] ? "context " : "context ?", p->context,
		 p->account[0] ? "  account " : "", p->account,
		 p->region[0] ? "  " : "", p->region);
}

static void
say_blocked(const struct app *a, struct dialog *d)
{
	if (!a->snap->place.may_write)
		snprintf(d->blocked, sizeof(d->blocked),
			 "READ-ONLY: \":write 30m REASON\" unlocks");
}

static bool
takes_marks(const struct pane *p, const struct action *action)
{
	return (action->flags & ACTION_MARKED) &&
	       !(action->flags & ACTION_ASKS) && p->kind == PANE_SHEET &&
	       p->sheet.marks.n > 0;
}

void
app_preview(struct app *a, const struct action *action,
	    const struct target *first, const char *args)
{
	struct pane *p = app_top(a);
	struct command c = { .id = app_id(a), .kind = COMMAND_PREVIEW,
			     .target = *first };
	char title[160];

	snprintf(c.verb, sizeof(c.verb), "%s", action->verb);
	snprintf(c.args, sizeof(c.args), "%s", args);
	if (takes_marks(p, action)) {
		uint32_t n = p->sheet.marks.n;

		if (n > TARGETS_MAX) {
			app_toast(a, SEVERITY_WARN,
				  "%u rows are marked; at most %d at once", n,
				  TARGETS_MAX);
			return;
		}
		app_fill_target(a, p->sheet.marks.at[0], &c.target);
		c.more_n = n - 1;
		c.more = n > 1 ? xcalloc(n - 1, sizeof(*c.more)) : NULL;
		for (uint32_t i = 1; i < n; i++)
			app_fill_target(a, p->sheet.marks.at[i],
					&c.more[i - 1]);
	}
	if (c.more_n)
		snprintf(title, sizeof(title), "%s %u objects?", action->verb,
			 c.more_n + 1);
	else
		snprintf(title, sizeof(title), "%s %.120s%s%s?", action->verb,
			 c.target.name, *args ? " " : "", args);
	dialog_open(&a->dialog, DIALOG_PREVIEW, ASK_NOTHING, title);
	a->dialog.id = c.id;
	a->dialog.waiting = true;
	say_where(a, &a->dialog);
	if (!app_send(a, &c))
		dialog_close(&a->dialog);
}

static bool
is_gone(struct app *a, const struct action *action, struct handle h)
{
	const struct slot *slot = snapshot_slot(a->snap, h);

	if (slot && !slot->ended)
		return false;
	app_toast(a, SEVERITY_INFO, "%s: gone, only its last state is kept: "
				    "%s", action->verb,
		  slot ? record_name(slot->rec) : "?");
	return true;
}

/* "Scale {name}: ..." with the name put in. */
static void
fill_prompt(const char *text, const char *name, char *out, size_t room)
{
	const char *hole = strstr(text, "{name}");

	if (hole)
		snprintf(out, room, "%.*s%.100s%s: ", (int)(hole - text),
			 text, name, hole + 6);
	else
		snprintf(out, room, "%s: ", text);
}

void
app_act(struct app *a, const struct action *action)
{
	const struct pane *p = app_pane(a);
	struct row row = app_target_row(a);
	struct target target;
	char label[512];

	if (takes_marks(p, action)) {
		for (uint32_t i = 0; i < p->sheet.marks.n; i++)
			if (is_gone(a, action, p->sheet.marks.at[i]))
				return;
		app_fill_target(a, p->sheet.marks.at[0], &target);
		app_preview(a, action, &target, "");
		return;
	}
	if (!row.rec) {
		app_toast(a, SEVERITY_INFO, "%s: no row is selected",
			  action->verb);
		return;
	}
	if (is_gone(a, action, row.handle))
		return;
	app_fill_target(a, row.handle, &target);
	if (!(action->flags & ACTION_ASKS)) {
		app_preview(a, action, &target, "");
		return;
	}
	/* The object is settled now: rows may move while it is typed. */
	a->action = action;
	a->target = target;
	fill_prompt(str_or_empty(action->prompt), target.name, label,
		    sizeof(label));
	a->asking = ASKING_ARGUMENT;
	prompt_open(&a->prompt, label, "", NULL);
}

/* ---- the console's own questions ---- */

static void
ask(struct app *a, enum dialog_about about, const char *title,
    const char *text)
{
	dialog_open(&a->dialog, about, ASK_YES, title);
	say_where(a, &a->dialog);
	dialog_text(&a->dialog, text);
}

void
app_ask_quit(struct app *a)
{
	uint32_t n = app_operations(a);
	char title[80];

	if (n == 0 && !app_engine_leads(a)) {
		a->quit = true;
		return;
	}
	if (n)
		snprintf(title, sizeof(title),
			 "Quit while %u operation%s run%s?", n,
			 n == 1 ? "" : "s", n == 1 ? "s" : "");
	else
		snprintf(title, sizeof(title), "Quit while paddock leads?");
	ask(a, DIALOG_QUIT, title,
	    "What was already asked of the cloud goes on there, and the "
	    "journal\nkeeps it: `paddock` shows it at the next start.  If "
	    "paddock leads,\nleadership is handed back first.\n");
}

void
app_ask_panic(struct app *a)
{
	ask(a, DIALOG_PANIC, "Panic: stop everything paddock does?",
	    "Stops running operations, puts the engine to advisory, and "
	    "hands\nleadership back to Cluster Autoscaler.  Nothing in the "
	    "cluster is\ndeleted by this.\n");
}

/* Where the two differed, newest first: what removes nodes comes before what
 * adds some. */
static void
say_differences(const struct app *a, struct buf *out)
{
	static const char *const kinds[] = { "differs: scale down",
					     "differs: scale up" };
	uint32_t said = 0;

	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		const struct decision *found[DIFFERENCES];
		const struct slot *slot;
		uint32_t n = 0;

		for (uint32_t i = 0; (slot = snapshot_next(
					      a->snap, KIND_DECISION, &i,
					      NULL));) {
			const struct decision *d = (const void *)slot->rec;
			uint32_t at = n;

			if (!str_eq(d->what, kinds[k]))
				continue;
			while (at && found[at - 1]->at_ms < d->at_ms)
				at--;
			if (at >= DIFFERENCES)
				continue;
			n += n < DIFFERENCES;
			memmove(&found[at + 1], &found[at],
				(n - 1 - at) * sizeof(*found));
			found[at] = d;
		}
		for (uint32_t i = 0; i < n && said < DIFFERENCES; i++, said++)
			buf_printf(out, "  %s %.60s %.20s: %.120s\n",
				   k ? "up  " : "down", found[i]->subject,
				   found[i]->change, found[i]->reason);
	}
}

/* How far paddock and the deployed autoscaler agreed comes first. */
static void
ask_active(struct app *a)
{
	struct buf differences;
	char text[2400];

	buf_init(&differences, 1600);
	say_differences(a, &differences);
	snprintf(text, sizeof(text),
		 "%s\n%s(:decisions lists where they differ.)\n\n"
		 "Takes the deployed autoscaler's place by its own lease. "
		 "Every step\nwaits for you (a); scale-down starts switched "
		 "off (:scale-down on).\nIt hands back after its time limit, "
		 "with :mode advisory, with !, and\nwhen this terminal goes "
		 "away.\n",
		 *a->snap->engine.shadow ? a->snap->engine.shadow
					 : "shadowed 0 h: unproven",
		 buf_text(&differences));
	buf_fini(&differences);
	ask(a, DIALOG_MODE, "Engine active, each step approved by you?", text);
}

void
app_ask_mode(struct app *a, enum engine_mode mode)
{
	if (mode == MODE_ADVISORY)
		ask(a, DIALOG_MODE, "Engine to advisory?",
		    "The engine only says what it would do.  If it leads, it "
		    "hands back\nto Cluster Autoscaler.\n");
	else
		ask_active(a);
	a->dialog.number = mode;
	say_blocked(a, &a->dialog);
}

/* a: the step that waits; else the fix of the line under the cursor. */
void
app_ask_approve(struct app *a)
{
	const struct engine_status *e = &a->snap->engine;
	const struct pane *p = app_pane(a);
	const struct action *action = NULL;
	const char *fix = "";
	uint32_t at;

	if (e->awaiting_approval) {
		ask(a, DIALOG_APPROVE, "Approve the engine's next step?",
		    e->next_step);
		say_blocked(a, &a->dialog);
		return;
	}
	if (p->kind == PANE_PAGE) {
		at = page_find(&p->page.out, p->page.cursor);
		if (at != UINT32_MAX)
			fix = p->page.out.lines.at[at].verb;
	}
	if (*fix)
		action = app_action(a, fix);
	if (action)
		app_act(a, action);
	else if (strcmp(fix, "mode") == 0)
		app_ask_mode(a, MODE_APPROVAL);
	else
		app_toast(a, SEVERITY_INFO, "no step of the engine waits for "
					    "approval%s",
			  e->mode == MODE_ADVISORY ? " (it is advisory)" : "");
}

/* ---- answers ---- */

static void
confirm(struct app *a, struct dialog *d)
{
	struct command c = { .id = app_id(a), .ref = d->ref,
			     .kind = COMMAND_CONFIRM };

	/* What was typed, exactly; plain questions answer with nothing. */
	if (d->ask == ASK_TYPED)
		snprintf(c.text, sizeof(c.text), "%s", d->typed.text);
	app_send(a, &c);
	if (app_top(a)->kind == PANE_SHEET)
		sheet_unmark(&app_top(a)->sheet);
}

static void
say_yes(struct app *a, struct dialog *d)
{
	struct command c = { .id = app_id(a) };

	switch (d->about) {
	case DIALOG_PREVIEW:
		confirm(a, d);
		return;
	case DIALOG_QUIT:
		a->quit = true;
		return;
	case DIALOG_PANIC:
		c.kind = COMMAND_PANIC;
		break;
	case DIALOG_MODE:
		c.kind = COMMAND_MODE;
		c.number = d->number;
		break;
	case DIALOG_APPROVE:
		/* The step as it was read: another one is not approved. */
		c.kind = COMMAND_APPROVE;
		snprintf(c.text, sizeof(c.text), "%s", str_or_empty(d->text));
		break;
	default:
		return;
	}
	app_send(a, &c);
}

void
app_dialog_answer(struct app *a, enum dialog_answer answer)
{
	struct dialog *d = &a->dialog;

	if (answer == ANSWER_NONE)
		return;
	if (answer == ANSWER_YES) {
		say_yes(a, d);
	} else if (d->about == DIALOG_PREVIEW && d->ref) {
		struct command c = { .id = app_id(a), .ref = d->ref,
				     .kind = COMMAND_DROP };

		app_send(a, &c);
	}
	dialog_close(d);
}

/* ---- replies ---- */

static void
take_preview(struct app *a, struct reply *r)
{
	struct dialog *d = &a->dialog;

	/* Nobody waits for it any more. */
	if (d->about != DIALOG_PREVIEW || !d->waiting || d->id != r->id) {
		struct command c = { .id = app_id(a), .ref = r->ref,
				     .kind = COMMAND_DROP };

		if (r->ref)
			app_send(a, &c);
		return;
	}
	d->waiting = false;
	d->ref = r->ref;
	d->ask = r->ask;
	if (r->title[0])
		snprintf(d->title, sizeof(d->title), "%s", r->title);
	snprintf(d->expect, sizeof(d->expect), "%s", r->expect);
	dialog_text(d, str_or_empty(r->text));
	say_where(a, d);
	if (r->code != ERR_NONE)
		d->refused = true;
	else
		say_blocked(a, d);
}

static enum severity
severity_of(const struct reply *r)
{
	if (r->kind == REPLY_NOTE)
		return (enum severity)r->severity;
	return r->code == ERR_NONE ? SEVERITY_INFO : SEVERITY_WARN;
}

/* How it ended: one line as a toast, the lines of many objects as a text. */
static void
say_end(struct app *a, const struct reply *r)
{
	const char *text = str_or_empty(r->text);
	size_t first = strcspn(text, "\n");
	const char *rest = text + first + strspn(text + first, "\n");
	struct pager *p;

	if (*rest) {
		p = app_open_pager(a, r->title);
		pager_text(p, text, strlen(text));
		p->wrap = true;
	}
	if (first)
		app_toast(a, severity_of(r), "%s%s%.*s%s", r->title,
			  r->title[0] ? ": " : "", (int)first, text,
			  *rest ? " ..." : "");
	else if (r->kind == REPLY_DONE && r->code == ERR_NONE &&
		 !strchr(r->title, ' '))
		app_toast(a, SEVERITY_INFO, "%s: done", r->title);
	else
		app_toast(a, severity_of(r), "%s", r->title);
}

void
app_reply(struct app *a, struct reply *r)
{
	if (r->kind == REPLY_PREVIEW) {
		take_preview(a, r);
		return;
	}
	/* A preview that failed may come as a plain end. */
	if (r->id && a->dialog.about == DIALOG_PREVIEW && a->dialog.waiting &&
	    a->dialog.id == r->id)
		dialog_close(&a->dialog);
	say_end(a, r);
}
