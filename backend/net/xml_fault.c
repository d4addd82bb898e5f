/*
 * Error bodies in any of AWS's shapes (reference integrations D3).
 */
#include <ctype.h>
#include <stdio.h>

#include "backend/base/json.h"
#include "backend/base/text.h"
#include "backend/net/xml.h"

static void
take(char *out, size_t room, const struct tree *t)
{
	const char *text = tree_text(t);

	if (text)
		text_clean_to(out, room, text, strlen(text));
}

static bool
from_xml(struct arena *a, const char *bytes, size_t len, struct aws_fault *f)
{
	static const char *const places[] = { "Error", "Errors.Error", "",
					      NULL };
	const struct tree *t = xml_parse(a, XML_QUERY, bytes, len, NULL);

	if (!t)
		return false;
	for (int i = 0; places[i] && !*f->code; i++) {
		const struct tree *e = *places[i] ? tree_at(t, places[i]) : t;

		take(f->code, sizeof(f->code), tree_get(e, "Code"));
		take(f->message, sizeof(f->message), tree_get(e, "Message"));
	}
	take(f->request_id, sizeof(f->request_id), tree_get(t, "RequestId"));
	if (!*f->request_id)
		take(f->request_id, sizeof(f->request_id),
		     tree_get(t, "RequestID"));
	return *f->code;
}

/* "aws.protocol#AccessDenied:http://..." is AccessDenied. */
static void
trim_type(char *code)
{
	char *hash = strrchr(code, '#');

	if (hash)
		memmove(code, hash + 1, strlen(hash));
	code[strcspn(code, ":")] = '\0';
}

static bool
from_json(struct arena *a, const char *bytes, size_t len, struct aws_fault *f)
{
	const struct tree *t = json_parse(a, bytes, len, NULL);

	if (!tree_is(t, TREE_OBJECT))
		return false;
	take(f->code, sizeof(f->code), tree_get(t, "__type"));
	if (!*f->code)
		take(f->code, sizeof(f->code), tree_get(t, "code"));
	trim_type(f->code);
	take(f->message, sizeof(f->message), tree_get(t, "message"));
	if (!*f->message)
		take(f->message, sizeof(f->message), tree_get(t, "Message"));
	return *f->code || *f->message;
}

bool
xml_fault(const char *bytes, size_t len, struct aws_fault *fault)
{
	struct arena *a = arena_new();
	size_t start = 0;
	bool found;

	*fault = (struct aws_fault){ 0 };
	while (start < len && isspace((unsigned char)bytes[start]))
		start++;
	found = start < len && bytes[start] == '{'
			? from_json(a, bytes + start, len - start, fault)
			: from_xml(a, bytes, len, fault);
	/* A proxy's page or nothing: show how it begins. */
	if (!found)
		text_clean_to(fault->message, sizeof(fault->message),
			      bytes + start,
			      len - start > 100 ? 100 : len - start);
	arena_free(a);
	return found;
}
