/*
 * Vectors: small worlds written by hand and what the engine must decide on
 * them.
 *
 * A .vec file holds vectors, each begun by "== ID what it shows".  Statements
 * are lines of words; "name[1-3]" stands for three objects; '#' begins a
 * comment.  README.md beside this lists the statements.
 *
 * The text becomes a world file, is read as one, decided on, and the plan's
 * JSON is checked: the whole way a real file takes.
 */
#ifndef VECTORS_VEC_H
#define VECTORS_VEC_H

#include "backend/base/buf.h"
#include "backend/base/tree.h"
#include "backend/world/world_file.h"

enum { WORDS = 48 };

/* One line: a verb, a name, then key=value words (value "" without '='). */
struct statement {
	const char *verb, *name;
	struct {
		const char *key, *value;
	} word[WORDS];
	uint32_t n;
	const char *rest; /* behind the verb, as written */
	int line;
};

struct object { /* one entry of a world's array */
	const char *path, *name, *json;
	const char *group; /* nodes and instances: their group or NULL */
	const char *provider, *zone, *lifecycle;
};

struct vec {
	struct arena *arena;
	const char *file, *id;
	int64_t time_ms;
	VEC(struct object) objects;
	VEC(struct statement) groups, policy, wants;
	const char *memory; /* JSON or NULL */
	char fault[512];    /* "" while all is well */
	int fault_line;
	/* Sees every world that is decided on; or NULL. */
	void (*watch)(void *ctx, const char *id, const struct buf *world);
	void *ctx;
};

/* vec_run.c: every vector is run; watch as above. */
void vec_worlds(void (*watch)(void *ctx, const char *id,
			      const struct buf *world),
		void *ctx);

/* Value of a word; NULL when absent. */
const char *word_of(const struct statement *s, const char *key);
void vec_fail(struct vec *v, int line, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/* vec_objects.c: adds what a statement describes; false when the verb is not
 * one of objects. */
bool vec_object(struct vec *v, const struct statement *s);
/* vec_world.c: the world file of everything said so far. */
void vec_world(struct vec *v, struct buf *out);
/* vec_check.c: one "want" against a plan as JSON. */
void vec_check(struct vec *v, const struct statement *s,
	       const struct tree *plan);

/* Times as "-5m", "+1h30m" against the vector's, or RFC 3339. */
bool vec_time(const struct vec *v, const char *text, int64_t *ms);

#endif
