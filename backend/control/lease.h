/*
 * Leading: holding Cluster Autoscaler's own Lease (design 5, rule 3).
 *
 * At most one autoscaler acts, and never none: the Lease is taken by update
 * with its resourceVersion, the former holder's pod is deleted (uid
 * precondition) so that it stops at once, and nothing is done before that pod
 * is gone or its container has restarted.  An act is sent only when (age since
 * the last successful renewal was sent, on BOOTTIME) + (the act's own
 * deadline) < the renew deadline.  A jump of the wall clock counts as loss; so
 * does a lost terminal.  A take-over ends after an hour at the latest.
 */
#ifndef CONTROL_LEASE_H
#define CONTROL_LEASE_H

#include "backend/control/backend_private.h"

/* An act under the Lease is over within this, answer or not. */
#define LEASED_REQUEST_MS ((int64_t)PERMIT_LEASED_MS)

struct leading *leading_new(struct backend *b);
void leading_free(struct leading *l);

/* Starts a take-over; what happens shows in engine_status and notes.  False
 * with err when it is refused at once. */
bool leading_start(struct backend *b, const char *why, struct err *err);
/* Hands back; leading_is_idle when the Lease is released. */
void leading_stop(struct backend *b, const char *why);
bool leading_is_idle(const struct leading *l);
/* It is about this Lease, "ns/name", or about none now. */
bool leading_is_at(const struct leading *l, const char *key);
/* We hold it and the former holder is known to have stopped. */
bool leading_acts(const struct leading *l);
/* "" or why nothing may be done yet. */
const char *leading_waits_for(const struct leading *l);

/* False with ERR_REFUSED when the lease may end before a request of request_ms
 * has; else the BOOTTIME after which it must not be sent any more. */
bool leading_covers(struct backend *b, int64_t request_ms,
		    int64_t *send_before_boot_ms, struct err *err);
/* For what a leader tells of itself, under the act that took the Lease. */
bool leading_permit(struct backend *b, enum row_id row, struct permit *out,
		    struct err *err);
/* Renews, notices loss and progress; once a turn. */
void leading_turn(struct backend *b);

#endif
