/*
 * Blanking, comparing and hashing by shape.
 */
#include "backend/decode/shape.h"

#include "backend/base/map.h"
#include "backend/decode/decode.h"

static const void *
pointer_at(const void *base, uint32_t at)
{
	const void *p;

	memcpy(&p, (const char *)base + at, sizeof(p));
	return p;
}

static uint32_t
count_at(const void *base, uint32_t at)
{
	uint32_t n;

	memcpy(&n, (const char *)base + at, sizeof(n));
	return n;
}

void
shape_blank(const struct shape *shape, void *base)
{
	static const char *const none = "";

	for (uint32_t i = 0; i < shape->n; i++) {
		const struct member *m = &shape->members[i];
		char *at = (char *)base + m->at;
		int64_t wide = m->blank;

		if (m->type == MEMBER_TEXT)
			memcpy(at, &none, sizeof(none));
		else if (m->type == MEMBER_I32 && m->blank)
			memcpy(at, &m->blank, sizeof(m->blank));
		else if (m->type == MEMBER_I64 && m->blank)
			memcpy(at, &wide, sizeof(wide));
		else if (m->type == MEMBER_STRUCT)
			shape_blank(m->sub, at);
	}
}

static bool
texts_equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static size_t
scalar_bytes(uint8_t type)
{
	switch ((enum member_type)type) {
	case MEMBER_BOOL:
	case MEMBER_U8:
		return 1;
	case MEMBER_U16:
		return 2;
	case MEMBER_I32:
	case MEMBER_U32:
		return 4;
	case MEMBER_I64:
		return 8;
	default:
		return 0;
	}
}

static bool
arrays_equal(const struct member *m, const void *a, const void *b)
{
	uint32_t n = count_at(a, m->count_at);
	const char *at_a = pointer_at(a, m->at), *at_b = pointer_at(b, m->at);

	if (n != count_at(b, m->count_at))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		if (m->type == MEMBER_TEXTS) {
			uint32_t at = i * (uint32_t)sizeof(char *);

			if (!texts_equal(pointer_at(at_a, at),
					 pointer_at(at_b, at)))
				return false;
		} else if (!shape_equal(m->sub,
					at_a + (size_t)i * m->sub->bytes,
					at_b + (size_t)i * m->sub->bytes)) {
			return false;
		}
	}
	return true;
}

static bool
member_equal(const struct member *m, const void *a, const void *b)
{
	const char *at_a = (const char *)a + m->at;
	const char *at_b = (const char *)b + m->at;
	const void *pa, *pb;

	switch ((enum member_type)m->type) {
	case MEMBER_TEXT:
	case MEMBER_TEXT_NULL:
		return texts_equal(pointer_at(a, m->at), pointer_at(b, m->at));
	case MEMBER_TEXTS:
	case MEMBER_ARRAY:
		return arrays_equal(m, a, b);
	case MEMBER_STRUCT:
		return shape_equal(m->sub, at_a, at_b);
	case MEMBER_POINTER:
	case MEMBER_RECORD:
		pa = pointer_at(a, m->at);
		pb = pointer_at(b, m->at);
		return pa == pb || (pa && pb && shape_equal(m->sub, pa, pb));
	default:
		return memcmp(at_a, at_b, scalar_bytes(m->type)) == 0;
	}
}

bool
shape_equal(const struct shape *shape, const void *a, const void *b)
{
	for (uint32_t i = 0; i < shape->n; i++)
		if (!member_equal(&shape->members[i], a, b))
			return false;
	return true;
}

static uint64_t
hash_texts(const char *text, uint64_t seed)
{
	/* The NUL parts neighbours; NULL differs from "". */
	return text ? hash_bytes(text, strlen(text) + 1, seed)
		    : hash_bytes("", 0, seed);
}

static uint64_t
hash_many(const struct member *m, const void *base, uint64_t h)
{
	uint32_t n = count_at(base, m->count_at);
	const char *at = pointer_at(base, m->at);

	h = hash_bytes(&n, sizeof(n), h);
	for (uint32_t i = 0; i < n; i++)
		h = m->type == MEMBER_TEXTS
			    ? hash_texts(pointer_at(at, i * (uint32_t)
							    sizeof(char *)),
					 h)
			    : shape_spec_hash(m->sub,
					      at + (size_t)i * m->sub->bytes,
					      h);
	return h;
}

uint64_t
shape_spec_hash(const struct shape *shape, const void *base, uint64_t h)
{
	for (uint32_t i = 0; i < shape->n; i++) {
		const struct member *m = &shape->members[i];
		const char *at = (const char *)base + m->at;

		if (!m->spec)
			continue;
		switch ((enum member_type)m->type) {
		case MEMBER_TEXT:
		case MEMBER_TEXT_NULL:
			h = hash_texts(pointer_at(base, m->at), h);
			break;
		case MEMBER_TEXTS:
		case MEMBER_ARRAY:
			h = hash_many(m, base, h);
			break;
		case MEMBER_STRUCT:
			h = shape_spec_hash(m->sub, at, h);
			break;
		case MEMBER_POINTER:
			at = pointer_at(base, m->at);
			h = at ? shape_spec_hash(m->sub, at, h)
			       : hash_bytes("", 0, h);
			break;
		case MEMBER_RECORD:
			BUG("no record is part of a spec");
		default:
			h = hash_bytes(at, scalar_bytes(m->type), h);
		}
	}
	return h;
}

bool
records_equal(const struct record *a, const struct record *b)
{
	const struct shape *shape;

	if (a->kind != b->kind)
		return false;
	shape = shape_of((enum kind)a->kind);
	BUG_IF(!shape);
	return shape_equal(shape, a, b);
}
