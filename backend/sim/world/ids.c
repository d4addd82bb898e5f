/*
 * Random names, one alphabet each.
 */
#include "backend/sim/world/ids.h"

#include <stdio.h>

#include "backend/base/map.h"

static const char suffix_letters[] = "bcdfghjklmnpqrstvwxz2456789";

static char *
draw(struct rng *r, const char *letters, size_t count, uint32_t n, char *out)
{
	BUG_IF(n > 31);
	for (uint32_t i = 0; i < n; i++)
		out[i] = letters[rng_next(r) % count];
	out[n] = '\0';
	return out;
}

char *
id_hex(struct rng *r, uint32_t n, char out[static 32])
{
	return draw(r, "0123456789abcdef", 16, n, out);
}

char *
id_uuid(struct rng *r, char out[static 40])
{
	uint64_t a = rng_next(r), b = rng_next(r);

	/* Version 4, variant 1. */
	snprintf(out, 40, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32),
		 (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff),
		 (unsigned)(0x8000 | (b >> 48 & 0x3fff)),
		 (unsigned long long)(b & 0xffffffffffffULL));
	return out;
}

char *
id_suffix(struct rng *r, uint32_t n, char out[static 32])
{
	return draw(r, suffix_letters, sizeof(suffix_letters) - 1, n, out);
}

char *
id_alnum(struct rng *r, uint32_t n, bool mixed, char out[static 32])
{
	static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return draw(r, letters, mixed ? 62 : 36, n, out);
}

char *
id_template_hash(const char *text, char out[static 32])
{
	/* A 32-bit hash in decimal, its digits spelled in the safe alphabet. */
	uint32_t h = (uint32_t)hash_text(text);
	char digits[16];
	int n = snprintf(digits, sizeof(digits), "%u", h);

	for (int i = 0; i < n; i++)
		out[i] = suffix_letters[(unsigned char)digits[i] %
					(sizeof(suffix_letters) - 1)];
	out[n] = '\0';
	return out;
}
