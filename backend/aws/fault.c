/*
 * Error codes of AWS.
 */
#include "backend/aws/fault.h"

#include <stdio.h>

static const struct fault_class {
	const char *code;
	enum err_code err;
	enum retry_class retry;
} classes[] = {
	{ "Throttling", ERR_LIMIT, RETRY_THROTTLE },
	{ "ThrottlingException", ERR_LIMIT, RETRY_THROTTLE },
	{ "ThrottledException", ERR_LIMIT, RETRY_THROTTLE },
	{ "RequestThrottled", ERR_LIMIT, RETRY_THROTTLE },
	{ "RequestThrottledException", ERR_LIMIT, RETRY_THROTTLE },
	{ "TooManyRequestsException", ERR_LIMIT, RETRY_THROTTLE },
	{ "ProvisionedThroughputExceededException", ERR_LIMIT,
	  RETRY_THROTTLE },
	{ "RequestLimitExceeded", ERR_LIMIT, RETRY_THROTTLE },
	{ "BandwidthLimitExceeded", ERR_LIMIT, RETRY_THROTTLE },
	{ "LimitExceededException", ERR_LIMIT, RETRY_THROTTLE },
	{ "SlowDown", ERR_LIMIT, RETRY_THROTTLE },
	{ "EC2ThrottledException", ERR_LIMIT, RETRY_THROTTLE },
	{ "LimitExceeded", ERR_LIMIT, RETRY_NO },
	{ "PriorRequestNotComplete", ERR_RETRY, RETRY_TRANSIENT },
	{ "TransactionInProgressException", ERR_RETRY, RETRY_TRANSIENT },
	{ "RequestTimeout", ERR_RETRY, RETRY_TRANSIENT },
	{ "RequestTimeoutException", ERR_RETRY, RETRY_TRANSIENT },
	{ "ResourceContention", ERR_RETRY, RETRY_TRANSIENT },
	{ "InternalError", ERR_RETRY, RETRY_TRANSIENT },
	{ "InternalFailure", ERR_RETRY, RETRY_TRANSIENT },
	{ "ServiceUnavailable", ERR_RETRY, RETRY_TRANSIENT },
	{ "Unavailable", ERR_RETRY, RETRY_TRANSIENT },
	{ "RequestTimeTooSkewed", ERR_AUTH, RETRY_AUTH },
	{ "RequestExpired", ERR_AUTH, RETRY_AUTH },
	{ "InvalidSignatureException", ERR_AUTH, RETRY_AUTH },
	{ "SignatureDoesNotMatch", ERR_AUTH, RETRY_AUTH },
	{ "IncompleteSignature", ERR_AUTH, RETRY_NO },
	{ "ExpiredToken", ERR_AUTH, RETRY_AUTH },
	{ "ExpiredTokenException", ERR_AUTH, RETRY_AUTH },
	{ "InvalidClientTokenId", ERR_AUTH, RETRY_AUTH },
	{ "UnrecognizedClientException", ERR_AUTH, RETRY_AUTH },
	{ "AuthFailure", ERR_AUTH, RETRY_AUTH },
	{ "MissingAuthenticationToken", ERR_AUTH, RETRY_NO },
	{ "OptInRequired", ERR_AUTH, RETRY_NO },
	{ "AccessDenied", ERR_DENIED, RETRY_NO },
	{ "AccessDeniedException", ERR_DENIED, RETRY_NO },
	{ "UnauthorizedOperation", ERR_DENIED, RETRY_NO },
	{ "ScalingActivityInProgress", ERR_CONFLICT, RETRY_NO },
	{ "ResourceInUse", ERR_CONFLICT, RETRY_NO },
};

static const struct fault_class *
class_of(const struct aws_fault *f)
{
	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		if (!strcmp(classes[i].code, f->code))
			return &classes[i];
	return NULL;
}

enum retry_class
aws_fault_retry(const struct aws_fault *f, const struct http_result *r)
{
	const struct fault_class *c = class_of(f);

	return c ? c->retry : retry_classify_status(r);
}

/* InvalidInstanceID.NotFound and its cousins; Auto Scaling says it in words. */
static bool
is_gone(const struct aws_fault *f)
{
	return strstr(f->code, "NotFound") ||
	       (!strcmp(f->code, "ValidationError") &&
		(strstr(f->message, "not found") ||
		 strstr(f->message, "does not exist")));
}

static enum err_code
code_of(const struct aws_fault *f, int status)
{
	const struct fault_class *c = class_of(f);

	if (c)
		return c->err;
	if (is_gone(f))
		return ERR_GONE;
	switch (status) {
	case 401:
		return ERR_AUTH;
	case 403:
		return ERR_DENIED;
	case 404:
		/* Of AWS itself an answer has a code: this is another's. */
		return *f->code ? ERR_GONE : ERR_BAD;
	case 429:
		return ERR_LIMIT;
	default:
		return status >= 500 ? ERR_RETRY : ERR_BAD;
	}
}

/* Cuts a message where a secret begins; its first bytes are enough to know it
 * by, for the message itself may have been cut. */
static void
cut_secret(char *message, const char *secret)
{
	enum { KNOWN_BY = 8 };
	char head[KNOWN_BY + 1];
	char *at;

	if (!secret || strlen(secret) < KNOWN_BY)
		return;
	memcpy(head, secret, KNOWN_BY);
	head[KNOWN_BY] = '\0';
	at = strstr(message, head);
	if (at)
		*at = '\0';
}

static void
cut_at(char *message, const char *words)
{
	char *at = strstr(message, words);

	if (at)
		*at = '\0';
}

/* Blanks, and what were line breaks: U+FFFD by now. */
static void
trim(char *message)
{
	static const char unsafe[] = "\xef\xbf\xbd";
	size_t len = strlen(message);

	for (;;) {
		if (len && message[len - 1] == ' ')
			len--;
		else if (len >= 3 && !memcmp(message + len - 3, unsafe, 3))
			len -= 3;
		else
			break;
	}
	message[len] = '\0';
}

void
aws_fault_error(const struct aws_fault *f, int status, enum row_id row,
		const struct aws_keys *keys, struct err *err)
{
	enum err_code code = code_of(f, status);
	const char *source = *keys->source ? keys->source : "nowhere";
	char message[sizeof(f->message)];

	snprintf(message, sizeof(message), "%s", f->message);
	/* Pages of what was signed, and a blob only AWS can read. */
	cut_at(message, "The Canonical String");
	cut_at(message, "Encoded authorization failure message");
	cut_secret(message, keys->token);
	cut_secret(message, keys->secret);
	trim(message);
	if (!*f->code)
		err_set(err, code, "%s: HTTP %d and not an AWS answer: %s",
			rows[row].action, status, message);
	else if (code == ERR_DENIED)
		err_set(err, code, "%s is not allowed with the credentials "
			"from %s: %s: %s", rows[row].action, source, f->code,
			message);
	else if (code == ERR_AUTH)
		err_set(err, code, "%s: AWS refuses the credentials from %s: "
			"%s: %s", rows[row].action, source, f->code, message);
	else
		err_set(err, code, "%s: %s%s%s (HTTP %d)", rows[row].action,
			f->code, *message ? ": " : "", message, status);
}
