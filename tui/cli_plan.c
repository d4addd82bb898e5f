/*
 * paddock plan and paddock snapshot: the engine's word on a world, and the
 * world itself as a file.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/world/recording.h"
#include "backend/world/world_file.h"
#include "tui/cli.h"
#include "tui/cli_rows.h"

enum { WAIT_MS = 30000, SETTLE_MS = 5000 };

static bool
to_stdout(void *ctx, const char *bytes, size_t len)
{
	(void)ctx;
	return fwrite(bytes, 1, len, stdout) == len;
}

static int
print_plan(const struct plan *p, bool json)
{
	struct buf text;

	if (json) {
		/* JSON escapes control characters itself. */
		plan_write_json(p, to_stdout, NULL);
		putchar('\n');
		return 0;
	}
	buf_init(&text, SIZE_MAX);
	plan_write_text(p, &text);
	cli_print(buf_text(&text), text.len);
	buf_fini(&text);
	return 0;
}

static bool
record_one(const char *dir, const struct engine_input *in,
	   const struct plan *p, struct err *err)
{
	struct recording_writer *w = recording_writer_new(
		&(struct recording_options){ .dir = dir }, err);
	bool good = w && recording_add(w, in, p, clock_wall_ms(&clock_system),
				       err);

	recording_writer_free(w);
	return good;
}

static int
plan_file(const struct options *o, bool json)
{
	struct world_file f;
	struct engine_input in;
	struct err err = { 0 };
	const struct plan *p;
	int code;

	if (!world_file_read(o->world, &f, &err))
		return cli_fail(&err);
	if (!cli_policy_apply(f.policy, o, &err)) {
		world_file_fini(&f);
		return cli_fail(&err);
	}
	cli_policy_notes(f.policy);
	in = (struct engine_input){
		.world = f.world,
		.policy = f.policy,
		.memory = f.memory,
		.now_ms = o->now_ms ? o->now_ms : f.world->time_ms,
	};
	p = engine_decide(&in);
	code = print_plan(p, json);
	if (o->record && !record_one(o->record, &in, p, &err))
		code = cli_fail(&err);
	plan_unref(p);
	world_file_fini(&f);
	return code;
}

/* Every source the engine decides on must be complete and live (rule 8). */
static bool
open_live(struct cli_session *s, const struct options *o, struct err *err)
{
	if (!cli_open(s, o, "command line", true, err))
		return false;
	if (cli_wait(s, (1u << SOURCE_KUBERNETES) | (1u << SOURCE_AWS),
		     WAIT_MS, err))
		return true;
	cli_close(s);
	return false;
}

/* One pass has no memory of its own: what the cluster does not show. */
static void
say_unknown(struct cli_session *s, const struct plan *p)
{
	const struct snapshot *snap = backend_look(s->backend);
	const struct engine_status *e = &snap->engine;
	uint32_t young = 0, avoided = 0;
	char at[TIME_TEXT];

	time_format_hms(e->known_ms, at);
	for (uint32_t i = 0; i < p->node_n; i++)
		young += p->nodes[i].unneeded_since_ms >= e->known_ms;
	for (uint32_t i = 0; i < p->group_n; i++)
		avoided += p->groups[i].backoff_until_ms != 0;
	if (e->known_ms && young)
		printf("unknown    before %.5s: since when %u unneeded %s so\n",
		       at, young, young == 1 ? "node is" : "nodes are");
	if (e->known_ms && !e->backoff_known)
		printf("unknown    before %.5s: launches that failed (no "
		       "status of the autoscaler could be read)\n", at);
	else if (avoided)
		printf("avoided    %u %s after failed launches, by the "
		       "autoscaler's status\n", avoided,
		       avoided == 1 ? "group" : "groups");
	snapshot_unref(snap);
}

static int
plan_live(const struct options *o, bool json)
{
	int64_t end = clock_boot_ms(&clock_system) + WAIT_MS;
	struct cli_session s;
	struct err err = { 0 };
	const struct plan *p = NULL;
	int code;

	if (!open_live(&s, o, &err))
		return cli_fail(&err);
	while (!(p = backend_plan(s.backend)) &&
	       clock_boot_ms(&clock_system) < end)
		cli_turn(&s);
	if (p) {
		code = print_plan(p, json);
		if (!json)
			say_unknown(&s, p);
		plan_unref(p);
	} else {
		err_set(&err, ERR_PARTIAL, "no decision within %d s%s%s",
			WAIT_MS / 1000,
			*s.snap->engine.blocked ? ": " : "",
			s.snap->engine.blocked);
		code = cli_fail(&err);
	}
	cli_close(&s);
	return code;
}

int
cli_plan(const struct options *o)
{
	struct err err = { 0 };
	bool json = str_eq(o->output, "json");

	if (o->output && !json && strcmp(o->output, "text") != 0) {
		err_set(&err, ERR_USAGE, "-o wants text or json, found \"%s\"",
			o->output);
		return cli_fail(&err);
	}
	return o->world ? plan_file(o, json) : plan_live(o, json);
}

/* With the policy as it was resolved and the memory of a decision, so that
 * `plan --world` says what `plan` would have said. */
static bool
save_world(const struct cli_session *s, const char *path, struct err *err)
{
	struct world *w = world_from_snapshot(s->snap);
	const struct plan *p = backend_plan(s->backend);
	const struct policy *policy = backend_policy(s->backend);
	bool ok = world_file_save(path, w, policy ? policy : s->policy,
				  p ? p->memory : NULL, err);

	policy_unref(policy);
	plan_unref(p);
	world_unref(w);
	return ok;
}

int
cli_snapshot(const struct options *o)
{
	struct cli_session s;
	struct err err = { 0 };
	struct err late = { 0 };
	bool ok;

	if (!o->output) {
		err_set(&err, ERR_USAGE, "usage: paddock snapshot -o FILE");
		return cli_fail(&err);
	}
	if (!open_live(&s, o, &err))
		return cli_fail(&err);
	cli_wait(&s, 1u << SOURCE_GITLAB, WAIT_MS / 3, &late);
	cli_settle(&s, SETTLE_MS);
	ok = save_world(&s, o->output, &err);
	cli_close(&s);
	if (!ok)
		return cli_fail(&err);
	if (late.code) {
		late.code = ERR_PARTIAL;
		return cli_fail(&late);
	}
	return 0;
}
