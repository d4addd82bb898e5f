/*
 * Acts under way.
 */
#include "backend/control/act_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/log.h"
#include "backend/base/text.h"
#include "backend/control/lease.h"
#include "backend/model/cloud.h"

/* As far as clocks of one world differ. */
#define SAME_CLOCK_MS ((int64_t)5 * 1000)
/* More than this at once is a runaway, not an engineer. */
enum { ACTS_AT_ONCE = 64, RESULT_TEXT = 600 };

struct act_runs {
	struct backend *backend;
	struct act_run *first; /* under way */
	uint32_t pending, counter;
	int64_t pid;
};

/* What is written to the journal, with copies of every text. */
struct entry_job {
	struct backend *backend;
	struct journal_line line;
	struct target target;
	char *texts[12];
	uint32_t text_n;
	uint64_t seq;
	bool ok;
	struct err err;
	void (*after)(void *ctx, const struct err *err);
	void *ctx;
};

struct act_run {
	struct act_run *next, **back;
	struct backend *backend;
	struct act_spec spec; /* texts owned below */
	struct target target;
	char *texts[8];
	char id[ACT_ID_TEXT];
	struct permit permit;
	struct err err;
	char result[RESULT_TEXT];
	int64_t started_ms;
	bool sent;
};

/* ---- journal lines on the worker ---- */

static const char *
keep(struct entry_job *e, const char *text)
{
	BUG_IF(e->text_n == ARRAY_LEN(e->texts));
	return e->texts[e->text_n++] = xstrdup(str_or_empty(text));
}

static void
run_entry(void *ctx)
{
	struct entry_job *e = ctx;

	e->ok = journal_append(e->backend->journal, &e->line, &e->seq,
			       &e->err);
}

static void
done_entry(void *ctx)
{
	struct entry_job *e = ctx;

	if (e->ok) {
		e->err.code = ERR_NONE;
		backend_show_line(e->backend, &e->line, e->seq);
	} else {
		log_at(LOG_ERROR, "journal", "%s", e->err.text);
	}
	if (e->after)
		e->after(e->ctx, &e->err);
	for (uint32_t i = 0; i < e->text_n; i++)
		free(e->texts[i]);
	free(e);
}

static void
write_entry(struct backend *b, const struct journal_line *l,
	    void (*after)(void *ctx, const struct err *err), void *ctx)
{
	struct entry_job *e = xcalloc(1, sizeof(*e));
	const struct place *p = store_place(b->store);

	e->backend = b;
	e->line = *l;
	e->line.time_ms = clock_wall_ms(b->clock);
	/* Only a simulated cloud has a clock of its own. */
	e->line.world_ms = store_world_ms(b->store);
	if (llabs(e->line.world_ms - e->line.time_ms) < SAME_CLOCK_MS)
		e->line.world_ms = 0;
	e->line.id = keep(e, l->id);
	e->line.op = keep(e, l->op);
	e->line.by = keep(e, l->by);
	e->line.via = keep(e, b->config.via);
	e->line.context = keep(e, p->context);
	e->line.account = keep(e, p->account);
	e->line.verb = keep(e, l->verb);
	e->line.why = keep(e, l->why);
	e->line.before = keep(e, l->before);
	e->line.after = keep(e, l->after);
	e->line.result = keep(e, l->result);
	if (l->target) {
		e->target = *l->target;
		e->line.target = &e->target;
	}
	e->after = after;
	e->ctx = ctx;
	if (b->closing) { /* the worker has ended, nobody is kept waiting */
		run_entry(e);
		done_entry(e);
		return;
	}
	worker_do(b->worker, &(struct task){ .run = run_entry,
					     .done = done_entry,
					     .ctx = e,
					     .urgent = true });
}

static const char *
by_name(enum act_by by)
{
	return by == ACT_BY_PERSON ? "person" : "engine";
}

/* ---- the gate ---- */

static bool
is_aws(enum row_id row)
{
	return rows[row].service == SERVICE_AUTOSCALING ||
	       rows[row].service == SERVICE_EC2;
}

/* Everything that must hold, asked before the intent and again before the
 * request.  deadline gets the BOOTTIME after which it must not be sent. */
static bool
may_go(struct backend *b, const struct act_spec *spec,
       int64_t *deadline_boot_ms, struct err *err)
{
	int64_t now = backend_boot_ms(b);

	*deadline_boot_ms = 0;
	if (b->closing)
		return err_set(err, ERR_CANCELLED, "paddock ends");
	if (!gate_check(&b->gate, now, err))
		return false;
	if (is_aws(spec->row) && !store_is_proven(b->store))
		return err_set(err, ERR_REFUSED,
			       "aws account %s, region %s is not proven to "
			       "hold this cluster: no node's instance is in "
			       "any of its groups (rule 9)",
			       *str_or_empty(aws_account(b->aws))
				       ? aws_account(b->aws)
				       : "(unknown)",
			       aws_region(b->aws));
	if (spec->by == ACT_BY_PADDOCK && !spec->leaderless)
		return leading_covers(b, spec->request_ms ? spec->request_ms
							  : ACT_REQUEST_MS,
				      deadline_boot_ms, err);
	return true;
}

/* ---- life of an act ---- */

void
act_show(struct backend *b, const struct act_shown *a)
{
	struct seal *s = seal_new();
	struct act *r = seal_begin(s, sizeof(*r));

	seal_text(s, &r->id, a->id);
	seal_text(s, &r->what, a->what);
	seal_text(s, &r->group, str_or_empty(a->group));
	seal_text(s, &r->node, str_or_empty(a->node));
	seal_text(s, &r->code, str_or_empty(a->code));
	r->from = a->from;
	r->to = a->to;
	r->started_ms = a->started_ms;
	r->ended_ms = a->ended_ms;
	r->by = (uint8_t)a->by;
	r->outcome = a->outcome;
	store_put(b->store, record_seal(s, KIND_ACT));
	seal_free(s);
}

static void
show_act(const struct act_run *a, uint8_t outcome)
{
	if (!a->spec.what)
		return;
	act_show(a->backend,
		 &(struct act_shown){
			 .id = a->id,
			 .what = a->spec.what,
			 .group = a->spec.group,
			 .node = a->spec.node,
			 .code = a->err.code ? err_code_name(a->err.code) : "",
			 .from = a->spec.from,
			 .to = a->spec.to,
			 .started_ms = a->started_ms,
			 .ended_ms = outcome == ACT_RUNNING
					     ? 0
					     : store_world_ms(
						       a->backend->store),
			 .by = a->spec.by,
			 .outcome = outcome,
		 });
}

static struct journal_line
line_of(const struct act_run *a, enum journal_phase phase)
{
	return (struct journal_line){
		.id = a->id,
		.op = a->spec.op,
		.phase = phase,
		.by = by_name(a->spec.by),
		.verb = a->spec.verb,
		.kind = a->spec.kind,
		.target = &a->target,
		.why = a->spec.why,
		.before = a->spec.before,
		.after = a->spec.after,
		.result = phase == JOURNAL_OUTCOME ? a->result : "",
	};
}

static void
free_act(struct act_run *a)
{
	*a->back = a->next;
	if (a->next)
		a->next->back = a->back;
	a->backend->acts->pending--;
	for (size_t i = 0; i < ARRAY_LEN(a->texts); i++)
		free(a->texts[i]);
	free(a);
}

static void
finish(void *ctx, const struct err *journal)
{
	struct act_run *a = ctx;
	struct act_end o = { .id = a->id,
				 .err = a->err,
				 .result = a->result,
				 .sent = a->sent };

	/* The act happened, its outcome is not on the disk: say so, the next
	 * start will show it as orphaned. */
	if (journal->code)
		backend_note(a->backend, SEVERITY_WARN, ERR_IO,
			     "outcome of %s not recorded: %s", a->id,
			     journal->text);
	a->spec.done(a->spec.ctx, &o);
	free_act(a);
}

static void
conclude(struct act_run *a)
{
	struct journal_line l;

	if (!*a->result)
		text_clean_to(a->result, sizeof(a->result),
			      a->err.code ? a->err.text : "ok",
			      a->err.code ? strlen(a->err.text) : 2);
	show_act(a, a->err.code ? ACT_FAILED : ACT_OK);
	l = line_of(a, JOURNAL_OUTCOME);
	write_entry(a->backend, &l, finish, a);
}

/* No answer is no "no": the request may have been carried out. */
static bool
is_answer_lost(enum err_code code)
{
	return code == ERR_RETRY || code == ERR_CANCELLED;
}

void
act_run_answer(struct act_run *a, const struct err *err, const char *result)
{
	/* Given up at the end: the intent stays open in the journal, and the
	 * next start shows it. */
	if (a->backend->closing)
		return;
	a->err = *err;
	if (is_answer_lost(err->code))
		err_prefix(&a->err, "outcome unknown");
	if (result && *result && !err->code)
		text_clean_to(a->result, sizeof(a->result), result,
			      strlen(result));
	conclude(a);
}

static void
on_intent_durable(void *ctx, const struct err *journal)
{
	struct act_run *a = ctx;
	int64_t deadline;

	if (journal->code) {
		struct act_end o = { .id = a->id, .err = *journal };

		/* Nothing on the disk, nothing sent. */
		err_prefix(&o.err, "%s: nothing was sent", a->spec.verb);
		o.result = o.err.text;
		a->spec.done(a->spec.ctx, &o);
		free_act(a);
		return;
	}
	if (!may_go(a->backend, &a->spec, &deadline, &a->err)) {
		err_prefix(&a->err, "not sent");
		conclude(a);
		return;
	}
	show_act(a, ACT_RUNNING);
	a->permit = permit_mint(a->spec.row, a->id, deadline);
	a->sent = true;
	if (!a->spec.send(a->spec.ctx, a, &a->permit, &a->err)) {
		a->sent = false;
		err_prefix(&a->err, "not sent");
		conclude(a);
	}
}

static const char *
own(struct act_run *a, size_t slot, const char *text)
{
	return text ? a->texts[slot] = xstrdup(text) : NULL;
}

void
act_new_id(struct backend *b, char out[static ACT_ID_TEXT])
{
	/* Several paddocks write one journal: the pid tells them apart. */
	snprintf(out, ACT_ID_TEXT, "a-%08" PRIx32 "-%" PRIx32 "-%" PRIx32,
		 (uint32_t)(clock_wall_ms(b->clock) / 1000),
		 (uint32_t)b->acts->pid & 0xffffffu, ++b->acts->counter);
}

bool
act_run_start(struct backend *b, const struct act_spec *spec, struct err *err)
{
	struct act_run *a;
	struct journal_line l;
	int64_t deadline;

	BUG_IF(rows[spec->row].access != ROW_WRITE);
	if (!may_go(b, spec, &deadline, err))
		return false;
	if (b->acts->pending >= ACTS_AT_ONCE)
		return err_set(err, ERR_LIMIT,
			       "%s: %u acts are under way already", spec->verb,
			       b->acts->pending);
	a = xcalloc(1, sizeof(*a));
	a->backend = b;
	a->spec = *spec;
	a->target = *spec->target;
	a->spec.target = &a->target;
	a->spec.verb = own(a, 0, spec->verb);
	a->spec.op = own(a, 1, spec->op);
	a->spec.why = own(a, 2, spec->why);
	a->spec.before = own(a, 3, spec->before);
	a->spec.after = own(a, 4, spec->after);
	a->spec.what = own(a, 5, spec->what);
	a->spec.group = own(a, 6, spec->group);
	a->spec.node = own(a, 7, spec->node);
	a->started_ms = store_world_ms(b->store);
	act_new_id(b, a->id);
	a->next = b->acts->first;
	a->back = &b->acts->first;
	if (a->next)
		a->next->back = &a->next;
	b->acts->first = a;
	b->acts->pending++;
	l = line_of(a, JOURNAL_INTENT);
	write_entry(b, &l, on_intent_durable, a);
	return true;
}

int64_t
act_run_request_ms(const struct act_run *a)
{
	return a->spec.request_ms ? a->spec.request_ms : ACT_REQUEST_MS;
}

const char *
act_run_id(const struct act_run *a)
{
	return a->id;
}

void *
act_run_ctx(const struct act_run *a)
{
	return a->spec.ctx;
}

bool
act_renewal_permit(struct backend *b, enum row_id row, const char *act_id,
		   int64_t deadline_boot_ms, struct permit *out,
		   struct err *err)
{
	BUG_IF(row != ROW_K8S_LEASE && row != ROW_K8S_CONFIGMAP &&
	       row != ROW_K8S_CONFIGMAP_CREATE && row != ROW_K8S_EVENT);
	if (!gate_check(&b->gate, backend_boot_ms(b), err))
		return false;
	*out = permit_mint(row, act_id, deadline_boot_ms);
	return true;
}

void
act_note(struct backend *b, const struct act_note *n)
{
	char id[ACT_ID_TEXT];
	struct journal_line l = {
		.phase = JOURNAL_OUTCOME,
		.by = by_name(n->by),
		.verb = n->verb,
		.kind = n->target ? n->kind : KIND_COUNT,
		.target = n->target,
		.why = n->why,
		.before = n->before,
		.after = n->after,
		.result = n->result ? n->result : "ok",
	};

	act_new_id(b, id);
	l.id = n->id ? n->id : id;
	write_entry(b, &l, n->done, n->ctx);
}

struct act_runs *
act_runs_new(struct backend *b)
{
	struct act_runs *a = xcalloc(1, sizeof(*a));

	struct writer self;

	writer_self(&self);
	a->backend = b;
	a->pid = self.pid;
	return a;
}

void
act_runs_free(struct act_runs *a)
{
	/* Requests whose answers never came: their intents stay open in the
	 * journal, and the next start shows them. */
	while (a && a->first)
		free_act(a->first);
	free(a);
}

uint32_t
act_runs_pending(const struct act_runs *a)
{
	return a->pending;
}

uint32_t
act_runs_leased(const struct act_runs *a)
{
	uint32_t n = 0;

	for (const struct act_run *one = a->first; one; one = one->next)
		n += one->spec.by == ACT_BY_PADDOCK && !one->spec.leaderless;
	return n;
}
