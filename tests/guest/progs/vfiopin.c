// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * VFIO pins pages of a file for direct access by a device, as a virtual machine monitor lets it do
 * for a guest that gets a device. The open container keeps the pages pinned, though they are not
 * mapped any more and FILE is closed.
 */
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <linux/vfio.h>

#include "step.h"

#define LENGTH (2UL << 20) /* the largest alignment of a device-dax in the tests */

static const char usage[] =
	"usage: vfiopin GROUP FILE\n"
	"Maps the first 2 MiB of FILE, maps them for the devices of GROUP (/dev/vfio/N), which\n"
	"pins them, unmaps and closes FILE, prints \"pinned PID\", waits for a line on stdin,\n"
	"takes them from the devices, prints \"dropped\", and ends.\n";

static int opened(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		fail(errno, "%s", path);
	return fd;
}

int main(int argc, char **argv)
{
	struct vfio_iommu_type1_dma_map dma = {
		.argsz = sizeof(dma),
		.size = LENGTH,
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
	};
	struct vfio_iommu_type1_dma_unmap undo = { .argsz = sizeof(undo), .size = LENGTH };
	int container, group, fd;
	void *map;

	if (argc != 3) {
		fputs(usage, stderr);
		return 2;
	}
	container = opened("/dev/vfio/vfio");
	group = opened(argv[1]);
	fd = opened(argv[2]);
	map = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		fail(errno, "mmap %s", argv[2]);
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container))
		fail(errno, "%s: no container", argv[1]);
	if (ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		fail(errno, "%s: no IOMMU", argv[1]);
	dma.vaddr = (uintptr_t)map;
	if (ioctl(container, VFIO_IOMMU_MAP_DMA, &dma))
		fail(errno, "%s: not mapped for devices", argv[2]);
	munmap(map, LENGTH);
	close(fd);
	step_done("pinned %d", getpid());
	step_wait();
	if (ioctl(container, VFIO_IOMMU_UNMAP_DMA, &undo))
		fail(errno, "unmapping for devices");
	step_done("dropped");
	return 0;
}
