/*
 * Schedules as robfig/cron reads them, which is what Kubernetes uses.
 */
#include "backend/sim/objects/schedule.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"

#define DAY_MS INT64_C(86400000)
/* The longest wait for a date: 29 February over a year that is no leap year. */
#define HORIZON_DAYS (8 * 366)

/* clang-format off */
static const struct schedule_field {
	long least, most;
	const char *names; /* three letters each, from the least */
} schedule_fields[] = {
	{ 0, 59, "" },
	{ 0, 23, "" },
	{ 1, 31, "" },
	{ 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec" },
	{ 0, 6,  "sunmontuewedthufrisat" },
};

static const struct {
	const char *word, *fields;
} descriptors[] = {
	{ "@yearly",   "0 0 1 1 *" },
	{ "@annually", "0 0 1 1 *" },
	{ "@monthly",  "0 0 1 * *" },
	{ "@weekly",   "0 0 * * 0" },
	{ "@daily",    "0 0 * * *" },
	{ "@midnight", "0 0 * * *" },
	{ "@hourly",   "0 * * * *" },
};
/* clang-format on */

/* A number or name of the field; -1: none. */
static long
field_number(const struct schedule_field *f, const char *text, size_t len)
{
	char word[8], *end;
	long n;

	if (!len || len >= sizeof(word))
		return -1;
	for (size_t i = 0; i < len; i++)
		word[i] = (char)tolower((unsigned char)text[i]);
	word[len] = '\0';
	for (const char *at = f->names; len == 3 && *at; at += 3)
		if (strncmp(at, word, 3) == 0)
			return f->least + (at - f->names) / 3;
	n = strtol(word, &end, 10);
	return *end || !isdigit((unsigned char)word[0]) ? -1 : n;
}

/* "*", "5", "1-5", and each with "/N", into bits; *any: it is "*" alone. */
static bool
read_range(const struct schedule_field *f, const char *text, size_t len,
	   uint64_t *bits, bool *any, char *why, size_t room)
{
	const char *slash = memchr(text, '/', len);
	size_t span = slash ? (size_t)(slash - text) : len;
	const char *dash = memchr(text, '-', span);
	size_t first = dash ? (size_t)(dash - text) : span;
	bool star = span == 1 && (*text == '*' || *text == '?');
	long a = f->least, b = f->most, step = 1;

	if (!star) {
		a = field_number(f, text, first);
		b = dash    ? field_number(f, dash + 1, span - first - 1)
		    : slash ? f->most
			    : a;
	}
	if (slash)
		step = field_number(f, slash + 1, len - span - 1);
	if (a < 0 || b < 0)
		snprintf(why, room,
			 "failed to parse int from %.*s: strconv.Atoi: parsing "
			 "\"%.*s\": invalid syntax",
			 (int)span, text, (int)span, text);
	else if (step <= 0)
		snprintf(why, room,
			 "step of range should be a positive number: %.*s",
			 (int)len, text);
	else if (a < f->least)
		snprintf(why, room,
			 "beginning of range (%ld) below minimum (%ld): %.*s",
			 a, f->least, (int)len, text);
	else if (b > f->most)
		snprintf(why, room,
			 "end of range (%ld) above maximum (%ld): %.*s", b,
			 f->most, (int)len, text);
	else if (a > b)
		snprintf(why, room,
			 "beginning of range (%ld) beyond end of range (%ld): "
			 "%.*s",
			 a, b, (int)len, text);
	else {
		for (long n = a; n <= b; n += step)
			*bits |= UINT64_C(1) << n;
		*any |= star && step == 1;
		return true;
	}
	return false;
}

static bool
read_fields(const char *text, struct schedule *s, char *why, size_t room)
{
	uint64_t *bits[] = { &s->minutes, &s->hours, &s->days, &s->months,
			     &s->weekdays };
	bool any[ARRAY_LEN(bits)] = { false }, ok = true;
	uint32_t n = 0;

	for (const char *at = text; *(at += strspn(at, " \t")); n++) {
		size_t len = strcspn(at, " \t");

		for (size_t i = 0, part; ok && n < ARRAY_LEN(bits) && i <= len;
		     i += part + 1) {
			part = strcspn(at + i, ", \t");
			ok = read_range(&schedule_fields[n], at + i, part,
					bits[n], &any[n], why, room);
		}
		at += len;
	}
	s->any_day = any[2];
	s->any_weekday = any[4];
	if (n == ARRAY_LEN(bits))
		return ok;
	snprintf(why, room, "expected exactly 5 fields, found %u: [%s]", n,
		 text);
	return false;
}

bool
schedule_parse(const char *text, struct schedule *s, char *why, size_t room)
{
	static const char every[] = "@every ";

	*s = (struct schedule){ 0 };
	for (size_t i = 0; i < ARRAY_LEN(descriptors); i++)
		if (str_eq(text, descriptors[i].word))
			return read_fields(descriptors[i].fields, s, why, room);
	if (str_has_prefix(text, every)) {
		if (duration_parse(text + sizeof(every) - 1, &s->every_ms)) {
			/* As the parser: whole seconds, and at least one. */
			s->every_ms -= s->every_ms % 1000;
			if (s->every_ms < 1000)
				s->every_ms = 1000;
			return true;
		}
		snprintf(why, room,
			 "failed to parse duration %s: time: invalid duration "
			 "\"%s\"",
			 text, text + sizeof(every) - 1);
		return false;
	}
	if (*text == '@') {
		snprintf(why, room, "unrecognized descriptor: %s", text);
		return false;
	}
	return read_fields(text, s, why, room);
}

static bool
has(uint64_t bits, int n)
{
	return bits >> n & 1;
}

static bool
day_matches(const struct schedule *s, int64_t day_ms)
{
	int month, mday, wday;
	bool day, weekday;

	time_day(day_ms, &month, &mday, &wday);
	day = has(s->days, mday);
	weekday = has(s->weekdays, wday);
	return has(s->months, month) &&
	       (s->any_day || s->any_weekday ? day && weekday : day || weekday);
}

int64_t
schedule_next(const struct schedule *s, int64_t after_ms)
{
	int64_t from = after_ms - after_ms % 60000 + 60000;
	int64_t day = from - from % DAY_MS;
	int first = (int)((from - day) / 60000);

	if (s->every_ms)
		return after_ms - after_ms % 1000 + s->every_ms;
	for (int i = 0; i < HORIZON_DAYS; i++, day += DAY_MS, first = 0) {
		if (!day_matches(s, day))
			continue;
		for (int at = first; at < 24 * 60; at++)
			if (has(s->hours, at / 60) && has(s->minutes, at % 60))
				return day + (int64_t)at * 60000;
	}
	return INT64_MAX;
}
