/*
 * Anything at all done to a console: keys, sizes, snapshots, replies, streams,
 * time; every step from one byte and an argument.  After each frame the grid
 * must be sound, and nothing may be confirmed that was not offered.
 *
 * Breaks with BUG(), so that tests and the fuzzer share it.
 */
#ifndef TUI_MONKEY_H
#define TUI_MONKEY_H

#include <stddef.h>
#include <stdint.h>

struct monkey;

struct monkey *monkey_new(void);
void monkey_free(struct monkey *m);
void monkey_step(struct monkey *m, uint8_t what, uint16_t argument);

#endif
