# SPDX-License-Identifier: MIT
#
# `make help` tells what there is. To add a mechanism: write FAMILY/NAME.c and
# add that word to `mechanisms` below; if it needs a library of its own, say
# which pkg-config module in a line needs.NAME.

CFLAGS   ?= -O2 -g
STRICT   := -std=gnu17 -Wall -Wextra -Wpedantic -Wshadow -Wconversion \
            -Wstrict-prototypes -Wmissing-prototypes -Wvla
CPPFLAGS += -I. -D_GNU_SOURCE

mechanisms := files/json_file files/mmap_file \
              signals/signal_words signals/signal_doorbell \
              pipes/pipe pipes/fifo \
              sockets/unix_stream sockets/tcp \
              queues/posix_mq queues/ring queues/zeromq

needs.zeromq := libzmq

# Libraries that every program needs, and those of one mechanism.
modules := libturbojpeg spng libxxhash libcrypto jansson stb

SAN   ?=
comma := ,
BUILD := build$(if $(SAN),-$(subst $(comma),-,$(SAN)))
ifneq ($(SAN),)
CFLAGS  += -fsanitize=$(SAN) -fno-omit-frame-pointer
LDFLAGS += -fsanitize=$(SAN)
endif

# ---------------------------------------------------------------- libraries

symbol    = $(notdir $1)
missing   = $(if $(needs.$(call symbol,$1)),$(shell \
              pkg-config --exists $(needs.$(call symbol,$1)) || echo yes))
available := $(foreach m,$(mechanisms),$(if $(call missing,$m),,$m))
skipped   := $(filter-out $(available),$(mechanisms))
CPPFLAGS  += $(shell pkg-config --cflags $(modules) 2>/dev/null)
LDLIBS    += $(shell pkg-config --libs $(filter-out stb,$(modules)) \
               $(foreach m,$(available),$(needs.$(call symbol,$m))) \
               2>/dev/null) -lrt -lm -pthread
reasons   := $(foreach m,$(skipped),$(call symbol,$m)=$(needs.$(call \
               symbol,$m)) is not installed (sh setup.sh);)

# ----------------------------------------------------------------- programs

common   := $(sort $(filter-out ipc/program.c,$(wildcard shared/*.c ipc/*.c)))
objects   = $(addprefix $(BUILD)/,$(addsuffix .o,$(basename $1)))
name      = $(subst _,-,$(notdir $1))
programs := $(foreach m,$(available),$(BUILD)/bin/$(call name,$m)) \
            $(BUILD)/bin/ipc

all: $(programs)

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(STRICT) -MMD -MP -c -o $@ $<

# The table of mechanisms: one for each program of its own, one for all.
$(BUILD)/table/ipc.c: $(addsuffix .c,$(mechanisms)) ipc/mechanisms.awk Makefile
	@mkdir -p $(@D)
	awk -v skipped='$(reasons)' -f ipc/mechanisms.awk \
	    $(addsuffix .c,$(mechanisms)) >$@.tmp && mv $@.tmp $@

define program_of
$(BUILD)/table/$(call name,$1).c: $1.c ipc/mechanisms.awk
	@mkdir -p $$(@D)
	awk -f ipc/mechanisms.awk $1.c >$$@.tmp && mv $$@.tmp $$@
$(BUILD)/bin/$(call name,$1): $(call objects,$1.c $(common) ipc/program.c) \
                    $(BUILD)/table/$(call name,$1).o
endef
$(foreach m,$(available),$(eval $(call program_of,$m)))

$(BUILD)/table/%.o: $(BUILD)/table/%.c
	$(CC) $(CPPFLAGS) $(CFLAGS) $(STRICT) -MMD -MP -c -o $@ $<

$(BUILD)/bin/ipc: $(call objects,$(addsuffix .c,$(available)) $(common) \
                    ipc/program.c) $(BUILD)/table/ipc.o

$(programs):
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

clean:
	$(RM) -r build build-*

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.PHONY: all clean
.SECONDARY:
