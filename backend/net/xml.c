/*
 * XML by expat into the neutral tree.
 *
 * An open element is an object until its first <member> or <item> makes it an
 * array; at its end one without children becomes its text, or null.
 */
#include "backend/net/xml.h"

#include <expat.h>
#include <string.h>

#include "backend/base/text.h"
#include "backend/net/xml_names.h"

enum {
	DEPTH_LIMIT = 64,
	NODE_LIMIT = 2000000,
	TEXT_LIMIT_BYTES = 1 << 20, /* of one element: user data is 16 KiB */
	SHOWN_BYTES = 60,
};

struct open_element {
	struct tree *node, *last;
	const char *wire; /* name on the wire, without a namespace prefix */
};

struct reader {
	struct arena *arena;
	struct err *err;
	XML_Parser parser;
	enum xml_dialect dialect;
	struct open_element stack[DEPTH_LIMIT];
	uint32_t depth; /* the root is 1 */
	uint32_t nodes;
	struct buf text;
	struct tree *root;
	bool failed;
};

static void
stop(struct reader *r, enum err_code code, const char *what)
{
	if (!r->failed)
		err_set(r->err, code, "XML, line %lu: %s",
			XML_GetCurrentLineNumber(r->parser), what);
	r->failed = true;
	XML_StopParser(r->parser, XML_FALSE);
}

static const char *
local_name(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon ? colon + 1 : name;
}

static bool
is_list_item(enum xml_dialect dialect, const char *name)
{
	return strcmp(name, dialect == XML_EC2 ? "item" : "member") == 0;
}

/* The wire name a child's exceptions go by: of the list when in an <item>. */
static const char *
parent_name(const struct reader *r)
{
	const struct open_element *e = &r->stack[r->depth - 1];

	if (r->depth > 1 && is_list_item(r->dialect, e->wire))
		e--;
	return e->wire;
}

static void
on_start(void *ctx, const XML_Char *raw, const XML_Char **attributes)
{
	struct reader *r = ctx;
	const char *wire = local_name(raw);
	struct tree *t;

	(void)attributes;
	if (r->failed)
		return;
	if (r->depth == DEPTH_LIMIT) {
		stop(r, ERR_LIMIT, "nested too deeply");
		return;
	}
	if (++r->nodes > NODE_LIMIT) {
		stop(r, ERR_LIMIT, "too many elements");
		return;
	}
	t = tree_new(r->arena, TREE_OBJECT);
	if (!r->depth) {
		r->root = t;
	} else {
		struct open_element *up = &r->stack[r->depth - 1];
		bool item = is_list_item(r->dialect, wire);

		if (item && !up->node->first)
			up->node->kind = TREE_ARRAY;
		if (up->node->kind == TREE_OBJECT) {
			t->key = r->dialect == XML_EC2
					 ? xml_ec2_name(r->arena,
							parent_name(r), wire)
					 : arena_strdup(r->arena, wire);
			t->key_len = (uint32_t)strlen(t->key);
		} else if (!item) {
			stop(r, ERR_BAD, "a list holds what is no item");
			return;
		}
		tree_append(up->node, &up->last, t);
	}
	r->stack[r->depth++] = (struct open_element){
		.node = t, .wire = arena_strdup(r->arena, wire)
	};
	buf_reset(&r->text);
}

static void
on_end(void *ctx, const XML_Char *raw)
{
	struct reader *r = ctx;
	struct tree *t;

	(void)raw;
	if (r->failed)
		return;
	if (!buf_ok(&r->text)) {
		stop(r, ERR_LIMIT, "a text is over 1 MiB");
		return;
	}
	t = r->stack[--r->depth].node;
	if (!t->first) {
		t->kind = r->text.len ? TREE_STRING : TREE_NULL;
		t->len = (uint32_t)r->text.len;
		if (r->text.len)
			t->text = arena_strndup(r->arena, buf_text(&r->text),
						r->text.len);
	}
	/* What follows an inner element is white space between elements. */
	buf_reset(&r->text);
}

static void
on_text(void *ctx, const XML_Char *text, int len)
{
	struct reader *r = ctx;

	if (!r->failed)
		buf_add(&r->text, text, (size_t)len);
}

static void
on_doctype(void *ctx, const XML_Char *name, const XML_Char *system,
	   const XML_Char *public, int internal)
{
	(void)name;
	(void)system;
	(void)public;
	(void)internal;
	stop(ctx, ERR_BAD, "a document type is not accepted");
}

static const struct tree *
fail_with_beginning(const char *bytes, size_t len, const char *what,
		    struct err *err)
{
	char shown[SHOWN_BYTES * 4];

	text_clean_to(shown, sizeof(shown), bytes,
		      len < SHOWN_BYTES ? len : SHOWN_BYTES);
	err_set(err, ERR_BAD, "the answer is not XML (%s); it begins \"%s\"",
		what, shown);
	return NULL;
}

const struct tree *
xml_parse(struct arena *a, enum xml_dialect dialect, const char *bytes,
	  size_t len, struct err *err)
{
	struct reader r = { .arena = a, .err = err, .dialect = dialect };
	const struct tree *t = NULL;
	enum XML_Status status;

	if (len > INT32_MAX) {
		err_set(err, ERR_LIMIT, "an XML answer of %zu bytes", len);
		return NULL;
	}
	r.parser = XML_ParserCreate(NULL);
	if (!r.parser)
		BUG("XML_ParserCreate failed");
	buf_init(&r.text, TEXT_LIMIT_BYTES);
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, on_start, on_end);
	XML_SetCharacterDataHandler(r.parser, on_text);
	XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
	status = XML_Parse(r.parser, bytes, (int)len, 1);
	if (r.failed)
		goto out;
	if (status != XML_STATUS_OK) {
		fail_with_beginning(bytes, len,
				    XML_ErrorString(
					    XML_GetErrorCode(r.parser)),
				    err);
		goto out;
	}
	t = r.root;
	if (t->kind == TREE_STRING) {
		fail_with_beginning(bytes, len, "one element of text", err);
		t = NULL;
	}
out:
	buf_fini(&r.text);
	XML_ParserFree(r.parser);
	return t;
}

const struct tree *
xml_result(const struct tree *answer)
{
	tree_each(member, answer) {
		const char *end = member->key;

		if (!end || member->key_len < strlen("Result"))
			continue;
		end += member->key_len - strlen("Result");
		if (strcmp(end, "Result") == 0)
			return member;
	}
	return answer;
}
