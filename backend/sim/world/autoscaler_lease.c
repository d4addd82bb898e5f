/*
 * Leadership: one process holds the Lease, others stand by (reference
 * cluster-autoscaler 8.6).
 */
#include "backend/sim/world/autoscaler_run.h"

/* client-go's leader election, with the autoscaler's defaults. */
#define LEASE_S 15
#define RENEW_MS 2000
#define LOST_CODE 255

static const struct object *
lease_of(struct kubernetes *k)
{
	return k8s_find(k, k->leases, CA_NS, CA_NAME);
}

static const struct object *
lease_object(const struct ca *a)
{
	return lease_of(a->k);
}

/* ---- in a client's hand ---- */

uint64_t
autoscaler_lease_rv(const struct autoscaler *a)
{
	const struct object *o = lease_of(a->k);

	return o ? o->rv : 0;
}

void
autoscaler_lease_is_clients(struct autoscaler *a)
{
	a->client_rv = autoscaler_lease_rv(a);
}

bool
autoscaler_client_lease(const struct autoscaler *a, struct client_lease *out)
{
	const struct object *o = a->client_rv ? lease_of(a->k) : NULL;
	const struct lease *l = NULL;

	if (o && o->rv == a->client_rv)
		l = mirror_of(a->k, KIND_LEASE, o);
	if (!l || !*str_or_empty(l->holder))
		return false;
	*out = (struct client_lease){ o->rv, l->duration_s };
	return true;
}

bool
autoscaler_lease_ran_out(struct autoscaler *a)
{
	struct client_lease held;

	if (!autoscaler_client_lease(a, &held))
		return false;
	/* Nothing is renewed: it has stood for as long as it may. */
	for (uint32_t i = 0; i < a->processes.n; i++) {
		struct ca *p = a->processes.at[i];

		p->lease_rv = held.rv;
		p->lease_seen_ms = sim_now_ms(a->k->sim) -
				   (int64_t)held.duration_s * 1000;
	}
	a->client_rv = 0;
	return true;
}

/* ---- in ours ---- */

static json_t *
lease_spec(const struct ca *a, int64_t acquired_ms, int32_t transitions)
{
	return pack("{s:s, s:i, s:o, s:o, s:i}", "holderIdentity", a->pod->name,
		    "leaseDurationSeconds", LEASE_S, "acquireTime",
		    pack_micro_time(acquired_ms), "renewTime",
		    pack_micro_time(sim_now_ms(a->k->sim)), "leaseTransitions",
		    transitions);
}

/* By what we saw, not by the holder's clock. */
static bool
is_valid(const struct ca *a, const struct lease *l)
{
	struct client_lease held;

	return autoscaler_client_lease(a->k->autoscaler, &held) ||
	       sim_now_ms(a->k->sim) <
		       a->lease_seen_ms + (int64_t)l->duration_s * 1000;
}

/* True when we hold it after this. */
static bool
try_lease(struct ca *a)
{
	const struct object *o = lease_object(a);
	const struct lease *l = o ? mirror_of(a->k, KIND_LEASE, o) : NULL;
	int64_t now = sim_now_ms(a->k->sim);
	bool ours;

	if (!o)
		return k8s_put(a->k, a->k->leases, CA_NS,
			       pack("{s:{s:s}, s:o}", "metadata", "name",
				    CA_NAME, "spec", lease_spec(a, now, 0))) !=
		       NULL;
	if (!l)
		return false;
	if (o->rv != a->lease_rv) {
		a->lease_rv = o->rv;
		a->lease_seen_ms = now;
	}
	ours = str_eq(l->holder, a->pod->name);
	if (!ours && *str_or_empty(l->holder) && is_valid(a, l))
		return false;
	o = k8s_put_merge(a->k, o,
			  pack("{s:o}", "spec",
			       lease_spec(a, ours ? l->acquired_ms : now,
					  l->transitions + (ours ? 0 : 1))));
	if (o)
		a->lease_rv = o->rv;
	return o != NULL;
}

void
ca_release_lease(struct ca *a)
{
	const struct object *o = lease_object(a);
	const struct lease *l = o ? mirror_of(a->k, KIND_LEASE, o) : NULL;

	if (l && a->leads && str_eq(l->holder, a->pod->name))
		k8s_put_merge(a->k, o,
			      pack("{s:{s:s, s:i}}", "spec", "holderIdentity",
				   "", "leaseDurationSeconds", 1));
	a->leads = false;
}

static void
lead(struct ca *a)
{
	a->leads = true;
	ca_log(a, "leaderelection.go:271] successfully acquired lease "
		  "kube-system/cluster-autoscaler");
	ca_begin_loop(a);
}

static void
on_lease(struct sim *w, void *ctx, uint64_t arg)
{
	struct ca *a = ctx;
	bool held = try_lease(a);

	(void)arg;
	a->lease_timer = 0;
	if (a->leads && !held) {
		struct kpod *p = a->pod;

		/* As upstream: who lost the lead ends, and waits anew. */
		ca_log(a, "main.go:512] lost master");
		a->leads = false;
		kubelet_exited(a->k, p, p->containers.n - 1, LOST_CODE,
			       "Error");
		return;
	}
	if (held && !a->leads)
		lead(a);
	a->lease_timer = sim_after(w, RENEW_MS, on_lease, a, 0);
}

void
ca_begin_election(struct ca *a)
{
	if (!a->lease_timer && !sim_in_history(a->k->sim))
		a->lease_timer =
			sim_after(a->k->sim, RENEW_MS, on_lease, a, 0);
}
