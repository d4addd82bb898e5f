/*
 * Writing records by tables.
 */
#include "backend/base/clock.h"
#include "backend/base/quantity.h"
#include "backend/decode/wire.h"

struct jsonw *
out_key(struct out *o, const char *key)
{
	for (uint32_t i = 0; i < o->waiting_n; i++) {
		jsonw_key(o->w, o->waiting[i]);
		jsonw_object(o->w);
	}
	o->waiting_n = 0;
	jsonw_key(o->w, key);
	return o->w;
}

uint32_t
out_open(struct out *o, const char *key)
{
	BUG_IF(o->waiting_n == ARRAY_LEN(o->waiting));
	o->waiting[o->waiting_n++] = key;
	return o->waiting_n;
}

void
out_close(struct out *o, uint32_t mark)
{
	/* Still waiting: nothing was written into it. */
	if (o->waiting_n >= mark)
		o->waiting_n = mark - 1;
	else
		jsonw_end_object(o->w);
}

void
out_text(struct out *o, const char *key, const char *text)
{
	if (*str_or_empty(text))
		jsonw_text(out_key(o, key), text);
}

void
out_maybe(struct out *o, const char *key, const char *text)
{
	if (text)
		jsonw_text(out_key(o, key), text);
}

void
out_bool(struct out *o, const char *key, bool value)
{
	if (value)
		jsonw_bool(out_key(o, key), true);
}

void
out_int(struct out *o, const char *key, int64_t value, int64_t blank)
{
	if (value != blank)
		jsonw_int(out_key(o, key), value);
}

void
out_time(struct out *o, const char *key, int64_t ms)
{
	char text[TIME_TEXT];

	if (ms)
		jsonw_text(out_key(o, key),
			   time_format(ms, ms % 1000 != 0, text));
}

void
out_texts(struct out *o, const char *key, const char *const *texts, uint32_t n)
{
	if (!n)
		return;
	jsonw_array(out_key(o, key));
	for (uint32_t i = 0; i < n; i++)
		jsonw_text(o->w, texts[i]);
	jsonw_end_array(o->w);
}

void
out_bytes(struct out *o, const char *key, int64_t bytes)
{
	char text[QUANTITY_TEXT];

	jsonw_text(out_key(o, key), quantity_format_bytes(bytes, text));
}

static void
write_array(struct out *o, const char *base, const struct field *f)
{
	const char *at;
	uint32_t n;

	memcpy(&at, base + f->at, sizeof(at));
	memcpy(&n, base + f->count_at, sizeof(n));
	if (!n)
		return;
	jsonw_array(out_key(o, f->key));
	for (uint32_t i = 0; i < n; i++) {
		jsonw_object(o->w);
		out_fields(o, at + (size_t)i * f->shape->bytes, f->fields);
		jsonw_end_object(o->w);
	}
	jsonw_end_array(o->w);
}

static void
write_enum(struct out *o, uint8_t value, const struct field *f)
{
	if (value != f->blank && value < f->names->n && f->names->at[value])
		jsonw_text(out_key(o, f->key), f->names->at[value]);
}

static void
write_field(struct out *o, const void *base, const struct field *f)
{
	const char *at = (const char *)base + f->at;
	const char *const *texts;
	const char *text;
	uint32_t mark, n;
	int64_t wide;
	int32_t narrow;

	switch ((enum field_type)f->type) {
	case FIELD_KNOWN:
	case FIELD_COMMON:
	case FIELD_TEXT:
		memcpy(&text, at, sizeof(text));
		out_text(o, f->key, text);
		break;
	case FIELD_MAYBE:
		memcpy(&text, at, sizeof(text));
		out_maybe(o, f->key, text);
		break;
	case FIELD_BOOL:
		out_bool(o, f->key, *(const bool *)at);
		break;
	case FIELD_I32:
	case FIELD_COUNT:
		memcpy(&narrow, at, sizeof(narrow));
		out_int(o, f->key, narrow, f->blank);
		break;
	case FIELD_I64:
		memcpy(&wide, at, sizeof(wide));
		out_int(o, f->key, wide, f->blank);
		break;
	case FIELD_TIME:
		memcpy(&wide, at, sizeof(wide));
		out_time(o, f->key, wide);
		break;
	case FIELD_ENUM:
		write_enum(o, *(const uint8_t *)at, f);
		break;
	case FIELD_TEXTS:
		memcpy(&texts, at, sizeof(texts));
		memcpy(&n, (const char *)base + f->count_at, sizeof(n));
		out_texts(o, f->key, texts, n);
		break;
	case FIELD_ARRAY:
		write_array(o, base, f);
		break;
	case FIELD_INSIDE:
	case FIELD_PART:
		mark = out_open(o, f->key);
		out_fields(o, f->type == FIELD_INSIDE ? base : at, f->fields);
		out_close(o, mark);
		break;
	case FIELD_CUSTOM:
		if (f->encode)
			f->encode(o, f->key, at);
		break;
	}
}

void
out_fields(struct out *o, const void *base, const struct fields *fields)
{
	for (uint32_t i = 0; i < fields->n; i++)
		write_field(o, base, &fields->at[i]);
}
