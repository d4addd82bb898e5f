/*
 * Rows of faults: between faults_read.c, which reads them, and faults.c, which
 * draws from them.
 */
#ifndef SIM_SERVER_FAULTS_ROWS_H
#define SIM_SERVER_FAULTS_ROWS_H

#include "backend/base/mem.h"
#include "backend/net/retry.h" /* struct rng */
#include "backend/sim/server/faults.h"

enum fault_row_kind { ROW_REQUEST, ROW_WATCH, ROW_CAPACITY };

struct fault_row {
	enum fault_row_kind kind;
	const char *face, *path, *method;
	const char *group, *type, *zone; /* ROW_CAPACITY */
	double rate;			 /* 1: always */
	int64_t every;			 /* 0: rate counts */
	int64_t from_ms, to_ms; /* world time; to_ms 0: for ever */
	struct fault fault;
	enum fault_event event; /* ROW_WATCH */
	struct rng rng;
	uint64_t seen, struck;
	const char *text; /* as written, on one line */
};

struct faults {
	struct arena *arena; /* of all texts */
	VEC(struct fault_row) rows;
};

#endif
