/*
 * Child processes on the reactor.
 *
 * The end of both pipes is not the end of the process and the other way round
 * (a grandchild may hold a pipe): the result is told once the process is reaped
 * and the pipes are at their end, or the deadline passed.  A pidfd makes the
 * exit a descriptor like any other, so that no SIGCHLD handler is needed.
 */
#include "backend/net/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILL_AFTER_MS = 2000, LIMIT = 1 << 20 };

struct stream {
	struct proc *proc;
	struct reactor_fd *watch;
	struct buf text;
	int fd; /* -1 once at its end */
};

struct proc {
	struct reactor *reactor;
	void (*on_done)(void *ctx, const struct proc_result *result);
	void *ctx;
	struct stream out, errs;
	struct reactor_fd *exit_watch;
	struct reactor_timer *timer;
	pid_t pid;
	int pid_fd, exit_code;
	bool reaped, timed_out, killed;
};

static void
stream_close(struct stream *s)
{
	reactor_fd_free(s->watch);
	s->watch = NULL;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

static void
proc_free(struct proc *p)
{
	stream_close(&p->out);
	stream_close(&p->errs);
	/* What a credential plugin printed is a secret. */
	if (p->out.text.at)
		explicit_bzero(p->out.text.at, p->out.text.len);
	buf_fini(&p->out.text);
	buf_fini(&p->errs.text);
	reactor_fd_free(p->exit_watch);
	reactor_timer_free(p->timer);
	if (p->pid_fd >= 0)
		close(p->pid_fd);
	free(p);
}

static void
end_if_over(struct proc *p)
{
	struct proc_result r;

	if (!p->reaped)
		return;
	/* After a time-out nobody waits for a pipe a grandchild keeps open. */
	if (!p->timed_out && (p->out.fd >= 0 || p->errs.fd >= 0))
		return;
	r = (struct proc_result){
		.exit_code = p->exit_code,
		.timed_out = p->timed_out,
		.out = buf_text(&p->out.text),
		.out_len = p->out.text.len,
		.err_text = buf_text(&p->errs.text),
		.err_len = p->errs.text.len,
	};
	p->on_done(p->ctx, &r);
	proc_free(p);
}

static void
on_readable(void *ctx, unsigned events)
{
	struct stream *s = ctx;
	char piece[8192];
	ssize_t got;

	(void)events;
	do {
		got = read(s->fd, piece, sizeof(piece));
		if (got > 0)
			buf_add(&s->text, piece, (size_t)got);
		/* Past the ceiling the rest is read and let go, so that the
		 * child does not hang on a full pipe. */
	} while (got > 0);
	explicit_bzero(piece, sizeof(piece));
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	stream_close(s);
	end_if_over(s->proc);
}

static void
on_exit_ready(void *ctx, unsigned events)
{
	struct proc *p = ctx;
	int status;

	(void)events;
	if (waitpid(p->pid, &status, WNOHANG) != p->pid)
		return;
	p->reaped = true;
	p->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	reactor_fd_free(p->exit_watch);
	p->exit_watch = NULL;
	end_if_over(p);
}

static void
on_deadline(void *ctx)
{
	struct proc *p = ctx;

	if (p->reaped) {
		p->timed_out = true;
		end_if_over(p);
		return;
	}
	p->timed_out = true;
	kill(-p->pid, p->killed ? SIGKILL : SIGTERM);
	p->killed = true;
	reactor_timer_arm(p->timer, KILL_AFTER_MS);
}

/* Made before fork: after it a thread may hold malloc's lock. */
static char **
child_env(const char *const *more)
{
	VEC(char *) env = { 0 };

	for (char **e = environ; *e; e++) {
		size_t len = strcspn(*e, "=") + 1;
		bool hidden = false;

		for (uint32_t i = 0; more && more[i] && !hidden; i++)
			hidden = !strncmp(more[i], *e, len);
		if (!hidden)
			vec_push(&env, *e);
	}
	for (uint32_t i = 0; more && more[i]; i++)
		vec_push(&env, (char *)(uintptr_t)more[i]);
	vec_push(&env, NULL);
	return env.at;
}

static void NORETURN
child(const struct proc_call *c, char **env, int out_fd, int err_fd)
{
	sigset_t none;
	int null = open("/dev/null", O_RDONLY);

	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	dup2(null, STDIN_FILENO);
	dup2(out_fd, STDOUT_FILENO);
	dup2(err_fd, STDERR_FILENO);
	if (c->dir && chdir(c->dir))
		_exit(126);
	execvpe(c->argv[0], (char *const *)(uintptr_t)c->argv, env);
	dprintf(STDERR_FILENO, "%s: %m\n", c->argv[0]);
	_exit(errno == ENOENT ? 127 : 126);
}

static bool
stream_open(struct stream *s, struct proc *p, int fd, size_t limit)
{
	s->proc = p;
	s->fd = fd;
	buf_init(&s->text, limit);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	s->watch = reactor_fd_new(p->reactor, fd, REACTOR_READ, on_readable,
				  s);
	return true;
}

struct proc *
proc_start(struct reactor *r, const struct proc_call *c, struct err *err)
{
	size_t limit = c->limit_bytes ? c->limit_bytes : LIMIT;
	int out[2], errs[2];
	char **env;
	struct proc *p;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC)) {
		err_set(err, ERR_IO, "cannot start %s: %m", c->argv[0]);
		return NULL;
	}
	if (pipe2(errs, O_CLOEXEC)) {
		err_set(err, ERR_IO, "cannot start %s: %m", c->argv[0]);
		close(out[0]);
		close(out[1]);
		return NULL;
	}
	env = child_env(c->env);
	pid = fork();
	if (pid == 0)
		child(c, env, out[1], errs[1]);
	free(env);
	close(out[1]);
	close(errs[1]);
	if (pid < 0) {
		err_set(err, ERR_IO, "cannot start %s: %m", c->argv[0]);
		close(out[0]);
		close(errs[0]);
		return NULL;
	}
	setpgid(pid, pid);
	p = xcalloc(1, sizeof(*p));
	p->reactor = r;
	p->on_done = c->on_done;
	p->ctx = c->ctx;
	p->pid = pid;
	stream_open(&p->out, p, out[0], limit);
	stream_open(&p->errs, p, errs[0], limit);
	p->pid_fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (p->pid_fd < 0)
		BUG("pidfd_open: %m");
	p->exit_watch = reactor_fd_new(r, p->pid_fd, REACTOR_READ,
				       on_exit_ready, p);
	p->timer = reactor_timer_new(r, on_deadline, p);
	reactor_timer_arm(p->timer, c->deadline_ms);
	return p;
}

void
proc_cancel(struct proc *p)
{
	if (!p->reaped) {
		kill(-p->pid, SIGKILL);
		waitpid(p->pid, NULL, 0);
	}
	proc_free(p);
}
