/*
 * /sim/: the levers of the simulated cloud itself, for tests and for whoever
 * trains with it.
 *
 *	GET  /sim/time			{"time", "speed", "paused"}
 *	POST /sim/speed?to=30|max	POST /sim/pause    POST /sim/resume
 *	POST /sim/advance?by=30s	returns when the world stands there and
 *					all that was due has happened
 *	POST /sim/step?events=N		to the next moment something happens
 *	POST /sim/jobs?load=NAME&count=N	jobs of one of the loads
 *	POST /sim/nodes/kill?name=NODE	its machine is gone
 *	POST /sim/leases/expire		the autoscaler's Lease, which a client
 *					holds, has run out
 *	GET  /sim/scenario		loads, groups, notice, remedy
 *	GET  /sim/world			the truth as a world file
 *	GET  /sim/requests		how many each face got, and how
 *					many of them asked for /version
 *	GET  /sim/faults		the rows, how often each struck
 *	POST /sim/faults		more rows: a faults file as the body
 *	DELETE /sim/faults		none any more
 *
 * It listens on loopback only and asks nobody who they are.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/json.h"
#include "backend/sim/world/autoscaler.h"
#include "backend/sim/world/ci.h"
#include "backend/sim/world/cloud.h"
#include "backend/sim/server/face.h"
#include "backend/sim/server/faults.h"
#include "backend/sim/server/pace.h"
#include "backend/sim/world/parts.h"
#include "backend/sim/world/scenario.h"

#define ADVANCE_MAX_MS (24 * 3600 * (int64_t)1000)
#define JOBS_MAX 10000
#define STEPS_MAX 100000

struct control { /* the face's state */
	double resume_speed; /* what a pause interrupted */
	struct rng rng;
};

struct call {
	struct sim *w;
	struct control *state;
	const struct face_request *q;
	struct face_answer *a;
	struct arena *arena;
};

static void
refuse(struct call *c, int status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void
refuse(struct call *c, int status, const char *fmt, ...)
{
	struct jsonw *w;
	char text[400];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	c->a->status = status;
	w = jsonw_new_buf(&c->a->body, false);
	jsonw_object(w);
	jsonw_key(w, "error");
	jsonw_text(w, text);
	jsonw_end_object(w);
	(void)jsonw_done(w); /* a failed body is seen by the server */
}

static void
say_time(struct call *c)
{
	double speed = pace_speed(c->q->pace);
	char time[TIME_TEXT];
	struct jsonw *w = jsonw_new_buf(&c->a->body, false);

	jsonw_object(w);
	jsonw_key(w, "time");
	jsonw_text(w, time_format(sim_now_ms(c->w), true, time));
	jsonw_key(w, "speed");
	if (speed >= PACE_MAX)
		jsonw_text(w, "max");
	else
		jsonw_real(w, speed);
	jsonw_key(w, "paused");
	jsonw_bool(w, speed <= 0);
	jsonw_end_object(w);
	(void)jsonw_done(w);
}

static void
set_speed(struct call *c)
{
	const char *to = face_query(c->q, c->arena, "to");
	double speed;

	if (!to || !pace_parse(to, &speed)) {
		refuse(c, 400, "to: wanted 1 to 600 or max, found \"%s\"",
		       str_or_empty(to));
		return;
	}
	pace_set_speed(c->q->pace, speed);
	say_time(c);
}

static void
pause_time(struct call *c)
{
	if (pace_speed(c->q->pace) > 0)
		c->state->resume_speed = pace_speed(c->q->pace);
	pace_set_speed(c->q->pace, 0);
	say_time(c);
}

static void
resume_time(struct call *c)
{
	if (pace_speed(c->q->pace) <= 0)
		pace_set_speed(c->q->pace, c->state->resume_speed > 0
						   ? c->state->resume_speed
						   : 1);
	say_time(c);
}

static void
advance(struct call *c)
{
	const char *by = face_query(c->q, c->arena, "by");
	int64_t ms;

	if (!by || !duration_parse(by, &ms) || ms <= 0 ||
	    ms > ADVANCE_MAX_MS) {
		refuse(c, 400, "by: wanted a duration up to 24h, like 30s, "
		       "found \"%s\"", str_or_empty(by));
		return;
	}
	pace_advance(c->q->pace, ms);
	say_time(c);
}

static void
step(struct call *c)
{
	const char *text = face_query(c->q, c->arena, "events");
	char *end = NULL;
	long n = text ? strtol(text, &end, 10) : 1;

	if ((end && (*end || end == text)) || n < 1 || n > STEPS_MAX) {
		refuse(c, 400, "events: wanted 1 to %d, found \"%s\"",
		       STEPS_MAX, text);
		return;
	}
	while (n-- > 0)
		pace_step(c->q->pace);
	say_time(c);
}

static bool
to_body(void *ctx, const char *bytes, size_t n)
{
	buf_add(ctx, bytes, n);
	return true;
}

static void
say_world(struct call *c)
{
	if (sim_write_world(c->w, to_body, &c->a->body))
		return;
	buf_reset(&c->a->body);
	refuse(c, 500, "the world cannot be written");
}

static void
say_requests(struct call *c)
{
	static const char *const faces[] = { "kubernetes", "aws", "gitlab" };
	struct jsonw *w = jsonw_new_buf(&c->a->body, false);

	jsonw_object(w);
	for (size_t i = 0; i < ARRAY_LEN(faces); i++) {
		jsonw_key(w, faces[i]);
		jsonw_int(w, (int64_t)server_requests(c->q->server, faces[i]));
	}
	jsonw_key(w, "versions");
	jsonw_int(w, (int64_t)server_versions_asked(c->q->server));
	jsonw_end_object(w);
	(void)jsonw_done(w);
}

static void
say_faults(struct call *c)
{
	struct jsonw *w = jsonw_new_buf(&c->a->body, false);

	jsonw_object(w);
	jsonw_key(w, "faults");
	jsonw_array(w);
	for (uint32_t i = 0; i < faults_count(c->q->faults); i++) {
		uint64_t struck;
		const char *row = faults_row(c->q->faults, i, &struck);

		jsonw_object(w);
		jsonw_key(w, "row");
		jsonw_text(w, row);
		jsonw_key(w, "struck");
		jsonw_int(w, (int64_t)struck);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
	jsonw_end_object(w);
	(void)jsonw_done(w);
}

static void
add_faults(struct call *c)
{
	struct err err = { 0 };

	if (!faults_add(c->q->faults, "body", c->q->body, c->q->body_len,
			sim_now_ms(c->w), &err)) {
		refuse(c, 400, "%s", err.text);
		return;
	}
	say_faults(c);
}

static void
clear_faults(struct call *c)
{
	faults_clear(c->q->faults);
	say_faults(c);
}

static const struct scenario_load *
find_load(const struct scenario *s, const char *name)
{
	for (uint32_t i = 0; i < s->load_n; i++)
		if (str_eq(s->loads[i].name, name))
			return &s->loads[i];
	return NULL;
}

static void
add_jobs(struct call *c)
{
	const char *name = face_query(c->q, c->arena, "load");
	const char *count = face_query(c->q, c->arena, "count");
	const struct scenario_load *load =
		name ? find_load(sim_scenario(c->w), name) : NULL;
	char *end = NULL;
	long n = count ? strtol(count, &end, 10) : 1;
	struct jsonw *w;

	if (!load) {
		refuse(c, 404, "load: the scenario has none named \"%s\"",
		       str_or_empty(name));
		return;
	}
	if ((end && (*end || end == count)) || n < 1 || n > JOBS_MAX) {
		refuse(c, 400, "count: wanted 1 to %d, found \"%s\"", JOBS_MAX,
		       str_or_empty(count));
		return;
	}
	w = jsonw_new_buf(&c->a->body, false);
	jsonw_object(w);
	jsonw_key(w, "jobs");
	jsonw_array(w);
	for (long i = 0; i < n; i++)
		jsonw_int(w, ci_add(sim_ci(c->w), load,
				    &c->state->rng)->id);
	jsonw_end_array(w);
	jsonw_end_object(w);
	(void)jsonw_done(w);
}

static void
kill_node(struct call *c)
{
	const char *name = face_query(c->q, c->arena, "name");
	struct cloud_instance *i =
		name ? cloud_instance_of_node(sim_cloud(c->w), name) : NULL;
	struct jsonw *w;

	if (!i) {
		refuse(c, 404, "name: no machine runs a node named \"%s\"",
		       str_or_empty(name));
		return;
	}
	instance_stop(sim_cloud(c->w), i, "Server.InternalError",
		      "Server.InternalError: Internal error on the host");
	w = jsonw_new_buf(&c->a->body, false);
	jsonw_object(w);
	jsonw_key(w, "instance");
	jsonw_text(w, i->id);
	jsonw_end_object(w);
	(void)jsonw_done(w);
}

static void
expire_lease(struct call *c)
{
	if (autoscaler_lease_ran_out(sim_kubernetes(c->w)->autoscaler))
		say_time(c);
	else
		refuse(c, 409, "no client holds the autoscaler's lease");
}

static void
say_scenario(struct call *c)
{
	const struct scenario *s = sim_scenario(c->w);
	struct jsonw *w = jsonw_new_buf(&c->a->body, false);

	jsonw_object(w);
	jsonw_key(w, "name");
	jsonw_text(w, s->name);
	jsonw_opt_text(w, "title", s->title);
	jsonw_opt_text(w, "notice", s->notice);
	jsonw_opt_text(w, "remedy", s->remedy);
	jsonw_key(w, "loads");
	jsonw_array(w);
	for (uint32_t i = 0; i < s->load_n; i++)
		jsonw_text(w, s->loads[i].name);
	jsonw_end_array(w);
	jsonw_key(w, "groups");
	jsonw_array(w);
	for (uint32_t i = 0; i < s->group_n; i++)
		jsonw_text(w, s->groups[i].name);
	jsonw_end_array(w);
	jsonw_end_object(w);
	(void)jsonw_done(w);
}

/* clang-format off */
static const struct {
	const char *method, *path;
	void (*serve)(struct call *c);
	bool write; /* of the world: the log has it, time is not of it */
} levers[] = {
	{ "GET",    "/sim/time",	say_time },
	{ "GET",    "/sim/scenario",	say_scenario },
	{ "GET",    "/sim/world",	say_world },
	{ "POST",   "/sim/speed",	set_speed },
	{ "POST",   "/sim/pause",	pause_time },
	{ "POST",   "/sim/resume",	resume_time },
	{ "POST",   "/sim/advance",	advance },
	{ "POST",   "/sim/step",	step },
	{ "POST",   "/sim/jobs",	add_jobs,	true },
	{ "POST",   "/sim/nodes/kill",	kill_node,	true },
	{ "POST",   "/sim/leases/expire", expire_lease, true },
	{ "GET",    "/sim/requests",	say_requests },
	{ "GET",    "/sim/faults",	say_faults },
	{ "POST",   "/sim/faults",	add_faults,	true },
	{ "DELETE", "/sim/faults",	clear_faults,	true },
};
/* clang-format on */

static void *
control_open(struct sim *w)
{
	struct control *state = xcalloc(1, sizeof(*state));

	state->rng = sim_rng(w, "control");
	return state;
}

static void
control_serve(struct sim *w, const struct face_request *q,
	      struct face_answer *a, struct arena *arena)
{
	struct call c = { w, q->state, q, a, arena };
	bool known = false;

	a->type = "application/json";
	for (size_t i = 0; i < ARRAY_LEN(levers); i++) {
		if (strcmp(levers[i].path, q->path) != 0)
			continue;
		known = true;
		if (strcmp(levers[i].method, q->method) != 0)
			continue;
		levers[i].serve(&c);
		a->wrote = levers[i].write;
		return;
	}
	if (known)
		refuse(&c, 405, "%s %s: another method", q->method, q->path);
	else
		refuse(&c, 404, "%s: there is no such lever", q->path);
}

const struct face face_control = {
	.name = "sim",
	.open = control_open,
	.close = free,
	.serve = control_serve,
};
