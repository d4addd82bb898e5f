/*
 * Every act a person or the engine can carry out, as a table.
 *
 * verb -> what it works on, which request rows it needs, how dangerous it is,
 * how it is asked.  The console's keys, the command line and the engine all go
 * through action_preview and action_run, and so through the same permission
 * check, safety rules, journal and limits.
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

#endif
