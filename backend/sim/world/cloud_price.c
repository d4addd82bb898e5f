/*
 * Spot prices: about a third of the on-demand price, a little different in
 * each zone, set anew every few hours.
 */
#include <stdio.h>

#include "backend/base/map.h"
#include "backend/sim/world/cloud.h"

#define PERIOD_MS (6 * 3600000LL)
#define SHARE_PERCENT 31 /* of the on-demand price, and up to: */
#define ZONE_PERCENT 7
#define SWING_PERMILLE 60 /* to both sides, over time */

int64_t
cloud_spot_price(const struct sim_type *t, const char *zone, int64_t at_ms,
		 int64_t *since_ms)
{
	char key[120];
	int64_t price, offset;
	uint64_t h;

	snprintf(key, sizeof(key), "%s %s", t->name, zone);
	h = hash_text(key);
	/* Not all of them at the same moment. */
	offset = (int64_t)(h % PERIOD_MS);
	*since_ms = (at_ms - offset) / PERIOD_MS * PERIOD_MS + offset;
	price = t->udollars_hour *
		(SHARE_PERCENT + (int64_t)(hash_text(zone) % ZONE_PERCENT)) /
		100;
	h = hash_bytes(since_ms, sizeof(*since_ms), h);
	price += price * ((int64_t)(h % (2 * SWING_PERMILLE + 1)) -
			  SWING_PERMILLE) /
		 1000;
	/* EC2 prices spot capacity in hundredths of a cent. */
	return price / 100 * 100;
}
