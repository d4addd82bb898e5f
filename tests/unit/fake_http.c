/*
 * The scripted server: sockets, requests, answers.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backend/base/buf.h"
#include "tests/unit/fake_http.h"
#include "tests/unit/fake_tls.h"
#include "tests/unit/suite.h"

enum { LIMIT_BYTES = 256 << 20, PIECE_BYTES = 16384, TLS_HANDSHAKE = 0x16 };

struct fake_conn {
	struct fake_http *server;
	struct fake_conn *next;
	struct reactor_fd *watch;
	struct reactor_timer *later; /* writes on from a turn of its own */
	SSL *ssl;
	struct buf in, out;
	size_t sent; /* of out */
	char *line; /* of the newest request */
	int fd;
	unsigned watched;
	uint32_t number;
	bool closing, deaf, busy, gone;
};

struct fake_http {
	struct reactor *reactor;
	struct fake_tls *tls;
	fake_handler handler;
	void *ctx;
	struct reactor_fd *watch;
	struct fake_conn *conns;
	VEC(struct fake_request *) requests;
	char url[64];
	struct sockaddr_in at;
	uint32_t conn_count;
	int fd;
};

static void conn_work(struct fake_conn *c);

/* ---- connections ---- */

static void
conn_free(struct fake_conn *c)
{
	struct fake_conn **link = &c->server->conns;

	while (*link != c)
		link = &(*link)->next;
	*link = c->next;
	reactor_fd_free(c->watch);
	reactor_timer_free(c->later);
	if (c->ssl)
		SSL_free(c->ssl);
	close(c->fd);
	buf_fini(&c->in);
	buf_fini(&c->out);
	free(c->line);
	free(c);
}

static void
on_ready(void *ctx, unsigned events)
{
	(void)events;
	conn_work(ctx);
}

static void
on_later(void *ctx)
{
	conn_work(ctx);
}

static void
conn_watch(struct fake_conn *c, unsigned events)
{
	if (c->watched == events)
		return;
	reactor_fd_free(c->watch);
	c->watch = events ? reactor_fd_new(c->server->reactor, c->fd, events,
					   on_ready, c)
			  : NULL;
	c->watched = events;
}

/* Bytes moved; 0: not now; -1: the connection is over. */
static ssize_t
conn_read(struct fake_conn *c, void *to, size_t room)
{
	ssize_t n;

	if (c->ssl) {
		n = SSL_read(c->ssl, to, (int)room);
		if (n > 0)
			return n;
		switch (SSL_get_error(c->ssl, (int)n)) {
		case SSL_ERROR_WANT_READ:
		case SSL_ERROR_WANT_WRITE:
			return 0;
		default:
			return -1;
		}
	}
	n = read(c->fd, to, room);
	if (n > 0)
		return n;
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

static ssize_t
conn_write(struct fake_conn *c, const void *from, size_t len)
{
	ssize_t n;

	if (c->ssl) {
		n = SSL_write(c->ssl, from, (int)len);
		if (n > 0)
			return n;
		switch (SSL_get_error(c->ssl, (int)n)) {
		case SSL_ERROR_WANT_READ:
		case SSL_ERROR_WANT_WRITE:
			return 0;
		default:
			return -1;
		}
	}
	n = send(c->fd, from, len, MSG_NOSIGNAL);
	if (n >= 0)
		return n;
	return errno == EAGAIN || errno == EINTR ? 0 : -1;
}

/* ---- requests ---- */

static void
request_free(struct fake_request *q)
{
	free(q->line);
	free(q->method);
	free(q->target);
	free(q->head);
	free(q->body);
	free(q);
}

const char *
fake_header(const struct fake_request *q, const char *name)
{
	static char value[4096];
	size_t len = strlen(name);

	for (const char *at = q->head; *at; at = strstr(at, "\r\n") + 2) {
		if (strncasecmp(at, name, len) != 0 || at[len] != ':')
			continue;
		at += len + 1;
		at += strspn(at, " ");
		snprintf(value, sizeof(value), "%.*s",
			 (int)strcspn(at, "\r"), at);
		return value;
	}
	return NULL;
}

static void
note_client(struct fake_conn *c, struct fake_request *q)
{
	X509 *cert = c->ssl ? SSL_get1_peer_certificate(c->ssl) : NULL;

	if (cert)
		X509_NAME_oneline(X509_get_subject_name(cert), q->client,
				  sizeof(q->client));
	X509_free(cert);
}

/* Takes one whole request out of c->in; NULL when it is not all there. */
static struct fake_request *
take_request(struct fake_conn *c)
{
	const char *text = buf_text(&c->in), *end, *space, *eol;
	struct fake_request *q;
	const char *length;
	size_t head_len;

	end = strstr(text, "\r\n\r\n");
	if (!end)
		return NULL;
	q = xcalloc(1, sizeof(*q));
	eol = strstr(text, "\r\n");
	space = strchr(text, ' ');
	q->method = xstrndup(text, (size_t)(space - text));
	q->target = xstrndup(space + 1, strcspn(space + 1, " "));
	q->line = xasprintf("%s %s", q->method, q->target);
	q->head = xstrndup(eol + 2, (size_t)(end + 2 - eol - 2));
	q->conn = c->number;
	head_len = (size_t)(end + 4 - text);
	length = fake_header(q, "Content-Length");
	q->body_len = length ? strtoul(length, NULL, 10) : 0;
	if (c->in.len < head_len + q->body_len) {
		request_free(q);
		return NULL;
	}
	q->body = xstrndup(text + head_len, q->body_len);
	buf_consume(&c->in, head_len + q->body_len);
	note_client(c, q);
	return q;
}

static void
serve(struct fake_conn *c)
{
	struct fake_request *q;

	while (!c->closing && (q = take_request(c))) {
		struct fake_http *f = c->server;

		vec_push(&f->requests, q);
		free(c->line);
		c->line = xstrdup(q->line);
		f->handler(f->ctx, c, q);
	}
}

/* As servers do that were asked for TLS on a plain port. */
static void
refuse_tls(struct fake_conn *c)
{
	static const char text[] = "HTTP/1.1 400 Bad Request\r\n\r\n";

	fake_raw(c, text, sizeof(text) - 1);
	fake_close(c);
}

/* Everything that can be done now; may free c. */
static void
conn_work(struct fake_conn *c)
{
	char piece[PIECE_BYTES];
	ssize_t n = 0;
	bool over = false;

	if (c->busy)
		return;
	c->busy = true;
	while (!c->gone && !c->deaf && !over &&
	       (n = conn_read(c, piece, sizeof(piece))) > 0) {
		buf_add(&c->in, piece, (size_t)n);
		if (!c->ssl && buf_text(&c->in)[0] == TLS_HANDSHAKE)
			refuse_tls(c);
		else
			serve(c);
	}
	over = n < 0;
	n = 1;
	while (!c->gone && !over && c->sent < c->out.len && n > 0) {
		size_t left = c->out.len - c->sent;

		n = conn_write(c, buf_text(&c->out) + c->sent,
			       left > PIECE_BYTES ? PIECE_BYTES : left);
		if (n > 0)
			c->sent += (size_t)n;
		over = n < 0;
	}
	if (c->sent == c->out.len) {
		buf_reset(&c->out);
		c->sent = 0;
	}
	c->busy = false;
	if (c->gone || over || (c->closing && !c->out.len)) {
		if (c->ssl && !c->gone && !over)
			SSL_shutdown(c->ssl);
		conn_free(c);
		return;
	}
	conn_watch(c, (c->deaf ? 0 : REACTOR_READ) |
			      (c->out.len ? REACTOR_WRITE : 0));
}

static void
on_accept(void *ctx, unsigned events)
{
	struct fake_http *f = ctx;
	struct fake_conn *c;
	int fd = accept4(f->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (fd < 0)
		return;
	c = xcalloc(1, sizeof(*c));
	c->server = f;
	c->fd = fd;
	c->number = ++f->conn_count;
	c->next = f->conns;
	f->conns = c;
	buf_init(&c->in, LIMIT_BYTES);
	buf_init(&c->out, LIMIT_BYTES);
	c->later = reactor_timer_new(f->reactor, on_later, c);
	if (f->tls)
		c->ssl = fake_tls_accept(f->tls, fd);
	conn_watch(c, REACTOR_READ);
}

/* ---- the server ---- */

void
fake_http_listen(struct fake_http *f, bool on)
{
	socklen_t len = sizeof(f->at);
	int one = 1;

	if (!on) {
		reactor_fd_free(f->watch);
		f->watch = NULL;
		if (f->fd >= 0)
			close(f->fd);
		f->fd = -1;
		return;
	}
	f->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		       0);
	setsockopt(f->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	assert_int_equal(bind(f->fd, (struct sockaddr *)&f->at,
			      sizeof(f->at)), 0);
	assert_int_equal(listen(f->fd, 64), 0);
	getsockname(f->fd, (struct sockaddr *)&f->at, &len);
	f->watch = reactor_fd_new(f->reactor, f->fd, REACTOR_READ, on_accept,
				  f);
}

struct fake_http *
fake_http_new(struct reactor *r, struct fake_tls *tls, fake_handler handler,
	      void *ctx)
{
	struct fake_http *f = xcalloc(1, sizeof(*f));

	f->reactor = r;
	f->tls = tls;
	f->handler = handler;
	f->ctx = ctx;
	f->at.sin_family = AF_INET;
	f->at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fake_http_listen(f, true);
	snprintf(f->url, sizeof(f->url), "%s://127.0.0.1:%u",
		 tls ? "https" : "http", ntohs(f->at.sin_port));
	return f;
}

void
fake_http_free(struct fake_http *f)
{
	if (!f)
		return;
	while (f->conns)
		conn_free(f->conns);
	fake_http_listen(f, false);
	for (uint32_t i = 0; i < f->requests.n; i++)
		request_free(f->requests.at[i]);
	vec_free(&f->requests);
	free(f);
}

const char *
fake_http_url(const struct fake_http *f)
{
	return f->url;
}

uint32_t
fake_count(const struct fake_http *f, const char *part)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < f->requests.n; i++)
		n += strstr(f->requests.at[i]->line, part) != NULL;
	return n;
}

const struct fake_request *
fake_last(const struct fake_http *f, const char *part)
{
	for (uint32_t i = f->requests.n; i-- > 0;)
		if (strstr(f->requests.at[i]->line, part))
			return f->requests.at[i];
	return NULL;
}

static struct fake_conn *
conn_from(struct fake_conn *c, const char *part)
{
	for (; c; c = c->next)
		if (c->line && !c->gone && strstr(c->line, part))
			return c;
	return NULL;
}

struct fake_conn *
fake_conn_of(struct fake_http *f, const char *part)
{
	return conn_from(f->conns, part);
}

struct fake_conn *
fake_conn_after(struct fake_conn *c, const char *part)
{
	return conn_from(c->next, part);
}

uint32_t
fake_conn_count(const struct fake_http *f)
{
	return f->conn_count;
}

struct fake_conn *
fake_conn_number(struct fake_http *f, uint32_t number)
{
	for (struct fake_conn *c = f->conns; c; c = c->next)
		if (c->number == number && !c->gone)
			return c;
	return NULL;
}

const char *
fake_conns_text(const struct fake_http *f, struct buf *out)
{
	for (const struct fake_conn *c = f->conns; c; c = c->next)
		buf_printf(out, "\n%u%s%s%s%s in=%zu out=%zu/%zu %.90s",
			   c->number, c->closing ? " closing" : "",
			   c->deaf ? " deaf" : "", c->busy ? " busy" : "",
			   c->gone ? " gone" : "", c->in.len, c->sent,
			   c->out.len, c->line ? c->line : "-");
	return buf_text(out);
}

void
fake_forget(struct fake_http *f)
{
	for (uint32_t i = 0; i < f->requests.n; i++)
		request_free(f->requests.at[i]);
	vec_free(&f->requests);
}

/* ---- answers ---- */

/* Written by a timer when called from outside, so that c stays valid for the
 * caller's next step. */
static void
flush_soon(struct fake_conn *c)
{
	if (!c->busy)
		reactor_timer_arm(c->later, 0);
}

void
fake_raw(struct fake_conn *c, const void *bytes, size_t len)
{
	buf_add(&c->out, bytes, len);
	assert_true(buf_ok(&c->out));
	flush_soon(c);
}

static void
answer_head(struct fake_conn *c, int status, const char *headers,
	    const char *framing)
{
	char *head = xasprintf("HTTP/1.1 %d Test\r\n%s%s%s\r\n", status,
			       headers && strcasestr(headers, "content-type:")
				       ? ""
				       : "Content-Type: application/json\r\n",
			       str_or_empty(headers), framing);

	fake_raw(c, head, strlen(head));
	free(head);
}

void
fake_reply(struct fake_conn *c, int status, const char *headers,
	   const char *body)
{
	char *framing = xasprintf("Content-Length: %zu\r\n", strlen(body));

	answer_head(c, status, headers, framing);
	fake_raw(c, body, strlen(body));
	free(framing);
}

void
fake_stream(struct fake_conn *c, int status, const char *headers)
{
	answer_head(c, status, headers, "Transfer-Encoding: chunked\r\n");
}

void
fake_send(struct fake_conn *c, const char *text)
{
	char size[32];

	snprintf(size, sizeof(size), "%zx\r\n", strlen(text));
	fake_raw(c, size, strlen(size));
	fake_raw(c, text, strlen(text));
	fake_raw(c, "\r\n", 2);
}

void
fake_finish(struct fake_conn *c)
{
	fake_raw(c, "0\r\n\r\n", 5);
}

void
fake_close(struct fake_conn *c)
{
	c->closing = true;
	flush_soon(c);
}

void
fake_reset(struct fake_conn *c)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	c->gone = true;
	flush_soon(c);
}

void
fake_deafen(struct fake_conn *c)
{
	c->deaf = true;
}

/* ---- turning, clocks ---- */

/* Turns can be short and a busy kernel late: both are counted. */
void
turn_some(struct reactor *r)
{
	int64_t end = clock_boot_ms(&clock_system) + 20;

	for (int i = 0; i < 20 || clock_boot_ms(&clock_system) < end; i++)
		reactor_turn(r, 1);
}

static int64_t
fake_wall(void *ctx)
{
	return ((struct fake_clock *)ctx)->wall;
}

static int64_t
fake_boot(void *ctx)
{
	return ((struct fake_clock *)ctx)->boot;
}

void
fake_clock_init(struct fake_clock *c)
{
	c->work = (struct clockwork){ fake_wall, fake_boot, c };
	c->wall = INT64_C(1771405200000); /* 2026-02-18T09:00:00Z */
	c->boot = 1000000;
}

void
fake_clock_move(struct fake_clock *c, int64_t ms)
{
	c->wall += ms;
	c->boot += ms;
}
