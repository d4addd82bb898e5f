/*
 * Validation of services and ingresses.
 */
#include "backend/sim/objects/check.h"

#include <stdio.h>

static bool
check_service_port(struct check *c, const json_t *list, size_t i)
{
	static const char *const protocols[] = { "SCTP", "TCP", "UDP", NULL };
	const json_t *port = json_array_get(list, i);
	const char *name = str_or_empty(jtext(port, "name"));
	const char *protocol = jtext(port, "protocol");
	json_int_t n = json_integer_value(json_object_get(port, "port"));
	char field[80];
	bool ok = true;

	snprintf(field, sizeof(field), "spec.ports[%zu].name", i);
	if (!*name && json_array_size(list) > 1)
		ok = FAIL(c, field, "Required value");
	for (size_t k = 0; *name && k < i; k++)
		if (str_eq(jtext(json_array_get(list, k), "name"), name))
			ok = FAIL(c, field, "Duplicate value: \"%s\"", name);
	snprintf(field, sizeof(field), "spec.ports[%zu].port", i);
	if (n < 1 || n > 65535)
		ok = FAIL(c, field,
			  "Invalid value: %lld: must be between 1 and 65535, "
			  "inclusive", (long long)n);
	snprintf(field, sizeof(field), "spec.ports[%zu].targetPort", i);
	ok &= check_range(c, field, json_object_get(port, "targetPort"), 1,
			  65535);
	snprintf(field, sizeof(field), "spec.ports[%zu].nodePort", i);
	n = json_integer_value(json_object_get(port, "nodePort"));
	if (n && (n < NODE_PORT_FIRST || n >= NODE_PORT_FIRST + NODE_PORTS))
		ok = FAIL(c, field,
			  "Invalid value: %lld: provided port is not in the "
			  "valid range. The range of valid ports is "
			  "30000-32767", (long long)n);
	snprintf(field, sizeof(field), "spec.ports[%zu].protocol", i);
	return ok & (!protocol || check_one_of(c, field, protocol, protocols));
}

bool
check_service(struct check *c)
{
	static const char *const types[] = { "ClusterIP", "ExternalName",
					     "LoadBalancer", "NodePort", NULL };
	const json_t *spec = json_object_get(c->tree, "spec");
	const json_t *ports = json_object_get(spec, "ports");
	const char *type = str_or_empty(jtext(spec, "type"));
	const char *ip = str_or_empty(jtext(spec, "clusterIP"));
	const char *was = str_or_empty(
		json_string_value(jpath(c->old, "spec.clusterIP")));
	bool outside = strcmp(type, "ExternalName") == 0;
	bool ok = !*type || check_one_of(c, "spec.type", type, types);

	if (!json_array_size(ports) && !outside && strcmp(ip, "None") != 0)
		ok = FAIL(c, "spec.ports", "Required value");
	for (size_t i = 0; i < json_array_size(ports); i++)
		ok &= check_service_port(c, ports, i);
	if (outside && !*str_or_empty(jtext(spec, "externalName")))
		ok = FAIL(c, "spec.externalName", "Required value");
	if (*was && !outside && strcmp(was, ip) != 0)
		ok = FAIL(c, "spec.clusterIPs[0]",
			  "Invalid value: [\"%s\"]: may not change once set",
			  ip);
	return ok;
}

/* ---- ingresses ---- */

static bool
check_backend(struct check *c, const char *at, const json_t *backend)
{
	const json_t *service = json_object_get(backend, "service");
	const json_t *port = json_object_get(service, "port");
	char field[140];

	if (json_object_get(backend, "resource"))
		return true;
	snprintf(field, sizeof(field), "%s.service.name", at);
	if (!*str_or_empty(jtext(service, "name")))
		return FAIL(c, field, "Required value");
	if (json_object_get(port, "number") || json_object_get(port, "name"))
		return true;
	return FAIL(c, at, "Required value: port name or number is required");
}

static bool
check_ingress_path(struct check *c, const char *at, const json_t *path)
{
	static const char *const types[] = { "Exact", "ImplementationSpecific",
					     "Prefix", NULL };
	const char *type = jtext(path, "pathType");
	const char *text = str_or_empty(jtext(path, "path"));
	char field[140];
	bool ok = true;

	snprintf(field, sizeof(field), "%s.pathType", at);
	if (!type)
		ok = FAIL(c, field, "Required value: pathType must be "
			  "specified");
	else
		ok = check_one_of(c, field, type, types);
	snprintf(field, sizeof(field), "%s.path", at);
	if (*text && *text != '/')
		ok = FAIL(c, field,
			  "Invalid value: \"%s\": must be an absolute path",
			  text);
	snprintf(field, sizeof(field), "%s.backend", at);
	return ok & check_backend(c, field, json_object_get(path, "backend"));
}

bool
check_ingress(struct check *c)
{
	const json_t *rules = jpath(c->tree, "spec.rules");
	const json_t *fallback = jpath(c->tree, "spec.defaultBackend");
	bool ok = true;
	json_t *rule, *path;
	size_t i, k;

	if (fallback)
		ok = check_backend(c, "spec.defaultBackend", fallback);
	else if (!json_array_size(rules))
		ok = FAIL(c, "spec",
			  "Invalid value: {}: either `defaultBackend` or "
			  "`rules` must be specified");
	json_array_foreach((json_t *)rules, i, rule) {
		const char *host = str_or_empty(jtext(rule, "host"));
		const char *bare = str_has_prefix(host, "*.") ? host + 2
							      : host;
		char field[100];

		snprintf(field, sizeof(field), "spec.rules[%zu].host", i);
		if (*host && !name_is_subdomain(bare, strlen(bare)))
			ok = FAIL(c, field,
				  "Invalid value: \"%s\": " SUBDOMAIN_RULE,
				  host);
		json_array_foreach(jpath(rule, "http.paths"), k, path) {
			snprintf(field, sizeof(field),
				 "spec.rules[%zu].http.paths[%zu]", i, k);
			ok &= check_ingress_path(c, field, path);
		}
	}
	return ok;
}
