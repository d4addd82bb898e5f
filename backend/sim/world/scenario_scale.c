/*
 * A scenario in small: the same groups, runners and loads, a part of each.
 */
#include <stdint.h>

#include "backend/sim/world/scenario.h"

/* Nothing that is there becomes nothing. */
static int32_t
part_of(int32_t n, int32_t parts)
{
	return n / parts + (n % parts > 0);
}

void
scenario_scale(struct scenario *s, int32_t parts)
{
	struct scenario_group *groups = (void *)(uintptr_t)s->groups;
	struct scenario_runner *runners = (void *)(uintptr_t)s->runners;
	struct scenario_load *loads = (void *)(uintptr_t)s->loads;

	BUG_IF(parts < 1);
	for (uint32_t i = 0; i < s->group_n; i++) {
		groups[i].min = part_of(groups[i].min, parts);
		groups[i].max = part_of(groups[i].max, parts);
		groups[i].desired = part_of(groups[i].desired, parts);
	}
	for (uint32_t i = 0; i < s->runner_n; i++)
		runners[i].replicas = part_of(runners[i].replicas, parts);
	for (uint32_t i = 0; i < s->load_n; i++) {
		loads[i].at_start = part_of(loads[i].at_start, parts);
		loads[i].at_work = part_of(loads[i].at_work, parts);
		loads[i].per_minute /= parts;
	}
}
