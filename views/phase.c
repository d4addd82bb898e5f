/*
 * Phases of jobs and pods in cells.
 */
#include "views/phase.h"

#include <stdio.h>

bool
phase_waits(enum phase phase)
{
	return phase >= PHASE_QUEUED && phase <= PHASE_STARTING;
}

bool
phase_is_over(enum phase phase)
{
	return phase >= PHASE_SUCCEEDED;
}

enum tone
phase_tone(enum phase phase)
{
	switch (phase) {
	case PHASE_UNSCHEDULED:
	case PHASE_NO_ADDRESS:
	case PHASE_QUEUED:
		return TONE_WARN;
	case PHASE_LOST:
	case PHASE_FAILED:
		return TONE_BAD;
	case PHASE_RUNNING:
		return TONE_GOOD;
	case PHASE_SUCCEEDED:
	case PHASE_ENDING:
		return TONE_DIM;
	default:
		return TONE_NORMAL;
	}
}

int64_t
phase_order(enum phase phase, int64_t since_ms)
{
	const int64_t step = INT64_C(1) << 45; /* over any ms since 1970 */
	int64_t rank = phase;

	if (phase == PHASE_UNKNOWN)
		rank = PHASE_LOST + 1;
	return rank * step + (phase_is_over(phase) ? -since_ms : since_ms);
}

void
cell_phase(struct cell *c, const struct view_ctx *x, enum phase phase,
	   int64_t since_ms)
{
	if (phase == PHASE_UNKNOWN) {
		cell_unknown(c);
		return;
	}
	cell_ordered(c, x, phase_name(phase), phase_order(phase, since_ms));
	c->tone = (uint8_t)phase_tone(phase);
}

void
cell_poll(struct cell *c, const struct view_ctx *x, int64_t waited_ms,
	  int64_t timeout_ms)
{
	char waited[TIME_TEXT], limit[TIME_TEXT];

	cell_span(c, x, waited_ms);
	if (waited_ms < 0 || timeout_ms <= 0)
		return;
	if (waited_ms * 5 > timeout_ms * 4)
		c->tone = TONE_BAD;
	else if (waited_ms * 2 > timeout_ms)
		c->tone = TONE_WARN;
	if (x->want_text)
		snprintf(c->text, sizeof(c->text), "%s/%s",
			 age_format(waited_ms, waited),
			 age_format(timeout_ms, limit));
}
