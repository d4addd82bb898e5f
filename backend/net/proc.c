/*
 * Child processes on the reactor.
 *
 * posix_spawn, not fork: it does not copy a large program's page tables, and
 * nothing of ours runs in the child.  The result is told once the child is
 * reaped and its pipes are read as far as they go; a grandchild that keeps a
 * pipe open is not waited for.
 */
#include "backend/net/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend/net/proc_exit.h"
#include "backend/net/reactor_private.h"

enum { KILL_AFTER_MS = 2000, LIMIT_BYTES = 1 << 20, PIECE_BYTES = 8192 };

struct stream {
	struct proc *proc;
	struct reactor_fd *watch;
	struct buf text;
	int fd; /* -1 once at its end */
};

struct proc {
	struct reactor *reactor;
	struct reactor_last last;
	void (*on_done)(void *ctx, const struct proc_result *result);
	void *ctx;
	struct stream out, errs;
	struct proc_exit *exit;
	struct reactor_timer *timer;
	pid_t pid;
	bool timed_out;
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
		explicit_bzero(p->out.text.at, p->out.text.room);
	buf_fini(&p->out.text);
	buf_fini(&p->errs.text);
	proc_exit_free(p->exit);
	reactor_timer_free(p->timer);
	reactor_last_take(&p->last);
	free(p);
}

/* Past the ceiling the rest is read and let go, so that the child does not hang
 * on a full pipe. */
static void
on_readable(void *ctx, unsigned events)
{
	struct stream *s = ctx;
	char piece[PIECE_BYTES];
	ssize_t got;

	(void)events;
	do {
		got = read(s->fd, piece, sizeof(piece));
		if (got > 0) {
			size_t room = s->text.limit - s->text.len;

			buf_add(&s->text, piece,
				(size_t)got < room ? (size_t)got : room);
		}
	} while (got > 0 || (got < 0 && errno == EINTR));
	explicit_bzero(piece, sizeof(piece));
	if (got < 0 && errno == EAGAIN)
		return;
	stream_close(s);
}

static void
on_exit_status(void *ctx, int status)
{
	struct proc *p = ctx;
	struct proc_result r;

	/* It wrote before it ended: that is in the pipes by now. */
	if (p->out.fd >= 0)
		on_readable(&p->out, REACTOR_READ);
	if (p->errs.fd >= 0)
		on_readable(&p->errs, REACTOR_READ);
	r = (struct proc_result){
		.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
		.timed_out = p->timed_out,
		.out = buf_text(&p->out.text),
		.out_len = p->out.text.len,
		.err_text = buf_text(&p->errs.text),
		.err_len = p->errs.text.len,
	};
	if (p->on_done)
		p->on_done(p->ctx, &r);
	proc_free(p);
}

static void
on_deadline(void *ctx)
{
	struct proc *p = ctx;

	kill(-p->pid, p->timed_out ? SIGKILL : SIGTERM);
	p->timed_out = true;
	reactor_timer_arm(p->timer, KILL_AFTER_MS);
}

/* The reactor goes: so does the child. */
static void
on_reactor_free(void *ctx)
{
	struct proc *p = ctx;

	kill(-p->pid, SIGKILL);
	while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	proc_free(p);
}

/* ---- starting ---- */

/* Ours with `more` on top (new array of borrowed texts). */
static char **
merged_env(const char *const *more)
{
	VEC(char *) env = { 0 };

	for (char **e = environ; *e; e++) {
		size_t len = strcspn(*e, "=") + 1;
		bool hidden = false;

		for (uint32_t i = 0; more && more[i] && !hidden; i++)
			hidden = strncmp(more[i], *e, len) == 0;
		if (!hidden)
			vec_push(&env, *e);
	}
	for (uint32_t i = 0; more && more[i]; i++)
		vec_push(&env, (char *)(uintptr_t)more[i]);
	vec_push(&env, NULL);
	return env.at;
}

/* Standard input is empty, everything else of ours is closed. */
static void
set_files(posix_spawn_file_actions_t *f, const struct proc_call *c, int out,
	  int errs)
{
	posix_spawn_file_actions_init(f);
	posix_spawn_file_actions_addopen(f, STDIN_FILENO, "/dev/null",
					 O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(f, out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(f, errs, STDERR_FILENO);
	posix_spawn_file_actions_addclosefrom_np(f, STDERR_FILENO + 1);
	if (c->dir)
		posix_spawn_file_actions_addchdir_np(f, c->dir);
}

/* A group of its own, no signal blocked, none ignored. */
static void
set_attributes(posix_spawnattr_t *a)
{
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(a);
	posix_spawnattr_setpgroup(a, 0);
	posix_spawnattr_setsigmask(a, &none);
	posix_spawnattr_setsigdefault(a, &all);
	posix_spawnattr_setflags(a, POSIX_SPAWN_SETPGROUP |
					    POSIX_SPAWN_SETSIGMASK |
					    POSIX_SPAWN_SETSIGDEF);
}

/* 0, or why not. */
static int
spawn(const struct proc_call *c, int out, int errs, pid_t *pid)
{
	char **env = merged_env(c->env);
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int failure;

	set_files(&files, c, out, errs);
	set_attributes(&attributes);
	failure = posix_spawnp(pid, c->argv[0], &files, &attributes,
			       (char *const *)(uintptr_t)c->argv, env);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	free(env);
	return failure;
}

static void
stream_open(struct stream *s, struct proc *p, int fd, size_t limit)
{
	s->proc = p;
	s->fd = fd;
	buf_init(&s->text, limit);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	s->watch = reactor_fd_new(p->reactor, fd, REACTOR_READ, on_readable,
				  s);
}

static struct proc *
proc_new(struct reactor *r, const struct proc_call *c, pid_t pid, int out,
	 int errs)
{
	size_t limit = c->limit_bytes ? c->limit_bytes : LIMIT_BYTES;
	struct proc *p = xcalloc(1, sizeof(*p));

	p->reactor = r;
	p->on_done = c->on_done;
	p->ctx = c->ctx;
	p->pid = pid;
	p->last = (struct reactor_last){ .fn = on_reactor_free, .ctx = p };
	reactor_last_add(r, &p->last);
	stream_open(&p->out, p, out, limit);
	stream_open(&p->errs, p, errs, limit);
	p->exit = proc_exit_new(r, pid, on_exit_status, p);
	p->timer = reactor_timer_new(r, on_deadline, p);
	if (c->deadline_ms)
		reactor_timer_arm(p->timer, c->deadline_ms);
	return p;
}

struct proc *
proc_start(struct reactor *r, const struct proc_call *c, struct err *err)
{
	int out[2] = { -1, -1 }, errs[2] = { -1, -1 };
	struct proc *p = NULL;
	int failure = 0;
	pid_t pid = 0;

	if (pipe2(out, O_CLOEXEC) || pipe2(errs, O_CLOEXEC))
		failure = errno;
	else
		failure = spawn(c, out[1], errs[1], &pid);
	if (failure == ENOENT)
		err_set(err, ERR_GONE,
			"cannot start %s: there is no such program%s%s",
			c->argv[0], strchr(c->argv[0], '/') ? "" : " in PATH",
			c->dir ? " (or its folder is missing)" : "");
	else if (failure)
		err_set(err, ERR_IO, "cannot start %s: %s", c->argv[0],
			strerror(failure));
	else
		p = proc_new(r, c, pid, out[0], errs[0]);
	for (int i = 0; i < 2; i++) {
		if (out[i] >= 0 && (i || !p))
			close(out[i]);
		if (errs[i] >= 0 && (i || !p))
			close(errs[i]);
	}
	return p;
}

void
proc_cancel(struct proc *p)
{
	/* Reaped without waiting, when the reactor hears of its end. */
	p->on_done = NULL;
	p->timed_out = true;
	kill(-p->pid, SIGKILL);
}
