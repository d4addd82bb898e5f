/*
 * Bench: from the key to the cell on a terminal, with 10,000 pods of which
 * 1,000 change every second (design 9), beside the echo of `cat` on the same
 * kind of terminal.
 */
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <vterm.h>

#include "tests/tui/world_fixture.h"
#include "tui/loop.h"

enum { PODS = 10000, NODES = 500, ROWS = 48, COLS = 160, KEYS = 300,
       PUBLISH_MS = 50, CHANGES = 50 };

/* ---- the console's side ---- */

static struct fixture *fleet;
static _Atomic bool stop;

static void *
change(void *ctx)
{
	static const struct handle none;
	uint64_t state = 88172645463325252u;
	char name[40];

	(void)ctx;
	while (!atomic_load(&stop)) {
		poll(NULL, 0, PUBLISH_MS);
		for (int i = 0; i < CHANGES; i++) {
			uint32_t at;

			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			at = (uint32_t)(state % PODS);
			/* Its own name: rows change and do not move. */
			snprintf(name, sizeof(name), "runner-%u-%u",
				 at * 7919 % 9973, at);
			fixture_set(fleet, snapshot_handle(KIND_POD, at, 1),
				    make_pod(fleet, "ci", name, "node-1",
					     POD_RUNNING, 5),
				    make_pod_sum(fleet, none, none, none,
						 (enum phase)(state % 9), 4,
						 "why"));
		}
		fleet->boot_ms = clock_boot_ms(&clock_system);
		fixture_publish(fleet);
	}
	return NULL;
}

static int
console(void)
{
	struct app_config config = { .view = "pods", .ascii = true };
	struct loop_config loop = { .frame_fd = -1 };
	struct err err = { .code = ERR_NONE };
	enum loop_end end;
	pthread_t thread;
	sigset_t all, old;
	struct app *app;
	bool ok;

	/* As the program does. */
	mem_one_heap();
	mem_give_back();
	fleet = fixture_large(PODS, NODES);
	fleet->head.clock.boot_ms = clock_boot_ms(&clock_system);
	config.port = fleet->port;
	app = app_new(&config, &err);
	if (!app)
		return 1;
	fixture_publish(fleet);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_create(&thread, NULL, change, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	ok = loop_run(app, &loop, &end, &err);
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	return !ok;
}

/* ---- the person's side ---- */

struct screen {
	int fd;
	pid_t pid;
	VTerm *vt;
	VTermScreen *cells;
};

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void
open_screen(struct screen *s, int (*child)(void))
{
	struct winsize size = { .ws_row = ROWS, .ws_col = COLS };

	s->pid = forkpty(&s->fd, NULL, NULL, &size);
	BUG_IF(s->pid < 0);
	if (s->pid == 0) {
		setenv("TERM", "xterm-256color", 1);
		if (!child) {
			execlp("cat", "cat", (char *)NULL);
			_exit(127);
		}
		_exit(child());
	}
	s->vt = vterm_new(ROWS, COLS);
	vterm_set_utf8(s->vt, 1);
	s->cells = vterm_obtain_screen(s->vt);
	vterm_screen_enable_altscreen(s->cells, 1);
	vterm_screen_reset(s->cells, 1);
}

static void
close_screen(struct screen *s)
{
	int status;

	close(s->fd);
	waitpid(s->pid, &status, 0);
	vterm_free(s->vt);
}

static void
pump(struct screen *s, int wait_ms)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };
	char bytes[65536];
	ssize_t n;

	if (poll(&p, 1, wait_ms) <= 0)
		return;
	n = read(s->fd, bytes, sizeof(bytes));
	if (n > 0)
		vterm_input_write(s->vt, bytes, (size_t)n);
}

static uint32_t
cell(struct screen *s, int row, int col)
{
	VTermPos at = { row, col };
	VTermScreenCell c;

	vterm_screen_get_cell(s->cells, at, &c);
	return c.chars[0] ? c.chars[0] : ' ';
}

/* Types and waits until (row, col) shows what; microseconds. */
static int64_t
until(struct screen *s, const char *key, int row, int col, uint32_t what)
{
	int64_t from = now_us();
	size_t len = strlen(key);

	BUG_IF(write(s->fd, key, len) != (ssize_t)len);
	while (cell(s, row, col) != what) {
		BUG_IF(now_us() - from > 20000000);
		pump(s, 20);
	}
	return now_us() - from;
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double
percentile(int64_t *us, int n, int percent)
{
	qsort(us, (size_t)n, sizeof(*us), by_size);
	return (double)us[(n - 1) * percent / 100] / 1000;
}

/* Another key at another moment: data frames must not line up with keys. */
static void
pause_between(struct screen *s, int i)
{
	int64_t end = now_us() + 7000 + i * 7919 % 23000;

	while (now_us() < end)
		pump(s, 1);
}

static double
measure_cat(void)
{
	struct screen s;
	int64_t us[KEYS];
	double p99;

	open_screen(&s, NULL);
	for (int i = 0; i < KEYS; i++) {
		char key[2] = { (char)('a' + i % 26), 0 };

		us[i] = until(&s, key, i / COLS, i % COLS,
			      (uint32_t)key[0]);
	}
	p99 = percentile(us, KEYS, 99);
	kill(s.pid, SIGKILL);
	close_screen(&s);
	return p99;
}

int
main(void)
{
	enum { FIRST = 4 }; /* header, rule, titles above the first row */
	struct screen s;
	struct rusage used;
	int64_t us[KEYS], wall;
	double yard = measure_cat(), p50;
	int row = FIRST;

	setlocale(LC_CTYPE, "C.UTF-8");
	open_screen(&s, console);
	until(&s, "", FIRST, 0, '>');
	wall = now_us();
	for (int i = 0; i < KEYS; i++) {
		bool up = i / 20 % 2;

		pause_between(&s, i);
		row += up ? -1 : 1;
		us[i] = until(&s, up ? "k" : "j", row, 0, '>');
	}
	p50 = percentile(us, KEYS, 50);
	/* name value budget yardstick ratio */
	printf("console.key_to_cell_p50_ms %.2f - %.2f %.1f\n", p50, yard,
	       p50 / yard);
	printf("console.key_to_cell_p99_ms %.2f 16 %.2f %.1f\n",
	       percentile(us, KEYS, 99), yard,
	       percentile(us, KEYS, 99) / yard);
	until(&s, "/", ROWS - 1, 0, '/');
	for (int i = 0; i < KEYS / 3; i++) {
		pause_between(&s, i);
		us[i] = i % 2 ? until(&s, "\177", ROWS - 1, 1, ' ')
			      : until(&s, "9", ROWS - 1, 1, '9');
	}
	printf("console.filter_key_p99_ms %.2f - %.2f %.1f\n",
	       percentile(us, KEYS / 3, 99), yard,
	       percentile(us, KEYS / 3, 99) / yard);
	wall = now_us() - wall;
	until(&s, "\033", ROWS - 1, 0, '?');
	BUG_IF(write(s.fd, "\003", 1) != 1);
	close_screen(&s);
	getrusage(RUSAGE_CHILDREN, &used);
	printf("console.rss_mb %.0f - - -\n", (double)used.ru_maxrss / 1024);
	printf("console.cpu_percent %.1f - - -\n",
	       (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e8 /
			       (double)wall +
		       (double)(used.ru_utime.tv_usec +
				used.ru_stime.tv_usec) * 100 / (double)wall);
	return 0;
}
