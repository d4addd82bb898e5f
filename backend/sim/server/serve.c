/*
 * A face asked, under the world's lock: by a client, or by the log of an
 * earlier run.
 */
#include "backend/sim/server/private.h"

#include <stdlib.h>

#include "backend/sim/server/pace.h"
#include "backend/sim/world/autoscaler.h"
#include "backend/sim/world/parts.h"

static void
tell_log(struct server *s, const struct served *to,
	 const struct face_request *q, const struct face_answer *a)
{
	write_log_add(s->log, &(struct write){
		.at_ms = sim_now_ms(s->world),
		.face = to->face->name,
		.caller = a->caller,
		.method = q->method,
		.path = q->path,
		.query = q->query,
		.body = q->body,
		.body_len = q->body_len,
		.headers = q->headers,
		.status = a->status,
	});
}

/* Whose the autoscaler's Lease is: what a face wrote is a client's. */
static void
serve(struct server *s, const struct served *to, const struct face_request *q,
      struct face_answer *a, struct arena *arena)
{
	struct autoscaler *ca = sim_kubernetes(s->world)->autoscaler;
	uint64_t rv = autoscaler_lease_rv(ca);

	to->face->serve(s->world, q, a, arena);
	if (a->wrote && to->face == &face_kube &&
	    autoscaler_lease_rv(ca) != rv)
		autoscaler_lease_is_clients(ca);
}

void
server_serve(struct server *s, const struct served *to,
	     const struct face_request *q, struct face_answer *a,
	     struct arena *arena)
{
	serve(s, to, q, a, arena);
	if (!a->wrote)
		return;
	/* What it set off at this very moment happens now. */
	sim_advance(s->world, sim_now_ms(s->world));
	if (s->log)
		tell_log(s, to, q, a);
}

/* ---- an earlier run's writes ---- */

static int64_t
next_ms(void *ctx)
{
	const struct write *w = replay_next(((struct server *)ctx)->replay);

	return w ? w->at_ms : INT64_MAX;
}

static const struct served *
served_by_name(const struct server *s, const char *name)
{
	for (int i = 0; i < SERVED_COUNT; i++)
		if (str_eq(s->faces[i].face->name, name))
			return &s->faces[i];
	BUG("no face is named %s", name);
}

/* A write that comes over no socket; returns its status. */
static int
serve_own(struct server *s, const struct served *to, struct face_request *q)
{
	struct face_answer a = { .status = 200 };
	struct arena *arena = arena_new();

	q->state = to->state;
	q->pace = s->pace;
	q->faults = s->faults;
	q->server = s;
	buf_init(&a.body, SIZE_MAX);
	server_serve(s, to, q, &a, arena);
	if (a.stream.pull && a.stream.close)
		a.stream.close(a.stream.ctx);
	buf_fini(&a.body);
	arena_free(arena);
	return a.status;
}

static void
do_again(void *ctx)
{
	struct server *s = ctx;
	const struct write *w = replay_next(s->replay);
	struct face_request q = {
		.method = w->method,
		.path = w->path,
		.query = w->query,
		.body = w->body,
		.body_len = w->body_len,
		.headers = w->headers,
		.caller = &w->caller,
	};

	replay_took(s->replay,
		    serve_own(s, served_by_name(s, w->face), &q));
}

void
server_feed(struct server *s)
{
	if (!s->replay)
		return;
	sim_lock(s->world);
	pace_set_feed(s->pace, &(struct pace_feed){ next_ms, do_again, s });
	sim_unlock(s->world);
}

/* ---- real time ---- */

void
server_judge_lease(struct server *s, int64_t boot_ms)
{
	struct face_request q = { .method = "POST",
				  .path = "/sim/leases/expire",
				  .query = "",
				  .body = "" };
	struct client_lease held;

	/* The log of an earlier run says what ran out in it. */
	if (!autoscaler_client_lease(sim_kubernetes(s->world)->autoscaler,
				     &held) ||
	    (s->replay && replay_next(s->replay)))
		return;
	if (held.rv != s->lease_rv) {
		s->lease_rv = held.rv;
		s->lease_boot_ms = boot_ms;
	} else if (boot_ms - s->lease_boot_ms >
		   (int64_t)held.duration_s * 1000) {
		pace_catch_up(s->pace);
		if (!pace_over(s->pace))
			serve_own(s, &s->faces[SERVED_CONTROL], &q);
	}
}
