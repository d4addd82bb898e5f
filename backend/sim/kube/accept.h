/*
 * Content negotiation: what the Accept header wants that the face can give.
 */
#ifndef SIM_KUBE_ACCEPT_H
#define SIM_KUBE_ACCEPT_H

#include "backend/base/mem.h"

enum kube_form {
	FORM_JSON,
	FORM_TABLE,	/* as=Table;g=meta.k8s.io */
	FORM_METADATA,	/* as=PartialObjectMetadata or ...List */
	FORM_DISCOVERY, /* as=APIGroupDiscoveryList;g=apidiscovery.k8s.io */
};

struct kube_accept {
	enum kube_form form;
	char version[16]; /* "v1", "v1beta1", "v2" of the form */
};

/* header NULL: anything.  False: nothing of it can be given (406). */
bool kube_accept_parse(const char *header, struct kube_accept *a);

#endif
