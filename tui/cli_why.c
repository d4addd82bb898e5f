/*
 * paddock why: one object explained, by the same text stream that W opens in
 * the console.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "backend/base/text.h"
#include "tui/cli.h"
#include "tui/cli_rows.h"

enum { WAIT_MS = 20000, SETTLE_MS = 8000, TEXT_MS = 10000 };

static const struct {
	const char *word;
	enum kind kind;
} subjects[] = {
	{ "pod", KIND_POD },	 { "node", KIND_NODE },
	{ "group", KIND_GROUP }, { "job", KIND_JOB },
	{ "runner", KIND_RUNNER },
};

static bool
subject_kind(const char *word, enum kind *kind, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(subjects); i++)
		if (!strcmp(subjects[i].word, word)) {
			*kind = subjects[i].kind;
			return true;
		}
	return err_set(err, ERR_USAGE,
		       "why explains a pod, node, group, job or runner; "
		       "found \"%s\"", word);
}

/* What a source that does not answer leaves out is said by the text itself;
 * only the one that holds the object is waited for. */
static bool
wait_for_data(struct cli_session *s, enum kind kind, struct err *err)
{
	if (!cli_wait(s, 1u << kind_source(kind), WAIT_MS, err))
		return false;
	cli_settle(s, SETTLE_MS);
	return true;
}

static bool
stream_over(const struct stream_view *v)
{
	return v && (v->state == STREAM_ENDED || v->state == STREAM_FAILED);
}

static bool
read_stream(struct cli_session *s, uint64_t id, struct err *err)
{
	int64_t end = clock_boot_ms(&clock_system) + TEXT_MS;
	const struct stream_view *v;

	while (!stream_over(v = snapshot_stream(s->snap, id))) {
		if (clock_boot_ms(&clock_system) >= end)
			return err_set(err, ERR_UNREACHABLE,
				       "no explanation within %d s",
				       TEXT_MS / 1000);
		cli_turn(s);
	}
	for (uint32_t i = 0; i < v->chunk_n; i++)
		cli_print(v->chunks[i]->text, v->chunks[i]->len);
	if (v->state == STREAM_FAILED)
		return err_set(err, ERR_BAD, "%s",
			       *v->note ? v->note : "cannot explain this");
	return true;
}

int
cli_why(const struct options *o)
{
	struct command c = { .id = 1, .kind = COMMAND_OPEN_STREAM, .ref = 1,
			     .what = STREAM_WHY };
	struct cli_session s;
	struct err err = { 0 };
	enum kind kind = KIND_POD;
	bool ok;

	if (!subject_kind(o->args.at[0], &kind, &err))
		return cli_fail(&err);
	if (!cli_open(&s, o, "command line", true, &err))
		return cli_fail(&err);
	ok = wait_for_data(&s, kind, &err) &&
	     cli_find_target(s.snap, kind, o->args.at[1], true, &c.target,
			     &err);
	if (ok && !port_send(s.port, &c))
		ok = err_set(&err, ERR_LIMIT, "the backend is busy");
	ok = ok && read_stream(&s, 1, &err);
	cli_close(&s);
	return ok ? 0 : cli_fail(&err);
}
