/*
 * Every act a person can ask for, as a table.
 *
 * verb -> what it works on, which request rows it needs, how it is asked.  The
 * console's keys and the command line go through action_preview and
 * action_confirm, and so through the same permission check, safety rules,
 * journal and limits as the engine's acts.
 *
 * A preview says what would change from what to what, names the jobs that
 * would be killed, prints the equivalent command, and tells how it wants to be
 * answered.  Between preview and request the object is read again: when it is
 * not what was previewed, the act is refused (design 8, rule 7).
 */
#ifndef CONTROL_ACTION_H
#define CONTROL_ACTION_H

#include "backend/net/rows.h"
#include "backend/port.h"

struct action_row {
	const char *verb;	/* "cordon" */
	enum kind kind;		/* of its targets */
	enum row_id row;	/* the request it ends in */
	const char *summary;	/* "Cordon: no new pods on the node" */
	const char *args;	/* grammar of args, "" when none */
};

/* Ends with verb NULL. */
extern const struct action_row action_rows[];
const struct action_row *action_find(const char *verb);

/* "+3", "18" of scale: true with *relative telling which. */
bool action_parse_scale(const char *args, bool *relative, int32_t *n,
			struct err *err);
/* "min=1", "max=9", "min=1,max=9" of limits: -1 where not given. */
bool action_parse_limits(const char *args, int32_t *min, int32_t *max,
			 struct err *err);

#endif
