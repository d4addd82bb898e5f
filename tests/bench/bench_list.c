/*
 * Bench: a full table after start (design 9).  10,000 pods over loopback, from
 * wanting them to a published snapshot, beside what reading costs anybody: curl
 * to nowhere plus one json_loadb per pod of the same bytes.  Server and client
 * are two processes; plain HTTP, so that neither side hides in TLS.
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

static double
ours(const char *url, double *cpu)
{
	char *base = xstrdup(url);
	struct kube_context context = { .endpoint.base_url = base };
	int64_t start = now_ms();
	double cpu_start = cpu_ms(), took;
	struct reactor *r = reactor_new(&clock_system);
	struct store *store = store_new(&clock_system);
	struct kube *k = kube_new(r, store_sink(store),
				  &(struct kube_options){
					  .context = &context, .seed = 1 });
	const struct snapshot *s = NULL;

	kube_want(k, KIND_POD, true);
	do {
		snapshot_unref(s);
		reactor_turn(r, 1000);
		s = kube_live(k, KIND_POD) ? store_publish(store) : NULL;
	} while (!s || s->table[KIND_POD].live < PODS);
	took = (double)(now_ms() - start);
	*cpu = cpu_ms() - cpu_start;
	snapshot_unref(s);
	kube_free(k);
	store_free(store);
	reactor_free(r);
	free(base);
	return took;
}

int
main(void)
{
	double best = 1e9, stick = 1e9, cpu = 0, took;
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
	kill(server, SIGTERM);
	waitpid(server, NULL, 0);
	free(url);
	return 0;
}
