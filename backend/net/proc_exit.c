/*
 * A child's end as an event.
 */
#include "backend/net/proc_exit.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/syscall.h>
#endif

enum { ASK_EVERY_MS = 20 };

struct proc_exit {
	struct reactor_fd *watch;
	struct reactor_timer *timer; /* where there is no pidfd */
	void (*fn)(void *ctx, int status);
	void *ctx;
	pid_t pid;
	int fd;
};

static void
ask(struct proc_exit *e)
{
	int status = -1;
	pid_t got = waitpid(e->pid, &status, WNOHANG);

	if (got == 0 || (got < 0 && errno == EINTR)) {
		if (e->timer)
			reactor_timer_arm(e->timer, ASK_EVERY_MS);
		return;
	}
	e->fn(e->ctx, got == e->pid ? status : -1);
}

static void
on_timer(void *ctx)
{
	ask(ctx);
}

static void
on_ready(void *ctx, unsigned events)
{
	(void)events;
	ask(ctx);
}

struct proc_exit *
proc_exit_new(struct reactor *r, pid_t pid, void (*fn)(void *ctx, int status),
	      void *ctx)
{
	struct proc_exit *e = xcalloc(1, sizeof(*e));

	e->fn = fn;
	e->ctx = ctx;
	e->pid = pid;
	e->fd = -1;
#ifdef SYS_pidfd_open
	e->fd = (int)syscall(SYS_pidfd_open, pid, 0);
#endif
	if (e->fd >= 0) {
		e->watch = reactor_fd_new(r, e->fd, REACTOR_READ, on_ready, e);
	} else {
		e->timer = reactor_timer_new(r, on_timer, e);
		reactor_timer_arm(e->timer, ASK_EVERY_MS);
	}
	return e;
}

void
proc_exit_free(struct proc_exit *e)
{
	if (!e)
		return;
	reactor_fd_free(e->watch);
	reactor_timer_free(e->timer);
	if (e->fd >= 0)
		close(e->fd);
	free(e);
}
