/*
 * Proxies of the environment, by the rules of Go's httpproxy, so that what
 * kubectl reaches is reached here the same way.
 *
 * HTTPS_PROXY rules https, HTTP_PROXY rules http, either in lower case too.
 * NO_PROXY is a list of "*", "host", ".host" (only below it), "address",
 * "range/bits", each with an optional ":port".  This machine itself is never
 * behind a proxy.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <strings.h>

#include "backend/net/http_private.h"

struct address {
	unsigned char bytes[16]; /* IPv4 as mapped IPv6 */
	bool four;
};

static const char *
env_either(const char *upper, const char *lower)
{
	const char *value = getenv(upper);

	if (!value || !*value)
		value = getenv(lower);
	return value && *value ? value : NULL;
}

struct http_proxy_env
http_proxy_env(void)
{
	return (struct http_proxy_env){
		.https = env_either("HTTPS_PROXY", "https_proxy"),
		.http = env_either("HTTP_PROXY", "http_proxy"),
		.no = env_either("NO_PROXY", "no_proxy"),
	};
}

static bool
parse_address(const char *text, size_t len, struct address *out)
{
	char bare[INET6_ADDRSTRLEN + 2];

	if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	if (len >= sizeof(bare))
		return false;
	memcpy(bare, text, len);
	bare[len] = '\0';
	memset(out->bytes, 0, sizeof(out->bytes));
	out->bytes[10] = out->bytes[11] = 0xff;
	out->four = inet_pton(AF_INET, bare, out->bytes + 12) == 1;
	return out->four || inet_pton(AF_INET6, bare, out->bytes) == 1;
}

static bool
in_range(const char *range, size_t len, const struct address *a)
{
	const char *slash = memchr(range, '/', len);
	struct address net;
	unsigned long bits;
	char *end;

	if (!slash || !parse_address(range, (size_t)(slash - range), &net) ||
	    net.four != a->four)
		return false;
	bits = strtoul(slash + 1, &end, 10);
	if (end != range + len || bits > (net.four ? 32 : 128))
		return false;
	if (net.four)
		bits += 96;
	for (unsigned long i = 0; i < 16 && bits; i++) {
		unsigned take = bits > 8 ? 8 : (unsigned)bits;
		unsigned mask = 0xffu << (8 - take) & 0xff;

		if ((net.bytes[i] ^ a->bytes[i]) & mask)
			return false;
		bits -= take;
	}
	return true;
}

/* Splits ":port" off a rule; an IPv6 address without brackets has none. */
static size_t
rule_host(const char *rule, size_t len, const char **port, size_t *port_len)
{
	const char *colon = memrchr(rule, ':', len);

	*port = NULL;
	*port_len = 0;
	if (!colon || memchr(rule, '/', len))
		return len;
	if (memchr(rule, ':', (size_t)(colon - rule)) && colon[-1] != ']')
		return len;
	*port = colon + 1;
	*port_len = (size_t)(rule + len - colon - 1);
	return (size_t)(colon - rule);
}

static bool
name_matches(const char *rule, size_t len, const char *host)
{
	size_t host_len = strlen(host);

	if (len > 1 && rule[0] == '*' && rule[1] == '.') {
		rule++;
		len--;
	}
	if (rule[0] != '.' && len == host_len)
		return strncasecmp(rule, host, len) == 0;
	if (rule[0] == '.')
		return host_len > len && strncasecmp(host + host_len - len,
						     rule, len) == 0;
	return host_len > len && host[host_len - len - 1] == '.' &&
	       strncasecmp(host + host_len - len, rule, len) == 0;
}

static bool
rule_matches(const char *rule, size_t len, const char *host, const char *port)
{
	struct address a, b;
	const char *rule_port;
	size_t port_len;
	bool is_address = parse_address(host, strlen(host), &a);

	if (len == 1 && *rule == '*')
		return true;
	len = rule_host(rule, len, &rule_port, &port_len);
	if (!len || (rule_port && (strlen(port) != port_len ||
				   memcmp(port, rule_port, port_len) != 0)))
		return false;
	if (is_address)
		return in_range(rule, len, &a) ||
		       (parse_address(rule, len, &b) && a.four == b.four &&
			memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0);
	return name_matches(rule, len, host);
}

static bool
is_exempt(const char *list, const char *host, const char *port)
{
	if (http_host_is_loopback(host))
		return true;
	for (const char *at = list; at && *at;) {
		size_t len;

		at += strspn(at, ", \t");
		len = strcspn(at, ",");
		while (len && strchr(" \t", at[len - 1]))
			len--;
		if (len && rule_matches(at, len, host, port))
			return true;
		at += strcspn(at, ",");
	}
	return false;
}

char *
http_proxy_spelled(const char *proxy)
{
	if (strncasecmp(proxy, "socks5://", strlen("socks5://")) == 0)
		return xasprintf("socks5h://%s", proxy + strlen("socks5://"));
	if (!strstr(proxy, "://"))
		return xasprintf("http://%s", proxy);
	return xstrdup(proxy);
}

char *
http_proxy_for(const struct http_proxy_env *env, const char *scheme,
	       const char *host, const char *port)
{
	const char *proxy = strcasecmp(scheme, "https") == 0 ? env->https
							     : env->http;

	if (!proxy || is_exempt(env->no, host, port))
		return NULL;
	return http_proxy_spelled(proxy);
}
