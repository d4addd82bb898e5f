/*
 * One autoscaler at a time (design 5; design 8, rule 3): two paddocks and a
 * deployed autoscaler over one Lease, each on a clock of its own, under random
 * partitions, lost answers, pauses, suspends and jumps of the clock.
 *
 * What must hold: an act of paddock arrives only while its sender holds the
 * Lease and the deployed autoscaler does not think it leads, and early enough
 * after the last renewal that its own deadline falls before the renew deadline;
 * before that nobody else gets the Lease, unless it was answered; and a jump of
 * the wall clock counts as loss.
 */
#include <stdio.h>

#include "backend/control/lease.h"
#include "tests/unit/lease_world.h"

/* ---- faults ---- */

static void
heal(struct lease_world *w, int i)
{
	char part[24];
	struct fake_conn *c;

	w->peers[i].cut = w->peers[i].mute = w->peers[i].deaf = false;
	w->peers[i].hands_in_act = false;
	w->peers[i].stops_renewing = 0;
	w->peers[i].answers_late = w->peers[i].reads_late = 0;
	w->r.silent[i] = false;
	lease_say_mode(&w->peers[i], MODE_ACTIVE);
	snprintf(part, sizeof(part), "GET /%c", 'a' + i);
	while ((c = fake_conn_of(w->r.server, part)))
		fake_reset(c);
}

static void
one_fault(struct lease_world *w)
{
	int i = (int)lease_draw(w, PEERS);
	struct peer *p = &w->peers[i];
	int64_t by;

	w->faults++;
	switch (lease_draw(w, 24)) {
	case 0:
	case 1:
		p->cut = w->r.silent[i] = true;
		break;
	case 2:
		p->mute = true;
		break;
	case 3:
		p->deaf = true;
		break;
	case 4: /* stopped by a signal, or starved */
		p->paused_until = w->now + 200 + lease_draw(w, 40000);
		break;
	case 5: /* suspended for longer: BOOTTIME counts it */
		p->paused_until = w->now + 5000 + lease_draw(w, 90000);
		break;
	case 6: /* somebody sets the wall clock */
		by = (int64_t)lease_draw(w, 20000) - 10000;
		p->clock.wall += by;
		p->jumped_ms += by;
		break;
	case 7:
		w->ca.cut = !w->ca.cut;
		break;
	case 8: /* a person edits the lease's labels */
		rig_lease(&w->r, w->last_holder ? w->last_holder : "");
		break;
	case 10: /* handed back, perhaps in the middle of an act */
		lease_say_mode(p, MODE_ADVISORY);
		break;
	case 11:
		lease_say_mode(p, MODE_ACTIVE);
		break;
	case 9: /* its container is killed and comes back */
		if (w->ca.runs)
			lease_ca_dies(w);
		break;
	case 12:
		p->hands_in_act = true;
		break;
	case 13:
		p->stops_renewing = 4000 + lease_draw(w, 12000);
		break;
	case 14: /* less than a renewal's own deadline */
	case 15:
		p->answers_late = 600 + lease_draw(w, 3000);
		break;
	case 16:
		p->reads_late = 600 + lease_draw(w, 3000);
		break;
	default:
		heal(w, i);
		break;
	}
}

static void
test_one_autoscaler_at_a_time(void **state)
{
	static struct lease_world w;
	int n = rounds(400);
	uint32_t acts = 0;

	(void)state;
	lease_world_open(&w);
	for (int i = 0; i < 200; i++)
		lease_world_step(&w);
	while ((int)w.faults < n) {
		one_fault(&w);
		/* Faults come in bursts, and then nothing for a while. */
		for (uint32_t k = lease_draw(&w, 3) ? lease_draw(&w, 16)
					      : lease_draw(&w, 300); k; k--)
			lease_world_step(&w);
	}
	/* Everything heals: somebody leads and acts again. */
	for (int i = 0; i < PEERS; i++) {
		heal(&w, i);
		w.peers[i].paused_until = 0;
	}
	w.ca.cut = false;
	acts = w.peers[0].acts + w.peers[1].acts;
	for (int i = 0; i < 3000 &&
			w.peers[0].acts + w.peers[1].acts == acts; i++)
		lease_world_step(&w);
	print_message("%u faults, the lease changed hands %u times, %u acts, "
		      "%u renewals with late answers\n",
		      w.faults, w.changes, w.peers[0].acts + w.peers[1].acts,
		      w.peers[0].lates + w.peers[1].lates);
	if (w.peers[0].acts + w.peers[1].acts == acts)
		fail_msg("nobody acts again: the autoscaler %s, \"%s\" holds "
			 "the lease, paddock 0 waits for \"%s\", paddock 1 "
			 "for \"%s\"", w.ca.leads ? "leads" : "does not lead",
			 w.last_holder,
			 leading_waits_for(w.peers[0].b->leading),
			 leading_waits_for(w.peers[1].b->leading));
	assert_true(w.changes > 2);
	lease_world_close(&w);
}

SUITE(control_lease,
	TEST(test_one_autoscaler_at_a_time));
