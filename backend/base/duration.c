/*
 * Durations as texts: Go's, and ages for people.
 */
#include "backend/base/clock.h"

#include <stdio.h>

#define MS_PER_S INT64_C(1000)
#define MS_PER_MIN (60 * MS_PER_S)
#define MS_PER_HOUR (60 * MS_PER_MIN)
#define MS_PER_DAY (24 * MS_PER_HOUR)

/* clang-format off */
static const struct {
	const char *name;
	uint64_t ns;
} units[] = {
	{ "ns",		1 },
	{ "us",		1000 },
	{ "\xc2\xb5s",	1000 },	/* U+00B5 micro sign */
	{ "\xce\xbcs",	1000 },	/* U+03BC Greek mu */
	{ "ms",		1000 * 1000 },
	{ "s",		UINT64_C(1000000000) },
	{ "m",		UINT64_C(60000000000) },
	{ "h",		UINT64_C(3600000000000) },
};
/* clang-format on */

/* Go's limit: the smallest int64 in nanoseconds, as a magnitude. */
#define DURATION_MAX_NS (UINT64_C(1) << 63)

/* One "12.5s" at *p in nanoseconds, by the rules of Go's ParseDuration. */
static bool
take_term(const char **p, uint64_t *ns)
{
	uint64_t whole = 0, part = 0;
	double scale = 1;
	bool digits = false, full = false;
	const char *unit;
	size_t len;

	for (; **p >= '0' && **p <= '9'; (*p)++, digits = true) {
		if (whole > DURATION_MAX_NS / 10)
			return false;
		whole = whole * 10 + (uint64_t)(**p - '0');
		if (whole > DURATION_MAX_NS)
			return false;
	}
	if (**p == '.') {
		for ((*p)++; **p >= '0' && **p <= '9'; (*p)++, digits = true) {
			/* Digits past what fits change nothing. */
			full = full || part > (DURATION_MAX_NS - 10) / 10;
			if (full)
				continue;
			part = part * 10 + (uint64_t)(**p - '0');
			scale *= 10;
		}
	}
	if (!digits)
		return false;
	unit = *p;
	len = strcspn(unit, ".0123456789");
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (strlen(units[i].name) != len ||
		    memcmp(units[i].name, unit, len) != 0)
			continue;
		if (whole > DURATION_MAX_NS / units[i].ns)
			return false;
		*p += len;
		*ns = whole * units[i].ns +
		      (uint64_t)((double)part *
				 ((double)units[i].ns / scale));
		return *ns <= DURATION_MAX_NS;
	}
	return false;
}

bool
duration_parse(const char *text, int64_t *ms)
{
	uint64_t sum = 0, term;
	bool minus = *text == '-';

	if (*text == '-' || *text == '+')
		text++;
	if (strcmp(text, "0") == 0) {
		*ms = 0;
		return true;
	}
	if (!*text)
		return false;
	while (*text) {
		if (!take_term(&text, &term))
			return false;
		sum += term;
		if (sum > DURATION_MAX_NS)
			return false;
	}
	if (!minus && sum == DURATION_MAX_NS)
		return false;
	*ms = (int64_t)(sum / 1000000) * (minus ? -1 : 1);
	return true;
}

/* "1.5" from 1500 thousandths, without trailing zeros. */
static int
format_milli(char *out, size_t room, uint64_t milli)
{
	int n = snprintf(out, room, "%llu.%03d",
			 (unsigned long long)(milli / 1000),
			 (int)(milli % 1000));

	while (out[n - 1] == '0')
		out[--n] = '\0';
	if (out[n - 1] == '.')
		out[--n] = '\0';
	return n;
}

char *
duration_format(int64_t ms, char out[static TIME_TEXT])
{
	uint64_t left = ms < 0 ? -(uint64_t)ms : (uint64_t)ms;
	uint64_t minutes = left / (uint64_t)MS_PER_MIN;
	size_t n = 0;

	if (ms < 0)
		out[n++] = '-';
	if (left == 0) {
		snprintf(out, TIME_TEXT, "0s");
	} else if (left < (uint64_t)MS_PER_S) {
		snprintf(out + n, TIME_TEXT - n, "%dms", (int)left);
	} else {
		if (minutes >= 60)
			n += (size_t)snprintf(out + n, TIME_TEXT - n, "%lluh",
					      (unsigned long long)minutes / 60);
		if (minutes > 0)
			n += (size_t)snprintf(out + n, TIME_TEXT - n, "%dm",
					      (int)(minutes % 60));
		n += (size_t)format_milli(out + n, TIME_TEXT - n,
					  left % (uint64_t)MS_PER_MIN);
		snprintf(out + n, TIME_TEXT - n, "s");
	}
	return out;
}

/* Days are shown with hours up to this many, alone beyond. */
#define AGE_DAYS_WITH_HOURS 10
#define AGE_DAYS_MAX 99999

char *
age_format(int64_t ms, char out[static TIME_TEXT])
{
	/* A little skew between clocks must not show a negative age. */
	int64_t s = ms < 0 ? 0 : ms / MS_PER_S;
	int64_t days = s / 86400;

	if (s < 60)
		snprintf(out, TIME_TEXT, "%ds", (int)s);
	else if (s < 3600)
		snprintf(out, TIME_TEXT, "%dm", (int)(s / 60));
	else if (s < 86400)
		snprintf(out, TIME_TEXT, "%dh%02d", (int)(s / 3600),
			 (int)(s / 60 % 60));
	else if (days < AGE_DAYS_WITH_HOURS && s / 3600 % 24)
		snprintf(out, TIME_TEXT, "%dd%dh", (int)days,
			 (int)(s / 3600 % 24));
	else if (days <= AGE_DAYS_MAX)
		snprintf(out, TIME_TEXT, "%dd", (int)days);
	else
		snprintf(out, TIME_TEXT, ">%dy", AGE_DAYS_MAX / 365);
	return out;
}
