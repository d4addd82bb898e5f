/*
 * Faults that strike single events of a watch.
 */
#include "backend/sim/server/private.h"

static const char gone_event[] =
	"{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"apiVersion\":"
	"\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":\"too old "
	"resource version\",\"reason\":\"Expired\",\"code\":410}}\n";

bool
fault_events(struct faults *f, const struct fault_request *watch,
	     struct buf *text, bool *broken)
{
	const char *at = buf_text(text), *end = at + text->len;
	bool goes_on = true;
	struct buf out;

	*broken = false;
	buf_init(&out, SIZE_MAX);
	while (goes_on && at < end) {
		const char *feed = memchr(at, '\n', (size_t)(end - at));
		size_t len = feed ? (size_t)(feed - at) + 1
				  : (size_t)(end - at);
		bool bookmark = str_has_prefix(at, "{\"type\":\"BOOKMARK\"");
		enum fault_event what = faults_pick_event(f, watch);

		/* A bookmark is no event: only silence swallows it. */
		if (bookmark && what != EVENT_SILENT)
			what = EVENT_PASSES;
		if (what == EVENT_DOUBLED)
			buf_add(&out, at, len);
		if (what == EVENT_DOUBLED || what == EVENT_PASSES)
			buf_add(&out, at, len);
		if (what == EVENT_CUT)
			buf_add(&out, at, len / 2);
		if (what == EVENT_GONE)
			buf_puts(&out, gone_event);
		*broken = what == EVENT_CUT;
		goes_on = what != EVENT_CUT && what != EVENT_GONE;
		at += len;
	}
	buf_fini(text);
	*text = out;
	return goes_on;
}
