/*
 * A take-over's state, shared by lease.c (its life) and lease_change.c (the
 * three acts it consists of).
 */
#ifndef CONTROL_LEASE_PRIVATE_H
#define CONTROL_LEASE_PRIVATE_H

#include "backend/control/lease.h"
#include "backend/control/lease_call.h"

/* What the election runs by: the deployed autoscaler's own flags, since it
 * judges our lease by them (reference 0.1, integrations G3). */
struct lease_times {
	int64_t duration_ms;	/* another may take it this long after */
	int64_t deadline_ms;	/* we act no more this long after */
	int64_t retry_ms;	/* between renewals */
};

enum lease_state { IDLE, READING, TAKING, STOPPING, LEADING, HANDING,
		   RELEASING };

struct leading {
	struct backend *backend;
	enum lease_state state;
	struct lease_facts lease;
	struct lease_times times;
	char identity[128];
	char act_id[ACT_ID_TEXT]; /* the act that took it */
	char waits_for[256];
	/* The former holder. */
	struct target former;
	int32_t former_restarts;
	bool former_deleted;
	/* Renewal, on BOOTTIME. */
	int64_t renewed_boot_ms; /* when the last good one was sent */
	int64_t asked_boot_ms;	 /* when the one under way was sent; 0 */
	int64_t next_boot_ms;
	int64_t since_boot_ms;	 /* of the take-over */
	int64_t acquired_ms;	 /* world */
	int64_t handing_boot_ms, looked_boot_ms;
	int64_t clock_offset_ms; /* wall minus boot, to notice jumps */
	bool asking;		 /* a read is under way */
	bool led;		 /* the former holder had stopped */
	int64_t again_boot_ms;	 /* when a headless engine tries again */
	struct reactor_timer *timer;
};

/* lease.c */
void lease_enter(struct leading *l, enum lease_state state,
		 const char *waits_for);
/* lease_change.c: each an act of its own, journalled. */
void lease_take(struct leading *l);
void lease_release(struct leading *l);
/* Remembers the holder's pod; false when it is none that can be seen. */
bool lease_find_former(struct leading *l, const char *holder);
/* Seconds the Lease is written with. */
int32_t lease_duration_s(const struct leading *l);
bool lease_former_has_stopped(const struct leading *l);

#endif
