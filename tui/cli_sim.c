/*
 * Running the simulated cloud beside the console.
 *
 * The child tells that it serves by the line "ready URL" on its stdout; its
 * stderr goes to a file, since the terminal belongs to the console.  It gets
 * SIGTERM when this process ends in whatever way.
 */
#include "tui/cli_sim.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend/base/buf.h"
#include "backend/base/clock.h"
#include "backend/base/text.h"

enum { READY_MS = 30000, ENV_LIMIT = 1 << 16, STOP_MS = 3000 };

struct sim_child {
	pid_t pid;
	char dir[PATH_MAX];
	char kubeconfig[PATH_MAX], env[PATH_MAX], log[PATH_MAX];
};

extern char **environ;

static bool
is_foreign(const char *entry)
{
	static const char *const prefixes[] = {
		"AWS_", "KUBE", "GITLAB_", "CI_", "EKS_", NULL
	};
	static const char *const names[] = {
		"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
		"http_proxy", "https_proxy", "all_proxy", "no_proxy",
		"CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", NULL
	};
	size_t len = strcspn(entry, "=");

	for (int i = 0; prefixes[i]; i++)
		if (str_has_prefix(entry, prefixes[i]))
			return true;
	for (int i = 0; names[i]; i++)
		if (strlen(names[i]) == len && !memcmp(names[i], entry, len))
			return true;
	return false;
}

/* A demo must never reach a real account: nothing of the person's own
 * environment for these systems survives. */
static void
clear_environment(void)
{
	bool again = true;

	while (again) {
		again = false;
		for (char **e = environ; *e; e++) {
			char *name;

			if (!is_foreign(*e))
				continue;
			name = xstrndup(*e, strcspn(*e, "="));
			unsetenv(name);
			free(name);
			again = true; /* environ moved under us */
			break;
		}
	}
}

/* "export NAME='value'" and "unset NAME", as the simulator writes them. */
static bool
env_line(char *line, struct err *err, const char *path)
{
	char *name, *value, *out;

	if (!*line || *line == '#')
		return true;
	if (str_has_prefix(line, "unset ")) {
		for (name = strtok_r(line + 6, " ", &out); name;
		     name = strtok_r(NULL, " ", &out))
			unsetenv(name);
		return true;
	}
	if (!str_has_prefix(line, "export ") || !strchr(line, '='))
		return err_set(err, ERR_BAD, "%s: cannot read \"%s\"", path,
			       line);
	name = line + 7;
	value = strchr(name, '=');
	*value++ = '\0';
	/* Single quotes hold everything; '\'' stands for one of them. */
	out = value;
	for (const char *in = value; *in; in++) {
		if (*in == '\'' || *in == '"')
			continue;
		if (*in == '\\' && in[1])
			in++;
		*out++ = *in;
	}
	*out = '\0';
	setenv(name, value, 1);
	return true;
}

static bool
read_file(const char *path, struct buf *out)
{
	char piece[4096];
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	while ((got = read(fd, piece, sizeof(piece))) > 0)
		buf_add(out, piece, (size_t)got);
	close(fd);
	return got == 0 && buf_ok(out);
}

static bool
apply_environment(const struct sim_child *c, struct err *err)
{
	struct buf text;
	bool ok = true;
	char *next;

	buf_init(&text, ENV_LIMIT);
	if (!read_file(c->env, &text)) {
		buf_fini(&text);
		return err_set(err, ERR_IO, "cannot read %s: %m", c->env);
	}
	clear_environment();
	next = text.at;
	while (ok && next && *next) {
		char *line = next;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		ok = env_line(line, err, c->env);
	}
	buf_fini(&text);
	return ok;
}

/* Beside this program first, so that a fresh build finds its own. */
static void
find_program(char out[static PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", out, PATH_MAX - 32);
	char *slash;

	if (len > 0) {
		out[len] = '\0';
		slash = strrchr(out, '/');
		if (slash) {
			memcpy(slash + 1, "paddock-sim", 12);
			if (access(out, X_OK) == 0)
				return;
		}
	}
	memcpy(out, "paddock-sim", 12); /* execvp looks in PATH */
}

static void NORETURN
run_child(const struct sim_child *c, const struct sim_child_options *o,
	  int out_fd, pid_t parent)
{
	char program[PATH_MAX];
	const char *argv[16];
	int n = 0;
	int log = open(c->log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int null = open("/dev/null", O_RDONLY);

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
	/* A Ctrl-C at the terminal is for the console alone. */
	setpgid(0, 0);
	signal(SIGPIPE, SIG_DFL);
	dup2(null, STDIN_FILENO);
	dup2(out_fd, STDOUT_FILENO);
	if (log >= 0)
		dup2(log, STDERR_FILENO);
	find_program(program);
	argv[n++] = program;
	if (o->scenario)
		argv[n++] = o->scenario;
	argv[n++] = "--listen";
	argv[n++] = "127.0.0.1:0";
	argv[n++] = "--kubeconfig";
	argv[n++] = c->kubeconfig;
	argv[n++] = "--env";
	argv[n++] = c->env;
	if (o->speed) {
		argv[n++] = "--speed";
		argv[n++] = o->speed;
	}
	if (o->seed) {
		argv[n++] = "--seed";
		argv[n++] = o->seed;
	}
	argv[n] = NULL;
	execvp(program, (char *const *)argv);
	dprintf(STDERR_FILENO, "cannot start %s: %m\n", program);
	_exit(127);
}

/* What the child said last, as one line for the error. */
static void
child_words(const struct sim_child *c, char *out, size_t room)
{
	struct buf text;
	const char *from;

	buf_init(&text, ENV_LIMIT);
	read_file(c->log, &text);
	while (text.len && text.at[text.len - 1] == '\n')
		text.at[--text.len] = '\0';
	from = text.at ? strrchr(text.at, '\n') : NULL;
	from = from ? from + 1 : buf_text(&text);
	text_clean_to(out, room, from, strlen(from));
	buf_fini(&text);
}

static bool
await_ready(struct sim_child *c, int fd, struct err *err)
{
	int64_t end = clock_boot_ms(&clock_system) + READY_MS;
	char said[512] = "", words[300];
	size_t len = 0;

	for (;;) {
		int64_t left = end - clock_boot_ms(&clock_system);
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t got;

		if (left <= 0)
			break;
		if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
			break;
		if (!p.revents)
			continue;
		got = read(fd, said + len, sizeof(said) - 1 - len);
		if (got <= 0)
			break;
		len += (size_t)got;
		said[len] = '\0';
		if (str_has_prefix(said, "ready ") && strchr(said, '\n'))
			return true;
		if (len == sizeof(said) - 1)
			break;
	}
	child_words(c, words, sizeof(words));
	return err_set(err, ERR_CONFIG, "the simulated cloud did not start: %s",
		       *words ? words : "it said nothing");
}

struct sim_child *
sim_child_start(const struct sim_child_options *o, struct err *err)
{
	const char *tmp = getenv("XDG_RUNTIME_DIR");
	struct sim_child *c = xcalloc(1, sizeof(*c));
	pid_t parent = getpid();
	int pipe_fd[2];
	bool ok;

	if (!tmp || access(tmp, W_OK))
		tmp = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
	snprintf(c->dir, sizeof(c->dir) - 32, "%s/paddock-demo-XXXXXX", tmp);
	if (!mkdtemp(c->dir)) {
		err_set(err, ERR_IO, "cannot make a directory in %s: %m", tmp);
		free(c);
		return NULL;
	}
	snprintf(c->kubeconfig, sizeof(c->kubeconfig), "%.4000s/kubeconfig",
		 c->dir);
	snprintf(c->env, sizeof(c->env), "%.4000s/env", c->dir);
	snprintf(c->log, sizeof(c->log), "%.4000s/log", c->dir);
	if (pipe2(pipe_fd, O_CLOEXEC)) {
		err_set(err, ERR_IO, "cannot make a pipe: %m");
		sim_child_stop(c);
		return NULL;
	}
	c->pid = fork();
	if (c->pid == 0)
		run_child(c, o, pipe_fd[1], parent);
	close(pipe_fd[1]);
	if (c->pid < 0) {
		c->pid = 0;
		ok = err_set(err, ERR_IO, "cannot start a process: %m");
	} else {
		ok = await_ready(c, pipe_fd[0], err) &&
		     apply_environment(c, err);
	}
	close(pipe_fd[0]);
	if (!ok) {
		sim_child_stop(c);
		return NULL;
	}
	return c;
}

const char *
sim_child_kubeconfig(const struct sim_child *c)
{
	return c->kubeconfig;
}

/* TERM, then KILL when it does not end in time. */
static void
end_process(pid_t pid)
{
	int64_t end = clock_boot_ms(&clock_system) + STOP_MS;

	kill(pid, SIGTERM);
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		if (clock_boot_ms(&clock_system) >= end) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			return;
		}
		poll(NULL, 0, 10);
	}
}

void
sim_child_stop(struct sim_child *c)
{
	if (!c)
		return;
	if (c->pid > 0)
		end_process(c->pid);
	unlink(c->kubeconfig);
	unlink(c->env);
	unlink(c->log);
	rmdir(c->dir);
	free(c);
}
