/*
 * The console: bytes are keys, sizes, snapshots, replies and streams.
 */
#include <locale.h>

#include "tests/fuzz/fuzz.h"
#include "tests/tui/monkey.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { STEPS_MAX = 500 };
	static bool ready;
	struct monkey *m;

	if (!ready)
		setlocale(LC_CTYPE, "C.UTF-8");
	ready = true;
	m = monkey_new();
	for (size_t i = 0; i + 3 <= size && i < STEPS_MAX * 3; i += 3)
		monkey_step(m, data[i],
			    (uint16_t)(data[i + 1] | data[i + 2] << 8));
	monkey_free(m);
	return 0;
}
