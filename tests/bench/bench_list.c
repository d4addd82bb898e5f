/*
 * Bench: a full table after start, and then 1,000 watch events a second (design
 * 9).  10,000 pods over loopback, from wanting them to a published snapshot,
 * beside what reading costs anybody: curl to nowhere plus one json_loadb per
 * pod of the same bytes.  Events come as fast as they are taken, a snapshot is
 * published every 50; the processor time of one second's worth is told.  Server
 * and client are two processes; plain HTTP, so that neither hides in TLS.
 */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend/base/json.h"
#include "backend/kube/kube.h"
#include "backend/store/store.h"

enum {
	PODS = 10000,
	PAGE = 500,
	PAGES = PODS / PAGE,
	ROUNDS = 3,
	EVENTS = 20000,
	PER_PUBLISH = 50, /* 20 publications a second */
	FILE_LIMIT = 1 << 20,
};

struct list_page {
	struct buf answer;	/* head and body */
	struct buf pods;	/* the pods alone */
	size_t end[PAGE];	/* where each ends in pods */
};

static struct list_page pages[PAGES];

static int64_t
now_ms(void)
{
	return clock_boot_ms(&clock_system);
}

static double
cpu_ms(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1000;
}

static void
must_be(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

/* ---- the bytes ---- */

/* The first pod of the decoders' fixtures, as an API server writes it. */
static char *
fixture_pod(char **name, char **uid)
{
	char *text = xmalloc(FILE_LIMIT);
	FILE *f = fopen("tests/fixtures/decode/pods.json", "re");
	struct arena *a = arena_new();
	const struct tree *t;
	struct jsonw *w;
	struct buf out;
	size_t n;

	must_be(f != NULL, "tests/fixtures/decode/pods.json");
	n = fread(text, 1, FILE_LIMIT, f);
	fclose(f);
	t = tree_index(tree_at(json_parse(a, text, n, NULL),
			       "kubernetes.pods"), 0);
	must_be(t != NULL, "a pod in the fixture");
	*name = xstrdup(tree_text(tree_at(t, "metadata.name")));
	*uid = xstrdup(tree_text(tree_at(t, "metadata.uid")));
	buf_init(&out, FILE_LIMIT);
	w = jsonw_new_buf(&out, false);
	jsonw_tree(w, t);
	must_be(jsonw_done(w), "the pod's text");
	arena_free(a);
	free(text);
	return buf_take(&out, NULL);
}

/* The pod with another name and uid, and as many managedFields as real ones
 * carry. */
static void
add_pod(struct buf *b, const char *pod, const char *name, const char *uid,
	int i)
{
	static const char fields[] = "\"managedFields\":[";
	const char *at = pod;

	while (*at) {
		if (str_has_prefix(at, fields)) {
			buf_puts(b, fields);
			buf_puts(b, "{\"manager\":\"gitlab-runner\","
				    "\"fieldsV1\":{");
			for (int k = 0; k < 24; k++)
				buf_printf(b, "%s\"f:field%d\":{\".\":{},"
					      "\"f:name\":{}}",
					   k ? "," : "", k);
			buf_puts(b, "}},");
			at += sizeof(fields) - 1;
		} else if (str_has_prefix(at, name)) {
			buf_printf(b, "%s-%06d", name, i);
			at += strlen(name);
		} else if (str_has_prefix(at, uid)) {
			buf_printf(b, "%08x%s", i, uid + 8);
			at += strlen(uid);
		} else {
			buf_putc(b, *at++);
		}
	}
}

static void
make_pages(void)
{
	char *name, *uid, *pod = fixture_pod(&name, &uid);
	struct buf body;

	buf_init(&body, (size_t)64 << 20);
	for (int p = 0; p < PAGES; p++) {
		struct list_page *page = &pages[p];

		buf_init(&page->answer, (size_t)64 << 20);
		buf_init(&page->pods, (size_t)64 << 20);
		buf_reset(&body);
		buf_puts(&body, "{\"kind\":\"PodList\",\"apiVersion\":\"v1\","
				"\"metadata\":{\"resourceVersion\":\"9\"");
		if (p + 1 < PAGES)
			buf_printf(&body, ",\"continue\":\"%d\"", p + 1);
		buf_puts(&body, "},\"items\":[");
		for (int i = 0; i < PAGE; i++) {
			size_t from = page->pods.len;

			add_pod(&page->pods, pod, name, uid, p * PAGE + i);
			page->end[i] = page->pods.len;
			if (i)
				buf_putc(&body, ',');
			buf_add(&body, page->pods.at + from,
				page->pods.len - from);
		}
		buf_puts(&body, "]}");
		buf_printf(&page->answer, "HTTP/1.1 200 OK\r\nContent-Type: "
			   "application/json\r\nContent-Length: %zu\r\n\r\n",
			   body.len);
		buf_add(&page->answer, body.at, body.len);
		must_be(buf_ok(&page->answer), "a page");
	}
	buf_fini(&body);
	free(pod);
	free(name);
	free(uid);
}

/* ---- the server, in a process of its own ---- */

static void
send_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		bytes += n;
		len -= (size_t)n;
	}
}

/* A pod of the list again, with a newer version, as one chunk each. */
static void
send_events(int fd)
{
	struct buf b;

	buf_init(&b, FILE_LIMIT);
	for (int i = 0; i < EVENTS; i++) {
		const struct list_page *page = &pages[i % PAGES];
		int at = i / PAGES % PAGE;
		size_t from = at ? page->end[at - 1] : 0;
		const char *pod = page->pods.at + from;
		size_t len = page->end[at] - from;
		const char *rv = memmem(pod, len, "\"resourceVersion\":\"",
					19);
		char head[64];

		buf_reset(&b);
		buf_puts(&b, "{\"type\":\"MODIFIED\",\"object\":");
		buf_add(&b, pod, (size_t)(rv + 19 - pod));
		buf_printf(&b, "9%d", i);
		rv += 19;
		buf_add(&b, rv, len - (size_t)(rv - pod));
		buf_puts(&b, "}\n");
		send_all(fd, head, (size_t)snprintf(head, sizeof(head),
						    "%zx\r\n", b.len));
		buf_puts(&b, "\r\n");
		send_all(fd, b.at, b.len);
	}
	buf_fini(&b);
}

static void *
serve(void *ctx)
{
	static const char watch[] = "HTTP/1.1 200 OK\r\nContent-Type: "
				    "application/json\r\nTransfer-Encoding: "
				    "chunked\r\n\r\n";
	int fd = (int)(intptr_t)ctx;
	char request[8192];
	ssize_t n;

	while ((n = recv(fd, request, sizeof(request) - 1, 0)) > 0) {
		const char *at;
		long p;

		request[n] = '\0';
		if (strstr(request, "watch=1")) {
			send_all(fd, watch, sizeof(watch) - 1);
			if (strstr(request, "/namespaces/stream/"))
				send_events(fd);
			continue;
		}
		at = strstr(request, "continue=");
		p = at ? strtol(at + strlen("continue="), NULL, 10) : 0;
		if (p >= 0 && p < PAGES)
			send_all(fd, pages[p].answer.at, pages[p].answer.len);
	}
	close(fd);
	return NULL;
}

static pid_t
start_server(uint16_t *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	pid_t pid;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must_be(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0, "bind");
	must_be(listen(fd, 64) == 0, "listen");
	getsockname(fd, (struct sockaddr *)&at, &len);
	*port = ntohs(at.sin_port);
	pid = fork();
	must_be(pid >= 0, "fork");
	while (pid == 0) {
		int conn = accept(fd, NULL, NULL);
		pthread_t thread;

		if (conn >= 0 && pthread_create(&thread, NULL, serve,
						(void *)(intptr_t)conn) == 0)
			pthread_detach(thread);
	}
	close(fd);
	return pid;
}

/* ---- the two readers ---- */

static size_t
to_nowhere(char *bytes, size_t size, size_t n, void *ctx)
{
	(void)bytes;
	*(size_t *)ctx += size * n;
	return size * n;
}

static double
yardstick(const char *url)
{
	CURL *easy = curl_easy_init();
	int64_t start = now_ms();
	size_t bytes = 0;

	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, to_nowhere);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &bytes);
	for (int p = 0; p < PAGES; p++) {
		char *page = xasprintf("%s/pods?limit=500&continue=%d", url,
				       p);

		curl_easy_setopt(easy, CURLOPT_URL, page);
		must_be(curl_easy_perform(easy) == CURLE_OK, "curl");
		free(page);
	}
	curl_easy_cleanup(easy);
	for (int p = 0; p < PAGES; p++) {
		for (int i = 0; i < PAGE; i++) {
			size_t from = i ? pages[p].end[i - 1] : 0;
			json_t *j = json_loadb(pages[p].pods.at + from,
					       pages[p].end[i] - from, 0,
					       NULL);

			must_be(j != NULL, "json_loadb");
			json_decref(j);
		}
	}
	return (double)(now_ms() - start);
}

/* The client and its store; puts are counted on the way. */
struct pipeline {
	struct reactor *r;
	struct store *store;
	const struct sink *to;
	struct sink sink;
	struct kube_context context;
	struct kube *kube;
	uint32_t puts;
};

static void
on_list_begin(void *ctx, enum kind kind)
{
	const struct sink *to = ((struct pipeline *)ctx)->to;

	to->list_begin(to->ctx, kind);
}

static void
on_list_end(void *ctx, enum kind kind, bool complete)
{
	const struct sink *to = ((struct pipeline *)ctx)->to;

	to->list_end(to->ctx, kind, complete);
}

static void
on_put(void *ctx, const struct record *taken)
{
	struct pipeline *p = ctx;

	p->puts++;
	p->to->put(p->to->ctx, taken);
}

static void
on_gone(void *ctx, enum kind kind, const char *key)
{
	const struct sink *to = ((struct pipeline *)ctx)->to;

	to->gone(to->ctx, kind, key);
}

static void
on_status(void *ctx, enum source source, enum source_state state,
	  const struct err *err)
{
	const struct sink *to = ((struct pipeline *)ctx)->to;

	to->status(to->ctx, source, state, err);
}

static void
on_clock(void *ctx, const struct world_clock *clock)
{
	const struct sink *to = ((struct pipeline *)ctx)->to;

	to->clock(to->ctx, clock);
}

static void
pipeline_open(struct pipeline *p, const char *url, const char *ns)
{
	memset(p, 0, sizeof(*p));
	p->r = reactor_new(&clock_system);
	p->store = store_new(&clock_system);
	p->to = store_sink(p->store);
	p->sink = (struct sink){ .ctx = p, .list_begin = on_list_begin,
				 .list_end = on_list_end, .put = on_put,
				 .gone = on_gone, .status = on_status,
				 .clock = on_clock };
	p->context.endpoint.base_url = xstrdup(url);
	p->kube = kube_new(p->r, &p->sink, &(struct kube_options){
		.context = &p->context, .ns = ns, .seed = 1 });
	kube_want(p->kube, KIND_POD, true);
}

static void
pipeline_close(struct pipeline *p)
{
	kube_free(p->kube);
	store_free(p->store);
	reactor_free(p->r);
	http_endpoint_fini(&p->context.endpoint);
}

static double
ours(const char *url, double *cpu)
{
	int64_t start = now_ms();
	double cpu_start = cpu_ms(), took;
	const struct snapshot *s = NULL;
	struct pipeline p;

	pipeline_open(&p, url, NULL);
	do {
		snapshot_unref(s);
		reactor_turn(p.r, 1000);
		s = kube_live(p.kube, KIND_POD) ? store_publish(p.store)
						: NULL;
	} while (!s || s->table[KIND_POD].live < PODS);
	took = (double)(now_ms() - start);
	*cpu = cpu_ms() - cpu_start;
	snapshot_unref(s);
	pipeline_close(&p);
	return took;
}

/* Microseconds of processor time an event. */
static double
stream(const char *url)
{
	const struct snapshot *held = NULL;
	uint32_t published;
	struct pipeline p;
	double from;

	pipeline_open(&p, url, "stream");
	while (!kube_live(p.kube, KIND_POD))
		reactor_turn(p.r, 1000);
	held = store_publish(p.store);
	published = p.puts;
	from = cpu_ms();
	while (p.puts < PODS + EVENTS) {
		reactor_turn(p.r, 1000);
		if (p.puts - published >= PER_PUBLISH) {
			const struct snapshot *s = store_publish(p.store);

			published = p.puts;
			snapshot_unref(held);
			held = s;
		}
	}
	from = cpu_ms() - from;
	snapshot_unref(held);
	pipeline_close(&p);
	return from * 1000 / EVENTS;
}

int
main(void)
{
	double best = 1e9, stick = 1e9, cpu = 0, took, event_us;
	uint16_t port;
	pid_t server;
	char *url;

	curl_global_init(CURL_GLOBAL_DEFAULT);
	make_pages();
	server = start_server(&port);
	url = xasprintf("http://127.0.0.1:%u", port);
	for (int i = 0; i < ROUNDS; i++) {
		double this_cpu;

		took = yardstick(url);
		stick = took < stick ? took : stick;
		took = ours(url, &this_cpu);
		if (took < best) {
			best = took;
			cpu = this_cpu;
		}
	}
	printf("list_10000_pods_of_%zu_bytes_ms %.0f %.0f %.0f %.2f\n",
	       pages[0].pods.len / PAGE, best, stick / 2, stick,
	       best / stick);
	printf("list_10000_pods_cpu_ms %.0f - %.0f %.2f\n", cpu, stick,
	       cpu / stick);
	/* 1,000 events of N us are N / 10 percent of a second. */
	event_us = stream(url);
	printf("watch_1000_events_s_percent_of_core %.2f 10 %.2f %.2f\n",
	       event_us / 10, stick * 1000 / PODS / 10,
	       event_us / (stick * 1000 / PODS));
	kill(server, SIGTERM);
	waitpid(server, NULL, 0);
	free(url);
	return 0;
}
