/*
 * The closed loop: a whole backend whose engine acts on a simulated world, in
 * one process, on one thread, in virtual time.
 *
 * The backend talks HTTP to a scripted server whose answers are those of the
 * simulated cloud's own faces, so that its acts go all the way: decision,
 * journal, permit, request, world, watch.  Both clocks are moved together, and
 * each step goes on until nobody has anything to say any more.
 */
#ifndef UNIT_LOOP_RIG_H
#define UNIT_LOOP_RIG_H

#include "backend/control/backend.h"
#include "backend/sim/server/face.h"
#include "tests/unit/fake_http.h"
#include "tests/unit/sim_kit.h"

#define LOOP_STEP_MS 1000

struct loop_stream { /* a watch: the connection of this number listens */
	uint32_t conn;
	struct face_stream from;
};

struct loop_request { /* as an observer sees it, before the world does */
	const struct face_request *q;
	bool aws;
};

struct loop {
	struct kit kit; /* the world */
	struct fake_clock clock;
	struct reactor *server_loop;
	struct fake_http *server;
	struct kube *kube;
	VEC(struct loop_stream) streams;
	VEC(uint32_t) lost; /* connections whose request was lost */
	char *dir, *journal;
	struct port *port;
	struct backend *backend;
	uint64_t requests, writes;
	/* What is between them. */
	bool cut;  /* nothing gets through to Kubernetes */
	bool mute; /* AWS does what it is told and does not answer */
	/* Each request that would write, and once more when it was answered
	 * with this status; or NULL. */
	void (*on_write)(void *ctx, const struct loop_request *r, int status);
	void *ctx;
	bool loud; /* notes of the backend go to stderr */
	char worst[200]; /* the last that was critical, with its time */
};

/* The engine active and unattended over this world; taken over. */
void loop_open(struct loop *l, struct kit kit, const struct policy *policy);
void loop_close(struct loop *l);
void loop_pass(struct loop *l, int64_t seconds);
int64_t loop_now_ms(const struct loop *l);
/* Until paddock leads; fails the test after that much virtual time. */
void loop_until_leads(struct loop *l, int64_t seconds);
bool loop_leads(struct loop *l);

/* ---- loop_faces.c ---- */

void loop_faces_open(struct loop *l);
void loop_faces_close(struct loop *l);
void loop_answer(void *ctx, struct fake_conn *c, const struct fake_request *q);
/* True when a watch had something to say. */
bool loop_pump_streams(struct loop *l);

#endif
