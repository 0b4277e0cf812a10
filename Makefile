# SPDX-License-Identifier: GPL-2.0-or-later
#
# svcgate. The two commands of README are "make demo" and "make check".
#
# Variables:
#   B                     where results go (build)
#   KERNELS               kernels to build the module for and test on (6.1 6.12)
#   KDIR                  build the module for this kernel instead: "make module"
#   SVCGATE_ROOTS         root certificates to compile in (root.der and spare-root.der of
#                         keys/development)
#   SVCGATE_FLOOR_VERSION lowest keystore version that the module accepts (0)
#   SVCGATE_FLOOR_EPOCH   lowest epoch (0)
#   ALGORITHM             of "make keys": rsa:3072, ec:P-256, ...

TOP := $(CURDIR)
B ?= $(TOP)/build
KERNELS ?= 6.1 6.12
KDIR ?= /lib/modules/$(shell uname -r)/build
DEVELOPMENT_ROOTS := $(addprefix $(TOP)/keys/development/,root.der spare-root.der)
SVCGATE_ROOTS ?= $(DEVELOPMENT_ROOTS)
SVCGATE_FLOOR_VERSION ?= 0
SVCGATE_FLOOR_EPOCH ?= 0

export SVCGATE_ROOTS SVCGATE_FLOOR_VERSION SVCGATE_FLOOR_EPOCH

all: user modules

help:
	@echo 'make demo          install what is missing, boot a device, play the story'
	@echo 'make check         all tests; the last line counts them'
	@echo 'make check-debug   VM tests on a kernel with KASAN, lockdep, kmemleak'
	@echo 'make bench         figures, into tests/bench/results'
	@echo 'make user          tools, helper, issuer'
	@echo 'make modules       svcgate.ko for the kernels of the tests'
	@echo 'make module        svcgate.ko for KDIR, the running kernel by default'
	@echo 'make keys          development keys (ALGORITHM=ec:P-256 for others)'
	@echo 'make lint          sparse, W=1, checkpatch'
	@echo 'make fuzz-smoke    a short run of the fuzzers'
	@echo 'make install       tools, helper, units (DESTDIR, PREFIX)'
	@echo 'make clean         remove what was built, but no keys'

setup:
	@scripts/setup

user:
	+@$(MAKE) --no-print-directory -C userspace B=$(B) all

keys: $(DEVELOPMENT_ROOTS)
$(DEVELOPMENT_ROOTS) &:
	@keys/make-keys

module: $(SVCGATE_ROOTS)
	+@scripts/build-module $(KDIR) $(B)/kmod/$(notdir $(patsubst %/build,%,$(KDIR)))

modules: $(KERNELS:%=module-%)

module-%: $(SVCGATE_ROOTS)
	+@scripts/build-module $$(scripts/vm kernel-dir $*) $(B)/kmod/$*

demo:
	@scripts/setup --demo
	+@$(MAKE) --no-print-directory user module-6.1
	@scripts/demo

check: setup
	+@$(MAKE) --no-print-directory all
	@B=$(B) KERNELS='$(KERNELS)' tests/run

check-debug: setup
	@scripts/debug-kernel >/dev/null
	+@$(MAKE) --no-print-directory user module-debug
	@B=$(B) KERNELS=debug tests/run vm

bench: setup
	+@$(MAKE) --no-print-directory all
	@B=$(B) KERNELS='$(KERNELS)' tests/bench/run

lint: setup $(SVCGATE_ROOTS)
	@B=$(B) KERNELS='$(KERNELS)' tests/run lint

fuzz-smoke:
	+@$(MAKE) --no-print-directory -C tests/fuzz B=$(B) fuzz-smoke

install: user
	@scripts/install-files $(B)

clean:
	rm -rf $(B)

.PHONY: all help setup user keys module modules demo check check-debug bench lint \
	fuzz-smoke install clean
