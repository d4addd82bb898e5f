/*
 * The HTTP server of the simulated cloud: libmicrohttpd, one thread for each of
 * its two ports.
 *
 * The Kubernetes port is always TLS with client certificates asked for; the
 * other port carries AWS, GitLab and /sim/.
 */
#include "backend/sim/server/private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backend/base/clock.h"
#include "backend/sim/server/pace.h"
#include "backend/sim/world/cloud.h"
#include "backend/sim/world/scenario.h"

#define UNREAD_MS (60 * (int64_t)1000)

enum { CONNECTION_MEMORY = 256 << 10, CONNECTIONS = 4000 };

/* An idle connection, or a client that does not read its answer. */
#define SILENCE_S 120u

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
		flags, 0, NULL, NULL, exchange_on_data, p,
		MHD_OPTION_SOCK_ADDR, (struct sockaddr *)addr,
		MHD_OPTION_URI_LOG_CALLBACK, exchange_on_uri, p,
		MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
		MHD_OPTION_NOTIFY_COMPLETED, exchange_on_end, p,
		MHD_OPTION_NOTIFY_CONNECTION, peer_on_connection, p,
		MHD_OPTION_CONNECTION_TIMEOUT, SILENCE_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)CONNECTION_MEMORY,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
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
	[SERVED_CONTROL] = &face_control,
	[SERVED_GITLAB] = &face_gitlab,
};

/* Rows that strike the world (capacity) belong to the run: the log has them as
 * if somebody had put them in at the start. */
static void
log_faults(struct server *s, const struct buf *text)
{
	write_log_add(s->log, &(struct write){
		.at_ms = sim_now_ms(s->world),
		.face = "sim",
		.method = "POST",
		.path = "/sim/faults",
		.query = "",
		.body = buf_text(text),
		.body_len = text->len,
		.status = 200,
	});
}

static bool
read_faults(struct server *s, const char *path, struct err *err)
{
	FILE *f = fopen(path, "re");
	struct buf text;
	char part[4096];
	size_t n;
	bool ok;

	buf_init(&text, 4 << 20);
	while (f && (n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(&text, part, n);
	if (!f || ferror(f) || !buf_ok(&text))
		ok = err_set(err, ERR_CONFIG, "cannot read the faults %s: %s",
			     path, f && !ferror(f) ? "over 4 MiB"
						   : strerror(errno));
	else
		ok = faults_add(s->faults, path, buf_text(&text), text.len,
				sim_now_ms(s->world), err);
	if (ok && s->log)
		log_faults(s, &text);
	if (f)
		fclose(f);
	buf_fini(&text);
	return ok;
}

/* The scenario's own: they count from its start, and need no log. */
static bool
own_faults(struct server *s, const struct scenario *from, struct err *err)
{
	return faults_add(s->faults, from->file, from->text, from->text_len,
			  from->start_ms, err);
}

static bool
refuses(void *ctx, const struct cloud_group *g, const struct sim_type *type,
	const char *zone)
{
	struct server *s = ctx;

	return faults_refuse_launch(s->faults, g->name, type->name, zone,
				    sim_now_ms(s->world));
}

struct server *
server_start(struct sim *w, const struct server_options *o, struct err *err)
{
	struct server *s = xcalloc(1, sizeof(*s));
	struct sockaddr_in addr;

	s->world = w;
	s->pace = o->pace;
	s->log = o->log;
	s->replay = o->replay;
	s->unread_ms = o->unread_ms ? o->unread_ms : UNREAD_MS;
	pthread_mutex_init(&s->mutex, NULL);
	for (int i = 0; i < SERVED_COUNT; i++)
		s->faces[i].face = all_faces[i];
	if (!parse_listen(o->listen, &addr, err))
		goto fail;
	s->faults = faults_new();
	if (sim_scenario(w)->has_faults && !own_faults(s, sim_scenario(w), err))
		goto fail;
	if (o->faults && !read_faults(s, o->faults, err))
		goto fail;
	s->authority = tls_authority_new(err);
	if (!s->authority || !tls_server_pair(s->authority, &s->pair, err))
		goto fail;
	sim_lock(w);
	for (int i = 0; i < SERVED_COUNT; i++)
		if (all_faces[i]->open)
			s->faces[i].state = all_faces[i]->open(w);
	sim_cloud(w)->refuses = refuses;
	sim_cloud(w)->refuses_ctx = s;
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
	sim_lock(w);
	sim_cloud(w)->endpoint = s->kube.url;
	sim_cloud(w)->authority = tls_authority_pem(s->authority);
	sim_unlock(w);
	server_feed(s);
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
	pthread_mutex_lock(&s->mutex);
	s->ending = true;
	pthread_mutex_unlock(&s->mutex);
	server_pump(s);
	if (s->kube.daemon)
		MHD_stop_daemon(s->kube.daemon);
	if (s->plain.daemon)
		MHD_stop_daemon(s->plain.daemon);
	sim_lock(s->world);
	sim_cloud(s->world)->refuses = NULL;
	sim_cloud(s->world)->endpoint = sim_cloud(s->world)->authority = NULL;
	if (s->replay)
		pace_set_feed(s->pace, &(struct pace_feed){ 0 });
	for (int i = 0; i < SERVED_COUNT; i++)
		if (s->faces[i].state && s->faces[i].face->close)
			s->faces[i].face->close(s->faces[i].state);
	sim_unlock(s->world);
	faults_free(s->faults);
	pthread_mutex_destroy(&s->mutex);
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

uint64_t
server_versions_asked(const struct server *s)
{
	uint64_t n = 0;

	for (int i = 0; i < SERVED_COUNT; i++)
		n += s->faces[i].versions;
	return n;
}

uint64_t
server_requests(const struct server *s, const char *face)
{
	for (int i = 0; i < SERVED_COUNT; i++)
		if (str_eq(s->faces[i].face->name, face))
			return s->faces[i].requests;
	return 0;
}
