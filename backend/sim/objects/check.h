/*
 * Private to check*.c: one validation on its way.  Each check returns false
 * when it refused something, and goes on looking.
 */
#ifndef SIM_OBJECTS_CHECK_H
#define SIM_OBJECTS_CHECK_H

#include "backend/sim/objects/internal.h"

struct check {
	const struct object_type *t;
	json_t *tree, *old; /* old NULL on create */
	unsigned flags;
	struct status *st;
};

#define FAIL(c, field, ...) status_invalid((c)->st, (c)->t, field, __VA_ARGS__)

/* A value as compact JSON, cut to room; returns out. */
char *check_compact(const json_t *v, char *out, size_t room);
/* value is one of the texts before NULL. */
bool check_one_of(struct check *c, const char *field, const char *value,
		  const char *const *allowed);
bool check_not_negative(struct check *c, const char *path);
/* In the range, when there is a number at all. */
bool check_range(struct check *c, const char *field, const json_t *v,
		 int64_t least, int64_t most);
bool check_immutable(struct check *c, const char *path);

/* ---- check_pod.c ---- */

bool check_pod(struct check *c);
bool check_pod_spec(struct check *c, const char *path, const json_t *spec);

/* ---- check_work.c ---- */

bool check_workload(struct check *c);
bool check_job(struct check *c);
bool check_cron_job(struct check *c);
bool check_pdb(struct check *c);
bool check_scaler(struct check *c);

/* ---- check_net.c ---- */

bool check_service(struct check *c);
bool check_ingress(struct check *c);

#endif
