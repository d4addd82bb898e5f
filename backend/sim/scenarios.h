/*
 * The scenario files of scenarios/, compiled in (generated at build time).
 */
#ifndef SIM_SCENARIOS_H
#define SIM_SCENARIOS_H

#include <stddef.h>

struct scenario_text {
	const char *name; /* file name without ".yaml"; NULL ends the table */
	const char *text;
	size_t len;
};

extern const struct scenario_text scenario_texts[];

#endif
