/*
 * Who leads the scaling: the Lease says who holds it, our own clocks say
 * whether it is renewed, and the status ConfigMap whether the holder's loop
 * still runs (a holder that renews is not a loop that runs; design 5).
 * Facts: reference cluster-autoscaler 8.1, 8.6.
 */
#include "backend/store/private.h"

#include <stdio.h>

/* A pause of the network is no death: both clocks must agree. */
#define STILL_BOOT_MS ((int64_t)5 * 1000)
#define LEASE_DEFAULT_S 15

void
store_set_autoscaler(struct store *s, const char *lease, const char *status)
{
	snprintf(s->lease_key, sizeof(s->lease_key), "%s", lease);
	snprintf(s->status_key, sizeof(s->status_key), "%s", status);
}

/* The top-level "time:" of the status. */
static int64_t
status_time(const char *status)
{
	const char *at = status;
	int64_t ms;

	while (at && *at) {
		if (strncmp(at, "time: ", 6) == 0) {
			at += 6;
			at += strspn(at, "\"'");
			return time_parse_go(at, strcspn(at, "\"'\n"), &ms)
				       ? ms
				       : 0;
		}
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	return 0;
}

static void
watch_lease(struct store *s, const struct lease *l)
{
	int64_t boot = clock_boot_ms(s->clock), world = store_world_ms(s);
	int64_t duration_ms =
		(l->duration_s > 0 ? l->duration_s : LEASE_DEFAULT_S) *
		(int64_t)1000;

	if (strcmp(s->lease_rv, str_or_empty(l->meta.rv)) != 0) {
		/* First sight: its own word is all there is, and a minute
		 * past its end is more than clocks differ. */
		s->lease_found_old = !*s->lease_rv && l->renewed_ms &&
				     world - l->renewed_ms >
					     duration_ms + MINUTE_MS;
		s->lease_world_ms = *s->lease_rv || !l->renewed_ms
					    ? world
					    : l->renewed_ms;
		s->lease_boot_ms = boot;
		snprintf(s->lease_rv, sizeof(s->lease_rv), "%s",
			 str_or_empty(l->meta.rv));
	}
	s->lease_stands_still =
		s->lease_found_old ||
		(boot - s->lease_boot_ms > STILL_BOOT_MS &&
		 world - s->lease_world_ms > 2 * duration_ms);
}

/* While the cluster cannot be asked nobody knows who renews: the time does not
 * count against the holder, and soon nobody knows who leads.  Whoever acts here
 * knows of itself. */
static void
not_seen(struct store *s)
{
	int64_t boot = clock_boot_ms(s->clock);
	struct engine_status *e = &s->engine;

	s->lease_boot_ms = boot;
	s->lease_world_ms = store_world_ms(s);
	if (boot - s->source[SOURCE_KUBERNETES].good_boot_ms > STILL_BOOT_MS &&
	    (e->lead != LEAD_PADDOCK || e->mode == MODE_ADVISORY))
		e->lead = LEAD_UNKNOWN;
}

static enum lead
leader_kind(const struct store *s, const char *holder)
{
	if (!*holder)
		return LEAD_NONE;
	if (*s->identity && strcmp(holder, s->identity) == 0)
		return LEAD_PADDOCK;
	return str_has_prefix(holder, "paddock-") ? LEAD_OTHER : LEAD_CA;
}

void
autoscaler_settle(struct store *s)
{
	struct engine_status *e = &s->engine;
	struct row *lease = shelf_find(&s->shelf[KIND_LEASE], s->lease_key);
	struct row *status =
		shelf_find(&s->shelf[KIND_CONFIGMAP], s->status_key);
	const char *holder = "";

	if (source_is_silent(s, SOURCE_KUBERNETES)) {
		not_seen(s);
		return;
	}
	e->loop_ms = 0;
	if (status) {
		const struct configmap *m = row_rec(s, status);

		e->loop_ms = status_time(labels_get(&m->data, "status"));
	}
	s->lease_found = lease != NULL;
	if (lease) {
		const struct lease *l = row_rec(s, lease);

		holder = str_or_empty(l->holder);
		watch_lease(s, l);
		e->lead = (uint8_t)(s->lease_stands_still
					    ? LEAD_NONE
					    : leader_kind(s, holder));
	} else {
		s->lease_stands_still = false;
		e->lead = s->lease_absent || s->shelf[KIND_LEASE].loaded
				  ? LEAD_NONE
				  : LEAD_UNKNOWN;
	}
	snprintf(e->leader, sizeof(e->leader), "%s", holder);
}
