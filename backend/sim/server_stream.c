/*
 * Bodies without an end: watches and followed logs.
 *
 * A stream with nothing to say suspends its connection; server_pump resumes all
 * of them when the world moved.  One whose client stopped reading is not pulled
 * any more; after a minute its socket is shut, so that nothing is kept for it.
 */
#include "backend/sim/server_private.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "backend/base/clock.h"

enum { PIECE = 64 << 10, UNREAD_MS = 60 * 1000 };

struct stream {
	struct stream *next, **back;
	struct server *server;
	struct MHD_Connection *connection;
	struct face_stream from;
	struct buf text;
	size_t given;		/* of text */
	int64_t pulled_boot_ms;
	bool suspended, finished;
};

void
streams_init(struct server *s)
{
	pthread_mutex_init(&s->mutex, NULL);
}

void
streams_fini(struct server *s)
{
	pthread_mutex_destroy(&s->mutex);
}

/* Runs on the daemon's thread. */
static ssize_t
on_read(void *ctx, uint64_t position, char *out, size_t room)
{
	struct stream *st = ctx;
	struct server *s = st->server;
	size_t n;

	(void)position;
	st->pulled_boot_ms = clock_boot_ms(&clock_system);
	if (st->given == st->text.len && !st->finished) {
		buf_reset(&st->text);
		st->given = 0;
		sim_lock(s->world);
		st->finished = !st->from.pull(st->from.ctx, s->world,
					      &st->text);
		sim_unlock(s->world);
	}
	n = st->text.len - st->given;
	if (n) {
		if (n > room)
			n = room;
		memcpy(out, buf_text(&st->text) + st->given, n);
		st->given += n;
		return (ssize_t)n;
	}
	if (st->finished || s->ending)
		return MHD_CONTENT_READER_END_OF_STREAM;
	pthread_mutex_lock(&s->mutex);
	if (!s->ending) {
		st->suspended = true;
		MHD_suspend_connection(st->connection);
	}
	pthread_mutex_unlock(&s->mutex);
	return 0;
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
	free(st);
}

struct MHD_Response *
stream_response(struct server *s, struct MHD_Connection *connection,
		const struct face_stream *from)
{
	struct stream *st = xcalloc(1, sizeof(*st));

	st->server = s;
	st->connection = connection;
	st->from = *from;
	st->pulled_boot_ms = clock_boot_ms(&clock_system);
	/* A pull may go past a piece by one event, never by many. */
	buf_init(&st->text, 16 << 20);
	pthread_mutex_lock(&s->mutex);
	st->next = s->streams;
	st->back = &s->streams;
	if (st->next)
		st->next->back = &st->next;
	s->streams = st;
	pthread_mutex_unlock(&s->mutex);
	return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE,
						 on_read, st, on_free);
}

static void
cut_off(struct stream *st)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		st->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	if (info)
		shutdown(info->connect_fd, SHUT_RDWR);
}

void
server_pump(struct server *s)
{
	int64_t now = clock_boot_ms(&clock_system);

	pthread_mutex_lock(&s->mutex);
	for (struct stream *st = s->streams; st; st = st->next) {
		if (st->suspended) {
			st->suspended = false;
			MHD_resume_connection(st->connection);
		} else if (now - st->pulled_boot_ms > UNREAD_MS) {
			cut_off(st);
		}
	}
	pthread_mutex_unlock(&s->mutex);
}

void
streams_end(struct server *s)
{
	pthread_mutex_lock(&s->mutex);
	s->ending = true;
	pthread_mutex_unlock(&s->mutex);
	server_pump(s);
}
