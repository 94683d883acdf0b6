# SPDX-License-Identifier: GPL-2.0-or-later
# For tests/openwrt/run: what openwrt/nflua/Makefile uses of OpenWrt's package.mk.
PKG_BUILD_DIR := $(WORK)/build
PKG_INSTALL_DIR := $(WORK)/install

define Download
endef

define BuildPackage
packages: package-$(1)
package-$(1): compiled
	$$(call Package/$(1)/install,$(WORK)/packages/$(1))
endef

all: packages

compiled:
	$(Build/Prepare)
	$(Build/Compile)
	$(call Build/InstallDev,$(WORK)/staging)
