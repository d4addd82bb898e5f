/*
 * Alarms of runner managers: one that ends with jobs on it, jobs that have no
 * manager any more, and a limit that somebody changed while we watched.
 */
#include "backend/store/alarms.h"

#include <inttypes.h>
#include <stdio.h>

/* A changed limit is news for that long. */
#define CHANGED_MS (30 * MINUTE_MS)
enum { ID_TEXT = 40 };

static const char *
name_of(const struct runner *u)
{
	return str_or_empty(u->description);
}

static void
about_ending(struct store *s, const struct runner_row *r,
	     const struct runner *u)
{
	const struct pod *p = r->ending ? row_rec(s, &r->ending->row) : NULL;
	int64_t left_ms;
	char id[ID_TEXT], left[TIME_TEXT], at[TIME_TEXT];

	if (!p || r->ending_jobs <= 0)
		return;
	left_ms = p->meta.deleted_ms - store_world_ms(s);
	snprintf(id, sizeof(id), "manager-ends/%" PRId64, u->id);
	alarm_raise(s,
		    &(struct raising){
			    .id = id,
			    .severity = SEVERITY_WARN,
			    .since_ms = r->ending->phase == PHASE_ENDING
						? r->ending->phase_since_ms
						: 0,
			    .subject = row_handle(&r->ending->row),
			    .why = "It takes no more jobs and waits for its "
				   "own; when its grace is over it is killed, "
				   "and jobs that still run lose their "
				   "manager: GitLab calls them running for an "
				   "hour, then fails them.  Nothing lengthens "
				   "the grace now: tell the owners of long "
				   "jobs, cancel and retry those it will lose. "
				   " Next time: give terminationGracePeriod"
				   "Seconds more than the longest job, or "
				   "upgrade when none runs.",
		    },
		    "%s: old manager has %d %s and is killed at %.5s (in %s)",
		    name_of(u), r->ending_jobs,
		    r->ending_jobs == 1 ? "job" : "jobs",
		    time_format_hms(p->meta.deleted_ms, at),
		    age_format(left_ms > 0 ? left_ms : 0, left));
}

static const char gone_here[] =
	"The manager that took them was killed or its node went.  Their pods "
	"may still work, but nobody reads them: GitLab calls the jobs running "
	"until it gives up an hour later.  Cancel and retry the jobs, and "
	"delete the job pods it left behind.";

/* Machines outside the cluster. */
static const char gone_elsewhere[] =
	"The host of their manager was replaced: the new one has another "
	"system id and knows nothing of the machines of the old.  GitLab calls "
	"the jobs running until it gives up an hour later: cancel and retry "
	"them.  The machines run on, cost, and belong to nobody: compare aws "
	"ec2 describe-instances --filters Name=key-name,Values=runner-* with "
	"docker-machine ls on the new host, and end what is in nobody's list "
	"and older than the longest job, with its key pair.  Never by age "
	"alone.";

static void
about_lost_manager(struct store *s, const struct runner_row *r,
		   const struct runner *u)
{
	char id[ID_TEXT];

	if (r->lost_jobs <= 0)
		return;
	snprintf(id, sizeof(id), "manager-gone/%" PRId64, u->id);
	alarm_raise(s,
		    &(struct raising){
			    .id = id,
			    .severity = SEVERITY_CRIT,
			    .subject = row_handle(
				    (struct row *)(uintptr_t)&r->row),
			    .why = r->elsewhere ? gone_elsewhere : gone_here,
		    },
		    "%s: %d %s without a manager: the one that took %s is "
		    "gone", name_of(u), r->lost_jobs,
		    r->lost_jobs == 1 ? "job runs" : "jobs run",
		    r->lost_jobs == 1 ? "it" : "them");
}

static void
about_changed(struct store *s, const struct runner_row *r,
	      const struct runner *u)
{
	int32_t now = r->limit > 0 ? r->limit : r->concurrent;
	char id[ID_TEXT], at[TIME_TEXT];

	if (r->took < 0 || store_world_ms(s) - r->took_until_ms > CHANGED_MS)
		return;
	snprintf(id, sizeof(id), "limit-changed/%" PRId64, u->id);
	alarm_raise(s,
		    &(struct raising){
			    .id = id,
			    .severity = now < r->took ? SEVERITY_WARN
						      : SEVERITY_INFO,
			    .since_ms = r->took_until_ms,
			    .subject = row_handle(
				    (struct row *)(uintptr_t)&r->row),
			    .why = "The manager's ConfigMap changed while this "
				   "was open.  If nobody meant it, compare "
				   "Git, the HelmRelease (is it suspended?) "
				   "and helm get values with it, and bring the "
				   "wanted value into Git first: the next "
				   "reconciliation writes its own.",
		    },
		    "%s: somebody changed how many jobs it takes, %d>%d at "
		    "%.5s", name_of(u), r->took, now,
		    time_format_hms(r->took_until_ms, at));
}

void
alarms_of_runners(struct store *s)
{
	list_each (row, row, &s->shelf[KIND_RUNNER].arrived, queue) {
		const struct runner_row *r = link_of(row, runner_row, row);
		const struct runner *u = row_rec(s, row);

		if (r->configured != s->runner_epoch)
			continue; /* its pods are about to be looked up anew */
		about_ending(s, r, u);
		about_lost_manager(s, r, u);
		about_changed(s, r, u);
	}
}
