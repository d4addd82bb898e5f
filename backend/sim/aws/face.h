/*
 * The AWS face: who calls (SigV4), which action, answers as XML or JSON.
 *
 * aws_face.c routes and authenticates, aws_verify.c checks signatures,
 * aws_params.c reads forms, aws_xml.c writes the two XML dialects, and
 * aws_autoscaling.c, aws_ec2.c, aws_sts.c and aws_eks.c hold the actions.
 */
#ifndef SIM_AWS_FACE_H
#define SIM_AWS_FACE_H

#include <jansson.h>

#include "backend/sim/world/access.h"
#include "backend/sim/world/cloud.h"
#include "backend/sim/server/face.h"

/* ---- forms (aws_params.c) ---- */

struct aws_params;
/* "a=1&b.member.1=2", decoded; lives in the arena. */
struct aws_params *aws_params_read(struct arena *a, const char *form,
				   size_t len);
/* Few enough, and text: what is not UTF-8 would get into no answer. */
bool aws_params_good(const struct aws_params *p, struct cloud_fault *f);
const char *aws_param(const struct aws_params *p, const char *name); /* NULL */
/* name as printf of one number from 1: "InstanceId.%u"; NULL past the end. */
const char *aws_param_at(const struct aws_params *p, const char *format,
			 unsigned i);
/* False when present but no whole number. */
bool aws_param_int(const struct aws_params *p, const char *name, int64_t *out);
bool aws_param_bool(const struct aws_params *p, const char *name, bool absent);

/* ---- one call ---- */

struct aws_context {
	struct sim *w;
	struct cloud *cloud;
	const struct sim_user *user;
	const struct aws_params *params;
	struct arena *arena;
	struct cloud_fault fault; /* http 0: none */
	bool wrote;		  /* an action that changes the world ran */
};

/* New tree of the result's members, or NULL with the fault set. */
typedef json_t *(*aws_action_fn)(struct aws_context *c);

struct aws_action {
	const char *name;
	aws_action_fn run;
	bool write; /* needs more than a viewer */
};

/* Ends with name NULL. */
extern const struct aws_action aws_autoscaling_actions[], aws_ec2_actions[],
	aws_sts_actions[];

/* A page of a list: NextToken is the index to go on with.  Takes list over and
 * returns it under `member` with NextToken when there is more. */
json_t *aws_page(struct aws_context *c, const char *member, json_t *list,
		 const char *size_param, int64_t most);

/* EKS: GET /clusters/...; false when there is no such path. */
bool aws_eks_serve(struct aws_context *c, const struct face_request *q,
		   struct face_answer *a);

/* ---- XML (aws_xml.c) ---- */

enum aws_dialect { AWS_QUERY, AWS_EC2 };
/* Steals result; NULL is an empty one. */
void aws_xml_answer(struct buf *out, enum aws_dialect d, const char *action,
		    const char *version, json_t *result, const char *request);
void aws_xml_fault(struct buf *out, enum aws_dialect d, const char *code,
		   const char *message, int http, const char *request);

/* ---- signatures (aws_verify.c) ---- */

/* The caller, or NULL with the fault set.  service: the one of the scope. */
const struct sim_user *aws_verify(const struct face_request *q,
				  struct arena *a, char service[static 32],
				  struct cloud_fault *fault);

#endif
