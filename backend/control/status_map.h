/*
 * The status ConfigMap while we lead, in the deployed autoscaler's own format
 * (reference 8.1), so that what watches it goes on working and the loop is
 * seen to run (design 5).
 *
 * Written after each decision under the act that took the Lease: a journal
 * line every ten seconds would bury the journal.  Failures are only logged.
 */
#ifndef CONTROL_STATUS_MAP_H
#define CONTROL_STATUS_MAP_H

#include "backend/control/engine_private.h"

struct status_map;

struct status_map *status_map_new(struct engine_run *e);
void status_map_free(struct status_map *m);
/* Writes what the plan says now; one write at a time. */
void status_map_tell(struct status_map *m);
/* The text of data.status; times of changes are kept from call to call. */
void status_map_write(struct status_map *m, struct buf *out);

#endif
