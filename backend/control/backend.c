/*
 * Assembly, and the order of a turn:
 *
 *	timers and transfers (the reactor) -> finished tasks -> commands ->
 *	lease -> engine -> once a second: what the header says -> streams ->
 *	publish, at most every 50 ms
 */
#include "backend/control/backend_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/log.h"
#include "backend/base/text.h"
#include "backend/control/act_run.h"
#include "backend/control/engine_run.h"
#include "backend/control/hold.h"
#include "backend/control/lease.h"
#include "backend/control/preview.h"
#include "backend/control/stream.h"

#define PUBLISH_MS 50
#define TICK_MS 1000
#define WRITE_FLAG_MS ((int64_t)8 * 3600 * 1000) /* --write REASON */
enum { UNSENT_REPLIES = 256, UNSENT_NOTES = 64, HISTORY = 1000 };

/* ---- words to the other side ---- */

void
backend_reply(struct backend *b, const struct reply *moved)
{
	struct reply r = *moved;

	if (!b->port) {
		reply_fini(&r);
		return;
	}
	/* In order: nothing overtakes what waits. */
	if (!b->unsent.n && port_reply(b->port, &r))
		return;
	if (b->unsent.n >= (r.kind == REPLY_NOTE ? UNSENT_NOTES
						 : UNSENT_REPLIES)) {
		log_at(LOG_WARN, "port", "reply dropped: %s", r.title);
		reply_fini(&r);
		return;
	}
	vec_push(&b->unsent, r);
}

static void
resend(struct backend *b)
{
	uint32_t n = 0;

	while (n < b->unsent.n && port_reply(b->port, &b->unsent.at[n]))
		n++;
	if (!n)
		return;
	memmove(b->unsent.at, b->unsent.at + n,
		(b->unsent.n - n) * sizeof(*b->unsent.at));
	b->unsent.n -= n;
}

void
backend_note(struct backend *b, enum severity severity, enum err_code code,
	     const char *fmt, ...)
{
	struct reply r = { .kind = REPLY_NOTE,
			   .severity = (uint8_t)severity,
			   .code = (uint8_t)code };
	char text[600];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	log_at(severity == SEVERITY_INFO ? LOG_INFO : LOG_WARN, "control",
	       "%s", text);
	text_clean_to(r.title, sizeof(r.title), text, strlen(text));
	if (strlen(text) >= sizeof(r.title))
		r.text = xstrdup(text);
	backend_reply(b, &r);
}

void
backend_show_line(struct backend *b, const struct journal_line *l,
		  uint64_t seq)
{
	store_put(b->store, journal_record(l, seq, false));
}

/* ---- the turn ---- */

static void
take_up_mode(struct backend *b)
{
	struct err err = { .code = ERR_NONE };

	if (b->mode_asked || b->config.mode == MODE_ADVISORY ||
	    !engine_plan(b))
		return;
	b->mode_asked = true;
	if (!engine_set_mode(b, b->config.mode, &err))
		backend_note(b, SEVERITY_CRIT, err.code, "stays advisory: %s",
			     err.text);
}

static void
every_second(struct backend *b)
{
	int64_t now = backend_boot_ms(b);

	if (b->second_boot_ms && now - b->second_boot_ms < TICK_MS)
		return;
	b->second_boot_ms = now;
	backend_look_around(b);
	take_up_mode(b);
}

static void
publish(struct backend *b)
{
	int64_t now = backend_boot_ms(b);
	int64_t left = b->published_boot_ms + PUBLISH_MS - now;

	streams_publish(b);
	if (!b->port || !store_dirty(b->store))
		return;
	if (b->published_boot_ms && left > 0) {
		if (!reactor_timer_armed(b->publish))
			reactor_timer_arm(b->publish, left);
		return;
	}
	b->published_boot_ms = now;
	port_publish(b->port, store_publish(b->store));
}

bool
backend_is_idle(struct backend *b)
{
	return !worker_pending(b->worker) && !act_runs_pending(b->acts) &&
	       engine_is_idle(b->engine) && leading_is_idle(b->leading) &&
	       holds_are_idle(b->holds) &&
	       !previews_busy(b->previews);
}

void
backend_quit(struct backend *b)
{
	if (b->quitting)
		return;
	b->quitting = true;
	previews_stop(b);
	leading_stop(b, "paddock ends");
}

static void
turn_end(void *ctx)
{
	struct backend *b = ctx;

	worker_collect(b->worker);
	if (b->port)
		resend(b);
	backend_commands(b);
	if (backend_asked_to_finish(b))
		backend_quit(b);
	leading_turn(b);
	holds_turn(b);
	engine_turn(b);
	every_second(b);
	publish(b);
	if ((b->quitting && backend_is_idle(b)) || backend_is_abandoned(b))
		reactor_stop(b->reactor);
}

static void
on_commands(void *ctx, unsigned events)
{
	struct backend *b = ctx;

	(void)events;
	port_backend_clear(b->port);
	backend_commands(b);
}

static void
on_tick(void *ctx)
{
	struct backend *b = ctx;

	reactor_timer_arm(b->tick, TICK_MS); /* time passes by itself */
}

static void
on_publish(void *ctx)
{
	(void)ctx; /* the end of the turn publishes */
}

static void
wake(void *ctx)
{
	reactor_wake(((struct backend *)ctx)->reactor);
}

/* ---- making and freeing ---- */

static void
own(struct backend *b, const char **slot)
{
	static const size_t room = sizeof(b->texts) / sizeof(b->texts[0]);

	for (size_t i = 0; *slot && i < room; i++) {
		if (b->texts[i])
			continue;
		b->texts[i] = xstrdup(*slot);
		*slot = b->texts[i];
		return;
	}
}

static void
own_config(struct backend *b, const struct backend_config *config)
{
	struct backend_config *c = &b->config;

	*c = *config;
	if (!c->via)
		c->via = "command line";
	own(b, &c->kubeconfig);
	own(b, &c->context);
	own(b, &c->ns);
	own(b, &c->region);
	own(b, &c->world_file);
	own(b, &c->record_dir);
	own(b, &c->metrics_listen);
	own(b, &c->config_file);
	own(b, &c->journal_file);
	own(b, &c->write_reason);
	own(b, &c->via);
}

/* The journal's last lines as rows; intents of the dead as alarms. */
static void
show_history(struct backend *b)
{
	struct journal_history h;
	struct err err = { .code = ERR_NONE };

	if (!journal_read(b->journal, HISTORY, &h, &err)) {
		store_alarm(b->store,
			    &(struct store_alarm){ .id = "journal",
						   .severity = SEVERITY_WARN,
						   .text = err.text });
		return;
	}
	for (uint32_t i = 0; i < h.entries.n; i++)
		store_put(b->store, record_ref(h.entries.at[i]));
	for (uint32_t i = 0; i < h.open.n; i++) {
		struct store_alarm a = { .severity = SEVERITY_WARN,
					 .why = "The program that began this "
						"died before it knew the "
						"outcome: it may or may not "
						"have happened.  Look at the "
						"target, then acknowledge the "
						"journal entry.",
					 .fix_verb = "acknowledge",
					 .fix_text = "a=acknowledge" };
		char id[64], text[300], key[24];

		snprintf(id, sizeof(id), "orphan/%s", h.open.at[i].id);
		snprintf(text, sizeof(text), "%s has no outcome: %s",
			 h.open.at[i].id, h.open.at[i].text);
		snprintf(key, sizeof(key), "%llu",
			 (unsigned long long)h.open.at[i].seq);
		store_find(b->store, KIND_ENTRY, key, &a.subject);
		a.id = id;
		a.text = text;
		a.since_ms = h.open.at[i].world_ms;
		store_alarm(b->store, &a);
	}
	if (h.broken_seq) {
		char text[120];

		snprintf(text, sizeof(text),
			 "journal changed by another hand at line %llu",
			 (unsigned long long)h.broken_seq);
		store_alarm(b->store,
			    &(struct store_alarm){ .id = "journal-chain",
						   .severity = SEVERITY_WARN,
						   .text = text });
	}
	/* Theirs from now on. */
	for (uint32_t i = 0; i < h.deeds.n; i++)
		vec_push(&b->past, h.deeds.at[i]);
	h.deeds.n = 0;
	journal_history_fini(&h);
}

static void
show_notes(struct backend *b)
{
	uint32_t n;
	const char *const *notes = config_notes(b->file, &n);

	for (uint32_t i = 0; i < n; i++)
		backend_note(b, SEVERITY_WARN, ERR_CONFIG, "%s", notes[i]);
}

static void
put_prices(struct backend *b)
{
	uint32_t n;
	const struct config_price *prices = config_prices(b->file, &n);
	struct seal *s = seal_new();

	for (uint32_t i = 0; i < 2 * n; i++) {
		const struct config_price *from = &prices[i / 2];
		int64_t udollars = i % 2 ? from->spot_udollars
					 : from->on_demand_udollars;
		struct price *p;

		if (udollars < 0)
			continue;
		p = seal_begin(s, sizeof(*p));
		seal_text(s, &p->type, from->type);
		seal_text(s, &p->zone, "");
		p->udollars_hour = udollars;
		p->spot = i % 2;
		store_put(b->store, record_seal(s, KIND_PRICE));
	}
	seal_free(s);
}

static bool
open_parts(struct backend *b, struct err *err)
{
	b->file = config_load(b->config.config_file, err);
	if (!b->file)
		return false;
	b->worker = worker_new(wake, b, err);
	if (!b->worker)
		return false;
	if (!(b->config.world_file ? backend_open_world(b, err)
				   : backend_open_cluster(b, err)))
		return false;
	if (b->config.frozen_ms)
		store_freeze(b->store, b->config.frozen_ms);
	b->engine = engine_run_new(b, err);
	if (!b->engine)
		return false;
	b->gate.forbidden |= b->config.read_only;
	return true;
}

struct backend *
backend_new(const struct backend_config *config, struct port *port,
	    struct err *err)
{
	struct backend *b = xcalloc(1, sizeof(*b));
	struct err ignored;

	b->clock = config->clock ? config->clock : &clock_system;
	b->port = port;
	if (config->loopback_only)
		http_set_loopback_only(true);
	b->threading = threading_new(err);
	if (!b->threading) {
		free(b);
		return NULL;
	}
	own_config(b, config);
	b->reactor = reactor_new(b->clock);
	b->store = store_new(b->clock);
	b->journal = journal_new(b->config.journal_file);
	b->acts = act_runs_new(b);
	b->previews = previews_new(b);
	b->streams = streams_new(b);
	b->leading = leading_new(b);
	b->holds = holds_new(b);
	if (!open_parts(b, err)) {
		backend_free(b);
		return NULL;
	}
	show_history(b);
	put_prices(b);
	show_notes(b);
	if (b->config.write_reason &&
	    gate_unlock(&b->gate, WRITE_FLAG_MS, b->config.write_reason,
			backend_boot_ms(b), &ignored))
		act_note(b, &(struct act_note){ .verb = "unlock",
						.by = ACT_BY_PERSON,
						.why = b->config.write_reason,
						.before = "read-only",
						.after = "--write" });
	b->tick = reactor_timer_new(b->reactor, on_tick, b);
	b->publish = reactor_timer_new(b->reactor, on_publish, b);
	reactor_timer_arm(b->tick, 0);
	if (port)
		b->commands = reactor_fd_new(b->reactor, port_backend_fd(port),
					     REACTOR_READ, on_commands, b);
	reactor_on_turn_end(b->reactor, turn_end, b);
	return b;
}

void
backend_free(struct backend *b)
{
	if (!b)
		return;
	/* Everything given to the worker ends and is collected first: its
	 * callbacks reach into all that follows. */
	b->quitting = b->closing = true;
	worker_free(b->worker);
	b->worker = NULL;
	streams_free(b->streams);
	backend_close_sources(b);
	engine_run_free(b->engine);
	leading_free(b->leading);
	holds_free(b->holds);
	previews_free(b->previews);
	act_runs_free(b->acts);
	if (b->commands)
		reactor_fd_free(b->commands);
	reactor_timer_free(b->tick);
	reactor_timer_free(b->publish);
	for (uint32_t i = 0; i < b->unsent.n; i++)
		reply_fini(&b->unsent.at[i]);
	vec_free(&b->unsent);
	store_free(b->store);
	reactor_free(b->reactor);
	journal_free(b->journal);
	config_free(b->file);
	journal_deeds_free(b->past.at, b->past.n);
	vec_free(&b->past);
	memory_unref(b->memory);
	policy_unref(b->policy);
	threading_free(b->threading);
	for (size_t i = 0; i < ARRAY_LEN(b->texts); i++)
		free(b->texts[i]);
	free(b);
}
