/*
 * The views that enrolled themselves (VIEW and PAGE_VIEW), sorted by name.
 */
#ifndef TUI_REGISTRY_H
#define TUI_REGISTRY_H

#include "tui/view.h"

/* Both kinds of view behind one name; exactly one pointer is set. */
struct entry_view {
	const struct view *table;
	const struct page_view *page;
};

uint32_t registry_count(void);
struct entry_view registry_at(uint32_t i);
/* By name or alias, exactly; both pointers NULL when there is none. */
struct entry_view registry_find(const char *name);
bool entry_view_none(struct entry_view v);

const char *entry_view_name(struct entry_view v);
const char *entry_view_aliases(struct entry_view v);
const char *entry_view_title(struct entry_view v);
const char *entry_view_help(struct entry_view v);
const struct action *entry_view_actions(struct entry_view v); /* or NULL */

/* The action of some view with this verb, and (if table is not NULL) the
 * view; mutating ones only when so asked.  NULL when there is none. */
const struct action *registry_action(const char *verb, bool mutates,
				     const struct view **table);
/* The first table view that shows this kind, or NULL. */
const struct view *registry_view_of(enum kind kind);

#endif
