/*
 * The mint (design 8, rule 1).  The one caller is act.c, which has the durable
 * journal line, the write access and, for the engine, the lease in hand.
 */
#include <stdio.h>

#include "backend/net/rows.h"

struct permit
permit_mint(enum row_id row, const char *act_id, int64_t deadline_boot_ms)
{
	struct permit p = { .row = row, .deadline_boot_ms = deadline_boot_ms };

	BUG_IF(rows[row].access != ROW_WRITE || !*act_id);
	snprintf(p.act_id, sizeof(p.act_id), "%s", act_id);
	p.proof = permit_proof(&p);
	return p;
}
