/*
 * Allocators, arenas and the end of the program.
 */
#include "backend/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
/* A pointer kept past arena_reset is caught as if it had been freed. */
#define arena_hide(at, bytes) ASAN_POISON_MEMORY_REGION((at), (bytes))
#define arena_show(at, bytes) ASAN_UNPOISON_MEMORY_REGION((at), (bytes))
#else
#define arena_hide(at, bytes) ((void)(at), (void)(bytes))
#define arena_show(at, bytes) ((void)(at), (void)(bytes))
#endif

#define LARGE_BYTES (128 << 10)
#define ARENA_FIRST_BYTES ((size_t)4 << 10)
#define ARENA_CHUNK_MAX_BYTES ((size_t)512 << 10)
/* What arena_reset keeps at most: one huge object must not pin its memory. */
#define ARENA_KEEP_BYTES ((size_t)2 << 20)
#define ARENA_ALIGN _Alignof(max_align_t)

struct arena_chunk {
	struct arena_chunk *next;
	size_t room;
	_Alignas(max_align_t) char bytes[];
};

struct arena {
	struct arena_chunk *first, *last, *cur;
	char *at, *end; /* free part of cur */
	size_t used;
};

static void (*restore_terminal)(void);

void
bug_set_restore(void (*restore)(void))
{
	restore_terminal = restore;
}

/* Runs the restore hook once, even when the hook itself fails. */
static void
last_words(const char *text, size_t len)
{
	void (*restore)(void) = restore_terminal;

	restore_terminal = NULL;
	if (restore)
		restore();
	if (write(STDERR_FILENO, text, len) < 0)
		return; /* nobody is left to be told */
}

void
bug_at(const char *file, int line, const char *fmt, ...)
{
	char text[512];
	va_list args;
	int at, more;

	at = snprintf(text, sizeof(text), "paddock: bug at %s:%d: ", file,
		      line);
	va_start(args, fmt);
	more = vsnprintf(text + at, sizeof(text) - (size_t)at - 1, fmt, args);
	va_end(args);
	if (more > 0)
		at += more;
	if (at > (int)sizeof(text) - 2)
		at = (int)sizeof(text) - 2;
	text[at++] = '\n';
	last_words(text, (size_t)at);
	abort();
}

NORETURN static void
die_of_memory(void)
{
	static const char text[] = "paddock: out of memory\n";

	last_words(text, sizeof(text) - 1);
	_exit(1);
}

void *
xmalloc(size_t bytes)
{
	void *p = malloc(bytes ? bytes : 1);

	if (!p)
		die_of_memory();
	return p;
}

void *
xcalloc(size_t count, size_t bytes)
{
	void *p = calloc(count ? count : 1, bytes ? bytes : 1);

	if (!p)
		die_of_memory();
	return p;
}

void *
xrealloc(void *p, size_t bytes)
{
	p = realloc(p, bytes ? bytes : 1);
	if (!p)
		die_of_memory();
	return p;
}

char *
xstrdup(const char *text)
{
	return xmemdup(text, strlen(text) + 1);
}

char *
xstrndup(const char *text, size_t len)
{
	char *p = xmalloc(len + 1);

	if (len)
		memcpy(p, text, len);
	p[len] = '\0';
	return p;
}

void *
xmemdup(const void *from, size_t bytes)
{
	void *p = xmalloc(bytes);

	if (bytes)
		memcpy(p, from, bytes);
	return p;
}

char *
xvasprintf(const char *fmt, va_list args)
{
	char *text;

	if (vasprintf(&text, fmt, args) < 0)
		die_of_memory();
	return text;
}

char *
xasprintf(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	return text;
}

void
mem_one_heap(void)
{
#if defined(__GLIBC__)
	mallopt(M_ARENA_MAX, 1);
#endif
}

void
mem_give_back(void)
{
#if defined(__GLIBC__)
	mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
	mallopt(M_TRIM_THRESHOLD, LARGE_BYTES);
#endif
}

void
secret_free(char *secret)
{
	if (!secret)
		return;
	explicit_bzero(secret, strlen(secret));
	free(secret);
}

void *
vec_grow_(void *at, uint32_t *room, size_t item_bytes)
{
	uint32_t more = *room < 8 ? 8 : *room + *room / 2;

	BUG_IF(more <= *room || more > SIZE_MAX / item_bytes);
	*room = more;
	return xrealloc(at, more * item_bytes);
}

/* ---- arena ---- */

static struct arena_chunk *
chunk_new(size_t room)
{
	struct arena_chunk *c = xmalloc(sizeof(*c) + room);

	c->next = NULL;
	c->room = room;
	arena_hide(c->bytes, room);
	return c;
}

static void
chunk_free(struct arena_chunk *c)
{
	arena_show(c->bytes, c->room);
	free(c);
}

static void
arena_enter(struct arena *a, struct arena_chunk *c)
{
	a->cur = c;
	a->at = c->bytes;
	a->end = c->bytes + c->room;
}

struct arena *
arena_new(void)
{
	struct arena *a = xcalloc(1, sizeof(*a));

	a->first = a->last = chunk_new(ARENA_FIRST_BYTES);
	arena_enter(a, a->first);
	return a;
}

static void
chunks_free(struct arena_chunk *c)
{
	while (c) {
		struct arena_chunk *next = c->next;

		chunk_free(c);
		c = next;
	}
}

void
arena_free(struct arena *a)
{
	if (!a)
		return;
	chunks_free(a->first);
	free(a);
}

void
arena_reset(struct arena *a)
{
	struct arena_chunk *c = a->first;
	size_t kept = 0;

	for (;;) {
		arena_hide(c->bytes, c->room);
		kept += c->room;
		if (!c->next || kept + c->next->room > ARENA_KEEP_BYTES)
			break;
		c = c->next;
	}
	chunks_free(c->next);
	c->next = NULL;
	a->last = c;
	a->used = 0;
	arena_enter(a, a->first);
}

/* Enters a chunk with room for `bytes`: the next kept one, or a new one. */
static void
arena_more(struct arena *a, size_t bytes)
{
	size_t room;

	BUG_IF(bytes > SIZE_MAX / 4);
	while (a->cur->next) {
		arena_enter(a, a->cur->next);
		if (a->cur->room >= bytes)
			return;
	}
	room = a->last->room * 2;
	if (room > ARENA_CHUNK_MAX_BYTES)
		room = ARENA_CHUNK_MAX_BYTES;
	if (room < bytes)
		room = bytes;
	a->last->next = chunk_new(room);
	a->last = a->last->next;
	arena_enter(a, a->last);
}

static inline void *
arena_take(struct arena *a, size_t bytes, size_t align)
{
	size_t gap = (size_t)(-(uintptr_t)a->at & (align - 1));
	char *p;

	if (__builtin_expect(bytes > (size_t)(a->end - a->at) ||
				     gap > (size_t)(a->end - a->at) - bytes,
			     0)) {
		arena_more(a, bytes);
		gap = 0;
	}
	p = a->at + gap;
	a->at = p + bytes;
	a->used += bytes;
	arena_show(p, bytes);
	return p;
}

void *
arena_alloc(struct arena *a, size_t bytes)
{
	return memset(arena_take(a, bytes, ARENA_ALIGN), 0, bytes);
}

char *
arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *p = arena_take(a, len + 1, 1);

	if (len)
		memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

char *
arena_strdup(struct arena *a, const char *text)
{
	return arena_strndup(a, text, strlen(text));
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	char small[256], *p;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(small, sizeof(small), fmt, args);
	va_end(args);
	BUG_IF(len < 0);
	if ((size_t)len < sizeof(small))
		return arena_strndup(a, small, (size_t)len);
	p = arena_take(a, (size_t)len + 1, 1);
	va_start(args, fmt);
	vsnprintf(p, (size_t)len + 1, fmt, args);
	va_end(args);
	return p;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}
