/*
 * Answers that are not 2xx, in one sentence.
 */
#include <stdlib.h>

#include "backend/base/text.h"
#include "backend/kube/private.h"
#include "backend/net/xml.h"

/* What a status means to callers; others by their hundred. */
static const struct meaning {
	int status;
	enum err_code code;
} meanings[] = {
	{ 401, ERR_AUTH },	{ 403, ERR_DENIED },   { 404, ERR_GONE },
	{ 407, ERR_CONFIG },	{ 408, ERR_RETRY },    { 409, ERR_CONFLICT },
	{ 410, ERR_GONE },	{ 413, ERR_LIMIT },    { 429, ERR_LIMIT },
	{ 0, ERR_NONE },
};

enum err_code
kube_status_code(int status)
{
	for (const struct meaning *m = meanings; m->status; m++)
		if (m->status == status)
			return m->code;
	return status >= 500 ? ERR_RETRY : ERR_BAD;
}

int64_t
kube_status_retry_ms(const struct tree *status)
{
	int64_t seconds;

	if (!tree_int(tree_at(status, "details.retryAfterSeconds"),
		      &seconds) ||
	    seconds < 0 || seconds > 3600)
		return -1;
	return seconds * 1000;
}

/* The Status' own message, or what else the body is. */
static void
body_says(const char *body, size_t len, char *out, size_t room)
{
	struct arena *a = arena_new();
	const struct tree *t = json_parse(a, body, len, NULL);
	const struct tree *message = tree_get(t, "message");
	struct aws_fault other;

	if (tree_text(message) && message->len) {
		text_clean_to(out, room, tree_text(message), message->len);
	} else {
		/* Gateways answer in HTML, XML or plain text. */
		xml_fault(body, len, &other);
		text_clean_to(out, room, other.message,
			      strlen(other.message));
		if (!*out)
			text_clean_to(out, room, other.code,
				      strlen(other.code));
	}
	arena_free(a);
}

void
kube_status_error(const struct kube *k, const struct http_head *head,
		  const char *what, const char *body, size_t len,
		  struct err *err)
{
	char said[300];

	if (head->status >= 300 && head->status < 400) {
		char to[200];
		char *shown = http_url_shown(head->location);

		text_clean_to(to, sizeof(to), shown, strlen(shown));
		err_set(err, ERR_CONFIG,
			"%s: %s: answers with a redirect (HTTP %d) to %s; is "
			"this the address of the API server?",
			k->shown, what, head->status,
			*to ? to : "nowhere");
		free(shown);
		return;
	}
	body_says(body, len, said, sizeof(said));
	if (head->status == 401)
		err_set(err, ERR_AUTH,
			"%s: %s: these credentials are not accepted (HTTP "
			"401): %s", k->shown, what, said);
	else
		err_set(err, kube_status_code(head->status),
			"%s: %s: %s (HTTP %d)", k->shown, what, said,
			head->status);
}
