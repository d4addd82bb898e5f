/*
 * The backend's thread: starting, stopping within a deadline, and leaving when
 * the other side is stuck (design 4).
 */
#include "backend/control/backend_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "backend/base/wake.h"

#define LEAVE_MS 2000

struct threading {
	pthread_t thread;
	bool started;
	struct wake ended;	 /* the loop has ended */
	struct wake joined;	 /* backend_stop came */
	_Atomic bool finish;	 /* backend_stop or backend_terminate */
	_Atomic bool terminated; /* leave, whatever the other side does */
	_Atomic bool abandoned;	 /* out of patience: end where it stands */
	/* A descriptor of our own: its O_NONBLOCK is not the shell's. */
	int terminal;
	struct termios modes;
	char *reset;
	size_t reset_len;
};

struct threading *
threading_new(struct err *err)
{
	struct threading *t = xcalloc(1, sizeof(*t));

	t->terminal = -1;
	t->ended.fd = t->ended.write_fd = -1;
	t->joined = t->ended;
	if (wake_open(&t->ended, err) && wake_open(&t->joined, err))
		return t;
	threading_free(t);
	return NULL;
}

void
threading_free(struct threading *t)
{
	if (!t)
		return;
	if (t->terminal >= 0)
		close(t->terminal);
	wake_close(&t->ended);
	wake_close(&t->joined);
	free(t->reset);
	free(t);
}

void
backend_set_terminal(struct backend *b, int fd, const char *reset)
{
	struct threading *t = b->threading;
	const char *name = ttyname(fd);

	free(t->reset);
	t->reset = xstrdup(reset);
	t->reset_len = strlen(reset);
	if (t->terminal >= 0)
		close(t->terminal);
	t->terminal = name ? open(name, O_WRONLY | O_NONBLOCK | O_NOCTTY |
						O_CLOEXEC)
			   : -1;
	if (t->terminal >= 0 && tcgetattr(t->terminal, &t->modes) != 0) {
		close(t->terminal);
		t->terminal = -1;
	}
}

/* The other thread may be inside a write that never returns. */
static NORETURN void
leave(struct threading *t)
{
	if (t->terminal >= 0) {
		ssize_t ignored;

		tcflush(t->terminal, TCOFLUSH);
		ignored = write(t->terminal, t->reset, t->reset_len);
		(void)ignored;
		tcsetattr(t->terminal, TCSANOW, &t->modes);
	}
	_exit(128 + SIGTERM);
}

/* True when it was signalled within that time. */
static bool
wait_for(const struct wake *w, int64_t ms)
{
	struct pollfd p = { .fd = w->fd, .events = POLLIN };

	return poll(&p, 1, ms > INT32_MAX ? INT32_MAX : (int)ms) == 1;
}

static void *
run(void *arg)
{
	struct backend *b = arg;
	struct threading *t = b->threading;

	reactor_run(b->reactor);
	wake_signal(&t->ended);
	if (t->terminated && !wait_for(&t->joined, LEAVE_MS))
		leave(t);
	return NULL;
}

bool
backend_start(struct backend *b, struct err *err)
{
	struct threading *t = b->threading;
	sigset_t all, before;
	int failed;

	/* SIGWINCH and the rest belong to the UI thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&t->thread, NULL, run, b);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed)
		return err_set(err, ERR_IO,
			       "cannot start the backend's thread: %s",
			       strerror(failed));
	t->started = true;
	return true;
}

bool
backend_asked_to_finish(const struct backend *b)
{
	return b->threading->finish;
}

bool
backend_is_abandoned(const struct backend *b)
{
	return b->threading->abandoned;
}

void
backend_terminate(struct backend *b)
{
	b->threading->terminated = true;
	b->threading->finish = true;
	reactor_wake(b->reactor);
}

bool
backend_stop(struct backend *b, int64_t deadline_ms)
{
	struct threading *t = b->threading;
	bool ended;

	if (!t->started)
		return backend_finish(b, deadline_ms);
	wake_signal(&t->joined);
	t->finish = true;
	reactor_wake(b->reactor);
	ended = wait_for(&t->ended, deadline_ms);
	if (!ended) {
		t->abandoned = true;
		reactor_wake(b->reactor);
	}
	pthread_join(t->thread, NULL);
	t->started = false;
	return ended;
}
