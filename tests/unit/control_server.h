/*
 * The parts of the rig's server, for control_server.c, control_kube.c,
 * control_aws.c and control_world.c only.
 */
#ifndef UNIT_CONTROL_SERVER_H
#define UNIT_CONTROL_SERVER_H

#include "tests/unit/control_rig.h"

/* The object's place among all, or an empty one; fails when it is full. */
struct rig_object *rig_place_for(struct rig_object *all, const char *name);
/* Stores it and tells the watches of path. */
void rig_put(struct control_rig *r, struct rig_object *all, const char *path,
	     const char *name, const char *uid, char *json_taken);

/* Something changed there after the resourceVersion that the watch names. */
bool rig_watch_is_old(const struct control_rig *r, const char *target);

void rig_answer_review(struct control_rig *r, struct fake_conn *c,
		       const struct fake_request *q);
void rig_answer_write(struct control_rig *r, struct fake_conn *c,
		      const struct fake_request *q);
void rig_answer_get(struct control_rig *r, struct fake_conn *c,
		    const struct fake_request *q);
void rig_answer_aws(struct control_rig *r, struct fake_conn *c,
		    const struct fake_request *q);

#endif
