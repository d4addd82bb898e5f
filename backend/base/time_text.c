/*
 * Times as texts: RFC 3339, HTTP's dates, Go's and AWS's.
 *
 * Calendar arithmetic is done here on days since 1970 (proleptic Gregorian, as
 * Go does), so that no text depends on the C library's time zone state.
 */
#include "backend/base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#define MS_PER_S INT64_C(1000)
#define MS_PER_MIN (60 * MS_PER_S)
#define MS_PER_HOUR (60 * MS_PER_MIN)
#define MS_PER_DAY (24 * MS_PER_HOUR)

/* ---- calendar ---- */

struct civil {
	int64_t year;
	int month, day; /* 1-based */
	int weekday;	/* 0 = Sunday */
	int hour, minute, second, millis;
};

/* Days since 1970-01-01; years count from March so that leap days end one. */
static int64_t
days_from_civil(int64_t year, int month, int day)
{
	int64_t era;
	int yoe, doy, doe;

	year -= month <= 2;
	era = (year >= 0 ? year : year - 399) / 400;
	yoe = (int)(year - era * 400);
	doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

static void
civil_from_ms(int64_t ms, struct civil *c)
{
	int64_t days = ms / MS_PER_DAY, rest = ms % MS_PER_DAY, era;
	int doe, yoe, doy, mp;

	if (rest < 0) {
		rest += MS_PER_DAY;
		days--;
	}
	c->weekday = (int)(((days + 4) % 7 + 7) % 7);
	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	doe = (int)(days - era * 146097);
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	c->day = doy - (153 * mp + 2) / 5 + 1;
	c->month = mp < 10 ? mp + 3 : mp - 9;
	c->year = yoe + era * 400 + (c->month <= 2);
	c->hour = (int)(rest / MS_PER_HOUR);
	c->minute = (int)(rest / MS_PER_MIN % 60);
	c->second = (int)(rest / MS_PER_S % 60);
	c->millis = (int)(rest % MS_PER_S);
}

static int
days_in_month(int64_t year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30,
				    31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* Second 60 is a leap second: it counts as the first of the next minute. */
static bool
civil_to_ms(const struct civil *c, int64_t *ms)
{
	if (c->month < 1 || c->month > 12 || c->day < 1 ||
	    c->day > days_in_month(c->year, c->month) || c->hour > 23 ||
	    c->minute > 59 || c->second > 60)
		return false;
	*ms = days_from_civil(c->year, c->month, c->day) * MS_PER_DAY +
	      c->hour * MS_PER_HOUR + c->minute * MS_PER_MIN +
	      c->second * MS_PER_S + c->millis;
	return true;
}

/* ---- reading ---- */

/* Exactly n digits at *p, which moves past them. */
static bool
take_digits(const char **p, const char *end, int n, int *value)
{
	*value = 0;
	if (end - *p < n)
		return false;
	for (; n > 0; n--, (*p)++) {
		if (**p < '0' || **p > '9')
			return false;
		*value = *value * 10 + (**p - '0');
	}
	return true;
}

static bool
take_char(const char **p, const char *end, const char *any)
{
	if (*p == end || !**p || !strchr(any, **p))
		return false;
	(*p)++;
	return true;
}

/* ".123456": any number of digits, of which milliseconds are kept. */
static bool
take_fraction(const char **p, const char *end, int *millis)
{
	int unit = 100;

	*millis = 0;
	if (!take_char(p, end, "."))
		return true;
	if (*p == end || **p < '0' || **p > '9')
		return false;
	for (; *p < end && **p >= '0' && **p <= '9'; (*p)++) {
		*millis += (**p - '0') * unit;
		unit /= 10;
	}
	return true;
}

static bool
take_offset(const char **p, const char *end, int64_t *offset_ms)
{
	int hours, minutes;
	bool west;

	*offset_ms = 0;
	if (take_char(p, end, "Zz"))
		return true;
	west = *p < end && **p == '-';
	if (!take_char(p, end, "+-") || !take_digits(p, end, 2, &hours) ||
	    !take_char(p, end, ":") || !take_digits(p, end, 2, &minutes) ||
	    hours > 23 || minutes > 59)
		return false;
	*offset_ms = hours * MS_PER_HOUR + minutes * MS_PER_MIN;
	if (west)
		*offset_ms = -*offset_ms;
	return true;
}

bool
time_parse_rfc3339(const char *text, size_t len, int64_t *ms)
{
	const char *p = text, *end = text + len;
	struct civil c = { 0 };
	int64_t at, offset_ms;
	int year;

	if (!take_digits(&p, end, 4, &year) || !take_char(&p, end, "-") ||
	    !take_digits(&p, end, 2, &c.month) || !take_char(&p, end, "-") ||
	    !take_digits(&p, end, 2, &c.day) || !take_char(&p, end, "Tt") ||
	    !take_digits(&p, end, 2, &c.hour) || !take_char(&p, end, ":") ||
	    !take_digits(&p, end, 2, &c.minute) || !take_char(&p, end, ":") ||
	    !take_digits(&p, end, 2, &c.second) ||
	    !take_fraction(&p, end, &c.millis) ||
	    !take_offset(&p, end, &offset_ms) || p != end)
		return false;
	c.year = year;
	if (!civil_to_ms(&c, &at))
		return false;
	at -= offset_ms;
	/* Go's zero time means "not set", as 0 does here. */
	*ms = at == days_from_civil(1, 1, 1) * MS_PER_DAY ? 0 : at;
	return true;
}

bool
time_parse_go(const char *text, size_t len, int64_t *ms)
{
	char rfc[64];
	size_t date = 0, zone;

	while (date < len && text[date] != ' ')
		date++;
	zone = date + 1;
	while (zone < len && text[zone] != ' ')
		zone++;
	if (zone + 6 > len || zone + 8 > sizeof(rfc))
		return false;
	snprintf(rfc, sizeof(rfc), "%.*sT%.*s%.3s:%.2s", (int)date, text,
		 (int)(zone - date - 1), text + date + 1, text + zone + 1,
		 text + zone + 4);
	return time_parse_rfc3339(rfc, strlen(rfc), ms);
}

static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

static bool
take_month(const char **p, const char *end, int *month)
{
	if (end - *p < 3)
		return false;
	for (*month = 1; *month <= 12; (*month)++) {
		if (strncasecmp(*p, month_names + (*month - 1) * 3, 3) == 0) {
			*p += 3;
			return true;
		}
	}
	return false;
}

bool
time_parse_http(const char *text, int64_t *ms)
{
	const char *p = strchr(text, ','), *end = text + strlen(text);
	struct civil c = { 0 };
	int year;

	if (!p || p - text != 3)
		return false;
	p++;
	if (!take_char(&p, end, " ") || !take_digits(&p, end, 2, &c.day) ||
	    !take_char(&p, end, " ") || !take_month(&p, end, &c.month) ||
	    !take_char(&p, end, " ") || !take_digits(&p, end, 4, &year) ||
	    !take_char(&p, end, " ") || !take_digits(&p, end, 2, &c.hour) ||
	    !take_char(&p, end, ":") || !take_digits(&p, end, 2, &c.minute) ||
	    !take_char(&p, end, ":") || !take_digits(&p, end, 2, &c.second) ||
	    (strcmp(p, " GMT") != 0 && strcmp(p, " UTC") != 0))
		return false;
	c.year = year;
	return civil_to_ms(&c, ms);
}

/* ---- writing ---- */

char *
time_format(int64_t ms, bool millis, char out[static TIME_TEXT])
{
	struct civil c;
	int n;

	civil_from_ms(ms, &c);
	n = snprintf(out, TIME_TEXT, "%04lld-%02d-%02dT%02d:%02d:%02d",
		     (long long)c.year, c.month, c.day, c.hour, c.minute,
		     c.second);
	snprintf(out + n, TIME_TEXT - (size_t)n, millis ? ".%03dZ" : "Z",
		 c.millis);
	return out;
}

char *
time_format_amz(int64_t ms, char out[static TIME_TEXT])
{
	struct civil c;

	civil_from_ms(ms, &c);
	snprintf(out, TIME_TEXT, "%04lld%02d%02dT%02d%02d%02dZ",
		 (long long)c.year, c.month, c.day, c.hour, c.minute,
		 c.second);
	return out;
}

char *
time_format_http(int64_t ms, char out[static TIME_TEXT])
{
	static const char days[] = "ThuFriSatSunMonTueWed"; /* from 1970 */
	struct civil c;
	int64_t day = ms / MS_PER_DAY - (ms % MS_PER_DAY < 0);
	int weekday = (int)((day % 7 + 7) % 7);

	civil_from_ms(ms, &c);
	snprintf(out, TIME_TEXT, "%.3s, %02d %.3s %04lld %02d:%02d:%02d GMT",
		 days + weekday * 3, c.day, month_names + (c.month - 1) * 3,
		 (long long)c.year, c.hour, c.minute, c.second);
	return out;
}

char *
time_format_hms(int64_t ms, char out[static TIME_TEXT])
{
	struct civil c;

	civil_from_ms(ms, &c);
	snprintf(out, TIME_TEXT, "%02d:%02d:%02d", c.hour, c.minute, c.second);
	return out;
}

char *
time_format_local(int64_t ms, char out[static TIME_TEXT])
{
	int64_t floor_s = ms / MS_PER_S - (ms % MS_PER_S < 0);
	time_t at = (time_t)floor_s;
	struct tm tm;
	long offset_min;

	if (!localtime_r(&at, &tm))
		return memcpy(out, "?", 2);
	offset_min = tm.tm_gmtoff / 60;
	snprintf(out, TIME_TEXT, "%02d:%02d%c%02ld", tm.tm_hour, tm.tm_min,
		 offset_min < 0 ? '-' : '+', labs(offset_min) / 60);
	if (offset_min % 60)
		snprintf(out + strlen(out), TIME_TEXT - strlen(out), ":%02ld",
			 labs(offset_min) % 60);
	return out;
}

char *
time_format_date(int64_t ms, char out[static TIME_TEXT])
{
	static const char days[] = "SunMonTueWedThuFriSat";
	struct civil c;

	civil_from_ms(ms, &c);
	snprintf(out, TIME_TEXT, "%.3s %.3s %2d %02d:%02d:%02d UTC %04lld",
		 days + c.weekday * 3, month_names + (c.month - 1) * 3, c.day,
		 c.hour, c.minute, c.second, (long long)c.year);
	return out;
}

void
time_day(int64_t ms, int *month, int *day, int *weekday)
{
	struct civil c;

	civil_from_ms(ms, &c);
	*month = c.month;
	*day = c.day;
	*weekday = c.weekday;
}
