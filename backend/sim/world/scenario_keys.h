/*
 * The keys of scenario files, as tables: one row a key.  Private to scenario.c.
 */
#ifndef SIM_WORLD_SCENARIO_KEYS_H
#define SIM_WORLD_SCENARIO_KEYS_H

#include "backend/sim/world/scenario.h"

enum key_type {
	KEY_TEXT,     /* one line or more */
	KEY_NAME,     /* a DNS label */
	KEY_NAMES,    /* a list, or one text with commas */
	KEY_PAIRS,    /* a mapping, kept as "key=value" */
	KEY_INT,      /* not negative */
	KEY_REAL,     /* not negative */
	KEY_SHARE,    /* 0 to 1 */
	KEY_BOOL,
	KEY_DURATION, /* Go's syntax, not negative */
	KEY_OFFSET,   /* the same, may be negative */
	KEY_CPU,      /* a quantity, thousandths kept */
	KEY_BYTES,    /* a quantity */
	KEY_TIME,     /* RFC 3339 */
	KEY_SWITCH,   /* none, off, on */
	KEY_PART,     /* read by a table of its own */
};

struct scenario_key {
	const char *name; /* NULL ends the table */
	enum key_type type;
	size_t offset;
	const char *initial; /* as it would be written; NULL: zero */
	const char *help;
	bool required;
};

extern const struct scenario_key scenario_keys[], scenario_group_keys[],
	scenario_runner_keys[], scenario_load_keys[], scenario_system_keys[],
	scenario_act_keys[], scenario_gitlab_keys[];

#endif
