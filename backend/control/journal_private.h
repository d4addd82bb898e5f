/*
 * What writing and reading the journal share.
 */
#ifndef CONTROL_JOURNAL_PRIVATE_H
#define CONTROL_JOURNAL_PRIVATE_H

#include "backend/base/buf.h"
#include "backend/base/tree.h"
#include "backend/control/journal.h"

#define JOURNAL_HASH 65 /* hex of SHA-256, with NUL */
#define JOURNAL_FIRST                                                       \
	"00000000000000000000000000000000"                                  \
	"00000000000000000000000000000000"

struct journal {
	char *path;
	int fd;		/* -1: not open */
	int64_t size;	/* up to where we know the file */
	int64_t limit;
	uint64_t seq;	/* of the last line */
	char hash[JOURNAL_HASH]; /* of the last line */
	struct writer self;
};

void journal_hash(const char *line, size_t len, char out[static JOURNAL_HASH]);
/* "journal.3.jsonl" beside the path; 0 is the path itself.  New. */
char *journal_file(const struct journal *j, int number);
/* journal_fold.c: one line taken into account. */
void journal_fold(struct journal_history *h, const struct tree *line);
/* The newest JOURNAL_DEEDS stay. */
void journal_fold_end(struct journal_history *h);
void journal_fold_fini(struct journal_history *h);
/* Number of the line, 0 when it is no journal line. */
uint64_t journal_line_seq(const char *line, size_t len);

#endif
