/*
 * Policy as the engine reads it: typed values by key.
 *
 * Inside the engine only; others go through policy.h.
 */
#ifndef ENGINE_POLICY_VALUES_H
#define ENGINE_POLICY_VALUES_H

#include "backend/engine/policy.h"

enum policy_id {
#define KEY(id, name, type, initial, live, standing, help) POLICY_##id,
#include "backend/engine/policy_keys.def"
#undef KEY
	POLICY_KEYS
};

enum policy_type { TYPE_DURATION, TYPE_INT, TYPE_FLOAT, TYPE_BOOL, TYPE_TEXT,
		   TYPE_LIST, TYPE_NAMES, TYPE_RANGE };

struct policy_list {
	char **at; /* owned */
	uint32_t n;
};

struct policy_value {
	union {
		int64_t number;	   /* INT, BOOL; milliseconds of DURATION */
		double real;	   /* FLOAT */
		struct {
			int64_t min, max;
		} range;
		struct policy_list list; /* LIST, NAMES */
	};
	char *text;	/* as written; not for lists; owned */
	bool explicit_; /* given by somebody, not a default */
};

struct policy {
	_Atomic uint32_t refs;
	enum policy_start start;
	struct policy_value value[POLICY_KEYS];
};

int64_t policy_int(const struct policy *p, enum policy_id key);
int64_t policy_ms(const struct policy *p, enum policy_id key);
double policy_real(const struct policy *p, enum policy_id key);
bool policy_flag(const struct policy *p, enum policy_id key);
const char *policy_text(const struct policy *p, enum policy_id key);
const struct policy_list *policy_list(const struct policy *p,
				      enum policy_id key);
bool policy_list_has(const struct policy *p, enum policy_id key,
		     const char *text);
bool policy_given(const struct policy *p, enum policy_id key);

/* "min:max:name" (reference 7.2).  name points into text. */
bool policy_parse_nodes(const char *text, int32_t *min, int32_t *max,
			const char **name);

/* One tag of "asg:tag=key=value,key": value NULL when absent.  Calls back for
 * each; texts are NUL terminated and die with the call. */
bool policy_parse_discovery(const char *text,
			    void (*on_tag)(void *ctx, const char *key,
					   const char *value),
			    void *ctx);

/* How values of one type are read; used by policy_set. */
bool policy_value_parse(struct policy_value *v, enum policy_id key,
			const char *text, struct err *err);
void policy_value_fini(struct policy_value *v, enum policy_id key);
enum policy_type policy_type_of(enum policy_id key);

#endif
