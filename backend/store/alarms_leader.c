/*
 * Alarms: whoever holds the autoscaler's lease and does nothing.
 */
#include "backend/store/alarms.h"

#define LOOP_STALE_MS (3 * MINUTE_MS)
/* A source's short trouble passes before anybody has read of it. */
#define BLOCKED_BOOT_MS ((int64_t)30 * 1000)

static void
loop_stands_still(struct store *s)
{
	const struct engine_status *e = &s->engine;
	char age[TIME_TEXT];

	alarm_raise(s,
		    &(struct raising){
			    .id = "autoscaler",
			    .severity = SEVERITY_CRIT,
			    .since_ms = e->loop_ms,
			    .fix_verb = "mode",
			    .fix_text = "a=take over",
			    .why = "It renews its lease, so no standby takes "
				   "over, but it decides nothing.  Deleting "
				   "its pod starts another; or take its "
				   "place.",
		    },
		    "autoscaler %s: last loop %s ago", e->leader,
		    age_format(store_world_ms(s) - e->loop_ms, age));
}

/* Its reason is in the header only where that is wide. */
static void
about_our_engine(struct store *s)
{
	const struct engine_status *e = &s->engine;
	bool leads = e->lead == LEAD_PADDOCK && e->mode != MODE_ADVISORY;
	int64_t boot = clock_boot_ms(s->clock);
	struct raising r = {
		.id = "blocked",
		.severity = leads ? SEVERITY_CRIT : SEVERITY_WARN,
		.follows = !leads,
		.why = leads ? "Paddock holds the autoscaler's lease and may "
			       "not act on what it sees, so nobody grows or "
			       "shrinks the groups.  When what the lists show "
			       "is true, choose the mode again (:mode active); "
			       ":mode advisory gives the lease back."
			     : "What decisions and plan show is as old as the "
			       "last decision.",
	};

	if (!*e->blocked || (!leads && e->lead == LEAD_PADDOCK)) {
		s->blocked_boot_ms = 0;
		return;
	}
	if (!s->blocked_boot_ms) {
		s->blocked_boot_ms = boot;
		s->blocked_world_ms = store_world_ms(s);
	}
	r.since_ms = s->blocked_world_ms;
	if (boot - s->blocked_boot_ms >= BLOCKED_BOOT_MS)
		alarm_raise(s, &r, "%s: %s",
			    leads ? "paddock leads and does nothing"
				  : "paddock decides nothing",
			    e->blocked);
}

/* A source that does not answer has an alarm of its own; without AWS nothing
 * was to be decided. */
static bool
could_decide(const struct store *s)
{
	if (s->source[SOURCE_AWS].state == SOURCE_OFF)
		return false;
	for (enum source i = 0; i < SOURCE_COUNT; i++)
		if (source_is_silent(s, i))
			return false;
	return true;
}

void
alarms_of_leader(struct store *s)
{
	const struct engine_status *e = &s->engine;

	if (e->lead == LEAD_CA && e->loop_ms &&
	    !source_is_silent(s, SOURCE_KUBERNETES) &&
	    store_world_ms(s) - e->loop_ms > LOOP_STALE_MS)
		loop_stands_still(s);
	if (e->mode != MODE_ADVISORY || could_decide(s))
		about_our_engine(s);
}
