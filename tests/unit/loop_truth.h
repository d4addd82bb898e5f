/*
 * What the closed loop must hold, judged by the world's own truth and never by
 * what paddock believes:
 *
 * - rule 4: no size outside a group's limits, at most max(10, 50 %) more of a
 *   group in ten minutes, at most three fewer;
 * - rule 7: no desired size below the live instances, nodes end by name and
 *   with decrement;
 * - rules 5 and 6: no running job's pod, no manager and no node with a running
 *   job is touched;
 * - each job that was lost has a cause, and the cause is not paddock.
 *
 * A breach fails the test at the request that makes it.
 */
#ifndef UNIT_LOOP_TRUTH_H
#define UNIT_LOOP_TRUTH_H

#include "tests/unit/loop_rig.h"

enum loss {		    /* why a job was lost, as the world knows */
	    LOST_SPOT,	    /* EC2 wanted the instance back */
	    LOST_MACHINE,   /* the machine broke */
	    LOST_ROLL,	    /* EKS replaced the node */
	    LOST_MANAGER,   /* its manager was killed */
	    LOST_PREEMPTED, /* the scheduler needed its place */
	    LOST_PATIENCE,  /* its pod never started in time: it was not served
			     */
	    LOST_OWN,	    /* it ran longer than it may */
	    LOST_PADDOCK,   /* paddock ended its node */
	    LOST_UNKNOWN,   /* none of these: somebody killed it */
	    LOST_COUNT
};
extern const char *const loss_names[LOST_COUNT];

struct loop_act {
	int64_t at_ms;
	const struct cloud_group *group;
	int32_t by; /* nodes more, or fewer */
};

struct loop_mark { /* a node that carries the taint of removal */
	char name[80];
	int64_t at_ms;
};

struct loop_truth {
	struct loop *loop;
	VEC(struct loop_act) acts; /* that the cloud accepted */
	VEC(struct loop_mark) marks;
	VEC(char *) ended, killed; /* instances; managers' pods */
	int64_t next_job;	   /* those from here on are new */
	int32_t pending_by;	   /* of the request under way */
	VEC(int64_t) open;	   /* jobs that were not over yet */
	uint32_t ups, downs, evictions, taints, flips;
	uint32_t jobs, succeeded, failed, canceled, lost[LOST_COUNT];
	int64_t longest_wait_ms; /* of a job until its pod ran */
};

void truth_open(struct loop_truth *t, struct loop *l);
void truth_close(struct loop_truth *t);
/* Jobs that ended since the last time; at least every half hour. */
void truth_look(struct loop_truth *t);
/* A manager's pod was killed by the test. */
void truth_killed_manager(struct loop_truth *t, const char *pod);
/* Acts since then, of any kind that changes the fleet. */
uint32_t truth_acts_since(const struct loop_truth *t, int64_t ms);
/* Every group the engine manages is at its minimum, and no job waits or
 * runs. */
bool truth_at_rest(const struct loop_truth *t);
/* Fails when a job waits, was not served, or was lost for no cause. */
void truth_all_served(const struct loop_truth *t);
void truth_print(const struct loop_truth *t, const char *name);

#endif
