/*
 * How views show where a job or its pod stands.
 */
#ifndef VIEWS_PHASE_H
#define VIEWS_PHASE_H

#include "tui/view.h"

/* Before the script runs. */
bool phase_waits(enum phase phase);
bool phase_is_over(enum phase phase);
enum tone phase_tone(enum phase phase);

/* Order of lists: what waits first, in the order of a job's life and the
 * oldest first; then what runs; then what ended, the newest first. */
int64_t phase_order(enum phase phase, int64_t since_ms);

/* The phase by name; JSON and filters see the same word. */
void cell_phase(struct cell *c, const struct view_ctx *x, enum phase phase,
		int64_t since_ms);

/*
 * Time a job's pod has been waited for against the runner's poll_timeout:
 * "12m/30m".  When it is over the runner gives the job up.
 */
void cell_poll(struct cell *c, const struct view_ctx *x, int64_t waited_ms,
	       int64_t timeout_ms);

#endif
