/*
 * How steps end, and stopping after too many failures in a row (design 8, rule
 * 4).
 *
 * The count outlives the program: each failure, and what ends the row, is a
 * line of the journal (verb "step", "2 failed in a row"), and the next start
 * goes on from the newest one, or a program that is started again and again
 * would try three times each.  Like the other limits of rule 4 it reaches back
 * as far as step-window; and a person who chooses a mode begins anew.
 */
#include "backend/control/engine_private.h"

#include <stdio.h>

#include "backend/base/text.h"
#include "backend/control/act_run.h"
#include "backend/control/lease.h"
#include "backend/engine/policy_values.h"

#define VERB "step"
#define IN_A_ROW "%u failed in a row"

static void
count(struct engine_run *e, uint32_t now, const struct act_note *about)
{
	struct act_note n = *about;
	char before[40], after[40];

	snprintf(before, sizeof(before), IN_A_ROW, e->failures);
	snprintf(after, sizeof(after), IN_A_ROW, now);
	n.verb = VERB;
	n.before = before;
	n.after = after;
	e->failures = now;
	act_note(e->backend, &n);
}

static void
failed(struct engine_run *e, enum kind kind, const struct target *what,
       const struct err *err)
{
	int64_t most = policy_int(e->policy, POLICY_STEP_FAILURES);
	char result[300];

	if (strstr(err->text, "kubernetes"))
		e->done.api_errors++;
	else
		e->done.cloud_errors++;
	text_clean_to(result, sizeof(result), err->text, strlen(err->text));
	e->failed_ms = store_world_ms(e->backend->store);
	count(e, e->failures + 1,
	      &(struct act_note){ .by = ACT_BY_PADDOCK,
				  .kind = kind,
				  .target = what,
				  .result = result });
	backend_note(e->backend, SEVERITY_WARN, err->code, "paddock: %s",
		     err->text);
	if (most <= 0 || e->failures < most)
		return;
	backend_note(e->backend, SEVERITY_CRIT, ERR_REFUSED,
		     "%u failures in a row: back to advisory (rule 4)",
		     e->failures);
	engine_set_mode(e->backend, MODE_ADVISORY, NULL);
}

/* Whoever cannot renew the lease may not act much longer: that ends the lead by
 * itself, and says nothing of the steps. */
static bool
lease_lapses(struct backend *b)
{
	int64_t before;

	return !leading_covers(b, LEASED_REQUEST_MS, &before, NULL);
}

void
engine_step_ended(struct engine_run *e, enum kind kind, const char *subject,
		  const struct err *err)
{
	struct target what = { .name = "" };

	snprintf(what.name, sizeof(what.name), "%s", subject);
	/* Somebody was faster, or the lease goes: no failure, the next decision
	 * sees it. */
	if (err->code == ERR_CONFLICT ||
	    (err->code && lease_lapses(e->backend)))
		backend_note(e->backend, SEVERITY_INFO, err->code,
			     "paddock: %s", err->text);
	else if (err->code)
		failed(e, kind, &what, err);
	else if (e->failures)
		count(e, 0, &(struct act_note){ .by = ACT_BY_PADDOCK,
						.kind = kind,
						.target = &what });
}

bool
engine_failures_allow(struct engine_run *e, bool by_person, struct err *err)
{
	int64_t most = policy_int(e->policy, POLICY_STEP_FAILURES);
	int64_t until = e->failed_ms +
			policy_ms(e->policy, POLICY_STEP_WINDOW);
	char at[TIME_TEXT], again[TIME_TEXT];

	if (by_person && e->failures)
		count(e, 0, &(struct act_note){ .by = ACT_BY_PERSON,
						.why = "a mode was chosen" });
	if (most <= 0 || e->failures < most ||
	    store_world_ms(e->backend->store) >= until)
		return true;
	return err_set(err, ERR_REFUSED,
		       "%u steps failed in a row before this start, the last "
		       "at %s (rule 4); look why, and start again after %s",
		       e->failures, time_format_hms(e->failed_ms, at),
		       time_format_hms(until, again));
}

void
engine_recall_failures(struct engine_run *e)
{
	struct backend *b = e->backend;
	int64_t now = store_world_ms(b->store);
	int64_t reach = policy_ms(e->policy, POLICY_STEP_WINDOW);

	for (uint32_t i = 0; i < b->past.n; i++) {
		const struct journal_deed *d = &b->past.at[i];
		uint32_t n;

		if (strcmp(d->verb, VERB) == 0 && d->world_ms <= now &&
		    strcmp(d->context, store_place(b->store)->context) == 0 &&
		    sscanf(d->after, IN_A_ROW, &n) == 1) {
			e->failures = now - d->world_ms < reach ? n : 0;
			e->failed_ms = d->world_ms;
		}
	}
}
