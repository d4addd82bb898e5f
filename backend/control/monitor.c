/*
 * A very small HTTP server on the reactor: GET, one answer, closed.
 */
#include "backend/control/monitor.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backend/engine/policy_values.h"

enum { CLIENTS = 16, REQUEST_BYTES = 4096, ANSWER_BYTES = 4 << 20 };
#define CLIENT_MS ((int64_t)10 * 1000)

struct client {
	struct monitor *monitor;
	int fd;
	struct reactor_fd *watch;
	struct reactor_timer *timer;
	char request[REQUEST_BYTES];
	size_t got, sent;
	struct buf answer;
	bool answering;
};

struct monitor {
	struct engine_run *run;
	int fd;
	struct reactor_fd *watch;
	struct client *clients[CLIENTS];
	char address[128];
	int64_t started_ms, active_ms, success_ms; /* wall */
};

static void
client_free(struct client *c)
{
	struct monitor *m = c->monitor;

	for (int i = 0; i < CLIENTS; i++)
		if (m->clients[i] == c)
			m->clients[i] = NULL;
	reactor_fd_free(c->watch);
	reactor_timer_free(c->timer);
	buf_fini(&c->answer);
	close(c->fd);
	free(c);
}

static int64_t
wall_ms(const struct monitor *m)
{
	return clock_wall_ms(m->run->backend->clock);
}

/* ---- answers ---- */

static void
begin_answer(struct client *c, const char *status, const struct buf *body)
{
	buf_printf(&c->answer,
		   "HTTP/1.1 %s\r\nContent-Type: text/plain; version=0.0.4; "
		   "charset=utf-8\r\nContent-Length: %zu\r\n"
		   "Connection: close\r\n\r\n",
		   status, body->len);
	buf_add(&c->answer, buf_text(body), body->len);
}

/* Reference 0.3; watched from the start on, whoever leads: this engine decides
 * in every mode. */
static bool
is_healthy(const struct monitor *m, struct buf *why)
{
	const struct policy *p = m->run->policy ? m->run->policy
						: m->run->backend->policy;
	int64_t now = wall_ms(m);
	int64_t idle = policy_ms(p, POLICY_MAX_INACTIVITY);
	int64_t failing = policy_ms(p, POLICY_MAX_FAILING_TIME);
	int64_t startup = policy_ms(p, POLICY_MAX_STARTUP_TIME);
	int64_t active = m->active_ms ? m->active_ms : m->started_ms;
	int64_t success = m->success_ms ? m->success_ms : m->started_ms;
	char a[TIME_TEXT], b[TIME_TEXT];

	if (!m->success_ms && startup > idle)
		idle = startup;
	if (!m->success_ms && startup > failing)
		failing = startup;
	if (now - active <= idle && now - success <= failing)
		return true;
	buf_printf(why, "Error: last activity more %s ago, last success more "
		   "than %s ago", duration_format(now - active, a),
		   duration_format(now - success, b));
	return false;
}

static void
answer(struct client *c)
{
	struct monitor *m = c->monitor;
	struct buf body;

	buf_init(&body, ANSWER_BYTES);
	if (strncmp(c->request, "GET ", 4) != 0) {
		buf_puts(&body, "only GET\n");
		begin_answer(c, "405 Method Not Allowed", &body);
	} else if (strncmp(c->request + 4, "/metrics ", 9) == 0) {
		monitor_write(m->run, m->active_ms, m->success_ms, &body);
		begin_answer(c, "200 OK", &body);
	} else if (strncmp(c->request + 4, "/health-check ", 14) == 0) {
		if (is_healthy(m, &body)) {
			buf_puts(&body, "OK");
			begin_answer(c, "200 OK", &body);
		} else {
			begin_answer(c, "500 Internal Server Error", &body);
		}
	} else {
		buf_puts(&body, "there are /metrics and /health-check\n");
		begin_answer(c, "404 Not Found", &body);
	}
	buf_fini(&body);
	c->answering = true;
}

/* ---- one client ---- */

static void
on_ready(void *ctx, unsigned events);

static void
on_late(void *ctx)
{
	client_free(ctx);
}

static void
send_on(struct client *c)
{
	ssize_t n = send(c->fd, buf_text(&c->answer) + c->sent,
			 c->answer.len - c->sent, MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		c->sent += (size_t)n;
	if (n <= 0 || c->sent == c->answer.len)
		client_free(c);
}

static void
on_ready(void *ctx, unsigned events)
{
	struct client *c = ctx;
	ssize_t n;

	(void)events;
	if (c->answering) {
		send_on(c);
		return;
	}
	n = recv(c->fd, c->request + c->got, sizeof(c->request) - 1 - c->got,
		 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_free(c);
		return;
	}
	c->got += (size_t)n;
	c->request[c->got] = '\0';
	if (!strstr(c->request, "\r\n\r\n")) {
		if (c->got == sizeof(c->request) - 1)
			client_free(c);
		return;
	}
	answer(c);
	reactor_fd_free(c->watch);
	c->watch = reactor_fd_new(c->monitor->run->backend->reactor, c->fd,
				  REACTOR_WRITE, on_ready, c);
}

static void
on_connect(void *ctx, unsigned events)
{
	struct monitor *m = ctx;
	int fd = accept4(m->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct client *c;
	int free_at = 0;

	(void)events;
	if (fd < 0)
		return;
	while (free_at < CLIENTS && m->clients[free_at])
		free_at++;
	if (free_at == CLIENTS) {
		close(fd);
		return;
	}
	c = xcalloc(1, sizeof(*c));
	c->monitor = m;
	c->fd = fd;
	buf_init(&c->answer, ANSWER_BYTES + 1024);
	c->watch = reactor_fd_new(m->run->backend->reactor, fd, REACTOR_READ,
				  on_ready, c);
	c->timer = reactor_timer_new(m->run->backend->reactor, on_late, c);
	reactor_timer_arm(c->timer, CLIENT_MS);
	m->clients[free_at] = c;
}

/* ---- listening ---- */

static bool
split(const char *address, char *host, size_t room, const char **port,
      struct err *err)
{
	const char *colon = strrchr(address, ':');
	size_t n = colon ? (size_t)(colon - address) : 0;

	if (!colon || !colon[1] || n >= room)
		return err_set(err, ERR_USAGE,
			       "--metrics-listen wants ADDRESS:PORT, found "
			       "\"%.100s\"", address);
	if (n >= 2 && address[0] == '[' && address[n - 1] == ']')
		snprintf(host, room, "%.*s", (int)n - 2, address + 1);
	else
		snprintf(host, room, "%.*s", (int)n, address);
	*port = colon + 1;
	return true;
}

static int
listen_on(const struct addrinfo *a)
{
	int one = 1;
	int fd = socket(a->ai_family,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, 16) == 0)
		return fd;
	close(fd);
	return -1;
}

static void
learn_address(struct monitor *m)
{
	struct sockaddr_storage at;
	socklen_t len = sizeof(at);
	char host[64] = "?", port[16] = "?";

	if (getsockname(m->fd, (struct sockaddr *)&at, &len) == 0)
		getnameinfo((struct sockaddr *)&at, len, host, sizeof(host),
			    port, sizeof(port),
			    NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(m->address, sizeof(m->address),
		 strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}

struct monitor *
monitor_new(struct engine_run *e, const char *address, struct err *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
				  .ai_flags = AI_PASSIVE | AI_NUMERICHOST |
					      AI_NUMERICSERV };
	struct addrinfo *found = NULL;
	struct monitor *m;
	char host[80];
	const char *port = NULL;
	int failed;

	if (!split(address, host, sizeof(host), &port, err))
		return NULL;
	failed = getaddrinfo(*host ? host : NULL, port, &hints, &found);
	if (failed) {
		err_set(err, ERR_USAGE, "--metrics-listen %.100s: %s; wanted "
			"a numeric address and port", address,
			gai_strerror(failed));
		return NULL;
	}
	m = xcalloc(1, sizeof(*m));
	m->run = e;
	m->fd = listen_on(found);
	freeaddrinfo(found);
	if (m->fd < 0) {
		err_set(err, ERR_IO, "--metrics-listen %.100s: %s", address,
			strerror(errno));
		free(m);
		return NULL;
	}
	learn_address(m);
	m->started_ms = wall_ms(m);
	m->watch = reactor_fd_new(e->backend->reactor, m->fd, REACTOR_READ,
				  on_connect, m);
	return m;
}

void
monitor_free(struct monitor *m)
{
	if (!m)
		return;
	for (int i = 0; i < CLIENTS; i++)
		if (m->clients[i])
			client_free(m->clients[i]);
	reactor_fd_free(m->watch);
	close(m->fd);
	free(m);
}

const char *
monitor_address(const struct monitor *m)
{
	return m->address;
}

void
monitor_looped(struct monitor *m, bool well)
{
	if (!m)
		return;
	m->active_ms = wall_ms(m);
	if (well)
		m->success_ms = m->active_ms;
}
