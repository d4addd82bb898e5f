/*
 * Refusals that were asked for, in each service's own words.
 */
#include "backend/sim/server/private.h"

#include <stdio.h>

enum dialect { KUBE, GITLAB, AWS_QUERY, AWS_EC2, AWS_JSON, DIALECTS };

struct words {
	int http;
	const char *code, *message;
};

#define RATE "Rate exceeded"
#define TOKEN_EXPIRED "The security token included in the request is expired"

/* clang-format off */
static const struct words throttle[DIALECTS] = {
	[KUBE]	    = { 429, "TooManyRequests",
			"the server has received too many requests and has "
			"asked us to try again later" },
	[GITLAB]    = { 429, "", "Retry later\n" },
	[AWS_QUERY] = { 400, "Throttling", RATE },
	[AWS_EC2]   = { 503, "RequestLimitExceeded", "Request limit "
			"exceeded." },
	[AWS_JSON]  = { 429, "ThrottlingException", RATE },
};

static const struct words expired[DIALECTS] = {
	[KUBE]	    = { 401, "Unauthorized", "Unauthorized" },
	[GITLAB]    = { 401, "invalid_token", "Token is expired. You can "
			"either do re-authorization or token refresh." },
	[AWS_QUERY] = { 403, "ExpiredToken", TOKEN_EXPIRED },
	[AWS_EC2]   = { 400, "RequestExpired", "Request has expired." },
	[AWS_JSON]  = { 403, "ExpiredTokenException", TOKEN_EXPIRED },
};

static const struct words gone = {
	410, "Expired", "The provided continue parameter is too old to display "
	"a consistent list result.",
};
/* clang-format on */

/* Which AWS service is meant stands in the signature's scope. */
static enum dialect
dialect_of(const char *face, const struct face_request *q)
{
	const char *scope = face_header(q, "Authorization");

	if (!strcmp(face, "kubernetes") || !strcmp(face, "sim"))
		return KUBE;
	if (!strcmp(face, "gitlab"))
		return GITLAB;
	if (!scope)
		scope = q->query;
	if (strstr(scope, "/ec2/aws4_request"))
		return AWS_EC2;
	if (strstr(scope, "/autoscaling/aws4_request") ||
	    strstr(scope, "/sts/aws4_request") ||
	    strstr(scope, "/monitoring/aws4_request"))
		return AWS_QUERY;
	return AWS_JSON;
}

static struct words
words_of(const struct fault *f, enum dialect d)
{
	static const char plain[] = "a fault that was asked for";

	switch (f->words) {
	case FAULT_THROTTLE:
		return throttle[d];
	case FAULT_EXPIRED:
		return expired[d];
	case FAULT_GONE:
		return gone;
	case FAULT_PLAIN:
		break;
	}
	return (struct words){
		.http = f->status,
		.code = f->status == 429   ? "Throttling"
			: f->status < 500  ? "ValidationError"
			: f->status == 503 ? "ServiceUnavailable"
					   : "InternalFailure",
		.message = plain,
	};
}

static void
say_status(struct face_answer *a, const struct words *w, const struct fault *f)
{
	a->type = "application/json";
	buf_printf(&a->body,
		   "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{}"
		   ",\"status\":\"Failure\",\"message\":\"%s\"", w->message);
	if (f->words != FAULT_PLAIN)
		buf_printf(&a->body, ",\"reason\":\"%s\"", w->code);
	if (f->retry_after_ms)
		buf_printf(&a->body, ",\"details\":{\"retryAfterSeconds\":"
				     "%lld}",
			   (long long)(f->retry_after_ms + 999) / 1000);
	buf_printf(&a->body, ",\"code\":%d}\n", w->http);
}

static void
say_gitlab(struct face_answer *a, const struct words *w, const struct fault *f)
{
	a->type = "application/json";
	if (f->words == FAULT_EXPIRED) {
		buf_printf(&a->body, "{\"error\":\"%s\",\"error_description\":"
				     "\"%s\"}", w->code, w->message);
	} else if (f->words == FAULT_THROTTLE) {
		a->type = "text/plain";
		buf_puts(&a->body, w->message);
	} else {
		buf_printf(&a->body, "{\"message\":\"%d %s\"}", w->http,
			   w->message);
	}
}

#define REQUEST_ID "00000000-0000-4000-8000-000000000000"

static void
say_aws(struct face_answer *a, const struct words *w, enum dialect d)
{
	if (d == AWS_JSON) {
		a->type = "application/json";
		face_set_header(a, "x-amzn-ErrorType", w->code);
		buf_printf(&a->body, "{\"__type\":\"%s\",\"message\":\"%s\"}",
			   w->code, w->message);
		return;
	}
	a->type = "text/xml";
	if (d == AWS_EC2)
		buf_printf(&a->body,
			   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			   "<Response><Errors><Error><Code>%s</Code><Message>"
			   "%s</Message></Error></Errors><RequestID>"
			   REQUEST_ID "</RequestID></Response>\n", w->code,
			   w->message);
	else
		buf_printf(&a->body,
			   "<ErrorResponse><Error><Type>%s</Type><Code>%s"
			   "</Code><Message>%s</Message></Error><RequestId>"
			   REQUEST_ID "</RequestId></ErrorResponse>\n",
			   w->http < 500 ? "Sender" : "Receiver", w->code,
			   w->message);
}

void
fault_say(struct face_answer *a, const struct fault *f, const char *face,
	  const struct face_request *q)
{
	enum dialect d = dialect_of(face, q);
	struct words w = words_of(f, d);
	char seconds[24];

	a->status = f->status ? f->status : w.http;
	w.http = a->status;
	if (f->retry_after_ms) {
		snprintf(seconds, sizeof(seconds), "%lld",
			 (long long)(f->retry_after_ms + 999) / 1000);
		face_set_header(a, "Retry-After", seconds);
	}
	if (d == KUBE && f->words == FAULT_GONE &&
	    strstr(q->query, "watch=")) {
		/* The real server answers 200 and says it inside. */
		a->status = 200;
		buf_puts(&a->body, "{\"type\":\"ERROR\",\"object\":");
		say_status(a, &w, f);
		a->body.len--; /* the line feed belongs behind */
		buf_puts(&a->body, "}\n");
	} else if (d == KUBE) {
		say_status(a, &w, f);
	} else if (d == GITLAB) {
		say_gitlab(a, &w, f);
	} else {
		say_aws(a, &w, d);
	}
}
