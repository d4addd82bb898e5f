/*
 * Clocks and how times and durations are read and written.
 *
 * Wall time rules the wire; BOOTTIME (which counts suspend) measures intervals
 * that guard safety; world time rules ages and decisions (design 4).  Only
 * clock.c asks the system; time_text.c and duration.c read and write.  Times
 * are int64_t milliseconds since the epoch (_ms); 0 means "not set".
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "backend/base/err.h"

/* Where time comes from: the system, or a test's hand-driven clock. */
struct clockwork {
	int64_t (*wall_ms)(void *ctx);
	int64_t (*boot_ms)(void *ctx);
	void *ctx;
};

extern const struct clockwork clock_system;
int64_t clock_wall_ms(const struct clockwork *c);
int64_t clock_boot_ms(const struct clockwork *c);

/*
 * World time as last told by a server: world_ms at boot_ms, running at
 * speed_milli/1000.  Copied by value into snapshots, so that the UI can carry
 * ages forward between publications.
 */
struct world_clock {
	int64_t world_ms;
	int64_t boot_ms;
	int32_t speed_milli; /* 1000 = real time, 0 = frozen or paused */
};

int64_t world_clock_at(const struct world_clock *w, int64_t boot_ms);

/* RFC 3339 with any fraction and offset; Go's zero time yields 0. */
bool time_parse_rfc3339(const char *text, size_t len, int64_t *ms);
/* RFC 1123 dates of HTTP headers. */
bool time_parse_http(const char *text, int64_t *ms);

#define TIME_TEXT 40
/* "2026-02-01 10:00:00.123456789 +0000 UTC", as Go prints a time. */
bool time_parse_go(const char *text, size_t len, int64_t *ms);
/* "2026-02-18T09:00:00Z" (fraction only when millis asks for it). */
char *time_format(int64_t ms, bool millis, char out[static TIME_TEXT]);
/* "20260218T090000Z" for AWS signatures. */
char *time_format_amz(int64_t ms, char out[static TIME_TEXT]);
/* "Wed Feb 18 09:00:00 UTC 2026", as date(1) prints it. */
char *time_format_date(int64_t ms, char out[static TIME_TEXT]);
/* Month (from 1), day of the month and of the week (0: Sunday) in UTC. */
void time_day(int64_t ms, int *month, int *day, int *weekday);
/* Of HTTP's Date header. */
char *time_format_http(int64_t ms, char out[static TIME_TEXT]);
/* "03:07:22" in UTC, and in the local zone with its offset "04:07+01". */
char *time_format_hms(int64_t ms, char out[static TIME_TEXT]);
char *time_format_local(int64_t ms, char out[static TIME_TEXT]);

/* Go syntax: "10m", "1h30m", "300ms", "-1.5s"; "0" needs no unit. */
bool duration_parse(const char *text, int64_t *ms);
/* Go syntax as Duration.String() writes it: "10m0s", "1.5s", "0s". */
char *duration_format(int64_t ms, char out[static TIME_TEXT]);
/* For people, at most six cells: "3s" "22m" "1h04" "2d3h" "41d". */
char *age_format(int64_t ms, char out[static TIME_TEXT]);

#endif
