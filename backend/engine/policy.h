/*
 * Policy: Cluster Autoscaler's flags under their own names, plus ours.
 *
 * One const table of keys (policy.c) gives name, type, default, help and
 * standing (applies, no effect on AWS, deprecated, ours); parsing, printing,
 * --set, the configuration file and world files all go through it.
 */
#ifndef ENGINE_POLICY_H
#define ENGINE_POLICY_H

#include "backend/base/err.h"
#include "backend/base/json.h"

struct policy; /* opaque, immutable once shared, reference counted */

enum policy_start {
	POLICY_WORLD_FILE, /* upstream's defaults, our additions off */
	POLICY_LIVE,	   /* our additions on */
};

enum policy_standing { POLICY_APPLIES, POLICY_NO_EFFECT, POLICY_DEPRECATED,
		       POLICY_REMOVED, POLICY_OURS };

struct policy_key {
	const char *name;  /* "scale-down-unneeded-time" */
	const char *type;  /* duration, int, float, bool, text, list */
	const char *initial;
	const char *live; /* initial of a live policy; NULL: the same */
	const char *help;
	const char *note; /* said when it is given; NULL: nothing to say */
	enum policy_standing standing;
};

/* Ends with name NULL. */
extern const struct policy_key policy_keys[];

struct policy *policy_new(enum policy_start start);
struct policy *policy_dup(const struct policy *p); /* mutable copy */
const struct policy *policy_ref(const struct policy *p);
void policy_unref(const struct policy *p);

/* key as upstream's flag ("--" allowed in front, '_' is '-'), value as its
 * text; a list key appends.  Unknown and removed keys fail; deprecated and
 * ineffective ones succeed and set *note (static text) when note is given. */
bool policy_set(struct policy *p, const char *key, const char *value,
		const char **note, struct err *err);
/* An object of keys: strings, numbers, booleans, arrays.  file: where it comes
 * from, for errors as "file:line"; NULL: errors name the JSON path alone. */
bool policy_read(struct policy *p, const struct tree *object, const char *file,
		 struct err *err);
/* Says of every key that was given what there is to say about it. */
void policy_notes(const struct policy *p,
		  void (*say)(void *ctx, const char *key, const char *note),
		  void *ctx);
/* The key of that flag, NULL: there is none. */
const struct policy_key *policy_key_named(const char *name);
/* Combinations that upstream refuses at start (reference 9.5). */
bool policy_check(const struct policy *p, struct err *err);
void policy_write(struct jsonw *w, const struct policy *p); /* non-defaults */

#endif
