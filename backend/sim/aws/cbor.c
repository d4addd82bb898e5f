/*
 * CBOR (RFC 8949) as far as smithy-rpc-v2-cbor uses it: maps with text keys,
 * arrays, numbers, text, times (tag 1).
 */
#include <math.h>
#include <stdlib.h>

#include "backend/base/text.h"
#include "backend/sim/aws/face.h"

#define DEPTH_MAX 24

enum major { UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE };
enum {
	INDEFINITE = 31,
	FALSE_VALUE = 20,
	TRUE_VALUE = 21,
	NULL_VALUE = 22,
	HALF = 25,
	SINGLE = 26,
	DOUBLE = 27,
	TAG_TIME = 1,
};

/* ---- writing ---- */

static void
write_head(struct buf *out, enum major m, uint64_t n)
{
	int bytes = n < 24		   ? 0
		    : n <= UINT8_MAX	   ? 1
		    : n <= UINT16_MAX	   ? 2
		    : n <= UINT32_MAX	   ? 4
					   : 8;
	uint8_t low = bytes == 0   ? (uint8_t)n
		      : bytes == 1 ? 24
		      : bytes == 2 ? 25
		      : bytes == 4 ? 26
				   : 27;

	buf_putc(out, (char)(m << 5 | low));
	for (int i = bytes - 1; i >= 0; i--)
		buf_putc(out, (char)(n >> (8 * i) & 0xff));
}

static void
write_text(struct buf *out, const char *text)
{
	write_head(out, TEXT, strlen(text));
	buf_puts(out, text);
}

static void
write_double(struct buf *out, double d)
{
	uint64_t bits;

	memcpy(&bits, &d, sizeof(bits));
	buf_putc(out, (char)(SIMPLE << 5 | DOUBLE));
	for (int i = 7; i >= 0; i--)
		buf_putc(out, (char)(bits >> (8 * i) & 0xff));
}

static void
write_integer(struct buf *out, const char *member, int64_t n)
{
	if (aws_is_time(member)) {
		write_head(out, TAG, TAG_TIME);
		write_double(out, (double)n / 1000.0);
	} else if (n < 0) {
		write_head(out, NEGATIVE, (uint64_t)(-1 - n));
	} else {
		write_head(out, UNSIGNED, (uint64_t)n);
	}
}

void
aws_cbor_write(struct buf *out, const char *member, const json_t *v)
{
	const char *key;
	json_t *child;
	size_t i;

	switch (json_typeof(v)) {
	case JSON_OBJECT:
		write_head(out, MAP, json_object_size(v));
		json_object_foreach((json_t *)(uintptr_t)v, key, child) {
			write_text(out, key);
			aws_cbor_write(out, key, child);
		}
		break;
	case JSON_ARRAY:
		write_head(out, ARRAY, json_array_size(v));
		json_array_foreach((json_t *)(uintptr_t)v, i, child)
			aws_cbor_write(out, member, child);
		break;
	case JSON_STRING:
		write_text(out, json_string_value(v));
		break;
	case JSON_INTEGER:
		write_integer(out, member, json_integer_value(v));
		break;
	case JSON_REAL:
		write_double(out, json_real_value(v));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
	case JSON_NULL:
		buf_putc(out, (char)(SIMPLE << 5 |
				     (json_is_true(v)	 ? TRUE_VALUE
				      : json_is_false(v) ? FALSE_VALUE
							 : NULL_VALUE)));
		break;
	}
}

/* ---- reading ---- */

struct reader {
	const uint8_t *at, *end;
	int depth;
};

struct head {
	enum major major;
	uint8_t low;
	uint64_t n; /* the argument, or the bits of a number */
};

static bool
read_head(struct reader *r, struct head *h)
{
	int bytes;

	if (r->at == r->end)
		return false;
	h->major = *r->at >> 5;
	h->low = *r->at++ & 31;
	h->n = h->low;
	if (h->low < 24 || h->low == INDEFINITE)
		return true;
	if (h->low > DOUBLE)
		return false;
	bytes = 1 << (h->low - 24);
	if (r->end - r->at < bytes)
		return false;
	h->n = 0;
	for (int i = 0; i < bytes; i++)
		h->n = h->n << 8 | *r->at++;
	return true;
}

static json_t *read_item(struct reader *r);

static bool
at_break(struct reader *r)
{
	if (r->at == r->end || *r->at != 0xff)
		return false;
	r->at++;
	return true;
}

static json_t *
read_text(struct reader *r, const struct head *h)
{
	json_t *s;

	/* Pieces are allowed but nobody sends them. */
	if (h->low == INDEFINITE || h->n > (uint64_t)(r->end - r->at))
		return NULL;
	s = json_stringn((const char *)r->at, (size_t)h->n);
	r->at += h->n;
	return s && strlen(json_string_value(s)) == h->n ? s
							  : (json_decref(s),
							     NULL);
}

static json_t *
read_array(struct reader *r, const struct head *h)
{
	json_t *list = json_array();

	for (uint64_t i = 0; h->low == INDEFINITE ? !at_break(r) : i < h->n;
	     i++) {
		json_t *v = read_item(r);

		if (!v || json_array_append_new(list, v) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *
read_map(struct reader *r, const struct head *h)
{
	json_t *o = json_object();

	for (uint64_t i = 0; h->low == INDEFINITE ? !at_break(r) : i < h->n;
	     i++) {
		json_t *k = read_item(r);
		json_t *v = json_is_string(k) ? read_item(r) : NULL;
		bool ok = v && json_object_set_new(
				       o, json_string_value(k), v) == 0;

		json_decref(k);
		if (!ok) {
			json_decref(o);
			return NULL;
		}
	}
	return o;
}

static double
half(uint64_t bits)
{
	int exponent = (int)(bits >> 10 & 31);
	double mantissa = (double)(bits & 1023), d;

	if (exponent == 0)
		d = ldexp(mantissa, -24);
	else if (exponent == 31)
		d = mantissa > 0 ? NAN : INFINITY;
	else
		d = ldexp(mantissa + 1024, exponent - 25);
	return bits & 0x8000 ? -d : d;
}

static json_t *
read_simple(const struct head *h)
{
	uint32_t narrow = (uint32_t)h->n;
	double d;
	float f;

	switch (h->low) {
	case FALSE_VALUE:
	case TRUE_VALUE:
		return json_boolean(h->low == TRUE_VALUE);
	case NULL_VALUE:
		return json_null();
	case HALF:
		d = half(h->n);
		break;
	case SINGLE:
		memcpy(&f, &narrow, sizeof(f));
		d = (double)f;
		break;
	case DOUBLE:
		memcpy(&d, &h->n, sizeof(d));
		break;
	default:
		return NULL;
	}
	return isfinite(d) ? json_real(d) : NULL;
}

static json_t *
read_value(struct reader *r, const struct head *h)
{
	switch (h->major) {
	case UNSIGNED:
		return h->n <= INT64_MAX && h->low != INDEFINITE
			       ? json_integer((json_int_t)h->n)
			       : NULL;
	case NEGATIVE:
		return h->n <= INT64_MAX && h->low != INDEFINITE
			       ? json_integer(-1 - (json_int_t)h->n)
			       : NULL;
	case BYTES:
	case TEXT:
		return read_text(r, h);
	case ARRAY:
		return read_array(r, h);
	case MAP:
		return read_map(r, h);
	case TAG: /* times are their numbers */
		return h->low != INDEFINITE ? read_item(r) : NULL;
	case SIMPLE:
		return read_simple(h);
	}
	return NULL;
}

static json_t *
read_item(struct reader *r)
{
	struct head h;
	json_t *v = NULL;

	if (r->depth == DEPTH_MAX || !read_head(r, &h))
		return NULL;
	r->depth++;
	v = read_value(r, &h);
	r->depth--;
	return v;
}

json_t *
aws_cbor_read(const void *bytes, size_t len)
{
	struct reader r = { bytes, (const uint8_t *)bytes + len, 0 };
	json_t *v = read_item(&r);

	if (v && r.at != r.end) {
		json_decref(v);
		return NULL;
	}
	return v;
}
