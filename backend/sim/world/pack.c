/*
 * Helpers over jansson.
 */
#include "backend/sim/world/pack.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "backend/base/clock.h"

json_t *
pack(const char *fmt, ...)
{
	json_error_t e;
	json_t *o;
	va_list args;

	va_start(args, fmt);
	o = json_vpack_ex(&e, 0, fmt, args);
	va_end(args);
	if (!o)
		BUG("pack %.60s: %s", fmt, e.text);
	return o;
}

json_t *
pack_time(int64_t ms)
{
	char text[TIME_TEXT];

	return json_string(time_format(ms, false, text));
}

char *
micro_time(int64_t ms, char out[static TIME_TEXT])
{
	int part = (int)((ms % 1000 + 1000) % 1000);

	/* The world knows milliseconds; the API prints six digits. */
	time_format(ms - part, false, out);
	snprintf(out + 19, TIME_TEXT - 19, ".%03d000Z", part);
	return out;
}

json_t *
pack_micro_time(int64_t ms)
{
	char text[TIME_TEXT];

	return json_string(micro_time(ms, text));
}

json_t *
pack_pairs(const struct names *pairs)
{
	json_t *o = json_object();

	for (uint32_t i = 0; i < pairs->n; i++) {
		const char *eq = strchr(pairs->at[i], '=');
		size_t len = (size_t)(eq - pairs->at[i]);
		char *key = xstrndup(pairs->at[i], len);

		json_object_set_new(o, key, json_string(eq + 1));
		free(key);
	}
	return o;
}

json_t *
pack_names(const struct names *names)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < names->n; i++)
		json_array_append_new(list, json_string(names->at[i]));
	return list;
}

json_t *
pack_tolerations(const struct names *texts)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < texts->n; i++) {
		const char *t = texts->at[i], *eq = strchr(t, '=');
		const char *colon = strrchr(t, ':');

		json_array_append_new(
			list, pack("{s:s%, s:s, s:s%, s:s}", "key", t,
				   (size_t)(eq - t), "operator", "Equal",
				   "value", eq + 1, (size_t)(colon - eq - 1),
				   "effect", colon + 1));
	}
	return list;
}

void
pack_set(json_t *o, const char *key, const char *text)
{
	if (text && *text)
		json_object_set_new(o, key, json_string(text));
}

bool
pairs_have(const struct names *pairs, const char *key, const char *value)
{
	size_t len = strlen(key);

	for (uint32_t i = 0; i < pairs->n; i++) {
		if (strncmp(pairs->at[i], key, len) == 0 &&
		    pairs->at[i][len] == '=' &&
		    str_eq(pairs->at[i] + len + 1, value))
			return true;
	}
	return false;
}

json_t *
pack_base64(const char *bytes, size_t len)
{
	unsigned char *text = xmalloc(len / 3 * 4 + 5);
	json_t *o;

	BUG_IF(len > INT32_MAX / 2);
	EVP_EncodeBlock(text, (const unsigned char *)bytes, (int)len);
	o = json_string((char *)text);
	free(text);
	return o;
}
