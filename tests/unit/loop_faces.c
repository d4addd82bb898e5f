/*
 * The world's side of the closed loop: requests of the scripted server are
 * asked of the simulated cloud's faces, watches are read from them.
 */
#include "tests/unit/loop_rig.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/sim/kube/face.h"

enum { HEADERS = 48 };

/* ---- a request ---- */

struct asked { /* a fake_request in a face's words */
	struct face_request q;
	struct face_pair headers[HEADERS];
	struct face_caller caller;
	bool aws;
};

static void
read_headers(struct asked *a, const struct fake_request *from,
	     struct arena *arena)
{
	uint32_t n = 0;

	for (const char *at = from->head; *at && n < HEADERS - 1;) {
		size_t line = strcspn(at, "\r"), name = strcspn(at, ":");
		const char *value = at + name + 1;

		value += strspn(value, " ");
		a->headers[n].name = arena_strndup(arena, at, name);
		a->headers[n++].value = arena_strndup(
			arena, value, (size_t)(at + line - value));
		at += line + 2;
	}
	a->q.headers = a->headers;
}

/* "Credential=AKID/date/region/SERVICE/aws4_request". */
static void
read_service(struct asked *a)
{
	const char *at = face_header(&a->q, "Authorization");

	at = at ? strstr(at, "Credential=") : NULL;
	for (int i = 0; at && i < 3; i++)
		at = strchr(at + 1, '/');
	if (at)
		snprintf(a->caller.service, sizeof(a->caller.service), "%.*s",
			 (int)strcspn(at + 1, "/"), at + 1);
}

static void
read_request(struct asked *a, const struct fake_request *from,
	     struct arena *arena)
{
	size_t path = strcspn(from->target, "?");

	a->q = (struct face_request){
		.method = from->method,
		.path = arena_strndup(arena, from->target, path),
		.query = from->target + path + (from->target[path] == '?'),
		.body = from->body,
		.body_len = from->body_len,
		.caller = &a->caller,
	};
	read_headers(a, from, arena);
	a->aws = face_header(&a->q, "Authorization") != NULL;
	snprintf(a->caller.name, sizeof(a->caller.name), "admin");
	snprintf(a->caller.groups, sizeof(a->caller.groups),
		 "system:masters,system:authenticated");
	if (a->aws)
		read_service(a);
}

/* ---- the answer ---- */

static char *
head_of(const struct loop *l, const struct face_answer *a)
{
	char when[TIME_TEXT];
	struct buf out;

	buf_init(&out, 1 << 16);
	time_format(loop_now_ms(l), true, when);
	buf_printf(&out, "Paddock-Time: %s x1\r\n", when);
	if (a->type)
		buf_printf(&out, "Content-Type: %s\r\n", a->type);
	for (uint32_t i = 0; i < a->header_n; i++)
		buf_printf(&out, "%s: %s\r\n", a->headers[i][0],
			   a->headers[i][1]);
	return buf_take(&out, NULL);
}

static void
send_answer(struct loop *l, struct fake_conn *c, const struct fake_request *q,
	    struct face_answer *a)
{
	char *head = head_of(l, a);
	bool more = a->stream.pull != NULL;

	if (more && !strstr(q->target, "watch=")) /* a long list: all of it */
		while (a->stream.pull(a->stream.ctx, l->kit.w, &a->body))
			continue;
	if (more && strstr(q->target, "watch=")) {
		struct loop_stream s = { q->conn, a->stream };

		fake_stream(c, a->status, head);
		vec_push(&l->streams, s);
	} else {
		fake_reply(c, a->status, head, buf_text(&a->body));
		if (more)
			a->stream.close(a->stream.ctx);
	}
	free(head);
}

static void
tell(struct loop *l, const struct asked *a, int status)
{
	if (l->on_write)
		l->on_write(l->ctx, &(struct loop_request){ &a->q, a->aws },
			    status);
}

static bool
may_write(const struct asked *a)
{
	if (!a->aws)
		return strcmp(a->q.method, "GET") != 0 &&
		       !strstr(a->q.path, "/selfsubjectaccessreviews");
	return strcmp(a->q.method, "GET") != 0 &&
	       !strstr(a->q.body, "Action=Describe") &&
	       !strstr(a->q.body, "Action=Get") &&
	       !strstr(a->q.body, "Action=List");
}

void
loop_answer(void *ctx, struct fake_conn *c, const struct fake_request *q)
{
	struct loop *l = ctx;
	struct arena *arena = arena_new();
	struct face_answer a = { .status = 200 };
	struct asked asked = { .aws = false };
	bool writes;

	l->requests++;
	read_request(&asked, q, arena);
	writes = may_write(&asked);
	if (l->cut && !asked.aws) {
		vec_push(&l->lost, q->conn);
		arena_free(arena);
		return; /* lost on its way */
	}
	buf_init(&a.body, SIZE_MAX);
	if (writes) {
		l->writes++;
		tell(l, &asked, 0);
	}
	if (asked.aws)
		face_aws.serve(l->kit.w, &asked.q, &a, arena);
	else
		kube_face_serve(l->kube, &asked.q, &a, arena);
	if (a.wrote)
		sim_advance(l->kit.w, loop_now_ms(l));
	if (writes)
		tell(l, &asked, a.status);
	if (l->mute && asked.aws && writes)
		vec_push(&l->lost, q->conn);
	else
		send_answer(l, c, q, &a);
	buf_fini(&a.body);
	arena_free(arena);
}

/* ---- watches ---- */

static bool
pump_stream(struct loop *l, struct loop_stream *s, bool *over)
{
	struct fake_conn *c = fake_conn_number(l->server, s->conn);
	struct buf text;
	bool more = true, said;

	*over = !c;
	if (!c || l->cut)
		return false;
	buf_init(&text, SIZE_MAX);
	more = s->from.pull(s->from.ctx, l->kit.w, &text);
	said = text.len > 0;
	if (said)
		fake_send(c, buf_text(&text));
	if (!more)
		fake_finish(c);
	*over = !more;
	buf_fini(&text);
	return said || !more;
}

bool
loop_pump_streams(struct loop *l)
{
	bool said = false;
	uint32_t n = 0;

	for (uint32_t i = 0; i < l->streams.n; i++) {
		struct loop_stream *s = &l->streams.at[i];
		bool over;

		said |= pump_stream(l, s, &over);
		if (over)
			s->from.close(s->from.ctx);
		else
			l->streams.at[n++] = *s;
	}
	l->streams.n = n;
	return said;
}

/* ---- life ---- */

void
loop_faces_open(struct loop *l)
{
	/* Bookmarks and ends of watches by the clock the backend has. */
	l->kube = kube_face_new(l->kit.objects, sim_kube_hooks(l->kit.w),
				&l->clock.work);
}

void
loop_faces_close(struct loop *l)
{
	for (uint32_t i = 0; i < l->streams.n; i++)
		l->streams.at[i].from.close(l->streams.at[i].from.ctx);
	vec_free(&l->streams);
	vec_free(&l->lost);
	kube_face_free(l->kube);
}
