/*
 * The shape of the built-in kinds in a compact notation: what strategic merge
 * patch, server-side apply, strict field validation, OpenAPI and the reader of
 * protobuf bodies go by.
 *
 * A struct is a line of fields separated by blanks; a field is `name` or
 * `name:type`, with `@N` where its protobuf number is not one more than the one
 * before it, and `!` behind it when it is required.  The name `*` stands for a
 * struct whose members JSON shows as the outer struct's own.  Types:
 *
 *	s (or nothing) text	i whole number	n number	b yes/no
 *	q quantity	t time	u time with microseconds	y bytes
 *	x number or text	o anything	i? b?  0 and false are said
 *	Name		struct		{}T		map of texts to T
 *	[]T		list, replaced as a whole
 *	[key]T		list merged by the member `key`
 *	[+]T		list of plain values merged as a set
 *	~T		struct (or list) merged with retainKeys (unions)
 *	^T		struct replaced as a whole
 *
 * Source: the field tags of k8s.io/api and k8s.io/apimachinery v0.33.
 */
#ifndef SIM_OBJECTS_SCHEMA_H
#define SIM_OBJECTS_SCHEMA_H

#include "backend/sim/objects/objects.h"

struct schema { /* a row of the table; name NULL ends */
	const char *name, *fields;
};

enum schema_list { LIST_NONE, LIST_ATOMIC, LIST_BY_KEY, LIST_SET };

struct schema_field {
	const char *name;  /* not NUL terminated */
	size_t name_len;
	enum schema_list list;
	char key[32];	   /* LIST_BY_KEY */
	bool map, required, retain, replace;
	bool zero; /* a zero was meant: absent is something else */
	bool inlined;	   /* `*`: its members belong to the outer struct */
	uint32_t number;   /* of protobuf */
	char basic;	   /* a letter of the notation, 0: struct */
	const struct schema *object; /* when basic is 0 */
};

/* The struct of a kind, or of a name; NULL when the kind has no schema (custom
 * resources). */
const struct schema *schema_of(const struct object_type *t);
const struct schema *schema_named(const char *name, size_t len);
const struct schema *schema_kind(const char *kind);
/* Of an object's member: metadata, or a field of its kind. */
bool schema_root_field(const struct object_type *t, const char *name,
		       struct schema_field *f);
/* False: the struct (NULL: none) has no such field. */
bool schema_field(const struct schema *s, const char *name,
		  struct schema_field *f);
/* struct schema_field f = { 0 };
 * for (const char *at = s->fields; schema_next(&at, &f);)
 * f must start as zeros: numbers count on from the field before. */
bool schema_next(const char **at, struct schema_field *f);

/* Whose words a refusal is in: the JSON decoder of whole objects, the converter
 * that patches go through, server-side apply. */
enum schema_words { WORDS_JSON, WORDS_PATCH, WORDS_APPLY };

/* Fields of tree that the schema does not know, as the real server names them:
 * "spec.containers[0].imag", of an apply ".spec.containers[name=\"c\"].imag".
 * fn returns false to stop. */
void schema_unknown(const struct object_type *t, const json_t *tree,
		    enum schema_words words,
		    bool (*fn)(void *ctx, const char *path), void *ctx);
/* False: a value of the wrong type, or a text that is no quantity or no base64;
 * why says so as a Go decoder would. */
bool schema_types(const struct object_type *t, const json_t *tree,
		  enum schema_words words, char *why, size_t room);

extern const struct schema schema_kinds[], schema_rows[];

#endif
