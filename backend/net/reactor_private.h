/*
 * What http.c needs of the reactor: adding and removing transfers at any time,
 * also from inside libcurl's callbacks.
 */
#ifndef NET_REACTOR_PRIVATE_H
#define NET_REACTOR_PRIVATE_H

#include <curl/curl.h>

#include "backend/net/reactor.h"

/* CURLOPT_PRIVATE of every easy handle points at one, or at NULL once nobody
 * waits for its end. */
struct reactor_transfer {
	void (*on_end)(struct reactor_transfer *t, CURLcode code);
};

void reactor_add(struct reactor *r, CURL *easy);
/* Also cleans the handle up. */
void reactor_remove(struct reactor *r, CURL *easy);

#endif
