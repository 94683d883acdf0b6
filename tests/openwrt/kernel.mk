# SPDX-License-Identifier: GPL-2.0-or-later
# For tests/openwrt/run: what openwrt/nflua/Makefile uses of OpenWrt's kernel.mk.
LINUX_KMOD_SUFFIX := ko
KERNEL_MAKE = $(MAKE)

define KernelPackage
$(eval $(call KernelPackage/$(1)))
packages: kmod-$(1)
kmod-$(1): FILES := $(FILES)
kmod-$(1): compiled
	$(INSTALL_DIR) $(WORK)/packages/kmod-$(1)
	$(CP) $(FILES) $(WORK)/packages/kmod-$(1)/
endef
