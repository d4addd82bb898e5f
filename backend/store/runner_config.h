/*
 * What a runner's config.toml says of how many jobs it takes and how long it
 * waits for a pod.  Reads the few keys it needs, line by line; everything else
 * of TOML is skipped.  Facts: reference integrations A7.
 */
#ifndef STORE_RUNNER_CONFIG_H
#define STORE_RUNNER_CONFIG_H

#include "backend/base/mem.h"

struct runner_config { /* -1: not said */
	int32_t concurrent, limit; /* limit 0: none */
	int64_t poll_timeout_ms;
};

void runner_config_init(struct runner_config *c);
/* Adds what this text says.  With several [[runners]] the one called `name`
 * counts, else the first. */
void runner_config_read(struct runner_config *c, const char *toml,
			const char *name);

#endif
