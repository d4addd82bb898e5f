/*
 * What extends the API of the founded cluster: the definitions that `flux
 * install` brings (names, scopes and printed columns of Flux 2.7; schemas that
 * keep whatever they are given), and the services that answer for groups.
 */
#include "backend/sim/world/bootstrap.h"

/* ---- Flux ---- */

/* One of additionalPrinterColumns. */
#define COLUMN(name, type, path) \
	"{'name':'" name "','type':'" type "','jsonPath':'" path "'}"
#define CONDITION(member) \
	".status.conditions[?(@.type==\\\"Ready\\\")]." member
#define AGE COLUMN("Age", "date", ".metadata.creationTimestamp")
#define READY							\
	COLUMN("Ready", "string", CONDITION("status")) ","	\
	COLUMN("Status", "string", CONDITION("message"))
#define URL COLUMN("URL", "string", ".spec.url")
#define SOURCE "source.toolkit.fluxcd.io"

/* clang-format off */
static const struct {
	const char *group, *version, *kind, *plural, *short_names, *columns;
} flux_kinds[] = {
	{ "helm.toolkit.fluxcd.io", "v2", "HelmRelease", "helmreleases",
	  "'hr'", AGE "," READY },
	{ "kustomize.toolkit.fluxcd.io", "v1", "Kustomization",
	  "kustomizations", "'ks'", AGE "," READY },
	{ SOURCE, "v1", "Bucket", "buckets", "",
	  COLUMN("Endpoint", "string", ".spec.endpoint") "," AGE "," READY },
	{ SOURCE, "v1", "GitRepository", "gitrepositories", "'gitrepo'",
	  URL "," AGE "," READY },
	{ SOURCE, "v1", "HelmChart", "helmcharts", "'hc'",
	  COLUMN("Chart", "string", ".spec.chart") ","
	  COLUMN("Version", "string", ".spec.version") ","
	  COLUMN("Source Kind", "string", ".spec.sourceRef.kind") ","
	  COLUMN("Source Name", "string", ".spec.sourceRef.name") ","
	  AGE "," READY },
	{ SOURCE, "v1", "HelmRepository", "helmrepositories", "'helmrepo'",
	  URL "," AGE "," READY },
	{ SOURCE, "v1", "OCIRepository", "ocirepositories", "'ocirepo'",
	  URL "," READY "," AGE },
};
/* clang-format on */

static void
found_flux_kind(struct kubernetes *k, size_t i)
{
	const char *plural = flux_kinds[i].plural;
	const char *group = flux_kinds[i].group;
	const char *kind = flux_kinds[i].kind;
	char *singular = xstrdup(kind);

	for (char *c = singular; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 'a' - 'A');
	k8s_install(
		k, "apiextensions.k8s.io", "customresourcedefinitions", "",
		manifest("{'metadata':{'name':'%s.%s','labels':{"
			 "'app.kubernetes.io/instance':'flux-system',"
			 "'app.kubernetes.io/part-of':'flux'}},'spec':{"
			 "'group':'%s','scope':'Namespaced','names':{'kind':"
			 "'%s','listKind':'%sList','plural':'%s','singular':"
			 "'%s','shortNames':[%s]},'versions':[{'name':'%s',"
			 "'served':true,'storage':true,'subresources':{"
			 "'status':{}},'additionalPrinterColumns':[%s],"
			 "'schema':{'openAPIV3Schema':{'type':'object',"
			 "'x-kubernetes-preserve-unknown-fields':true}}}]}}",
			 plural, group, group, kind, kind, plural, singular,
			 flux_kinds[i].short_names, flux_kinds[i].version,
			 flux_kinds[i].columns));
	free(singular);
}

/* ---- who answers for which group ---- */

static void
found_api_service(struct kubernetes *k, const char *group, const char *version,
		  const char *service)
{
	k8s_install(
		k, "apiregistration.k8s.io", "apiservices", "",
		manifest("{'metadata':{'name':'%s.%s','labels':{%s}},'spec':{"
			 "'group':'%s','version':'%s','groupPriorityMinimum':"
			 "%d,'versionPriority':%d%s},'status':{'conditions':["
			 "{'type':'Available','status':'True','reason':'%s',"
			 "'message':'%s'}]}}", version, group,
			 *service ? ""
				  : "'kube-aggregator.kubernetes.io/"
				    "automanaged':'true'",
			 group, version, *service ? 100 : 17000,
			 *service ? 100 : 15, service,
			 *service ? "Passed" : "Local",
			 *service ? "all checks passed"
				  : "Local APIServices are always "
				    "available"));
}

void
extensions_found(struct kubernetes *k)
{
	const struct object_type *t, *before = NULL;

	for (size_t i = 0; i < ARRAY_LEN(flux_kinds); i++)
		found_flux_kind(k, i);
	for (uint32_t i = 0; i < objects_type_count(k->objects); i++) {
		t = objects_type_at(k->objects, i);
		if (*t->group &&
		    (!before || strcmp(before->group, t->group) != 0 ||
		     strcmp(before->version, t->version) != 0))
			found_api_service(k, t->group, t->version, "");
		before = t;
	}
	found_api_service(k, "metrics.k8s.io", "v1beta1",
			  ",'insecureSkipTLSVerify':true,'service':{'name':"
			  "'metrics-server','namespace':'kube-system',"
			  "'port':443}");
}
