# SPDX-License-Identifier: MIT
#
# `make help` tells what there is. To add a mechanism: write FAMILY/NAME.c and
# add that word to `mechanisms` below. If it needs a library of its own, add a
# line to the list in setup.sh.

mechanisms := files/json_file files/mmap_file files/process_vm \
              signals/signal_words signals/signal_doorbell \
              pipes/pipe pipes/fifo pipes/splice \
              sockets/unix_stream sockets/unix_seqpacket sockets/unix_dgram \
              sockets/unix_fd sockets/tcp sockets/udp \
              queues/posix_mq queues/sysv_mq queues/ring queues/ring_mpmc \
              queues/spool queues/sqlite queues/zeromq queues/redis_stream \
              queues/thread_queue

# Those who do the four tasks of a job, in the order in which they are told.
models := serial parallel concurrent processes pool per_job

CFLAGS ?= -O2 -g
STRICT := -std=gnu17 -Wall -Wextra -Wpedantic -Wshadow -Wconversion \
          -Wstrict-prototypes -Wmissing-prototypes -Wvla

comma := ,
BUILD := build$(if $(SAN),-$(subst $(comma),-,$(SAN)))
ifneq ($(SAN),)
sanitize := -fsanitize=$(SAN) -fno-sanitize-recover=all \
            -fno-omit-frame-pointer \
            $(if $(filter thread,$(SAN)),-Wno-unknown-warning-option -Wno-tsan)
# Memory that cannot be had is for the program to deal with, not its end.
export ASAN_OPTIONS := allocator_may_return_null=1:$(ASAN_OPTIONS)
endif

# So that the same sources give the same bytes, whichever folder they lie in.
anywhere := -ffile-prefix-map="$(CURDIR)"=.

# As many jobs at once as there are processors, unless -j says otherwise.
MAKEFLAGS += --no-builtin-rules
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif

# ------------------------------------------------------------ what is needed

# setup.sh holds the list, and installs what is missing; not for goals that
# build nothing, not with SETUP=no, and not for `make -n`.
after_slash = $(foreach w,$1,$(patsubst $(firstword $(subst /, ,$w))/%,%,$w))
goals   := $(or $(MAKECMDGOALS),all)
working := $(filter-out help compare reading clean,$(goals))
linting := $(filter lint lint-levels format,$(goals))
testing := $(filter lint test test-long,$(goals))
emulated := $(filter test-arm64,$(goals))
dry_run := $(findstring n,$(filter-out --%,$(firstword -$(MAKEFLAGS))))

setup       = sh setup.sh$(if $(linting), --lint)$(if $(emulated), --arm64)
get_missing = $(shell $(setup) --missing)
missing    := $(if $(working),$(get_missing))
ifneq ($(and $(working),$(filter 3,$(.SHELLSTATUS))),)
$(error this system will not do)
endif
# Another architecture's packages only who asks for them gets.
ifneq ($(and $(missing),$(if $(dry_run)$(emulated)$(filter no,$(SETUP)),,yes)),)
$(shell $(setup) >&2)
missing    := $(get_missing)
endif

vital := $(filter core/% lint/% arm64/% $(if $(testing),test/%),$(missing))
ifneq ($(and $(vital),$(if $(dry_run),,yes)),)
$(error missing: $(call after_slash,$(vital)) (`$(setup)` installs it))
endif

# A mechanism whose own library is missing is skipped: NAME=REASON;
lacks      = $(call after_slash,$(filter $(notdir $1)/%,$(missing)))
available := $(foreach m,$(mechanisms),$(if $(call lacks,$m),,$m))
absent    := $(filter-out $(available),$(mechanisms))
skipped   := $(foreach m,$(absent),$(notdir \
               $m)=$(call lacks,$m) is not installed (sh setup.sh);)

# And so is every model where uploads are missing.
no_uploads := $(call lacks,upload)
no_models  := $(if $(no_uploads),$(foreach m,$(models),$(m)=$(no_uploads) is \
                not installed (sh setup.sh);))

modules    := $(shell sh setup.sh --modules)
modules_of  = $(foreach w,$1,$(patsubst $w/%,%,$(filter $w/%,$(modules))))
packages    = $(shell pkg-config $1 $(call modules_of,$2) 2>/dev/null)
used       := core $(if $(no_uploads),,upload) $(notdir $(available))

compile := $(CC) -I. -D_GNU_SOURCE $(call packages,--cflags,$(used)) \
           $(CPPFLAGS) $(STRICT) $(CFLAGS) $(sanitize) $(anywhere)
link    := $(CC) $(CFLAGS) $(sanitize) $(anywhere) -Wl,--as-needed $(LDFLAGS)
# Uploads load their libraries when they are needed.
libs    := $(call packages,--libs,$(filter-out upload,$(used))) $(LDLIBS) \
           -lrt -lm -ldl -pthread

# -------------------------------------------------------------------- files

sheets  := $(mechanisms:%=%.c)
model_sheets := $(models:%=ipc/models/%.c)
# Without their libraries there are no uploads, and no models.
common  := $(filter-out ipc/commands/main.c $(if $(no_uploads),$(model_sheets) \
             $(addprefix ipc/upload/,libraries.c upload.c upload_server.c),\
             ipc/upload/absent.c),\
             $(wildcard shared/*/*.c ipc/*.c ipc/*/*.c ipc/*/*/*.c))
# FAMILY/NAME_PART.c is a part of the mechanism FAMILY/NAME, unless a longer name
# is a mechanism's, too.
longer   = $(filter $1_%,$(mechanisms))
parts    = $(filter-out $(sheets) $(foreach m,$(longer),$(wildcard $(m)_*.c)),\
             $(wildcard $(1)_*.c))
whole    = $(foreach m,$1,$m.c $(call parts,$m))
# A fuzz target is a part of the tests, and a program of libFuzzer's.
fuzz_main := tests/fuzz/main.c
tests   := $(wildcard tests/*.c) $(filter-out $(fuzz_main),\
             $(wildcard tests/fuzz/*.c))
samples := $(wildcard docs/examples/*.c)
pitfalls := $(wildcard $(addsuffix pitfalls/*.c,$(sort $(dir $(mechanisms)))))
sources := $(pitfalls) $(sort $(wildcard $(addsuffix *.[ch],$(dir $(mechanisms)) shared/*/ \
             ipc/ ipc/*/ ipc/*/*/ tests/ tests/fuzz/ docs/examples/)))
# What genmc(1) tries is neither built nor linked; `make lint` sees that it fits
# the source that it includes.
harnesses := $(wildcard tests/model/*.[ch])
scripts := $(wildcard *.sh .ci/run ipc/*.sh tests/*.sh tests/fuzz/*.sh)

objects   = $(patsubst %.c,$(BUILD)/%.o,$1)
name      = $(subst _,-,$(notdir $(basename $1)))
names    := $(call name,$(mechanisms))
families := $(sort $(patsubst %/,%,$(dir $(mechanisms))))
programs := $(addprefix $(BUILD)/bin/,$(call name,$(available)) ipc)
tables   := $(programs:$(BUILD)/bin/%=$(BUILD)/table/%.c)
models_o := $(BUILD)/table/models.o
# Every file of ipc/claims that is called by a number, such as i4_torn_messages.
claim_sheets := $(wildcard $(foreach d,0 1 2 3 4 5 6 7 8 9,ipc/claims/[a-z]$(d)*.c))
claims_o := $(BUILD)/table/claims.o

# -------------------------------------------------------------------- rules

# V=1 shows whole commands.
ifeq ($(V),)
say = @printf '  %-5s %s\n' $1 $2;
endif

## make                 build everything; what is missing is installed first
all: $(programs)

# The commands that made what lies in $(BUILD): others make it anew. Without a
# newline: GNU make 4.3 does not always take that off a file it reads.
commands := $(compile) ; $(link) $(libs)
ifneq ($(file <$(BUILD)/commands),$(commands))
.PHONY: $(BUILD)/commands
endif
$(BUILD)/commands:
	@mkdir -p $(@D)
	@! LC_ALL=C $(compile) -E -x c shared/base/system.h 2>&1 >/dev/null | grep ' error: '
	@printf %s '$(commands)' >$@

$(BUILD)/%.o: %.c $(BUILD)/commands
	@mkdir -p $(@D)
	$(call say,CC,$<)$(compile) $(own) -MMD -MP -c -o $@ $<

# A pitfall is built without its repair, and with it.
$(BUILD)/%.fixed.o: %.c $(BUILD)/commands
	@mkdir -p $(@D)
	$(call say,CC,$<)$(compile) -DFIXED -MMD -MP -c -o $@ $<

# A figure goes with the versions of the libraries behind it.
versions = $(foreach m,$(sort $(call modules_of,$(used))),$m $(shell \
             pkg-config --modversion $m 2>/dev/null)$(comma))
$(BUILD)/ipc/lab/measure/machine.o: own := \
    -DLIBRARIES='"$(subst $(comma)|,,$(versions)|)"'

# The table of mechanisms: that of a program of its own holds one, ipc's all.
$(tables): $(BUILD)/table/%.c: ipc/sheets.awk Makefile $(BUILD)/commands
	@mkdir -p $(@D)
	$(call say,AWK,$@)awk -v skipped='$(skipped)' -f ipc/sheets.awk \
	    $(filter %.c,$^) >$@

# The table of models: every program holds them all.
$(models_o:.o=.c): ipc/sheets.awk Makefile $(BUILD)/commands $(model_sheets)
	@mkdir -p $(@D)
	$(call say,AWK,$@)awk -v kind=model -v skipped='$(no_models)' \
	    -f ipc/sheets.awk $(model_sheets) >$@

# And that of claims.
$(claims_o:.o=.c): ipc/sheets.awk Makefile $(BUILD)/commands $(claim_sheets)
	@mkdir -p $(@D)
	$(call say,AWK,$@)awk -v kind=claim -f ipc/sheets.awk $(claim_sheets) >$@

$(tables:.c=.o) $(models_o) $(claims_o): %.o: %.c $(BUILD)/commands
	$(call say,CC,$<)$(compile) -MMD -MP -c -o $@ $<

$(programs): $(BUILD)/bin/%: $(BUILD)/table/%.o $(models_o) $(claims_o) \
                            $(call objects,$(common) ipc/commands/main.c)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(link) -o $@ $^ $(libs)

$(BUILD)/table/ipc.c: $(sheets)
$(BUILD)/bin/ipc: $(call objects,$(call whole,$(available)))

define program_of
$(BUILD)/table/$(call name,$1).c: $1.c
$(BUILD)/bin/$(call name,$1): $(call objects,$(call whole,$1))
endef
$(foreach m,$(available),$(eval $(call program_of,$m)))

# The mechanisms for programs of others. What is not needed of it is not linked:
# who names one mechanism takes that one's library only.
library := $(BUILD)/libchannel.a
$(library): $(call objects,ipc/channel_config.c ipc/mechanisms.c \
              $(wildcard shared/*/*.c) $(call whole,$(available))) \
            $(BUILD)/table/ipc.o
	@rm -f $@
	$(call say,AR,$@)$(AR) rcs $@ $^

# These calls go to tests/allocations.c, and to tests/failing_calls.c, by either
# name.
counted := malloc calloc realloc posix_memalign free
failing := $(shell sed -n 's/^[A-Z]*(\([a-zA-Z0-9_]*\),.*)*/\1 \164/p' \
             tests/failing_calls.c)
$(BUILD)/bin/tests: $(call objects,$(tests) $(common)) \
                    $(call objects,$(call whole,$(available))) \
                    $(BUILD)/table/ipc.o $(models_o) $(claims_o)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(link) -o $@ $^ \
	    $(patsubst %,-Wl$(comma)--wrap=%,$(counted) $(failing)) \
	    $(call packages,--libs,test) $(libs)

# Each fuzz target as a program: `make fuzz` builds these as clang does it.
fuzz_names := $(shell sed -n 's/^    { "\(.*\)", fuzz_.*/\1/p' tests/fuzz/targets.h)
fuzz_parts := $(call objects,$(filter-out $(fuzz_main),$(wildcard tests/fuzz/*.c)) \
                $(common) tests/sockets.c $(call whole,$(available))) $(BUILD)/table/ipc.o \
                $(models_o) $(claims_o)
$(BUILD)/fuzz.a: $(fuzz_parts)
	@rm -f $@
	$(call say,AR,$@)$(AR) rcs $@ $^
$(BUILD)/bin/fuzz-%: $(fuzz_main) $(BUILD)/fuzz.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(compile) -fsanitize=fuzzer \
	    -DTARGET=fuzz_$(subst -,_,$*) -o $@ $^ $(libs)
fuzzers: $(fuzz_names:%=$(BUILD)/bin/fuzz-%)

# --------------------------------------------------------------- to be typed

demo = $(BUILD)/bin/ipc demo$(if $(IMAGES), --image "$$IMAGES")

## make lib             build/libchannel.a, the mechanisms for your own programs
lib: $(library)

## make demo            every mechanism at work, then one table of them all
demo: all
	$(demo)

## make demo-FAMILY     those of a family: files, signals, pipes, sockets, queues
## make demo-NAME       one mechanism step by step, such as demo-unix-stream
demos := $(addprefix demo-,$(families) $(names))
$(demos): demo-%: all
	$(demo) $*

## make demo-models     the tasks of a picture in six ways, drawn as they ran
demo-models: all
	$(BUILD)/bin/ipc models$(if $(IMAGES), --image "$$IMAGES") \
	    --save $(BUILD)/models.jsonl

## make article         try each claim of an article on this machine
article: all
	$(BUILD)/bin/ipc claims --save $(BUILD)/claims.jsonl

## make demo-workers    many consumers: queues share the work, pipes do not
demo-workers: all
	$(BUILD)/bin/ipc workers$(if $(IMAGES), --image "$$IMAGES")

## make bench           measure every mechanism, in under 4 minutes
results := $(BUILD)/bench.jsonl
bench: all
	$(BUILD)/bin/ipc bench --save $(results)

## make bench-full      measure the whole grid, in about 40 minutes
bench-full: all
	$(BUILD)/bin/ipc bench --work header,verify,image \
	    --pattern exchange,ping-pong,stream --pin same,split \
	    --size 64,4KiB,64KiB,1MiB,6MiB --save $(BUILD)/bench-full.jsonl

## make faults          do each fault to each mechanism, and count what is lost
faults: all
	$(BUILD)/bin/ipc faults --save $(BUILD)/faults.jsonl

## make faults-full     200 times each, in about two hours
faults-full: all
	$(BUILD)/bin/ipc faults --injections 200 --save $(BUILD)/faults.jsonl

## make soak            one fault upon another for half an hour, or T seconds
soak: T := 1800
soak: all
	$(BUILD)/bin/ipc faults --soak $(T) --save $(BUILD)/soak.jsonl

## make report          what these found as two pages, build/report.html
found := bench claims $(if $(no_uploads),,models)
also  = $(wildcard $(BUILD)/faults.jsonl)
report: all
	@$(if $(call lacks,report),echo "make report: $(call lacks,report) is not \
	    installed (sh setup.sh)" >&2; exit 1)
	@set -- bench article demo-models; for found in $(found); do \
	    [ -e $(BUILD)/$$found.jsonl ] || $(MAKE) --no-print-directory $$1 || \
	    exit 1; shift; done
	$(BUILD)/bin/ipc report $(found:%=$(BUILD)/%.jsonl) $(also) \
	    -o $(BUILD)/report.html

## make choose          answer a few questions, get a mechanism and the reasons
choose: all
	@$(BUILD)/bin/ipc choose

## make trace-NAME      the system calls of one job, on both sides
traces := $(addprefix trace-,$(names))
$(traces): trace-%: all
	@$(BUILD)/bin/ipc trace $*

## make wake-NAME       how long it takes from a wake-up until it runs, drawn
wakes := $(addprefix wake-,$(names))
$(wakes): wake-%: all
	@$(BUILD)/bin/ipc trace $* --wake

## make pitfall-NAME    a common mistake at work, its repair, and the reason
pitfall := BUILD=$(BUILD) CC="$(CC)" ipc/pitfall.sh
mistakes := $(call name,$(pitfalls))
$(addprefix pitfall-,$(mistakes)): pitfall-%:
	@$(pitfall) show $*

## make exercise-NAME   the mistake, for you to repair in exercises/
$(addprefix exercise-,$(mistakes)): exercise-%:
	@$(pitfall) exercise $*

## make check-NAME      whether your repair works, and a hint if it does not
$(addprefix check-,$(mistakes)): check-%:
	@$(pitfall) check $*

## make exercises       all pitfalls by name, and which of them you solved
exercises:
	@$(pitfall) exercises

## make stress          4 producers, 4 consumers, many jobs over every mechanism
stress: all
	$(BUILD)/bin/ipc bench --producers 4 --consumers 4 --size 64 \
	    --jobs 200000 --seconds 10 --rounds 1
	$(BUILD)/bin/ipc bench --producers 4 --consumers 4 --size 1MiB \
	    --jobs 1000 --seconds 10 --rounds 1

## make list            what each mechanism is, and which ones were skipped
list: all
	@$(BUILD)/bin/ipc list

## make compare         two sources side by side: A=pipe B=unix-stream
compare:
	@ipc/compare.sh '$(A)' '$(B)'

## make test            prove that all of it works
# Several suites at once, the last first: those take longest, and mostly wait.
# But one after the other where they cannot have a /dev/shm of their own, as
# root's do.
# ThreadSanitizer sees one process only: it gets the suites that have threads.
suites  := $(shell sed -n 's/^Suite \*\(.*\)_suite(void);/\1/p' tests/suites.h | \
             tac)
# A sanitizer does without those that mostly look at tables.
shown   := bench terminals
chosen  := $(or $(CK_RUN_SUITE),$(if $(filter thread,$(SAN)),ring mpmc reliable,\
             $(filter-out $(if $(SAN),$(shown)),$(suites))))
at_once := $(if $(filter 0,$(shell id -u)),9,1)
# The sample, what the README tells people to type, and how a page looks are
# tried beside the suites, unless some of these are chosen.
try_sample = CC="$(CC) $(sanitize)" BUILD=$(BUILD) tests/sample.sh \
               $(call name,$(available))
try_documented = BUILD=$(BUILD) tests/documented.sh
try_pitfalls = CC="$(CC)" tests/pitfalls.sh
try_page = BUILD=$(BUILD) tests/page.sh
# What failed is told once more at the end, where people look.
red     := $(BUILD)/red
test: all $(BUILD)/bin/tests $(library)
	@tests/shape.sh $(sheets)
	@tests/house.sh $(BUILD) $(sheets)
	@tests/reading.sh $(sheets) >/dev/null
	@tests/model.sh --check
	@BUILD=$(BUILD) ipc/readme.sh --check $(sheets)
	@BUILD=$(BUILD) tests/readme.sh $(sheets)
	@rm -rf $(red) && mkdir $(red)
	@printf '%s\n' $(if $(CK_RUN_SUITE)$(SAN:address%=),,sample documented page setup) \
	    $(if $(CK_RUN_SUITE)$(SAN),,pitfalls) $(chosen) | \
	    IPC_BIN=$(BUILD)/bin CK_FORK=yes CK_VERBOSITY=normal \
	    xargs -P $(at_once) -I @ sh -c 'case @ in sample) $(try_sample) ;; \
	    documented) $(try_documented) ;; page) $(try_page) ;; pitfalls) $(try_pitfalls) ;; \
	    setup) tests/setup.sh ;; \
	    *) CK_RUN_SUITE=@ $(BUILD)/bin/tests ;; esac >$(red)/@ 2>&1; \
	    status=$$?; cat $(red)/@; [ $$status != 0 ] || rm $(red)/@; \
	    exit $$status' || \
	    { echo "failed: $$(cd $(red) && echo *)"; cat $(red)/*; exit 1; }

## make reading         count the lines that one reads to know each mechanism
reading:
	@tests/reading.sh $(sheets)

## make test-arm64      most tests once more as ARM64 programs, under qemu
# Not what qemu has not: seccomp, tracing, subreapers, reading another's memory;
# nor what asks how much memory a process has, which is qemu's then.
cross := aarch64-linux-gnu
test-arm64:
	@PKG_CONFIG_LIBDIR=/usr/lib/$(cross)/pkgconfig:/usr/share/pkgconfig \
	    CK_TIMEOUT_MULTIPLIER=5 CK_RUN_SUITE='$(or $(CK_RUN_SUITE),job stream \
	    packet credit turn pattern record image store work ring mpmc reliable \
	    spool verdict statistics units rundir lab channel)' $(MAKE) \
	    --no-print-directory SETUP=no CC=$(cross)-gcc BUILD=build/arm64 test

## make test-long       the tests in their long forms; builds in two folders agree
test-long: export TEST_LONG := yes
test-long: test
	@tests/two_folders.sh

## make fuzz            feed each decoder and receiver hostile bytes for a while
# T seconds each; TARGET names one alone.
T := 60
fuzz:
	@tests/fuzz/run.sh $(T) $(or $(TARGET),$(fuzz_names))

## make fuzz-coverage   count what of each decoder the tests never run
# By the suites that meet them.
fuzz-coverage:
	@tests/fuzz/coverage.sh fuzz job stream packet record image spool reliable \
	    journal colour mechanisms options failures

## make mutants         plant bugs one at a time: the tests must notice each
mutants: all $(BUILD)/bin/tests
	@tests/mutants.sh $(MUTANTS)

## make model           prove the models of shared memory, refute broken twins
# And the source itself where genmc is. The check of model.sh takes no spin, and
# is part of `make test`.
model:
	@tests/model.sh
	@tests/genmc.sh

## make model-record    you have seen that models fit what changed of the source
model-record:
	@tests/model.sh --record

## make lint            layout, both compilers' warnings, cppcheck, shellcheck
lint: lint-gcc lint-clang
	$(call say,LINT,clang-format)clang-format --dry-run -Werror $(sources) \
	    $(harnesses)
	$(call say,LINT,harnesses)clang -std=gnu17 -D_GNU_SOURCE -I. -Wall \
	    -Wextra -Werror -fsyntax-only $(filter %.c,$(harnesses))
	$(call say,LINT,cppcheck)cppcheck --quiet --error-exitcode=1 --std=c11 \
	    -I. -D_GNU_SOURCE --enable=warning,style,performance,portability \
	    --inline-suppr --suppressions-list=.cppcheck $(filter %.c,$(sources))
	$(call say,LINT,shellcheck)shellcheck $(scripts)
	@tests/shape.sh $(sheets)

lint-gcc lint-clang: lint-%:
	@$(MAKE) --no-print-directory SETUP=no CC=$* CFLAGS='-O2 -Werror' \
	    BUILD=build/lint-$* objects

## make lint-levels     both compilers' warnings at each level of optimisation
# LEVEL-FORTIFICATION; a distribution's compiler can have one of its own.
levels := $(foreach c,gcc clang,$(addprefix lint-$c-,0-0 1-2 2-2 2-3 3-2 3-3))
part    = $(word $1,$(subst -, ,$*))
lint-levels: $(levels)
$(levels): lint-%:
	@$(MAKE) --no-print-directory SETUP=no CC=$(call part,1) \
	    CFLAGS='-O$(call part,2) -Werror -U_FORTIFY_SOURCE \
	    -D_FORTIFY_SOURCE=$(call part,3)' BUILD=build/lint-$* objects

objects: $(call objects,$(common) ipc/commands/main.c $(tests) $(samples) \
           $(pitfalls)) $(pitfalls:%.c=$(BUILD)/%.fixed.o) \
         $(call objects,$(call whole,$(available))) $(BUILD)/table/ipc.o \
         $(models_o) $(claims_o)

## make format          lay out all sources as `make lint` wants them
format:
	clang-format -i $(sources) $(harnesses)

## make readme          what the README takes from spec sheets and results
readme: $(BUILD)/bin/ipc
	@BUILD=$(BUILD) ipc/readme.sh $(sheets)

## make clean-ipc       list, then remove what killed runs left behind
clean-ipc: all
	@$(BUILD)/bin/ipc clean

## make clean           remove everything that was built
clean:
	$(RM) -r build build-*

## make help            show this text
##
##   IMAGES=PATH make demo            use pictures of your own
##   make SAN=address,undefined test  test with sanitizers; also SAN=thread
##   make SETUP=no                    install nothing, skip what cannot be built
##   make fuzz T=600 TARGET=job       one fuzz target, for ten minutes
##   make V=1                         show whole commands
help:
	@sed -n 's/^## \{0,1\}//p' Makefile
	@printf '\n%s\n' 'NAME of a mechanism is one of $(names)' \
	    'NAME of a pitfall is one of $(mistakes)' | fold -s -w 80

# What changes files that other goals read goes first: `make clean all`.
ifneq ($(filter clean format readme,$(goals)),)
.NOTPARALLEL:
endif

-include $(wildcard $(addprefix $(BUILD)/,*/*.d */*/*.d */*/*/*.d))

.PHONY: demo-models article exercises $(foreach w,pitfall exercise check,$(addprefix $w-,$(mistakes)))
.PHONY: bench bench-full faults faults-full soak report choose $(traces) $(wakes)
.PHONY: fuzz fuzzers fuzz-coverage
.PHONY: all lib demo $(demos) demo-workers stress list compare reading test mutants model model-record lint lint-gcc lint-clang
.PHONY: test-arm64 test-long lint-levels $(levels) objects format readme clean-ipc clean help
.SECONDARY:
.DELETE_ON_ERROR:
