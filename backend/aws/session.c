/*
 * Keys and clock of the AWS client.
 */
#include "backend/aws/session.h"

#include <stdlib.h>

#include "backend/base/log.h"

enum {
	/* AWS takes signatures up to five minutes old. */
	TOLERATED_MS = 4 * 60 * 1000,
	/* A Date header is good to a second and as old as its way here. */
	NOTABLE_MS = 30 * 1000,
};

void
aws_session_fini(struct aws_session *s)
{
	aws_keys_fini(&s->keys);
}

int64_t
aws_session_now_ms(const struct aws_session *s)
{
	return clock_wall_ms(s->clock) + s->skew_ms;
}

bool
aws_session_ready(struct aws_session *s, struct err *err)
{
	/* Ended ones may have been renewed; if not, AWS itself says so. */
	if (s->keys.end_ms && aws_session_now_ms(s) >= s->keys.end_ms)
		aws_keys_fini(&s->keys);
	return s->keys.id || aws_keys_find(&s->keys, err);
}

static bool
clock_changed(struct aws_session *s, int64_t date_ms)
{
	int64_t skew = date_ms - clock_wall_ms(s->clock);

	if (!date_ms)
		return false;
	if (skew < TOLERATED_MS && skew > -TOLERATED_MS)
		skew = 0;
	if (llabs(skew - s->skew_ms) < NOTABLE_MS)
		return false;
	s->skew_ms = skew;
	log_at(LOG_WARN, "aws", "this machine's clock is %lld s off",
	       (long long)-skew / 1000);
	return true;
}

static bool
keys_changed(struct aws_session *s)
{
	struct aws_keys found;
	bool changed = aws_keys_find(&found, NULL) &&
		       !aws_keys_equal(&found, &s->keys);

	if (!changed) {
		aws_keys_fini(&found);
		return false;
	}
	aws_keys_fini(&s->keys);
	s->keys = found;
	return true;
}

bool
aws_session_refused(struct aws_session *s, int64_t date_ms)
{
	bool clock = clock_changed(s, date_ms);

	return keys_changed(s) || clock;
}
