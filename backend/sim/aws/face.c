/*
 * The AWS face: authenticate, find the action, run it, answer in its dialect.
 */
#include "backend/sim/aws/face.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/map.h"

/* Services by the signature's scope. */
static const struct service {
	const char *name, *version;
	enum aws_dialect dialect;
	const struct aws_action *actions;
} services[] = {
	{ "autoscaling", "2011-01-01", AWS_QUERY, aws_autoscaling_actions },
	{ "ec2", "2016-11-15", AWS_EC2, aws_ec2_actions },
	{ "sts", "2011-06-15", AWS_QUERY, aws_sts_actions },
};

static const struct service *
service_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(services); i++)
		if (!strcmp(services[i].name, name))
			return &services[i];
	return NULL;
}

/* A different id for each request, the same in each run. */
static void
request_id(struct sim *w, const struct face_request *q, char out[static 40])
{
	uint64_t h = hash_bytes(q->body, q->body_len, sim_events(w));
	uint64_t l = hash_text(q->path) ^ (uint64_t)sim_now_ms(w);

	snprintf(out, 40, "%08x-%04x-4%03x-8%03x-%012llx",
		 (unsigned)(h >> 32), (unsigned)(h >> 16) & 0xffff,
		 (unsigned)h & 0xfff, (unsigned)(l >> 48) & 0xfff,
		 (unsigned long long)(l & 0xffffffffffff));
}

static void
json_fault(struct face_answer *a, const struct cloud_fault *f)
{
	json_t *o = json_pack("{s:s, s:s}", "__type", f->code, "message",
			      f->message);
	char *text = json_dumps(o, JSON_COMPACT);

	a->status = f->http;
	a->type = "application/json";
	face_set_header(a, "x-amzn-ErrorType", f->code);
	buf_puts(&a->body, text);
	free(text);
	json_decref(o);
}

static const struct aws_action *
action_find(const struct service *s, const char *name)
{
	const struct aws_action *x = s->actions;

	while (x->name && strcmp(x->name, name) != 0)
		x++;
	return x->name ? x : NULL;
}

static json_t *
run_action(struct aws_context *c, const struct service *s, const char *name)
{
	const struct aws_action *x = action_find(s, name);
	char arn[120];

	if (!x) {
		cloud_fail(&c->fault, 400, "InvalidAction",
			   "The action %s is not valid for this web service.",
			   name);
		return NULL;
	}
	if (x->write && c->user->role == SIM_VIEWER) {
		snprintf(arn, sizeof(arn), "arn:aws:iam::%s:user/%s",
			 c->cloud->account, c->user->name);
		if (s->dialect == AWS_EC2)
			cloud_fail(&c->fault, 403, "UnauthorizedOperation",
				   "You are not authorized to perform this "
				   "operation. User: %s is not authorized to "
				   "perform: ec2:%s", arn, name);
		else
			cloud_fail(&c->fault, 403, "AccessDenied",
				   "User: %s is not authorized to perform: "
				   "%s:%s", arn, s->name, name);
		return NULL;
	}
	c->wrote = x->write;
	return x->run(c);
}

static void
serve_query(struct aws_context *c, const struct service *s,
	    const struct face_request *q, struct face_answer *a)
{
	const char *action, *form = q->body;
	size_t len = q->body_len;
	json_t *result = NULL;
	char id[40];

	/* A GET carries its form in the query. */
	if (strcmp(q->method, "POST") != 0) {
		form = q->query;
		len = strlen(q->query);
	}
	request_id(c->w, q, id);
	face_set_header(a, "x-amzn-RequestId", id);
	c->params = aws_params_read(c->arena, form, len);
	action = aws_param(c->params, "Action");
	a->type = "text/xml;charset=UTF-8";
	if (c->fault.http)
		; /* not even authenticated */
	else if (!aws_params_good(c->params, &c->fault))
		; /* said already */
	else if (!action)
		cloud_fail(&c->fault, 400, "MissingAction",
			   "The request is missing an action.");
	else
		result = run_action(c, s, action);
	if (c->fault.http) {
		json_decref(result);
		a->status = c->fault.http;
		aws_xml_fault(&a->body, s->dialect, c->fault.code,
			      c->fault.message, c->fault.http, id);
		return;
	}
	aws_xml_answer(&a->body, s->dialect, action, s->version, result, id);
}

static void
serve(struct sim *w, const struct face_request *q, struct face_answer *a,
      struct arena *arena)
{
	struct aws_context c = { .w = w, .cloud = sim_cloud(w),
				 .arena = arena };
	const struct service *s;
	char service[32];

	if (q->caller) {
		snprintf(service, sizeof(service), "%s", q->caller->service);
		c.user = sim_user_by_name(q->caller->name);
	} else {
		c.user = aws_verify(q, arena, service, &c.fault);
	}
	if (str_has_prefix(q->path, "/clusters")) {
		if (!c.user || !aws_eks_serve(&c, q, a))
			json_fault(a, &c.fault);
		return;
	}
	s = service_find(service);
	if (!s) {
		/* Unsigned, or a service that is not simulated. */
		s = &services[0];
		if (c.user)
			cloud_fail(&c.fault, 400, "InvalidAction",
				   "The service %s is not simulated.",
				   service);
	}
	serve_query(&c, s, q, a);
	/* What a write set off at this very moment happens now. */
	sim_advance(w, sim_now_ms(w));
	if (!c.wrote)
		return;
	a->wrote = true;
	snprintf(a->caller.name, sizeof(a->caller.name), "%s", c.user->name);
	snprintf(a->caller.service, sizeof(a->caller.service), "%s", service);
}

const struct face face_aws = { .name = "aws", .serve = serve };
