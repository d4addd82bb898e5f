/*
 * Names of derived values.
 */
#include "backend/model/derived.h"

static const char *const phase_names[] = {
	[PHASE_UNKNOWN] = "unknown",
	[PHASE_QUEUED] = "queued",
	[PHASE_PREPARING] = "preparing",
	[PHASE_UNSCHEDULED] = "unscheduled",
	[PHASE_SCHEDULED] = "scheduled",
	[PHASE_NO_ADDRESS] = "no address",
	[PHASE_PULLING] = "pulling",
	[PHASE_STARTING] = "starting",
	[PHASE_RUNNING] = "running",
	[PHASE_ENDING] = "ending",
	[PHASE_SUCCEEDED] = "succeeded",
	[PHASE_FAILED] = "failed",
	[PHASE_LOST] = "lost",
};

const char *
phase_name(enum phase phase)
{
	return (size_t)phase < ARRAY_LEN(phase_names) ? phase_names[phase]
						      : "unknown";
}

const char *
severity_name(enum severity severity)
{
	switch (severity) {
	case SEVERITY_INFO:
		return "INFO";
	case SEVERITY_WARN:
		return "WARN";
	case SEVERITY_CRIT:
		return "CRIT";
	}
	return "INFO";
}
