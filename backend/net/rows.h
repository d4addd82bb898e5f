/*
 * The table of requests and the permit a write needs (design 8, rule 1).
 *
 * A permit is minted by control/permit.c alone (a lint proves it), after the
 * read-only state, the lease where needed, and the durable journal line.  It is
 * good for one request of one row, and carries the act's id into User-Agent and
 * fieldManager.
 */
#ifndef NET_ROWS_H
#define NET_ROWS_H

#include "backend/base/err.h"

enum row_service {
	SERVICE_KUBERNETES,
	SERVICE_STS,
	SERVICE_AUTOSCALING,
	SERVICE_EC2,
	SERVICE_EKS,
	SERVICE_GITLAB,
	SERVICE_CREDENTIALS,
};

enum row_access { ROW_READ, ROW_WRITE };

enum row_id {
#define ROW(id, service, action, access) ROW_##id,
#include "backend/net/rows.def"
#undef ROW
	ROW_COUNT
};

struct row {
	const char *name;   /* "K8S_CORDON" */
	enum row_service service;
	const char *action; /* "patch nodes" */
	enum row_access access;
};

extern const struct row rows[ROW_COUNT];
const char *row_service_name(enum row_service service);

#define ACT_ID_TEXT 24

/* A request under a permit with a deadline is over within this, answer or not:
 * what the lease is checked for (design 5). */
#define PERMIT_LEASED_MS 5000

struct permit {
	enum row_id row;
	bool used;
	char act_id[ACT_ID_TEXT]; /* e.g. "a-66f0c1e2-17" */
	/* The act must not reach a server after this; BOOTTIME, 0: no limit */
	int64_t deadline_boot_ms;
	uint64_t proof; /* what only the mint can fill in */
};

/* Defined in control/permit.c.  Nothing else may call it. */
struct permit permit_mint(enum row_id row, const char *act_id,
			  int64_t deadline_boot_ms);
/* Of everything a permit says; for the mint and permit_spend alone (lint). */
uint64_t permit_proof(const struct permit *p);
/* True once per minted permit of this row; spends it. */
bool permit_spend(struct permit *p, enum row_id row, int64_t boot_ms,
		  struct err *err);

#endif
