/*
 * Error bodies of AWS and of what stands before it.
 *
 *	query	<ErrorResponse><Error><Code/><Message/></Error><RequestId/>
 *	ec2	<Response><Errors><Error><Code/>...<RequestID/>
 *	json	{"__type": "ns#Code:info", "message": "..."} and its cousins
 *	other	HTML of proxies, plain text, nothing
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "backend/base/json.h"
#include "backend/base/text.h"
#include "backend/net/xml.h"

enum { SHOWN_BYTES = 120, LOOKED_AT_BYTES = 64 << 10 };

static void
put(char *out, size_t room, const struct tree *t)
{
	const char *text = tree_text(t);

	if (text)
		text_clean_to(out, room, text, t->len);
}

static const struct tree *
either(const struct tree *t, const char *one, const char *other)
{
	const struct tree *found = tree_get(t, one);

	return found ? found : tree_get(t, other);
}

static void
from_xml(const struct tree *root, struct aws_fault *f)
{
	const struct tree *error = tree_get(root, "Error");

	if (!error)
		error = tree_at(root, "Errors.Error");
	/* Amazon S3 style: the root is the error itself. */
	if (!error)
		error = root;
	put(f->code, sizeof(f->code), tree_get(error, "Code"));
	put(f->message, sizeof(f->message), tree_get(error, "Message"));
	put(f->request_id, sizeof(f->request_id),
	    either(root, "RequestId", "RequestID"));
}

/* "aws.protocoltests#FooError:http://..." says FooError. */
static void
cut_type(char *code)
{
	char *hash, *colon;

	colon = strchr(code, ':');
	if (colon)
		*colon = '\0';
	hash = strrchr(code, '#');
	if (hash)
		memmove(code, hash + 1, strlen(hash + 1) + 1);
}

static void
from_json(const struct tree *root, struct aws_fault *f)
{
	put(f->code, sizeof(f->code), either(root, "__type", "code"));
	cut_type(f->code);
	put(f->message, sizeof(f->message),
	    either(root, "message", "Message"));
	put(f->request_id, sizeof(f->request_id),
	    either(root, "RequestId", "requestId"));
}

static const char *
find_tag(const char *at, const char *end, const char *tag)
{
	size_t len = strlen(tag);

	for (; end - at >= (ptrdiff_t)len; at++)
		if (strncasecmp(at, tag, len) == 0)
			return at;
	return NULL;
}

static bool
from_html(const char *at, const char *end, struct aws_fault *f)
{
	const char *title = find_tag(at, end, "<title>"), *close = NULL;
	char text[SHOWN_BYTES * 2] = "";

	if (!find_tag(at, end, "<html") && !find_tag(at, end, "<!doctype html"))
		return false;
	if (title) {
		title += strlen("<title>");
		close = find_tag(title, end, "</title");
	}
	if (close) {
		while (title < close && isspace((unsigned char)*title))
			title++;
		while (title < close && isspace((unsigned char)close[-1]))
			close--;
		text_clean_to(text, sizeof(text), title,
			      (size_t)(close - title));
	}
	snprintf(f->message, sizeof(f->message), "an HTML page%s%s",
		 *text ? ": " : "", text);
	return true;
}

static void
from_anything(const char *at, const char *end, struct aws_fault *f)
{
	size_t len = (size_t)(end - at);
	char text[SHOWN_BYTES * 2];

	if (!len) {
		snprintf(f->message, sizeof(f->message), "an empty body");
		return;
	}
	text_clean_to(text, sizeof(text), at,
		      len < SHOWN_BYTES ? len : SHOWN_BYTES);
	snprintf(f->message, sizeof(f->message),
		 "a body that begins \"%s\"", text);
}

bool
xml_fault(const char *bytes, size_t len, struct aws_fault *f)
{
	const char *at = bytes, *end = bytes + len;
	struct arena *a = arena_new();
	const struct tree *t = NULL;
	struct err err;

	*f = (struct aws_fault){ { 0 }, { 0 }, { 0 } };
	while (at < end && isspace((unsigned char)*at))
		at++;
	if (end - at > LOOKED_AT_BYTES)
		end = at + LOOKED_AT_BYTES;
	len = (size_t)(end - at);
	if (len && *at == '<') {
		t = xml_parse(a, XML_QUERY, at, len, &err);
		if (t)
			from_xml(t, f);
	} else if (len && *at == '{') {
		t = json_parse(a, at, len, &err);
		if (t)
			from_json(t, f);
	}
	if (!*f->code && !from_html(at, end, f) && !*f->message)
		from_anything(at, end, f);
	arena_free(a);
	return *f->code != '\0';
}
