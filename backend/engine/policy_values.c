/*
 * Policy values: how texts become values, and what is refused (reference 9.5,
 * 7.2).
 */
#include "backend/engine/policy_values.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "backend/base/clock.h"

/* ---- reading values ---- */

int64_t
policy_int(const struct policy *p, enum policy_id key)
{
	return p->value[key].number;
}

int64_t
policy_ms(const struct policy *p, enum policy_id key)
{
	return p->value[key].number;
}

double
policy_real(const struct policy *p, enum policy_id key)
{
	return p->value[key].real;
}

bool
policy_flag(const struct policy *p, enum policy_id key)
{
	return p->value[key].number != 0;
}

const char *
policy_text(const struct policy *p, enum policy_id key)
{
	return p->value[key].text;
}

const struct policy_list *
policy_list(const struct policy *p, enum policy_id key)
{
	return &p->value[key].list;
}

bool
policy_list_has(const struct policy *p, enum policy_id key, const char *text)
{
	const struct policy_list *l = &p->value[key].list;

	for (uint32_t i = 0; i < l->n; i++)
		if (strcmp(l->at[i], text) == 0)
			return true;
	return false;
}

bool
policy_given(const struct policy *p, enum policy_id key)
{
	return p->value[key].explicit_;
}

/* ---- grammars ---- */

static bool
parse_int(const char *text, const char *end, int64_t *value)
{
	char copy[32], *stop;
	size_t len = (size_t)(end - text);

	if (len == 0 || len >= sizeof(copy))
		return false;
	if (*text != '-' && *text != '+' && (*text < '0' || *text > '9'))
		return false; /* strtoll would skip blanks */
	memcpy(copy, text, len);
	copy[len] = '\0';
	errno = 0;
	*value = strtoll(copy, &stop, 10);
	return errno == 0 && *stop == '\0' && stop != copy;
}

static bool
parse_real(const char *text, double *value)
{
	char *stop;

	/* No hexadecimal, no "nan", no blanks; strtod's decimal point is the
	 * C locale's, as LC_NUMERIC is never set. */
	if (!*text || text[strspn(text, "+-0123456789.eE")])
		return false;
	*value = strtod(text, &stop);
	return *stop == '\0' && isfinite(*value);
}

/* Go's strconv.ParseBool. */
static bool
parse_bool(const char *text, int64_t *value)
{
	static const char *const yes[] = { "1", "t", "T", "true", "TRUE",
					   "True" };
	static const char *const no[] = { "0", "f", "F", "false", "FALSE",
					  "False" };

	for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
		*value = strcmp(text, yes[i]) == 0;
		if (*value || strcmp(text, no[i]) == 0)
			return true;
	}
	return false;
}

static bool
parse_range(const char *text, int64_t *min, int64_t *max)
{
	const char *colon = strchr(text, ':');

	return colon && parse_int(text, colon, min) &&
	       parse_int(colon + 1, colon + 1 + strlen(colon + 1), max) &&
	       *min >= 0 && *max >= *min;
}

bool
policy_parse_nodes(const char *text, int32_t *min, int32_t *max,
		   const char **name)
{
	const char *a = strchr(text, ':');
	const char *b = a ? strchr(a + 1, ':') : NULL;
	int64_t lo, hi;

	if (!b || !parse_int(text, a, &lo) || !parse_int(a + 1, b, &hi))
		return false;
	if (lo < 0 || hi < lo || hi > INT32_MAX)
		return false;
	if (b[1 + strspn(b + 1, " \t\n\v\f\r")] == '\0')
		return false; /* blank name */
	*min = (int32_t)lo;
	*max = (int32_t)hi;
	*name = b + 1;
	return true;
}

bool
policy_parse_discovery(const char *text,
		       void (*on_tag)(void *ctx, const char *key,
				      const char *value),
		       void *ctx)
{
	static const char lead[] = "asg:tag=";
	bool good = true;
	char *list, *rest, *one;

	if (!str_has_prefix(text, lead) || text[sizeof(lead) - 1] == '\0')
		return false;
	list = rest = xstrdup(text + sizeof(lead) - 1);
	while (good && (one = strsep(&rest, ","))) {
		char *value = strchr(one, '=');

		if (value)
			*value++ = '\0';
		good = *one != '\0';
		if (good && on_tag)
			on_tag(ctx, one, value);
	}
	free(list);
	return good;
}

/* "gpu-type:min:max" */
static bool
parse_gpu(const char *text)
{
	const char *a = strchr(text, ':');
	const char *b = a ? strchr(a + 1, ':') : NULL;
	int64_t min, max;

	return b && parse_int(a + 1, b, &min) &&
	       parse_int(b + 1, b + 1 + strlen(b + 1), &max) && min >= 0 &&
	       max >= min;
}

/* "priority:seconds,priority:seconds" */
static bool
parse_drain_priority(const char *text)
{
	int64_t priority, seconds;

	while (*text) {
		const char *end = text + strcspn(text, ",");
		const char *colon = memchr(text, ':', (size_t)(end - text));

		if (!colon || !parse_int(text, colon, &priority) ||
		    !parse_int(colon + 1, end, &seconds) || seconds < 0)
			return false;
		text = end + (*end == ',');
	}
	return true;
}

static bool
parse_expanders(const char *text)
{
	static const char *const known[] = { "random", "most-pods",
					     "least-waste", "least-nodes",
					     "price", "priority" };
	uint32_t seen = 0;
	bool over = false;

	do {
		size_t len = strcspn(text, ","), i;

		for (i = 0; i < ARRAY_LEN(known); i++)
			if (strlen(known[i]) == len &&
			    memcmp(known[i], text, len) == 0)
				break;
		if (i == ARRAY_LEN(known) || seen & 1u << i || over)
			return false;
		seen |= 1u << i;
		over = i == 0; /* random ends the chain */
		text += len;
	} while (*text++ == ',');
	return true;
}

static bool
parse_hold(const char *text)
{
	const char *eq = strrchr(text, '=');
	int64_t ms;

	return *text && (!eq || (eq > text && time_parse_rfc3339(
						      eq + 1, strlen(eq + 1),
						      &ms)));
}

/* Keys whose texts have a grammar of their own. */
static const char *
grammar_fault(enum policy_id key, const char *text)
{
	int32_t min, max;
	const char *name;

	switch (key) {
	case POLICY_NODES:
		return policy_parse_nodes(text, &min, &max, &name)
			       ? NULL
			       : "wanted min:max:name with 0 <= min <= max";
	case POLICY_DISCOVERY:
		return policy_parse_discovery(text, NULL, NULL)
			       ? NULL
			       : "wanted asg:tag=key[=value][,key[=value]...]";
	case POLICY_GPU_TOTAL:
		return parse_gpu(text) ? NULL : "wanted type:min:max";
	case POLICY_DRAIN_PRIORITY:
		return parse_drain_priority(text)
			       ? NULL
			       : "wanted priority:seconds[,...]";
	case POLICY_EXPANDER:
		return parse_expanders(text)
			       ? NULL
			       : "wanted some of random, most-pods, "
				 "least-waste, least-nodes, price, priority; "
				 "each once, random last (grpc is not served)";
	case POLICY_ESTIMATOR:
		return strcmp(text, "binpacking") == 0
			       ? NULL
			       : "only binpacking exists";
	case POLICY_LEADER_ELECT_RESOURCE_LOCK:
		return strcmp(text, "leases") == 0
			       ? NULL
			       : "only leases exists";
	case POLICY_CLOUD_PROVIDER:
		return strcmp(text, "aws") == 0 ? NULL : "must be aws";
	case POLICY_HOLD:
		return parse_hold(text) ? NULL
					: "wanted group or group=time";
	default:
		return NULL;
	}
}

static const char *
scalar_fault(struct policy_value *v, enum policy_id key, const char *text)
{
	switch (policy_type_of(key)) {
	case TYPE_DURATION:
		return duration_parse(text, &v->number)
			       ? NULL
			       : "wanted a duration such as 10m or 1h30m";
	case TYPE_INT:
		return parse_int(text, text + strlen(text), &v->number)
			       ? NULL
			       : "wanted a whole number";
	case TYPE_FLOAT:
		return parse_real(text, &v->real) ? NULL : "wanted a number";
	case TYPE_BOOL:
		return parse_bool(text, &v->number) ? NULL
						    : "wanted true or false";
	case TYPE_RANGE:
		return parse_range(text, &v->range.min, &v->range.max)
			       ? NULL
			       : "wanted min:max with 0 <= min <= max";
	default:
		return NULL;
	}
}

bool
policy_value_parse(struct policy_value *v, enum policy_id key,
		   const char *text, struct err *err)
{
	enum policy_type type = policy_type_of(key);
	const char *fault = scalar_fault(v, key, text);

	if (!fault)
		fault = grammar_fault(key, text);
	if (fault)
		return err_set(err, ERR_CONFIG,
			       "policy.%s: %s, found \"%.80s\"",
			       policy_keys[key].name, fault, text);
	if (type != TYPE_LIST && type != TYPE_NAMES)
		v->text = xstrdup(text);
	return true;
}

void
policy_value_fini(struct policy_value *v, enum policy_id key)
{
	enum policy_type type = policy_type_of(key);

	free(v->text);
	if (type == TYPE_LIST || type == TYPE_NAMES) {
		for (uint32_t i = 0; i < v->list.n; i++)
			free(v->list.at[i]);
		free(v->list.at);
	}
	*v = (struct policy_value){ .text = NULL };
}

/* ---- combinations (reference 9.5) ---- */

bool
policy_check(const struct policy *p, struct err *err)
{
	const struct policy_list *bypassed =
		policy_list(p, POLICY_BYPASSED_SCHEDULERS);

	if (policy_given(p, POLICY_DRAIN_PRIORITY) &&
	    policy_given(p, POLICY_MAX_GRACEFUL_TERMINATION))
		return err_set(err, ERR_CONFIG,
			       "policy: drain-priority-config and "
			       "max-graceful-termination-sec exclude each "
			       "other");
	if (policy_given(p, POLICY_DRAIN_PRIORITY) &&
	    !*policy_text(p, POLICY_DRAIN_PRIORITY))
		return err_set(err, ERR_CONFIG,
			       "policy.drain-priority-config: is empty");
	if (policy_int(p, POLICY_PREDICATE_PARALLELISM) < 1)
		return err_set(err, ERR_CONFIG,
			       "policy.predicate-parallelism: must be at "
			       "least 1");
	if (!policy_flag(p, POLICY_DRA))
		return err_set(err, ERR_CONFIG,
			       "policy.enable-dynamic-resource-allocation: "
			       "must be true");
	if (policy_list(p, POLICY_BALANCING_LABEL)->n > 0 &&
	    policy_list(p, POLICY_BALANCING_IGNORE_LABEL)->n > 0)
		return err_set(err, ERR_CONFIG,
			       "policy: balancing-label and "
			       "balancing-ignore-label exclude each other");
	if (policy_list(p, POLICY_ALLOWED_SCHEDULERS)->n > 0)
		for (uint32_t i = 0; i < bypassed->n; i++)
			if (!policy_list_has(p, POLICY_ALLOWED_SCHEDULERS,
					     bypassed->at[i]))
				return err_set(
					err, ERR_CONFIG,
					"policy.bypassed-scheduler-names: "
					"\"%.80s\" is missing from "
					"allowed-scheduler-names",
					bypassed->at[i]);
	return true;
}
