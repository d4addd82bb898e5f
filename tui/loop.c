/*
 * The loop: poll, read, paint; signals; suspend; every way out.
 */
#include "tui/loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "backend/base/log.h"
#include "tui/input.h"
#include "tui/screen.h"

enum {
	FRAME_MS = 33,	  /* between frames that data asks for */
	KEY_FRAME_MS = 6, /* a key is answered sooner */
	TICK_MS = 500,
	KEYS_PER_TURN = 256,
	EXIT_TERMINATED = 128 + SIGTERM,
};

/* What handlers may touch. */
static volatile sig_atomic_t got_resize, got_end, got_stop, got_continue;
static struct wake wake; /* of the loop */
static const struct wake *other_wake;
static unsigned alarm_s;

static void
on_signal(int number)
{
	int keep = errno;

	switch (number) {
	case SIGWINCH:
		got_resize = 1;
		break;
	case SIGTSTP:
		got_stop = 1;
		break;
	case SIGCONT:
		got_continue = 1;
		break;
	case SIGALRM:
		/* Still stuck in a write: nobody reads the terminal. */
		screen_restore();
		_exit(EXIT_TERMINATED);
	default:
		got_end = number;
		if (other_wake)
			wake_signal(other_wake);
		if (alarm_s)
			alarm(alarm_s);
		break;
	}
	wake_signal(&wake);
	errno = keep;
}

static const int handled[] = { SIGWINCH, SIGTSTP, SIGCONT, SIGTERM,
			       SIGHUP,	 SIGINT,  SIGALRM };
static struct sigaction before[ARRAY_LEN(handled)];

static void
signals_take(void)
{
	struct sigaction act = { .sa_handler = on_signal };

	sigemptyset(&act.sa_mask);
	for (size_t i = 0; i < ARRAY_LEN(handled); i++)
		sigaction(handled[i], &act, &before[i]);
	signal(SIGPIPE, SIG_IGN);
}

static void
signals_give_back(void)
{
	alarm(0);
	for (size_t i = 0; i < ARRAY_LEN(handled); i++)
		sigaction(handled[i], &before[i], NULL);
}

struct loop {
	struct app *app;
	const struct loop_config *config;
	const struct clockwork *clock;
	struct input input;
	int64_t painted_ms, ticked_ms;
	uint64_t frame;
	bool hangup;
	bool typed; /* since the last frame */
};

void
loop_restore_terminal(void)
{
	screen_restore();
}

/* The shell gets the terminal; we come back with fg. */
static void
suspend(struct loop *l)
{
	struct sigaction act = { .sa_handler = SIG_DFL }, mine;

	screen_suspend();
	sigemptyset(&act.sa_mask);
	sigaction(SIGTSTP, &act, &mine);
	/* The whole job, so that a shell waiting for our parent notices. */
	kill(0, SIGTSTP);
	sigaction(SIGTSTP, &mine, NULL);
	got_stop = 0;
	got_continue = 0;
	screen_resume();
	app_receive(l->app);
	app_tick(l->app);
}

static void
resize(struct loop *l)
{
	int rows, cols;

	screen_resized();
	screen_size(&rows, &cols);
	app_resize(l->app, rows, cols);
}

static void
take_signals(struct loop *l)
{
	if (got_stop) {
		got_stop = 0;
		if (!app_engine_leads(l->app))
			suspend(l);
	}
	if (got_continue) { /* stopped from outside */
		got_continue = 0;
		screen_forget();
		got_resize = 1;
	}
	if (got_resize) {
		got_resize = 0;
		resize(l);
	}
}

static void
read_keys(struct loop *l, bool readable)
{
	int64_t now = clock_boot_ms(l->clock);
	uint32_t key;

	for (int i = 0; i < KEYS_PER_TURN; i++) {
		switch (input_next(&l->input, now, &key)) {
		case INPUT_KEY:
			app_key(l->app, key);
			l->typed = true;
			break;
		case INPUT_PASTE:
			app_paste(l->app, buf_text(&l->input.paste),
				  l->input.paste.len);
			break;
		default:
			if (i == 0 && readable && input_seems_dead(&l->input))
				l->hangup = true;
			return;
		}
		if (app_take_suspend(l->app))
			suspend(l);
		if (app_wants_quit(l->app))
			return;
	}
}

static void
paint(struct loop *l)
{
	const struct grid *g = app_paint(l->app);
	char line[32];

	screen_flush(g, app_theme(l->app));
	app_shown(l->app);
	l->painted_ms = clock_boot_ms(l->clock);
	l->frame++;
	l->typed = false;
	if (l->config->frame_fd >= 0) {
		int n = snprintf(line, sizeof(line), "%llu\n",
				 (unsigned long long)l->frame);

		if (write(l->config->frame_fd, line, (size_t)n) != n)
			log_at(LOG_DEBUG, "ui", "nobody counts frames");
	}
}

static int64_t
frame_due(const struct loop *l)
{
	return l->painted_ms + (l->typed ? KEY_FRAME_MS : FRAME_MS);
}

/* Milliseconds until something must be done without being woken. */
static int
patience(const struct loop *l)
{
	int64_t now = clock_boot_ms(l->clock);
	int64_t due = l->ticked_ms + TICK_MS;

	if (app_is_dirty(l->app) && frame_due(l) < due)
		due = frame_due(l);
	if (due <= now)
		return 0;
	return due - now > TICK_MS ? TICK_MS : (int)(due - now);
}

static void
turn(struct loop *l, struct port *port)
{
	struct pollfd fds[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = port_ui_fd(port), .events = POLLIN },
		{ .fd = wake.fd, .events = POLLIN },
	};
	int64_t now;

	if (poll(fds, ARRAY_LEN(fds), patience(l)) < 0)
		memset(&fds[0].revents, 0, sizeof(fds[0].revents));
	wake_clear(&wake);
	take_signals(l);
	if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
		l->hangup = true;
	read_keys(l, fds[0].revents & POLLIN);
	port_ui_clear(port);
	app_receive(l->app);
	now = clock_boot_ms(l->clock);
	if (now - l->ticked_ms >= TICK_MS || now < l->ticked_ms) {
		l->ticked_ms = now;
		app_tick(l->app);
	}
	if (app_is_dirty(l->app) && !l->hangup &&
	    (now >= frame_due(l) || now < l->painted_ms))
		paint(l);
}

bool
loop_run(struct app *a, const struct loop_config *config, enum loop_end *end,
	 struct err *err)
{
	struct loop l = { .app = a, .config = config, .clock = app_clock(a) };
	struct port *port = app_port(a);

	got_resize = got_end = got_stop = got_continue = 0;
	if (!wake_open(&wake, err))
		return false;
	other_wake = config->on_signal;
	alarm_s = config->stuck_s;
	/* First ours, so that curses leaves SIGWINCH alone. */
	signals_take();
	if (!screen_open(err)) {
		signals_give_back();
		wake_close(&wake);
		return false;
	}
	if (config->on_terminal)
		config->on_terminal(config->ctx, screen_fd(),
				    screen_reset_text());
	input_init(&l.input);
	resize(&l);
	l.painted_ms = clock_boot_ms(l.clock) - FRAME_MS;
	while (!app_wants_quit(a) && !got_end && !l.hangup)
		turn(&l, port);
	*end = l.hangup || got_end == SIGHUP ? LOOP_HANGUP
	       : got_end		     ? LOOP_SIGNAL
					     : LOOP_QUIT;
	input_fini(&l.input);
	screen_close();
	signals_give_back();
	wake_close(&wake);
	return true;
}
