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
#include <stdlib.h>
#include <unistd.h>

#include "backend/control/backend_private.h"
#include "backend/control/lease.h"
#include "backend/engine/policy.h"
#include "backend/net/rows.h"
#include "tests/unit/control_rig.h"

#define STEP_MS 200
#define DEPLOYED_DEADLINE_MS 10000 /* client-go's defaults */
#define DEPLOYED_DURATION_MS 15000
#define DEPLOYED_RETRY_MS 2000

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
	int64_t jumped_ms; /* its wall clock, since its last turn */
	int64_t paused_until;
	int64_t renewed; /* its last write of the Lease that was answered */
	int64_t renewed_before; /* the one before that */
	uint32_t acts;
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

struct world {
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

static uint32_t
draw(struct world *w, uint32_t below)
{
	return dice_below(&w->dice, below);
}

/* ---- what must hold ---- */

static int
peer_of(struct world *w, const char *holder)
{
	for (int i = 0; i < PEERS; i++)
		if (*holder && strcmp(holder, w->peers[i].identity) == 0)
			return i;
	return -1;
}

static void
check_flights(struct world *w, int holder, const char *what)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < w->flight_n; i++) {
		struct flight *f = &w->flights[i];

		if (f->end <= w->now)
			continue;
		if (f->peer != holder)
			fail_msg("%s at %lld: an act of paddock %d goes on "
				 "until %lld", what, (long long)w->now,
				 f->peer, (long long)f->end);
		w->flights[n++] = *f;
	}
	w->flight_n = n;
}

static void
check_holder(struct world *w)
{
	char *holder = rig_lease_holder(&w->r);

	if (w->last_holder && strcmp(holder, w->last_holder) == 0) {
		free(holder);
		return;
	}
	free(w->last_holder);
	w->last_holder = holder;
	w->changes++;
	/* A released lease is anybody's. */
	check_flights(w, peer_of(w, holder), "the lease changed hands");
}

/* When an act that arrives now is over at the latest, answered or not: its own
 * deadline is where the renewal that it rests on allows no more.  That was sent
 * up to a step before it came here, and is the one before the newest where the
 * answer to the newest may not have been read when the act was permitted. */
static int64_t
over_at(const struct world *w, const struct peer *p)
{
	int64_t at = w->now - p->renewed > 5 * STEP_MS ? p->renewed
						       : p->renewed_before;

	return at ? at - STEP_MS + DEPLOYED_DEADLINE_MS - PERMIT_LEASED_MS
		  : w->now;
}

static void
act_arrived(struct world *w, int peer, bool answered)
{
	char *holder = rig_lease_holder(&w->r);

	w->peers[peer].acts++;
	if (peer_of(w, holder) != peer)
		fail_msg("at %lld paddock %d acts and \"%s\" holds the lease",
			 (long long)w->now, peer, holder);
	if (w->ca.leads)
		fail_msg("at %lld paddock %d acts and the autoscaler leads",
			 (long long)w->now, peer);
	free(holder);
	check_flights(w, peer, "an act");
	/* Rule 3 itself; the renewal was sent before it came here. */
	if (w->peers[peer].renewed &&
	    w->now + PERMIT_LEASED_MS >
		    w->peers[peer].renewed + DEPLOYED_DEADLINE_MS + STEP_MS)
		fail_msg("at %lld paddock %d acts %lld ms after its renewal",
			 (long long)w->now, peer,
			 (long long)(w->now - w->peers[peer].renewed));
	if (!answered && w->flight_n < FLIGHTS)
		w->flights[w->flight_n++] = (struct flight){
			peer, over_at(w, &w->peers[peer])
		};
}

/* ---- the server between them ---- */

static void say_mode(struct peer *p, enum engine_mode mode);

/* Faults that wait for the worst moment. */
static void
spring(struct world *w, struct peer *p, bool act, bool renewal)
{
	if (act && p->hands_in_act) {
		p->hands_in_act = false;
		p->mute = true;
		say_mode(p, MODE_ADVISORY);
	}
	if (renewal && p->stops_renewing) {
		p->paused_until = w->now + p->stops_renewing;
		p->stops_renewing = 0;
	}
}

/* By which name it would hold the Lease, from its own words. */
static void
learn_identity(struct peer *p, const struct fake_request *q)
{
	static const char key[] = "\"holderIdentity\":\"paddock-";
	const char *at = strstr(q->body, key);

	if (!at || !strstr(q->target, "/leases"))
		return;
	at += strlen(key) - strlen("paddock-");
	snprintf(p->identity, sizeof(p->identity), "%.*s",
		 (int)strcspn(at, "\""), at);
}

static void
answer(void *ctx, struct fake_conn *c, const struct fake_request *q)
{
	struct world *w = ctx;
	struct fake_request own = *q;
	int i = q->target[1] == 'a' ? 0 : 1;
	struct peer *p = &w->peers[i];
	bool cloud, act, renewal;

	own.target += 2;
	if (!*own.target)
		own.target = (char *)(uintptr_t) "/";
	cloud = strcmp(own.target, "/") == 0;
	if (!cloud && p->cut)
		return; /* lost on its way */
	act = cloud && strstr(q->body, "Action=SetDesiredCapacity");
	renewal = !cloud && strstr(own.target, "/leases") &&
		  strcmp(own.method, "GET") != 0;
	spring(w, p, act, renewal);
	if (act)
		act_arrived(w, i, !p->mute);
	learn_identity(p, &own);
	w->r.lose_answers = cloud ? p->mute : p->deaf;
	rig_answer(&w->r, c, &own);
	w->r.lose_answers = false;
	if (renewal && !p->deaf) {
		p->renewed_before = p->renewed;
		p->renewed = w->now;
	}
	check_holder(w);
}

/* ---- the deployed autoscaler ---- */

static void
ca_pod(struct world *w)
{
	char name[16], uid[32];

	snprintf(name, sizeof(name), "ca-%d", w->ca.number);
	snprintf(uid, sizeof(uid), "uid-ca-%d", w->ca.number);
	w->r.pod_restarts = w->ca.restarts;
	rig_pod(&w->r, "kube-system", name, uid, "n1", 0, "ca");
	w->r.pod_restarts = 0;
}

/* Losing the lease is fatal for the process: its container restarts. */
static void
ca_dies(struct world *w)
{
	w->ca.leads = w->ca.runs = false;
	w->ca.restarts++;
	w->ca.starts_at = w->now + 1000 + draw(w, 3000);
	ca_pod(w);
}

static void
ca_write(struct world *w)
{
	char name[16];

	snprintf(name, sizeof(name), "ca-%d", w->ca.number);
	rig_lease(&w->r, name);
	w->ca.renewed = w->now;
	w->ca.leads = true;
	check_holder(w);
}

static void
ca_elect(struct world *w)
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

static void
ca_step(struct world *w)
{
	struct deployed *ca = &w->ca;

	if (ca->stops_at && w->now >= ca->stops_at) { /* its pod is gone */
		char name[16];

		snprintf(name, sizeof(name), "ca-%d", ca->number);
		rig_pod_gone(&w->r, name);
		*ca = (struct deployed){ .number = ca->number + 1,
					 .cut = ca->cut,
					 .starts_at = w->now + 1000 };
		ca_pod(w);
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
		ca_dies(w);
	} else if (w->now >= ca->next) {
		ca->next = w->now + DEPLOYED_RETRY_MS;
		if (!ca->cut)
			ca_elect(w);
	}
}

/* Somebody deletes its pod: it goes on for a moment. */
static void
on_write(struct control_rig *r, const struct fake_request *q)
{
	struct world *w = (struct world *)(void *)r;
	char part[32];

	snprintf(part, sizeof(part), "/pods/ca-%d", w->ca.number);
	if (strcmp(q->method, "DELETE") == 0 && strstr(q->target, part) &&
	    !w->ca.stops_at)
		w->ca.stops_at = w->now + 500 + draw(w, 4000);
}

/* ---- the paddocks ---- */

static struct policy *
eager_policy(void)
{
	struct policy *p = policy_new(POLICY_LIVE);

	assert_true(policy_set(p, "step-add-nodes", "0", NULL, NULL));
	assert_true(policy_set(p, "step-failures", "0", NULL, NULL));
	assert_true(policy_set(p, "initial-node-group-backoff-duration", "1s",
			       NULL, NULL));
	assert_true(policy_set(p, "max-node-group-backoff-duration", "1s",
			       NULL, NULL));
	return p;
}

static void
open_peer(struct world *w, int i)
{
	struct peer *p = &w->peers[i];
	struct backend_config o = w->r.options;
	struct policy *policy = eager_policy();
	struct err err;
	char *url = xasprintf("%s/%c", fake_http_url(w->r.server), 'a' + i);
	char *text = xasprintf("apiVersion: v1\nkind: Config\n"
			       "current-context: test\n"
			       "clusters:\n- name: ci\n  cluster:\n"
			       "    server: %s\nusers:\n- name: u\n  user: {}\n"
			       "contexts:\n- name: test\n  context:\n"
			       "    cluster: ci\n    user: u\n", url);
	FILE *f;

	p->kubeconfig = xasprintf("%s/kubeconfig-%d", w->r.dir, i);
	p->journal = xasprintf("%s/journal-%d", w->r.dir, i);
	f = fopen(p->kubeconfig, "wb");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	fake_clock_init(&p->clock);
	p->clock.wall = w->r.clock.wall;
	setenv("AWS_ENDPOINT_URL", url, 1);
	o.kubeconfig = p->kubeconfig;
	o.journal_file = p->journal;
	o.clock = &p->clock.work;
	o.engine = true;
	o.via = "headless";
	o.mode = MODE_ACTIVE;
	o.policy = policy;
	p->port = port_new();
	p->b = backend_new(&o, p->port, &err);
	if (!p->b)
		fail_msg("%s", err.text);
	policy_unref(policy);
	free(text);
	free(url);
}

static void
world_step(struct world *w)
{
	w->now += STEP_MS;
	/* What was sent arrives, whoever stands still. */
	reactor_turn(w->r.server_loop, 0);
	reactor_turn(w->r.server_loop, 0);
	for (int i = 0; i < PEERS; i++) {
		struct peer *p = &w->peers[i];

		fake_clock_move(&p->clock, STEP_MS);
		if (p->paused_until > w->now)
			continue;
		for (int k = 0; k < 2; k++) {
			backend_turn(p->b, 0);
			reactor_turn(w->r.server_loop, 0);
		}
		/* The disk and the worker take real time, the world none. */
		while (worker_pending(p->b->worker))
			backend_turn(p->b, 1);
		if ((p->jumped_ms > 2000 || p->jumped_ms < -2000) &&
		    leading_acts(p->b->leading))
			fail_msg("at %lld the wall clock jumped and paddock "
				 "%d leads on", (long long)w->now, i);
		p->jumped_ms = 0;
	}
	ca_step(w);
	/* Somebody keeps taking back what was added: there is always
	 * something to do. */
	if (w->now % 4000 == 0)
		w->r.groups[0].desired = 2;
}

/* ---- faults ---- */

/* Nobody listens: what it says is let go. */
static void
hear(struct peer *p)
{
	const struct snapshot *s = port_take(p->port);
	struct reply got;

	snapshot_unref(s);
	while (port_next_reply(p->port, &got))
		reply_fini(&got);
}

static void
say_mode(struct peer *p, enum engine_mode mode)
{
	struct command c = { .kind = COMMAND_MODE, .number = mode };

	hear(p);
	assert_true(port_send(p->port, &c));
}

static void
heal(struct world *w, int i)
{
	char part[24];
	struct fake_conn *c;

	w->peers[i].cut = w->peers[i].mute = w->peers[i].deaf = false;
	w->peers[i].hands_in_act = false;
	w->peers[i].stops_renewing = 0;
	w->r.silent[i] = false;
	say_mode(&w->peers[i], MODE_ACTIVE);
	snprintf(part, sizeof(part), "GET /%c", 'a' + i);
	while ((c = fake_conn_of(w->r.server, part)))
		fake_reset(c);
}

static void
one_fault(struct world *w)
{
	int i = (int)draw(w, PEERS);
	struct peer *p = &w->peers[i];
	int64_t by;

	w->faults++;
	switch (draw(w, 20)) {
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
		p->paused_until = w->now + 200 + draw(w, 40000);
		break;
	case 5: /* suspended for longer: BOOTTIME counts it */
		p->paused_until = w->now + 5000 + draw(w, 90000);
		break;
	case 6: /* somebody sets the wall clock */
		by = (int64_t)draw(w, 20000) - 10000;
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
		say_mode(p, MODE_ADVISORY);
		break;
	case 11:
		say_mode(p, MODE_ACTIVE);
		break;
	case 9: /* its container is killed and comes back */
		if (w->ca.runs)
			ca_dies(w);
		break;
	case 12:
		p->hands_in_act = true;
		break;
	case 13:
		p->stops_renewing = 4000 + draw(w, 12000);
		break;
	default:
		heal(w, i);
		break;
	}
}

static void
open_world(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->dice = dice_new(8003);
	rig_init(&w->r);
	fake_http_free(w->r.server);
	w->r.server = fake_http_new(w->r.server_loop, NULL, answer, w);
	w->r.on_write = on_write;
	w->r.strict_watches = true; /* they break and come back */
	w->r.peers[0] = "/a";
	w->r.peers[1] = "/b";
	rig_node(&w->r, "n1", "uid-n1", "i-1", false);
	rig_node(&w->r, "n2", "uid-n2", "i-2", false);
	rig_pod(&w->r, "ci", "a", "uid-a", "n1", 42, NULL);
	rig_pod(&w->r, "ci", "b", "uid-b", "n2", 43, NULL);
	rig_pod(&w->r, "ci", "waits", "uid-waits", NULL, 44, NULL);
	rig_group(&w->r, "general", 1, 2, 90, "i-1,i-2");
	w->ca.starts_at = 1;
	ca_pod(w);
	rig_lease(&w->r, "");
	for (int i = 0; i < PEERS; i++)
		open_peer(w, i);
}

static void
close_world(struct world *w)
{
	for (int i = 0; i < PEERS; i++) {
		backend_free(w->peers[i].b);
		port_free(w->peers[i].port);
		free(w->peers[i].kubeconfig);
		free(w->peers[i].journal);
	}
	free(w->last_holder);
	rig_end(&w->r);
}

static void
test_one_autoscaler_at_a_time(void **state)
{
	static struct world w;
	int n = rounds(400);
	uint32_t acts = 0;

	(void)state;
	open_world(&w);
	for (int i = 0; i < 200; i++)
		world_step(&w);
	while ((int)w.faults < n) {
		one_fault(&w);
		/* Faults come in bursts, and then nothing for a while. */
		for (uint32_t k = draw(&w, 3) ? draw(&w, 16)
					      : draw(&w, 300); k; k--)
			world_step(&w);
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
		world_step(&w);
	print_message("%u faults, the lease changed hands %u times, %u acts\n",
		      w.faults, w.changes,
		      w.peers[0].acts + w.peers[1].acts);
	if (w.peers[0].acts + w.peers[1].acts == acts)
		fail_msg("nobody acts again: the autoscaler %s, \"%s\" holds "
			 "the lease, paddock 0 waits for \"%s\", paddock 1 "
			 "for \"%s\"", w.ca.leads ? "leads" : "does not lead",
			 w.last_holder,
			 leading_waits_for(w.peers[0].b->leading),
			 leading_waits_for(w.peers[1].b->leading));
	assert_true(w.changes > 2);
	close_world(&w);
}

SUITE(control_lease,
	TEST(test_one_autoscaler_at_a_time));
