/*
 * Bench: the simulated cloud at scenario big (design 9): how long it takes to
 * come up, its memory, what a second of it costs, how fast it lists, and what
 * fifty watchers cost over TLS.  The clients are a process of their own.
 *
 *	bench_sim [huge]	huge: how it comes up, its memory, and what a
 *				second of it costs; that takes minutes
 */
#include <curl/curl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend/base/clock.h"
#include "backend/sim/server/face.h"
#include "backend/sim/server/pace.h"
#include "backend/sim/world/scenario.h"

enum { WATCHERS = 50, SECONDS = 10, LISTS = 3 };

static double
cpu_s(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench_sim: %s\n", what);
	exit(1);
}

/* Resident now. */
static double
rss_mb(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long pages = 0;

	must(f && fscanf(f, "%*s %ld", &pages) == 1, "no /proc/self/statm");
	fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1048576;
}

/* ---- the watchers' process ---- */

static size_t
count_lines(char *at, size_t size, size_t n, void *ctx)
{
	uint64_t *lines = ctx;

	for (char *end = at + size * n;
	     (at = memchr(at, '\n', (size_t)(end - at))); at++)
		++*lines;
	return size * n;
}

static CURL *
watcher(const char *url, const char *pem, uint64_t *lines)
{
	CURL *h = curl_easy_init();
	struct curl_slist *headers = curl_slist_append(
		NULL, "Authorization: Bearer simulated-token-admin");
	struct curl_blob blob = { (void *)(uintptr_t)pem, strlen(pem),
				  CURL_BLOB_COPY };

	/* The list lives as long as this process. */
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(h, CURLOPT_URL, url);
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	curl_easy_setopt(h, CURLOPT_CAINFO_BLOB, &blob);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, count_lines);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, lines);
	return h;
}

/* Reads "URL\nPEM" until the pipe ends, watches until told to stop, writes how
 * many events came. */
static void
watch_all(int in, int out)
{
	static char text[1 << 16];
	CURLM *m = curl_multi_init();
	uint64_t lines = 0;
	size_t n = 0;
	ssize_t got;
	int running;
	char *pem;

	do {
		got = read(in, text + n, sizeof(text) - 1 - n);
		n += got > 0 ? (size_t)got : 0;
	} while (got > 0 && text[n - 1] != '\f');
	must(n && text[n - 1] == '\f', "no word from the parent");
	text[n - 1] = '\0';
	pem = strchr(text, '\n');
	must(pem != NULL, "no certificate");
	*pem++ = '\0';
	for (int i = 0; i < WATCHERS; i++)
		curl_multi_add_handle(m, watcher(text, pem, &lines));
	for (;;) {
		struct curl_waitfd stop = { .fd = in,
					    .events = CURL_WAIT_POLLIN };

		curl_multi_perform(m, &running);
		must(running == WATCHERS, "a watch ended");
		curl_multi_poll(m, &stop, 1, 1000, NULL);
		if (stop.revents)
			break;
	}
	must(write(out, &lines, sizeof(lines)) == sizeof(lines), "write");
	_exit(0);
}

/* ---- the cloud ---- */

struct bench {
	struct scenario *scenario;
	struct sim *w;
	struct pace *pace;
	struct server *server;
	int to, from; /* the watchers' process */
	pid_t pid;
};

static void
on_moved(void *ctx)
{
	server_pump(((struct bench *)ctx)->server);
}

static void
fork_watchers(struct bench *b)
{
	int down[2], up[2];

	must(pipe(down) == 0 && pipe(up) == 0, "no pipe");
	b->pid = fork();
	must(b->pid >= 0, "no process");
	if (b->pid == 0) {
		close(down[1]);
		close(up[0]);
		watch_all(down[0], up[1]);
	}
	close(down[0]);
	close(up[1]);
	b->to = down[1];
	b->from = up[0];
}

static bool
count(void *ctx, const struct object *o)
{
	(void)o;
	++*(uint32_t *)ctx;
	return true;
}

static uint32_t
objects_of(struct bench *b, const char *plural)
{
	struct objects *o = sim_objects(b->w);
	uint32_t n = 0;

	objects_each(o, objects_type(o, "", plural), NULL, NULL, count, &n);
	return n;
}

/* The whole list, as the face prints it; bytes. */
static size_t
list(struct bench *b, void *state, struct buf *out)
{
	static const struct face_pair none[] = { { 0 } };
	const struct face_caller admin = { "admin", "system:masters", "" };
	struct face_request q = { .method = "GET", .path = "/api/v1/pods",
				  .query = "", .body = "", .headers = none,
				  .caller = &admin, .state = state };
	struct face_answer a = { .status = 200 };
	struct arena *arena = arena_new();
	size_t n = 0;

	buf_init(&a.body, SIZE_MAX);
	face_kube.serve(b->w, &q, &a, arena);
	must(a.status == 200, "the list is refused");
	n = a.body.len;
	if (a.stream.pull) {
		bool more = true;

		while (more) {
			buf_reset(out);
			more = a.stream.pull(a.stream.ctx, b->w, out);
			n += out->len;
		}
		a.stream.close(a.stream.ctx);
	}
	buf_fini(&a.body);
	arena_free(arena);
	return n;
}

static void
bench_lists(struct bench *b)
{
	void *state = face_kube.open(b->w);
	double best = 1e9, stick = 1e9, from;
	struct buf piece;
	size_t bytes = 0;
	char *one, *two;

	buf_init(&piece, SIZE_MAX);
	for (int i = 0; i < LISTS; i++) {
		from = cpu_s();
		bytes = list(b, state, &piece);
		best = cpu_s() - from < best ? cpu_s() - from : best;
	}
	buf_fini(&piece);
	one = xmalloc(bytes);
	two = xmalloc(bytes);
	memset(one, 'x', bytes);
	for (int i = 0; i < LISTS; i++) {
		from = cpu_s();
		memcpy(two, one, bytes);
		must(two[bytes / 2] == 'x', "memcpy");
		stick = cpu_s() - from < stick ? cpu_s() - from : stick;
	}
	free(one);
	free(two);
	face_kube.close(state);
	/* Yardstick: copying the same bytes once. */
	printf("sim.lists_mb_s %.0f 300 %.0f %.3f\n",
	       (double)bytes / 1e6 / best, (double)bytes / 1e6 / stick,
	       stick / best);
}

/* Processor seconds while real time runs SECONDS. */
static double
let_run(void)
{
	int64_t end = clock_boot_ms(&clock_system) + SECONDS * 1000;
	double from = cpu_s();

	for (int64_t left; (left = end - clock_boot_ms(&clock_system)) > 0;)
		poll(NULL, 0, (int)left);
	return cpu_s() - from;
}

static uint64_t
version(struct bench *b)
{
	uint64_t rv;

	sim_lock(b->w);
	rv = objects_rv(sim_objects(b->w));
	sim_unlock(b->w);
	return rv;
}

static void
bench_watchers(struct bench *b)
{
	struct err err = { 0 };
	double alone, watched;
	uint64_t lines = 0, from;
	char *word;

	b->server = server_start(b->w, &(struct server_options){
		.listen = "127.0.0.1:0", .pace = b->pace }, &err);
	must(b->server && pace_start(b->pace, on_moved, b, &err), err.text);
	from = version(b);
	alone = let_run();
	printf("sim.changes_s %.0f 1000 - -\n",
	       (double)(version(b) - from) / SECONDS);
	printf("sim.alone_percent_of_core %.1f - - -\n",
	       alone * 100 / SECONDS);
	word = xasprintf("%s/api/v1/events?watch=true&resourceVersion=%llu\n"
			 "%s\f", server_kube_url(b->server),
			 (unsigned long long)version(b),
			 server_ca_pem(b->server));
	must(write(b->to, word, strlen(word)) == (ssize_t)strlen(word),
	     "the watchers are gone");
	free(word);
	watched = let_run();
	must(write(b->to, "x", 1) == 1 &&
	     read(b->from, &lines, sizeof(lines)) == sizeof(lines),
	     "the watchers are gone");
	waitpid(b->pid, NULL, 0);
	/* As if each had got a thousand events a second. */
	printf("sim.50_watchers_percent_of_core %.1f 25 %.1f %.2f\n",
	       (watched - alone) * 100 * 1000 * WATCHERS / (double)lines,
	       alone * 100 / SECONDS, (watched - alone) / alone);
	printf("sim.watcher_events_s %.0f - - -\n",
	       (double)lines / WATCHERS / SECONDS);
}

/* Half a minute of the world's time, as fast as it goes. */
static void
bench_seconds(struct bench *b, const char *name)
{
	uint64_t rv = version(b);
	double from = cpu_s();

	sim_advance(b->w, sim_now_ms(b->w) + 30000);
	printf("sim.%s_changes_s %.0f - - -\n", name,
	       (double)(version(b) - rv) / 30);
	printf("sim.%s_percent_of_core %.1f - - -\n", name,
	       (cpu_s() - from) * 100 / 30);
}

int
main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "big";
	bool big = strcmp(name, "big") == 0;
	struct bench b = { 0 };
	struct err err = { 0 };
	double from = cpu_s();
	uint32_t pods, nodes;

	/* As the program does. */
	mem_one_heap();
	mem_give_back();
	signal(SIGPIPE, SIG_IGN);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	if (big)
		fork_watchers(&b);
	b.scenario = scenario_load(name, &err);
	must(b.scenario != NULL, err.text);
	b.w = sim_new(b.scenario, 1, &err);
	must(b.w != NULL, err.text);
	pods = objects_of(&b, "pods");
	nodes = objects_of(&b, "nodes");
	printf("sim.%s_start_cpu_s %.1f - - -\n", name, cpu_s() - from);
	printf("sim.%s_pods %u %d - -\n", name, pods, big ? 10000 : 150000);
	printf("sim.%s_nodes %u %d - -\n", name, nodes, big ? 500 : 5000);
	printf("sim.%s_rss_mb %.0f %d - -\n", name, rss_mb(),
	       big ? 300 : 3000);
	fflush(stdout);
	if (big) {
		bench_lists(&b);
		b.pace = pace_new(b.w, 1);
		bench_watchers(&b);
	} else {
		bench_seconds(&b, name);
	}
	printf("sim.%s_rss_mb_running %.0f %d - -\n", name, rss_mb(),
	       big ? 300 : 3000);
	if (big) {
		pace_stop(b.pace);
		server_stop(b.server);
		pace_free(b.pace);
	}
	sim_free(b.w);
	scenario_free(b.scenario);
	return 0;
}
