/*
 * What EKS's actions share, and those of the other files for the table in
 * eks.c.
 */
#ifndef SIM_AWS_EKS_H
#define SIM_AWS_EKS_H

#include "backend/sim/aws/face.h"
#include "backend/sim/world/eks.h"

/* The cluster that the path names is there; else the fault. */
bool eks_is_cluster(struct aws_context *c);
/* Fails with ResourceNotFoundException; NULL. */
json_t *eks_not_found(struct aws_context *c, const char *what,
		      const char *name);
json_t *eks_bad(struct aws_context *c, const char *message);
/* A member of the body, when it is of that type; a wrong type sets the
 * fault. */
const json_t *eks_member(struct aws_context *c, const json_t *from,
			 const char *name, json_type type);
/* An update of this client's token that was begun before; NULL. */
struct eks_update *eks_begun(struct aws_context *c);
/* {"update": ...}, the token remembered; u NULL: there is a fault. */
json_t *eks_answer_update(struct aws_context *c, struct eks_update *u);

json_t *eks_update_config(struct aws_context *c);
json_t *eks_update_version(struct aws_context *c);
json_t *eks_list_updates(struct aws_context *c);
json_t *eks_describe_update(struct aws_context *c);
json_t *eks_list_access(struct aws_context *c);
json_t *eks_create_access(struct aws_context *c);
json_t *eks_describe_access(struct aws_context *c);
json_t *eks_update_access(struct aws_context *c);
json_t *eks_delete_access(struct aws_context *c);
json_t *eks_list_policies(struct aws_context *c);
json_t *eks_list_associated(struct aws_context *c);
json_t *eks_associate(struct aws_context *c);
json_t *eks_disassociate(struct aws_context *c);
json_t *eks_list_addons(struct aws_context *c);
json_t *eks_describe_addon(struct aws_context *c);
json_t *eks_update_addon(struct aws_context *c);
json_t *eks_addon_catalogue(struct aws_context *c);
json_t *eks_list_insights(struct aws_context *c);
json_t *eks_describe_insight(struct aws_context *c);
json_t *eks_list_tags(struct aws_context *c);
json_t *eks_list_fargate(struct aws_context *c);
json_t *eks_list_identity_providers(struct aws_context *c);
json_t *eks_describe_association(struct aws_context *c);

#endif
