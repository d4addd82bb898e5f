/*
 * Retry policy as a value: exponential, jittered, capped, counted.
 *
 * Kubernetes lists and watches: 800 ms doubling to 30 s, jitter 1.0, reset
 * after two good minutes (reference integrations G2).  AWS standard mode: three
 * tries, rand(0,1) * min(2^i, 20 s), token bucket of 500 (D10).
 * Jitter comes from a seeded generator so that tests repeat.
 */
#ifndef NET_RETRY_H
#define NET_RETRY_H

#include "backend/net/http.h"

struct rng {
	uint64_t state;
};
uint64_t rng_next(struct rng *r);
double rng_unit(struct rng *r); /* [0, 1) */

struct backoff {
	int64_t base_ms, cap_ms;
	double jitter;	     /* 1.0: wait is drawn from [d, 2d) */
	bool full_jitter;    /* drawn from [0, d) instead */
	int64_t reset_ms;    /* good for this long: start over; 0: never */
	uint32_t tries;	     /* failures in a row */
	int64_t last_ms;     /* BOOTTIME of the last failure */
	struct rng rng;
};

struct backoff backoff_kube(uint64_t seed);
struct backoff backoff_aws(uint64_t seed);
/* The wait before the next try; server_ms is Retry-After or -1: never less. */
int64_t backoff_next(struct backoff *b, int64_t boot_ms, int64_t server_ms);
void backoff_good(struct backoff *b, int64_t boot_ms);

/* AWS's token bucket: keeps many callers from retrying all at once. */
enum { RETRY_BUDGET = 500, RETRY_COST = 5, RETRY_COST_TIMEOUT = 10 };

struct retry_budget {
	int tokens; /* starts at RETRY_BUDGET */
};

/* False when the bucket holds less than cost: do not retry. */
bool retry_budget_take(struct retry_budget *b, int cost);
/* After a success: the cost taken for it, or 1 when it needed no retry. */
void retry_budget_give(struct retry_budget *b, int amount);

/* What an answer means for trying again. */
enum retry_class { RETRY_NO, RETRY_TRANSIENT, RETRY_THROTTLE, RETRY_AUTH };
enum retry_class retry_classify_status(const struct http_result *result);

#endif
