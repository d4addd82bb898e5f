/*
 * The table of actions, and the grammar of their arguments.
 */
#include "backend/control/action.h"

#include <errno.h>
#include <stdlib.h>

/* clang-format off */
const struct action_row action_rows[] = {
	{ "cordon", KIND_NODE, ROW_K8S_CORDON,
	  "Cordon: no new pods on the node", "" },
	{ "uncordon", KIND_NODE, ROW_K8S_CORDON,
	  "Uncordon: the node takes pods again", "" },
	{ "delete", KIND_POD, ROW_K8S_DELETE_POD,
	  "Delete the pod, with its grace period", "" },
	{ "scale", KIND_GROUP, ROW_AWS_SET_DESIRED,
	  "Set how many instances the group wants", "+N or N" },
	{ "limits", KIND_GROUP, ROW_AWS_UPDATE_GROUP,
	  "Raise or lower the group's minimum and maximum",
	  "min=N,max=N, one or both" },
	{ "acknowledge", KIND_ENTRY, ROW_COUNT,
	  "Close a journal entry whose writer died", "what was found" },
	{ "hold", KIND_GROUP, ROW_K8S_ANNOTATE_NODE,
	  "Hold: no autoscaler removes its nodes for a time, ours adds none",
	  "how long, and why: 1h REASON" },
	{ "unhold", KIND_GROUP, ROW_K8S_ANNOTATE_NODE,
	  "Unhold: end the group's hold now", "" },
	{ NULL, KIND_COUNT, ROW_COUNT, NULL, NULL },
};
/* clang-format on */

const struct action_row *
action_find(const char *verb)
{
	for (const struct action_row *r = action_rows; r->verb; r++)
		if (strcmp(r->verb, verb) == 0)
			return r;
	return NULL;
}

/* A whole number of instances; *end is where it stopped. */
static bool
read_count(const char *text, int32_t *n, const char **end)
{
	char *stop;
	long v;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	v = strtol(text, &stop, 10);
	if (errno || v > 100000)
		return false;
	*n = (int32_t)v;
	*end = stop;
	return true;
}

bool
action_parse_scale(const char *args, bool *relative, int32_t *n,
		   struct err *err)
{
	const char *end;

	if (*args == '-')
		return err_set(err, ERR_REFUSED,
			       "scale %s: going down names nodes, so that no "
			       "job is killed blindly; cordon and drain the "
			       "nodes instead (rule 7)",
			       args);
	*relative = *args == '+';
	if (!read_count(args + *relative, n, &end) || *end)
		return err_set(err, ERR_USAGE,
			       "scale takes +N or N, not \"%s\"", args);
	return true;
}

bool
action_parse_limits(const char *args, int32_t *min, int32_t *max,
		    struct err *err)
{
	const char *at = args;

	*min = *max = -1;
	while (*at) {
		int32_t *slot = NULL;

		if (strncmp(at, "min=", 4) == 0)
			slot = min;
		else if (strncmp(at, "max=", 4) == 0)
			slot = max;
		if (!slot || *slot >= 0 || !read_count(at + 4, slot, &at) ||
		    (*at && *at != ','))
			break;
		if (!*at)
			return true;
		at++;
	}
	return err_set(err, ERR_USAGE,
		       "limits takes min=N, max=N or both with a comma, not "
		       "\"%s\"",
		       args);
}
