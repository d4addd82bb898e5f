/*
 * The monkey.
 */
#include "tests/tui/monkey.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/text.h"
#include "keymaps/key.h"
#include "tests/tui/world_fixture.h"
#include "tui/app.h"
#include "tui/grid.h"

enum { OFFERS = 8, STREAMS = 8 };

struct monkey {
	struct fixture *f;
	struct app *app;
	uint64_t preview;	 /* id of the last one asked */
	uint64_t offered[OFFERS]; /* refs that may be confirmed */
	uint32_t offer_n;
	uint64_t streams[STREAMS];
	uint32_t stream_n;
	uint64_t next_ref;
};

struct monkey *
monkey_new(void)
{
	struct monkey *m = xcalloc(1, sizeof(*m));
	struct app_config c = { .ascii = true };
	struct err err = { .code = ERR_NONE };

	m->f = fixture_incident();
	c.port = m->f->port;
	c.clock = &m->f->clock;
	m->app = app_new(&c, &err);
	BUG_IF(!m->app);
	m->next_ref = 1000;
	return m;
}

void
monkey_free(struct monkey *m)
{
	app_free(m->app);
	fixture_free(m->f);
	free(m);
}

/* ---- what must hold ---- */

static void
check_grid(const struct grid *g)
{
	for (int row = 0; row < g->rows; row++) {
		const struct gcell *cells = &g->at[row * g->cols];

		for (int col = 0; col < g->cols; col++) {
			BUG_IF(code_is_unsafe(cells[col].code));
			BUG_IF(cells[col].width > 2);
			BUG_IF(cells[col].width == 2 &&
			       (col + 1 == g->cols ||
				cells[col + 1].width != 0));
			BUG_IF(cells[col].width == 0 &&
			       (col == 0 || cells[col - 1].width != 2));
		}
	}
	BUG_IF(g->cursor_row >= g->rows && g->rows > 0);
}

static void
check_command(struct monkey *m, const struct command *c)
{
	bool known = false;

	switch (c->kind) {
	case COMMAND_PREVIEW:
		m->preview = c->id;
		break;
	case COMMAND_CONFIRM:
		/* Rules 1 and 7: offered, and while writing was allowed. */
		for (uint32_t i = 0; i < m->offer_n; i++)
			known |= m->offered[i] == c->ref;
		BUG_IF(!known);
		BUG_IF(!m->f->head.place.may_write);
		break;
	case COMMAND_OPEN_STREAM:
		m->streams[m->stream_n++ % STREAMS] = c->ref;
		break;
	default:
		break;
	}
}

static void
drain_commands(struct monkey *m)
{
	struct command c;

	while (port_receive(m->f->port, &c)) {
		check_command(m, &c);
		command_fini(&c);
	}
}

static void
frame(struct monkey *m)
{
	check_grid(app_paint(m->app));
	app_shown(m->app);
	fixture_advance(m->f, 300);
	app_tick(m->app);
	check_grid(app_paint(m->app));
	drain_commands(m);
}

/* ---- steps ---- */

static void
press(struct monkey *m, uint16_t argument)
{
	static const uint32_t special[] = {
		KEYCODE_ENTER,	KEYCODE_ESC,   KEYCODE_TAB, KEYCODE_BACKSPACE,
		KEYCODE_UP,	KEYCODE_DOWN,  KEYCODE_LEFT, KEYCODE_RIGHT,
		KEYCODE_HOME,	KEYCODE_END,   KEYCODE_PGUP, KEYCODE_PGDN,
		KEYCODE_DELETE, KEYCODE_F0 + 1, ' ' | KEYMOD_CTRL,
		KEYCODE_LEFT | KEYMOD_SHIFT, KEYCODE_RIGHT | KEYMOD_SHIFT,
	};
	uint32_t low = argument & 0xff;

	if (low < ARRAY_LEN(special))
		app_key(m->app, special[low]);
	else if (low < 0x20)
		app_key(m->app, ('a' + low) | KEYMOD_CTRL);
	else if (low < 0x7f)
		app_key(m->app, low);
	else
		app_key(m->app, argument);
}

static void
change(struct monkey *m, uint16_t argument)
{
	static const struct handle none;
	struct fixture *f = m->f;
	static const enum kind kinds[] = { KIND_POD,   KIND_NODE, KIND_ALARM,
					   KIND_GROUP, KIND_JOB,  KIND_POD,
					   KIND_QUEUE, KIND_DECISION };
	enum kind kind = kinds[argument >> 13];
	uint32_t used = f->table[kind].used;
	struct handle h = snapshot_handle(kind, (argument >> 4) % used, 1);
	const struct slot *slot = &f->table[kind].pages.at[0]
					   ->slots[(h.slot - 1) % SLOT_PAGE];
	char name[32];

	if (h.slot > SLOT_PAGE)
		return;
	h.gen = slot->gen;
	snprintf(name, sizeof(name), "new-%u", argument);
	switch (argument & 7) {
	case 7:
		if (slot->rec && kind == KIND_ALARM)
			fixture_set(f, h,
				    make_alarm(f, name, argument >> 4 & 1, 3,
					       "changed", none, "limits", ""),
				    NULL);
		else
			f->head.clock.speed_milli = (argument >> 4) * 10;
		break;
	case 0:
		if (slot->rec)
			fixture_drop(f, h);
		break;
	case 1:
		if (slot->rec)
			fixture_end(f, h);
		break;
	case 2:
		if (!slot->rec && kind == KIND_POD)
			fixture_reuse(f, h,
				      make_pod(f, "ci", name, "", POD_PENDING,
					       1),
				      NULL);
		break;
	case 3:
		if (used < SLOT_PAGE)
			fixture_put(f, KIND_POD,
				    make_pod(f, "ci\033[2J", name, "",
					     POD_PENDING, 1),
				    make_pod_sum(f, none, none, none,
						 PHASE_QUEUED, 1,
						 "\xe2\x80\xae\xf0\x9f\x98\x80"
						 " wide \xe6\x97\xa5"));
		break;
	case 4:
		f->head.place.may_write = !f->head.place.may_write;
		break;
	case 5:
		f->head.source[(argument >> 4) % SOURCE_COUNT].state =
			(uint8_t)(argument >> 8) % 6;
		break;
	case 6:
		f->head.engine.awaiting_approval ^= true;
		f->head.engine.lead = (uint8_t)(argument >> 4) % 5;
		break;
	}
	fixture_publish(f);
	app_receive(m->app);
}

static void
reply(struct monkey *m, uint16_t argument)
{
	struct reply r = { .id = m->preview, .ref = ++m->next_ref,
			   .kind = REPLY_PREVIEW,
			   .ask = (uint8_t)(argument % 3),
			   .code = argument & 0x100 ? ERR_REFUSED : ERR_NONE };

	drain_commands(m);
	r.id = m->preview;
	snprintf(r.title, sizeof(r.title), "do \033 %u?", argument);
	snprintf(r.expect, sizeof(r.expect), "a");
	r.text = xstrdup("line\nand a much longer line that has to be broken "
			 "somewhere when the screen is narrow, more than once "
			 "even\n\n  aws x --y\n");
	if (r.code == ERR_NONE && r.ask != ASK_NOTHING)
		m->offered[m->offer_n++ % OFFERS] = r.ref;
	if (m->offer_n > OFFERS)
		m->offer_n = OFFERS;
	if (!port_reply(m->f->port, &r))
		reply_fini(&r);
	app_receive(m->app);
}

static void
stream(struct monkey *m, uint16_t argument)
{
	static const char *const texts[] = {
		"plain\n",
		"2026-02-18T03:00:00Z stamped \033[31mred\033[0m\n",
		"\033]0;title\a\033[999;1H\r\rover\rwritten\tx\n",
		"\xf0\x9f\x98\x80\xf0\x9f\x98\x80 \xff\xfe bad \xe2\x80\xa8\n",
		"\n\n\n\n\n\n\n\n",
		"a very long line indeed, longer than most screens are wide, "
		"so that it wraps, and wraps again until nobody reads it "
		"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\n",
	};
	uint64_t id = m->streams[argument % STREAMS];

	if (!id)
		return;
	fixture_stream(m->f, id, texts[(argument >> 4) % ARRAY_LEN(texts)],
		       (enum stream_state)((argument >> 8) % 4));
	if ((argument >> 12) == 7)
		fixture_stream_drop(m->f, id, 1);
	fixture_publish(m->f);
	app_receive(m->app);
}

void
monkey_step(struct monkey *m, uint8_t what, uint16_t argument)
{
	switch (what % 16) {
	case 8:
		app_resize(m->app, argument & 0x3f, argument >> 6 & 0xff);
		break;
	case 9:
		change(m, argument);
		break;
	case 10:
		reply(m, argument);
		break;
	case 11:
		stream(m, argument);
		break;
	case 12:
		fixture_advance(m->f, argument);
		app_tick(m->app);
		break;
	case 13:
		app_paste(m->app, "two\nlines\033", 10);
		break;
	case 14:
		frame(m);
		break;
	default:
		press(m, argument);
		break;
	}
	drain_commands(m);
	if (argument & 0x8000)
		frame(m);
}
