/*
 * Request bodies: content types, decoding, and the checks a Go decoder makes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "backend/base/tree.h"
#include "backend/net/yaml.h"
#include "backend/sim/kube/internal.h"
#include "backend/sim/kube/proto.h"

static bool
media_is(const char *header, const char *type)
{
	size_t len = strcspn(header, "; ");

	return len == strlen(type) && strncasecmp(header, type, len) == 0;
}

static bool
unknown_format(struct kube_call *c, const char *accepted)
{
	return status_fail(&c->st, 415, "UnsupportedMediaType",
			   "the body of the request was in an unknown format "
			   "- accepted media types include: %s", accepted);
}

static json_t *
from_tree(const struct tree *t)
{
	json_t *out;
	double real;
	int64_t n;

	switch (t->kind) {
	case TREE_OBJECT:
		out = json_object();
		tree_each(child, t)
			json_object_set_new(out, child->key,
					    from_tree(child));
		return out;
	case TREE_ARRAY:
		out = json_array();
		tree_each(item, t)
			json_array_append_new(out, from_tree(item));
		return out;
	case TREE_BOOL:
		return json_boolean(t->flag);
	case TREE_NUMBER:
		if (tree_int(t, &n))
			return json_integer(n);
		return tree_real(t, &real) ? json_real(real) : json_null();
	case TREE_STRING:
		return json_string(t->text);
	default:
		return json_null();
	}
}

static json_t *
from_yaml(struct kube_call *c)
{
	struct err err = { 0 };
	const struct tree *t = yaml_parse(c->arena, "body", c->q->body,
					  c->q->body_len, &err);

	if (t)
		return from_tree(t);
	status_fail(&c->st, 400, "BadRequest",
		    "error decoding YAML: yaml: %s", err.text);
	return NULL;
}

static json_t *
from_json(struct kube_call *c)
{
	json_error_t error;
	json_t *tree = json_loadb(str_or_empty(c->q->body), c->q->body_len, 0,
				  &error);

	if (tree)
		return tree;
	status_fail(&c->st, 400, "BadRequest",
		    "couldn't get version/kind; json parse error: %s (line "
		    "%d, column %d)", error.text, error.line, error.column);
	return NULL;
}

json_t *
kube_body(struct kube_call *c)
{
	const char *type = str_or_empty(face_header(c->q, "Content-Type"));

	if (!*type || media_is(type, "application/json") ||
	    media_is(type, "*/*") ||
	    media_is(type, "application/json-patch+json") ||
	    media_is(type, "application/merge-patch+json") ||
	    media_is(type, "application/strategic-merge-patch+json"))
		return from_json(c);
	if (media_is(type, "application/yaml") ||
	    media_is(type, "application/apply-patch+yaml"))
		return from_yaml(c);
	if (c->type && c->type->custom) {
		/* Known by a definition alone: there are no field numbers. */
		unknown_format(c, "application/json, application/yaml");
		return NULL;
	}
	if (media_is(type, "application/vnd.kubernetes.protobuf")) {
		json_t *tree = proto_decode(str_or_empty(c->q->body),
					    c->q->body_len);

		if (tree)
			return tree;
	}
	unknown_format(c, "application/json, application/yaml, "
		       "application/vnd.kubernetes.protobuf");
	return NULL;
}

bool
kube_patch_kind(struct kube_call *c, enum patch_kind *kind)
{
	/* clang-format off */
	static const struct {
		const char *type;
		enum patch_kind kind;
	} kinds[] = {
		{ "application/json-patch+json",	    PATCH_JSON },
		{ "application/merge-patch+json",	    PATCH_MERGE },
		{ "application/apply-patch+yaml",	    PATCH_APPLY },
		{ "application/strategic-merge-patch+json", PATCH_STRATEGIC },
	};
	/* clang-format on */
	const char *type = str_or_empty(face_header(c->q, "Content-Type"));

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (media_is(type, kinds[i].type) &&
		    !(c->type && c->type->custom &&
		      kinds[i].kind == PATCH_STRATEGIC)) {
			*kind = kinds[i].kind;
			return true;
		}
	}
	return unknown_format(c, c->type && c->type->custom
					 ? "application/json-patch+json, "
					   "application/merge-patch+json, "
					   "application/apply-patch+yaml"
					 : "application/json-patch+json, "
					   "application/merge-patch+json, "
					   "application/apply-patch+yaml, "
					   "application/strategic-merge-"
					   "patch+json");
}
