# SPDX-License-Identifier: GPL-2.0-or-later
# For tests/openwrt/run: what openwrt/nflua/Makefile uses of OpenWrt's meson.mk.
define Build/Compile/Default
	meson setup --prefix=/usr --libdir=lib $(MESON_ARGS) $(PKG_BUILD_DIR)/openwrt-build $(PKG_BUILD_DIR)
	meson compile -C $(PKG_BUILD_DIR)/openwrt-build
	DESTDIR=$(PKG_INSTALL_DIR) meson install --no-rebuild -C $(PKG_BUILD_DIR)/openwrt-build
endef
