#!/bin/sh
# Runs a command that can't outlive the process which started it:  sh leash.sh COMMAND [ARGUMENT...]
#
# Standard input is a pipe whose other end only the supervisor holds. A watcher reads it: when the supervisor ends, in
# whatever way, the read ends and the watcher kills the process group. Descriptor 3 stays open exactly as long as the
# watcher lives, so the supervisor learns when the leash itself has been cut. Must be started as the leader of a
# process group of its own (Node: `detached: true`).

# A list in the background gets /dev/null as its standard input, hence the copy.
exec 4<&0

# The watcher stands before the command starts: there is no moment without it. It belongs to the group it kills, and
# as long as it lives the kernel gives that group's number to nobody else, so it can't hit a stranger.
(
  read -r _ <&4
  kill -s KILL -- "-$$"
) </dev/null >/dev/null 2>&1 &

# exec, so that the command has this very process id and the supervisor is its parent and sees how it ends.
exec "$@" </dev/null 3>&- 4<&-
