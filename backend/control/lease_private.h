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

enum lease_state { IDLE, READING, ASKING, TAKING, STOPPING, LEADING, HANDING,
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
	/* A holder that is no pod: what was seen of it, and since when it has
	 * not renewed. */
	char seen_rv[32];
	int64_t seen_boot_ms;
	/* Renewal, on BOOTTIME. */
	int64_t renewed_boot_ms; /* when the last good one was sent */
	int64_t asked_boot_ms;	 /* when the one under way was sent; 0 */
	int64_t next_boot_ms;
	int64_t since_boot_ms;	 /* of the take-over */
	int64_t acquired_ms;	 /* world */
	int64_t handing_boot_ms, looked_boot_ms;
	int64_t clock_offset_ms; /* wall minus boot, to notice jumps */
	bool asking;		 /* a read is under way */
	bool watching;		 /* the former holder's pod is being read */
	bool led;		 /* the former holder had stopped */
	int32_t lost_races;	 /* of this take-over, for the Lease */
	int64_t again_boot_ms;	 /* when a headless engine tries again */
	struct reactor_timer *timer;
};

/* lease_begin.c: goes on while READING. */
void lease_begin_turn(struct leading *l, int64_t now);

/* lease.c */
bool lease_is_headless(const struct backend *b);
int64_t lease_clock_offset(const struct backend *b); /* wall minus boot */
void lease_enter(struct leading *l, enum lease_state state,
		 const char *waits_for);
/* lease_change.c: each an act of its own, journalled. */
void lease_take(struct leading *l);
void lease_release(struct leading *l);
/* Remembers the holder's pod; false when it is none that can be seen. */
bool lease_find_former(struct leading *l, const char *holder);
/* Reads it, uncached; lease_former makes sense of the answer.  The first one
 * says from which uid and restart on it counts as stopped. */
bool lease_read_former(struct leading *l, lease_on_done on_done,
		       struct err *err);
enum former { FORMER_RUNS, FORMER_STOPPED, FORMER_UNKNOWN };
enum former lease_former(struct leading *l, const struct kube_answer *a,
			 bool first);
/* Seconds the Lease is written with. */
int32_t lease_duration_s(const struct leading *l);

#endif
