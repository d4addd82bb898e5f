/*
 * One request: collected (bounded), hit by the fault that is due, answered by a
 * face under the world's lock.
 */
#include "backend/sim/server/private.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "backend/base/clock.h"
#include "backend/base/log.h"
#include "backend/sim/server/pace.h"

#define BODY_LIMIT ((size_t)3 << 20) /* kube-apiserver's own */
#define HANG_MS (10 * 60 * (int64_t)1000)

void *
exchange_on_uri(void *ctx, const char *uri, struct MHD_Connection *connection)
{
	struct exchange *x = xcalloc(1, sizeof(*x));
	const char *mark = strchr(uri, '?');

	x->port = ctx;
	x->connection = connection;
	x->path = mark ? xstrndup(uri, (size_t)(mark - uri)) : xstrdup(uri);
	x->query = xstrdup(mark ? mark + 1 : "");
	buf_init(&x->body, BODY_LIMIT);
	return x;
}

void
exchange_on_end(void *ctx, struct MHD_Connection *connection, void **exchange,
		enum MHD_RequestTerminationCode why)
{
	struct exchange *x = *exchange, **at;
	struct server *s;

	(void)ctx;
	(void)connection;
	(void)why;
	if (!x)
		return;
	*exchange = NULL;
	s = x->port->server;
	pthread_mutex_lock(&s->mutex);
	for (at = &s->sleepers; *at && *at != x;)
		at = &(*at)->next;
	if (*at)
		*at = x->next;
	pthread_mutex_unlock(&s->mutex);
	buf_fini(&x->body);
	free(x->path);
	free(x->query);
	free(x);
}

struct served *
exchange_route(const struct port_server *port, const char *path)
{
	struct server *s = port->server;

	if (port->tls_only)
		return &s->faces[SERVED_KUBE];
	if (str_has_prefix(path, "/sim/"))
		return &s->faces[SERVED_CONTROL];
	return &s->faces[str_has_prefix(path, "/api/") ? SERVED_GITLAB
						       : SERVED_AWS];
}

/* ---- faults ---- */

static void
sleep_until(struct exchange *x, int64_t wake_boot_ms)
{
	struct server *s = x->port->server;

	pthread_mutex_lock(&s->mutex);
	if (!s->ending) {
		x->wake_boot_ms = wake_boot_ms;
		x->next = s->sleepers;
		s->sleepers = x;
		MHD_suspend_connection(x->connection);
	}
	pthread_mutex_unlock(&s->mutex);
}

void
exchange_wake(struct server *s, int64_t boot_ms)
{
	struct exchange **at = &s->sleepers;

	while (*at) {
		struct exchange *x = *at;

		if (x->wake_boot_ms > boot_ms && !s->ending) {
			at = &x->next;
			continue;
		}
		*at = x->next;
		MHD_resume_connection(x->connection);
	}
}

/* The client sees a reset, not an orderly end. */
static enum MHD_Result
reset_connection(const struct exchange *x)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		x->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	if (info && setsockopt(info->connect_fd, SOL_SOCKET, SO_LINGER, &now,
			       sizeof(now)) != 0)
		log_at(LOG_WARN, "sim", "a connection cannot be reset");
	return MHD_NO;
}

/* True when the request sleeps or ends here. */
static bool
meet_fault(struct exchange *x, const char *method, enum MHD_Result *result)
{
	struct server *s = x->port->server;
	int64_t now = clock_boot_ms(&clock_system);
	struct fault_request q = {
		.face = exchange_route(x->port, x->path)->face->name,
		.method = method,
		.path = x->path,
	};

	*result = MHD_YES;
	if (!x->drawn) {
		x->drawn = true;
		sim_lock(s->world);
		q.world_ms = sim_now_ms(s->world);
		x->faulted = faults_pick(s->faults, &q, &x->fault);
		sim_unlock(s->world);
		if (x->faulted && (x->fault.hang || x->fault.delay_ms)) {
			sleep_until(x, now + (x->fault.hang
						      ? HANG_MS
						      : x->fault.delay_ms));
			return true;
		}
	}
	if (!x->faulted || (!x->fault.reset && !x->fault.hang))
		return false;
	*result = reset_connection(x);
	return true;
}

/* ---- question and answer ---- */

struct header_list {
	struct face_pair at[64]; /* name NULL ends */
	uint32_t n;
};

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

/* Under the world's lock. */
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

/* libmicrohttpd adds the right one when there is none. */
static void
tell_wrong_date(struct face_answer *a, int64_t skew_ms)
{
	char when[TIME_TEXT];

	time_format_http(clock_wall_ms(&clock_system) + skew_ms, when);
	face_set_header(a, "Date", when);
}

static void
ask(struct exchange *x, const struct face_request *q, struct face_answer *a,
    struct arena *arena)
{
	struct server *s = x->port->server;
	struct served *to = exchange_route(x->port, x->path);

	sim_lock(s->world);
	to->requests++;
	to->versions += strcmp(x->path, "/version") == 0;
	pace_catch_up(s->pace);
	if (x->too_large) {
		a->status = 413;
		a->type = "text/plain; charset=utf-8";
		buf_puts(&a->body, "Request entity too large: limit is "
				   "3145728\n");
	} else if (pace_over(s->pace)) {
		/* The truth is being written down: nothing changes any more. */
		a->status = 503;
		a->type = "text/plain; charset=utf-8";
		buf_puts(&a->body, "the simulation is over\n");
	} else if (x->faulted && (x->fault.status || x->fault.words)) {
		fault_say(a, &x->fault, to->face->name, q);
	} else {
		server_serve(s, to, q, a, arena);
	}
	tell_time(s, a);
	if (x->faulted && x->fault.skew_ms)
		tell_wrong_date(a, x->fault.skew_ms);
	sim_unlock(s->world);
}

static struct MHD_Response *
response_of(struct exchange *x, struct face_answer *a)
{
	const struct fault *fault =
		x->faulted && (x->fault.truncate >= 0 || x->fault.drip_bytes)
			? &x->fault
			: NULL;
	size_t len;
	char *body;

	if (a->stream.pull) {
		buf_fini(&a->body);
		return stream_response(x, &a->stream, fault);
	}
	if (fault)
		return stream_of_body(x, &a->body, fault);
	body = buf_take(&a->body, &len);
	return MHD_create_response_from_buffer(len, body,
					       MHD_RESPMEM_MUST_FREE);
}

static enum MHD_Result
send_answer(struct exchange *x, struct face_answer *a)
{
	struct MHD_Response *response = response_of(x, a);
	enum MHD_Result ok;

	if (!response)
		return MHD_NO;
	if (a->type)
		MHD_add_response_header(response, "Content-Type", a->type);
	for (uint32_t i = 0; i < a->header_n; i++)
		/* The library refuses an empty value; blanks are none. */
		MHD_add_response_header(response, a->headers[i][0],
					*a->headers[i][1] ? a->headers[i][1]
							  : " ");
	if (a->link)
		MHD_add_response_header(response, "Link", a->link);
	ok = MHD_queue_response(x->connection, (unsigned)a->status, response);
	MHD_destroy_response(response);
	return ok;
}

static enum MHD_Result
answer(struct exchange *x, const char *method)
{
	struct server *s = x->port->server;
	struct header_list headers = { .n = 0 };
	struct face_answer a = { .status = 200 };
	struct arena *arena = arena_new();
	const struct peer *peer = peer_of(x);
	struct face_request q = {
		.method = method,
		.path = x->path,
		.query = x->query,
		.body = buf_text(&x->body),
		.body_len = x->body.len,
		.client_cert_cn = peer ? peer->cn : NULL,
		.client_cert_org = peer ? peer->org : NULL,
		.client_cert_bad = peer && peer->bad,
		.headers = headers.at,
		.state = exchange_route(x->port, x->path)->state,
		.pace = s->pace,
		.faults = s->faults,
		.server = s,
		.skew_ms = x->faulted ? x->fault.skew_ms : 0,
	};
	enum MHD_Result ok;

	MHD_get_connection_values(x->connection, MHD_HEADER_KIND,
				  collect_header, &headers);
	buf_init(&a.body, SIZE_MAX);
	ask(x, &q, &a, arena);
	ok = send_answer(x, &a);
	arena_free(arena);
	/* A write moved the world: streams may have something to say. */
	if (strcmp(method, "GET") != 0)
		pace_poke(s->pace);
	return ok;
}

enum MHD_Result
exchange_on_data(void *ctx, struct MHD_Connection *connection, const char *url,
		 const char *method, const char *version, const char *data,
		 size_t *len, void **exchange)
{
	struct exchange *x = *exchange;
	enum MHD_Result result;

	(void)ctx;
	(void)connection;
	(void)url;
	(void)version;
	if (!x->begun) {
		x->begun = true;
		return MHD_YES;
	}
	if (*len) {
		buf_add(&x->body, data, *len);
		x->too_large = !buf_ok(&x->body);
		*len = 0;
		return MHD_YES;
	}
	if (meet_fault(x, method, &result))
		return result;
	return answer(x, method);
}
