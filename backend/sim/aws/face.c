/*
 * The AWS face: authenticate, find the action, run it, answer in its protocol.
 */
#include "backend/sim/aws/face.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/base/map.h"

static const struct aws_service services[] = {
	{ "autoscaling", "autoscaling", "2011-01-01",
	  "http://autoscaling.amazonaws.com/doc/2011-01-01/", AWS_QUERY,
	  aws_autoscaling_actions },
	{ "ec2", "ec2", "2016-11-15",
	  "http://ec2.amazonaws.com/doc/2016-11-15/", AWS_EC2,
	  aws_ec2_actions },
	{ "sts", "sts", "2011-06-15",
	  "https://sts.amazonaws.com/doc/2011-06-15/", AWS_QUERY,
	  aws_sts_actions },
	{ "monitoring", "cloudwatch", "2010-08-01",
	  "http://monitoring.amazonaws.com/doc/2010-08-01/", AWS_QUERY,
	  aws_cloudwatch_actions },
	{ "eks", "eks", "2017-11-01", "", AWS_REST, aws_eks_actions },
	{ "ssm", "ssm", "2014-11-06", "", AWS_JSON11, aws_ssm_actions },
};

/* How requests that are not forms name service and action. */
static const struct {
	const char *prefix, *scope;
	enum aws_protocol protocol;
	bool in_path; /* else the X-Amz-Target header */
} targets[] = {
	{ "/service/GraniteServiceVersion20100801/operation/", "monitoring",
	  AWS_CBOR, true },
	{ "GraniteServiceVersion20100801.", "monitoring", AWS_JSON10, false },
	{ "AmazonSSM.", "ssm", AWS_JSON11, false },
};

static const struct aws_service *
service_find(const char *scope)
{
	for (size_t i = 0; i < ARRAY_LEN(services); i++)
		if (!strcmp(services[i].scope, scope))
			return &services[i];
	return NULL;
}

/* The service that protocol and headers name; NULL for plain forms, which go
 * by what they are signed for. */
static const struct aws_service *
service_of(struct aws_context *c, const char **action)
{
	const char *target = face_header(c->q, "X-Amz-Target");

	for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
		const char *text = targets[i].in_path ? c->q->path : target;

		if (!text || !str_has_prefix(text, targets[i].prefix))
			continue;
		*action = text + strlen(targets[i].prefix);
		c->protocol = targets[i].protocol;
		return service_find(targets[i].scope);
	}
	*action = NULL;
	if (target) {
		c->protocol = AWS_JSON11;
		*action = target;
		return service_find("ssm");
	}
	if (strcmp(c->q->path, "/") != 0 && *c->q->path) {
		c->protocol = AWS_REST;
		return service_find("eks");
	}
	return NULL;
}

/* ---- input ---- */

static void
read_form(struct aws_context *c)
{
	const char *form = c->q->body;
	size_t len = c->q->body_len;

	/* A GET carries its form in the query. */
	if (strcmp(c->q->method, "POST") != 0) {
		form = c->q->query;
		len = strlen(c->q->query);
	}
	c->params = aws_params_read(c->arena, form, len);
}

static bool
read_input(struct aws_context *c)
{
	json_error_t e;

	if (c->protocol == AWS_QUERY || c->protocol == AWS_EC2)
		return aws_params_good(c->params, &c->fault);
	if (c->q->body_len == 0) {
		c->input = json_object();
		return true;
	}
	c->input = c->protocol == AWS_CBOR
			   ? aws_cbor_read(c->q->body, c->q->body_len)
			   : json_loadb(c->q->body, c->q->body_len,
					JSON_REJECT_DUPLICATES, &e);
	if (json_is_object(c->input))
		return true;
	return cloud_fail(&c->fault, 400, "SerializationException",
			  "Start of structure or map found where not "
			  "expected.");
}

/* ---- actions ---- */

/* "/clusters/:" against "/clusters/a%2Fb": parts decoded into args. */
static bool
path_matches(struct aws_context *c, const char *pattern)
{
	const char *at = c->q->path;
	uint32_t n = 0;

	memset(c->args, 0, sizeof(c->args));
	for (; *pattern; pattern++) {
		size_t len;

		if (*pattern != ':') {
			if (*at++ != *pattern)
				return false;
			continue;
		}
		len = strcspn(at, "/");
		if (len == 0)
			return false;
		c->args[n++] = face_decode(c->arena, at, len, false);
		at += len;
	}
	return !*at || !strcmp(at, "/");
}

static const struct aws_action *
action_find(struct aws_context *c, const struct aws_service *s,
	    const char *name)
{
	for (const struct aws_action *x = s->actions; x->name; x++) {
		if (c->protocol == AWS_REST
			    ? !strcmp(x->method, c->q->method) &&
				      path_matches(c, x->path)
			    : name && !strcmp(x->name, name))
			return x;
	}
	return NULL;
}

static void
no_such_action(struct aws_context *c, const char *name)
{
	if (c->protocol == AWS_REST)
		cloud_fail(&c->fault, 404, "UnknownOperationException",
			   "%s %s is not an operation of this service.",
			   c->q->method, c->q->path);
	else if (c->protocol > AWS_EC2)
		cloud_fail(&c->fault, 400, "UnknownOperationException",
			   "The operation %s is not known.", name);
	else
		cloud_fail(&c->fault, 400, "InvalidAction",
			   "The action %s is not valid for this web service.",
			   name);
}

/* EC2 asks first whether one would be allowed to. */
static bool
is_dry_run(struct aws_context *c)
{
	if (c->protocol != AWS_EC2 ||
	    !aws_param_bool(c->params, "DryRun", false))
		return false;
	cloud_fail(&c->fault, 412, "DryRunOperation",
		   "Request would have succeeded, but DryRun flag is set.");
	return true;
}

static json_t *
run(struct aws_context *c, const struct aws_service *s, const char **name)
{
	const struct aws_action *x;

	if (c->protocol <= AWS_EC2)
		*name = aws_param(c->params, "Action");
	x = action_find(c, s, *name);
	if (!x && !*name && c->protocol <= AWS_EC2) {
		cloud_fail(&c->fault, 400, "MissingAction",
			   "The request is missing an action.");
		return NULL;
	}
	if (!x) {
		no_such_action(c, *name);
		return NULL;
	}
	*name = x->name;
	/* What is replayed has passed before. */
	if (!aws_throttle_pass(c->q->caller ? NULL : c->q->state, c, s, x,
			       clock_boot_ms(&clock_system)) ||
	    !aws_may(c, s, x) || is_dry_run(c) || !read_input(c))
		return NULL;
	c->wrote = x->write;
	return x->run(c);
}

/* Who it is; scope: what it is signed for. */
static bool
authenticate(struct aws_context *c, char scope[static 32])
{
	if (!c->q->caller)
		return aws_verify(c->q, c->arena, c->protocol, &c->who, scope,
				  &c->fault);
	aws_caller_read(c->q->caller->name, &c->who);
	snprintf(scope, 32, "%s", c->q->caller->service);
	return true;
}

/* The one action that nobody signs. */
static bool
is_unsigned(const struct aws_context *c)
{
	return !c->q->caller && !face_header(c->q, "Authorization") &&
	       str_eq(aws_param(c->params, "Action"),
		      "AssumeRoleWithWebIdentity");
}

/* The service of a plain form; NULL with the fault. */
static const struct aws_service *
form_service(struct aws_context *c, char scope[static 32])
{
	const char *header = face_header(c->q, "Authorization");
	const struct aws_service *s;

	read_form(c);
	if (is_unsigned(c))
		return service_find("sts");
	/* EC2's refusals look different: peek at the scope. */
	if (strstr(str_or_empty(header), "/ec2/aws4_request"))
		c->protocol = AWS_EC2;
	if (!authenticate(c, scope))
		return NULL;
	s = service_find(scope);
	if (s && s->protocol <= AWS_EC2) {
		c->protocol = s->protocol;
		return s;
	}
	cloud_fail(&c->fault, 400, "InvalidAction",
		   "The service %s is not simulated.", scope);
	return NULL;
}

static void
call(struct aws_context *c, char scope[static 32])
{
	const char *action = NULL;
	const struct aws_service *s = service_of(c, &action);
	json_t *result = NULL;

	if (!s)
		s = form_service(c, scope);
	else if (!authenticate(c, scope))
		s = NULL;
	if (s)
		result = run(c, s, &action);
	if (c->fault.http) {
		json_decref(result);
		aws_refuse(c);
	} else {
		aws_answer(c, s, action, result);
	}
}

/* A different id for each request, the same in each run. */
static void
set_request_id(struct aws_context *c)
{
	const struct face_request *q = c->q;
	uint64_t h = hash_bytes(q->body, q->body_len, sim_events(c->w));
	uint64_t l = hash_text(q->path) ^ (uint64_t)sim_now_ms(c->w);
	char id[40];

	snprintf(id, sizeof(id), "%08x-%04x-4%03x-8%03x-%012llx",
		 (unsigned)(h >> 32), (unsigned)(h >> 16) & 0xffff,
		 (unsigned)h & 0xfff, (unsigned)(l >> 48) & 0xfff,
		 (unsigned long long)(l & 0xffffffffffff));
	face_set_header(c->a, "x-amzn-RequestId", id);
}

static void
serve(struct sim *w, const struct face_request *q, struct face_answer *a,
      struct arena *arena)
{
	struct aws_context c = { .w = w,
				 .cloud = sim_cloud(w),
				 .q = q,
				 .a = a,
				 .arena = arena };
	char scope[32] = "";

	set_request_id(&c);
	call(&c, scope);
	json_decref(c.input);
	/* What a write set off at this very moment happens now. */
	sim_advance(w, sim_now_ms(w));
	if (!c.wrote)
		return;
	a->wrote = true;
	aws_caller_text(&c.who, a->caller.name);
	snprintf(a->caller.service, sizeof(a->caller.service), "%s", scope);
}

static void *
open_state(struct sim *w)
{
	aws_tokens_open(w);
	return aws_throttle_new();
}

static void
close_state(void *state)
{
	aws_throttle_free(state);
}

const struct face face_aws = { .name = "aws",
			       .open = open_state,
			       .close = close_state,
			       .serve = serve };
