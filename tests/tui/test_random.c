/*
 * Random keys, sizes, snapshots, replies and streams never break the console
 * (see monkey.h for what must hold).
 */
#include <stdlib.h>

#include "tests/tui/monkey.h"
#include "tests/unit/check.h"

static void
test_random_use_never_breaks_it(void **state)
{
	struct dice d = dice_new(4711);
	int runs = rounds(30);

	(void)state;
	for (int run = 0; run < runs; run++) {
		struct monkey *m = monkey_new();

		for (int step = 0; step < 400; step++)
			monkey_step(m, (uint8_t)dice_below(&d, 256),
				    (uint16_t)dice_below(&d, 65536));
		monkey_free(m);
	}
}

/* Words that open things, so that deep places are reached too. */
static void
test_random_words_never_break_it(void **state)
{
	static const char *const words[] = {
		":jobs\r", ":pods /run\r", ":nodes\r", ":groups\r",
		":events\r", ":decisions\r", ":journal\r", ":alarms\r",
		":queues\r", ":home\r", ":log\r", ":views\r", "?",
		"l", "d", "y", "W", "v", "\r", "\033", "/a.*b\r", "/x[\r",
		"/cpu>1 !x\r", "m5\r", "s+2\r", "c", "u", "\004", "y", "a",
		"!y", ":mode active\ry", ":scale amd64-general +1\r",
		":write 1h why\r", ":sort -name\r", ":ns ci\r", " ", "G",
		"n", "N", "w", "t", "s", "I", "A", "S", "\027", "\006",
		":quit\r", "\003", "[", "]", "-", "0", "1",
	};
	struct dice d = dice_new(4712);
	int runs = rounds(30);

	(void)state;
	for (int run = 0; run < runs; run++) {
		struct monkey *m = monkey_new();

		for (int step = 0; step < 200; step++) {
			const char *w = words[dice_below(&d,
							 ARRAY_LEN(words))];

			for (; *w; w++) {
				unsigned char c = (unsigned char)*w;

				/* Control bytes as the monkey's own table
				 * has them. */
				monkey_step(m, 0,
					    c == '\r'	 ? 0
					    : c == '\033' ? 1
					    : c < 0x20	 ? c + 16
							 : c);
			}
			if (dice_below(&d, 3) == 0)
				monkey_step(m, (uint8_t)(8 + dice_below(&d, 7)),
					    (uint16_t)dice_below(&d, 65536));
			monkey_step(m, 14, 0);
		}
		monkey_free(m);
	}
}

SUITE(tui_random,
      TEST(test_random_use_never_breaks_it),
      TEST(test_random_words_never_break_it));
