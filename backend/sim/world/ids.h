/*
 * Names as the real systems draw them, from a seeded generator.
 */
#ifndef SIM_WORLD_IDS_H
#define SIM_WORLD_IDS_H

#include "backend/net/retry.h"

/* n (at most 31) lower-case hex digits. */
char *id_hex(struct rng *r, uint32_t n, char out[static 32]);
char *id_uuid(struct rng *r, char out[static 40]);
/* Kubernetes' random suffixes: no vowels, no 0, 1, 3 (generateName). */
char *id_suffix(struct rng *r, uint32_t n, char out[static 32]);
/* a-z and 0-9 as gitlab-runner's pod names; with upper case when mixed. */
char *id_alnum(struct rng *r, uint32_t n, bool mixed, char out[static 32]);
/* The ten or so characters of a pod template hash of this text. */
char *id_template_hash(const char *text, char out[static 32]);

#endif
