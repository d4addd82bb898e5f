/*
 * Why: one object explained in short plain sentences, from a snapshot and the
 * last plan alone.  Every line says whose word it is: "kubernetes says", "aws
 * says", "gitlab says", "cluster-autoscaler says", "paddock would".
 *
 * Pure; any thread.
 */
#ifndef CONTROL_WHY_H
#define CONTROL_WHY_H

#include "backend/base/buf.h"
#include "backend/engine/plan.h"
#include "backend/model/snapshot.h"

/* plan may be NULL: nothing was decided yet.  False when the handle is stale
 * or its kind cannot be explained. */
bool why_write(const struct snapshot *s, const struct plan *plan,
	       struct handle h, struct buf *out);

/* ---- for the files of why ---- */

struct why {
	const struct snapshot *snap;
	const struct plan *plan;
	const struct slot *slot;
	struct handle handle;
	struct buf *out;
	int64_t now_ms; /* world */
};

void why_pod(const struct why *w, struct handle pod);
void why_job(const struct why *w);
void why_node(const struct why *w);
void why_group(const struct why *w);
void why_runner(const struct why *w);
void why_queue(const struct why *w);
void why_alarm(const struct why *w);
void why_decision(const struct why *w);
void why_entry(const struct why *w);
void why_step(const struct why *w);

/* "22m" since a time; "?" when it is not known. */
const char *why_since(const struct why *w, int64_t since_ms,
		      char out[static TIME_TEXT]);
/* ", unknown before 03:07" when the engine's memory begins there; else "". */
enum { WHY_UNKNOWN = 40 };
const char *why_unknown(const struct why *w, int64_t since_ms,
			char out[static WHY_UNKNOWN]);
/* Events about an object, as "kubernetes says" or their component's lines. */
void why_events(const struct why *w, const char *kind, const char *ns,
		const char *name, const char *uid);

#endif
