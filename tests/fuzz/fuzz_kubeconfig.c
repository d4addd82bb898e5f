/*
 * kubeconfig: any text is a configuration or an error with its place; every
 * context is usable or an error too.
 */
#include "backend/kube/kubeconfig_private.h"
#include "tests/fuzz/fuzz.h"

static void
check_context(const struct kubeconfig *c, const char *name)
{
	struct err err = { .code = ERR_NONE };
	struct kube_context *k = kubeconfig_context(c, name, &err);

	if (k) {
		must(k->endpoint.base_url && k->cluster);
		must(strstr(k->endpoint.base_url, "://"));
		must(!k->exec || (k->exec->command && k->exec->api_version));
		must(!k->token || !strpbrk(k->token, "\r\n"));
	} else {
		must(err.code == ERR_CONFIG && err.text[0]);
	}
	kube_context_free(k);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = { .code = ERR_NONE };
	char *text = xmemdup(data, size ? size : 1);
	struct kubeconfig *c = kubeconfig_from_text("/nowhere/config", text,
						    size, &err);

	if (c) {
		check_context(c, NULL);
		for (uint32_t i = 0; kubeconfig_contexts(c)[i]; i++)
			check_context(c, kubeconfig_contexts(c)[i]);
	} else {
		must(err.code == ERR_CONFIG);
		must(strstr(err.text, "/nowhere/config"));
	}
	kubeconfig_free(c);
	free(text);
	return 0;
}
