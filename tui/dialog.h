/*
 * A question before something happens: what it will do, where, and how to say
 * yes.  Cancel is the default; keys typed before the question was on screen
 * are discarded (design 8, rule 7).
 */
#ifndef TUI_DIALOG_H
#define TUI_DIALOG_H

#include "backend/port.h"
#include "tui/grid.h"
#include "tui/prompt.h"

/* What yes means. */
enum dialog_about {
	DIALOG_NONE,
	DIALOG_PREVIEW, /* an action's preview: COMMAND_CONFIRM */
	DIALOG_PANIC,
	DIALOG_MODE,	/* number: the mode */
	DIALOG_APPROVE,
	DIALOG_QUIT,
};

enum dialog_answer { ANSWER_NONE, ANSWER_YES, ANSWER_NO };

struct dialog {
	uint8_t about;	     /* enum dialog_about */
	uint8_t ask;	     /* enum ask */
	bool waiting;	     /* the preview has not come yet */
	bool refused;	     /* it came as an error: only esc */
	bool armed;	     /* on screen long enough to be answered */
	int64_t shown_ms;    /* BOOTTIME it was first on screen; 0: not yet */
	uint64_t id, ref;    /* command asked, preview to confirm */
	int64_t number;
	char title[200];
	char where[256];     /* context and account (rule 9) */
	char blocked[160];   /* why yes is not offered now; "" */
	char expect[TARGET_NAME];
	char *text;	     /* owned lines */
	uint32_t scroll;     /* screen lines above */
	uint32_t line_n;     /* screen lines of the text, and the room for */
	int height;	     /* them, at the last painting */
	struct prompt typed;
};

void dialog_open(struct dialog *d, enum dialog_about about, enum ask ask,
		 const char *title);
void dialog_close(struct dialog *d);
bool dialog_is_open(const struct dialog *d);
/* Steals nothing; text is copied. */
void dialog_text(struct dialog *d, const char *text);
/* The frame that shows it has reached the screen. */
void dialog_shown(struct dialog *d, int64_t boot_ms);
/* Time passed: arms it.  True when that changed what is painted. */
bool dialog_tick(struct dialog *d, int64_t boot_ms);
enum dialog_answer dialog_key(struct dialog *d, uint32_t key);
void dialog_paint(struct dialog *d, struct grid *g);

#endif
