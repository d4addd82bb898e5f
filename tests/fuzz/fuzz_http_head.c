/*
 * Heads of answers, line by line; proxy rules; URLs as messages show them.
 */
#include "backend/net/http_private.h"
#include "tests/fuzz/fuzz.h"

static void
check_head(const char *text, size_t size)
{
	struct http_request q = { .result.head.retry_after_ms = -1 };
	const struct http_head *h = &q.result.head;

	while (size) {
		const char *end = memchr(text, '\n', size);
		size_t len = end ? (size_t)(end + 1 - text) : size;

		if (http_head_line(&q, text, len))
			must(h->status >= 200);
		must(h->status >= 0 && h->status <= 999);
		must(h->retry_after_ms >= -1 && h->retry_after_ms <= 3600000);
		must(h->world_speed_milli >= 0);
		text += len;
		size -= len;
	}
	free(q.content_type);
	free(q.location);
}

static void
check_texts(const char *text)
{
	const char *bar = strchr(text, '|');
	struct http_proxy_env env = { "p", "q", bar ? bar + 1 : NULL };
	char *host = xstrndup(text, strcspn(text, "|"));
	char *proxy = http_proxy_for(&env, "https", host, "443");
	char *shown = http_url_shown(text);

	if (http_host_is_loopback(host))
		must(!proxy);
	must(!strchr(shown, '?') && !strchr(shown, '#'));
	free(shown);
	free(proxy);
	free(host);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = xmemdup(data, size ? size : 1);
	char *text = fuzz_text(data, size);

	check_head(copy, size);
	check_texts(text);
	free(copy);
	free(text);
	return 0;
}
