/*
 * Acts: what was asked of the cloud, by whom, and how it ended (design 6).
 */
#include "backend/decode/codecs.h"
#include "backend/model/cloud.h"

static const char *const by[] = {
	[ACT_BY_PADDOCK] = "paddock",
	[ACT_BY_CA] = "cluster-autoscaler",
	[ACT_BY_PERSON] = "person",
};
static const struct names by_names = { by, ARRAY_LEN(by), ACT_BY_PERSON };

static const char *const outcomes[] = {
	[ACT_RUNNING] = "running",
	[ACT_OK] = "ok",
	[ACT_FAILED] = "failed",
};
static const struct names outcome_names = { outcomes, ARRAY_LEN(outcomes),
					    ACT_RUNNING };

#define OF struct act
static const struct field act_rows[] = {
	F_TEXT("id", id),
	F_ENUM("by", by, by_names, -1),
	F_TEXT("kind", what),
	F_TEXT("group", group),
	F_TEXT("node", node),
	F_I32("from", from, 0),
	F_I32("to", to, 0),
	F_TIME("started", started_ms),
	F_TIME("ended", ended_ms),
	F_ENUM("outcome", outcome, outcome_names, -1),
	F_TEXT("code", code),
};
FIELDS(act);
#undef OF

PLAIN_CODEC(act, struct act, KIND_ACT, false);
