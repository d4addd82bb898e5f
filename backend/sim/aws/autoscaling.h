/*
 * Auto Scaling's writes, for the table of its actions.
 */
#ifndef SIM_AWS_AUTOSCALING_H
#define SIM_AWS_AUTOSCALING_H

#include "backend/sim/aws/face.h"

json_t *autoscaling_set_desired(struct aws_context *c);
json_t *autoscaling_update(struct aws_context *c);
json_t *autoscaling_terminate(struct aws_context *c);
json_t *autoscaling_suspend(struct aws_context *c);
json_t *autoscaling_resume(struct aws_context *c);
json_t *autoscaling_put_tags(struct aws_context *c);
json_t *autoscaling_delete_tags(struct aws_context *c);
json_t *autoscaling_protect(struct aws_context *c);
json_t *autoscaling_enter_standby(struct aws_context *c);
json_t *autoscaling_exit_standby(struct aws_context *c);
/* autoscaling_refresh.c */
json_t *autoscaling_start_refresh(struct aws_context *c);
json_t *autoscaling_cancel_refresh(struct aws_context *c);
json_t *autoscaling_rollback_refresh(struct aws_context *c);
json_t *autoscaling_refreshes(struct aws_context *c);
json_t *autoscaling_set_health(struct aws_context *c);

#endif
