/*
 * Writing one object of a vector: shared by the parts that know its kinds.
 */
#ifndef VECTORS_WRITER_H
#define VECTORS_WRITER_H

#include "backend/base/json.h"
#include "tests/vectors/vec.h"

struct writer {
	struct vec *v;
	const struct statement *s;
	struct jsonw *w;
};

const char *word(const struct writer *k, const char *key, const char *absent);
bool flag(const struct writer *k, const char *key);
void text(struct writer *k, const char *key, const char *value);
void time_member(struct writer *k, const char *key, const char *value);
void number(struct writer *k, const char *key, const char *value);
/* All words "prefix:KEY=VALUE" as members. */
void members(struct writer *k, const char *prefix);
void map_member(struct writer *k, const char *key, const char *prefix);
/* "label=value" or "*" (everything) as a selector. */
void selector(struct writer *k, const char *key, const char *value);
void metadata(struct writer *k, bool namespaced);
/* vec_pod.c */
void pod_spec(struct writer *k);
void write_pod(struct writer *k);

#endif
