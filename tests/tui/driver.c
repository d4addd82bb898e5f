/*
 * The driver: a backend that answers from canned texts.
 */
#include "tests/tui/driver.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/tui/world_fixture.h"
#include "tui/loop.h"

enum { TURN_MS = 50 };

struct driver {
	struct fixture *f;
	const struct driver_config *config;
	_Atomic bool stop;
	uint64_t log_stream;
	uint32_t log_lines;
};

static void
answer(struct driver *d, struct command *c)
{
	struct reply r = { .id = c->id, .kind = REPLY_DONE };

	switch (c->kind) {
	case COMMAND_PREVIEW:
		r.kind = REPLY_PREVIEW;
		r.ref = c->id;
		r.ask = strcmp(c->verb, "delete") == 0 ? ASK_TYPED : ASK_YES;
		snprintf(r.title, sizeof(r.title), "%s %.60s %.60s?", c->verb,
			 c->target.name, c->args);
		snprintf(r.expect, sizeof(r.expect), "%s", c->target.name);
		r.text = xstrdup("Does what it says, to this object only.\n\n"
				 "  kubectl cordon NODE\n");
		break;
	case COMMAND_REFRESH:
		BUG_IF(d->config->breaks);
		return;
	case COMMAND_CONFIRM:
		snprintf(r.title, sizeof(r.title), "done");
		break;
	case COMMAND_UNLOCK:
		d->f->head.place.may_write = true;
		d->f->head.place.write_until_boot_ms =
			clock_boot_ms(&clock_system) + c->number;
		snprintf(r.title, sizeof(r.title), "writing allowed");
		break;
	case COMMAND_LOCK:
		d->f->head.place.may_write = false;
		snprintf(r.title, sizeof(r.title), "read-only");
		break;
	case COMMAND_OPEN_STREAM:
		if (c->what == STREAM_LOGS) {
			d->log_stream = c->ref;
			d->log_lines = 0;
		}
		fixture_stream(d->f, c->ref,
			       c->what == STREAM_LOGS
				       ? "2026-02-18T03:00:00Z \033[32mRunning"
					 "\033[0m on runner\n"
				       : "line one\nline two\nline three\n",
			       c->what == STREAM_LOGS ? STREAM_OPEN
						      : STREAM_ENDED);
		return;
	default:
		return;
	}
	port_reply(d->f->port, &r);
}

static void *
backend(void *ctx)
{
	struct driver *d = ctx;
	struct command c;
	char line[80];

	while (!atomic_load(&d->stop)) {
		struct pollfd p = { .fd = port_backend_fd(d->f->port),
				    .events = POLLIN };

		poll(&p, 1, TURN_MS);
		port_backend_clear(d->f->port);
		while (port_receive(d->f->port, &c)) {
			answer(d, &c);
			command_fini(&c);
		}
		if (d->log_stream && d->log_lines < 500) {
			snprintf(line, sizeof(line),
				 "2026-02-18T03:00:%02uZ step %u\n",
				 d->log_lines % 60, d->log_lines);
			d->log_lines++;
			fixture_stream(d->f, d->log_stream, line,
				       STREAM_OPEN);
		}
		d->f->boot_ms = clock_boot_ms(&clock_system);
		fixture_publish(d->f);
		if (d->config->beat_fd >= 0 &&
		    write(d->config->beat_fd, ".", 1) < 0)
			break;
	}
	return NULL;
}

int
driver_run(const struct driver_config *config)
{
	struct driver d = { .config = config };
	struct app_config app_config = { .view = config->view,
					 .ascii = !config->utf8,
					 .mono = config->mono };
	struct loop_config loop_config = { .frame_fd = config->frame_fd,
					   .stuck_s = config->stuck_s };
	struct err err = { .code = ERR_NONE };
	enum loop_end end = LOOP_QUIT;
	int64_t boot = clock_boot_ms(&clock_system);
	sigset_t all, old;
	pthread_t thread;
	struct app *app;
	bool ok;

	d.f = fixture_incident();
	/* The fixture's clocks become the system's. */
	for (int i = 0; i < SOURCE_COUNT; i++)
		d.f->head.source[i].good_boot_ms = boot;
	d.f->head.clock.boot_ms = boot;
	d.f->boot_ms = boot;
	app_config.port = d.f->port;
	app = app_new(&app_config, &err);
	if (!app)
		return 2;
	fixture_publish(d.f);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_create(&thread, NULL, backend, &d);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	ok = loop_run(app, &loop_config, &end, &err);
	atomic_store(&d.stop, true);
	pthread_join(thread, NULL);
	app_free(app);
	fixture_free(d.f);
	if (!ok) {
		fprintf(stderr, "%s\n", err.text);
		return 2;
	}
	return end == LOOP_QUIT	    ? 0
	       : end == LOOP_SIGNAL ? 128 + SIGTERM
				    : 128 + SIGHUP;
}
