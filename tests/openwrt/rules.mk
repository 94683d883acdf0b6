# SPDX-License-Identifier: GPL-2.0-or-later
# For tests/openwrt/run: what openwrt/nflua/Makefile uses of OpenWrt's rules.mk.
SHELL := /bin/bash
INCLUDE_DIR := $(TOPDIR)
DL_DIR := $(WORK)/dl
CP := cp -fpR
INSTALL_DIR := install -d -m0755
INSTALL_BIN := install -m0755
TAR := tar
