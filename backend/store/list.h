/*
 * Intrusive doubly linked lists: a member of many lists at once, removed from
 * any in O(1).  A head is a link that points at itself.
 */
#ifndef STORE_LIST_H
#define STORE_LIST_H

#include "backend/base/mem.h"

struct link {
	struct link *next, *prev; /* NULL: on no list */
};

static inline void
list_init(struct link *head)
{
	head->next = head->prev = head;
}

static inline bool
list_is_empty(const struct link *head)
{
	return head->next == head;
}

static inline bool
link_is_on(const struct link *l)
{
	return l->next != NULL;
}

/* Puts l right before `at`; before the head means last. */
static inline void
link_before(struct link *at, struct link *l)
{
	l->prev = at->prev;
	l->next = at;
	at->prev->next = l;
	at->prev = l;
}

static inline void
list_push(struct link *head, struct link *l)
{
	link_before(head, l);
}

/* Fine for a link that is on no list. */
static inline void
link_off(struct link *l)
{
	if (!l->next)
		return;
	l->prev->next = l->next;
	l->next->prev = l->prev;
	l->next = l->prev = NULL;
}

#define link_of(l, type, member)                                            \
	((struct type *)(void *)((char *)(l) - offsetof(struct type, member)))

/* The current entry may be taken off while walking. */
#define list_each(type, var, head, member)                                  \
	for (struct link *var##_at = (head)->next, *var##_next;             \
	     var##_next = var##_at->next, var##_at != (head);               \
	     var##_at = var##_next)                                         \
		for (struct type *var = link_of(var##_at, type, member);    \
		     var; var = NULL)

#endif
