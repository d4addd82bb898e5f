/*
 * The configuration file: $XDG_CONFIG_HOME/paddock/config.yaml, sections
 * policy, contexts, screen, prices.  Read only: the program never writes it
 * (design 8, rule 11).
 *
 *	policy:			# any policy key
 *	  scale-down-unneeded-time: 20m
 *	contexts:
 *	  ci-prod:
 *	    access: write	# or read, the default
 *	    production: true
 *	    active-allowed: false
 *	    protected-groups: [management]
 *	screen:
 *	  theme: dark
 *	prices:			# dollars an hour
 *	  m7i.2xlarge: 0.4032
 *	  m7g.xlarge: { on-demand: 0.1632, spot: 0.07 }
 *
 * Wrong types and values are errors with file and line; keys nobody knows are
 * notes with file and line, so that an older program reads a newer file.
 *
 * Thread: any; immutable after loading.
 */
#ifndef CONTROL_CONFIG_H
#define CONTROL_CONFIG_H

#include "backend/engine/policy.h"

struct config;

struct config_context {
	char *name;
	bool write;
	bool production;
	bool active_allowed;
	char **protected_groups; /* NULL ended; NULL: none */
};

struct config_price {
	char *type;
	int64_t on_demand_udollars, spot_udollars; /* an hour; -1: not given */
};

/* path NULL: the XDG place, where a missing file is an empty configuration.
 * NULL with ERR_CONFIG otherwise. */
struct config *config_load(const char *path, struct err *err);
void config_free(struct config *c);
const char *config_path(const struct config *c);

/* What the file says of a kubeconfig context; never NULL (defaults). */
const struct config_context *config_context(const struct config *c,
					    const char *name);
/* Sets the section's keys on p; an error names file and line. */
bool config_policy(const struct config *c, struct policy *p, struct err *err);
/* "theme" ...; NULL when not given.  Numbers and booleans as written. */
const char *config_screen(const struct config *c, const char *key);
const struct config_price *config_prices(const struct config *c, uint32_t *n);
/* Sentences about keys nobody knows: "config.yaml:7: unknown key ...". */
const char *const *config_notes(const struct config *c, uint32_t *n);

#endif
