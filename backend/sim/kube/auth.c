/*
 * Who is calling: bearer tokens (the cluster's own, and EKS's presigned ones),
 * client certificates, nobody; and on whose behalf (impersonation).
 */
#include <stdio.h>
#include <strings.h>

#include "backend/sim/kube/internal.h"

/* Made up; they open nothing but a simulated cloud on loopback. */
/* clang-format off */
const struct kube_login kube_logins[] = {
	{ "admin",  "system:masters",	"simulated-token-admin" },
	{ "oncall", "paddock:oncall",	"simulated-token-oncall" },
	{ "viewer", "paddock:viewer",	"simulated-token-viewer" },
	{ 0 },
};
/* clang-format on */

static void
add_group(struct kube_user *u, const char *group)
{
	if (u->group_n < KUBE_GROUPS_MAX)
		u->groups[u->group_n++] = group;
}

static void
add_groups(struct kube_call *c, struct kube_user *u, const char *list)
{
	for (const char *at = str_or_empty(list); *at;) {
		size_t len = strcspn(at, ",");

		if (len)
			add_group(u, arena_strndup(c->arena, at, len));
		at += len;
		at += *at == ',';
	}
}

static const struct kube_login *
login_by_token(const char *token)
{
	for (const struct kube_login *l = kube_logins; l->name; l++)
		if (strcmp(l->token, token) == 0)
			return l;
	return NULL;
}

static const struct kube_login *
login_named(const char *name)
{
	for (const struct kube_login *l = kube_logins; l->name; l++)
		if (str_eq(l->name, name))
			return l;
	return NULL;
}

static bool
unauthorized(struct kube_call *c)
{
	status_fail(&c->st, 401, "Unauthorized", "Unauthorized");
	return false;
}

/* "system:serviceaccount:NAMESPACE:NAME" */
static bool
service_account(struct kube_call *c, const char *name, struct kube_user *u)
{
	const char *ns = name + strlen("system:serviceaccount:");

	*u = (struct kube_user){ .name = name };
	add_group(u, "system:serviceaccounts");
	add_group(u, arena_printf(c->arena, "system:serviceaccounts:%.*s",
				  (int)strcspn(ns, ":"), ns));
	add_group(u, "system:authenticated");
	return true;
}

bool
kube_token_user(struct kube_call *c, const char *token, struct kube_user *u)
{
	const struct kube_login *l = login_by_token(token);
	const char *account = l ? NULL : kube_token_subject(c, token);
	const struct kube_hooks *h = c->k->hooks;
	struct kube_identity who = { 0 };

	if (account)
		return service_account(c, account, u);
	if (l)
		who.name = l->name;
	else if (h->token_user &&
		 h->token_user(h->token_ctx, token, c->arena, &who))
		l = login_named(who.login);
	if (!l)
		return false;
	*u = (struct kube_user){ .name = who.name };
	add_groups(c, u, l->groups);
	add_group(u, "system:authenticated");
	return true;
}

static bool
impersonate(struct kube_call *c)
{
	const char *name = face_header(c->q, "Impersonate-User");
	struct access a = { .verb = "impersonate", .group = "",
			    .resource = "users", .name = name };
	struct kube_user real = c->user;
	char reason[8];

	if (!name)
		return true;
	if (!rbac_allows(c->k->rbac, &c->user, &a, reason, sizeof(reason))) {
		kube_forbid(c, &c->user, &a);
		return false;
	}
	c->user = (struct kube_user){ .name = name };
	for (const struct face_pair *h = c->q->headers; h && h->name; h++) {
		a.resource = "groups";
		a.name = h->value;
		if (strcasecmp(h->name, "Impersonate-Group") != 0)
			continue;
		if (!rbac_allows(c->k->rbac, &real, &a, reason,
				 sizeof(reason))) {
			kube_forbid(c, &real, &a);
			return false;
		}
		add_group(&c->user, h->value);
	}
	/* A known user comes with the groups it logs in with. */
	if (!c->user.group_n && login_named(name))
		add_groups(c, &c->user, login_named(name)->groups);
	add_group(&c->user, "system:authenticated");
	return true;
}

void
kube_caller(const struct kube_call *c, struct face_caller *out)
{
	size_t at = 0;

	*out = (struct face_caller){ 0 };
	snprintf(out->name, sizeof(out->name), "%s", c->user.name);
	for (uint32_t i = 0; i < c->user.group_n; i++) {
		size_t len = strlen(c->user.groups[i]);

		if (at + len + 2 > sizeof(out->groups))
			break;
		at += (size_t)snprintf(out->groups + at,
				       sizeof(out->groups) - at, "%s%s",
				       at ? "," : "", c->user.groups[i]);
	}
}

bool
kube_authenticate(struct kube_call *c)
{
	const char *header = face_header(c->q, "Authorization");

	c->user = (struct kube_user){ 0 };
	if (c->q->caller) { /* impersonation is behind them already */
		c->user.name = c->q->caller->name;
		add_groups(c, &c->user, c->q->caller->groups);
		return true;
	}
	if (header) {
		if (strncasecmp(header, "Bearer ", 7) != 0 ||
		    !kube_token_user(c, header + 7, &c->user))
			return unauthorized(c);
	} else if (c->q->client_cert_bad) {
		return unauthorized(c);
	} else if (c->q->client_cert_cn) {
		c->user.name = c->q->client_cert_cn;
		add_groups(c, &c->user, c->q->client_cert_org);
		add_group(&c->user, "system:authenticated");
	} else {
		c->user.name = "system:anonymous";
		add_group(&c->user, "system:unauthenticated");
	}
	return impersonate(c);
}
