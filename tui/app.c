/*
 * The app: its life and what comes in.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/log.h"
#include "backend/base/text.h"
#include "tui/app_private.h"
#include "tui/bindings.h"

enum { TOAST_MS = 6000, TOAST_LONG_MS = 12000 };

int64_t
app_boot_ms(const struct app *a)
{
	return clock_boot_ms(a->clock);
}

struct view_ctx
app_ctx(const struct app *a)
{
	return (struct view_ctx){
		.snap = a->snap,
		.now_ms = world_clock_at(&a->snap->clock, app_boot_ms(a)),
		.wall_ms = clock_wall_ms(a->clock),
		.want_text = true,
		.ascii = a->ascii,
	};
}

uint64_t
app_id(struct app *a)
{
	return ++a->next_id;
}

bool
app_send(struct app *a, struct command *moved)
{
	if (port_send(a->port, moved))
		return true;
	command_fini(moved);
	app_toast(a, SEVERITY_WARN, "busy: the backend did not take that; "
				    "try again");
	return false;
}

/* ---- toasts ---- */

void
app_toast(struct app *a, enum severity severity, const char *fmt, ...)
{
	struct toast *t = &a->toasts[a->toast_n++ % TOASTS_MAX];
	char raw[sizeof(t->text)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(raw, sizeof(raw), fmt, args);
	va_end(args);
	text_clean_to(t->text, sizeof(t->text), raw, strlen(raw));
	t->boot_ms = app_boot_ms(a);
	t->wall_ms = clock_wall_ms(a->clock);
	t->severity = (uint8_t)severity;
	log_at(LOG_INFO, "ui", "%s", t->text);
	a->dirty = true;
}

const struct toast *
app_toast_now(const struct app *a)
{
	const struct toast *t;

	if (a->toast_n == 0)
		return NULL;
	t = &a->toasts[(a->toast_n - 1) % TOASTS_MAX];
	return app_boot_ms(a) - t->boot_ms <
			       (t->severity == SEVERITY_INFO ? TOAST_MS
							     : TOAST_LONG_MS)
		       ? t
		       : NULL;
}

/* ---- life ---- */

static const struct snapshot *
empty_snapshot(void)
{
	struct snapshot *s = xcalloc(1, sizeof(*s));

	atomic_init(&s->refs, 1);
	s->fleet = (struct fleet){
		.waiting = -1, .running = -1, .lost_30m = -1,
		.start_p50_ms = -1, .start_p90_ms = -1, .free_slots = -1,
		.slots_runner = -1, .slots_quota = -1, .slots_nodes = -1,
		.slots_group = -1, .slots_addresses = -1,
	};
	return s;
}

struct app *
app_new(const struct app_config *config, struct err *err)
{
	struct entry_view v =
		registry_find(config->view ? config->view : "home");
	struct app *a;

	if (entry_view_none(v)) {
		err_set(err, ERR_USAGE, "no view \"%s\"; `paddock get` lists "
					"them", config->view);
		return NULL;
	}
	a = xcalloc(1, sizeof(*a));
	a->port = config->port;
	a->clock = config->clock ? config->clock : &clock_system;
	/* A locale of single bytes can show nothing else. */
	a->ascii = config->ascii || MB_CUR_MAX == 1;
	a->mono = config->mono;
	a->theme = a->mono ? theme_mono()
		   : theme_find(config->theme ? config->theme : "default");
	snprintf(a->now_note, sizeof(a->now_note), "%s",
		 str_or_empty(config->now_note));
	snprintf(a->ns, sizeof(a->ns), "%s", str_or_empty(config->ns));
	if (config->state_dir)
		a->state_dir = xstrdup(config->state_dir);
	a->snap = empty_snapshot();
	history_init(&a->commands, a->state_dir, "commands.history");
	history_init(&a->filters, a->state_dir, "filters.history");
	grid_init(&a->grid, 24, 80);
	if (!a->theme) {
		err_set(err, ERR_USAGE, "no theme \"%s\"", config->theme);
		app_free(a);
		return NULL;
	}
	a->keymap = bindings_new(config->keymap, err);
	if (!a->keymap) {
		app_free(a);
		return NULL;
	}
	app_go(a, v, true);
	a->dirty = true;
	return a;
}

void
app_free(struct app *a)
{
	if (!a)
		return;
	app_close_panes(a);
	dialog_close(&a->dialog);
	history_fini(&a->commands);
	history_fini(&a->filters);
	keymap_free(a->keymap);
	snapshot_unref(a->snap);
	grid_fini(&a->grid);
	free(a->state_dir);
	free(a);
}

/* ---- what comes in ---- */

void
app_receive(struct app *a)
{
	const struct snapshot *s = port_take(a->port);
	struct reply r;

	if (s) {
		snapshot_unref(a->snap);
		a->snap = s;
		app_follow_panes(a);
		a->dirty = true;
	}
	while (port_next_reply(a->port, &r)) {
		app_reply(a, &r);
		reply_fini(&r);
		a->dirty = true;
	}
}

void
app_tick(struct app *a)
{
	dialog_tick(&a->dialog, app_boot_ms(a));
	app_follow_panes(a); /* orders and filters by age */
	a->dirty = true;     /* clocks; an equal grid costs no output */
}

void
app_resize(struct app *a, int rows, int cols)
{
	if (rows != a->grid.rows || cols != a->grid.cols)
		grid_resize(&a->grid, rows, cols);
	a->dirty = true;
}

void
app_shown(struct app *a)
{
	dialog_shown(&a->dialog, app_boot_ms(a));
}

bool
app_is_dirty(const struct app *a)
{
	return a->dirty;
}

bool
app_wants_quit(const struct app *a)
{
	return a->quit;
}

bool
app_take_suspend(struct app *a)
{
	bool yes = a->suspend;

	a->suspend = false;
	return yes;
}

bool
app_engine_leads(const struct app *a)
{
	return a->snap->engine.lead == LEAD_PADDOCK;
}

uint32_t
app_operations(const struct app *a)
{
	const struct slot *slot;
	uint32_t n = 0;

	for (uint32_t i = 0;
	     (slot = snapshot_next(a->snap, KIND_ACT, &i, NULL));) {
		const struct act *act = (const void *)slot->rec;

		/* A person's, too: whoever quits asks for them here. */
		n += !slot->ended && act->by != ACT_BY_CA &&
		     act->outcome == ACT_RUNNING;
	}
	return n;
}

struct port *
app_port(const struct app *a)
{
	return a->port;
}

const struct clockwork *
app_clock(const struct app *a)
{
	return a->clock;
}

const struct theme *
app_theme(const struct app *a)
{
	return a->theme;
}
