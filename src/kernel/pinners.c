// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdint.h>

#include "kernel/pinners.h"

const struct pinner pinners[PGR_WALK_PINNERS + 1] = {
	{ "ib_uverbs_close", "RDMA" }, /* drivers/infiniband/core/uverbs_main.c */
	{ "hfi1_file_close", "hfi1" },
	{ "vfio_fops_release", "VFIO container" },
	{ "vfio_group_fops_release", "VFIO group" },
	{ "vfio_device_fops_release", "VFIO device" },
	{ "iommufd_fops_release", "iommufd" },
	{ "kvm_vm_release", "KVM machine" }, /* not /dev/kvm, which any user may open */
	{ "kvm_vcpu_release", "KVM processor" },
	{ "mshv_partition_release", "Hyper-V machine" },
	{ "vhost_net_release", "vhost-net" },
	{ "vhost_scsi_release", "vhost-scsi" },
	{ "vhost_vsock_dev_release", "vhost-vsock" },
	{ "vhost_vdpa_release", "vhost-vdpa" },
	{ "vduse_dev_release", "VDUSE" },
	{ "v4l2_release", "video" }, /* buffers by user pointer */
	{ "drm_release", "GPU" }, /* buffers by user pointer */
	{ "kfd_release", "GPU (kfd)" },
	{ "hl_device_release", "accelerator (habanalabs)" },
	{ "uacce_fops_release", "accelerator (uacce)" },
	{ 0 }
};

const char *pinner__kind(uint32_t row)
{
	return row < PGR_WALK_PINNERS && pinners[row].kind ? pinners[row].kind : "?";
}
