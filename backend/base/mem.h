/*
 * Memory: the three allocators of the house, growable arrays, and BUG().
 *
 * xmalloc family: never returns NULL; out of memory ends the program after the
 * terminal is restored.  arena: many small things that die together.
 * VEC: {at, n, room} arrays.  Anything that grows from outside input states its
 * ceiling at the place that feeds it.
 *
 * Thread: everything here is safe on any thread; one arena has one user.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define NODISCARD __attribute__((warn_unused_result))
#define NORETURN __attribute__((noreturn))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define RETURNS_NONNULL __attribute__((returns_nonnull))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* A bug in this program: reports where, restores the terminal, aborts. */
#define BUG(...) bug_at(__FILE__, __LINE__, __VA_ARGS__)
#define BUG_IF(cond)                                                        \
	do {                                                                \
		if (__builtin_expect(!!(cond), 0))                          \
			bug_at(__FILE__, __LINE__, "%s", #cond);            \
	} while (0)

NORETURN PRINTF_LIKE(3, 4)
void bug_at(const char *file, int line, const char *fmt, ...);

/* Runs before the program dies of a bug or of memory.  Must be signal safe. */
void bug_set_restore(void (*restore)(void));

RETURNS_NONNULL void *xmalloc(size_t bytes);
RETURNS_NONNULL void *xcalloc(size_t count, size_t bytes);
RETURNS_NONNULL void *xrealloc(void *p, size_t bytes);
RETURNS_NONNULL char *xstrdup(const char *text);
RETURNS_NONNULL char *xstrndup(const char *text, size_t len);
RETURNS_NONNULL void *xmemdup(const void *p, size_t bytes);
RETURNS_NONNULL PRINTF_LIKE(1, 2) char *xasprintf(const char *fmt, ...);
RETURNS_NONNULL PRINTF_LIKE(1, 0)
char *xvasprintf(const char *fmt, va_list args);

/* "" for NULL, so that a missing text prints as nothing. */
static inline const char *
str_or_empty(const char *text)
{
	return text ? text : "";
}

static inline bool
str_eq(const char *a, const char *b)
{
	return strcmp(str_or_empty(a), str_or_empty(b)) == 0;
}

static inline bool
str_has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* One heap for all threads, where the C library can: for a program whose
 * threads free what others made; with a heap each, the holes stay for ever.
 * Before the first thread starts. */
void mem_one_heap(void);
/* What is large goes back to the system when it is freed, however often it
 * comes again: by itself the C library learns from the first one freed to keep
 * the like of it.  Before the first large one. */
void mem_give_back(void);

/* Wipes a secret and frees it.  NULL is fine. */
void secret_free(char *secret);

/* ---- arena ---- */

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a);
/* Forgets everything but keeps the memory for the next use. */
void arena_reset(struct arena *a);
/* Zeroed, aligned for any type. */
RETURNS_NONNULL void *arena_alloc(struct arena *a, size_t bytes);
RETURNS_NONNULL char *arena_strdup(struct arena *a, const char *text);
RETURNS_NONNULL char *arena_strndup(struct arena *a, const char *s, size_t len);
RETURNS_NONNULL PRINTF_LIKE(2, 3)
char *arena_printf(struct arena *a, const char *fmt, ...);
/* Bytes handed out since the last reset: what a ceiling is checked against. */
size_t arena_used(const struct arena *a);

/* ---- VEC: VEC(struct pod *) pods = { 0 }; vec_push(&pods, p); ---- */

#define VEC(type)                                                           \
	struct {                                                            \
		type *at;                                                   \
		uint32_t n, room;                                           \
	}

#define vec_push(v, item)                                                   \
	do {                                                                \
		if ((v)->n == (v)->room)                                    \
			(v)->at = vec_grow_((v)->at, &(v)->room,            \
					    sizeof(*(v)->at));              \
		(v)->at[(v)->n++] = (item);                                 \
	} while (0)

/* Room for one more, zeroed; yields its address. */
#define vec_add(v)                                                          \
	((v)->n == (v)->room                                                \
		 ? ((v)->at = vec_grow_((v)->at, &(v)->room,                \
					sizeof(*(v)->at)))                  \
		 : (v)->at,                                                 \
	 memset(&(v)->at[(v)->n], 0, sizeof(*(v)->at)), &(v)->at[(v)->n++])

/* Room for n and no more, in a VEC that has none yet. */
#define vec_reserve(v, count)                                               \
	((v)->at = xcalloc((count), sizeof(*(v)->at)), (v)->room = (count))

#define vec_clear(v) ((v)->n = 0)

#define vec_free(v)                                                         \
	do {                                                                \
		free((v)->at);                                              \
		(v)->at = NULL;                                             \
		(v)->n = (v)->room = 0;                                     \
	} while (0)

RETURNS_NONNULL void *vec_grow_(void *at, uint32_t *room, size_t item_bytes);

#endif
