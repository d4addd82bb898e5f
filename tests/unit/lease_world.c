/*
 * Two paddocks, the server between them and their rival, and the judge.
 */
#include "tests/unit/lease_world.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/control/lease.h"
#include "backend/engine/policy.h"
#include "backend/net/rows.h"

/* ---- what must hold ---- */

static int
peer_of(struct lease_world *w, const char *holder)
{
	for (int i = 0; i < PEERS; i++)
		if (*holder && strcmp(holder, w->peers[i].identity) == 0)
			return i;
	return -1;
}

static void
check_flights(struct lease_world *w, int holder, const char *what)
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

void
lease_check_holder(struct lease_world *w)
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
over_at(const struct lease_world *w, const struct peer *p)
{
	int64_t at = p->read && w->now - p->read > 5 * STEP_MS
			     ? p->renewed
			     : p->renewed_before;

	return at ? at - STEP_MS + DEPLOYED_DEADLINE_MS - PERMIT_LEASED_MS
		  : w->now;
}

static void
act_arrived(struct lease_world *w, int peer, bool answered)
{
	char *holder = rig_lease_holder(&w->r);

	w->peers[peer].acts++;
	w->peers[peer].acted = w->now;
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

/* ---- a person ---- */

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

void
lease_say_mode(struct peer *p, enum engine_mode mode)
{
	struct command c = { .kind = COMMAND_MODE, .number = mode };

	hear(p);
	assert_true(port_send(p->port, &c));
}

/* ---- the server between them ---- */

static bool
is_worst(const struct lease_world *w, const struct peer *p)
{
	int64_t ago = w->now - p->acted;

	return !p->cut && !p->deaf && !p->late.conn && ago >= 1400 &&
	       ago <= 4800;
}

/* Faults that wait for the worst moment. */
static void
spring(struct lease_world *w, struct peer *p, bool act, bool renewal)
{
	if (act && p->hands_in_act) {
		p->hands_in_act = false;
		p->mute = true;
		lease_say_mode(p, MODE_ADVISORY);
	}
	if (renewal && p->stops_renewing) {
		p->paused_until = w->now + p->stops_renewing;
		p->stops_renewing = 0;
	}
	/* An engine that has something to do does it every ten seconds.  The
	 * next time is to fall between what the renewal allows counted from
	 * when it was sent, and from when its answer came. */
	if (renewal && p->reads_late && is_worst(w, p)) {
		p->paused_until = w->now + p->reads_late;
		p->cut = w->r.silent[p - w->peers] = true;
		p->reads_late = 0;
		p->lates++;
	}
}

/* What it did is answered later, and nothing more gets through. */
static void
hold_back(struct lease_world *w, struct peer *p, uint32_t conn)
{
	p->late = (struct late){ conn, w->now, w->now + p->answers_late,
				 xstrdup(w->r.lease) };
	p->cut = w->r.silent[p - w->peers] = true;
	p->answers_late = 0;
	p->lates++;
}

static void
note_renewal(struct peer *p, int64_t written)
{
	p->renewed_before = p->renewed;
	p->renewed = written;
	p->read = 0;
}

static void
forget_late(struct peer *p)
{
	free(p->late.lease);
	memset(&p->late, 0, sizeof(p->late));
}

/* One that stands still would read it too late for it to count. */
static void
answer_late(struct lease_world *w, struct peer *p)
{
	struct fake_conn *c = fake_conn_number(w->r.server, p->late.conn);

	if (!p->late.conn || w->now < p->late.due)
		return;
	if (c && p->paused_until <= w->now) {
		fake_reply(c, 200, NULL, p->late.lease);
		note_renewal(p, p->late.written);
	}
	forget_late(p);
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
	struct lease_world *w = ctx;
	struct fake_request own = *q;
	int i = q->target[1] == 'a' ? 0 : 1;
	struct peer *p = &w->peers[i];
	bool cloud, act, renewal, late, written;
	int rv = w->r.lease_rv;

	own.target += 2;
	if (!*own.target)
		own.target = (char *)(uintptr_t) "/";
	cloud = strcmp(own.target, "/") == 0;
	if (!cloud && p->cut)
		return; /* lost on its way */
	act = cloud && strstr(q->body, "Action=SetDesiredCapacity");
	renewal = !cloud && strstr(own.target, "/leases") &&
		  strcmp(own.method, "GET") != 0;
	late = renewal && p->answers_late && is_worst(w, p);
	spring(w, p, act, renewal);
	if (act)
		act_arrived(w, i, !p->mute);
	learn_identity(p, &own);
	w->r.lose_answers = cloud ? p->mute : p->deaf || late;
	rig_answer(&w->r, c, &own);
	w->r.lose_answers = false;
	/* A version of yesterday is refused, and that is no renewal. */
	written = renewal && w->r.lease_rv != rv;
	if (late && written)
		hold_back(w, p, q->conn);
	else if (written && !p->deaf)
		note_renewal(p, w->now);
	lease_check_holder(w);
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
open_peer(struct lease_world *w, int i)
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

void
lease_world_step(struct lease_world *w)
{
	w->now += STEP_MS;
	/* What was sent arrives, whoever stands still. */
	reactor_turn(w->r.server_loop, 0);
	reactor_turn(w->r.server_loop, 0);
	for (int i = 0; i < PEERS; i++) {
		struct peer *p = &w->peers[i];

		fake_clock_move(&p->clock, STEP_MS);
		answer_late(w, p);
		if (p->paused_until > w->now)
			continue;
		if (!p->read)
			p->read = w->now;
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
	lease_ca_step(w);
	/* Somebody keeps taking back what was added: there is always
	 * something to do. */
	if (w->now % 4000 == 0)
		w->r.groups[0].desired = 2;
}

/* ---- its beginning and end ---- */

void
lease_world_open(struct lease_world *w)
{
	memset(w, 0, sizeof(*w));
	w->dice = dice_new(8003);
	rig_init(&w->r);
	fake_http_free(w->r.server);
	w->r.server = fake_http_new(w->r.server_loop, NULL, answer, w);
	w->r.on_write = lease_ca_on_write;
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
	lease_ca_pod(w);
	rig_lease(&w->r, "");
	for (int i = 0; i < PEERS; i++)
		open_peer(w, i);
}

void
lease_world_close(struct lease_world *w)
{
	for (int i = 0; i < PEERS; i++) {
		backend_free(w->peers[i].b);
		port_free(w->peers[i].port);
		free(w->peers[i].kubeconfig);
		free(w->peers[i].journal);
		forget_late(&w->peers[i]);
	}
	free(w->last_holder);
	rig_end(&w->r);
}
