/*
 * A Kubernetes client against a scripted server, with a sink that writes down
 * what it hears, one line each:
 *
 *	begin pods / put a/web@5 / end pods / broken pods / gone pods a/web
 *	status live / status stale: https://... (only when it changes)
 */
#ifndef UNIT_KUBE_RIG_H
#define UNIT_KUBE_RIG_H

#include "backend/base/buf.h"
#include "backend/kube/kube.h"
#include "tests/unit/check.h"
#include "tests/unit/fake_http.h"

struct kube_rig {
	struct fake_clock clock;
	struct reactor *r;
	struct fake_tls *tls;
	struct fake_http *server;
	struct kube_context context;
	struct sink sink;
	struct kube *kube;
	struct buf said;	/* since the last rig_forget */
	enum source_state state;
	struct err trouble;
	struct world_clock world;
	uint32_t puts, statuses;
};

/* HTTPS; token "t0ken" and no ns.  rig_start makes the client. */
void rig_open(struct kube_rig *k, fake_handler handler, void *ctx);
void rig_start(struct kube_rig *k, const char *ns);
void rig_close(struct kube_rig *k);
/* Empties what was said. */
void rig_forget(struct kube_rig *k);
/* True when the text was said; once more turns it on. */
bool rig_heard(const struct kube_rig *k, const char *line);
/* Fails unless this was said, in this order, since the last rig_forget. */
void rig_expect(struct kube_rig *k, const char *lines);
/* Moves the clock in small steps, turning, until the condition of the caller's
 * loop may hold: one step. */
void rig_step(struct kube_rig *k, int64_t ms);

/* A pod as JSON (static buffer, good until the next call). */
const char *pod_json(const char *ns, const char *name, int rv);
/* A list page (new).  more NULL: the last. */
char *pod_list(int rv, const char *more, const char *pods);
/* A watch line (new). */
char *event_json(const char *type, const char *object);

#endif
