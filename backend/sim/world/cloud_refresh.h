/*
 * Instance refreshes: a group's instances replaced a few at a time.
 *
 * Thread: the simulation's.  Source: the Auto Scaling API reference
 * (StartInstanceRefresh, InstanceRefresh).
 */
#ifndef SIM_WORLD_CLOUD_REFRESH_H
#define SIM_WORLD_CLOUD_REFRESH_H

#include "backend/sim/world/cloud.h"

struct refresh_wish {
	int64_t healthy_percent; /* never fewer in service, of desired */
	int64_t warmup_s;	 /* a new one counts after this; -1: default */
	bool skip_matching;	 /* those of the newest template stay */
};

struct cloud_refresh; /* owned by its group, newest last */

/* NULL with the fault; else borrowed. */
const struct cloud_refresh *cloud_refresh_start(struct cloud *c,
						const char *group,
						const struct refresh_wish *w,
						struct cloud_fault *f);
/* What is under way, and is over after the replacement that goes on now. */
const struct cloud_refresh *
cloud_refresh_cancel(struct cloud *c, const char *group, struct cloud_fault *f);
const char *cloud_refresh_id(const struct cloud_refresh *r);
/* New list, newest first. */
json_t *cloud_refreshes_json(const struct cloud_group *g);
void cloud_refreshes_free(struct cloud_group *g);

#endif
