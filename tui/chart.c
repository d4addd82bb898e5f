/*
 * Charts as text: eight heights of ASCII or of block characters.
 */
#include "tui/chart.h"

static const char *const ascii_steps[] = { "_", ".", ":", "-",
					   "=", "+", "*", "#" };
static const char *const block_steps[] = { "▁", "▂", "▃", "▄",
					   "▅", "▆", "▇", "█" };

static size_t
put(char *out, size_t room, size_t at, const char *text)
{
	size_t len = strlen(text);

	if (at + len + 1 > room)
		return at;
	memcpy(out + at, text, len + 1);
	return at + len;
}

static const char *
step(int32_t value, int32_t top, bool ascii)
{
	const char *const *steps = ascii ? ascii_steps : block_steps;
	int32_t i;

	if (value < 0)
		return "?";
	if (top <= 0 || value == 0)
		return steps[0];
	/* 1 shows as more than 0, and only the top itself is full. */
	i = (int32_t)((int64_t)value * 7 / top);
	if (i < 1)
		i = 1;
	return steps[i > 7 ? 7 : i];
}

void
chart_line(char *out, size_t room, const int16_t *points, uint32_t n,
	   int32_t ceiling, uint32_t cells, bool ascii)
{
	int32_t top = ceiling;
	size_t at = 0;

	out[0] = '\0';
	if (cells == 0)
		return;
	for (uint32_t i = 0; i < n; i++)
		if (points[i] > top)
			top = points[i];
	for (uint32_t i = n; i < cells; i++)
		at = put(out, room, at, " ");
	uint32_t shown = n < cells ? n : cells;

	for (uint32_t i = 0; i < shown; i++) {
		uint32_t from = (uint32_t)((uint64_t)i * n / shown);
		uint32_t to = (uint32_t)((uint64_t)(i + 1) * n / shown);
		int32_t most = -1;

		for (uint32_t p = from; p < to; p++)
			if (points[p] > most)
				most = points[p];
		at = put(out, room, at, step(most, top, ascii));
	}
}

void
chart_bar(char *out, size_t room, int32_t milli, uint32_t cells, bool ascii)
{
	size_t at = 0;
	uint32_t full;

	out[0] = '\0';
	if (milli < 0)
		milli = 0;
	if (milli > 1000)
		milli = 1000;
	full = (uint32_t)(((uint64_t)milli * cells + 500) / 1000);
	for (uint32_t i = 0; i < cells; i++)
		at = put(out, room, at,
			 i < full ? (ascii ? "#" : "█") : (ascii ? "-" : "░"));
}
