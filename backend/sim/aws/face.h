/*
 * The AWS face: who calls (SigV4), which action, answers in the protocol the
 * service speaks (reference integrations D1): query XML, EC2's own XML, JSON,
 * REST-JSON, CBOR.
 *
 *	face.c		from request to action and back
 *	answer.c	the five ways to answer; xml.c, cbor.c write two of them
 *	params.c	forms;  page.c	lists in pages
 *	verify.c	signatures;  session.c	keys that expire, roles
 *	policy.c	who may do what;  throttle.c	and how often
 *	autoscaling*.c, ec2*.c, eks*.c, sts.c, cloudwatch*.c, ssm.c	actions
 */
#ifndef SIM_AWS_FACE_H
#define SIM_AWS_FACE_H

#include <jansson.h>

#include "backend/sim/world/access.h"
#include "backend/sim/world/cloud.h"
#include "backend/sim/server/face.h"

enum aws_protocol {
	AWS_QUERY,  /* form in, XML out */
	AWS_EC2,    /* the same with other names */
	AWS_JSON10, /* X-Amz-Target; CloudWatch */
	AWS_JSON11, /* X-Amz-Target; SSM */
	AWS_REST,   /* EKS */
	AWS_CBOR,   /* smithy-rpc-v2-cbor; CloudWatch */
};

/* ---- forms (params.c) ---- */

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
/* New tree of a query form, lists of "member.N" as arrays; leaves are texts. */
json_t *aws_params_tree(const struct aws_params *p);

/* ---- who calls (verify.c, session.c) ---- */

struct aws_role {
	const char *name;
	const char *trusted; /* users who may assume it, comma separated */
	const char *subject; /* of web identities that may; NULL: none */
	const struct aws_grant *policy;
};
/* Ends with name NULL. */
extern const struct aws_role aws_roles[];
const struct aws_role *aws_role_find(const char *name);

struct aws_caller {
	const struct sim_user *user; /* NULL: a role of nobody's */
	const struct aws_role *role; /* NULL: the user itself */
	char session[72];	     /* name of the role session, "" */
	bool temporary;		     /* keys that expire */
	char key_id[40];
};

/* The keys of a session; no state is kept, the token says it all. */
struct aws_session {
	char key_id[40], secret[72], token[460];
	int64_t expires_ms; /* wall time */
};
/* who says user, role and session name. */
void aws_session_make(const struct aws_caller *who, int64_t expires_ms,
		      uint64_t serial, struct aws_session *out);
enum aws_token { AWS_TOKEN_GOOD, AWS_TOKEN_BAD, AWS_TOKEN_EXPIRED };
/* secret: what the session signs with. */
enum aws_token aws_session_read(const char *key_id, const char *token,
				int64_t now_ms, struct aws_caller *who,
				char secret[static 72]);

/* The caller as text and back, for the log of writes. */
void aws_caller_text(const struct aws_caller *who, char out[static 128]);
void aws_caller_read(const char *text, struct aws_caller *who);

/* False with the fault set.  service: the one of the scope, "" when there is
 * none. */
bool aws_verify(const struct face_request *q, struct arena *a,
		enum aws_protocol protocol, struct aws_caller *who,
		char service[static 32], struct cloud_fault *fault);

/* ---- one call ---- */

enum { AWS_ARGS = 3 };

struct aws_service;

struct aws_context {
	struct sim *w;
	struct cloud *cloud;
	const struct face_request *q;
	struct face_answer *a;
	struct arena *arena;
	enum aws_protocol protocol;
	struct aws_caller who;
	const struct aws_params *params; /* of forms */
	json_t *input;			 /* of everything else; or NULL */
	const char *args[AWS_ARGS];	 /* decoded parts of a REST path */
	struct cloud_fault fault;	 /* http 0: none */
	bool wrote; /* an action that changes the world ran */
};

/* New tree of the result's members, or NULL with the fault set. */
typedef json_t *(*aws_action_fn)(struct aws_context *c);

struct aws_action {
	const char *name;
	aws_action_fn run;
	bool write;
	/* REST only: "GET" and "/clusters/:"; a colon is one part. */
	const char *method, *path;
};

struct aws_service {
	const char *scope;   /* what requests are signed for */
	const char *iam;     /* prefix of its actions in policies */
	const char *version; /* of the query API */
	const char *xmlns;
	enum aws_protocol protocol; /* of plain forms */
	const struct aws_action *actions;
};

/* Each ends with name NULL. */
extern const struct aws_action aws_autoscaling_actions[], aws_ec2_actions[],
	aws_sts_actions[], aws_eks_actions[], aws_cloudwatch_actions[],
	aws_ssm_actions[];

/* A parameter of any protocol as text; NULL. */
const char *aws_text(struct aws_context *c, const char *name);
/* The number of a parameter, absent unless given; false (and the fault) when
 * it is none or out of bounds. */
bool aws_number(struct aws_context *c, const char *name, int64_t least,
		int64_t most, int64_t *out);
/* NULL with the fault. */
const char *aws_required(struct aws_context *c, const char *name);
/* Fails with the code that this protocol uses for bad values; NULL. */
PRINTF_LIKE(2, 3) json_t *aws_invalid(struct aws_context *c, const char *fmt,
				      ...);
char *aws_caller_arn(const struct aws_context *c);
char *aws_arn(const struct aws_context *c, const char *service,
	      const char *resource);
/* Seconds since the epoch. */
json_t *aws_seconds(int64_t ms);

/* ---- lists in pages (page.c) ---- */

struct aws_paging {
	const char *member; /* under which the page is returned */
	const char *key;    /* member that tells items apart; NULL: texts */
	const char *size;   /* "MaxRecords" */
	int32_t least, normal, most;
};
/* Takes list over; NULL with the fault. */
json_t *aws_page(struct aws_context *c, const struct aws_paging *p,
		 json_t *list);

/* ---- answers (answer.c, xml.c, cbor.c) ---- */

/* Steals result; NULL is an empty one. */
void aws_answer(struct aws_context *c, const struct aws_service *s,
		const char *action, json_t *result);
/* What c->fault says. */
void aws_refuse(struct aws_context *c);

/* CloudWatch's times: milliseconds in trees, each protocol's own outside. */
bool aws_is_time(const char *member);
void aws_xml_members(struct buf *out, enum aws_protocol p,
		     const json_t *object);
void aws_xml_text(struct buf *out, const char *text);
void aws_cbor_write(struct buf *out, const char *member, const json_t *v);
/* New tree, or NULL when it is no CBOR of a sane depth. */
json_t *aws_cbor_read(const void *bytes, size_t len);

/* ---- who may, and how often ---- */

struct aws_grant {
	const char *action; /* "autoscaling:Describe*"; NULL ends */
};
extern const struct aws_grant aws_grants_all[], aws_grants_oncall[],
	aws_grants_viewer[], aws_grants_engine[], aws_grants_autoscaler[];
/* False with the fault; resource: what is acted on. */
bool aws_may(struct aws_context *c, const struct aws_service *s,
	     const struct aws_action *x);
/* text with '*' and '?' only; never more than len(text) * len(glob) steps. */
bool aws_glob(const char *glob, const char *text);

struct aws_throttle;
struct aws_throttle *aws_throttle_new(void);
void aws_throttle_free(struct aws_throttle *t);
/* False with the fault. */
bool aws_throttle_pass(struct aws_throttle *t, struct aws_context *c,
		       const struct aws_service *s,
		       const struct aws_action *x, int64_t boot_ms);

/* ---- EKS tokens (aws_eks_token.c) ---- */

/* From now on the cluster asks here whose a presigned token is. */
void aws_tokens_open(struct sim *w);

#endif
