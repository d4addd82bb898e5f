/*
 * Waiting before the next try.
 */
#include "backend/net/retry.h"

/* SplitMix64: tiny, seeded, good enough for jitter. */
uint64_t
rng_next(struct rng *r)
{
	uint64_t z = (r->state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

double
rng_unit(struct rng *r)
{
	return (double)(rng_next(r) >> 11) * 0x1.0p-53;
}

struct backoff
backoff_kube(uint64_t seed)
{
	return (struct backoff){
		.base_ms = 800,
		.cap_ms = 30000,
		.jitter = 1.0,
		.reset_ms = 120000,
		.rng = { seed },
	};
}

struct backoff
backoff_aws(uint64_t seed)
{
	return (struct backoff){
		.base_ms = 1000,
		.cap_ms = 20000,
		.full_jitter = true,
		.rng = { seed },
	};
}

int64_t
backoff_next(struct backoff *b, int64_t boot_ms, int64_t server_ms)
{
	int64_t wait = b->base_ms;

	if (b->reset_ms && b->tries && boot_ms - b->last_ms > b->reset_ms)
		b->tries = 0;
	for (uint32_t i = 0; i < b->tries && wait < b->cap_ms; i++)
		wait *= 2;
	if (wait > b->cap_ms)
		wait = b->cap_ms;
	if (b->full_jitter)
		wait = (int64_t)(rng_unit(&b->rng) * (double)wait);
	else
		wait += (int64_t)(b->jitter * rng_unit(&b->rng) *
				  (double)wait);
	b->tries++;
	b->last_ms = boot_ms;
	/* The server's own word is a floor, never a shortcut. */
	return server_ms > wait ? server_ms : wait;
}

void
backoff_good(struct backoff *b, int64_t boot_ms)
{
	if (!b->reset_ms || boot_ms - b->last_ms >= b->reset_ms)
		b->tries = 0;
}

bool
retry_budget_take(struct retry_budget *b, int cost)
{
	if (b->tokens < cost)
		return false;
	b->tokens -= cost;
	return true;
}

void
retry_budget_give(struct retry_budget *b, int amount)
{
	b->tokens += amount;
	if (b->tokens > RETRY_BUDGET)
		b->tokens = RETRY_BUDGET;
}

enum retry_class
retry_classify_status(const struct http_result *result)
{
	/* No answer, or one that broke. */
	if (result->err.code)
		return result->err.code == ERR_RETRY ||
				       result->err.code == ERR_UNREACHABLE
			       ? RETRY_TRANSIENT
			       : RETRY_NO;
	switch (result->head.status) {
	case 401:
		return RETRY_AUTH;
	case 429:
		return RETRY_THROTTLE;
	case 408:
	case 500:
	case 502:
	case 503:
	case 504:
		return RETRY_TRANSIENT;
	default:
		return RETRY_NO;
	}
}
