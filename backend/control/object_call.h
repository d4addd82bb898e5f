/*
 * Requests about one object of the cluster: reading it, and the one write that
 * an act is.  Backend thread.
 */
#ifndef CONTROL_OBJECT_CALL_H
#define CONTROL_OBJECT_CALL_H

#include "backend/control/act_run.h"
#include "backend/kube/kube.h"

/* As the API server has it now; what the watch told may be old.  deadline_ms 0:
 * as kube_call has it.  One on_done follows unless it is false. */
bool object_read(struct backend *b, enum kind kind, const char *ns,
		 const char *name, int64_t deadline_ms,
		 void (*on_done)(void *ctx, const struct kube_answer *a),
		 void *ctx, struct err *err);

/* Rule 7: an answer about another object of that name is ERR_GONE.  True: the
 * target's resourceVersion is now what was read. */
bool object_is_same(struct target *t, const struct kube_answer *a,
		    struct err *err);

struct object_write {
	enum row_id row;
	const char *method;
	enum kind kind;
	const struct target *target;
	const char *content_type; /* NULL: JSON */
	const char *body;
	bool managed; /* the act is named as its fieldManager */
};

/* Sends what the act is; its answer is the act's own (act_run_answer). */
bool object_write(struct backend *b, struct act_run *a, struct permit *permit,
		  const struct object_write *w, struct err *err);
/* Deletes the pod of the target's uid, and no other of that name. */
bool object_delete_pod(struct backend *b, struct act_run *a,
		       struct permit *permit, const struct target *t,
		       struct err *err);

#endif
