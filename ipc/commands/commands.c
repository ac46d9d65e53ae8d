/* SPDX-License-Identifier: MIT */
#include "ipc/commands/commands.h"

#include "ipc/commands/bench.h"
#include "ipc/commands/choose.h"
#include "ipc/commands/claims.h"
#include "ipc/commands/clean.h"
#include "ipc/commands/compare_runs.h"
#include "ipc/commands/consume.h"
#include "ipc/commands/demo.h"
#include "ipc/commands/faults.h"
#include "ipc/commands/key.h"
#include "ipc/commands/list.h"
#include "ipc/commands/models.h"
#include "ipc/commands/produce.h"
#include "ipc/commands/report.h"
#include "ipc/commands/trace.h"
#include "ipc/commands/workers.h"

const struct command *const commands[] = {
    &demo_command,   &bench_command,  &compare_runs_command, &report_command,
    &choose_command, &trace_command,  &workers_command,      &models_command,
    &claims_command, &faults_command, &produce_command,      &consume_command,
    &key_command,    &list_command,   &clean_command,        NULL,
};
