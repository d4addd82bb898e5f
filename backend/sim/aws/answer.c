/*
 * The five ways to answer, and what every action uses: parameters of any
 * protocol, refusals in its words, names of things.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/aws/face.h"

/* ---- parameters ---- */

const char *
aws_text(struct aws_context *c, const char *name)
{
	const json_t *v;

	if (c->protocol <= AWS_EC2)
		return aws_param(c->params, name);
	v = json_object_get(c->input, name);
	if (json_is_integer(v))
		return arena_printf(c->arena, "%lld",
				    (long long)json_integer_value(v));
	if (json_is_boolean(v))
		return json_is_true(v) ? "true" : "false";
	if (json_is_string(v))
		return json_string_value(v);
	return c->protocol == AWS_REST ? face_query(c->q, c->arena, name)
				       : NULL;
}

/* "MaxRecords" is maxRecords in Auto Scaling's sentences. */
static const char *
spoken(struct aws_context *c, const char *name)
{
	char *lower = arena_strdup(c->arena, name);

	if (*lower >= 'A' && *lower <= 'Z')
		*lower = (char)(*lower + ('a' - 'A'));
	return lower;
}

json_t *
aws_invalid(struct aws_context *c, const char *fmt, ...)
{
	static const char *const codes[] = {
		[AWS_QUERY] = "ValidationError",
		[AWS_EC2] = "InvalidParameterValue",
		[AWS_JSON10] = "InvalidParameterValue",
		[AWS_JSON11] = "ValidationException",
		[AWS_REST] = "InvalidParameterException",
		[AWS_CBOR] = "InvalidParameterValue",
	};
	va_list args;
	char *text;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	cloud_fail(&c->fault, 400, codes[c->protocol], "%s", text);
	free(text);
	return NULL;
}

bool
aws_number(struct aws_context *c, const char *name, int64_t least,
	   int64_t most, int64_t *out)
{
	const char *text = aws_text(c, name), *of = spoken(c, name);
	bool low;
	char *end;

	if (!text)
		return true;
	*out = strtoll(text, &end, 10);
	if (end == text || *end) {
		aws_invalid(c, "Value ( %s ) for parameter %s is invalid.",
			    text, of);
		return false;
	}
	low = *out < least;
	if (!low && *out <= most)
		return true;
	if (c->protocol == AWS_EC2)
		aws_invalid(c,
			    "Value ( %s ) for parameter %s is invalid. "
			    "Expecting a value %s %lld.",
			    text, of,
			    low ? "greater than or equal to"
				: "less than or equal to",
			    (long long)(low ? least : most));
	else
		aws_invalid(c,
			    "1 validation error detected: Value '%s' at '%s' "
			    "failed to satisfy constraint: Member must have "
			    "value %s than or equal to %lld",
			    text, of, low ? "greater" : "less",
			    (long long)(low ? least : most));
	return false;
}

const char *
aws_required(struct aws_context *c, const char *name)
{
	const char *value = aws_text(c, name);

	if (value && *value)
		return value;
	if (c->protocol == AWS_EC2)
		cloud_fail(&c->fault, 400, "MissingParameter",
			   "The request must contain the parameter %s", name);
	else
		aws_invalid(c,
			    "1 validation error detected: Value null at '%s' "
			    "failed to satisfy constraint: Member must not be "
			    "null",
			    spoken(c, name));
	return NULL;
}

/* ---- names ---- */

char *
aws_arn(const struct aws_context *c, const char *service, const char *resource)
{
	bool global = str_eq(service, "iam") || str_eq(service, "sts");

	return arena_printf(c->arena, "arn:aws:%s:%s:%s:%s", service,
			    global ? "" : c->cloud->region, c->cloud->account,
			    resource);
}

char *
aws_caller_arn(const struct aws_context *c)
{
	char text[200];

	if (c->who.role) {
		snprintf(text, sizeof(text), "assumed-role/%s/%s",
			 c->who.role->name, c->who.session);
		return aws_arn(c, "sts", text);
	}
	snprintf(text, sizeof(text), "user/%s",
		 c->who.user ? c->who.user->name : "nobody");
	return aws_arn(c, "iam", text);
}

json_t *
aws_seconds(int64_t ms)
{
	return json_real((double)ms / 1000.0);
}

bool
aws_is_time(const char *member)
{
	return str_eq(member, "Timestamps") || str_eq(member, "Timestamp");
}

/* ---- answers ---- */

static const char *
request_id(const struct aws_context *c)
{
	return c->a->headers[0][1];
}

static void
set_type(struct aws_context *c)
{
	static const char *const types[] = {
		[AWS_QUERY] = "text/xml",
		[AWS_EC2] = "text/xml;charset=UTF-8",
		[AWS_JSON10] = "application/x-amz-json-1.0",
		[AWS_JSON11] = "application/x-amz-json-1.1",
		[AWS_REST] = "application/json",
		[AWS_CBOR] = "application/cbor",
	};

	c->a->type = types[c->protocol];
	if (c->protocol == AWS_CBOR)
		face_set_header(c->a, "smithy-protocol", "rpc-v2-cbor");
}

static void
xml_answer(struct aws_context *c, const struct aws_service *s,
	   const char *action, const json_t *result)
{
	struct buf *out = &c->a->body;

	if (c->protocol == AWS_EC2)
		buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	buf_printf(out, "<%sResponse xmlns=\"%s\">", action, s->xmlns);
	if (c->protocol == AWS_EC2)
		buf_printf(out, "<requestId>%s</requestId>", request_id(c));
	else
		buf_printf(out, "<%sResult>", action);
	aws_xml_members(out, c->protocol, result);
	if (c->protocol == AWS_QUERY)
		buf_printf(out,
			   "</%sResult><ResponseMetadata><RequestId>%s"
			   "</RequestId></ResponseMetadata>",
			   action, request_id(c));
	buf_printf(out, "</%sResponse>", action);
}

/* Milliseconds become what JSON services send. */
static void
json_times(json_t *tree)
{
	const char *key;
	json_t *v, *t;
	size_t i;
	void *next;

	if (json_is_array(tree)) {
		json_array_foreach(tree, i, v)
			json_times(v);
		return;
	}
	json_object_foreach_safe(tree, next, key, v) {
		if (!aws_is_time(key)) {
			json_times(v);
		} else if (json_is_integer(v)) {
			json_object_set_new(
				tree, key, aws_seconds(json_integer_value(v)));
		} else {
			json_array_foreach(v, i, t)
				json_array_set_new(
					v, i,
					aws_seconds(json_integer_value(t)));
		}
	}
}

static void
put_json(struct aws_context *c, json_t *tree)
{
	char *text;

	json_times(tree);
	text = json_dumps(tree, JSON_COMPACT);
	buf_puts(&c->a->body, text);
	free(text);
}

void
aws_answer(struct aws_context *c, const struct aws_service *s,
	   const char *action, json_t *result)
{
	if (!result)
		result = json_object();
	set_type(c);
	if (c->protocol <= AWS_EC2)
		xml_answer(c, s, action, result);
	else if (c->protocol == AWS_CBOR)
		aws_cbor_write(&c->a->body, "", result);
	else
		put_json(c, result);
	json_decref(result);
}

static void
xml_fault(struct aws_context *c)
{
	const struct cloud_fault *f = &c->fault;
	struct buf *out = &c->a->body;

	if (c->protocol == AWS_EC2)
		buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			      "<Response><Errors><Error><Code>");
	else
		buf_printf(out, "<ErrorResponse><Error><Type>%s</Type><Code>",
			   f->http >= 500 ? "Receiver" : "Sender");
	aws_xml_text(out, f->code);
	buf_puts(out, "</Code><Message>");
	aws_xml_text(out, f->message);
	if (c->protocol == AWS_EC2)
		buf_printf(out,
			   "</Message></Error></Errors><RequestID>%s"
			   "</RequestID></Response>",
			   request_id(c));
	else
		buf_printf(out,
			   "</Message></Error><RequestId>%s</RequestId>"
			   "</ErrorResponse>",
			   request_id(c));
}

void
aws_refuse(struct aws_context *c)
{
	const struct cloud_fault *f = &c->fault;
	char text[100];
	json_t *o;

	c->a->status = f->http;
	set_type(c);
	if (c->protocol <= AWS_EC2) {
		xml_fault(c);
		return;
	}
	o = json_pack("{s:s, s:s}", "__type", f->code, "message", f->message);
	if (c->protocol == AWS_REST) {
		json_object_del(o, "__type");
		face_set_header(c->a, "x-amzn-ErrorType", f->code);
	}
	/* CloudWatch's clients of old know the query API's codes. */
	if (c->protocol == AWS_JSON10 || c->protocol == AWS_CBOR) {
		snprintf(text, sizeof(text), "%s;%s", f->code,
			 f->http >= 500 ? "Receiver" : "Sender");
		face_set_header(c->a, "x-amzn-query-error", text);
	}
	if (c->protocol == AWS_CBOR)
		aws_cbor_write(&c->a->body, "", o);
	else
		put_json(c, o);
	json_decref(o);
}
