/*
 * Text from outside is data (design 8, rule 10): the one function every way out
 * passes, and display width as curses will see it.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "backend/base/buf.h"

/* One character from UTF-8.  Returns bytes used (>= 1); invalid input yields
 * U+FFFD and 1.  len must be > 0. */
size_t utf8_decode(const char *s, size_t len, uint32_t *code);
size_t utf8_encode(uint32_t code, char out[static 4]);

/* True for what must never reach a terminal: C0, DEL, C1, surrogates,
 * U+2028/9, bidi and other format characters, noncharacters. */
bool code_is_unsafe(uint32_t code);

enum text_keep {
	TEXT_ONE_LINE = 0, /* newline and tab become U+FFFD too */
	TEXT_LINES = 1,	   /* newline and tab stay */
};

/* Appends text made safe: unsafe and invalid become U+FFFD. */
void text_clean(struct buf *out, const char *s, size_t len, enum text_keep);
/* The same into a fixed array, cut at a character; returns out. */
char *text_clean_to(char *out, size_t room, const char *s, size_t len);
/* True when text_clean would change nothing. */
bool text_is_clean(const char *s, size_t len, enum text_keep);

/* Cells taken on screen, by libc's wcwidth (setlocale first); unsafe and
 * unknown characters count as the one cell of U+FFFD. */
int code_width(uint32_t code);
int text_width(const char *s, size_t len);
/* Bytes of s that fit into `cells`, and the cells they take. */
size_t text_fit(const char *s, size_t len, int cells, int *used);
/* Bytes of s for one line of `cells` when the rest goes on the next: ends
 * behind a blank where that leaves no big hole.  At least 1 unless len is 0. */
size_t text_break(const char *s, size_t len, int cells);

/* Case-insensitive search of ASCII letters; others compare exactly. */
bool text_contains(const char *hay, const char *needle);

#endif
