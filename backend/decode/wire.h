/*
 * JSON against records by tables: one table row per member of an API object,
 * read and written by the same engine, so that both directions stay together.
 *
 * Errors carry the path: a failing reader says what is wrong, and every level
 * on the way out puts its own name in front.
 *
 * Inside decode/ only.
 */
#ifndef DECODE_WIRE_H
#define DECODE_WIRE_H

#include "backend/base/json.h"
#include "backend/decode/shape.h"

/* ---- reading ---- */

struct wire {
	struct seal *seal;
	bool loose;	 /* AWS: numbers and booleans may come as text */
	char what[192];	 /* what is wrong */
	char path[320];	 /* where; the text starts at path + path_at */
	size_t path_at;
};

void wire_init(struct wire *w, struct seal *seal, bool loose);
/* Always false, so that `return wire_fail(...)` reads well. */
PRINTF_LIKE(2, 3) bool wire_fail(struct wire *w, const char *fmt, ...);
/* "wanted KIND, found KIND". */
bool wire_wrong(struct wire *w, const char *wanted, const struct tree *t);
/* On the way out of a failure: this member, this element.  Always false. */
bool wire_under(struct wire *w, const char *key);
bool wire_under_tree(struct wire *w, const struct tree *member);
bool wire_under_index(struct wire *w, uint32_t i);
/* The finished record, or NULL with "path: what" in err. */
const struct record *wire_done(struct wire *w, bool ok, enum kind kind,
			       struct err *err);

/* Single values; null leaves them as they are. */
bool wire_text(struct wire *w, const char **slot, const struct tree *t);
/* A text that is often a well-known one (base/seal.h). */
bool wire_known(struct wire *w, const char **slot, const struct tree *t);
/* A text that others are likely to say too (the same). */
bool wire_common(struct wire *w, const char **slot, const struct tree *t);
bool wire_bool(struct wire *w, bool *value, const struct tree *t);
bool wire_i64(struct wire *w, int64_t *value, const struct tree *t);
bool wire_i32(struct wire *w, int32_t *value, const struct tree *t);
bool wire_count(struct wire *w, int32_t *value, const struct tree *t);
bool wire_time(struct wire *w, int64_t *ms, const struct tree *t);
/* Quantities: not negative, no overflow. */
bool wire_milli(struct wire *w, int64_t *value, const struct tree *t);
bool wire_units(struct wire *w, int64_t *value, const struct tree *t);
bool wire_texts(struct wire *w, const char *const **slot, uint32_t *n,
		const struct tree *t);
/* The array's elements as zeroed and blanked shapes; NULL when it is empty or
 * (with ok false) not an array. */
void *wire_array(struct wire *w, const void *slot, uint32_t *n,
		 const struct shape *shape, const struct tree *t, bool *ok);
/* True when t is an object; null counts as an empty one. */
bool wire_object(struct wire *w, const struct tree *t);
bool wire_list(struct wire *w, const struct tree *t);

/* ---- tables ---- */

enum field_type {
	FIELD_TEXT,
	FIELD_KNOWN,	/* text, often a well-known one */
	FIELD_COMMON,	/* text, often what others say too */
	FIELD_MAYBE,	/* text, NULL when absent */
	FIELD_BOOL,
	FIELD_I32,
	FIELD_COUNT,	/* int32_t, never below 0 */
	FIELD_I64,
	FIELD_TIME,
	FIELD_ENUM,	/* uint8_t by name */
	FIELD_TEXTS,
	FIELD_ARRAY,	/* of objects with a shape and fields of their own */
	FIELD_INSIDE,	/* object whose members belong to the same struct */
	FIELD_PART,	/* object that is an embedded struct */
	FIELD_CUSTOM,
};

struct out;
struct field;

struct fields {
	const struct field *at;
	uint32_t n;
};

/* Names by value; values beyond n, and unknown names, are `other`. */
struct names {
	const char *const *at;
	uint8_t n, other;
};

struct field {
	const char *key;
	uint8_t key_len, type; /* type: enum field_type */
	bool shared;	       /* at, a pointer: often as in other records */
	uint16_t at, count_at; /* bytes from the start of the struct */
	int32_t blank;	       /* number that is not written */
	const struct fields *fields;
	const struct shape *shape;
	const struct names *names;
	bool (*decode)(struct wire *w, void *base, const struct tree *t);
	/* Writes key (by out_key) and value, or nothing. */
	void (*encode)(struct out *o, const char *key, const void *base);
};

/* Every member of t that the table knows; t must be an object or null. */
bool wire_fields(struct wire *w, void *base, const struct tree *t,
		 const struct fields *fields);

/* Rows: define OF as the struct. */
#define FIELDS(id)                                                          \
	static const struct fields id##_fields = { id##_rows,               \
						   ARRAY_LEN(id##_rows) }
#define F_(k, t, m) .key = k, .key_len = sizeof(k) - 1, .type = t, \
		    .at = offsetof(OF, m)
#define F_TEXT(k, m) { F_(k, FIELD_TEXT, m) }
#define F_KNOWN(k, m) { F_(k, FIELD_KNOWN, m) }
#define F_COMMON(k, m) { F_(k, FIELD_COMMON, m) }
#define F_MAYBE(k, m) { F_(k, FIELD_MAYBE, m) }
#define F_BOOL(k, m) { F_(k, FIELD_BOOL, m) }
#define F_I32(k, m, b) { F_(k, FIELD_I32, m), .blank = b }
#define F_COUNT(k, m, b) { F_(k, FIELD_COUNT, m), .blank = b }
#define F_I64(k, m, b) { F_(k, FIELD_I64, m), .blank = b }
#define F_TIME(k, m) { F_(k, FIELD_TIME, m) }
#define F_ENUM(k, m, list, b) \
	{ F_(k, FIELD_ENUM, m), .names = &list, .blank = b }
#define F_TEXTS(k, m, c) \
	{ F_(k, FIELD_TEXTS, m), .count_at = offsetof(OF, c) }
#define F_ARRAY(k, m, c, s, f) \
	{ F_(k, FIELD_ARRAY, m), .count_at = offsetof(OF, c), \
	  .shape = &shape_##s, .fields = &f }
#define F_SHARED_ARRAY(k, m, c, s, f) \
	{ F_(k, FIELD_ARRAY, m), .count_at = offsetof(OF, c), \
	  .shape = &shape_##s, .fields = &f, .shared = true }
#define F_PART(k, m, f) { F_(k, FIELD_PART, m), .fields = &f }
#define F_INSIDE(k, f) \
	{ .key = k, .key_len = sizeof(k) - 1, .type = FIELD_INSIDE, \
	  .fields = &f }
#define F_CUSTOM(k, d, e) \
	{ .key = k, .key_len = sizeof(k) - 1, .type = FIELD_CUSTOM, \
	  .decode = d, .encode = e }
/* Custom with an address, for readers shared by several structs. */
#define F_SHARED_CUSTOM_AT(k, m, d, e) \
	{ F_(k, FIELD_CUSTOM, m), .decode = d, .encode = e, .shared = true }
#define F_CUSTOM_AT(k, m, d, e) \
	{ F_(k, FIELD_CUSTOM, m), .decode = d, .encode = e }

/* Reader and writer of a kind whose tables say everything: id_fields and
 * shape_id.  is_loose: see struct wire. */
#define PLAIN_CODEC(id, type, KIND, is_loose)                               \
	const struct record *decode_##id(struct seal *s,                    \
					 const struct tree *t,              \
					 struct err *err)                   \
	{                                                                   \
		type *r = seal_begin(s, sizeof(*r));                        \
		struct wire w;                                              \
                                                                            \
		wire_init(&w, s, is_loose);                                 \
		shape_blank(&shape_##id, r);                                \
		return wire_done(&w, wire_fields(&w, r, t, &id##_fields),   \
				 KIND, err);                                \
	}                                                                   \
	void encode_##id(struct out *o, const struct record *r)             \
	{                                                                   \
		out_fields(o, r, &id##_fields);                             \
	}                                                                   \
	struct wire

/* ---- writing ---- */

/* Objects are opened when their first member is written, so that what holds
 * nothing leaves no trace. */
struct out {
	struct jsonw *w;
	const char *waiting[16];
	uint32_t waiting_n;
};

/* Opens what waits and writes the key; write the value next. */
struct jsonw *out_key(struct out *o, const char *key);
/* An object that appears once something is written into it. */
uint32_t out_open(struct out *o, const char *key);
void out_close(struct out *o, uint32_t mark);
void out_fields(struct out *o, const void *base, const struct fields *fields);
void out_text(struct out *o, const char *key, const char *text);
void out_maybe(struct out *o, const char *key, const char *text);
void out_bool(struct out *o, const char *key, bool value);
void out_int(struct out *o, const char *key, int64_t value, int64_t blank);
void out_time(struct out *o, const char *key, int64_t ms);
void out_texts(struct out *o, const char *key, const char *const *texts,
	       uint32_t n);
void out_bytes(struct out *o, const char *key, int64_t bytes);

#endif
