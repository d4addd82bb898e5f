/*
 * The register of views: two linker sets, read once.
 */
#include "tui/registry.h"

#include <stdlib.h>

/* Weak: a program without any view links too. */
extern const struct view *const __start_views[] __attribute__((weak));
extern const struct view *const __stop_views[] __attribute__((weak));
extern const struct page_view *const __start_pages[] __attribute__((weak));
extern const struct page_view *const __stop_pages[] __attribute__((weak));

enum { REGISTRY_MAX = 64 };

static struct entry_view all[REGISTRY_MAX];
static uint32_t count;

bool
entry_view_none(struct entry_view v)
{
	return !v.table && !v.page;
}

const char *
entry_view_name(struct entry_view v)
{
	return v.table ? v.table->name : v.page ? v.page->name : "";
}

const char *
entry_view_aliases(struct entry_view v)
{
	return str_or_empty(v.table  ? v.table->aliases
			    : v.page ? v.page->aliases
				     : "");
}

const char *
entry_view_title(struct entry_view v)
{
	return v.table ? v.table->title : v.page ? v.page->title : "";
}

const char *
entry_view_help(struct entry_view v)
{
	return v.table ? v.table->help : v.page ? v.page->help : "";
}

const struct action *
entry_view_actions(struct entry_view v)
{
	return v.table ? v.table->actions : v.page ? v.page->actions : NULL;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(entry_view_name(*(const struct entry_view *)a),
		      entry_view_name(*(const struct entry_view *)b));
}

/* Filled at the first question; the UI thread is the only one that asks. */
static void
read_sets(void)
{
	if (count)
		return;
	for (const struct view *const *v = __start_views; v < __stop_views;
	     v++) {
		BUG_IF(count == REGISTRY_MAX);
		all[count++].table = *v;
	}
	for (const struct page_view *const *v = __start_pages;
	     v < __stop_pages; v++) {
		BUG_IF(count == REGISTRY_MAX);
		all[count++].page = *v;
	}
	qsort(all, count, sizeof(all[0]), by_name);
}

uint32_t
registry_count(void)
{
	read_sets();
	return count;
}

struct entry_view
registry_at(uint32_t i)
{
	read_sets();
	BUG_IF(i >= count);
	return all[i];
}

static bool
list_has(const char *list, const char *name)
{
	size_t len = strlen(name);

	while (*list) {
		const char *end = strchrnul(list, ',');

		if ((size_t)(end - list) == len && !memcmp(list, name, len))
			return true;
		list = *end ? end + 1 : end;
	}
	return false;
}

struct entry_view
registry_find(const char *name)
{
	read_sets();
	for (uint32_t i = 0; i < count; i++)
		if (strcmp(entry_view_name(all[i]), name) == 0)
			return all[i];
	for (uint32_t i = 0; i < count; i++)
		if (*name && list_has(entry_view_aliases(all[i]), name))
			return all[i];
	return (struct entry_view){ 0 };
}

const struct action *
registry_action(const char *verb, bool mutates, const struct view **table)
{
	read_sets();
	for (uint32_t i = 0; i < count; i++) {
		const struct action *a = entry_view_actions(all[i]);

		/* A page's actions are about rows of other views. */
		if (!all[i].table)
			continue;
		for (; a && a->verb; a++) {
			bool does = a->flags & ACTION_MUTATES;

			if (does != mutates || strcmp(a->verb, verb) != 0)
				continue;
			if (table)
				*table = all[i].table;
			return a;
		}
	}
	return NULL;
}

const struct view *
registry_view_of(enum kind kind)
{
	read_sets();
	for (uint32_t i = 0; i < count; i++)
		if (all[i].table && all[i].table->feed == kind)
			return all[i].table;
	return NULL;
}
