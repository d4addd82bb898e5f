/*
 * Resource lists and small values in their several spellings.
 */
#include "backend/base/quantity.h"
#include "backend/decode/parts.h"

/* ---- resource lists ---- */

/* The member of one of the four that have fields of their own, or NULL. */
static int64_t *
named_resource(struct resources *r, const struct tree *t, uint8_t *has)
{
	switch (t->key_len) {
	case 3:
		if (memcmp(t->key, "cpu", 3) == 0) {
			*has = HAS_CPU;
			return &r->cpu_mcpu;
		}
		break;
	case 6:
		if (memcmp(t->key, "memory", 6) == 0) {
			*has = HAS_MEMORY;
			return &r->memory_bytes;
		}
		break;
	case 4:
		if (memcmp(t->key, "pods", 4) == 0) {
			*has = HAS_PODS;
			return &r->pods;
		}
		break;
	case 17:
		if (memcmp(t->key, "ephemeral-storage", 17) == 0) {
			*has = HAS_EPHEMERAL;
			return &r->ephemeral_bytes;
		}
		break;
	}
	return NULL;
}

static bool
is_extended(const char *key, size_t len)
{
	struct resources r;
	uint8_t has;

	return !named_resource(&r,
			       &(struct tree){ .key = key,
					       .key_len = (uint32_t)len },
			       &has);
}

static bool
read_extended(struct wire *w, struct resources *r, const struct tree *t)
{
	struct member_list l;
	struct resource *at;
	bool ok = true;

	members_of(&l, t, is_extended);
	at = seal_array(w->seal, &r->ext, l.n, sizeof(*at));
	r->ext_n = l.n;
	for (uint32_t i = 0; i < l.n && ok; i++) {
		seal_known(w->seal, &at[i].name, l.at[i].t->key,
			   l.at[i].t->key_len);
		ok = wire_units(w, &at[i].amount, l.at[i].t) ||
		     wire_under_tree(w, l.at[i].t);
	}
	members_drop(&l);
	return ok;
}

bool
read_resources(struct wire *w, void *base, const struct tree *t)
{
	struct resources *r = base;
	bool more = false;

	if (!wire_object(w, t))
		return false;
	tree_each(c, t) {
		uint8_t has = 0;
		int64_t *value = named_resource(r, c, &has);
		bool ok;

		if (!value) {
			more = true;
			continue;
		}
		if (c->kind == TREE_NULL)
			continue;
		ok = has == HAS_CPU ? wire_milli(w, value, c)
				    : wire_units(w, value, c);
		if (!ok)
			return wire_under_tree(w, c);
		r->has |= has;
	}
	return !more || read_extended(w, r, t);
}

static void
write_list_of(struct out *o, const struct resources *r)
{
	char text[QUANTITY_TEXT];

	if (r->has & HAS_CPU)
		jsonw_text(out_key(o, "cpu"),
			   quantity_format_mcpu(r->cpu_mcpu, text));
	if (r->has & HAS_MEMORY)
		out_bytes(o, "memory", r->memory_bytes);
	if (r->has & HAS_EPHEMERAL)
		out_bytes(o, "ephemeral-storage", r->ephemeral_bytes);
	if (r->has & HAS_PODS)
		out_bytes(o, "pods", r->pods);
	for (uint32_t i = 0; i < r->ext_n; i++)
		out_bytes(o, r->ext[i].name, r->ext[i].amount);
}

void
write_resources(struct out *o, const char *key, const void *base)
{
	uint32_t mark = out_open(o, key);

	write_list_of(o, base);
	out_close(o, mark);
}

bool
read_resources_maybe(struct wire *w, void *slot, const struct tree *t)
{
	struct resources *r;

	if (!wire_object(w, t))
		return false;
	if (t->kind == TREE_NULL)
		return true;
	r = seal_array(w->seal, slot, 1, sizeof(*r));
	return read_resources(w, r, t);
}

void
write_resources_maybe(struct out *o, const char *key, const void *slot)
{
	const struct resources *r;

	memcpy(&r, slot, sizeof(r));
	if (!r)
		return;
	jsonw_object(out_key(o, key));
	write_list_of(o, r);
	jsonw_end_object(o->w);
}

/* ---- small values ---- */

bool
read_bytes(struct wire *w, void *bytes, const struct tree *t)
{
	return wire_units(w, bytes, t);
}

void
write_bytes(struct out *o, const char *key, const void *base)
{
	const int64_t *bytes = base;

	if (*bytes > 0)
		out_bytes(o, key, *bytes);
}

bool
read_joined(struct wire *w, void *base, const struct tree *t)
{
	struct buf joined;
	uint32_t i = 0;
	bool ok = true;

	if (!wire_list(w, t))
		return false;
	if (t->kind == TREE_NULL)
		return true;
	buf_init(&joined, 4096);
	tree_each(c, t) {
		if (c->kind != TREE_STRING) {
			wire_wrong(w, "string", c);
			ok = wire_under_index(w, i);
			break;
		}
		buf_puts(&joined, i++ ? "," : "");
		buf_puts(&joined, c->text);
	}
	if (ok && !buf_ok(&joined))
		ok = wire_fail(w, "longer than 4096 bytes");
	if (ok)
		seal_known(w->seal, base, buf_text(&joined), joined.len);
	buf_fini(&joined);
	return ok;
}

void
write_joined(struct out *o, const char *key, const void *base)
{
	const char *text;

	memcpy(&text, base, sizeof(text));
	if (!*str_or_empty(text))
		return;
	jsonw_array(out_key(o, key));
	for (;;) {
		size_t len = strcspn(text, ",");

		jsonw_textn(o->w, text, len);
		if (!text[len])
			break;
		text += len + 1;
	}
	jsonw_end_array(o->w);
}

bool
read_int_or_text(struct wire *w, void *base, const struct tree *t)
{
	if (t->kind == TREE_NULL)
		return true;
	if (t->kind != TREE_STRING && t->kind != TREE_NUMBER)
		return wire_wrong(w, "number or string", t);
	seal_textn(w->seal, base, t->text, t->len);
	return true;
}

void
write_int_or_text(struct out *o, const char *key, const void *base)
{
	const char *text;
	int64_t n;
	struct tree t = { .kind = TREE_NUMBER };

	memcpy(&text, base, sizeof(text));
	if (!text)
		return;
	t.text = text;
	t.len = (uint32_t)strlen(text);
	/* "50%" stays text; a number written plainly is one again. */
	if (strspn(text, "0123456789") == t.len && tree_int(&t, &n) &&
	    (text[0] != '0' || t.len == 1))
		jsonw_int(out_key(o, key), n);
	else
		jsonw_text(out_key(o, key), text);
}

static const char *const effects[] = {
	[TAINT_ANY] = "",
	[TAINT_NO_SCHEDULE] = "NoSchedule",
	[TAINT_PREFER_NO_SCHEDULE] = "PreferNoSchedule",
	[TAINT_NO_EXECUTE] = "NoExecute",
	[TAINT_OTHER] = "Other",
};

const struct names effect_names = { effects, ARRAY_LEN(effects), TAINT_OTHER };
