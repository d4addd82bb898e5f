/*
 * Requests about one Lease: read, create, update with its resourceVersion.
 * For lease.c only.
 */
#ifndef CONTROL_LEASE_CALL_H
#define CONTROL_LEASE_CALL_H

#include "backend/control/act_run.h"

struct lease_facts { /* as last read or written */
	char ns[64], name[TARGET_NAME], uid[64], rv[32];
	char holder[128];
	char *keep;	  /* metadata labels and annotations as JSON, or "" */
	int32_t duration_s, transitions;
	bool exists;
};

/* Reading the Lease or its former holder is given this long. */
#define LEASE_READ_MS ((int64_t)5 * 1000)

void lease_facts_fini(struct lease_facts *f);
/* From a Lease object; false when it is none. */
bool lease_facts_read(struct lease_facts *f, const struct tree *object);

typedef void (*lease_on_done)(void *ctx, const struct kube_answer *a);

bool lease_get(struct backend *b, const struct lease_facts *f,
	       lease_on_done on_done, void *ctx, struct err *err);
/* Writes holder with the times of now; acquired_ms 0: released.  Fails with
 * ERR_CONFLICT when somebody else wrote first. */
bool lease_put(struct backend *b, const struct lease_facts *f,
	       const char *holder, int32_t duration_s, int64_t acquired_ms,
	       struct permit *permit, int64_t deadline_ms,
	       lease_on_done on_done, void *ctx, struct err *err);

#endif
