/*
 * What is searched for: plain text, or a POSIX extended regular expression when
 * it looks like one.  Letters match in either case.
 *
 * glibc copies the operand of every + and {n}, so that a dozen characters can
 * ask for gigabytes; patterns that multiply too much are refused, as are back
 * references.
 */
#ifndef TUI_PATTERN_H
#define TUI_PATTERN_H

#include <regex.h>

#include "backend/base/err.h"

struct pattern {
	char *text;
	bool is_regex;
	regex_t regex;
};

/* plain: never a regular expression.  False with err (ERR_BAD): the sentence
 * quotes the pattern.  p needs pattern_fini either way. */
bool pattern_init(struct pattern *p, const char *text, bool plain,
		  struct err *err);
void pattern_fini(struct pattern *p);
bool pattern_hits(const struct pattern *p, const char *text);

#endif
