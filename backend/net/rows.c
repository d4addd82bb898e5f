/*
 * The table of requests, and spending a permit.
 */
#include "backend/net/rows.h"

#include "backend/base/map.h"

/* clang-format off */
#define KUBERNETES SERVICE_KUBERNETES
#define STS SERVICE_STS
#define AUTOSCALING SERVICE_AUTOSCALING
#define EC2 SERVICE_EC2
#define EKS SERVICE_EKS
#define GITLAB SERVICE_GITLAB
#define CREDENTIALS SERVICE_CREDENTIALS
#define READ ROW_READ
#define WRITE ROW_WRITE

const struct row rows[ROW_COUNT] = {
#define ROW(id, service, action, access)                                    \
	[ROW_##id] = { #id, service, action, access },
#include "backend/net/rows.def"
#undef ROW
};
/* clang-format on */

const char *
row_service_name(enum row_service service)
{
	static const char *const names[] = {
		[SERVICE_KUBERNETES] = "kubernetes",
		[SERVICE_STS] = "sts",
		[SERVICE_AUTOSCALING] = "autoscaling",
		[SERVICE_EC2] = "ec2",
		[SERVICE_EKS] = "eks",
		[SERVICE_GITLAB] = "gitlab",
		[SERVICE_CREDENTIALS] = "credentials",
	};

	return names[service];
}

uint64_t
permit_proof(const struct permit *p)
{
	uint64_t h = hash_text(p->act_id);

	h = hash_bytes(&p->row, sizeof(p->row), h);
	return hash_bytes(&p->deadline_boot_ms, sizeof(p->deadline_boot_ms),
			  h);
}

bool
permit_spend(struct permit *p, enum row_id row, int64_t boot_ms,
	     struct err *err)
{
	if (p->proof != permit_proof(p) || !*p->act_id)
		return err_set(err, ERR_REFUSED,
			       "%s: the permit was not issued by control",
			       rows[row].action);
	if (p->row != row)
		return err_set(err, ERR_REFUSED,
			       "%s: the permit is for %s", rows[row].action,
			       rows[p->row].action);
	if (p->used)
		return err_set(err, ERR_REFUSED,
			       "%s: the permit of act %s is spent",
			       rows[row].action, p->act_id);
	if (p->deadline_boot_ms && boot_ms >= p->deadline_boot_ms)
		return err_set(err, ERR_REFUSED,
			       "%s: too late for act %s; nothing was sent",
			       rows[row].action, p->act_id);
	p->used = true;
	return true;
}
