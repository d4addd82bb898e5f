/*
 * Which addresses are this very machine.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <strings.h>

#include "backend/net/http_private.h"

static bool
is_loopback4(const struct in_addr *a)
{
	return ntohl(a->s_addr) >> 24 == 127;
}

static bool
is_loopback6(const struct in6_addr *a)
{
	struct in_addr four;

	if (!IN6_IS_ADDR_V4MAPPED(a))
		return IN6_IS_ADDR_LOOPBACK(a);
	memcpy(&four, a->s6_addr + 12, sizeof(four));
	return is_loopback4(&four);
}

bool
http_is_loopback(const struct sockaddr *addr)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	switch (addr->sa_family) {
	case AF_INET:
		memcpy(&in, addr, sizeof(in));
		return is_loopback4(&in.sin_addr);
	case AF_INET6:
		memcpy(&in6, addr, sizeof(in6));
		return is_loopback6(&in6.sin6_addr);
	default:
		return false;
	}
}

bool
http_host_is_loopback(const char *host)
{
	char bare[INET6_ADDRSTRLEN];
	size_t len = strlen(host);
	struct in_addr four;
	struct in6_addr six;

	if (strcasecmp(host, "localhost") == 0)
		return true;
	if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
	}
	if (len >= sizeof(bare))
		return false;
	memcpy(bare, host, len);
	bare[len] = '\0';
	return (inet_pton(AF_INET, bare, &four) == 1 && is_loopback4(&four)) ||
	       (inet_pton(AF_INET6, bare, &six) == 1 && is_loopback6(&six));
}
