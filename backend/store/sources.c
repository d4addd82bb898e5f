/*
 * How each source does, and since when nothing was seen of it: what was not
 * seen is no evidence (rule 12).
 */
#include "backend/base/text.h"
#include "backend/store/private.h"

void
source_told(void *ctx, enum source source, enum source_state state,
	  const struct err *err)
{
	struct store *s = ctx;
	struct source_status *is = &s->source[source];

	is->state = (uint8_t)state;
	/* Live with an err: well, but not everything can be seen. */
	if (state == SOURCE_LIVE || state == SOURCE_LOADING)
		is->good_boot_ms = clock_boot_ms(s->clock);
	is->failures = !err || state == SOURCE_LIVE ? 0 : is->failures + 1;
	if (!err) {
		is->trouble_code = ERR_NONE;
		is->trouble[0] = '\0';
		return;
	}
	is->trouble_code = (uint8_t)err->code;
	text_clean_to(is->trouble, sizeof(is->trouble), err->text,
		      strlen(err->text));
}

const struct source_status *
store_source(const struct store *s, enum source source)
{
	return &s->source[source];
}

bool
source_is_silent(const struct store *s, enum source source)
{
	return s->source[source].state == SOURCE_STALE ||
	       s->source[source].state == SOURCE_FAILED;
}

int64_t
source_seen_ms(const struct store *s, enum source source)
{
	int64_t good = s->source[source].good_boot_ms;

	return good ? store_world_ms(s) - (clock_boot_ms(s->clock) - good) *
						  s->world.speed_milli / 1000
		    : 0;
}
