/*
 * Bodies that come in pieces: watches, followed logs, long lists.
 *
 * A stream holds one piece.  With nothing to say it suspends its connection;
 * the pump pulls all that sleep and wakes those that have something now.  One
 * whose client stopped reading is not pulled any more; after a minute its
 * socket is shut, so that nothing is kept for it.
 */
#include "backend/sim/server/private.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "backend/base/clock.h"

enum { BLOCK = 64 << 10 };

/* A pull may go past a piece by one object, never by many. */
#define PIECE_LIMIT ((size_t)16 << 20)

struct stream {
	struct stream *next, **back;
	struct server *server;
	struct MHD_Connection *connection;
	struct face_stream from; /* pull NULL: all is in text */
	struct buf text;
	size_t given;	       /* of text */
	int64_t read_boot_ms;  /* when the client last took something */
	bool suspended, finished;
	int64_t left;	       /* bytes until a fault cuts it; -1: never */
	int64_t drip, budget;  /* bytes a second, and to give now; 0: no drip */
	int64_t fed_boot_ms;
	char *path;	       /* of a watch, for faults; or NULL */
};

static void
meet_faults(struct stream *st)
{
	struct server *s = st->server;
	bool broken = false;

	if (!faults_touch_watches(s->faults))
		return;
	if (!fault_events(s->faults,
			  &(struct fault_request){ "kubernetes", "GET",
						   st->path,
						   sim_now_ms(s->world) },
			  &st->text, &broken))
		st->finished = true;
	if (broken)
		st->left = (int64_t)st->text.len;
}

/* Under both locks. */
static void
refill(struct stream *st)
{
	buf_reset(&st->text);
	st->given = 0;
	if (!st->from.pull ||
	    !st->from.pull(st->from.ctx, st->server->world, &st->text))
		st->finished = true;
	if (!buf_ok(&st->text)) /* an object no piece can hold */
		st->finished = true;
	if (st->path && st->text.len)
		meet_faults(st);
}

static size_t
allowed(const struct stream *st)
{
	size_t n = st->text.len - st->given;

	if (st->left >= 0 && n > (size_t)st->left)
		n = (size_t)st->left;
	if (st->drip && n > (size_t)st->budget)
		n = (size_t)st->budget;
	return n;
}

/* Under server.mutex. */
static ssize_t
give(struct stream *st, char *out, size_t room)
{
	size_t n = allowed(st);

	if (n > room)
		n = room;
	memcpy(out, buf_text(&st->text) + st->given, n);
	st->given += n;
	if (st->left >= 0)
		st->left -= (int64_t)n;
	if (st->drip)
		st->budget -= (int64_t)n;
	return (ssize_t)n;
}

/* Runs on the daemon's thread. */
static ssize_t
on_read(void *ctx, uint64_t position, char *out, size_t room)
{
	struct stream *st = ctx;
	struct server *s = st->server;
	ssize_t n;

	(void)position;
	pthread_mutex_lock(&s->mutex);
	st->read_boot_ms = clock_boot_ms(&clock_system);
	if (st->given == st->text.len && !st->finished) {
		sim_lock(s->world);
		refill(st);
		sim_unlock(s->world);
	}
	n = give(st, out, room);
	if (n == 0) {
		if (st->left == 0)
			n = MHD_CONTENT_READER_END_WITH_ERROR;
		else if (st->given == st->text.len &&
			 (st->finished || s->ending))
			n = MHD_CONTENT_READER_END_OF_STREAM;
		else if (s->ending)
			n = MHD_CONTENT_READER_END_WITH_ERROR;
		else {
			st->suspended = true;
			MHD_suspend_connection(st->connection);
		}
	}
	pthread_mutex_unlock(&s->mutex);
	return n;
}

static void
on_free(void *ctx)
{
	struct stream *st = ctx;
	struct server *s = st->server;

	pthread_mutex_lock(&s->mutex);
	*st->back = st->next;
	if (st->next)
		st->next->back = st->back;
	pthread_mutex_unlock(&s->mutex);
	sim_lock(s->world);
	if (st->from.close)
		st->from.close(st->from.ctx);
	sim_unlock(s->world);
	buf_fini(&st->text);
	free(st->path);
	free(st);
}

static struct stream *
stream_new(const struct exchange *x, const struct fault *fault)
{
	struct stream *st = xcalloc(1, sizeof(*st));
	struct server *s = x->port->server;

	st->server = s;
	st->connection = x->connection;
	st->read_boot_ms = clock_boot_ms(&clock_system);
	st->fed_boot_ms = st->read_boot_ms;
	st->left = fault ? fault->truncate : -1;
	st->drip = fault ? fault->drip_bytes : 0;
	buf_init(&st->text, PIECE_LIMIT);
	pthread_mutex_lock(&s->mutex);
	st->next = s->streams;
	st->back = &s->streams;
	if (st->next)
		st->next->back = &st->next;
	s->streams = st;
	pthread_mutex_unlock(&s->mutex);
	return st;
}

struct MHD_Response *
stream_response(const struct exchange *x, const struct face_stream *from,
		const struct fault *fault)
{
	struct stream *st = stream_new(x, fault);

	st->from = *from;
	if (exchange_route(x->port, x->path)->face == &face_kube &&
	    strstr(x->query, "watch="))
		st->path = xstrdup(x->path);
	return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK,
						 on_read, st, on_free);
}

struct MHD_Response *
stream_of_body(const struct exchange *x, struct buf *body,
	       const struct fault *fault)
{
	struct stream *st = stream_new(x, fault);

	/* The whole length is announced: a cut body is one that breaks off. */
	st->text = *body;
	buf_init(body, 0);
	st->finished = true;
	return MHD_create_response_from_callback(st->text.len, BLOCK, on_read,
						 st, on_free);
}

static void
cut_off(struct stream *st)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		st->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	if (info)
		shutdown(info->connect_fd, SHUT_RDWR);
}

static void
feed(struct stream *st, int64_t now)
{
	int64_t more = (now - st->fed_boot_ms) * st->drip / 1000;

	if (!st->drip || more <= 0)
		return;
	st->budget += more;
	if (st->budget > st->drip)
		st->budget = st->drip;
	st->fed_boot_ms = now;
}

/* Under both locks. */
static void
pump_one(struct stream *st, int64_t now)
{
	feed(st, now);
	if (!st->suspended) {
		if (now - st->read_boot_ms > st->server->unread_ms)
			cut_off(st);
		return;
	}
	if (st->given == st->text.len && !st->finished)
		refill(st);
	if (!allowed(st) && !(st->finished && st->given == st->text.len) &&
	    st->left != 0 && !st->server->ending)
		return;
	st->suspended = false;
	st->read_boot_ms = now;
	MHD_resume_connection(st->connection);
}

void
server_pump(struct server *s)
{
	int64_t now = clock_boot_ms(&clock_system);

	pthread_mutex_lock(&s->mutex);
	exchange_wake(s, now);
	sim_lock(s->world);
	server_judge_lease(s, now);
	sim_unlock(s->world);
	if (s->streams) {
		sim_lock(s->world);
		for (struct stream *st = s->streams; st; st = st->next)
			pump_one(st, now);
		sim_unlock(s->world);
	}
	pthread_mutex_unlock(&s->mutex);
}

uint32_t
server_streams(struct server *s)
{
	uint32_t n = 0;

	pthread_mutex_lock(&s->mutex);
	for (const struct stream *st = s->streams; st; st = st->next)
		n++;
	pthread_mutex_unlock(&s->mutex);
	return n;
}
