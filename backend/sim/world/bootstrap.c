/*
 * What an EKS cluster holds before anybody works in it: add-ons as EKS and
 * their charts install them, service accounts, classes, services.
 *
 * Manifests are JSON with single quotes for double ones; %s are names that the
 * scenario has checked.
 */
#include "backend/sim/world/bootstrap.h"
#include "backend/sim/world/flux.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/kube/roles.h"

#define ECR "602401143452.dkr.ecr.%s.amazonaws.com"

json_t *
manifest(const char *fmt, ...)
{
	json_error_t e;
	json_t *o;
	char *text;
	va_list args;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	for (char *c = text; *c; c++) {
		if (*c == '\'')
			*c = '"';
	}
	o = json_loads(text, 0, &e);
	if (!o)
		BUG("manifest: %s at %d: %.60s", e.text, e.position, text);
	free(text);
	return o;
}

void
k8s_install(struct kubernetes *k, const char *group, const char *plural,
	    const char *ns, json_t *body)
{
	const struct object_type *t = objects_type(k->objects, group, plural);

	if (t)
		k8s_put(k, t, ns, body);
	else
		json_decref(body);
}

void
k8s_install_account(struct kubernetes *k, const char *ns, const char *name)
{
	k8s_install(k, "", "serviceaccounts", ns,
		    manifest("{'metadata':{'name':'%s'}}", name));
}

/* Where the scenario wants its system pods. */
void
place_system(struct kubernetes *k, json_t *pod_spec)
{
	const struct scenario *s = k->scenario;

	if (s->system_selector.n)
		json_object_set_new(pod_spec, "nodeSelector",
				    pack_pairs(&s->system_selector));
	if (s->system_tolerations.n)
		json_object_set_new(pod_spec, "tolerations",
				    pack_tolerations(&s->system_tolerations));
}

/* ---- classes, services, configuration ---- */

static void
found_basics(struct kubernetes *k)
{
	static const char *const accounts[] = { "aws-node", "coredns",
						"kube-proxy", "metrics-server",
						"cluster-autoscaler" };

	k8s_install(
		k, "scheduling.k8s.io", "priorityclasses", "",
		manifest("{'metadata':{'name':'system-cluster-critical'},"
			 "'value':2000000000,'description':'Used for system "
			 "critical pods that must run in the cluster, but can "
			 "be moved to another node if necessary.'}"));
	k8s_install(
		k, "scheduling.k8s.io", "priorityclasses", "",
		manifest("{'metadata':{'name':'system-node-critical'},"
			 "'value':2000001000,'description':'Used for system "
			 "critical pods that must not be moved from their "
			 "current node.'}"));
	k8s_install(k, "storage.k8s.io", "storageclasses", "",
		    manifest("{'metadata':{'name':'gp2'},"
			     "'provisioner':'kubernetes.io/aws-ebs',"
			     "'parameters':{'type':'gp2','fsType':'ext4'},"
			     "'reclaimPolicy':'Delete',"
			     "'volumeBindingMode':'WaitForFirstConsumer'}"));
	for (size_t i = 0; i < ARRAY_LEN(accounts); i++)
		k8s_install_account(k, "kube-system", accounts[i]);
	k8s_install(
		k, "", "services", "default",
		manifest("{'metadata':{'name':'kubernetes','labels':{"
			 "'component':'apiserver','provider':'kubernetes'}},"
			 "'spec':{'clusterIP':'172.20.0.1','ports':[{"
			 "'name':'https','port':443,'protocol':'TCP',"
			 "'targetPort':443}]}}"));
	k8s_install(k, "", "services", "kube-system",
		    manifest("{'metadata':{'name':'kube-dns','labels':{"
			     "'k8s-app':'kube-dns',"
			     "'kubernetes.io/cluster-service':'true',"
			     "'kubernetes.io/name':'CoreDNS'}},"
			     "'spec':{'clusterIP':'172.20.0.10','selector':{"
			     "'k8s-app':'kube-dns'},'ports':[{'name':'dns',"
			     "'port':53,'protocol':'UDP','targetPort':53},{"
			     "'name':'dns-tcp','port':53,'protocol':'TCP',"
			     "'targetPort':53}]}}"));
	k8s_install(k, "", "services", "kube-system",
		    manifest("{'metadata':{'name':'metrics-server','labels':{"
			     "'k8s-app':'metrics-server'}},"
			     "'spec':{'clusterIP':'172.20.61.7','selector':{"
			     "'k8s-app':'metrics-server'},'ports':[{"
			     "'name':'https','port':443,'protocol':'TCP',"
			     "'targetPort':10251}]}}"));
	k8s_install(
		k, "", "configmaps", "kube-system",
		manifest("{'metadata':{'name':'coredns','labels':{"
			 "'k8s-app':'kube-dns',"
			 "'eks.amazonaws.com/component':'coredns'}},"
			 "'data':{'Corefile':'.:53 {\\n    errors\\n    "
			 "health {\\n        lameduck 5s\\n      }\\n    "
			 "ready\\n    kubernetes cluster.local in-addr.arpa "
			 "ip6.arpa {\\n      pods insecure\\n      "
			 "fallthrough in-addr.arpa ip6.arpa\\n    }\\n    "
			 "prometheus :9153\\n    forward . /etc/resolv.conf\\n"
			 "    cache 30\\n    loop\\n    reload\\n    "
			 "loadbalance\\n}\\n'}}"));
}

/* ---- DaemonSets ---- */

static void
found_daemons(struct kubernetes *k)
{
	const char *r = k->scenario->region;
	char warm[80] = "";

	if (k->scenario->warm_ips > 0)
		snprintf(warm, sizeof(warm),
			 "{'name':'WARM_IP_TARGET','value':'%d'},",
			 k->scenario->warm_ips);
	k8s_install(
		k, "apps", "daemonsets", "kube-system",
		manifest("{'metadata':{'name':'aws-node','labels':{"
			 "'k8s-app':'aws-node',"
			 "'app.kubernetes.io/name':'aws-node'}},"
			 "'spec':{'selector':{'matchLabels':{"
			 "'k8s-app':'aws-node'}},'updateStrategy':{"
			 "'type':'RollingUpdate','rollingUpdate':{"
			 "'maxUnavailable':'10%%'}},'template':{'metadata':{"
			 "'labels':{'k8s-app':'aws-node',"
			 "'app.kubernetes.io/name':'aws-node'}},'spec':{"
			 "'serviceAccountName':'aws-node','hostNetwork':true,"
			 "'priorityClassName':'system-node-critical',"
			 "'terminationGracePeriodSeconds':10,"
			 "'tolerations':[{'operator':'Exists'}],"
			 "'initContainers':[{'name':'aws-vpc-cni-init','image':"
			 "'" ECR "/amazon-k8s-cni-init:v1.20.4-eksbuild.1',"
			 "'resources':{'requests':{'cpu':'25m'}}}],"
			 "'containers':[{'name':'aws-node','image':'" ECR
			 "/amazon-k8s-cni:v1.20.4-eksbuild.1',"
			 "'env':[%s{'name':'WARM_ENI_TARGET','value':'1'},{"
			 "'name':'ENABLE_PREFIX_DELEGATION','value':'false'},{"
			 "'name':'AWS_VPC_K8S_CNI_EXTERNALSNAT',"
			 "'value':'false'}],'ports':[{'name':'metrics',"
			 "'containerPort':61678}],'resources':{'requests':{"
			 "'cpu':'25m'}}},{'name':'aws-eks-nodeagent','image':"
			 "'" ECR "/amazon/aws-network-policy-agent:"
			 "v1.2.7-eksbuild.1','resources':{'requests':{"
			 "'cpu':'25m'}}}]}}}}",
			 r, r, warm, r));
	k8s_install(
		k, "apps", "daemonsets", "kube-system",
		manifest("{'metadata':{'name':'kube-proxy','labels':{"
			 "'k8s-app':'kube-proxy',"
			 "'eks.amazonaws.com/component':'kube-proxy'}},"
			 "'spec':{'selector':{'matchLabels':{"
			 "'k8s-app':'kube-proxy'}},'updateStrategy':{"
			 "'type':'RollingUpdate','rollingUpdate':{"
			 "'maxUnavailable':'10%%'}},'template':{'metadata':{"
			 "'labels':{'k8s-app':'kube-proxy'}},'spec':{"
			 "'serviceAccountName':'kube-proxy','hostNetwork':true,"
			 "'priorityClassName':'system-node-critical',"
			 "'tolerations':[{'operator':'Exists'}],"
			 "'containers':[{'name':'kube-proxy','image':'" ECR
			 "/eks/kube-proxy:v1.33.5-eksbuild.2','command':["
			 "'kube-proxy','--v=2',"
			 "'--config=/var/lib/kube-proxy-config/config',"
			 "'--hostname-override=$(NODE_NAME)'],"
			 "'resources':{'requests':{'cpu':'100m'}}}]}}}}",
			 r));
}

/* ---- Deployments ---- */

static void
found_coredns(struct kubernetes *k)
{
	k8s_install(
		k, "apps", "deployments", "kube-system",
		manifest("{'metadata':{'name':'coredns','labels':{"
			 "'k8s-app':'kube-dns',"
			 "'eks.amazonaws.com/component':'coredns'}},"
			 "'spec':{'replicas':2,'selector':{'matchLabels':{"
			 "'k8s-app':'kube-dns',"
			 "'eks.amazonaws.com/component':'coredns'}},"
			 "'strategy':{'type':'RollingUpdate','rollingUpdate':{"
			 "'maxUnavailable':1,'maxSurge':'25%%'}},"
			 "'template':{'metadata':{'labels':{"
			 "'k8s-app':'kube-dns',"
			 "'eks.amazonaws.com/component':'coredns'}},'spec':{"
			 "'serviceAccountName':'coredns',"
			 "'priorityClassName':'system-cluster-critical',"
			 "'tolerations':[{'key':"
			 "'node-role.kubernetes.io/control-plane',"
			 "'effect':'NoSchedule'},{'key':'CriticalAddonsOnly',"
			 "'operator':'Exists'}],"
			 "'topologySpreadConstraints':[{'maxSkew':1,"
			 "'topologyKey':'topology.kubernetes.io/zone',"
			 "'whenUnsatisfiable':'ScheduleAnyway',"
			 "'labelSelector':{'matchLabels':{"
			 "'k8s-app':'kube-dns'}}}],"
			 "'containers':[{'name':'coredns','image':'" ECR
			 "/eks/coredns:v1.12.1-eksbuild.2','args':['-conf',"
			 "'/etc/coredns/Corefile'],'ports':[{'name':'dns',"
			 "'containerPort':53,'protocol':'UDP'},{"
			 "'name':'dns-tcp','containerPort':53},{"
			 "'name':'metrics','containerPort':9153}],"
			 "'resources':{'limits':{'memory':'170Mi'},"
			 "'requests':{'cpu':'100m','memory':'70Mi'}}}]}}}}",
			 k->scenario->region));
	k8s_install(
		k, "policy", "poddisruptionbudgets", "kube-system",
		manifest("{'metadata':{'name':'coredns','labels':{"
			 "'k8s-app':'kube-dns'}},'spec':{'maxUnavailable':1,"
			 "'selector':{'matchLabels':{"
			 "'eks.amazonaws.com/component':'coredns',"
			 "'k8s-app':'kube-dns'}}}}"));
}

static void
found_metrics_server(struct kubernetes *k)
{
	json_t *o = manifest(
		"{'metadata':{'name':'metrics-server','labels':{"
		"'k8s-app':'metrics-server'}},'spec':{'replicas':2,"
		"'selector':{'matchLabels':{'k8s-app':'metrics-server'}},"
		"'template':{'metadata':{'labels':{"
		"'k8s-app':'metrics-server'}},'spec':{"
		"'serviceAccountName':'metrics-server',"
		"'priorityClassName':'system-cluster-critical',"
		"'containers':[{'name':'metrics-server',"
		"'image':'registry.k8s.io/metrics-server/metrics-server:"
		"v0.8.0','args':['--secure-port=10251',"
		"'--kubelet-preferred-address-types=InternalIP',"
		"'--metric-resolution=15s'],'ports':[{'name':'https',"
		"'containerPort':10251}],'resources':{'requests':{"
		"'cpu':'100m','memory':'200Mi'}}}]}}}}");

	place_system(k,
		     json_object_get(json_object_get(json_object_get(o, "spec"),
						     "template"),
				     "spec"));
	k8s_install(k, "apps", "deployments", "kube-system", o);
	k8s_install(k, "policy", "poddisruptionbudgets", "kube-system",
		    manifest("{'metadata':{'name':'metrics-server','labels':{"
			     "'k8s-app':'metrics-server'}},'spec':{"
			     "'maxUnavailable':1,'selector':{'matchLabels':{"
			     "'k8s-app':'metrics-server'}}}}"));
}

static void
found_autoscaler(struct kubernetes *k)
{
	const struct scenario *s = k->scenario;
	bool guarded = s->autoscaler_protected;
	json_t *o, *spec, *command;

	if (s->autoscaler == AUTOSCALER_NONE)
		return;
	o = manifest(
		"{'metadata':{'name':'cluster-autoscaler','labels':{"
		"'app':'cluster-autoscaler'}},'spec':{'replicas':%d,"
		"'selector':{'matchLabels':{'app':'cluster-autoscaler'}},"
		"'template':{'metadata':{'labels':{"
		"'app':'cluster-autoscaler'},'annotations':{"
		"'prometheus.io/scrape':'true','prometheus.io/port':'8085'%s}},"
		"'spec':{'serviceAccountName':'cluster-autoscaler',%s"
		"'containers':[{'name':'cluster-autoscaler',"
		"'image':'registry.k8s.io/autoscaling/cluster-autoscaler:"
		"v1.33.0','command':['./cluster-autoscaler','--v=4',"
		"'--stderrthreshold=info','--cloud-provider=aws',"
		"'--skip-nodes-with-local-storage=false',"
		"'--expander=least-waste',"
		"'--node-group-auto-discovery=asg:tag="
		"k8s.io/cluster-autoscaler/enabled,"
		"k8s.io/cluster-autoscaler/%s'],'env':[{'name':'AWS_REGION',"
		"'value':'%s'}],'resources':{'limits':{'memory':'600Mi'},"
		"'requests':{'cpu':'100m','memory':'600Mi'}}}]}}}}",
		s->autoscaler == AUTOSCALER_ON ? 1 : 0,
		guarded ? ",'cluster-autoscaler.kubernetes.io/safe-to-evict':"
			  "'false'"
			: "",
		guarded ? "'priorityClassName':'system-cluster-critical',"
			: "",
		s->cluster, s->region);
	spec = json_object_get(
		json_object_get(json_object_get(o, "spec"), "template"),
		"spec");
	place_system(k, spec);
	command = json_object_get(
		json_array_get(json_object_get(spec, "containers"), 0),
		"command");
	for (uint32_t i = 0; i < s->autoscaler_flags.n; i++)
		json_array_append_new(
			command,
			json_sprintf("--%s", s->autoscaler_flags.at[i]));
	k8s_install(k, "apps", "deployments", "kube-system", o);
	/* The chart's budget makes a kube-system pod one that may be moved. */
	if (!guarded)
		k8s_install(
			k, "policy", "poddisruptionbudgets", "kube-system",
			manifest("{'metadata':{'name':'cluster-autoscaler'},"
				 "'spec':{'maxUnavailable':1,'selector':{"
				 "'matchLabels':{'app':"
				 "'cluster-autoscaler'}}}}"));
}

static void
on_found_group(struct sim *w, void *ctx, uint64_t arg)
{
	(void)arg;
	cloud_found(sim_cloud(w), ctx);
}

void
found_kubernetes(struct kubernetes *k)
{
	struct cloud *c = sim_cloud(k->sim);
	int64_t start = k->scenario->start_ms, now = sim_now_ms(k->sim);

	k8s_install(
		k, "", "namespaces", "",
		manifest("{'metadata':{'name':'%s'}}", k->scenario->namespace));
	rbac_seed(k->objects);
	found_basics(k);
	extensions_found(k);
	found_daemons(k);
	found_coredns(k);
	found_metrics_server(k);
	found_autoscaler(k);
	managers_found(k);
	helm_found(k->helm);
	flux_found(k->flux, k->helm);
	for (uint32_t i = 0; i < c->group_n; i++) {
		/* An empty group's age would reach behind the history. */
		if (c->groups[i].desired > 0)
			sim_after(k->sim,
				  start - c->groups[i].plan->age_ms - now,
				  on_found_group, &c->groups[i], 0);
	}
}
