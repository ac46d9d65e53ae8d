/* SPDX-License-Identifier: MIT */
#include "ipc/options/help.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* The only mechanism of this program; NULL: there are several. */
static const struct mechanism *the_mechanism(void)
{
    return mechanisms[0].name && !mechanisms[1].name ? &mechanisms[0] : NULL;
}

static const char *arguments_of(const struct command *command)
{
    static const char at_dir[] = "--at DIR";
    const struct mechanism *m = the_mechanism();
    const char *text = m ? command->alone : command->arguments;

    if (m && m->ops && m->ops->traits & CHANNEL_INHERITED_ONLY &&
        strncmp(text, at_dir, strlen(at_dir)) == 0)
        text += strlen(at_dir);
    return text + strspn(text, " ");
}

static void print_rules(unsigned bit)
{
    char left[40];

    for (size_t i = 0; i < OPTION_RULES; i++) {
        if (!(option_rules[i].commands & bit))
            continue;
        (void)snprintf(left, sizeof(left), "--%s%s%s", option_rules[i].name,
                       option_rules[i].argument ? " " : "",
                       option_rules[i].argument ? option_rules[i].argument
                                                : "");
        printf("  %-18s  %s\n", left, option_rules[i].help);
    }
}

static void print_commands(const char *program,
                           const struct command *const *commands)
{
    const struct mechanism *m = the_mechanism();

    printf("Sends image jobs from one process to another, over %s%s%s.\n\n"
           "Usage: %s COMMAND [OPTIONS] [ARGUMENTS]\n\nCommands:\n",
           m ? m->name : "every way that Linux offers", m ? ": " : "",
           m ? m->title : "", program);
    for (size_t i = 0; commands[i]; i++)
        printf("  %-12s %-22s %s\n", commands[i]->name,
               arguments_of(commands[i]), commands[i]->summary);
    printf("  %-12s %-22s %s\n", "help", "[COMMAND|MECHANISM]",
           "more about one of them");
    printf("\nThe exit status is 0 if all is good, 1 if the run failed, its "
           "verdict is bad\nor a job was rejected, 2 if the command line is "
           "wrong, and 130 after Ctrl-C.\n"
           "\nTry:\n  %s demo\n  %s help bench\n",
           program, program);
}

static void print_command(const char *program, const struct command *command)
{
    const char *arguments = arguments_of(command);
    const char *summary = command->summary;

    printf("Usage: %s %s [OPTIONS]%s%s\n\n%c%s%s\n", program, command->name,
           arguments[0] ? " " : "", arguments, toupper(summary[0]), summary + 1,
           strchr(summary, '?') ? "" : ".");
    if (command->more)
        printf("%s\n", command->more);
    printf("\nOptions (defaults in brackets):\n");
    print_rules(command->bit);
}

bool help_print(const char *program, const struct command *const *commands,
                const char *name)
{
    const struct command *command = command_find(commands, name);

    if (command)
        print_command(program, command);
    else if (!name || strcmp(name, "help") == 0)
        print_commands(program, commands);
    else
        return false;
    return true;
}
