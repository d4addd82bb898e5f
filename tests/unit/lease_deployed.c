/*
 * The deployed autoscaler over the Lease, as client-go elects.
 */
#include "tests/unit/lease_world.h"

#include <stdio.h>
#include <stdlib.h>

#define DEPLOYED_DURATION_MS 15000
#define DEPLOYED_RETRY_MS 2000

void
lease_ca_pod(struct lease_world *w)
{
	char name[16], uid[32];

	snprintf(name, sizeof(name), "ca-%d", w->ca.number);
	snprintf(uid, sizeof(uid), "uid-ca-%d", w->ca.number);
	w->r.pod_restarts = w->ca.restarts;
	rig_pod(&w->r, "kube-system", name, uid, "n1", 0, "ca");
	w->r.pod_restarts = 0;
}

void
lease_ca_dies(struct lease_world *w)
{
	w->ca.leads = w->ca.runs = false;
	w->ca.restarts++;
	w->ca.starts_at = w->now + 1000 + lease_draw(w, 3000);
	lease_ca_pod(w);
}

static void
ca_write(struct lease_world *w)
{
	char name[16];

	snprintf(name, sizeof(name), "ca-%d", w->ca.number);
	rig_lease(&w->r, name);
	w->ca.renewed = w->now;
	w->ca.leads = true;
	lease_check_holder(w);
}

static void
ca_elect(struct lease_world *w)
{
	char *holder = rig_lease_holder(&w->r), name[16];
	bool own;

	snprintf(name, sizeof(name), "ca-%d", w->ca.number);
	own = strcmp(holder, name) == 0;
	if (w->ca.seen_rv != w->r.lease_rv) {
		w->ca.seen_rv = w->r.lease_rv;
		w->ca.seen = w->now;
	}
	if ((own && w->ca.leads) || !*holder ||
	    (!w->ca.leads && w->now - w->ca.seen > DEPLOYED_DURATION_MS))
		ca_write(w);
	free(holder);
}

void
lease_ca_step(struct lease_world *w)
{
	struct deployed *ca = &w->ca;

	if (ca->stops_at && w->now >= ca->stops_at) { /* its pod is gone */
		char name[16];

		snprintf(name, sizeof(name), "ca-%d", ca->number);
		rig_pod_gone(&w->r, name);
		*ca = (struct deployed){ .number = ca->number + 1,
					 .cut = ca->cut,
					 .starts_at = w->now + 1000 };
		lease_ca_pod(w);
	}
	if (!ca->runs && ca->starts_at && w->now >= ca->starts_at &&
	    !ca->stops_at) {
		ca->runs = true;
		ca->starts_at = 0;
		ca->seen_rv = 0;
		ca->next = w->now;
	}
	if (!ca->runs)
		return;
	if (ca->leads && w->now - ca->renewed >= DEPLOYED_DEADLINE_MS) {
		lease_ca_dies(w);
	} else if (w->now >= ca->next) {
		ca->next = w->now + DEPLOYED_RETRY_MS;
		if (!ca->cut)
			ca_elect(w);
	}
}

void
lease_ca_on_write(struct control_rig *r, const struct fake_request *q)
{
	struct lease_world *w = (struct lease_world *)(void *)r;
	char part[32];

	snprintf(part, sizeof(part), "/pods/ca-%d", w->ca.number);
	if (strcmp(q->method, "DELETE") == 0 && strstr(q->target, part) &&
	    !w->ca.stops_at)
		w->ca.stops_at = w->now + 500 + lease_draw(w, 4000);
}
