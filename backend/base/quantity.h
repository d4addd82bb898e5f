/*
 * Kubernetes quantities ("250m", "1.5Gi", "2e3") as integers.  Arithmetic is
 * checked: an overflow is an error, never a wrong sum.
 *
 * Source: resource.Quantity of the Kubernetes API; values round up (away
 * from zero) to the unit asked for, as MilliValue() and Value() do.
 */
#ifndef BASE_QUANTITY_H
#define BASE_QUANTITY_H

#include "backend/base/err.h"

/* Thousandths of the unit, rounded up: cpu. */
bool quantity_parse_milli(const char *text, size_t len, int64_t *milli);
/* Whole units, rounded up: bytes, counts. */
bool quantity_parse_units(const char *text, size_t len, int64_t *units);

#define QUANTITY_TEXT 32
/* Canonical text as the API would write it. */
char *quantity_format_mcpu(int64_t mcpu, char out[static QUANTITY_TEXT]);
char *quantity_format_bytes(int64_t bytes, char out[static QUANTITY_TEXT]);
/* For people: "1.5Gi" "412Mi" in at most six cells; "3.5" cores. */
char *bytes_human(int64_t bytes, char out[static QUANTITY_TEXT]);
char *mcpu_human(int64_t mcpu, char out[static QUANTITY_TEXT]);

bool add_checked(int64_t *sum, int64_t more);

#endif
