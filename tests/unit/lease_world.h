/*
 * Two paddocks and a deployed autoscaler over one Lease, each on a clock of its
 * own, with what can go wrong between them.  An act of a paddock is judged when
 * it arrives, a change of the Lease when it is made; a breach of what must hold
 * (test_control_lease.c) fails the test.
 */
#ifndef UNIT_LEASE_WORLD_H
#define UNIT_LEASE_WORLD_H

#include "backend/control/backend_private.h"
#include "tests/unit/control_rig.h"

#define STEP_MS 200
#define DEPLOYED_DEADLINE_MS 10000 /* client-go's default */

enum { PEERS = 2, FLIGHTS = 64 };

struct flight { /* an act on its way: over at `end` or when answered */
	int peer;
	int64_t end;
};

struct peer {
	struct fake_clock clock;
	struct backend *b;
	struct port *port;
	char *kubeconfig, *journal;
	char identity[128];
	bool cut;	/* nothing gets through to kubernetes */
	bool mute;	/* the cloud's answers do not come back */
	bool deaf;	/* what it writes happens, the answers are lost */
	bool hands_in_act;	/* handed back when its next act arrives */
	int64_t stops_renewing; /* paused so long when its next renewal does */
	/* The answer to a renewal comes so much later, or is read so much
	 * later, and the renewals after it are lost: what it rests on then is
	 * old already. */
	int64_t answers_late, reads_late;
	int64_t jumped_ms; /* its wall clock, since its last turn */
	int64_t paused_until;
	int64_t renewed; /* its last write of the Lease that was answered */
	int64_t renewed_before; /* the one before that */
	int64_t read;	/* when it can have read that answer; 0: not yet */
	struct late { /* the answer that is held back */
		uint32_t conn; /* 0: none */
		int64_t written, due;
		char *lease;
	} late;
	int64_t acted;	/* its last act came */
	uint32_t acts, lates;
};

struct deployed { /* Cluster Autoscaler, as client-go elects */
	int number;	/* of its pod */
	int restarts;
	bool runs, leads, cut;
	int64_t starts_at, stops_at; /* 0: not */
	int64_t renewed, next;
	int seen_rv;
	int64_t seen;
};

struct lease_world {
	struct control_rig r;
	int64_t now;
	struct peer peers[PEERS];
	struct deployed ca;
	struct flight flights[FLIGHTS];
	uint32_t flight_n;
	char *last_holder;
	uint32_t faults, changes;
	struct dice dice;
};

void lease_world_open(struct lease_world *w);
void lease_world_close(struct lease_world *w);
void lease_world_step(struct lease_world *w); /* STEP_MS */

/* Judges a change of the Lease; after whatever may have written it. */
void lease_check_holder(struct lease_world *w);

/* ---- lease_deployed.c ---- */
void lease_ca_pod(struct lease_world *w); /* as the server shows it */
void lease_ca_step(struct lease_world *w);
/* Somebody deletes its pod: it goes on for a moment. */
void lease_ca_on_write(struct control_rig *r, const struct fake_request *q);
/* Losing the lease is fatal for the process: its container restarts. */
void lease_ca_dies(struct lease_world *w);
/* A person chooses a mode. */
void lease_say_mode(struct peer *p, enum engine_mode mode);
static inline uint32_t
lease_draw(struct lease_world *w, uint32_t below)
{
	return dice_below(&w->dice, below);
}

#endif
