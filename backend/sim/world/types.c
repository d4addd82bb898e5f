/*
 * Instance types and what an EKS node makes of them.
 *
 * Sizes and interface limits are EC2's; prices are on-demand list prices for
 * Linux in eu-west-1.
 */
#include "backend/sim/world/types.h"

/* The EKS AMI keeps back 11 MiB a pod and 255 MiB. */
#define RESERVED_MIB_PER_POD 11
#define RESERVED_MIB 255

const struct sim_type *
sim_type_find(const char *name)
{
	for (const struct sim_type *t = sim_types; t->name; t++) {
		if (str_eq(t->name, name))
			return t;
	}
	return NULL;
}

bool
sim_type_has_disk(const struct sim_type *t)
{
	/* GPU machines of these families come with a scratch disk. */
	return t->gpus && !str_has_prefix(t->name, "g5g.");
}

int32_t
sim_type_max_pods(const struct sim_type *t)
{
	return t->enis * (t->ips_per_eni - 1) + 2;
}

int64_t
sim_type_reserved_mcpu(const struct sim_type *t)
{
	/* 6 % of the first core, 1 % of the second, 0.5 % of the next two,
	 * 0.25 % of the rest. */
	int64_t sum = 60;

	if (t->vcpus > 1)
		sum += 10;
	if (t->vcpus > 2)
		sum += t->vcpus > 3 ? 10 : 5;
	if (t->vcpus > 4)
		sum += (t->vcpus - 4) * 25 / 10;
	return sum;
}

int64_t
sim_type_reserved_mib(const struct sim_type *t)
{
	return RESERVED_MIB_PER_POD * (int64_t)sim_type_max_pods(t) +
	       RESERVED_MIB;
}

int64_t
sim_type_memory_kib(const struct sim_type *t)
{
	/* Firmware and kernel keep about 3.5 % on small machines and 2.3 % on
	 * large ones. */
	int64_t mib = t->memory_mib;

	return (mib - 120 - mib * 22 / 1000) * 1024;
}

/* clang-format off */
/* name, arch, vCPU, MiB, interfaces, addresses, GPUs, GPU, MiB, burstable,
 * nitro, network, micro dollars an hour */
const struct sim_type sim_types[] = {
	{ "t3.medium", "amd64", 2, 4096, 3, 6, 0, "", 0, true, true,
	  "Up to 5 Gigabit", 45600 },
	{ "t3.large", "amd64", 2, 8192, 3, 12, 0, "", 0, true, true,
	  "Up to 5 Gigabit", 91200 },
	{ "t3.xlarge", "amd64", 4, 16384, 4, 15, 0, "", 0, true, true,
	  "Up to 5 Gigabit", 182400 },
	{ "t3.2xlarge", "amd64", 8, 32768, 4, 15, 0, "", 0, true, true,
	  "Up to 5 Gigabit", 364800 },
	{ "t4g.medium", "arm64", 2, 4096, 3, 6, 0, "", 0, true, true,
	  "Up to 5 Gigabit", 36800 },
	{ "t4g.large", "arm64", 2, 8192, 3, 12, 0, "", 0, true, true,
	  "Up to 5 Gigabit", 73600 },
	{ "t4g.xlarge", "arm64", 4, 16384, 4, 15, 0, "", 0, true, true,
	  "Up to 5 Gigabit", 147200 },
	{ "m4.large", "amd64", 2, 8192, 2, 10, 0, "", 0, false, false,
	  "Moderate", 111000 },
	{ "m4.xlarge", "amd64", 4, 16384, 4, 15, 0, "", 0, false, false,
	  "High", 222000 },
	{ "m5.large", "amd64", 2, 8192, 3, 10, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 107000 },
	{ "m5.xlarge", "amd64", 4, 16384, 4, 15, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 214000 },
	{ "m5.2xlarge", "amd64", 8, 32768, 4, 15, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 428000 },
	{ "m5.4xlarge", "amd64", 16, 65536, 8, 30, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 856000 },
	{ "m5.8xlarge", "amd64", 32, 131072, 8, 30, 0, "", 0, false, true,
	  "10 Gigabit", 1712000 },
	{ "m5.12xlarge", "amd64", 48, 196608, 8, 30, 0, "", 0, false, true,
	  "12 Gigabit", 2568000 },
	{ "m5a.large", "amd64", 2, 8192, 3, 10, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 96000 },
	{ "m5a.xlarge", "amd64", 4, 16384, 4, 15, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 192000 },
	{ "m5a.2xlarge", "amd64", 8, 32768, 4, 15, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 384000 },
	{ "m5a.4xlarge", "amd64", 16, 65536, 8, 30, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 768000 },
	{ "m6i.large", "amd64", 2, 8192, 3, 10, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 107000 },
	{ "m6i.xlarge", "amd64", 4, 16384, 4, 15, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 214000 },
	{ "m6i.2xlarge", "amd64", 8, 32768, 4, 15, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 428000 },
	{ "m6i.4xlarge", "amd64", 16, 65536, 8, 30, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 856000 },
	{ "m6i.8xlarge", "amd64", 32, 131072, 8, 30, 0, "", 0, false, true,
	  "12.5 Gigabit", 1712000 },
	{ "m6a.large", "amd64", 2, 8192, 3, 10, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 96300 },
	{ "m6a.xlarge", "amd64", 4, 16384, 4, 15, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 192600 },
	{ "m6a.2xlarge", "amd64", 8, 32768, 4, 15, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 385200 },
	{ "m6a.4xlarge", "amd64", 16, 65536, 8, 30, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 770400 },
	{ "m6g.medium", "arm64", 1, 4096, 2, 4, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 43000 },
	{ "m6g.large", "arm64", 2, 8192, 3, 10, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 86000 },
	{ "m6g.xlarge", "arm64", 4, 16384, 4, 15, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 172000 },
	{ "m6g.2xlarge", "arm64", 8, 32768, 4, 15, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 344000 },
	{ "m6g.4xlarge", "arm64", 16, 65536, 8, 30, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 688000 },
	{ "m6g.8xlarge", "arm64", 32, 131072, 8, 30, 0, "", 0, false, true,
	  "12 Gigabit", 1376000 },
	{ "m7g.medium", "arm64", 1, 4096, 2, 4, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 45550 },
	{ "m7g.large", "arm64", 2, 8192, 3, 10, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 91100 },
	{ "m7g.xlarge", "arm64", 4, 16384, 4, 15, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 182200 },
	{ "m7g.2xlarge", "arm64", 8, 32768, 4, 15, 0, "", 0, false, true,
	  "Up to 15 Gigabit", 364400 },
	{ "m7g.4xlarge", "arm64", 16, 65536, 8, 30, 0, "", 0, false, true,
	  "Up to 15 Gigabit", 728800 },
	{ "m7g.8xlarge", "arm64", 32, 131072, 8, 30, 0, "", 0, false, true,
	  "15 Gigabit", 1457600 },
	{ "m7i.large", "amd64", 2, 8192, 3, 10, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 112350 },
	{ "m7i.xlarge", "amd64", 4, 16384, 4, 15, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 224700 },
	{ "m7i.2xlarge", "amd64", 8, 32768, 4, 15, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 449400 },
	{ "m7i.4xlarge", "amd64", 16, 65536, 8, 30, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 898800 },
	{ "m7i.8xlarge", "amd64", 32, 131072, 8, 30, 0, "", 0, false, true,
	  "12.5 Gigabit", 1797600 },
	{ "m7a.large", "amd64", 2, 8192, 3, 10, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 129200 },
	{ "m7a.xlarge", "amd64", 4, 16384, 4, 15, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 258400 },
	{ "m7a.2xlarge", "amd64", 8, 32768, 4, 15, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 516800 },
	{ "m7a.4xlarge", "amd64", 16, 65536, 8, 30, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 1033600 },
	{ "c5.large", "amd64", 2, 4096, 3, 10, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 96000 },
	{ "c5.xlarge", "amd64", 4, 8192, 4, 15, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 192000 },
	{ "c5.2xlarge", "amd64", 8, 16384, 4, 15, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 384000 },
	{ "c5.4xlarge", "amd64", 16, 32768, 8, 30, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 768000 },
	{ "c5.9xlarge", "amd64", 36, 73728, 8, 30, 0, "", 0, false, true,
	  "12 Gigabit", 1728000 },
	{ "c6i.large", "amd64", 2, 4096, 3, 10, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 91200 },
	{ "c6i.xlarge", "amd64", 4, 8192, 4, 15, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 182400 },
	{ "c6i.2xlarge", "amd64", 8, 16384, 4, 15, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 364800 },
	{ "c6i.4xlarge", "amd64", 16, 32768, 8, 30, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 729600 },
	{ "c6i.8xlarge", "amd64", 32, 65536, 8, 30, 0, "", 0, false, true,
	  "12.5 Gigabit", 1459200 },
	{ "c6a.large", "amd64", 2, 4096, 3, 10, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 82080 },
	{ "c6a.xlarge", "amd64", 4, 8192, 4, 15, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 164160 },
	{ "c6a.2xlarge", "amd64", 8, 16384, 4, 15, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 328320 },
	{ "c6a.4xlarge", "amd64", 16, 32768, 8, 30, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 656640 },
	{ "c6g.large", "arm64", 2, 4096, 3, 10, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 73000 },
	{ "c6g.xlarge", "arm64", 4, 8192, 4, 15, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 146000 },
	{ "c6g.2xlarge", "arm64", 8, 16384, 4, 15, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 292000 },
	{ "c6g.4xlarge", "arm64", 16, 32768, 8, 30, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 584000 },
	{ "c7g.large", "arm64", 2, 4096, 3, 10, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 77600 },
	{ "c7g.xlarge", "arm64", 4, 8192, 4, 15, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 155200 },
	{ "c7g.2xlarge", "arm64", 8, 16384, 4, 15, 0, "", 0, false, true,
	  "Up to 15 Gigabit", 310400 },
	{ "c7g.4xlarge", "arm64", 16, 32768, 8, 30, 0, "", 0, false, true,
	  "Up to 15 Gigabit", 620800 },
	{ "c7i.large", "amd64", 2, 4096, 3, 10, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 95760 },
	{ "c7i.xlarge", "amd64", 4, 8192, 4, 15, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 191520 },
	{ "c7i.2xlarge", "amd64", 8, 16384, 4, 15, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 383040 },
	{ "c7i.4xlarge", "amd64", 16, 32768, 8, 30, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 766080 },
	{ "r5.large", "amd64", 2, 16384, 3, 10, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 141000 },
	{ "r5.xlarge", "amd64", 4, 32768, 4, 15, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 282000 },
	{ "r5.2xlarge", "amd64", 8, 65536, 4, 15, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 564000 },
	{ "r5.4xlarge", "amd64", 16, 131072, 8, 30, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 1128000 },
	{ "r6i.large", "amd64", 2, 16384, 3, 10, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 141000 },
	{ "r6i.xlarge", "amd64", 4, 32768, 4, 15, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 282000 },
	{ "r6i.2xlarge", "amd64", 8, 65536, 4, 15, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 564000 },
	{ "r6i.4xlarge", "amd64", 16, 131072, 8, 30, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 1128000 },
	{ "r6g.large", "arm64", 2, 16384, 3, 10, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 112600 },
	{ "r6g.xlarge", "arm64", 4, 32768, 4, 15, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 225200 },
	{ "r6g.2xlarge", "arm64", 8, 65536, 4, 15, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 450400 },
	{ "r6g.4xlarge", "arm64", 16, 131072, 8, 30, 0, "", 0, false, true,
	  "Up to 10 Gigabit", 900800 },
	{ "r7g.large", "arm64", 2, 16384, 3, 10, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 119600 },
	{ "r7g.xlarge", "arm64", 4, 32768, 4, 15, 0, "", 0, false, true,
	  "Up to 12.5 Gigabit", 239200 },
	{ "r7g.2xlarge", "arm64", 8, 65536, 4, 15, 0, "", 0, false, true,
	  "Up to 15 Gigabit", 478400 },
	{ "r7g.4xlarge", "arm64", 16, 131072, 8, 30, 0, "", 0, false, true,
	  "Up to 15 Gigabit", 956800 },
	{ "g4dn.xlarge", "amd64", 4, 16384, 3, 10, 1, "T4", 16384, false, true,
	  "Up to 25 Gigabit", 587000 },
	{ "g4dn.2xlarge", "amd64", 8, 32768, 3, 10, 1, "T4", 16384, false, true,
	  "Up to 25 Gigabit", 838000 },
	{ "g5.xlarge", "amd64", 4, 16384, 4, 15, 1, "A10G", 22888, false, true,
	  "Up to 10 Gigabit", 1123000 },
	{ "g5.2xlarge", "amd64", 8, 32768, 4, 15, 1, "A10G", 22888, false, true,
	  "Up to 10 Gigabit", 1353000 },
	{ "g5g.xlarge", "arm64", 4, 8192, 4, 15, 1, "T4g", 16384, false, true,
	  "Up to 10 Gigabit", 449000 },
	{ "g6.xlarge", "amd64", 4, 16384, 4, 15, 1, "L4", 22888, false, true,
	  "Up to 10 Gigabit", 898000 },
	{ 0 },
};
/* clang-format on */
