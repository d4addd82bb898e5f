/*
 * Kubernetes quantities.
 *
 * The number is kept as a string of decimal digits and a decimal exponent;
 * binary suffixes multiply the digits.  Rounding happens once, at the unit
 * asked for and away from zero, which equals upstream's two steps (to nano,
 * then to the unit).  Where upstream caps a value at int64 this fails.
 */
#include "backend/base/quantity.h"

#include <stdio.h>

/* More significant digits than this is not a quantity anybody wrote. */
#define DIGITS_MAX 128
#define DIGITS_ROOM (DIGITS_MAX + 24) /* times 2^60 adds 19 digits */

struct decimal {
	unsigned char digit[DIGITS_ROOM]; /* least significant first */
	int n;
	int64_t exponent; /* value = digits * 10^exponent */
	bool minus;
};

/* clang-format off */
static const struct {
	char text[3];
	int8_t ten, two; /* value = 10^ten * 2^two */
} suffixes[] = {
	{ "",	 0,  0 },
	{ "n",	-9,  0 },	{ "u",	-6,  0 },	{ "m",	-3,  0 },
	{ "k",	 3,  0 },	{ "M",	 6,  0 },	{ "G",	 9,  0 },
	{ "T",	12,  0 },	{ "P",	15,  0 },	{ "E",	18,  0 },
	{ "Ki",	 0, 10 },	{ "Mi",	 0, 20 },	{ "Gi",	 0, 30 },
	{ "Ti",	 0, 40 },	{ "Pi",	 0, 50 },	{ "Ei",	 0, 60 },
};
/* clang-format on */

/* Exponents beyond this overflow or vanish whatever the digits are. */
#define EXPONENT_MAX 100000

/* "e3", "E-6": an exponent needs at least one digit, else it is a suffix. */
static bool
parse_exponent(const char *p, const char *end, int64_t *exponent)
{
	bool minus = false;
	int64_t v = 0;

	if (end - p < 2 || (*p != 'e' && *p != 'E'))
		return false;
	p++;
	if (*p == '+' || *p == '-')
		minus = *p++ == '-';
	if (p == end)
		return false;
	for (; p < end; p++) {
		if (*p < '0' || *p > '9')
			return false;
		if (v < EXPONENT_MAX)
			v = v * 10 + (*p - '0');
	}
	*exponent = minus ? -v : v;
	return true;
}

static bool
parse_suffix(const char *p, const char *end, int64_t *ten, int *two)
{
	size_t len = (size_t)(end - p);

	*two = 0;
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		if (strlen(suffixes[i].text) == len &&
		    memcmp(suffixes[i].text, p, len) == 0) {
			*ten = suffixes[i].ten;
			*two = suffixes[i].two;
			return true;
		}
	}
	return parse_exponent(p, end, ten);
}

static void
times_1024(struct decimal *d)
{
	uint32_t carry = 0;

	for (int i = 0; i < d->n; i++) {
		carry += d->digit[i] * 1024u;
		d->digit[i] = (unsigned char)(carry % 10);
		carry /= 10;
	}
	for (; carry; carry /= 10)
		d->digit[d->n++] = (unsigned char)(carry % 10);
}

/* Reads digits and point into d; returns the first character after them. */
static const char *
parse_digits(struct decimal *d, const char *p, const char *end)
{
	unsigned char most_first[DIGITS_MAX];
	int zeros = 0; /* held back: they count only before another digit */
	bool point = false, any = false;

	d->n = 0;
	d->exponent = 0;
	for (; p < end; p++) {
		if (*p == '.') {
			if (point)
				return NULL;
			point = true;
			continue;
		}
		if (*p < '0' || *p > '9')
			break;
		any = true;
		d->exponent -= point;
		if (*p == '0') {
			zeros += d->n > 0;
			continue;
		}
		if (d->n + zeros >= DIGITS_MAX)
			return NULL;
		memset(most_first + d->n, 0, (size_t)zeros);
		d->n += zeros;
		zeros = 0;
		most_first[d->n++] = (unsigned char)(*p - '0');
	}
	d->exponent += zeros;
	for (int i = 0; i < d->n; i++)
		d->digit[i] = most_first[d->n - 1 - i];
	return any ? p : NULL;
}

static bool
decimal_parse(struct decimal *d, const char *p, const char *end)
{
	int64_t ten;
	int two;

	d->minus = p < end && *p == '-';
	if (p < end && (*p == '-' || *p == '+'))
		p++;
	p = parse_digits(d, p, end);
	if (!p || !parse_suffix(p, end, &ten, &two))
		return false;
	d->exponent += ten;
	for (; two > 0; two -= 10)
		times_1024(d);
	return true;
}

/* The value as an integer, what lies behind the point rounded away from 0. */
static bool
decimal_to_int(const struct decimal *d, int64_t *out)
{
	int64_t cut = d->exponent < 0 ? -d->exponent : 0;
	bool more = false;
	int64_t v = 0;

	if (d->n == 0) {
		*out = 0;
		return true;
	}
	for (int64_t i = 0; i < cut && i < d->n; i++)
		more = more || d->digit[i];
	for (int64_t i = d->n - 1; i >= cut; i--)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, d->digit[i], &v))
			return false;
	for (int64_t i = 0; i < d->exponent; i++)
		if (__builtin_mul_overflow(v, 10, &v))
			return false;
	if (__builtin_add_overflow(v, more, &v))
		return false;
	*out = d->minus ? -v : v;
	return true;
}

/* The common case, at most 15 digits with a plain suffix, in one pass. */
static bool
parse_short(const char *text, size_t len, int64_t scale, int64_t *out)
{
	int64_t v = 0, factor;
	size_t i = 0;

	for (; i < len && i < 15 && text[i] >= '0' && text[i] <= '9'; i++)
		v = v * 10 + (text[i] - '0');
	if (i == 0)
		return false;
	if (i == len) {
		factor = 1;
	} else if (len - i == 1 && text[i] == 'm') {
		/* A thousandth rounds up to the unit; milli is exact. */
		*out = scale == 1000 ? v : (v + 999) / 1000;
		return true;
	} else if (len - i == 2 && text[i + 1] == 'i') {
		const char *at = strchr("KMGTPE", text[i]);

		if (!at || !*at)
			return false;
		factor = INT64_C(1) << (10 * (at - "KMGTPE" + 1));
	} else {
		return false;
	}
	return !__builtin_mul_overflow(v, factor, &v) &&
	       !__builtin_mul_overflow(v, scale, out);
}

static bool
parse_scaled(const char *text, size_t len, int decimals, int64_t *out)
{
	struct decimal d;

	if (parse_short(text, len, decimals ? 1000 : 1, out))
		return true;
	if (!decimal_parse(&d, text, text + len))
		return false;
	d.exponent += decimals;
	return decimal_to_int(&d, out);
}

bool
quantity_parse_milli(const char *text, size_t len, int64_t *milli)
{
	return parse_scaled(text, len, 3, milli);
}

bool
quantity_parse_units(const char *text, size_t len, int64_t *units)
{
	return parse_scaled(text, len, 0, units);
}

/* Divides out `step` as often as it goes and appends that suffix. */
static char *
format_steps(int64_t v, int64_t step, const char *const *suffix,
	     char out[static QUANTITY_TEXT])
{
	while (v != 0 && suffix[1] && v % step == 0) {
		v /= step;
		suffix++;
	}
	snprintf(out, QUANTITY_TEXT, "%lld%s", (long long)v,
		 v ? *suffix : "");
	return out;
}

static const char *const si_milli[] = { "m", "", "k", "M", "G",
					"T", "P", "E", NULL };
static const char *const binary[] = { "",   "Ki", "Mi", "Gi",
				      "Ti", "Pi", "Ei", NULL };

char *
quantity_format_mcpu(int64_t mcpu, char out[static QUANTITY_TEXT])
{
	return format_steps(mcpu, 1000, si_milli, out);
}

char *
quantity_format_bytes(int64_t bytes, char out[static QUANTITY_TEXT])
{
	/* Upstream writes what is under 1 Ki in decimal steps. */
	if (bytes > -1024 && bytes < 1024)
		return format_steps(bytes, 1000, si_milli + 1, out);
	return format_steps(bytes, 1024, binary, out);
}

/* v / 10^places with trailing zeros left out. */
static char *
format_places(uint64_t v, int places, bool minus, const char *unit,
	      char out[static QUANTITY_TEXT])
{
	uint64_t one = 1;

	for (; places > 0 && v % 10 == 0; places--)
		v /= 10;
	for (int i = 0; i < places; i++)
		one *= 10;
	if (places)
		snprintf(out, QUANTITY_TEXT, "%s%llu.%0*llu%s",
			 minus ? "-" : "", (unsigned long long)(v / one),
			 places, (unsigned long long)(v % one), unit);
	else
		snprintf(out, QUANTITY_TEXT, "%s%llu%s", minus ? "-" : "",
			 (unsigned long long)v, unit);
	return out;
}

char *
bytes_human(int64_t bytes, char out[static QUANTITY_TEXT])
{
	uint64_t v = bytes < 0 ? -(uint64_t)bytes : (uint64_t)bytes;
	uint64_t unit = 1;
	int step = 0;

	/* 1000 of a unit already takes the next one: "1Gi", not "1000Mi". */
	while (binary[step + 1] && v / unit >= 1000) {
		unit *= 1024;
		step++;
	}
	if (step == 0)
		return format_places(v, 0, bytes < 0, "", out);
	/* Tenths of the unit, rounded; 999.95 Mi and over is 1 Gi. */
	uint64_t tenths = v / unit * 10 + (v % unit * 10 + unit / 2) / unit;

	if (tenths >= 10000 && binary[step + 1])
		return format_places(1, 0, bytes < 0, binary[step + 1], out);
	if (tenths >= 1000)
		return format_places((tenths + 5) / 10, 0, bytes < 0,
				     binary[step], out);
	return format_places(tenths, 1, bytes < 0, binary[step], out);
}

char *
mcpu_human(int64_t mcpu, char out[static QUANTITY_TEXT])
{
	uint64_t v = mcpu < 0 ? -(uint64_t)mcpu : (uint64_t)mcpu;

	if (v < 1000)
		return format_places(v, 3, mcpu < 0, "", out);
	if (v < 9995)
		return format_places((v + 5) / 10, 2, mcpu < 0, "", out);
	if (v < 99950)
		return format_places((v + 50) / 100, 1, mcpu < 0, "", out);
	if (v < UINT64_C(99999500))
		return format_places((v + 500) / 1000, 0, mcpu < 0, "", out);
	return format_places((v + 500000) / 1000000, 0, mcpu < 0, "k", out);
}

bool
add_checked(int64_t *sum, int64_t more)
{
	int64_t v;

	if (__builtin_add_overflow(*sum, more, &v))
		return false;
	*sum = v;
	return true;
}
