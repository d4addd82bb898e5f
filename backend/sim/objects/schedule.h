/*
 * Schedules of CronJobs: five fields in UTC, or a descriptor.
 */
#ifndef SIM_OBJECTS_SCHEDULE_H
#define SIM_OBJECTS_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct schedule {
	uint64_t minutes, hours, days, months, weekdays; /* bit n: at n */
	bool any_day, any_weekday; /* "*": the other of the two decides */
	int64_t every_ms;	   /* "@every 90m"; 0: by the fields */
};

/* False with the reason, in the words of the parser that Kubernetes uses. */
bool schedule_parse(const char *text, struct schedule *s, char *why,
		    size_t room);
/* The first time after this one; INT64_MAX: none in the next eight years. */
int64_t schedule_next(const struct schedule *s, int64_t after_ms);

#endif
