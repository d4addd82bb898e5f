/*
 * The HTTP server of the simulated cloud: libmicrohttpd, one thread for each of
 * its two ports.
 *
 * A request is collected (bounded), then answered by a face under the world's
 * lock; streams are pulled whenever the world moved (server_stream.c).  The
 * Kubernetes port is always TLS with client certificates asked for; the other
 * port carries AWS, GitLab and /sim/.
 */
#include "backend/sim/server_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backend/base/clock.h"
#include "backend/sim/pace.h"

enum { BODY_LIMIT = 8 << 20, CONNECTION_MEMORY = 256 << 10 };

/* ---- one request ---- */

static void *
on_uri(void *ctx, const char *uri, struct MHD_Connection *connection)
{
	struct exchange *x = xcalloc(1, sizeof(*x));
	const char *mark = strchr(uri, '?');

	(void)connection;
	x->port = ctx;
	x->path = mark ? xstrndup(uri, (size_t)(mark - uri)) : xstrdup(uri);
	x->query = xstrdup(mark ? mark + 1 : "");
	buf_init(&x->body, BODY_LIMIT);
	return x;
}

static void
exchange_free(struct exchange *x)
{
	buf_fini(&x->body);
	free(x->path);
	free(x->query);
	free(x->cert_cn);
	free(x->cert_org);
	free(x);
}

static void
on_completed(void *ctx, struct MHD_Connection *connection, void **con_cls,
	     enum MHD_RequestTerminationCode code)
{
	(void)ctx;
	(void)connection;
	(void)code;
	if (*con_cls)
		exchange_free(*con_cls);
	*con_cls = NULL;
}

static enum MHD_Result
collect_header(void *ctx, enum MHD_ValueKind kind, const char *name,
	       const char *value)
{
	struct header_list *list = ctx;

	(void)kind;
	if (list->n < ARRAY_LEN(list->at) - 1) {
		list->at[list->n].name = name;
		list->at[list->n++].value = value ? value : "";
	}
	return MHD_YES;
}

/* AWS and GitLab share a port and are told apart by path. */
static const struct served *
route(const struct port_server *port, const char *path)
{
	const struct server *s = port->server;

	if (port->tls_only)
		return &s->faces[SERVED_KUBE];
	if (str_has_prefix(path, "/api/"))
		return &s->faces[SERVED_GITLAB];
	return &s->faces[SERVED_AWS];
}

static void
tell_time(struct server *s, struct face_answer *a)
{
	char when[TIME_TEXT], line[TIME_TEXT + 24];
	double speed = pace_speed(s->pace);

	time_format(sim_now_ms(s->world), true, when);
	/* At full speed nobody can carry the time forward. */
	snprintf(line, sizeof(line), "%s x%g", when,
		 speed >= PACE_MAX ? 0 : speed);
	face_set_header(a, "Paddock-Time", line);
}

static enum MHD_Result
send_answer(struct MHD_Connection *connection, struct face_answer *a,
	    struct MHD_Response *response)
{
	enum MHD_Result ok;

	if (a->type)
		MHD_add_response_header(response, "Content-Type", a->type);
	for (uint32_t i = 0; i < a->header_n; i++)
		MHD_add_response_header(response, a->headers[i][0],
					a->headers[i][1]);
	ok = MHD_queue_response(connection, (unsigned)a->status, response);
	MHD_destroy_response(response);
	return ok;
}

static enum MHD_Result
answer(struct exchange *x, struct MHD_Connection *connection,
       const char *method)
{
	struct server *s = x->port->server;
	const struct served *to = route(x->port, x->path);
	struct header_list headers = { .n = 0 };
	struct face_answer a = { .status = 200 };
	struct arena *arena = arena_new();
	struct face_request q = {
		.method = method,
		.path = x->path,
		.query = x->query,
		.body = buf_text(&x->body),
		.body_len = x->body.len,
		.client_cert_cn = x->cert_cn,
		.client_cert_org = x->cert_org,
		.headers = headers.at,
		.state = to->state,
		.pace = s->pace,
	};
	struct MHD_Response *response;
	enum MHD_Result ok;
	size_t len;
	char *body;

	MHD_get_connection_values(connection, MHD_HEADER_KIND, collect_header,
				  &headers);
	buf_init(&a.body, SIZE_MAX);
	sim_lock(s->world);
	pace_catch_up(s->pace);
	if (buf_ok(&x->body)) {
		to->face->serve(s->world, &q, &a, arena);
	} else {
		a.status = 413;
		buf_puts(&a.body, "request body too large\n");
	}
	tell_time(s, &a);
	sim_unlock(s->world);
	if (a.stream.pull) {
		response = stream_response(s, connection, &a.stream);
		buf_fini(&a.body);
	} else {
		body = buf_take(&a.body, &len);
		response = MHD_create_response_from_buffer(
			len, body ? body : xstrdup(""), MHD_RESPMEM_MUST_FREE);
	}
	ok = send_answer(connection, &a, response);
	arena_free(arena);
	server_pump(s); /* a write moved the world */
	return ok;
}

static enum MHD_Result
on_request(void *ctx, struct MHD_Connection *connection, const char *url,
	   const char *method, const char *version, const char *data,
	   size_t *len, void **con_cls)
{
	struct exchange *x = *con_cls;

	(void)ctx;
	(void)url;
	(void)version;
	if (!x->begun) {
		x->begun = true;
		if (x->port->tls)
			tls_who(connection, &x->cert_cn, &x->cert_org);
		return MHD_YES;
	}
	if (*len) {
		buf_add(&x->body, data, *len);
		*len = 0;
		return MHD_YES;
	}
	return answer(x, connection, method);
}

/* MHD would decode the path; faces want it as sent. */
static size_t
keep_escapes(void *ctx, struct MHD_Connection *connection, char *text)
{
	(void)ctx;
	(void)connection;
	return strlen(text);
}

/* ---- the daemons ---- */

static bool
parse_listen(const char *text, struct sockaddr_in *out, struct err *err)
{
	const char *colon = text ? strrchr(text, ':') : NULL;
	char host[64] = "127.0.0.1";
	long port = 0;
	char *end;

	*out = (struct sockaddr_in){ .sin_family = AF_INET };
	if (text && colon) {
		snprintf(host, sizeof(host), "%.*s", (int)(colon - text),
			 text);
		port = strtol(colon + 1, &end, 10);
		if (*end || end == colon + 1)
			port = -1;
	}
	if ((text && !colon) || port < 0 || port > 65535 ||
	    inet_pton(AF_INET, !strcmp(host, "localhost") ? "127.0.0.1" : host,
		      &out->sin_addr) != 1)
		return err_set(err, ERR_USAGE,
			       "--listen wants ADDRESS:PORT such as "
			       "127.0.0.1:0, found \"%s\"", text);
	/* It has no users to protect: it must not be found by others. */
	if (ntohl(out->sin_addr.s_addr) >> 24 != 127)
		return err_set(err, ERR_USAGE,
			       "--listen %s: only loopback addresses", text);
	out->sin_port = htons((uint16_t)port);
	return true;
}

static bool
port_start(struct port_server *p, struct sockaddr_in *addr, struct err *err)
{
	struct server *s = p->server;
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC |
			 MHD_ALLOW_SUSPEND_RESUME;
	const union MHD_DaemonInfo *info;
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, s->pair.cert_pem },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, s->pair.key_pem },
		{ MHD_OPTION_HTTPS_MEM_TRUST, 0,
		  (void *)(uintptr_t)tls_authority_pem(s->authority) },
		{ MHD_OPTION_END, 0, NULL },
	};
	struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };

	if (p->tls)
		flags |= MHD_USE_TLS;
	p->daemon = MHD_start_daemon(
		flags, 0, NULL, NULL, on_request, p,
		MHD_OPTION_SOCK_ADDR, (struct sockaddr *)addr,
		MHD_OPTION_URI_LOG_CALLBACK, on_uri, p,
		MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, p,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)CONNECTION_MEMORY,
		MHD_OPTION_CONNECTION_LIMIT, 4000u,
		MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u,
		MHD_OPTION_ARRAY, p->tls ? tls : none, MHD_OPTION_END);
	if (!p->daemon)
		return err_set(err, ERR_IO, "cannot listen on %s:%u: %s",
			       inet_ntoa(addr->sin_addr),
			       ntohs(addr->sin_port), strerror(errno));
	info = MHD_get_daemon_info(p->daemon, MHD_DAEMON_INFO_BIND_PORT);
	snprintf(p->url, sizeof(p->url), "http%s://%s:%u", p->tls ? "s" : "",
		 inet_ntoa(addr->sin_addr), info->port);
	return true;
}

static const struct face *const all_faces[SERVED_COUNT] = {
	[SERVED_KUBE] = &face_kube,
	[SERVED_AWS] = &face_aws,
	[SERVED_GITLAB] = &face_gitlab,
};

struct server *
server_start(struct sim *w, const struct server_options *o, struct err *err)
{
	struct server *s = xcalloc(1, sizeof(*s));
	struct sockaddr_in addr;

	s->world = w;
	s->pace = o->pace;
	streams_init(s);
	for (int i = 0; i < SERVED_COUNT; i++)
		s->faces[i].face = all_faces[i];
	if (!parse_listen(o->listen, &addr, err))
		goto fail;
	s->authority = tls_authority_new(err);
	if (!s->authority || !tls_server_pair(s->authority, &s->pair, err))
		goto fail;
	sim_lock(w);
	for (int i = 0; i < SERVED_COUNT; i++)
		if (all_faces[i]->open)
			s->faces[i].state = all_faces[i]->open(w);
	sim_unlock(w);
	s->kube = (struct port_server){ .server = s, .tls = true,
					.tls_only = true };
	s->plain = (struct port_server){ .server = s, .tls = o->tls };
	if (!port_start(&s->kube, &addr, err))
		goto fail;
	/* Two ports: a fixed one is for Kubernetes, the next for the rest. */
	if (addr.sin_port)
		addr.sin_port = htons((uint16_t)(ntohs(addr.sin_port) + 1));
	if (!port_start(&s->plain, &addr, err))
		goto fail;
	return s;
fail:
	server_stop(s);
	return NULL;
}

void
server_stop(struct server *s)
{
	if (!s)
		return;
	/* A daemon cannot stop while connections are suspended. */
	streams_end(s);
	if (s->kube.daemon)
		MHD_stop_daemon(s->kube.daemon);
	if (s->plain.daemon)
		MHD_stop_daemon(s->plain.daemon);
	sim_lock(s->world);
	for (int i = 0; i < SERVED_COUNT; i++)
		if (s->faces[i].state && s->faces[i].face->close)
			s->faces[i].face->close(s->faces[i].state);
	sim_unlock(s->world);
	streams_fini(s);
	tls_pair_fini(&s->pair);
	tls_authority_free(s->authority);
	free(s);
}

const char *
server_kube_url(const struct server *s)
{
	return s->kube.url;
}

const char *
server_plain_url(const struct server *s)
{
	return s->plain.url;
}

const char *
server_ca_pem(const struct server *s)
{
	return tls_authority_pem(s->authority);
}

struct tls_authority *
server_authority(const struct server *s)
{
	return s->authority;
}
