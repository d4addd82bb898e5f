/*
 * What writing and reading recordings share.
 */
#ifndef WORLD_RECORDING_PRIVATE_H
#define WORLD_RECORDING_PRIVATE_H

#include "backend/decode/decode.h"
#include "backend/world/recording.h"

enum { RECORDING_PATH = 96 };

/* What stands before the sum's own digits. */
#define RECORDING_SUM ",\"sum\":\""

/* Chained over lines: the seed is the hash so far. */
uint64_t recording_hash(const char *bytes, size_t len, uint64_t seed);
/* "kubernetes.pods" */
const char *recording_path(enum kind kind, char out[static RECORDING_PATH]);
/* False for what no decision reads and nobody should find in a file. */
bool recording_holds(const struct record *r);
bool recording_to_buf(void *ctx, const char *bytes, size_t len);

/* recording_state.c: what the lines read so far have said. */
struct recording_state;
struct recording_state *recording_state_new(void);
void recording_state_free(struct recording_state *r);
/* What the last decision lent out. */
void recording_state_give_back(struct recording_state *r);
void recording_state_forget(struct recording_state *r); /* all of it */
bool recording_state_put(struct recording_state *r, const struct tree *t,
			 const char *path, struct err *err);
bool recording_state_gone(struct recording_state *r, const struct tree *t,
			  const char *path, struct err *err);
/* All of out but file and first_of_segment. */
bool recording_state_decide(struct recording_state *r, const struct tree *t,
			    struct recorded *out, struct err *err);

#endif
